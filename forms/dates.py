"""Dates and times as form-js writes them, in the product's zone.

``date`` is ``YYYY-MM-DD``. How ``time`` and ``datetime`` end is the field's
``timeSerializingFormat``: ``no_timezone`` (the default) with the minutes, ``utc_offset`` with ``+08:00``,
``utc_normalized`` in UTC with ``Z``. Seconds are not written.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from forms.model import Component
from forms.schema import TIME_INTERVALS

ZONE = ZoneInfo("Asia/Shanghai")
MINUTES_IN_DAY = 24 * 60
EARLIEST = date(1900, 1, 1)  # form-js' date picker takes none before

DATE = re.compile(r"([12]\d{3})-(\d{2})-(\d{2})", re.ASCII)
TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.\d{1,9})?)?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Moment:
    """A value of a date, time or datetime field. ``day`` is None for a time, ``minute`` None for a date.

    Both are local to the product's zone; ``is_whole`` is false if seconds were cut off.
    """

    day: date | None
    minute: int | None
    is_whole: bool = True


def read_moment(subtype: str, text: object) -> Moment | None:
    """Read a value of a datetime field; None if it is not one of its subtype. Without an offset it is local time."""
    return _read_moment(subtype, text) if isinstance(text, str) else None


@functools.lru_cache(maxsize=1024)
def _read_moment(subtype: str, text: str) -> Moment | None:
    """Checking one submission reads each of its moments several times."""
    if subtype == "date":
        day = _read_day(text)
        return Moment(day, None) if day is not None else None
    if subtype == "time":
        return _read_time(text)
    day_text, mark, time_text = text.partition("T")
    day = _read_day(day_text)
    clock = TIME.fullmatch(time_text)
    if not mark or day is None or clock is None:
        return None
    return _localise(day, clock)


def _read_day(text: str) -> date | None:
    match = DATE.fullmatch(text)
    if match is None:
        return None
    try:
        return date(*map(int, match.groups()))
    except ValueError:
        return None


def _read_time(text: str) -> Moment | None:
    match = TIME.fullmatch(text)
    if match is None:
        return None
    minute = int(match.group(1)) * 60 + int(match.group(2))
    offset = _offset_minutes(match.group(4))
    if offset is not None:
        minute = (minute - offset + _local_offset()) % MINUTES_IN_DAY
    return Moment(None, minute, not int(match.group(3) or 0))


def _localise(day: date, clock: re.Match[str]) -> Moment | None:
    hour, minute, second = (int(part or 0) for part in clock.group(1, 2, 3))
    offset = _offset_minutes(clock.group(4))
    if offset is None:
        return Moment(day, hour * 60 + minute, not second)
    zone = timezone(timedelta(minutes=offset))
    try:
        local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(ZONE)
    except OverflowError:
        return None
    return Moment(local.date(), local.hour * 60 + local.minute, not second)


def _offset_minutes(text: str | None) -> int | None:
    if text is None:
        return None
    if text == "Z":
        return 0
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    return -minutes if text[0] == "-" else minutes


def _local_offset() -> int:
    """Minutes east of UTC for a time without a day: China has had one offset since 1991."""
    return 8 * 60


def write_moment(component: Component, moment: Moment) -> str:
    """The text that form-js would submit for ``moment``."""
    ending = component.attributes.get("timeSerializingFormat")
    if moment.minute is None:
        return moment.day.isoformat() if moment.day is not None else ""
    if moment.day is None:
        return _write_time(moment.minute, str(ending))
    local = datetime.combine(moment.day, datetime.min.time(), ZONE) + timedelta(minutes=moment.minute)
    if ending == "utc_normalized":
        return local.astimezone(UTC).isoformat()[:16] + "Z"
    # Before 1901 the zone has seconds in its offset; form-js writes minutes.
    return local.isoformat()[: len("2025-01-01T00:00")] + (local.isoformat()[19:25] if ending == "utc_offset" else "")


def _write_time(minute: int, ending: str) -> str:
    if ending == "utc_normalized":
        minute = (minute - _local_offset()) % MINUTES_IN_DAY
    clock = f"{minute // 60:02}:{minute % 60:02}"
    return clock + {"utc_normalized": "Z", "utc_offset": "+08:00"}.get(ending, "")


def interval_of(component: Component) -> int:
    """The step of the time picker in minutes; form-js falls back to 15."""
    interval = component.attributes.get("timeInterval")
    return interval if isinstance(interval, int) and interval in TIME_INTERVALS else 15


def subtype_of(component: Component) -> str:
    return str(component.attributes.get("subtype", "date"))


def settled_text(component: Component, text: object) -> object:
    """What form-js' picker makes of a value it is given: the same moment in the field's own format, on its interval."""
    moment = read_moment(subtype_of(component), text)
    if moment is None:
        return None
    if moment.minute is not None:
        moment = Moment(moment.day, moment.minute - moment.minute % interval_of(component))
    return write_moment(component, moment)


def today_in_zone(now: datetime) -> date:
    """The calendar day at ``now`` (aware) in the product's zone."""
    return now.astimezone(ZONE).date()
