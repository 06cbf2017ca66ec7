"""What every worker of a command reaches for: its transaction, and the case's facts with the sealed part laid in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine import tables as t
from engine.facts import overlay
from engine.registry import CaseAccess


def connection_of(case: CaseAccess) -> sa.Connection:
    """The command's transaction. For in-transaction workers only: any other has none."""
    connection = case.connection
    if connection is None:
        raise RuntimeError("this worker runs inside a command, and only there")
    return connection


def case_code(connection: sa.Connection, case_id: str) -> str:
    """The case's code, by which people and other systems name it."""
    return str(connection.execute(sa.select(t.cases.c.code).where(t.cases.c.id == case_id)).scalar_one())


def completed_by(connection: sa.Connection, case_id: str, elements: Sequence[str], facts_path: str) -> list[str]:
    """Everybody who completed one of these user tasks, whose values went to ``facts_path``; the latest first."""
    c = t.user_tasks.c
    query = (
        sa.select(c.completed_by)
        .where(c.case_id == case_id, c.element_id.in_(elements), c.facts_path == facts_path, c.status == "completed")
        .order_by(c.ended_at.desc(), c.id)
    )
    return [person for person in connection.execute(query).scalars() if person]


def facts_at(case: CaseAccess, path: str) -> Mapping[str, Any]:
    """The open facts under a dotted path; empty where there is nothing."""
    return _context(case.facts, path)


def values_at(case: CaseAccess, path: str) -> Mapping[str, Any]:
    """Open and sealed facts under a dotted path laid together. Not for anything that FEEL or a log may see."""
    laid: Mapping[str, Any] = overlay(_context(case.facts, path), _context(case.sealed, path))
    return laid


def stated_at(case: CaseAccess, path: str) -> str:
    """What somebody wrote into the field at a dotted path, sealed or not; empty where nothing stands."""
    place, _, name = path.rpartition(".")
    return text_of(values_at(case, place), name) if place else ""


def text_of(values: Mapping[str, Any], name: str) -> str:
    """A text that a form stored, trimmed; empty where nothing was filled in."""
    value = values.get(name)
    return "" if value is None else str(value).strip()


def _context(values: Any, path: str) -> Mapping[str, Any]:
    for name in path.split("."):
        values = values.get(name) if isinstance(values, Mapping) else None
    return values if isinstance(values, Mapping) else {}
