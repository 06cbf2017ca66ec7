"""What a case of Shenhou's takes in the database, in bytes of the values of its rows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine import tables as t


def state_bytes(connection: sa.Connection, case: str) -> int:
    """Workflow state, case facts (open and sealed) and the rows of what is open: all that a restart needs."""
    instances = sa.select(t.process_instances.c.id).where(t.process_instances.c.case_id == case)
    queries = [
        sa.select(t.process_instances.c.state).where(t.process_instances.c.case_id == case),
        sa.select(t.inner_scopes.c.state).where(t.inner_scopes.c.instance_id.in_(instances)),
        sa.select(t.cases.c.facts, t.cases.c.sealed).where(t.cases.c.id == case),
        sa.select(t.user_tasks).where(t.user_tasks.c.case_id == case, t.user_tasks.c.status == "open"),
        sa.select(t.jobs).where(t.jobs.c.case_id == case, t.jobs.c.status.in_(("available", "leased"))),
        sa.select(t.timers).where(t.timers.c.case_id == case),
        sa.select(t.message_waits).where(t.message_waits.c.case_id == case),
    ]
    return sum(_weigh(connection, query) for query in queries)


def audit_bytes(connection: sa.Connection, case: str) -> int:
    """Every line of the case's audit."""
    return _weigh(connection, sa.select(t.audit).where(t.audit.c.case_id == case))


def _weigh(connection: sa.Connection, query: Any) -> int:
    return sum(_size(value) for row in connection.execute(query) for value in row)


def _size(value: object) -> int:
    if value is None:
        return 0
    return len(value) if isinstance(value, bytes) else len(str(value).encode())
