"""Messages from outside: delivered to who waits, else they start what is drawn for them, else they wait themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from engine import tables as t
from engine.actors import Actor
from engine.clock import to_text
from engine.errors import Conflict, InvalidInput, LimitExceeded, NotFound
from engine.idempotency import once
from engine.incoming import KEY_LENGTH, check_text, read_context
from engine.runtime import Runtime
from engine.unit import Unit, execute

KEPT = timedelta(days=30)  # how long an early message waits
LONGEST_KEPT = timedelta(days=3660)
MOST_KEPT = 200  # early messages of one case: a command may have to hand out all of them


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: ``delivered`` to so many instances, or ``started`` one, or ``kept`` for later."""

    delivered: int = 0
    started: str | None = None
    kept: bool = False


def publish_message(
    runtime: Runtime,
    actor: Actor,
    case_id: str,
    name: str,
    payload: Mapping[str, Any] | None = None,
    *,
    correlation_key: str | None = None,
    keep: timedelta = KEPT,
    key: str | None = None,
) -> Outcome:
    """Tell a case something. Raises ``NotFound`` for an unknown case or message, ``Conflict`` for a cancelled case.

    In every instance of the case the oldest fitting wait gets it. With none, a message start event of that name begins
    a new instance on the case (also on a completed one: a revocation comes late); else it is kept for ``keep``.
    """

    payload = read_context("payload", payload)
    if correlation_key is not None:
        check_text("correlation_key", correlation_key, KEY_LENGTH)
    if keep > LONGEST_KEPT:
        raise InvalidInput({"keep": [f"最长 {LONGEST_KEPT.days} 天"]})

    def body(unit: Unit) -> dict[str, Any]:
        unit.lock(case_id)
        if unit.case.status == "cancelled":
            raise Conflict("case", case_id, unit.case.status)
        if name not in unit.release.processes.message_names:
            raise NotFound("message", name)
        outcome = _deliver(unit, name, payload, correlation_key, keep)
        unit.finish("message", name, outcome)
        return outcome

    request = ["message", case_id, name, payload, correlation_key]
    return Outcome(**execute(runtime, actor, once(body, key, request)))


def _deliver(unit: Unit, name: str, payload: dict[str, Any], key: str | None, keep: timedelta) -> dict[str, Any]:
    waits = _fitting(unit, name, key)
    for wait in waits:
        unit.deliver(wait.instance_id, wait.id, payload)
    if waits:
        return {"delivered": len(waits)}
    process_id = unit.release.processes.message_starts.get(name)
    if process_id is not None:
        started = unit.begin_instance(process_id, message=name, payload=payload)
        if unit.case.status == "completed":
            unit.set_case(status="open", closed_at=None)
        return {"started": started}
    if unit.case.status != "open":
        raise Conflict("case", unit.case_id, unit.case.status)
    _keep(unit, name, payload, key, keep)
    return {"kept": True}


def _fitting(unit: Unit, name: str, key: str | None) -> list[Any]:
    """The oldest wait that fits, in each instance."""
    columns = t.message_waits.c
    query = (
        sa.select(columns.id, columns.instance_id, columns.correlation_key)
        .where(columns.case_id == unit.case_id, columns.name == name)
        .order_by(columns.created_at, columns.id)
    )
    oldest: dict[str, Any] = {}
    for row in unit.connection.execute(query):
        if row.correlation_key in (None, key):
            oldest.setdefault(row.instance_id, row)
    return list(oldest.values())


def _keep(unit: Unit, name: str, payload: dict[str, Any], key: str | None, keep: timedelta) -> None:
    columns = t.message_inbox.c
    mine = (columns.case_id == unit.case_id, columns.status == "waiting")
    unit.connection.execute(
        t.message_inbox.update().where(*mine, columns.expires_at <= unit.now_text).values(status="expired")
    )
    waiting = sa.select(sa.func.count()).where(*mine)
    if unit.connection.execute(waiting).scalar_one() >= MOST_KEPT:
        raise LimitExceeded("early messages of a case", MOST_KEPT)
    message_id = uuid4().hex
    row = {
        "id": message_id,
        "case_id": unit.case_id,
        "name": name,
        "correlation_key": key,
        "payload": unit.runtime.sealer.seal(payload, message_id),
        "status": "waiting",
        "received_at": unit.now_text,
        "expires_at": to_text(unit.now() + keep),
    }
    unit.connection.execute(t.message_inbox.insert(), row)
