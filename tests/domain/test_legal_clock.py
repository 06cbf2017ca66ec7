"""The clock of the law: make-up days, pauses, and every day explained."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from engine import tables as t
from engine.clock import FixedClock, parse_moment
from engine.packs import assemble_pack
from engine.releases import publish
from tasks import legal_clock
from tasks import tables as d
from tasks.legal_clock import Pause, reckon
from tests.domain.conftest import Case, Release, add_filing, add_item, make_manifest

ACCEPTED = date(2026, 9, 24)  # a Thursday, the day before 中秋节


def moment(text: str) -> datetime:
    return parse_moment(text)


def accepted_item(case: Case, clock: FixedClock, at: str = "2026-09-24T09:30:00+08:00") -> None:
    clock.move_to(at)
    add_item(case, "med_stop", add_filing(case, accepted_at=case.now_text))


def due(case: Case, limit: int = 25, item: str | None = "med_stop") -> date | None:
    return legal_clock.due_on(case.connection, case.case_id, item, ACCEPTED, limit, case.clock.now())


def test_twenty_five_working_days_run_across_the_national_day_with_its_make_up_day(case: Case) -> None:
    lines = reckon(ACCEPTED, 25, [], ACCEPTED)
    assert (lines[0].day, lines[0].kind, lines[0].number) == (ACCEPTED, "start", None)
    by_day = {line.day: line for line in lines}
    assert by_day[date(2026, 9, 25)].kind == "rest"  # 中秋节
    assert by_day[date(2026, 9, 28)].number == 1
    assert all(by_day[date(2026, 10, day)].kind == "rest" for day in range(1, 8))
    assert (by_day[date(2026, 10, 10)].kind, by_day[date(2026, 10, 10)].number) == ("make_up", 6)  # a Saturday
    assert (lines[-1].day, lines[-1].number) == (date(2026, 11, 5), 25)
    assert len(lines) == (lines[-1].day - ACCEPTED).days + 1


def test_every_day_has_a_sentence() -> None:
    sentences = [str(line) for line in reckon(ACCEPTED, 7, [], ACCEPTED)]
    assert sentences[0] == "2026-09-24 周四 工作日，受理之日，不计入"
    assert sentences[1] == "2026-09-25 周五 中秋节放假，不计入"
    assert "2026-10-10 周六 调休上班，第6个工作日" in sentences


def test_a_working_day_that_a_pause_touches_does_not_count() -> None:
    paused = Pause("frozen", date(2026, 9, 28), date(2026, 9, 29), is_open=False)
    lines = {line.day: line for line in reckon(ACCEPTED, 3, [paused], ACCEPTED)}
    assert lines[date(2026, 9, 28)].kind == lines[date(2026, 9, 29)].kind == "paused"
    assert str(lines[date(2026, 9, 29)]) == "2026-09-29 周二 工作日，公安审核冻结期间，不计入"
    assert lines[date(2026, 9, 30)].number == 1
    assert max(lines) == date(2026, 10, 9)


def test_a_day_off_within_a_pause_stays_a_day_off() -> None:
    paused = Pause("supplement", date(2026, 9, 25), date(2026, 9, 28), is_open=False)
    kinds = [line.kind for line in reckon(ACCEPTED, 1, [paused], ACCEPTED)]
    assert kinds == ["start", "rest", "rest", "rest", "paused", "counted"]


def test_a_limit_of_no_days_ends_on_the_day_of_acceptance() -> None:
    assert [line.day for line in reckon(ACCEPTED, 0, [], ACCEPTED)] == [ACCEPTED]


def test_a_pause_of_the_case_and_one_of_the_item_both_stop_the_item(case: Case, clock: FixedClock) -> None:
    accepted_item(case, clock)
    for item, begun, ended in (
        (None, "2026-09-28T10:00", "2026-09-28T15:00"),
        ("med_stop", "2026-09-29", "2026-09-30"),
    ):
        legal_clock.begin_pause(case.connection, case.case_id, "frozen", moment(begun), item=item)
        legal_clock.end_pause(case.connection, case.case_id, moment(ended), item=item)
    clock.move_to("2026-10-08T09:00:00+08:00")
    assert due(case, 1) == date(2026, 9, 30)
    assert due(case, 1, None) == date(2026, 9, 29)
    assert due(case, 1, "licence_cancel") == date(2026, 9, 29)


def test_a_pause_that_ends_at_midnight_leaves_the_next_day_alone(case: Case, clock: FixedClock) -> None:
    accepted_item(case, clock)
    legal_clock.begin_pause(case.connection, case.case_id, "supplement", moment("2026-09-28T08:00"), item="med_stop")
    legal_clock.end_pause(case.connection, case.case_id, moment("2026-09-29"), item="med_stop")
    assert due(case, 1) == date(2026, 9, 29)


def test_a_pause_without_length_stops_nothing(case: Case, clock: FixedClock) -> None:
    accepted_item(case, clock)
    legal_clock.begin_pause(case.connection, case.case_id, "supplement", moment("2026-09-28T08:00"))
    legal_clock.end_pause(case.connection, case.case_id, moment("2026-09-28T08:00"))
    assert due(case, 1) == date(2026, 9, 28)


def test_while_a_pause_is_open_the_due_date_moves_with_the_days(case: Case, clock: FixedClock) -> None:
    accepted_item(case, clock)
    legal_clock.begin_pause(case.connection, case.case_id, "frozen", moment("2026-09-28T08:00"))
    clock.move_to("2026-09-29T09:00:00+08:00")
    assert due(case, 1) == date(2026, 9, 30)
    clock.move_to("2026-10-09T09:00:00+08:00")
    assert due(case, 1) == date(2026, 10, 10)
    last = legal_clock.explain(case.connection, case.case_id, "med_stop", clock.now(), limit=1)[-1]
    assert last.is_provisional
    assert "暂停尚未结束" in str(last)


def test_a_pause_is_begun_once_and_ends_by_its_reason(case: Case, clock: FixedClock) -> None:
    for _ in range(2):
        legal_clock.begin_pause(case.connection, case.case_id, "frozen", clock.now())
    legal_clock.begin_pause(case.connection, case.case_id, "post", clock.now())
    assert len(case.rows(d.pauses)) == 2
    legal_clock.end_pause(case.connection, case.case_id, clock.now(), reason="frozen")
    assert {row.reason: row.ended_at is None for row in case.rows(d.pauses)} == {"frozen": False, "post": True}
    assert legal_clock.is_standing(case.connection, case.case_id, "med_stop")
    legal_clock.end_pause(case.connection, case.case_id, clock.now())
    assert not legal_clock.is_standing(case.connection, case.case_id, "med_stop")


def test_the_explanation_begins_with_the_acceptance_of_the_items_own_application(case: Case, clock: FixedClock) -> None:
    accepted_item(case, clock)
    lines = legal_clock.explain(case.connection, case.case_id, "med_stop", clock.now(), limit=25)
    assert (lines[0].day, lines[-1].day) == (ACCEPTED, date(2026, 11, 5))


def test_before_the_acceptance_there_is_nothing_to_explain(case: Case) -> None:
    add_item(case, "med_stop", add_filing(case, status="filed"), status="dormant")
    assert legal_clock.explain(case.connection, case.case_id, "med_stop", case.clock.now(), limit=25) == []


@pytest.mark.parametrize(
    ("today", "left"), [("2026-11-02", 3), ("2026-11-01", 4), ("2026-11-05", 0), ("2026-11-06", -1), ("2026-11-08", -1)]
)
def test_days_left_are_days_that_count(case: Case, clock: FixedClock, today: str, left: int) -> None:
    accepted_item(case, clock)
    days = legal_clock.days_left(case.connection, case.case_id, "med_stop", date(2026, 11, 5), moment(today))
    assert days == left


def test_an_items_own_limit_comes_before_that_of_the_case(release: Release) -> None:
    item = {"name": "基本医疗保险减少登记", "plain": "停医保", "department": "medical_insurance", "status": "assumed"}
    handling = {"by": "clerk", "clerk": "medical_insurance.clerk"}
    items = {
        "med_stop": {**item, "handling": handling, "limit_working_days": 5},
        "other": {**item, "handling": handling},
    }
    manifest = make_manifest(limit_working_days=25, items=items)
    assert [legal_clock.limit_of(manifest, code) for code in ("med_stop", "other", None)] == [5, 25, 25]
    assert legal_clock.limit_of(release.manifest, "med_stop") is None


def test_where_the_documents_give_no_number_nothing_is_due(case: Case) -> None:
    assert legal_clock.due_on(case.connection, case.case_id, "x", ACCEPTED, None, case.clock.now()) is None


def test_without_a_stated_limit_the_explanation_takes_that_of_the_cases_release(case: Case, clock: FixedClock) -> None:
    manifest = b"code: pack\nnames: {short: \xe8\xaf\x95\xe9\xaa\x8c, official: x}\nlimit_working_days: 7\n"
    pack = assemble_pack("pack", {"pack.yaml": manifest}, {"pack.yaml": "pack"})
    release = publish(case.connection, pack, "analyst", clock.now(), check=lambda _: [])
    chosen = t.cases.update().where(t.cases.c.id == case.case_id).values(release_id=release.id)
    case.connection.execute(chosen)
    accepted_item(case, clock)
    assert legal_clock.explain(case.connection, case.case_id, "med_stop", clock.now())[-1].number == 7


@pytest.mark.parametrize(("switches", "stands"), [({}, True), ({"clock": {"pauses": ["frozen"]}}, False)])
def test_the_pack_says_what_stops_the_clock(case: Case, switches: dict[str, Any], stands: bool) -> None:
    case.release.switches = switches
    legal_clock.stop_clock(case, case.case_id, "supplement", item="med_stop")
    assert legal_clock.is_standing(case.connection, case.case_id, "med_stop") is stands
