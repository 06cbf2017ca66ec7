"""The holds of a region: how old each is, and where it is lifted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine import tables as t
from engine.clock import from_text, to_text
from tasks import tables as d
from tasks.holds import review_path
from tasks.sealed_texts import open_text
from web.access.people import Person
from web.desk.rows import names_of
from web.services import services
from web.window.lines import CaseLine, lines_of, task_page

LONG = timedelta(days=7)
PAGE = 30
REVIEWS = ("review_death", "lift_criminal_hold")
"""The user tasks in which a hold is lifted: the freeze ends with the review, never beside it."""


@dataclass(frozen=True, slots=True)
class HoldLine:
    """A hold in the list. ``days`` it has stood so far, or stood in all; ``review`` is the page that ends it.

    Why it was set and lifted is told to whoever may know the cause of a death, and to nobody else.
    """

    id: str
    case: CaseLine
    source: str
    reason: str
    criminal: bool
    set_at: datetime
    set_by: str
    days: int
    is_long: bool
    released_at: datetime | None
    released_by: str
    release_reason: str
    release_document: str
    review: str


def in_region(person: Person) -> sa.ColumnElement[bool]:
    """The police of a region answer for every freeze in it."""
    return t.cases.c.region.startswith(person.act().region_prefix, autoescape=True)


def count_holds(connection: sa.Connection, person: Person, now: datetime) -> dict[str, int]:
    """How many stand, how many of them long, how many were lifted."""
    c = d.holds.c
    active = c.released_at.is_(None)
    query = sa.select(
        sa.func.count().filter(active).label("active"),
        sa.func.count().filter(active, c.set_at < to_text(now - LONG)).label("long"),
        sa.func.count().filter(active, c.criminal).label("criminal"),
        sa.func.count().filter(~active).label("released"),
    )
    row = connection.execute(query.select_from(_joined()).where(in_region(person))).one()
    return dict(row._mapping)


def list_holds(connection: sa.Connection, person: Person, which: str, page: int, now: datetime) -> list[HoldLine]:
    """One page and one more; standing ones by age, lifted ones the latest first."""
    c = d.holds.c
    conditions: dict[str, list[sa.ColumnElement[bool]]] = {
        "active": [c.released_at.is_(None)],
        "long": [c.released_at.is_(None), c.set_at < to_text(now - LONG)],
        "criminal": [c.released_at.is_(None), c.criminal],
        "released": [c.released_at.is_not(None)],
    }
    order = c.released_at.desc() if which == "released" else c.set_at
    query = sa.select(d.holds).select_from(_joined()).where(in_region(person), *conditions[which]).order_by(order, c.id)
    rows = connection.execute(query.limit(PAGE + 1).offset((page - 1) * PAGE)).all()
    named = lines_of(connection, person, (row.case_id for row in rows))
    return _lines(connection, person, rows, named, now)


def holds_of(connection: sa.Connection, person: Person, case_id: str, now: datetime) -> list[HoldLine]:
    """Every hold of one case, the oldest first."""
    c = d.holds.c
    rows = connection.execute(sa.select(d.holds).where(c.case_id == case_id).order_by(c.set_at, c.id)).all()
    return _lines(connection, person, rows, lines_of(connection, person, [case_id]), now)


def _lines(
    connection: sa.Connection, person: Person, rows: Sequence[Any], named: Mapping[str, CaseLine], now: datetime
) -> list[HoldLine]:
    reviews = _reviews(connection, rows)
    people = names_of(connection, {login for row in rows for login in (row.set_by, row.released_by)})
    return [
        _line(person, row, named[row.case_id], reviews.get((row.case_id, row.name), ""), people, now) for row in rows
    ]


def _joined() -> Any:
    return d.holds.join(t.cases, t.cases.c.id == d.holds.c.case_id)


def _reviews(connection: sa.Connection, rows: Sequence[Any]) -> Mapping[tuple[str, str], str]:
    """The page of a hold's own open review, by case and name."""
    c = t.user_tasks.c
    mine = (t.in_state(t.user_tasks, "open"), c.case_id.in_(sorted({row.case_id for row in rows})))
    found = connection.execute(sa.select(c.case_id, c.facts_path, c.id).where(*mine, c.element_id.in_(REVIEWS)))
    pages = {(row.case_id, row.facts_path): task_page(row.id) for row in found}
    places = {(row.case_id, row.name): (review_path(row.name), review_path(row.name, judicial=True)) for row in rows}
    return {
        (case_id, name): pages[case_id, path]
        for (case_id, name), paths in places.items()
        for path in paths
        if (case_id, path) in pages
    }


def _line(person: Person, row: Any, case: CaseLine, review: str, people: Mapping[str, str], now: datetime) -> HoldLine:
    c, sealer, shows_reasons = d.holds.c, services().runtime.sealer, person.may_read_cause
    set_at = from_text(row.set_at)
    released_at = from_text(row.released_at) if row.released_at else None
    stood = (released_at or now) - set_at
    return HoldLine(
        row.id,
        case,
        row.source,
        open_text(sealer, c.reason, row) if shows_reasons else "",
        row.criminal,
        set_at,
        people.get(row.set_by, row.set_by),
        stood.days,
        released_at is None and stood > LONG,
        released_at,
        people.get(row.released_by, row.released_by or ""),
        open_text(sealer, c.release_reason, row) if shows_reasons else "",
        row.release_document or "",
        "" if released_at else review,
    )
