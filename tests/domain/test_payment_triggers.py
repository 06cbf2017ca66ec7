"""No money leaves before what the law asks for, whoever writes the row."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tasks import tables as d
from tests.domain.at_the_database import ITEM, delete, pay, refused, revoke, update
from tests.domain.conftest import Case, add_commitment, add_filing, add_hold, add_item, payment_values


def test_lawful_payment_is_taken(payable: Case) -> None:
    pay(payable)()
    assert payable.row(d.payments).status == "ordered"


def test_payment_under_a_hold_is_refused(payable: Case) -> None:
    add_hold(payable)
    refused("payments_held", pay(payable))


@pytest.mark.parametrize(("status", "is_refused"), [("open", True), ("upheld", True), ("rejected", False)])
def test_payment_against_an_objection_is_refused(payable: Case, status: str, is_refused: bool) -> None:
    values = {"objector": b"1", "reason": b"2", "filed_at": payable.now_text, "filed_by": "window"}
    payable.insert(d.objections, id="o1", status=status, **values)
    if is_refused:
        refused("payments_objected", pay(payable))
    else:
        pay(payable)()


def test_payment_without_a_certificate_in_force_is_refused(payable: Case) -> None:
    update(payable, d.certificates, status="revoked")()
    refused("certificate_missing", pay(payable))


def test_payment_without_the_commitment_of_its_own_filing_is_refused(payable: Case) -> None:
    second = add_filing(payable, "f2")
    refused("commitment_missing", lambda: payable.insert(d.payments, **payment_values(payable, ITEM, second)))


@pytest.mark.parametrize("status", [None, "processing", "refused", "offline"])
def test_payment_before_its_prerequisite_is_done_is_refused(payable: Case, status: str | None) -> None:
    payable.insert(d.item_requirements, code=ITEM, requires="med_stop")
    if status:
        add_item(payable, "med_stop", payable.row(d.filings).id, status)
    refused("prerequisite_missing", pay(payable))


def test_payment_after_its_prerequisite_is_taken(payable: Case) -> None:
    payable.insert(d.item_requirements, code=ITEM, requires="med_stop")
    add_item(payable, "med_stop", payable.row(d.filings).id, "done")
    pay(payable)()


@pytest.mark.parametrize("change", [{"status": "processing"}, {"status": "withdrawn"}, {"pays": False}])
def test_payment_of_an_item_that_is_not_to_be_paid_is_refused(payable: Case, change: dict[str, Any]) -> None:
    update(payable, d.items, **change)()
    refused("item_not_payable", pay(payable))


def test_payment_of_another_filings_item_is_refused(payable: Case) -> None:
    second = add_filing(payable, "f2")
    add_commitment(payable, second)
    refused("item_not_payable", lambda: payable.insert(d.payments, **payment_values(payable, ITEM, second)))


def test_payment_after_the_revocation_is_refused(payable: Case) -> None:
    revoke(payable)
    refused("death_revoked", pay(payable))


def test_second_live_payment_to_the_same_payee_is_refused(payable: Case) -> None:
    pay(payable)()
    with pytest.raises(sa.exc.IntegrityError, match=r"uq_payments_live|payee_digest"):
        pay(payable)()


def test_returned_payment_stays_returned_and_a_new_one_is_ordered(payable: Case) -> None:
    pay(payable)()
    update(payable, d.payments, status="returned", return_reason=b"sealed")()
    refused("payment_settled", update(payable, d.payments, status="paid"))
    pay(payable)()
    assert sorted(row.status for row in payable.rows(d.payments)) == ["ordered", "returned"]


@pytest.mark.parametrize("change", [{"amount_cents": 9_900_000}, {"item": "deposit_small"}, {"approved_by": "x"}])
def test_ordered_payment_keeps_what_was_approved(payable: Case, change: dict[str, Any]) -> None:
    pay(payable)()
    refused("payment_kept", update(payable, d.payments, **change))
    refused("payment_kept", delete(payable, d.payments))


def test_ordered_payment_is_confirmed_even_under_a_later_hold(payable: Case) -> None:
    pay(payable)()
    add_hold(payable)
    update(payable, d.payments, status="paid", receipt="R1")()
    assert payable.row(d.payments).status == "paid"
