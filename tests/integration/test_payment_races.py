"""What bars a payment against the payment itself, by the database alone: whoever is second sees who was first.

Source: INV-5, INV-8; security.md rows 11 and 13.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from engine.clock import FixedClock
from tasks import tables as d
from tests.domain.at_the_database import ITEM, pay, revoke
from tests.domain.rows import (
    NOW,
    add_certificate,
    add_commitment,
    add_filing,
    add_hold,
    add_item,
    open_case,
    register,
)
from tests.domain.stand_in import Case, Release, make_manifest
from tests.integration.interleaving import Act, Gate, interleave


def file_objection(case: Case) -> None:
    values = {"objector": b"1", "reason": b"2", "filed_at": case.now_text, "filed_by": "window"}
    case.insert(d.objections, id="o1", status="open", **values)


BARS: dict[str, Callable[[Case], object]] = {
    "payments_held": add_hold,
    "payments_objected": file_objection,
    "death_revoked": revoke,
}


@pytest.fixture
def payable_id(database: sa.Engine) -> str:
    """A committed case in which a payment is lawful."""
    with database.begin() as connection:
        case = register(open_case(connection, FixedClock(NOW), Release(make_manifest())))
        add_certificate(case)
        filing = add_filing(case)
        add_item(case, ITEM, filing, "paying")
        add_commitment(case, filing)
    return case.case_id


def within(database: sa.Engine, case_id: str, do: Callable[[Case], object]) -> Act:
    """``do`` in a transaction of its own that stops after it, before the commit."""

    def act(gate: Gate) -> None:
        with database.connect() as connection:
            gate.announce(connection)
            with connection.begin():
                do(Case(connection, case_id, FixedClock(NOW), Release(make_manifest())))
                gate.pass_by("written")

    return act


@pytest.mark.parametrize("code", BARS)
def test_payment_waits_for_what_bars_it_and_is_refused(database: sa.Engine, payable_id: str, code: str) -> None:
    bar = within(database, payable_id, BARS[code])
    payment = within(database, payable_id, lambda case: pay(case)())
    first, second = interleave(database, bar, "written", payment, is_locked=True)
    assert (first.outcome, second.outcome) == ("done", code)


@pytest.mark.parametrize("code", BARS)
def test_what_comes_second_waits_for_the_payment(database: sa.Engine, payable_id: str, code: str) -> None:
    bar = within(database, payable_id, BARS[code])
    payment = within(database, payable_id, lambda case: pay(case)())
    first, second = interleave(database, payment, "written", bar, is_locked=True)
    assert (first.outcome, second.outcome) == ("done", "done")
    assert not second.was_early


def test_certificate_that_is_just_ending_founds_no_payment(database: sa.Engine, payable_id: str) -> None:
    end = d.certificates.update().where(d.certificates.c.case_id == payable_id).values(status="revoked")
    ending = within(database, payable_id, lambda case: case.connection.execute(end))
    payment = within(database, payable_id, lambda case: pay(case)())
    first, second = interleave(database, ending, "written", payment, is_locked=True)
    assert (first.outcome, second.outcome) == ("done", "certificate_missing")
