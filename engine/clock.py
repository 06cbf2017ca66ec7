"""The product's idea of time: an injected clock, and the one text form in which moments are stored.

A moment is always an aware ``datetime``. In tables and in workflow state it is UTC text of fixed width
(``2026-11-22T02:03:04.000005Z``), so that text order is time order on every database. Time without a zone means
``Asia/Shanghai``, the zone of the law that the product runs.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
_STORED = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z", re.ASCII)
_ZONE_NAME = re.compile(r"(?:@|\[)(?P<name>[A-Za-z_]+(?:/[A-Za-z_+\-0-9]+)*)\]?\Z", re.ASCII)


class Clock(Protocol):
    """Where the engine asks for the time. Nothing else in it may."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is told otherwise: tests and scenarios run years in milliseconds."""

    def __init__(self, moment: datetime | str) -> None:
        self._now = as_moment(moment)

    def now(self) -> datetime:
        return self._now

    def move_to(self, moment: datetime | str) -> None:
        """Stand at ``moment``; going back is allowed, since a test may want to see what a clock jump does."""
        self._now = as_moment(moment)

    def advance(self, span: timedelta) -> datetime:
        """Go ``span`` further and return the new time."""
        self._now += span
        return self._now


def as_moment(value: datetime | str) -> datetime:
    """``value`` in UTC; a text is read by ``parse_moment``, a naive datetime is refused with ``ValueError``."""
    if isinstance(value, str):
        return parse_moment(value)
    if value.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone")
    return value.astimezone(UTC)


def to_text(moment: datetime) -> str:
    """The stored form: UTC, microseconds, 27 characters. ``ValueError`` for a naive datetime."""
    return as_moment(moment).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def from_text(text: str) -> datetime:
    """The moment that ``to_text`` wrote. ``ValueError`` for any other form: stored text is never guessed at."""
    if not _STORED.fullmatch(text):
        raise ValueError(f"{text!r} is not a stored moment (YYYY-MM-DDTHH:MM:SS.ffffffZ)")
    return datetime.fromisoformat(text)


def parse_moment(text: str) -> datetime:
    """The moment, in UTC, that a person, a diagram or FEEL wrote in ISO 8601.

    Takes a date (00:00 in the product's zone), a local date and time (in the product's zone), or one with an offset
    or a zone name (``…@Asia/Shanghai``, ``…[Asia/Shanghai]``). ``ValueError`` says what is wrong.
    """
    stated = text.strip()
    zone = ZONE
    if named := _ZONE_NAME.search(stated):
        zone, stated = _read_zone(named["name"]), stated[: named.start()]
    try:
        if "T" not in stated.upper():
            return datetime.combine(date.fromisoformat(stated), time(), zone).astimezone(UTC)
        moment = datetime.fromisoformat(stated)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is not an ISO 8601 date or date and time: {error}") from None


def _read_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone") from None


def local_date(moment: datetime) -> date:
    """The calendar day of ``moment`` where the product lives."""
    return as_moment(moment).astimezone(ZONE).date()
