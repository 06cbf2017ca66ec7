"""Moments: the injected clock, the stored text form, and what people may write."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import FixedClock, SystemClock, from_text, local_date, parse_moment, to_text

FIRST, LAST = datetime(1, 1, 2), datetime(9999, 12, 30)  # noqa: DTZ001 - the zone is drawn
moments = st.datetimes(min_value=FIRST, max_value=LAST, timezones=st.timezones())


@given(moments)
def test_stored_text_comes_back_as_the_same_moment(moment: datetime) -> None:
    text = to_text(moment)
    assert len(text) == 27
    assert from_text(text) == moment.astimezone(UTC)


@given(moments, moments)
def test_text_order_is_time_order(one: datetime, other: datetime) -> None:
    assert (to_text(one) < to_text(other)) == (one.astimezone(UTC) < other.astimezone(UTC))


def test_stored_text_is_utc_whatever_the_zone() -> None:
    beijing = timezone(timedelta(hours=8))
    assert to_text(datetime(2026, 11, 22, 10, 0, tzinfo=beijing)) == "2026-11-22T02:00:00.000000Z"


def test_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        to_text(datetime(2026, 11, 22))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    "text", ["2026-11-22T02:00:00Z", "2026-11-22", "2026-11-22T02:00:00.000000+00:00", "２026-11-22T02:00:00.000000Z"]
)
def test_other_forms_are_not_guessed_at_when_reading_storage(text: str) -> None:
    with pytest.raises(ValueError, match="not a stored moment"):
        from_text(text)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-22", "2026-11-21T16:00:00.000000Z"),
        ("2026-11-22T08:30", "2026-11-22T00:30:00.000000Z"),
        ("2026-11-22T08:30:00Z", "2026-11-22T08:30:00.000000Z"),
        ("2026-11-22T08:30:00+02:00", "2026-11-22T06:30:00.000000Z"),
        ("2026-11-22T08:30:00@Asia/Shanghai", "2026-11-22T00:30:00.000000Z"),
        ("2026-11-22T08:30:00[Europe/Paris]", "2026-11-22T07:30:00.000000Z"),
        (" 2026-11-22T08:30:00.25 ", "2026-11-22T00:30:00.250000Z"),
    ],
)
def test_written_time_without_a_zone_is_shanghai_time(written: str, meant: str) -> None:
    assert to_text(parse_moment(written)) == meant


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-02-30", "2026-11-22T25:00", "2026-11-22T08:00@Mars/Base"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an? |is not a time zone"):
        parse_moment(text)


def test_fixed_clock_moves_only_when_told() -> None:
    clock = FixedClock("2026-11-22T08:00:00+08:00")
    assert clock.now() == clock.now() == datetime(2026, 11, 22, tzinfo=UTC)
    assert clock.advance(timedelta(days=365)) == datetime(2027, 11, 22, tzinfo=UTC)
    clock.move_to("2026-01-01T00:00:00Z")
    assert to_text(clock.now()) == "2026-01-01T00:00:00.000000Z"


def test_system_clock_speaks_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_local_date_turns_at_midnight_in_shanghai() -> None:
    assert local_date(parse_moment("2026-11-21T15:59:59Z")) == date(2026, 11, 21)
    assert local_date(parse_moment("2026-11-21T16:00:00Z")) == date(2026, 11, 22)
