"""The outbox: what leaves the case, a push to a system or a notice to a person, kept sealed until it has arrived.

A row is written in the transaction that gives the reason for it, and sent after the commit by a process of its own
(``send_out``): a command that is undone sends nothing, and a channel that is down holds nothing up. What cannot be sent
is tried again and ends in a visible incident, never in silence.

Rule: P-11; security.md row 15.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

import sqlalchemy as sa

from engine import tables as t
from engine.clock import to_text
from engine.db import reading
from engine.errors import RuleViolation
from engine.registry import CaseAccess, Job, worker
from engine.sealing import Sealer
from tasks import tables as d

MAX_RECEIPT = 128


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One row of the outbox, opened. ``endpoint`` is where it goes: ``dept.hrss``, ``notice.applicant``."""

    id: str
    case_id: str
    case_code: str
    kind: str
    receiver: str
    subject: str
    item: str | None
    recalls: str | None
    payload: Mapping[str, Any]

    @property
    def endpoint(self) -> str:
        return f"notice.{self.receiver}" if self.kind == "notice" else self.receiver


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a channel answers: its own number for the effect, and its name."""

    receipt: str
    channel: str


class Carrier(Protocol):
    """What brings a dispatch to its endpoint. Raises ``Unavailable`` where it did not, or may not have, arrived."""

    def carry(self, dispatch: Dispatch, key: str) -> Delivered: ...


class Outbox:
    """The outbox for workers that run after the commit: reads rows, and has them carried."""

    def __init__(self, database: sa.Engine, carrier: Carrier) -> None:
        self._database, self._carrier = database, carrier

    def deliver(self, case_id: str, dispatch_id: str, key: str, sealer: Sealer) -> Delivered:
        """Have a dispatch carried; one that was recalled in the meantime stays here. ``key`` names the effect."""
        with reading(self._database) as connection:
            row = _find(connection, case_id, dispatch_id)
        if row.status == "recalled":
            return Delivered("", "recalled")
        return self._carrier.carry(_open(row, sealer), key)


def put(
    case: CaseAccess,
    case_id: str,
    *,
    kind: str,
    receiver: str,
    subject: str,
    payload: Mapping[str, Any],
    item: str | None = None,
    recalls: str | None = None,
) -> str:
    """Write a row and have it sent after the commit; its id. Whoever calls has checked what goes to whom."""
    assert case.connection is not None
    dispatch_id = uuid4().hex
    row: dict[str, Any] = {"id": dispatch_id, "case_id": case_id, "kind": kind, "receiver": receiver}
    row |= {"subject": subject, "item": item}
    row |= {"sealed": case.sealer.seal(dict(payload), dispatch_id), "status": "queued", "recalls": recalls}
    case.connection.execute(d.outbox.insert().values(row | {"queued_at": to_text(case.now())}))
    case.publish("dispatch_due", {"dispatch_id": dispatch_id})
    return dispatch_id


def read_payload(connection: sa.Connection, case_id: str, dispatch_id: str, sealer: Sealer) -> Mapping[str, Any]:
    """What a dispatch says. Raises ``RuleViolation`` for one that is not the case's."""
    return _open(_find(connection, case_id, dispatch_id), sealer).payload


def find_recallable(connection: sa.Connection, case_id: str) -> list[Any]:
    """Pushes that told somebody something and were not recalled yet, in the order in which they were queued."""
    c = d.outbox.c
    told = c.case_id == case_id, c.kind == "push", c.status != "recalled", c.subject.not_in(("recall", "restore"))
    query = sa.select(c.id, c.receiver, c.subject, c.item).where(*told).order_by(c.queued_at, c.id)
    return list(connection.execute(query).all())


def recall(connection: sa.Connection, case_id: str, subject: str, item: str) -> str | None:
    """Mark the push of ``subject`` about ``item`` as recalled; its id, None where there is none."""
    for row in find_recallable(connection, case_id):
        if (row.subject, row.item) == (subject, item):
            mark_recalled(connection, row.id)
            return str(row.id)
    return None


def mark_recalled(connection: sa.Connection, dispatch_id: str) -> None:
    connection.execute(d.outbox.update().where(d.outbox.c.id == dispatch_id).values(status="recalled"))


@worker("outbox.deliver", inputs=("dispatch_id",), outputs=("receipt", "channel"))
def deliver(job: Job, case: CaseAccess) -> dict[str, str]:
    """Send a dispatch through the channel of its endpoint; the job's id is the effect's idempotency key.

    Raises ``Unavailable`` while the channel is down.
    """
    sent = case.resource(Outbox).deliver(job.case_id, str(job.inputs["dispatch_id"]), job.id, case.sealer)
    return {"receipt": sent.receipt[:MAX_RECEIPT], "channel": sent.channel}


@worker("outbox.receipt", in_transaction=True, inputs=("dispatch_id", "receipt", "channel"))
def keep_receipt(job: Job, case: CaseAccess) -> None:
    """Note that a dispatch has arrived. One that was recalled on its way stays recalled, with its receipt."""
    assert case.connection is not None
    row = _find(case.connection, job.case_id, str(job.inputs["dispatch_id"]))
    if row.delivered_at is not None or not job.inputs["receipt"]:
        return
    values = {"delivered_at": to_text(case.now()), "receipt": str(job.inputs["receipt"])[:MAX_RECEIPT]}
    values |= {"channel": str(job.inputs["channel"])[:32]}
    if row.status == "queued":
        values["status"] = "delivered"
    case.connection.execute(d.outbox.update().where(d.outbox.c.id == row.id).values(values))


def _find(connection: sa.Connection, case_id: str, dispatch_id: str) -> Any:
    query = (
        sa.select(d.outbox, t.cases.c.code.label("case_code"))
        .join(t.cases, t.cases.c.id == d.outbox.c.case_id)
        .where(d.outbox.c.id == dispatch_id, d.outbox.c.case_id == case_id)
    )
    row = connection.execute(query).first()
    if row is None:
        raise RuleViolation("dispatch_missing", "办件没有这条推送或通知，请核对后再发送", "P-11")
    return row


def _open(row: Any, sealer: Sealer) -> Dispatch:
    names = ("id", "case_id", "case_code", "kind", "receiver", "subject", "item", "recalls")
    return Dispatch(**{name: getattr(row, name) for name in names}, payload=sealer.open(bytes(row.sealed), row.id))
