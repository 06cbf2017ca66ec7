"""What a hand at the database would do, past every worker and guard; each act is a statement in a savepoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from engine import tables as t
from tasks import tables as d
from tests.domain.rows import open_case, payment_values, register
from tests.domain.stand_in import Case

ITEM = "hpf_withdraw"


def refused(code: str, act: Callable[[], object]) -> None:
    """``act`` is refused by a trigger that names ``code``."""
    with pytest.raises(sa.exc.IntegrityError) as raised:
        act()
    assert code in str(raised.value.orig)


def update(case: Case, table: sa.Table, **values: Any) -> Callable[[], object]:
    def act() -> None:
        with case.connection.begin_nested():
            case.connection.execute(table.update().where(table.c.case_id == case.case_id).values(values))

    return act


def delete(case: Case, table: sa.Table) -> Callable[[], object]:
    def act() -> None:
        with case.connection.begin_nested():
            case.connection.execute(table.delete().where(table.c.case_id == case.case_id))

    return act


def cremate(case: Case, certificate_id: str, number: str = "HH1") -> Callable[[], object]:
    values = {"furnace": "3 号炉", "cremated_at": case.now_text, "recorded_by": "binyi", "recorded_at": case.now_text}
    return lambda: case.insert(d.cremations, certificate_id=certificate_id, number=number, **values)


def pay(case: Case, **values: Any) -> Callable[[], object]:
    filing = case.row(d.filings, name="f1").id
    return lambda: case.insert(d.payments, **payment_values(case, ITEM, filing, **values))


def revoke(case: Case) -> None:
    case.insert(d.revocations, reason=b"sealed", document="更正证明 1 号", revoked_at=case.now_text, revoked_by="huji")


def other_case(case: Case, number: str = "430102197506212044") -> Case:
    sealed = {"deceased": {"id_number": number}}
    return register(open_case(case.connection, case.clock, case.release, sealed=sealed))


def release_hold(case: Case, hold_id: str, **values: Any) -> None:
    row = {
        "released_at": case.now_text,
        "released_by": "minjing",
        "release_reason": b"sealed",
        "release_document": "1",
    }
    with case.connection.begin_nested():
        case.connection.execute(d.holds.update().where(d.holds.c.id == hold_id).values(row | values))


def set_status(case: Case, status: str) -> None:
    case.connection.execute(t.cases.update().where(t.cases.c.id == case.case_id).values(status=status))
