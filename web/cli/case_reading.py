"""What ``shenhou case`` shows of a case: rows as they stand, sealed facts by name only."""

from __future__ import annotations

from typing import Any

import orjson
import sqlalchemy as sa

from engine import tables as t
from engine.errors import NotFound
from engine.facts import leaves
from engine.releases import choose_release
from engine.runtime import Runtime
from web.cli.output import plain

_INSTANCE = ("id", "process_id", "status", "revision", "started_at", "ended_at")
_USER_TASK = ("id", "process_id", "element_id", "name", "form_id", "assignee", "priority", "due_at", "created_at")
_JOB = ("id", "process_id", "element_id", "type", "status", "retries_left", "attempts", "due_at", "error")
_TIMER = ("id", "element_id", "due_at")
_WAIT = ("id", "element_id", "name", "correlation_key", "created_at")
_PARTS_OF_CASES = {"user task": t.user_tasks, "job": t.jobs, "incident": t.incidents}
_INCIDENT = ("id", "process_id", "element_id", "kind", "message", "raised_at")


def find_case_id(connection: sa.Connection, text: str) -> str:
    """The id of the case whose id or code is ``text``; ``NotFound``."""
    columns = t.cases.c
    found = connection.execute(sa.select(columns.id).where(sa.or_(columns.id == text, columns.code == text))).scalar()
    if found is None:
        raise NotFound("case", text)
    return str(found)


def find_case_of(connection: sa.Connection, kind: str, key: str) -> str:
    """The id of the case that a user task, job or incident belongs to; ``NotFound``."""
    table = _PARTS_OF_CASES[kind]
    found = connection.execute(sa.select(table.c.case_id).where(table.c.id == key)).scalar()
    if found is None:
        raise NotFound(kind, key)
    return str(found)


def find_release_id(connection: sa.Connection, case_id: str, text: str) -> str:
    """The id of the release of the case's pack that ``text`` means, as ``choose_release`` reads it."""
    pack = connection.execute(sa.select(t.cases.c.pack).where(t.cases.c.id == case_id)).scalar_one()
    return choose_release(connection, str(pack), text).id


def read_case(connection: sa.Connection, runtime: Runtime, case_id: str) -> dict[str, Any]:
    """The case, its open facts, the names of its sealed ones, and everything that it waits for."""
    case = connection.execute(sa.select(t.cases).where(t.cases.c.id == case_id)).one()
    sealed = runtime.sealer.open(bytes(case.sealed), case.id) if case.sealed else {}
    shown = ("id", "code", "pack", "release_id", "region", "status", "revision", "opened_at", "closed_at")
    return {
        "case": {name: getattr(case, name) for name in shown},
        "facts": orjson.loads(case.facts),
        "sealed": sorted({path for path, _ in leaves(sealed)}),
        "instances": _rows(connection, t.process_instances, _INSTANCE, case_id),
        "user_tasks": _rows(connection, t.user_tasks, _USER_TASK, case_id, status=("open",)),
        "jobs": _rows(connection, t.jobs, _JOB, case_id, status=("available", "leased", "dead")),
        "timers": _rows(connection, t.timers, _TIMER, case_id),
        "messages": _rows(connection, t.message_waits, _WAIT, case_id),
        "incidents": _rows(connection, t.incidents, _INCIDENT, case_id, status=("open",)),
    }


def list_incidents(connection: sa.Connection, status: str, limit: int) -> list[dict[str, Any]]:
    """Incidents of every case in one ``status``, the oldest first."""
    columns = t.incidents.c
    names = ("id", "case_id", *_INCIDENT[1:])
    query = (
        sa.select(*(columns[name] for name in names), t.cases.c.code.label("case_code"))
        .join(t.cases, t.cases.c.id == columns.case_id)
        .where(columns.status == status)
        .order_by(columns.raised_at, columns.id)
        .limit(limit)
    )
    return [plain(row) for row in connection.execute(query)]


def list_jobs(connection: sa.Connection, status: str, type_: str, limit: int) -> list[dict[str, Any]]:
    """Jobs of every case in one ``status``, and of one type where it is given, the longest due first."""
    columns = t.jobs.c
    query = (
        sa.select(*(columns[name] for name in ("id", "case_id", *_JOB[1:])), t.cases.c.code.label("case_code"))
        .join(t.cases, t.cases.c.id == columns.case_id)
        .where(columns.status == status)
        .order_by(columns.due_at, columns.id)
        .limit(limit)
    )
    if type_:
        query = query.where(columns.type == type_)
    return [plain(row) for row in connection.execute(query)]


def _rows(
    connection: sa.Connection, table: sa.Table, names: tuple[str, ...], case_id: str, status: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    query = sa.select(*(table.c[name] for name in names)).where(table.c.case_id == case_id).order_by(table.c.id)
    if status:
        query = query.where(table.c.status.in_(status))
    return [plain(row) for row in connection.execute(query)]
