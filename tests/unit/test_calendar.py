"""Working days of mainland China: make-up days, notices that override, years that nobody has announced yet."""

from __future__ import annotations

import logging
from datetime import date, timedelta

import holidays
import pytest

from engine import calendar
from engine.calendar import NOTICES, Calendar, Notice


@pytest.mark.parametrize(
    ("day", "is_working", "reason"),
    [
        (date(2026, 9, 30), True, "工作日"),
        (date(2026, 10, 1), False, "国庆节放假"),
        (date(2026, 10, 7), False, "国庆节放假"),
        (date(2026, 10, 10), True, "调休上班"),  # a Saturday
        (date(2026, 10, 11), False, "周末"),
        (date(2026, 2, 14), True, "调休上班"),
        (date(2026, 2, 16), False, "春节放假"),
        (date(2025, 9, 28), True, "调休上班"),  # a Sunday
        (date(2018, 12, 29), True, "调休上班"),  # laid down by the notice on 2019
        (date(2024, 4, 7), True, "调休上班"),
        (date(2024, 5, 1), False, "劳动节"),
    ],
)
def test_day_is_worked_or_not_for_a_reason(day: date, is_working: bool, reason: str) -> None:
    found = calendar.day(day)
    assert (found.is_working, found.reason) == (is_working, reason)


@pytest.mark.parametrize(
    ("start", "count", "due_on"),
    [
        (date(2026, 9, 30), 0, date(2026, 9, 30)),
        (date(2026, 10, 1), 0, date(2026, 10, 8)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        (date(2026, 10, 1), 1, date(2026, 10, 8)),
        (date(2026, 2, 13), 5, date(2026, 2, 27)),
        (date(2025, 12, 31), 1, date(2026, 1, 4)),
        (date(2026, 12, 31), 250, date(2028, 1, 5)),
    ],
)
def test_period_ends_on_the_nth_working_day(start: date, count: int, due_on: date) -> None:
    assert calendar.working_days_after(start, count) == due_on


def test_counting_forward_and_between_are_inverse() -> None:
    for offset in range(0, 800, 7):
        start = date(2025, 1, 1) + timedelta(days=offset)
        for count in (1, 2, 10, 60, 400):
            due_on = calendar.working_days_after(start, count)
            assert calendar.is_working_day(due_on)
            assert calendar.working_days_between(start, due_on) == count
            assert calendar.working_days_between(due_on, start) == -count


def test_between_counts_like_walking_day_by_day() -> None:
    start = date(2024, 12, 20)
    walked = 0
    for offset in range(1, 500):
        day = start + timedelta(days=offset)
        walked += calendar.is_working_day(day)
        assert calendar.working_days_between(start, day) == walked


def test_notices_agree_with_the_package_where_both_know() -> None:
    package = holidays.country_holidays("CN", years=NOTICES)
    for year in NOTICES:
        days = (date(year, 1, 1) + timedelta(days=n) for n in range(365))
        assert [day for day in days if calendar.is_working_day(day) != package.is_working_day(day)] == []


def test_notice_overrides_what_was_estimated() -> None:
    off, worked = date(2027, 3, 1), date(2027, 2, 28)  # a Monday and a Sunday
    announced = Notice("试验", {"临时": frozenset({off})}, frozenset({worked, date(2026, 12, 26)}))
    changed = Calendar({**NOTICES, 2027: announced})
    assert calendar.is_working_day(off)
    assert not calendar.is_working_day(worked)
    assert not changed.is_working_day(off)
    assert changed.is_working_day(worked)
    assert changed.is_working_day(date(2026, 12, 26))  # a notice may reach into the year before
    assert changed.day(off).is_official


def test_year_without_an_announcement_warns_once(caplog: pytest.LogCaptureFixture) -> None:
    fresh = Calendar()
    with caplog.at_level(logging.WARNING, "engine.calendar"):
        fresh.working_days_after(date(2026, 11, 20), 5)
        assert caplog.messages == []
        fresh.working_days_after(date(2026, 12, 30), 5)
        fresh.working_days_after(date(2027, 1, 30), 5)
    assert len(caplog.messages) == 1
    assert "2027" in caplog.messages[0]
    assert fresh.estimated_years(date(2026, 12, 30), date(2027, 1, 6)) == [2027]
    assert fresh.estimated_years(date(2025, 12, 30), date(2026, 1, 6)) == []
    assert not fresh.day(date(2027, 10, 1)).is_working


def test_explanation_tells_every_day() -> None:
    assert calendar.explain(date(2026, 9, 30), 2) == [
        "2026-09-30 周三 工作日，起算日不计入",
        "2026-10-01 周四 国庆节放假，不计",
        "2026-10-02 周五 国庆节放假，不计",
        "2026-10-03 周六 国庆节放假，不计",
        "2026-10-04 周日 国庆节放假，不计",
        "2026-10-05 周一 国庆节放假，不计",
        "2026-10-06 周二 国庆节放假，不计",
        "2026-10-07 周三 国庆节放假，不计",
        "2026-10-08 周四 工作日，第1个工作日",
        "2026-10-09 周五 工作日，第2个工作日",
        "到期日：2026-10-09",
    ]
    assert "尚无国务院办公厅安排，暂按推算" in calendar.explain(date(2026, 12, 31), 1)[1]


@pytest.mark.parametrize(
    ("start", "count"), [(date(2026, 1, 1), -1), (date(2026, 1, 1), 2_501), (date(1999, 12, 31), 1), (date.max, 1)]
)
def test_count_or_day_out_of_reach_is_refused(start: date, count: int) -> None:
    with pytest.raises(ValueError, match=r"calendar|counted"):
        calendar.working_days_after(start, count)
