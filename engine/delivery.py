"""Delivering messages within a case: to who waits, else to what is drawn to begin with them, else for later.

A worker's message is delivered in the same command, once everything that moves has come to rest, and to everything in
the case that waits for it then: a freeze concerns each payment. One from outside is somebody's answer, which each
instance takes once. What waits is what the rows say, corrected by what this very command has opened and closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import sqlalchemy as sa

from engine import early_messages
from engine import tables as t
from engine.bpmn.host import MessageAwaited
from engine.clock import to_text
from engine.errors import Conflict, LimitExceeded

if TYPE_CHECKING:
    from engine.unit import Unit

KEPT = timedelta(days=30)  # how long an early message waits
MOST_KEPT = 200  # early messages of one case: a command may have to hand out all of them
MOST_PUBLISHED = 100  # messages that the workers of one command may send each other


@dataclass(frozen=True, slots=True)
class Published:
    """A message from a worker to its own case. Without ``keep`` it is dropped where nothing waits for it or begins."""

    name: str
    payload: dict[str, Any]
    correlation_key: str | None
    keep: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """A token that waits for a message."""

    token_id: str
    instance_id: str
    correlation_key: str | None


def come_to_rest(unit: Unit) -> None:
    """Deliver what workers have published, and early messages to waits that have just opened, until there is neither.

    Raises ``LimitExceeded`` where diagrams send each other messages without an end.
    """
    done = 0
    while True:
        if unit.published:
            message = unit.published.pop(0)
            keep = KEPT if message.keep else None
            deliver(unit, message.name, message.payload, message.correlation_key, keep, every=True)
        elif not _hand_out_early(unit):
            return
        done += 1
        if done > MOST_PUBLISHED + MOST_KEPT:
            raise LimitExceeded("messages within the case", MOST_PUBLISHED)


def deliver(
    unit: Unit,
    name: str,
    payload: Mapping[str, Any],
    key: str | None,
    keep: timedelta | None,
    *,
    every: bool = False,
) -> dict[str, Any]:
    """Deliver one message; what became of it. Raises ``Conflict`` when nobody in a case that has ended wants it.

    It goes to the oldest fitting wait of each instance, or with ``every`` to all that wait now.
    """
    waits = _fitting(unit, name, key)
    waits = waits if every else list({wait.instance_id: wait for wait in reversed(waits)}.values())[::-1]
    for wait in waits:
        if not _is_closed(unit, wait):  # what an earlier one of them moved may have taken it away
            unit.deliver(wait.instance_id, wait.token_id, payload)
    if waits:
        return {"delivered": len(waits)}
    process_id = unit.release.processes.message_starts.get(name)
    if process_id is not None:
        started = unit.begin_instance(process_id, message=name, payload=payload)
        if unit.case.status == "completed":
            unit.set_case(status="open", closed_at=None)
        return {"started": started}
    if keep is None:
        return {}
    if unit.case.status != "open":
        raise Conflict("case", unit.case_id, unit.case.status)
    _keep(unit, name, payload, key, keep)
    return {"kept": True}


def _fitting(unit: Unit, name: str, key: str | None) -> list[Wait]:
    """The waits that fit, the oldest first."""
    columns = t.message_waits.c
    query = (
        sa.select(columns.id, columns.instance_id, columns.correlation_key)
        .where(columns.case_id == unit.case_id, columns.name == name)
        .order_by(columns.created_at, columns.id)
    )
    rows = [Wait(*row) for row in unit.connection.execute(query)]
    waits = [wait for wait in rows if not _is_closed(unit, wait)]
    for instance_id, workflow in unit.touched.items():
        opened = (each for each in workflow.changes.opened.values() if isinstance(each, MessageAwaited))
        waits += [Wait(o.token_id, instance_id, o.correlation_key) for o in opened if o.name == name]
    return [wait for wait in waits if wait.correlation_key in (None, key)]


def _is_closed(unit: Unit, wait: Wait) -> bool:
    workflow = unit.touched.get(wait.instance_id)
    return workflow is not None and workflow.find(wait.token_id) is None


def _hand_out_early(unit: Unit) -> bool:
    """Give one early message to a wait that this command has opened; False where none fits."""
    for instance_id, workflow in unit.touched.items():
        waits = [o for o in workflow.changes.opened.values() if isinstance(o, MessageAwaited)]
        found = early_messages.find(unit.connection, unit.case_id, waits, unit.now_text) if waits else None
        if found is not None:
            wait, row = found
            early_messages.mark_delivered(unit.connection, row.id, unit.now_text)
            unit.deliver(instance_id, wait.token_id, unit.sealer.open(bytes(row.payload), row.id))
            return True
    return False


def _keep(unit: Unit, name: str, payload: Mapping[str, Any], key: str | None, keep: timedelta) -> None:
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
        "payload": unit.sealer.seal(dict(payload), message_id),
        "status": "waiting",
        "received_at": unit.now_text,
        "expires_at": to_text(unit.now() + keep),
    }
    unit.connection.execute(t.message_inbox.insert(), row)
