"""The guards refuse in words what the triggers refuse in the database: the same cases, the same codes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tasks import guards
from tasks import tables as d
from tests.domain.at_the_database import ITEM, cremate, pay, refused, revoke, update
from tests.domain.conftest import (
    Case,
    add_certificate,
    add_commitment,
    add_filing,
    add_hold,
    add_item,
    payment_values,
    refuses,
)


def object_to(case: Case) -> None:
    values = {"objector": b"1", "reason": b"2", "filed_at": case.now_text, "filed_by": "window"}
    case.insert(d.objections, id="o1", status="open", **values)


def require(case: Case) -> None:
    case.insert(d.item_requirements, code=ITEM, requires="med_stop")


def uncertify(case: Case) -> None:
    update(case, d.certificates, status="revoked")()


def stop_paying(case: Case) -> None:
    update(case, d.items, status="processing")()


@pytest.mark.parametrize(
    ("change", "rule"),
    [(add_hold, "remains_held"), (uncertify, "certificate_missing"), (revoke, "death_revoked")],
)
def test_guard_and_trigger_refuse_the_same_cremation(case: Case, change: Callable[[Case], object], rule: str) -> None:
    certificate = add_certificate(case)
    change(case)
    refuses(rule, lambda: guards.ACTS["record_cremation"](case.connection, case.case_id))
    refused(rule, cremate(case, certificate))


def test_guard_refuses_a_second_cremation(case: Case) -> None:
    cremate(case, add_certificate(case))()
    refuses("cremated_already", lambda: guards.check_cremation(case.connection, case.case_id))


def test_recorded_certificate_opens_no_gate(case: Case) -> None:
    add_certificate(case, status="recorded")
    refuses("certificate_missing", lambda: guards.check_cremation(case.connection, case.case_id))


def test_gate_is_open_with_a_certificate_and_no_hold(case: Case) -> None:
    add_certificate(case)
    guards.check_cremation(case.connection, case.case_id)
    guards.check_disposal(case.connection, case.case_id)


@pytest.mark.parametrize(("change", "rule"), [(add_hold, "remains_held"), (revoke, "death_revoked")])
def test_burial_passes_the_same_gate(case: Case, change: Callable[[Case], object], rule: str) -> None:
    refuses("certificate_missing", lambda: guards.check_disposal(case.connection, case.case_id))
    add_certificate(case)
    change(case)
    refuses(rule, lambda: guards.ACTS["record_disposal"](case.connection, case.case_id))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (revoke, "death_revoked"),
        (add_hold, "payments_held"),
        (object_to, "payments_objected"),
        (uncertify, "certificate_missing"),
        (require, "prerequisite_missing"),
        (stop_paying, "item_not_payable"),
    ],
)
def test_guard_and_trigger_refuse_the_same_payment(payable: Case, change: Callable[[Case], object], rule: str) -> None:
    change(payable)
    filing = payable.row(d.filings).id
    refuses(rule, lambda: guards.check_payment(payable.connection, payable.case_id, ITEM, filing))
    refused(rule, pay(payable))


def test_payment_without_a_commitment_is_refused_by_both(payable: Case) -> None:
    second = add_filing(payable, "f2")
    refuses("commitment_missing", lambda: guards.check_payment(payable.connection, payable.case_id, ITEM, second))
    refused("commitment_missing", lambda: payable.insert(d.payments, **payment_values(payable, ITEM, second)))


def test_lawful_payment_passes(payable: Case) -> None:
    guards.ACTS["order_payment"](payable.connection, payable.case_id)
    guards.check_payment(payable.connection, payable.case_id, ITEM, payable.row(d.filings).id)


def test_upheld_objection_bars_payment_for_good(payable: Case) -> None:
    object_to(payable)
    update(payable, d.objections, status="upheld")()
    refuses("payments_objected", lambda: guards.check_payments(payable.connection, payable.case_id))


def test_unfinished_requirements_are_named(case: Case) -> None:
    filing = add_filing(case)
    add_item(case, ITEM, filing)
    case.insert(d.item_requirements, code=ITEM, requires="med_stop")
    case.insert(d.item_requirements, code=ITEM, requires="cremation")
    add_item(case, "med_stop", filing, "done")
    add_commitment(case, filing)
    assert guards.find_unfinished_requirements(case.connection, case.case_id, ITEM) == ["cremation"]
