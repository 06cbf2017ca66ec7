"""Payments: by two people, once, to whom the rules allow, under every guard."""

from __future__ import annotations

from typing import Any

import pytest

from engine.actors import WORKER, Actor
from tasks import payments
from tasks import tables as d
from tests.domain.applying import REVIEWER, accept, prepare, refused, settle, start
from tests.domain.conftest import Case, add_hold
from tests.domain.paying import FAMILY_CARD, MEDICAL, OWN_ACCOUNT, complete, not_ordered, order, payable


def test_a_payment_is_ordered_in_the_reviewers_name(case: Case) -> None:
    payable(case)
    result = order(case)
    row = case.row(d.payments)
    assert result == {"payment_id": row.id, "amount_cents": 386_520}
    assert (row.status, row.decided_by, row.approved_by) == ("ordered", "ou", REVIEWER.id)
    assert (row.item, row.amount_cents, row.payee_kind) == ("survivor_benefit", 386_520, "deceased")
    item = case.row(d.items)
    assert (item.status, item.amount_cents) == ("paying", 386_520)
    assert case.facts["items"]["survivor_benefit"]["status"] == "paying"


def test_whoever_decided_does_not_approve(case: Case) -> None:
    payable(case)
    case.actor = Actor("ou", frozenset({"hrss.reviewer"}), "430102")
    assert not_ordered(case).rule == "same_person"


def test_the_latest_decision_counts(case: Case) -> None:
    payable(case)
    complete(case, "decide_item", "decisions.survivor_benefit", REVIEWER.id, at="2026-11-24T01:00:00.000000Z")
    assert not_ordered(case).rule == "same_person"


def test_a_diagram_cannot_name_another_decider(case: Case) -> None:
    payable(case)
    case.actor = Actor("ou", frozenset({"hrss.reviewer"}), "430102")
    assert not_ordered(case, **OWN_ACCOUNT, decided_by="somebody").rule == "same_person"


def test_whoever_filed_does_not_approve(case: Case) -> None:
    payable(case)
    complete(case, "file_application", "filings.f1", REVIEWER.id)
    assert not_ordered(case).rule == "same_person"


@pytest.mark.parametrize(
    ("element", "path"),
    [
        ("decide_item", "decisions.survivor_benefit"),
        ("file_joint_application", "filings.f1"),
        ("provide_materials", "filings.f1"),
        ("review_application", "filings.f1.acceptance"),
        ("correct_account", "filings.f1.correction.survivor_benefit"),
        ("supplement_item", "supplements.survivor_benefit"),
    ],
)
def test_nobody_approves_what_passed_through_their_own_hands(case: Case, element: str, path: str) -> None:
    payable(case)
    complete(case, element, path, REVIEWER.id, at="2026-11-20T01:00:00.000000Z")
    assert not_ordered(case).rule == "same_person"


def test_hands_on_another_item_do_not_count(case: Case) -> None:
    payable(case)
    complete(case, "correct_account", "filings.f1.correction.hpf_withdraw", REVIEWER.id)
    order(case)


def test_whoever_approves_sees_the_payee_and_facts_do_not(case: Case) -> None:
    payable(case, "med_withdraw")
    case.run("payment.preview", item="med_withdraw", filing="f1", **MEDICAL)
    shown = case.sealed["payments"]["med_withdraw"]
    order(case, "med_withdraw", **MEDICAL)
    row = case.row(d.payments)
    assert shown["payee_name"] == payments.read_account(case, row)["name"]
    assert shown["payee_account"] == row.account_tail
    assert "payee_name" not in case.facts["payments"]["med_withdraw"]


def test_the_clerk_is_told_why_a_payment_was_sent_back_and_facts_are_not(case: Case) -> None:
    payable(case)
    case.submit({}, "payments.survivor_benefit", {"opinion": "金额有误，请复核"})
    case.run("payment.reconsider", item="survivor_benefit")
    assert case.sealed["decisions"]["survivor_benefit"]["returned_because"] == "金额有误，请复核"
    assert "复核" not in str(case.facts.get("decisions"))


def test_a_payee_that_is_wanting_stays_blank_and_is_refused_at_the_order(case: Case) -> None:
    payable(case)
    case.run("payment.preview", item="survivor_benefit", filing="f1", kind="heir", path="nowhere")
    assert case.sealed["payments"]["survivor_benefit"]["payee_name"] == ""
    assert not_ordered(case, kind="heir", path="nowhere").rule == "payee_incomplete"


def test_no_machine_approves(case: Case) -> None:
    payable(case)
    case.actor = WORKER
    assert not_ordered(case).rule == "approver_missing"


def test_where_the_departments_system_decided_one_person_approves(case: Case) -> None:
    prepare(case)
    accept(case, "survivor_benefit")
    start(case, "survivor_benefit")
    case.actor = REVIEWER
    order(case, **OWN_ACCOUNT, amount_cents=120_000)
    row = case.row(d.payments)
    assert (row.decided_by, row.amount_cents) == ("department", 120_000)


