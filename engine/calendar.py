"""Working days (工作日) of mainland China, make-up days (调休上班) included, in the product's zone.

The State Council announces each year's days off and make-up days in a notice, usually in November of the year before.
``NOTICES`` holds those notices and has the last word; earlier years come from the ``holidays`` package; for a year
without a notice the package's estimate is used (statutory days, no make-up days) and a warning says so.

Counting follows 民法典 第二百零一条: the day on which a period begins is not counted.
"""

from __future__ import annotations

import datetime
import logging
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain

import holidays

FIRST_YEAR, LAST_YEAR = 2000, 2099
MAX_DAYS = 2_500  # ten years of working days: more is a slip, not a time limit
_WEEKDAYS = "一二三四五六日"
_ONE_DAY = datetime.timedelta(days=1)
_log = logging.getLogger(__name__)


def _days(*spans: str) -> frozenset[datetime.date]:
    """Days out of ``2026-02-15/23`` (a span within a month) and ``2026-01-04``."""
    days = set()
    for span in spans:
        first, _, last = span.partition("/")
        day = datetime.date.fromisoformat(first)
        days |= {day.replace(day=number) for number in range(day.day, int(last or day.day) + 1)}
    return frozenset(days)


@dataclass(frozen=True, slots=True)
class Notice:
    """What the State Council laid down for a year: names of the days off, and the weekend days that are worked."""

    document: str
    days_off: Mapping[str, frozenset[datetime.date]]
    worked: frozenset[datetime.date]


NOTICES: Mapping[int, Notice] = {
    2025: Notice(
        "国办发明电〔2024〕12号",
        {
            "元旦": _days("2025-01-01"),
            "春节": _days("2025-01-28/31", "2025-02-01/04"),
            "清明节": _days("2025-04-04/06"),
            "劳动节": _days("2025-05-01/05"),
            "端午节": _days("2025-05-31", "2025-06-01/02"),
            "国庆节、中秋节": _days("2025-10-01/08"),
        },
        _days("2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"),
    ),
    2026: Notice(
        "国办发明电〔2025〕7号",
        {
            "元旦": _days("2026-01-01/03"),
            "春节": _days("2026-02-15/23"),
            "清明节": _days("2026-04-04/06"),
            "劳动节": _days("2026-05-01/05"),
            "端午节": _days("2026-06-19/21"),
            "中秋节": _days("2026-09-25/27"),
            "国庆节": _days("2026-10-01/07"),
        },
        _days("2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"),
    ),
}


@dataclass(frozen=True, slots=True)
class Day:
    """A day and why it is worked or not. ``is_official`` is false where no notice covers its year yet."""

    on: datetime.date
    is_working: bool
    reason: str
    is_official: bool

    def __str__(self) -> str:
        estimate = "" if self.is_official else "（尚无国务院办公厅安排，暂按推算）"
        return f"{self.on.isoformat()} 周{_WEEKDAYS[self.on.weekday()]} {self.reason}{estimate}"


