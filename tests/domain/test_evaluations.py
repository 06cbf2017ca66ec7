"""Evaluation: by item and by person, once, and a bad rating does not pass unnoticed."""

from __future__ import annotations

from typing import Any

import pytest

from engine import tables as t
from tasks import tables as d
from tests.domain.conftest import Case, Release, add_filing, add_item, refuses
from tests.texts_of_packs import manifest, shipped_texts


@pytest.fixture
def release() -> Release:
    return Release(manifest(), shipped_texts("common"))


@pytest.fixture
def handled(case: Case) -> Case:
    filing = add_filing(case)
    for code, department in (("hukou_cancel", "police"), ("med_stop", "medical_insurance")):
        add_item(case, code, filing, "done", department=department)
    instance = {"id": "i" * 32, "process_id": "handle_item", "status": "completed", "revision": 1}
    case.insert(t.process_instances, **instance, started_at=case.now_text)
    for number, (who, status) in enumerate((("yi", "completed"), ("er", "completed"), ("san", "cancelled"))):
        row = {
            "id": f"{number}" * 32,
            "instance_id": "i" * 32,
            "process_id": "handle_item",
            "element_id": "decide_item",
        }
        row |= {"name": "审核", "form_id": "decide_item", "facts_path": "decisions.hukou_cancel", "locals": "{}"}
        row |= {"status": status, "priority": 50, "created_at": case.now_text, "completed_by": who}
        case.insert(t.user_tasks, **row, ended_at=f"2026-11-2{number}T00:00:00.000000Z")
    return case


def rate(case: Case, *ratings: dict[str, Any], **inputs: Any) -> Any:
    filing = inputs.setdefault("filing", "f1")
    case.write_facts({"ratings": list(ratings)}, f"filings.{filing}.evaluation")
    return case.run("evaluation.record", **inputs)


def test_a_rating_is_kept_by_item_department_and_whoever_decided_last(handled: Case) -> None:
    good = {"item": "hukou_cancel", "score": 5, "comment": " 很快 "}, {"item": "med_stop", "score": "3"}
    assert rate(handled, *good) == {"low": False}
    rows = {row.item: row for row in handled.rows(d.evaluations)}
    hukou, medical = rows["hukou_cancel"], rows["med_stop"]
    assert (hukou.department, hukou.handler, hukou.score) == ("police", "er", 5)
    assert handled.words(d.evaluations.c.comment, hukou) == "很快"
    assert (medical.department, medical.handler, medical.score, medical.comment) == ("medical_insurance", None, 3, None)
    assert not handled.rows(d.supervision)


@pytest.mark.parametrize(("score", "low"), [(1, True), (2, True), (3, False)])
def test_two_stars_or_fewer_are_bad_and_told_to_supervisors(handled: Case, score: int, low: bool) -> None:
    assert rate(handled, {"item": "hukou_cancel", "score": 5}, {"item": "med_stop", "score": score}) == {"low": low}
    assert [(row.kind, row.item) for row in handled.rows(d.supervision)] == [("low_rating", "med_stop")] * low


def test_what_was_not_rated_is_left_out(handled: Case) -> None:
    assert rate(handled, {"item": "hukou_cancel", "score": None}, {"item": "med_stop"}) == {"low": False}
    handled.write_facts({"ratings": None}, "filings.f1.evaluation")
    assert handled.run("evaluation.record", filing="f1") == {"low": False}
    assert not handled.rows(d.evaluations)


def test_whoever_handled_the_item_is_rated_for_themselves(handled: Case) -> None:
    rated = {"item": "hukou_cancel", "score": "5", "person_score": "2"}
    assert rate(handled, rated, {"item": "med_stop", "score": 4}) == {"low": True}
    scores = {row.item: (row.score, row.handler, row.person_score) for row in handled.rows(d.evaluations)}
    assert scores == {"hukou_cancel": (5, "er", 2), "med_stop": (4, None, None)}
    assert [(row.kind, row.item) for row in handled.rows(d.supervision)] == [("low_rating", "hukou_cancel")]


def test_a_rating_of_the_handler_out_of_range_is_refused(handled: Case) -> None:
    rated = {"item": "hukou_cancel", "score": 4, "person_score": 9}
    refuses("score_invalid", lambda: rate(handled, rated))


def test_each_heir_rates_their_own_application(handled: Case) -> None:
    add_item(handled, "licence_cancel", add_filing(handled, "f2"), "done", department="police")
    rate(handled, {"item": "hukou_cancel", "score": 5})
    rate(handled, {"item": "licence_cancel", "score": 4}, filing="f2")
    assert {row.item: row.score for row in handled.rows(d.evaluations)} == {"hukou_cancel": 5, "licence_cancel": 4}


@pytest.mark.parametrize("score", [0, 6, -1, "many", 2.5, True])
def test_a_score_outside_one_to_five_is_refused(handled: Case, score: object) -> None:
    refuses("score_invalid", lambda: rate(handled, {"item": "hukou_cancel", "score": score}))
    assert not handled.rows(d.evaluations)


def test_an_item_is_rated_once(handled: Case) -> None:
    rate(handled, {"item": "hukou_cancel", "score": 4})
    refuses("rated_already", lambda: rate(handled, {"item": "hukou_cancel", "score": 1}))
    assert handled.row(d.evaluations).score == 4


def test_an_item_that_is_not_on_the_case_cannot_be_rated(handled: Case) -> None:
    refuses("item_not_on_case", lambda: rate(handled, {"item": "will_check", "score": 4}))


def test_a_tracked_item_is_rated_under_the_application_that_asks(handled: Case) -> None:
    add_item(handled, "cremation", None, "done", department="civil_affairs", tracked=True)
    second = add_filing(handled, "f2")
    rate(handled, {"item": "cremation", "score": 4}, filing="f2")
    assert handled.row(d.evaluations).filing_id == second
