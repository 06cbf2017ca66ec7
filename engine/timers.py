"""Timers: rows that say when, fired one a transaction, so that a crash loses none and fires none twice.

A user who completes a task after its deadline but before the timer has fired wins, and the timer is void: decided so.
"""

from __future__ import annotations

import logging
from typing import Any

import sqlalchemy as sa

from engine import tables as t
from engine.actors import CLOCK
from engine.clock import to_text
from engine.db import reading
from engine.execution import execute
from engine.runtime import Runtime
from engine.unit import Unit

BATCH = 100
log = logging.getLogger(__name__)


def fire_due(runtime: Runtime, limit: int = BATCH) -> int:
    """Fire the timers that are due, the oldest first; how many were fired.

    One that cannot be fired (its state is unreadable, say) is logged and left, and does not stand in the others' way.
    """
    fired = 0
    for row in due(runtime, limit):
        try:
            fired += execute(runtime, CLOCK, lambda unit, row=row: _fire(unit, row))  # type: ignore[misc]
        except (sa.exc.OperationalError, sa.exc.InterfaceError):
            raise  # the database, not the timer
        except Exception:
            log.exception("timer %s of case %s cannot be fired", row.id, row.case_id)
    return fired


def due(runtime: Runtime, limit: int = BATCH) -> list[Any]:
    """The timers that are due now."""
    now = to_text(runtime.clock.now())
    query = sa.select(t.timers).where(t.timers.c.due_at <= now).order_by(t.timers.c.due_at, t.timers.c.id).limit(limit)
    with reading(runtime.database) as connection:
        return list(connection.execute(query))


def _fire(unit: Unit, row: Any) -> bool:
    unit.lock(row.case_id)
    still = unit.connection.execute(sa.select(t.timers).where(t.timers.c.id == row.id)).first()
    if still is None or still.due_at > unit.now_text:
        return False  # somebody was faster
    unit.act(row.instance_id, lambda workflow: workflow.fire(row.id))
    unit.finish("timer", row.element_id, {"due": row.due_at})
    return True