@pytest.mark.parametrize("amount", [None, 0, -5, "1000", True, 12.345])
def test_without_an_amount_nothing_is_paid(case: Case, amount: Any) -> None:
    payable(case)
    case.submit({"amount_yuan": amount}, "decisions.survivor_benefit")
    assert not_ordered(case).rule == "amount_missing"


def test_an_item_is_paid_once(case: Case) -> None:
    payable(case)
    payment_id = order(case)["payment_id"]
    assert refused(case, "payment.order", item="survivor_benefit", filing="f1", **OWN_ACCOUNT).rule == "paid_already"
    assert refused(case, "payment.order", item="survivor_benefit", filing="f1", **FAMILY_CARD).rule == "paid_already"
    case.run("payment.confirm", payment_id=payment_id, receipt="ICBC20261124000913")
    assert refused(case, "payment.order", item="survivor_benefit", filing="f1", **OWN_ACCOUNT).rule == "paid_already"
    row = case.row(d.payments)
    assert (row.status, row.receipt, row.ended_at) == ("paid", "ICBC20261124000913", case.now_text)
    settle(case, "survivor_benefit")
    assert refused(case, "payment.order", item="survivor_benefit", filing="f1", **OWN_ACCOUNT).rule == "item_settled"


def test_a_freeze_bars_the_payment(case: Case) -> None:
    payable(case)
    add_hold(case)
    assert not_ordered(case).rule == "payments_held"


def test_an_objection_bars_the_payment_until_it_is_rejected(case: Case) -> None:
    payable(case)
    case.write_sealed({"objector": "谭䢺", "reason": "另有遗嘱"}, "objections.filed")
    case.run("objection.open")
    assert not_ordered(case).rule == "payments_objected"
    case.run("objection.close", decision="rejected", document="（2026）湘0102民初77号")
    order(case)


def test_without_the_letter_nothing_is_paid(case: Case) -> None:
    payable(case)
    case.connection.execute(d.commitments.delete())
    assert not_ordered(case).rule == "commitment_missing"


def test_the_prerequisite_is_done_before_the_payment(case: Case) -> None:
    payable(case, "med_withdraw")
    case.insert(d.item_requirements, code="med_withdraw", requires="pension_suspend")
    assert not_ordered(case, "med_withdraw", **MEDICAL).rule == "prerequisite_missing"


def test_what_does_not_pay_is_not_paid(case: Case) -> None:
    payable(case, "will_check")
    assert not_ordered(case, "will_check").rule == "item_not_payable"


def test_an_item_that_waits_for_the_family_is_not_paid(case: Case) -> None:
    payable(case)
    case.run("items.pause", item="survivor_benefit", reason="社保卡未激活")
    assert not_ordered(case).rule == "item_not_payable"


def test_a_returned_payment_can_be_ordered_again(case: Case) -> None:
    payable(case, "med_withdraw")
    payment_id = order(case, "med_withdraw", **MEDICAL)["payment_id"]
    case.submit({}, "answers.bank.pay", {"error": "账户已销户"})
    case.run("payment.return", payment_id=payment_id, stated_at="answers.bank.pay.error")
    row = case.row(d.payments)
    assert (row.status, row.ended_at) == ("returned", case.now_text)
    assert case.words(d.payments.c.return_reason) == "账户已销户"
    assert case.sealed["filings"]["f1"]["correction"]["med_withdraw"] == {"return_reason": "账户已销户"}
    assert "账户已销户" not in str(case.facts)
    assert case.row(d.items, code="med_withdraw").status == "paying"
    order(case, "med_withdraw", **MEDICAL)
    assert sorted(row.status for row in case.rows(d.payments)) == ["ordered", "returned"]


def test_why_an_account_takes_no_money_is_sealed_for_whoever_corrects_it(case: Case) -> None:
    """C-20: the bank is asked before anything is ordered."""
    payable(case, "med_withdraw")
    case.submit({}, "answers.account.check", {"error": "社保卡没有激活"})
    case.run("account.note", item="med_withdraw", filing="f1", stated_at="answers.account.check.error")
    assert case.sealed["filings"]["f1"]["correction"]["med_withdraw"] == {"return_reason": "社保卡没有激活"}
    assert "社保卡没有激活" not in str(case.facts) and case.rows(d.payments) == []


def test_a_payment_has_one_result(case: Case) -> None:
    payable(case)
    payment_id = order(case)["payment_id"]
    assert refused(case, "payment.confirm", payment_id=payment_id, receipt=" ").rule == "receipt_missing"
    case.run("payment.confirm", payment_id=payment_id, receipt="R1")
    for type_, inputs in (("payment.confirm", {"receipt": "R2"}), ("payment.return", {})):
        assert refused(case, type_, payment_id=payment_id, **inputs).rule == "payment_settled"
    assert refused(case, "payment.confirm", payment_id="0" * 32, receipt="R").rule == "payment_unknown"
    assert case.row(d.payments).receipt == "R1"
