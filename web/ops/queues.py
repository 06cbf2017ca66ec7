"""What the operator looks at when something is stuck. Codes of cases pass here, and no data of theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson
import sqlalchemy as sa

from engine import tables as t
from tasks import tables as d

PAGE = 50
DELIVERY = "outbox.deliver"
INCIDENTS = ("open", "resolved", "cancelled")
OUTBOX = ("queued", "delivered", "recalled")
JOBS = ("available", "leased", "dead", "completed", "cancelled", "thrown")


def count_by_status(connection: sa.Connection, table: sa.Table) -> dict[str, int]:
    """How many rows of a table there are by status."""
    query = sa.select(table.c.status, sa.func.count()).group_by(table.c.status)
    return {status: int(count) for status, count in connection.execute(query)}


def list_incidents(connection: sa.Connection, status: str, page: int) -> list[Any]:
    """What stopped, the oldest open ones first."""
    c = t.incidents.c
    order = c.raised_at if status == "open" else c.ended_at.desc()
    return _page(connection, _with_code(t.incidents).where(c.status == status).order_by(order, c.id), page)


def list_jobs(connection: sa.Connection, status: str, page: int) -> list[Any]:
    """Jobs of a status, the longest due first; what is done, the latest first."""
    c = t.jobs.c
    order = c.due_at if status in ("available", "leased", "dead") else c.ended_at.desc()
    return _page(connection, _with_code(t.jobs).where(c.status == status).order_by(order, c.id), page)


def list_timers(connection: sa.Connection, page: int) -> list[Any]:
    """Timers, the next due first."""
    return _page(connection, _with_code(t.timers).order_by(t.timers.c.due_at, t.timers.c.id), page)


def list_outbox(connection: sa.Connection, status: str, page: int) -> list[Any]:
    """Pushes and notices of a status: what waits longest first, what went out the latest first."""
    c = d.outbox.c
    order = c.queued_at if status == "queued" else c.queued_at.desc()
    return _page(connection, _with_code(d.outbox).where(c.status == status).order_by(order, c.id), page)


def troubles_of(connection: sa.Connection, case_ids: Iterable[str]) -> Mapping[str, Any]:
    """The job that carries each dispatch of these cases and has failed before, by the dispatch's id."""
    c, i = t.jobs.c, t.incidents.c
    source = t.jobs.outerjoin(t.incidents, sa.and_(i.job_id == c.id, i.status == "open"))
    query = sa.select(c.inputs, c.status, c.attempts, c.error, c.due_at, i.id.label("incident_id"))
    mine = (c.type == DELIVERY, c.case_id.in_(sorted(set(case_ids))), c.error.is_not(None))
    rows = connection.execute(query.select_from(source).where(*mine, c.status.in_(("available", "leased", "dead"))))
    return {orjson.loads(row.inputs).get("dispatch_id", ""): row for row in rows}


def list_accounts(connection: sa.Connection, name: Callable[[str], str]) -> list[tuple[Any, str]]:
    """Every account with its groups, as ``name`` calls them."""
    groups: dict[str, list[str]] = {}
    for row in connection.execute(sa.select(t.user_groups).order_by(t.user_groups.c.name)):
        groups.setdefault(row.user_id, []).append(name(row.name))
    c = t.users.c
    columns = (c.id, c.login, c.name, c.region, c.active, c.administrator, c.created_at)
    rows = connection.execute(sa.select(*columns).order_by(c.login))
    return [(row, "、".join(groups.get(row.id, []))) for row in rows]


def _with_code(table: sa.Table) -> sa.Select[Any]:
    case = (t.cases.c.code.label("case_code"), t.cases.c.release_id.label("case_release"))
    return sa.select(table, *case).join(t.cases, t.cases.c.id == table.c.case_id)


def _page(connection: sa.Connection, query: sa.Select[Any], page: int) -> list[Any]:
    return list(connection.execute(query.limit(PAGE + 1).offset((page - 1) * PAGE)))
