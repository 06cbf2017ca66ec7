"""Withdrawing: one's own items, what can still be taken back, and the whole application."""

from __future__ import annotations

from tasks import tables as d
from tests.domain.applying import (
    accept,
    prepare,
    refused,
    second_heir,
    select,
    settle,
    sign,
    start,
    statuses,
)
from tests.domain.conftest import Case


def test_before_the_acceptance_a_withdrawn_item_ends_at_once(case: Case) -> None:
    prepare(case)
    select(case, "med_stop", "will_check")
    assert case.run("items.withdraw", filing="f1", items=["will_check"]) == {"withdrawn": ["will_check"]}
    assert statuses(case) == {"med_stop": "dormant", "will_check": "withdrawn"}
    assert case.row(d.filings).status == "filed"
    assert case.messages == ["application_filed", "item_settled"]


def test_withdrawing_everything_before_the_acceptance_ends_the_application(case: Case) -> None:
    prepare(case)
    select(case, "med_stop", "med_withdraw", "cremation")
    case.run("items.withdraw", filing="f1", items=[])
    assert statuses(case) == {"med_stop": "withdrawn", "med_withdraw": "withdrawn", "cremation": "dormant"}
    assert case.row(d.filings).status == case.facts["application"]["status"] == "withdrawn"
    message = case.published[-1]
    assert (message.name, message.correlation_key) == ("application_withdrawn", "f1")


def test_an_application_that_waits_for_a_supplement_can_be_withdrawn(case: Case) -> None:
    prepare(case)
    select(case, "med_stop")
    case.run("application.supplement", filing="f1")
    case.run("items.withdraw", filing="f1", items=None)
    assert case.row(d.filings).status == "withdrawn"
    assert case.row(d.pauses).ended_at is not None


def test_an_item_at_work_is_told_and_one_that_waits_ends_at_once(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop", "med_withdraw", "will_check")
    start(case, "med_stop")
    start(case, "will_check")
    settle(case, "will_check")
    case.run("items.withdraw", filing="f1", items=[])
    assert statuses(case) == {"med_stop": "processing", "med_withdraw": "withdrawn", "will_check": "done"}
    told = [(message.name, message.correlation_key) for message in case.published if message.name == "item_withdrawn"]
    assert told == [("item_withdrawn", "med_stop")]
    assert case.row(d.filings).status == "accepted"


def test_what_another_item_stands_on_is_withdrawn_together_with_it(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop", "med_withdraw")
    refusal = refused(case, "items.withdraw", filing="f1", items=["med_stop"])
    assert (refusal.rule, refusal.source) == ("prerequisite_missing", "H-4")
    case.run("items.withdraw", filing="f1", items=["med_withdraw", "med_stop"])
    assert set(statuses(case).values()) == {"withdrawn"}


def test_an_heir_withdraws_only_their_own(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop", "cremation", "will_check")
    second_heir(case, "licence_cancel")
    start(case, "will_check")
    settle(case, "will_check")
    for code in ("med_stop", "equity_query"):
        assert refused(case, "items.withdraw", filing="f2", items=[code]).rule == "item_not_yours"
    assert refused(case, "items.withdraw", filing="f1", items=["cremation"]).rule == "item_tracked"
    assert refused(case, "items.withdraw", filing="f1", items=["will_check"]).rule == "item_settled"
    assert refused(case, "items.withdraw", filing="f9", items=[]).rule == "filing_unknown"


def test_where_nothing_can_be_withdrawn_the_family_is_told(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop")
    start(case, "med_stop")
    settle(case, "med_stop")
    assert refused(case, "items.withdraw", filing="f1", items=[]).rule == "nothing_to_withdraw"
    case.submit({"decision": "refuse"}, "filings.f2.acceptance")
    second_heir(case, "will_check")
    case.run("application.refuse", filing="f2")
    assert refused(case, "items.withdraw", filing="f2", items=[]).rule == "filing_settled"


def test_signing_again_after_a_partial_withdrawal_names_only_what_is_left(case: Case) -> None:
    prepare(case)
    select(case, "med_stop", "will_check")
    sign(case)
    before = case.row(d.commitments).text_sha256
    case.run("items.withdraw", filing="f1", items=["will_check"])
    sign(case)
    assert case.row(d.commitments).text_sha256 != before
