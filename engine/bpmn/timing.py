"""Timers and due dates: from the text in the diagram to a moment.

A static text or a FEEL value is accepted alike: a duration runs from now, a date means 00:00 in the product's zone
for a timer and the end of that day for a due date (a clerk has the whole day).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from engine.bpmn.host import BadValue, Json
from engine.clock import ZONE, as_moment, parse_moment
from engine.durations import Cycle, parse_cycle, parse_duration

END_OF_DAY = time(23, 59, 59)
SHORTEST_CYCLE = timedelta(minutes=1)  # nobody is reminded more often, and a worker would do nothing else


def timer_moment(value: Json, now: datetime) -> datetime:
    """When a timer with ``value`` (ISO text, date, date and time, or duration) is due. Raises ``BadValue``."""
    return _moment(value, now, time())


def due_moment(value: Json, now: datetime) -> datetime | None:
    """When a user task with ``value`` is due; None where there is none. Raises ``BadValue``."""
    if value is None or value == "":
        return None
    return _moment(value, now, END_OF_DAY)


def read_cycle(value: Json) -> Cycle:
    """A repeating interval such as ``R3/PT2H``, of a minute at least. Raises ``BadValue``."""
    try:
        cycle = parse_cycle(str(value))
    except ValueError as error:
        raise BadValue(str(error)) from None
    if not cycle.every.months and cycle.every.rest < SHORTEST_CYCLE:
        raise BadValue(f"{value!r} repeats more often than once a minute")
    return cycle


def first_firing(cycle: Cycle, now: datetime) -> datetime:
    """When a cycle that is armed now fires first. Raises ``BadValue`` past the end of the calendar."""
    try:
        return cycle.first_after(now)
    except ValueError as error:
        raise BadValue(str(error)) from None


def next_firing(cycle: Cycle, previous: datetime, now: datetime) -> datetime | None:
    """When a cycle fires next: firings that were missed while nothing ran are not made up for one by one.

    None past the end of the calendar.
    """
    try:
        due = cycle.every.after(previous)
        while due <= now:
            due = cycle.every.after(now) if (now - due) > timedelta(days=1) else cycle.every.after(due)
    except ValueError:
        return None
    return due


def _moment(value: Json, now: datetime, time_of_day: time) -> datetime:
    try:
        found = _read(value, now, time_of_day)
        if found is not None:
            as_moment(found)  # the calendar's first morning here has no place in UTC
            return found
    except (ValueError, OverflowError) as error:
        raise BadValue(f"{value!r} is no time: {error}") from None
    raise BadValue(f"a {type(value).__name__} is no date, date and time, or duration")


def _read(value: Json, now: datetime, time_of_day: time) -> datetime | None:
    if isinstance(value, timedelta):
        return _after(value, now)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=ZONE)
    if isinstance(value, date):
        return datetime.combine(value, time_of_day, ZONE)
    return _from_text(value.strip(), now, time_of_day) if isinstance(value, str) else None


def _after(span: timedelta, now: datetime) -> datetime:
    if span < timedelta():
        raise ValueError("a duration runs forward")
    return now + span


def _from_text(text: str, now: datetime, time_of_day: time) -> datetime:
    if text.startswith(("P", "-P")):
        return parse_duration(text).after(now)
    if "T" not in text:
        return datetime.combine(date.fromisoformat(text), time_of_day, ZONE)
    return parse_moment(text)
