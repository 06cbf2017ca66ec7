"""What was ordered, when a freeze or an objection comes before the money has left."""

from __future__ import annotations

import pytest

from engine import tables as t
from tasks import tables as d
from tests.domain.applying import refused
from tests.domain.conftest import Case
from tests.domain.paying import add_bank_job, order, payable


def ordered(case: Case, status: str = "available", attempts: int = 0) -> str:
    """A payment that was ordered, and the bank's job for it; the payment's id."""
    payable(case)
    payment_id = str(order(case)["payment_id"])
    add_bank_job(case, payment_id, status, attempts)
    return payment_id


def bar(case: Case, how: str) -> None:
    if how == "freeze":
        case.run("hold.set", source="clinic", reason="随访发现疑点")
        return
    case.write_sealed({"objector": "谭䢺", "reason": "另有遗嘱"}, "objections.filed")
    case.run("objection.open")


def recalled(case: Case) -> list[str | None]:
    return [message.correlation_key for message in case.published if message.name == "payment_recalled"]


@pytest.mark.parametrize("how", ["freeze", "objection"])
def test_an_order_that_the_bank_has_not_taken_is_recalled(case: Case, how: str) -> None:
    payment_id = ordered(case)
    bar(case, how)
    assert recalled(case) == [payment_id]
    assert case.rows(d.supervision) == []


@pytest.mark.parametrize("how", ["freeze", "objection"])
def test_an_order_that_the_bank_has_in_hand_stays_and_supervision_is_told(case: Case, how: str) -> None:
    payment_id = ordered(case, "leased", attempts=1)
    bar(case, how)
    assert recalled(case) == []
    assert case.row(d.payments).status == "ordered"
    assert (case.row(d.supervision).kind, case.row(d.supervision).item) == ("payment_unclear", "survivor_benefit")
    case.run("payment.confirm", payment_id=payment_id, receipt="HD1")
    assert case.row(d.payments).status == "paid"


def test_what_the_bank_has_in_hand_is_not_tried_again_by_itself(case: Case) -> None:
    ordered(case, "leased", attempts=1)
    bar(case, "freeze")
    assert case.row(t.jobs).retries_left == 1


def test_an_order_that_was_tried_before_is_recalled_and_somebody_asks_the_bank(case: Case) -> None:
    payment_id = ordered(case, attempts=1)
    bar(case, "freeze")
    assert recalled(case) == [payment_id]
    assert case.row(d.supervision).kind == "payment_unclear"


@pytest.mark.parametrize("status", ["paid", "returned"])
def test_what_has_its_result_is_not_recalled(case: Case, status: str) -> None:
    payment_id = ordered(case)
    if status == "paid":
        case.run("payment.confirm", payment_id=payment_id, receipt="HD1")
    else:
        case.run("payment.return", payment_id=payment_id)
    bar(case, "freeze")
    assert recalled(case) == []


def test_a_recalled_order_is_cancelled_once_and_can_be_ordered_again(case: Case) -> None:
    payment_id = ordered(case)
    case.run("payment.cancel", payment_id=payment_id)
    row = case.row(d.payments)
    assert (row.status, row.ended_at) == ("cancelled", case.now_text)
    assert case.facts["payments"]["survivor_benefit"]["status"] == "cancelled"
    assert case.row(d.items).status == "paying"
    assert refused(case, "payment.cancel", payment_id=payment_id).rule == "payment_settled"
    assert refused(case, "payment.confirm", payment_id=payment_id, receipt="HD1").rule == "payment_settled"
    order(case)
    assert sorted(row.status for row in case.rows(d.payments)) == ["cancelled", "ordered"]
