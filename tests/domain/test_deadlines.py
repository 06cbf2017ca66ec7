"""Limits of items: reminded of, and marked when they have passed."""

from __future__ import annotations

import pytest

from engine.clock import FixedClock
from tasks import legal_clock, supervision
from tasks import tables as d
from tests.domain.applying import accept, prepare, select, settle, sign, start
from tests.domain.conftest import Case


def marks(case: Case) -> list[tuple[str, str]]:
    return sorted((row.item, row.kind) for row in case.rows(d.supervision))


def watched(case: Case, clock: FixedClock, at: str) -> list[tuple[str, str]]:
    clock.move_to(at)
    case.run("items.watch", item="med_stop")
    return marks(case)


def test_a_limit_is_reminded_of_before_and_marked_after_once_each(case: Case, clock: FixedClock) -> None:
    prepare(case)
    accept(case, "med_stop")
    start(case, "med_stop")  # due on 2026-12-28
    assert watched(case, clock, "2026-12-22T09:00:00+08:00") == []
    assert watched(case, clock, "2026-12-23T09:00:00+08:00") == [("med_stop", "due_soon")]
    assert watched(case, clock, "2026-12-28T23:00:00+08:00") == [("med_stop", "due_soon")]
    assert case.row(d.items).overdue is False
    for day in ("2026-12-29", "2026-12-30"):
        assert watched(case, clock, f"{day}T00:30:00+08:00") == [("med_stop", "due_soon"), ("med_stop", "overdue")]
    assert case.row(d.items).overdue is True
    assert [row.receiver for row in case.rows(d.outbox)] == ["supervisor", "supervisor"]


def test_a_mark_that_was_cleared_is_not_set_again(case: Case, clock: FixedClock) -> None:
    prepare(case)
    accept(case, "med_stop")
    start(case, "med_stop")
    watched(case, clock, "2026-12-29T09:00:00+08:00")
    supervision.clear(case, case.case_id, "overdue", "med_stop")
    assert watched(case, clock, "2026-12-30T09:00:00+08:00") == [("med_stop", "overdue")]


def test_while_the_clock_stands_nobody_is_late(case: Case, clock: FixedClock) -> None:
    prepare(case)
    accept(case, "med_stop")
    start(case, "med_stop")
    legal_clock.begin_pause(case.connection, case.case_id, "frozen", clock.now())
    assert watched(case, clock, "2027-01-20T09:00:00+08:00") == []
    assert case.row(d.items).due_on > "2027-01-20"
    legal_clock.end_pause(case.connection, case.case_id, clock.now(), reason="frozen")
    assert watched(case, clock, "2027-01-21T09:00:00+08:00") == []


def test_an_item_that_has_ended_is_watched_no_more(case: Case, clock: FixedClock) -> None:
    prepare(case)
    accept(case, "med_stop")
    start(case, "med_stop")
    settle(case, "med_stop")
    assert watched(case, clock, "2027-02-01T09:00:00+08:00") == []


@pytest.mark.parametrize(
    ("how", "marked"), [("bring_original", []), ("explain", [("med_stop", "deferred_uncured")]), (None, [])]
)
def test_a_deferred_document_is_marked_unless_it_came(
    case: Case, clock: FixedClock, how: str | None, marked: list[tuple[str, str]]
) -> None:
    case.release.switches = {"materials": {"deferral": True}}
    prepare(case)
    left = select(case, "med_stop", "will_check")
    row = {"code": "M01", "name": "死者居民身份证", "source": "applicant", "medium": "scan"}
    item = "med_stop" if how else "will_check"  # one that serves another item is not this department's to wait for
    case.run("materials.arrange", filing="f1", rows=[{**row, "item": item, "original": False, "note": ""}])
    case.submit({"materials": [{"code": "M01", "how": "deferred"}]}, "filings.f1")
    case.run("materials.check", filing="f1")
    sign(case)
    case.submit({"decision": "deferred"}, "filings.f1.acceptance")
    case.run("application.accept", filing="f1", items=left)
    start(case, "med_stop")
    assert watched(case, clock, "2026-12-07T23:00:00+08:00") == []  # until that day is over
    case.run("items.pause", item="med_stop", reason="请补交死者身份证")
    case.submit({"how": how}, "supplements.med_stop")
    case.run("items.resume", item="med_stop")
    assert watched(case, clock, "2026-12-08T09:00:00+08:00") == marked
