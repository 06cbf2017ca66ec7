"""How stored moments look on a page: in the product's zone, to the minute."""

from __future__ import annotations

from flask import Flask

from engine.clock import ZONE, from_text


def register(app: Flask) -> None:
    """Give templates the filters ``moment`` (2026-11-22 09:00) and ``day`` (2026-11-22) for stored text."""
    app.add_template_filter(moment)
    app.add_template_filter(day)


def moment(text: str | None) -> str:
    """Date and time of a stored moment; nothing where there is none."""
    return from_text(text).astimezone(ZONE).strftime("%Y-%m-%d %H:%M") if text else ""


def day(text: str | None) -> str:
    """The date of a stored moment."""
    return moment(text)[:10]
