"""Sample materials (样例): pages that look like documents and say in large letters that they are none."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path
from typing import Literal

import orjson
import typst

from web.papers.fonts import find_fonts
from web.store.uploads import Incoming

TEMPLATE = Path(__file__).parent / "sample.typ"
Kind = Literal["png", "pdf"]
MEDIA = {"png": "image/png", "pdf": "application/pdf"}
_PIXELS_PER_INCH = 80


def sample(title: str, kind: Kind, fonts_dir: str = "") -> Incoming:
    """A page named ``title``, as a picture or a PDF, ready to be uploaded."""
    data = _set(title, kind, fonts_dir)
    return Incoming(f"样例-{title}.{kind}", MEDIA[kind], io.BytesIO(data))


@lru_cache(maxsize=128)
def _set(title: str, kind: Kind, fonts_dir: str) -> bytes:
    fonts = find_fonts(fonts_dir)
    shown = {"title": fonts.set_text(title, {}), "fonts": list(fonts.families)}
    made = typst.compile(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        font_paths=list(fonts.folders),
        ignore_system_fonts=True,
        sys_inputs={"data": orjson.dumps(shown).decode()},
        format=kind,
        ppi=_PIXELS_PER_INCH if kind == "png" else None,
    )
    assert isinstance(made, bytes)
    return made
