"""How moments and days look on a page: in the product's zone, to the minute, as the reader's language writes them."""

from __future__ import annotations

from datetime import date, datetime

from babel.dates import format_date, format_skeleton
from flask import Flask

from engine.clock import ZONE, from_text
from web.languages import language


def register(app: Flask) -> None:
    """Give templates the filters below."""
    for said in (moment, day, long_day, week_day, short_moment):
        app.add_template_filter(said)


def moment(text: str | None) -> str:
    """Date and time of a stored moment, 2026-11-22 09:00; nothing where there is none."""
    return from_text(text).astimezone(ZONE).strftime("%Y-%m-%d %H:%M") if text else ""


def day(text: str | None) -> str:
    """The date of a stored moment, 2026-11-22."""
    return moment(text)[:10]


def long_day(value: date) -> str:
    """2026年11月22日; November 22, 2026."""
    return format_date(value, "long", locale=language().locale)


def week_day(value: date) -> str:
    """11月22日 周日; Sun, Nov 22: the year is known."""
    return _as(value, "MMMEd")


def short_moment(value: datetime) -> str:
    """11月22日 09:00; Nov 22 09:00, of a moment that has its zone."""
    return f"{_as(value, 'MMMd')} {value:%H:%M}"


def _as(value: date, skeleton: str) -> str:
    return format_skeleton(skeleton, value, locale=language().locale)
