"""How the codes of places look on a page: by name."""

from __future__ import annotations

from flask import Flask

from engine import divisions


def register(app: Flask) -> None:
    """Give templates the filter ``place``: 430102 is 长沙市芙蓉区, a code that nobody knows itself."""
    app.add_template_filter(divisions.local_name_of, "place")