class Calendar:
    """The working days of ``FIRST_YEAR`` to ``LAST_YEAR``; other days are a ``ValueError``."""

    def __init__(self, notices: Mapping[int, Notice] = NOTICES) -> None:
        self._notices = notices
        self._last_official = max(notices, default=FIRST_YEAR - 1)
        named = chain.from_iterable(notice.days_off.items() for notice in notices.values())
        self._off = {day: name for name, days in named for day in days}
        self._worked = frozenset[datetime.date]().union(*(notice.worked for notice in notices.values()))
        self._years: dict[int, dict[datetime.date, Day]] = {}
        self._working: dict[int, tuple[datetime.date, ...]] = {}

    def day(self, on: datetime.date) -> Day:
        """What kind of day ``on`` is, and why."""
        return self._year(on.year)[on]

    def is_official(self, year: int) -> bool:
        """Whether the days of ``year`` are announced rather than estimated."""
        return year <= self._last_official

    def is_working_day(self, on: datetime.date) -> bool:
        """Whether public offices work on that day."""
        return self.day(on).is_working

    def working_days_after(self, start: datetime.date, count: int) -> datetime.date:
        """The ``count``-th working day after ``start``, which itself does not count.

        With 0 it is ``start`` when that is a working day, else the next one. ``ValueError`` for a negative count, one
        over ``MAX_DAYS``, and a result outside the calendar.
        """
        if not 0 <= count <= MAX_DAYS:
            raise ValueError(f"{count} working days; 0 to {MAX_DAYS:,} can be counted")
        if count == 0 and self.is_working_day(start):
            return start
        remaining, year = max(count, 1), start.year
        while True:
            days = self._working_days_of(year)
            passed = bisect_right(days, start)
            if passed + remaining <= len(days):
                return days[passed + remaining - 1]
            remaining -= len(days) - passed
            year += 1

    def working_days_between(self, start: datetime.date, end: datetime.date) -> int:
        """Working days after ``start`` up to and including ``end``; negative when ``end`` is the earlier day.

        The inverse of ``working_days_after``: from a day to the n-th working day after it there are n.
        """
        if end < start:
            return -self.working_days_between(end, start)
        years = range(start.year, end.year + 1)
        counts = (bisect_right(self._working_days_of(year), end) for year in years)
        return sum(counts) - bisect_right(self._working_days_of(start.year), start)

    def explain(self, start: datetime.date, count: int) -> list[str]:
        """How ``working_days_after`` comes to its answer, a line a day, in words for clerks."""
        due_on = self.working_days_after(start, count)
        lines = [f"{self.day(start)}，起算日不计入"]
        counted = 0
        for offset in range(1, (due_on - start).days + 1):
            day = self.day(start + offset * _ONE_DAY)
            counted += day.is_working
            lines.append(f"{day}，第{counted}个工作日" if day.is_working else f"{day}，不计")
        return [*lines, f"到期日：{due_on.isoformat()}"]

    def estimated_years(self, start: datetime.date, end: datetime.date) -> list[int]:
        """The years between two days whose calendar is not announced yet: a date counted through them may move."""
        return [year for year in range(start.year, end.year + 1) if not self.is_official(year)]

    def _year(self, year: int) -> dict[datetime.date, Day]:
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise ValueError(f"the year {year} is outside the calendar ({FIRST_YEAR} to {LAST_YEAR})")
        days = self._years.get(year)
        if days is None:
            if not self.is_official(year):
                _log.warning("no official calendar of %s yet: its working days are an estimate", year)
            estimate = None if year in self._notices else holidays.country_holidays("CN", years=year, language="zh_CN")
            days = self._years[year] = {day: self._classify(day, estimate) for day in _days_of(year)}
        return days

    def _classify(self, on: datetime.date, estimate: holidays.HolidayBase | None) -> Day:
        is_official, is_weekend = self.is_official(on.year), on.weekday() >= 5
        if name := self._off.get(on):
            return Day(on, False, f"{name}放假", is_official)
        if on in self._worked or (estimate is not None and is_weekend and estimate.is_working_day(on)):
            return Day(on, True, "调休上班", is_official)
        if estimate is not None and (name := estimate.get(on)):
            return Day(on, False, name, is_official)
        return Day(on, not is_weekend, "周末" if is_weekend else "工作日", is_official)

    def _working_days_of(self, year: int) -> tuple[datetime.date, ...]:
        working = self._working.get(year)
        if working is None:
            working = tuple(on for on, day in self._year(year).items() if day.is_working)
            self._working[year] = working
        return working


def _days_of(year: int) -> Iterable[datetime.date]:
    first = datetime.date(year, 1, 1)
    length = (datetime.date(year, 12, 31) - first).days + 1
    return (first + number * _ONE_DAY for number in range(length))


_CALENDAR = Calendar()
day = _CALENDAR.day
is_official = _CALENDAR.is_official
is_working_day = _CALENDAR.is_working_day
working_days_after = _CALENDAR.working_days_after
working_days_between = _CALENDAR.working_days_between
explain = _CALENDAR.explain
estimated_years = _CALENDAR.estimated_years
