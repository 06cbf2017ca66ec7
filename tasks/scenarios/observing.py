"""What a case looks like at one moment: its rows in every table, read at once, so that two moments can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson
import sqlalchemy as sa

from engine import tables as t
from engine.db import reading
from engine.prepared import Prepared
from engine.runtime import Runtime
from tasks import tables as d

ENGINE_TABLES = (t.process_instances, t.user_tasks, t.jobs, t.timers, t.message_waits, t.incidents)
DOMAIN_TABLES = (
    d.deceased,
    d.filings,
    d.items,
    d.item_requirements,
    d.materials,
    d.certificates,
    d.holds,
    d.remains,
    d.cremations,
    d.commitments,
    d.payments,
    d.objections,
    d.pauses,
    d.outbox,
    d.referrals,
    d.deliveries,
    d.evaluations,
    d.terminations,
    d.revocations,
    d.supervision,
)
FINAL = frozenset({"done", "refused", "withdrawn", "offline", "not_applicable"})
DEATH_CERTIFICATES = frozenset({"medical", "abnormal", "ruling"})


@dataclass(frozen=True)
class Snapshot:
    """One case at one moment. ``rows`` are by table name, oldest first where the table has a time."""

    at: str
    case: Any
    rows: Mapping[str, list[Any]]
    standings: list[Any] = field(default_factory=list)

    @cached_property
    def facts(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.case.facts)
        return found

    @cached_property
    def open_tasks(self) -> dict[str, Any]:
        return {row.id: row for row in self.rows["user_tasks"] if row.status == "open"}

    @cached_property
    def waiting_jobs(self) -> list[Any]:
        return [row for row in self.rows["jobs"] if row.status in ("available", "leased")]

    @cached_property
    def open_incidents(self) -> list[Any]:
        return [row for row in self.rows["incidents"] if row.status == "open"]

    @cached_property
    def active_holds(self) -> list[Any]:
        return [row for row in self.rows["holds"] if row.released_at is None]

    @cached_property
    def items(self) -> dict[str, Any]:
        return {row.code: row for row in self.rows["items"]}

    @cached_property
    def valid_certificate(self) -> Any | None:
        """The certificate of death that is in force."""
        found = (row for row in self.rows["certificates"] if row.status == "valid" and row.kind in DEATH_CERTIFICATES)
        return next(found, None)

    @property
    def status(self) -> str:
        """``open``, ``closed`` or ``cancelled``."""
        return "closed" if self.case.status == "completed" else str(self.case.status)

    @property
    def held(self) -> bool:
        return bool(self.active_holds)

    @property
    def barred(self) -> bool:
        """Whether a hold or an objection bars every payment."""
        return self.held or any(row.status == "open" for row in self.rows["objections"])

    @property
    def revoked(self) -> bool:
        return bool(self.rows["revocations"])


def observe(runtime: Runtime, case_id: str) -> Snapshot:
    """Read the case in one transaction."""
    with reading(runtime.database) as connection:
        case = _CASE.first(connection, case_id=case_id)
        assert case is not None, case_id
        rows = {name: query.all(connection, case_id=case_id) for name, query in _QUERIES.items()}
        standings = _STANDINGS.all(connection, case_id=case_id) if rows["filings"] else []
    return Snapshot(runtime.clock.now().isoformat(), case, rows, standings)


_MINE: Any = sa.bindparam("case_id")
_CASE = Prepared(sa.select(t.cases).where(t.cases.c.id == _MINE))
_STANDINGS = Prepared(
    sa.select(d.standings)
    .join(d.filings, d.filings.c.id == d.standings.c.filing_id)
    .where(d.filings.c.case_id == _MINE)
)
_ORDER = ("created_at", "started_at", "selected_at", "set_at", "issued_at", "ordered_at", "queued_at", "noted_at")


def _of_case(table: sa.Table) -> Prepared:
    """What reads the rows of a ``case_id``, the oldest first."""
    order = [table.c[name] for name in _ORDER if name in table.c] + list(table.primary_key.columns)
    return Prepared(sa.select(table).where(table.c.case_id == _MINE).order_by(*order))


_QUERIES = {table.name: _of_case(table) for table in (*ENGINE_TABLES, *DOMAIN_TABLES)}


def split_reference(text: str) -> tuple[str, str | None]:
    """``decide_item[med_stop]`` → ``("decide_item", "med_stop")``."""
    name, bracket, rest = text.partition("[")
    return name, rest.removesuffix("]") if bracket else None


def marks_of(user_task: Any) -> list[str]:
    """What tells several open tasks of one element apart: their local variables, and the parts of their facts' path."""
    found = [str(value) for value in orjson.loads(user_task.locals).values() if isinstance(value, str | int)]
    return found + [part for part in user_task.facts_path.split(".") if part]


def find_tasks(snapshot: Snapshot, reference: str) -> list[Any]:
    """The open user tasks that ``reference`` means, the oldest first."""
    element, mark = split_reference(reference)
    found = [row for row in snapshot.open_tasks.values() if row.element_id == element]
    if mark is not None and mark.startswith("#"):
        return found[int(mark[1:]) - 1 : int(mark[1:])]
    return [row for row in found if mark is None or mark in marks_of(row)]


def find_jobs(snapshot: Snapshot, reference: str) -> list[Any]:
    """The jobs that wait for an outside system and that ``reference`` means: by type, then by an input or an item."""
    type_, mark = split_reference(reference)
    payments = {row.id: row.item for row in snapshot.rows["payments"]}
    found = []
    for row in snapshot.waiting_jobs:
        inputs = [str(value) for value in orjson.loads(row.inputs).values() if isinstance(value, str | int)]
        marks = [row.element_id, *inputs, *(payments[value] for value in inputs if value in payments)]
        if row.type == type_ and (mark is None or mark in marks):
            found.append(row)
    return found


def name_task(user_task: Any) -> str:
    """The element, with a mark where it helps: ``decide_item[med_stop]``."""
    marks = [part for part in user_task.facts_path.split(".")[1:] if part]
    return f"{user_task.element_id}[{marks[0]}]" if marks else str(user_task.element_id)
