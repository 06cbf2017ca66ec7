"""ISO 8601 durations and repeating intervals (``P1M``, ``PT2H``, ``R3/PT2H``), as timers in diagrams state them.

Months and years are calendar steps in the product's zone: a month after 31 January is the last day of February. Days
are 24 hours (the zone has had no summer time since 1991). Negative durations are refused: a timer cannot fire before
it was set, and reading ``-PT1H`` as an hour ahead is a fault, not a convenience.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from engine.clock import ZONE, as_moment, parse_moment

_NUMBER = r"(?:\d+(?:[.,]\d+)?)"
_DURATION = re.compile(
    r"P(?=[\dT])"
    r"(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    rf"(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>{_NUMBER})S)?)?",
    re.ASCII,
)
_MAX_DIGITS = 12  # more is no time a timer can mean, and int() of a very long text is slow


@dataclass(frozen=True, slots=True)
class Duration:
    """``months`` calendar months, then ``rest``; neither is negative."""

    months: int
    rest: timedelta

    def __bool__(self) -> bool:
        return bool(self.months or self.rest)

    def after(self, moment: datetime) -> datetime:
        """The moment, in UTC, this much later. ``ValueError`` past the year 9999."""
        try:
            return as_moment(_add_months(moment, self.months) + self.rest)
        except (OverflowError, calendar.IllegalMonthError):
            raise ValueError(f"{self} after {moment} is past the end of the calendar") from None


@dataclass(frozen=True, slots=True)
class Cycle:
    """A repeating interval: ``times`` firings (None: without end), one ``every`` duration, from ``start`` if stated."""

    times: int | None
    every: Duration
    start: datetime | None = None

    def first_after(self, armed_at: datetime) -> datetime:
        """When the first firing is due: ``start`` where it is stated and still ahead, else one interval on."""
        if self.start is not None and self.start > armed_at:
            return self.start
        return self.every.after(armed_at)


def parse_duration(text: str) -> Duration:
    """Read ``P1Y2M3W4DT5H6M7.5S``. ``ValueError`` for anything else, negative durations included."""
    stated = text.strip()
    if stated.startswith("-") or "-" in stated:
        raise ValueError(f"{text!r} is negative; a duration runs forward")
    match = _DURATION.fullmatch(stated)
    if not match:
        raise ValueError(f"{text!r} is not an ISO 8601 duration such as P3D or PT2H")
    parts = {name: value.replace(",", ".") for name, value in match.groupdict(default="0").items()}
    if any(len(value) > _MAX_DIGITS for value in parts.values()):
        raise ValueError(f"{text!r} is longer than the calendar")
    days = 7 * int(parts["weeks"]) + int(parts["days"])
    seconds = 3600 * int(parts["hours"]) + 60 * int(parts["minutes"])
    microseconds = int(Fraction(parts["seconds"]) * 1_000_000)
    try:
        rest = timedelta(days=days, seconds=seconds, microseconds=microseconds)
    except OverflowError:
        raise ValueError(f"{text!r} is longer than the calendar") from None
    return Duration(12 * int(parts["years"]) + int(parts["months"]), rest)


def parse_cycle(text: str) -> Cycle:
    """Read ``R3/PT2H``, ``R/P1D`` or ``R3/2026-11-22T08:00:00+08:00/P1D``. ``ValueError`` says what is wrong.

    A cycle that fires no times, or with an empty interval (it would fire for ever at one moment), is refused.
    """
    repetition, *rest = text.strip().split("/")
    if not re.fullmatch(r"R\d{0,6}", repetition, re.ASCII) or len(rest) not in (1, 2):
        raise ValueError(f"{text!r} is not a repeating interval such as R3/PT2H or R/P1D")
    times = int(repetition[1:]) if len(repetition) > 1 else None
    every = parse_duration(rest[-1])
    if times == 0 or not every:
        raise ValueError(f"{text!r} never fires, or always: state a count of at least 1 and a duration over zero")
    return Cycle(times, every, parse_moment(rest[0]) if len(rest) == 2 else None)


def _add_months(moment: datetime, months: int) -> datetime:
    local = as_moment(moment).astimezone(ZONE)
    if not months:
        return local
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    if year > 9999:
        raise OverflowError
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day)
