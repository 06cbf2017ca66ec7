"""``shenhou packs guide``: the guide of a pack as a text to hand out or to put onto a site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from engine.clock import SystemClock
from engine.feel import Feel
from engine.loaded import LoadedRelease
from tasks.guide import build_guide
from tasks.guide_text import to_html, to_json, to_markdown
from web.cli.output import dump_json, write_file, write_text
from web.cli.pack_choosing import Release, choose_pack

Format = Literal["md", "html", "json"]


def guide(
    pack: Annotated[str, typer.Argument(help="A pack's code.")],
    release: Release = None,
    form: Annotated[Format, typer.Option("--format", help="md, html (a page without style) or json.")] = "md",
    file: Annotated[Path | None, typer.Option("--output", "-o", help="Where to write; stdout by default.")] = None,
) -> None:
    """Print the guide (办事指南) of a pack: items, materials, limits, fee, grounds, windows; what families read too."""
    loaded = LoadedRelease(choose_pack(pack, release))
    built = build_guide(loaded, Feel(), SystemClock().now())
    text = dump_json(to_json(built)) if form == "json" else to_html(built) if form == "html" else to_markdown(built)
    if file is None:
        write_text(text)
    else:
        write_file(file, text.encode(), "--output")
