"""One page of a queue: its rows with their cases, narrowed and sorted as the URL says, and the words to narrow by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import tables as t
from engine.sealing import Sealer
from tasks import tables as d
from web.desk.filters import PAGE, Filter
from web.desk.queues import Asker, Queue


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a queue, and what it can be narrowed by."""

    rows: list[Any]
    total: int
    steps: list[str]
    departments: list[str]
    regions: list[str]

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def read_page(
    connection: sa.Connection, sealer: Sealer, asker: Asker, queue: Queue, chosen: Filter, counted: int | None = None
) -> Listing:
    """The rows of a page with their cases, and the words to narrow by; three statements.

    ``counted`` is how many the whole queue has, where that is known: it need not be counted again unless narrowed.
    """
    rows = queue.select(asker).subquery("listed")
    cases = t.cases
    joined = rows.join(cases, cases.c.id == rows.c.case_id)
    words = sa.select(rows.c.step, rows.c.department, cases.c.region).select_from(joined).distinct()
    facets = connection.execute(words.limit(2_000)).all()
    where = _narrowed(rows, sealer, chosen)
    total = counted
    if total is None or where:
        total = connection.execute(sa.select(sa.func.count()).select_from(joined).where(*where)).scalar_one()
    shown = connection.execute(
        sa.select(rows, *_CASE)
        .select_from(joined)
        .where(*where)
        .order_by(*_order(rows, chosen.sort))
        .limit(PAGE)
        .offset((chosen.page - 1) * PAGE)
    )
    departments = {(row.department or "").partition(".")[0] for row in facets} - {""}
    regions = sorted({row.region for row in facets})
    return Listing(list(shown), total, sorted({row.step for row in facets}), sorted(departments), regions)


_held = sa.exists().where(d.holds.c.case_id == t.cases.c.id, d.holds.c.released_at.is_(None)).label("is_frozen")
_CASE = (
    *(t.cases.c[name] for name in ("id", "code", "region", "release_id", "sealed", "opened_at")),
    t.cases.c.status.label("case_status"),
    _held,
)


def _narrowed(rows: Any, sealer: Sealer, chosen: Filter) -> list[Any]:
    where = []
    if chosen.step:
        where.append(rows.c.step == chosen.step)
    if chosen.department:
        inside = rows.c.department.startswith(f"{chosen.department}.", autoescape=True)
        where.append(sa.or_(rows.c.department == chosen.department, inside))
    if chosen.region:
        where.append(t.cases.c.region.startswith(chosen.region, autoescape=True))
    if chosen.text:
        where.append(_means(sealer, chosen.text))
    return where


def _order(rows: Any, sort: str) -> list[Any]:
    if sort == "due":
        return [sa.nulls_last(rows.c.due_on), rows.c.since, rows.c.case_id, rows.c.step]
    since = rows.c.since.desc() if sort == "new" else rows.c.since.asc()
    return [since, rows.c.case_id, rows.c.step]


_FILINGS = ("f1", "f2", "f3")
_SOUGHT = (
    *("deceased.name", "deceased.id_number", "reporter.phone"),
    *(f"filings.{name}.applicant.{part}" for name in _FILINGS for part in ("name", "id_number", "phone")),
)


def _means(sealer: Sealer, text: str) -> Any:
    """A case whose code begins so, or that has exactly this name or number; the index is blind to parts of one."""
    index = t.sealed_index.c
    digests = [digest for path in _SOUGHT for digest in sealer.look_up(path, text)]
    known = sa.exists().where(index.case_id == t.cases.c.id, index.name.in_(_SOUGHT), index.digest.in_(digests))
    return sa.or_(t.cases.c.code.startswith(text.upper(), autoescape=True), known)
