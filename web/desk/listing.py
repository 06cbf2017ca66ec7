"""One page of a queue: its rows with their cases, narrowed and sorted as the URL says, and the words to narrow by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from engine import tables as t
from engine.prepared import Prepared
from engine.sealing import Sealer
from tasks import tables as d
from web.access.visibility import KEPT
from web.desk.filters import PAGE, Filter
from web.desk.parts import Part, order_of, union
from web.desk.queues import CASES, IN_LIST, QUEUES, Asker
from web.languages import language

_EVERY = {**QUEUES, **CASES}
_SAMPLED = 300  # rows of a part: steps and departments are few, and come round soon


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a queue, and what it can be narrowed by. ``has_more``: nobody counted beyond ``total``."""

    rows: list[Any]
    total: int
    has_more: bool
    steps: list[str]
    departments: list[str]
    regions: list[str]

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def read_page(
    connection: sa.Connection, sealer: Sealer, asker: Asker, chosen: Filter, counted: int | None = None
) -> Listing:
    """The rows of a page with their cases, and the words to narrow by; three statements.

    ``counted`` is how many the whole queue has, where that is known: it need not be counted again unless narrowed.
    """
    total, sought = counted, _means(sealer, chosen.text) if chosen.text else None
    if total is None or chosen.is_narrowed:
        found = [part.count(IN_LIST + 1, *where) for part, where in _narrowed(asker, chosen, sought)]
        total = int(connection.execute(sa.select(sum(found))).scalar_one())
    # What is looked for is looked for once: no search is kept.
    page = _kept_page(asker, chosen, language().code) if sought is None else _page(asker, chosen, sought)
    words = _words(asker, chosen.queue, language().code, counted is None or counted > IN_LIST).all(connection)
    departments = {(row.department or "").partition(".")[0] for row in words} - {""}
    return Listing(
        rows=page.all(connection),
        total=min(total, IN_LIST),
        has_more=total > IN_LIST,
        steps=sorted({row.step for row in words if row.step is not None}),
        departments=sorted(departments),
        regions=sorted({row.region for row in words}),
    )


def _page(asker: Asker, chosen: Filter, sought: sa.ColumnElement[bool] | None = None) -> Prepared:
    last = chosen.page * PAGE
    firsts = [part.first(last, chosen.sort, *where) for part, where in _narrowed(asker, chosen, sought)]
    rows = union(firsts).subquery("listed")
    joined = rows.join(t.cases, t.cases.c.id == rows.c.case_id)
    page = sa.select(rows, *_CASE).select_from(joined).order_by(*order_of(rows, chosen.sort))
    return Prepared(page.limit(PAGE).offset(last - PAGE), with_lists=True)


@lru_cache(maxsize=KEPT)
def _kept_page(asker: Asker, chosen: Filter, _language: str) -> Prepared:
    """``_page`` that was not made for a search. Some rows say what they wait for, in the reader's language."""
    return _page(asker, chosen)


@lru_cache(maxsize=KEPT)
def _words(asker: Asker, queue: str, _language: str, is_long: bool) -> Prepared:
    """What a queue can be narrowed by, read from its first rows; a long one by every region that has an open case."""
    found = [part.words(_SAMPLED) for part in _EVERY[queue].parts(asker)]
    if is_long:
        regions = open_regions(asker.person.act().region_prefix)
        nothing = sa.null().label("step"), sa.null().label("department")
        found.append(sa.select(*nothing, regions.c.region).where(regions.c.region.is_not(None)))
    return Prepared(union(found), with_lists=True)


def open_regions(prefix: str) -> sa.CTE:
    """The regions that begin with ``prefix`` and have an open case: each found from the one before in the index, so
    that the cases of a region are not read through."""
    region, following = t.cases.c.region, str(int(prefix or 0) + 1)
    there = [t.in_state(t.cases, "open"), region >= prefix]
    if len(following) == len(prefix):
        there.append(region < following)
    known = sa.select(sa.func.min(region).label("region")).where(*there).cte("open_regions", recursive=True)
    after = sa.select(sa.func.min(region)).where(*there, region > known.c.region).correlate(known).scalar_subquery()
    return known.union_all(sa.select(after).where(known.c.region.is_not(None)))


_held = sa.exists().where(d.holds.c.case_id == t.cases.c.id, d.holds.c.released_at.is_(None)).label("is_frozen")
_CASE = (
    *(t.cases.c[name] for name in ("id", "code", "region", "release_id", "sealed", "opened_at")),
    t.cases.c.status.label("case_status"),
    _held,
)


def _narrowed(
    asker: Asker, chosen: Filter, sought: sa.ColumnElement[bool] | None
) -> list[tuple[Part, list[sa.ColumnElement[bool]]]]:
    """The parts of the queue with the conditions of the filter: on the case, and on the row by ``Part.narrow``."""
    where = [] if sought is None else [sought]
    if chosen.region:
        where.append(t.cases.c.region.startswith(chosen.region, autoescape=True))
    parts = _EVERY[chosen.queue].parts(asker)
    return [(part, [*where, *part.narrow(chosen.step, chosen.department)]) for part in parts]


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
