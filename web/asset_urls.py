"""URLs of the built style sheets and scripts; each carries its content's digest, so browsers keep it for a year."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, url_for

BUILT = Path(__file__).parent / "static" / "build"


def register(app: Flask) -> None:
    """Give templates ``asset_url('app.css')``."""
    app.add_template_global(asset_url)


def asset_url(name: str) -> str:
    """The URL of a file under ``web/static/build``. ``FileNotFoundError`` says how to build it."""
    return url_for("static", filename=f"build/{name}", v=_digest(BUILT / name))


@cache
def _digest(path: Path) -> str:
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not built: run make setup")
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
