"""ISO 8601 durations and cycles as diagrams state them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import parse_moment, to_text
from engine.durations import Cycle, Duration, parse_cycle, parse_duration

whole = st.integers(min_value=0, max_value=500)


@given(*[whole] * 7)
def test_every_part_counts(
    years: int, months: int, weeks: int, days: int, hours: int, minutes: int, seconds: int
) -> None:
    text = f"P{years}Y{months}M{weeks}W{days}DT{hours}H{minutes}M{seconds}S"
    rest = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    assert parse_duration(text) == Duration(12 * years + months, rest)


@pytest.mark.parametrize(
    ("text", "months", "rest"),
    [
        ("P1M", 1, timedelta()),
        ("PT1M", 0, timedelta(minutes=1)),
        ("PT0.25S", 0, timedelta(milliseconds=250)),
        ("PT7,5S", 0, timedelta(seconds=7.5)),
        ("P2W", 0, timedelta(days=14)),
        ("P0D", 0, timedelta()),
        (" PT36H ", 0, timedelta(hours=36)),
    ],
)
def test_duration_is_read(text: str, months: int, rest: timedelta) -> None:
    assert parse_duration(text) == Duration(months, rest)


@pytest.mark.parametrize("text", ["-PT1H", "P-1D", "PT-5M", "-P1M"])
def test_negative_duration_is_refused_not_turned_round(text: str) -> None:
    with pytest.raises(ValueError, match="is negative"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["", "P", "PT", "P1", "1D", "P1DT", "P1H", "PT1D", "P1D2M", "p1d", "P١D", "P1.5D"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an ISO 8601 duration"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["P9999999999D", f"P{'9' * 5000}D", f"PT0.{'3' * 5000}S"])
def test_endless_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="longer than the calendar"):
        parse_duration(text)


def test_a_month_after_the_last_of_january_is_the_last_of_february() -> None:
    month = parse_duration("P1M")
    assert to_text(month.after(parse_moment("2027-01-31T09:00"))) == to_text(parse_moment("2027-02-28T09:00"))
    assert to_text(month.after(parse_moment("2028-01-31T09:00"))) == to_text(parse_moment("2028-02-29T09:00"))


def test_months_are_counted_in_the_products_zone() -> None:
    """31 January 17:00 UTC is 1 February in Shanghai already."""
    assert to_text(parse_duration("P1M").after(parse_moment("2027-01-31T17:00:00Z"))) == "2027-02-28T17:00:00.000000Z"


def test_months_come_before_days() -> None:
    assert parse_duration("P1M1D").after(parse_moment("2027-01-31")) == parse_moment("2027-03-01")


def test_year_end_is_crossed() -> None:
    assert parse_duration("P1Y2M").after(parse_moment("2026-11-30")) == parse_moment("2028-01-30")


@pytest.mark.parametrize("text", ["P8000Y", "P3000000D", "P100000000000M"])
def test_end_of_the_calendar_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="past the end of the calendar"):
        parse_duration(text).after(parse_moment("2026-11-22"))


def test_cycle_with_a_count_and_without() -> None:
    assert parse_cycle("R3/PT2H") == Cycle(3, Duration(0, timedelta(hours=2)))
    assert parse_cycle("R/P1M") == Cycle(None, Duration(1, timedelta()))


def test_cycle_first_fires_one_interval_on() -> None:
    armed = parse_moment("2026-11-22T08:00")
    assert parse_cycle("R3/PT2H").first_after(armed) == parse_moment("2026-11-22T10:00")


def test_cycle_with_a_start_first_fires_at_the_start() -> None:
    armed = parse_moment("2026-11-22T08:00")
    assert parse_cycle("R/2026-12-01T00:00:00+08:00/P1D").first_after(armed) == parse_moment("2026-12-01")
    assert parse_cycle("R/2026-01-01T00:00:00+08:00/P1D").first_after(armed) == parse_moment("2026-11-23T08:00")


@pytest.mark.parametrize("text", ["R0/PT1H", "R/PT0S", "R3/P0D"])
def test_cycle_that_never_fires_or_always_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="never fires, or always"):
        parse_cycle(text)


@pytest.mark.parametrize("text", ["PT1H", "R3", "R-1/PT1H", "R3/PT1H/and/on", "r3/PT1H", "R3/-PT1H", "R3/PT1H/PT1H"])
def test_what_is_no_cycle_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not|is negative"):
        parse_cycle(text)
