"""Gaps and declarations: on which terms a document may be missing, and what waits until it has come."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import RuleViolation
from tasks import commitments, curing, gaps
from tasks import tables as d
from tests.domain.applying import FAMILY, WINDOW, refused, sign
from tests.domain.conftest import Case
from tests.domain.test_materials import arranged, hand_in, line, listed, status_of

KINSHIP = "亲属关系佐证材料"
DEED = "继承公证书或法院生效判决书"
TERMS: dict[str, Any] = {"copies": 1, "cure_days": 10, "pledge": "本人与逝者的关系属实", "review": "核对关系"}


@pytest.fixture(autouse=True)
def _offered(case: Case) -> None:
    assert curing
    case.release.switches = {"materials": {"deferral": True, "cure_days": 15}}


def accepted(case: Case, rows: list[dict[str, Any]], decision: str = "accept", **ways: str) -> None:
    """An application for two items, taken in by the window with whatever the family said of its documents."""
    arranged(case, rows)
    case.release.files["templates/commitment.j2"] = (
        b"{% for one in deferred %}{{ one.name }} {{ one.days }};{% endfor %}"
        b"{% for one in pledged %}{{ one.name }} {{ one.text }}{% endfor %}"
    )
    hand_in(case, **ways)
    case.run("materials.check", filing="f1")
    sign(case)
    case.submit({"decision": decision, "verified": []}, "filings.f1.acceptance")
    case.actor = WINDOW
    case.run("application.accept", filing="f1", items=["hpf_withdraw", "survivor_benefit"])


def test_where_items_differ_the_strictest_terms_hold(case: Case) -> None:
    lenient = line("M07", KINSHIP, "hpf_withdraw", **TERMS)
    strict = line("M07", KINSHIP, "survivor_benefit", **TERMS | {"cure_days": 5, "copies": 2, "review": "核对公章"})
    shown = arranged(case, [lenient, strict])["M07"]
    assert (shown["copies"], shown["cure_days"]) == (2, 5)
    assert (shown["pledge"], shown["review"]) == ("本人与逝者的关系属实", "核对关系；核对公章")
    must_come = strict | {"cure_days": None, "pledge": None}
    case.run("materials.arrange", filing="f1", rows=[lenient, must_come])
    assert (listed(case)["M07"]["cure_days"], listed(case)["M07"]["pledge"]) == (None, None)


def test_a_table_without_terms_leaves_every_document_to_the_switch(case: Case) -> None:
    assert arranged(case, [line("M07", KINSHIP, "hpf_withdraw")])["M07"]["cure_days"] == 15


def test_without_the_switch_no_table_can_allow_a_gap(case: Case) -> None:
    case.release.switches = {"materials": {"deferral": False}}
    assert arranged(case, [line("M07", KINSHIP, "hpf_withdraw", **TERMS)])["M07"]["cure_days"] is None


@pytest.mark.parametrize(("how", "rule"), [("deferred", "deferral_not_offered"), ("pledged", "pledge_not_offered")])
def test_a_document_that_must_come_is_neither_deferred_nor_declared(case: Case, how: str, rule: str) -> None:
    arranged(case, [line("M08", DEED, "hpf_withdraw", cure_days=None, pledge=None)])
    hand_in(case, M08=how)
    assert refused(case, "materials.check", filing="f1").rule == rule


def test_the_window_cannot_defer_what_must_come(case: Case) -> None:
    rows = [line("M08", DEED, "hpf_withdraw", cure_days=None), line("M07", KINSHIP, "hpf_withdraw", **TERMS)]
    arranged(case, rows)
    hand_in(case, M08="bring_original", M07="bring_original")
    case.run("materials.check", filing="f1")
    sign(case)
    case.submit({"decision": "deferred"}, "filings.f1.acceptance")
    case.actor = WINDOW
    refusal = refused(case, "application.accept", filing="f1", items=["hpf_withdraw"])
    assert refusal.rule == "material_missing"
    assert DEED in str(refusal) and KINSHIP not in str(refusal)


def test_a_declaration_stands_for_the_document_and_stands_in_the_letter(case: Case) -> None:
    accepted(case, [line("M07", KINSHIP, "hpf_withdraw", **TERMS)], M07="pledged")
    assert status_of(case) == {"M07": "pledged"}
    assert commitments.letter_text(case, case.case_id, "f1") == f"{KINSHIP} 本人与逝者的关系属实"
    assert not [message for message in case.published if message.name == "gaps_left"]


def test_a_gap_has_its_own_day_and_the_letter_says_how_long(case: Case) -> None:
    soon = TERMS | {"cure_days": 3}
    rows = [line("M07", KINSHIP, "hpf_withdraw", **TERMS), line("M08", DEED, "hpf_withdraw", **soon)]
    accepted(case, rows, M07="deferred", M08="deferred")
    days = {row.code: row.deferred_until for row in case.rows(d.materials)}
    assert days == {"M07": "2026-12-07", "M08": "2026-11-26"}
    assert f"{KINSHIP} 10;{DEED} 3;" in commitments.letter_text(case, case.case_id, "f1")
    told = [message.payload for message in case.published if message.name == "gaps_left"]
    assert told == [{"filing": "f1", "until": "2026-11-26"}]


def test_nothing_is_done_or_paid_before_its_gap_is_closed(case: Case) -> None:
    accepted(case, [line("M07", KINSHIP, "hpf_withdraw", **TERMS)], M07="deferred")
    case.run("items.start", item="hpf_withdraw", filing="f1")
    refusal = refused(case, "items.settle", item="hpf_withdraw", outcome="done", amount_cents=0)
    assert (refusal.rule, KINSHIP in str(refusal)) == ("gap_uncured", True)
    case.run("items.settle", item="hpf_withdraw", outcome="refused", reason="逾期没有补交")
    assert case.row(d.items, code="hpf_withdraw").status == "refused"


def test_what_rests_on_words_goes_to_a_person(case: Case) -> None:
    accepted(case, [line("M07", KINSHIP, "survivor_benefit", **TERMS)], M07="pledged")
    assert case.run("items.start", item="survivor_benefit", filing="f1")["by"] == "clerk"


def test_what_comes_later_closes_the_gap(case: Case) -> None:
    rows = [line("M07", KINSHIP, "hpf_withdraw", **TERMS), line("M08", DEED, "hpf_withdraw", **TERMS)]
    accepted(case, rows, M07="deferred", M08="deferred")
    case.actor = FAMILY
    hand_in(case, M07="deferred", M08="deferred")
    assert refused(case, "materials.cure", filing="f1").rule == "nothing_cured"
    hand_in(case, M07="upload", M08="bring_original")
    assert case.run("materials.cure", filing="f1") == {"left": True}
    assert status_of(case) == {"M07": "provided", "M08": "deferred"}
    case.actor = WINDOW
    hand_in(case, M08="bring_original")
    assert case.run("materials.cure", filing="f1") == {"left": False}
    assert (status_of(case)["M08"], case.row(d.materials, code="M08").verified_by) == ("verified", WINDOW.id)
    assert listed(case)["M08"]["status"] == "verified"


def test_the_mark_of_a_late_document_is_taken_back_when_it_comes(case: Case) -> None:
    accepted(case, [line("M07", KINSHIP, "hpf_withdraw", **TERMS)], M07="deferred")
    case.run("items.start", item="hpf_withdraw", filing="f1")
    case.insert(d.supervision, id="m", item="hpf_withdraw", kind="deferred_uncured", noted_at=case.now_text)
    hand_in(case, M07="bring_original")
    case.run("materials.cure", filing="f1")
    assert case.row(d.supervision).cleared_at == case.now_text


def test_nobody_waits_for_a_document_once_its_items_have_ended(case: Case) -> None:
    accepted(case, [line("M07", KINSHIP, "hpf_withdraw", **TERMS)], M07="deferred")
    case.run("items.settle", item="survivor_benefit", outcome="refused", reason="没有登记")
    assert "gaps_closed" not in [message.name for message in case.published]
    case.run("items.settle", item="hpf_withdraw", outcome="refused", reason="没有登记")
    told = [message.correlation_key for message in case.published if message.name == "gaps_closed"]
    assert told == ["f1"]


def test_other_items_are_free_of_a_gap(case: Case) -> None:
    accepted(case, [line("M07", KINSHIP, "hpf_withdraw", **TERMS)], M07="deferred")
    filing = case.row(d.filings).id
    assert [row.code for row in gaps.of_item(case.connection, filing, "hpf_withdraw")] == ["M07"]
    assert gaps.of_item(case.connection, filing, "survivor_benefit") == []


BOOKLET = "居民户口簿"


def shown_at_the_window(case: Case, at_window: str = "later") -> None:
    """Two items, one of which wants a paper that only the window can see; the switch of gaps is off."""
    case.release.switches = {"materials": {"deferral": False, "at_window": at_window, "cure_days": 8}}
    case.submit({"found": True}, "registers.population")
    rows = [line("M03", BOOKLET, "hpf_withdraw", medium="original", original=True)]
    accepted(case, [*rows, line("M02", "申请人居民身份证", "survivor_benefit")], M03="bring_original", M02="upload")


def test_an_original_for_the_window_holds_up_its_item_and_nothing_else(case: Case) -> None:
    shown_at_the_window(case)
    assert status_of(case) == {"M02": "provided", "M03": "deferred"}
    assert case.row(d.materials, code="M03").deferred_until == "2026-12-03"
    for item in ("hpf_withdraw", "survivor_benefit"):
        case.run("items.start", item=item, filing="f1")
    refusal = refused(case, "items.settle", item="hpf_withdraw", outcome="done", amount_cents=0)
    assert (refusal.rule, BOOKLET in str(refusal), "容缺" in str(refusal)) == ("original_unseen", True, False)
    case.run("items.settle", item="survivor_benefit", outcome="done", amount_cents=0)


def test_no_register_and_no_upload_stands_for_an_original(case: Case) -> None:
    case.release.switches = {"materials": {"deferral": True, "at_window": "later"}}
    case.submit({"found": True}, "registers.population")
    arranged(case, [line("M03", BOOKLET, "hpf_withdraw", medium="original", original=True)])
    assert status_of(case) == {"M03": "needed"}
    for how in ("upload", "deferred", "pledged"):
        hand_in(case, M03=how)
        assert refused(case, "materials.check", filing="f1").rule == "original_wanted"


def test_an_original_counts_once_the_window_has_seen_it(case: Case) -> None:
    shown_at_the_window(case)
    for actor, how in ((FAMILY, "bring_original"), (WINDOW, "upload")):
        case.actor = actor
        hand_in(case, M03=how)
        assert refused(case, "materials.cure", filing="f1").rule == "nothing_cured"
    hand_in(case, M03="bring_original")
    assert case.run("materials.cure", filing="f1") == {"left": False}
    assert status_of(case)["M03"] == "verified"


def test_where_the_pack_does_not_wait_the_original_comes_before_acceptance(case: Case) -> None:
    with pytest.raises(RuleViolation) as raised:
        shown_at_the_window(case, "before")
    assert raised.value.rule == "material_missing" and BOOKLET in str(raised.value)
