"""Withdrawing: one's own items, what can still be taken back, and the whole application."""

from __future__ import annotations

from tasks import tables as d
from tests.domain.applying import (
    FAMILY,
    WINDOW,
    accept,
    not_withdrawn,
    prepare,
    refused,
    second_heir,
    select,
    settle,
    sign,
    start,
    statuses,
    withdraw,
)
from tests.domain.conftest import Case
from tests.domain.paying import complete


def test_before_the_acceptance_a_withdrawn_item_ends_at_once(case: Case) -> None:
    prepare(case)
    select(case, "med_stop", "will_check")
    assert withdraw(case, ["will_check"]) == {"withdrawn": ["will_check"], "kept": []}
    assert statuses(case) == {"med_stop": "dormant", "will_check": "withdrawn"}
    assert case.row(d.filings).status == "filed"
    assert case.messages == ["application_filed", "item_settled"]


def test_withdrawing_everything_before_the_acceptance_ends_the_application(case: Case) -> None:
    prepare(case)
    select(case, "med_stop", "med_withdraw", "cremation")
    withdraw(case, [])
    assert statuses(case) == {"med_stop": "withdrawn", "med_withdraw": "withdrawn", "cremation": "dormant"}
    assert case.row(d.filings).status == case.facts["application"]["status"] == "withdrawn"
    message = case.published[-1]
    assert (message.name, message.correlation_key) == ("application_withdrawn", "f1")


def test_an_application_that_waits_for_a_supplement_can_be_withdrawn(case: Case) -> None:
    prepare(case)
    select(case, "med_stop")
    case.run("application.supplement", filing="f1")
    withdraw(case, None)
    assert case.row(d.filings).status == "withdrawn"
    assert case.row(d.pauses).ended_at is not None


def test_an_item_at_work_is_told_and_one_that_waits_ends_at_once(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop", "med_withdraw", "will_check")
    start(case, "med_stop")
    start(case, "will_check")
    settle(case, "will_check")
    withdraw(case, [])
    assert statuses(case) == {"med_stop": "processing", "med_withdraw": "withdrawn", "will_check": "done"}
    told = [(message.name, message.correlation_key) for message in case.published if message.name == "item_withdrawn"]
    assert told == [("item_withdrawn", "med_stop")]
    assert case.row(d.filings).status == "accepted"


def test_what_another_item_stands_on_is_withdrawn_together_with_it(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop", "med_withdraw")
    case.actor = WINDOW
    refusal = refused(case, "items.withdraw", filing="f1", items=["med_stop"])
    assert (refusal.rule, refusal.source) == ("prerequisite_missing", "H-4")
    withdraw(case, ["med_withdraw", "med_stop"])
    assert set(statuses(case).values()) == {"withdrawn"}


def test_an_heir_withdraws_only_their_own(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop", "cremation", "will_check")
    second_heir(case, "licence_cancel")
    start(case, "will_check")
    settle(case, "will_check")
    for code in ("med_stop", "equity_query"):
        assert not_withdrawn(case, [code], "f2") == "item_not_yours"
    assert not_withdrawn(case, ["cremation"]) == "item_tracked"
    assert not_withdrawn(case, ["will_check"]) == "item_settled"
    assert not_withdrawn(case, [], "f9") == "filing_unknown"


def test_an_application_is_withdrawn_by_whoever_filed_it_and_by_nobody_else(case: Case) -> None:
    prepare(case)
    accept(case, "will_check", "equity_query")
    case.actor = FAMILY
    assert refused(case, "items.withdraw", filing="f1", items=[]).rule == "item_not_yours"
    complete(case, "file_application", "filings.f2", FAMILY.id)
    assert refused(case, "items.withdraw", filing="f1", items=[]).rule == "item_not_yours"
    complete(case, "file_application", "filings.f1", FAMILY.id)
    assert case.run("items.withdraw", filing="f1", items=["will_check"])["withdrawn"] == ["will_check"]
    case.act_as()
    assert case.run("items.withdraw", filing="f1", items=[])["withdrawn"] == ["equity_query"]


def test_withdrawing_everything_leaves_what_another_heir_s_item_stands_on(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop", "will_check")
    second_heir(case, "med_withdraw")
    done = withdraw(case, [])
    assert done["withdrawn"] == ["will_check"]
    (kept,) = done["kept"]
    assert "基本医疗保险减少登记" in kept
    assert "个人账户余额" in kept
    assert statuses(case) == {"med_stop": "dormant", "will_check": "withdrawn", "med_withdraw": "dormant"}
    assert case.facts["filings"]["f1"]["withdrawal"]["kept"] == [kept]
    assert not_withdrawn(case, []) == "prerequisite_missing"


def test_what_is_withdrawn_asks_for_no_documents(case: Case) -> None:
    prepare(case)
    select(case, "hpf_withdraw", "will_check")
    shared = {"source": "applicant", "medium": "scan", "original": False, "note": None}
    lines = (("M08", "hpf_withdraw"), ("M07", "hpf_withdraw"), ("M07", "will_check"))
    rows = [{"code": code, "name": code, "item": item, **shared} for code, item in lines]
    case.run("materials.arrange", filing="f1", rows=rows)
    withdraw(case, ["hpf_withdraw"])
    assert {row.code: row.status for row in case.rows(d.materials)} == {"M07": "needed", "M08": "waived"}
    (left,) = case.facts["filings"]["f1"]["materials"]
    assert (left["code"], left["items"]) == ("M07", ["will_check"])


def test_where_nothing_can_be_withdrawn_the_family_is_told(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop")
    start(case, "med_stop")
    settle(case, "med_stop")
    assert not_withdrawn(case, []) == "nothing_to_withdraw"
    case.submit({"decision": "refuse"}, "filings.f2.acceptance")
    second_heir(case, "will_check")
    case.run("application.refuse", filing="f2")
    assert not_withdrawn(case, [], "f2") == "filing_settled"


def test_signing_again_after_a_partial_withdrawal_names_only_what_is_left(case: Case) -> None:
    prepare(case)
    select(case, "med_stop", "will_check")
    sign(case)
    before = case.row(d.commitments).text_sha256
    withdraw(case, ["will_check"])
    sign(case)
    assert case.row(d.commitments).text_sha256 != before
