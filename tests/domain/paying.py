"""An item that is about to be paid, for tests of payments and payees."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson
import sqlalchemy as sa

from engine import tables as t
from engine.errors import RuleViolation
from tasks import payments
from tasks import tables as d
from tests.domain.applying import REVIEWER, accept, prepare, refused, settle, start
from tests.domain.conftest import Case

OWN_ACCOUNT = {"kind": "deceased", "path": "registers.pension"}
FAMILY_CARD = {"kind": "family", "path": "social"}
MEDICAL = {"kind": "deceased", "path": "medical"}
HOUSING = {"kind": "deceased", "path": "housing"}
DEPOSIT = {"kind": "heir", "path": "deposit"}


def payable(case: Case, code: str = "survivor_benefit", **changes: Any) -> None:
    """An item at work whose amount the clerk has decided; the reviewer is about to approve."""
    prepare(case)
    chosen = ["med_stop", code] if code == "med_withdraw" else [code]
    accept(case, *chosen, **changes)
    if code == "med_withdraw":
        start(case, "med_stop")
        settle(case, "med_stop")
    start(case, code)
    complete(case, "decide_item", f"decisions.{code}", "ou")
    case.submit({"amount_yuan": 3865.2}, f"decisions.{code}")
    case.actor = REVIEWER


def complete(case: Case, element: str, path: str, by: str, at: str = "", values: Any = None) -> None:
    """The record of the engine that somebody completed a user task."""
    row: dict[str, Any] = {"id": uuid4().hex, "instance_id": _instance(case), "process_id": "handle_item"}
    row |= {"element_id": element, "name": element, "form_id": element, "facts_path": path}
    row |= {"locals": orjson.dumps(values or {}).decode()}
    row |= {"status": "completed", "priority": 50, "created_at": case.now_text}
    case.insert(t.user_tasks, **row, ended_at=at or case.now_text, completed_by=by)


def _instance(case: Case) -> str:
    c = t.process_instances.c
    instance: str | None = case.connection.execute(sa.select(c.id).where(c.case_id == case.case_id)).scalar()
    if instance is None:
        instance = uuid4().hex
        row = {"process_id": "handle_item", "status": "active", "revision": 1, "started_at": case.now_text}
        case.insert(t.process_instances, id=instance, **row)
    return instance


def add_bank_job(case: Case, payment_id: str, status: str = "available", attempts: int = 0) -> None:
    """The engine's job in which the bank is asked to pay."""
    row: dict[str, Any] = {"id": uuid4().hex, "instance_id": _instance(case), "process_id": "pay_benefit"}
    row |= {"element_id": "pay", "type": "bank.pay", "headers": "{}", "created_at": case.now_text}
    row |= {"inputs": orjson.dumps({"payment_id": payment_id}).decode(), "due_at": case.now_text}
    case.insert(t.jobs, **row, status=status, retries_left=5, attempts=attempts)


def order(case: Case, code: str = "survivor_benefit", **where: Any) -> dict[str, Any]:
    return case.run("payment.order", item=code, filing="f1", **(where or OWN_ACCOUNT))


def not_ordered(case: Case, code: str = "survivor_benefit", **where: Any) -> RuleViolation:
    refusal = refused(case, "payment.order", item=code, filing="f1", **(where or OWN_ACCOUNT))
    assert case.rows(d.payments, status="ordered") == []
    return refusal


def account(case: Case) -> Any:
    return payments.read_account(case, case.rows(d.payments)[-1])
