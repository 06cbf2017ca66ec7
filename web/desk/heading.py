"""What stands above a task and a case: who has died, which rules apply, whether it is frozen, how much time is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
import sqlalchemy as sa

from engine.clock import local_date
from engine.pack_schema import Manifest
from engine.releases import find_release
from tasks import tables as d
from tasks.sealed_texts import open_text
from web.access.people import Person
from web.desk import masks, words
from web.desk.rows import names_of
from web.services import Services


@dataclass(frozen=True, slots=True)
class Hold:
    """An active freeze: who asked for it and, for those who may know, why."""

    source: str
    reason: str
    set_by: str
    set_at: str
    criminal: bool


@dataclass(frozen=True, slots=True)
class Heading:
    """``item``, ``due`` and ``tone`` are of the task at hand, where it is about an item."""

    case: Any
    status: str
    deceased: masks.Deceased
    died_on: str
    service: str
    release: str
    item: str
    item_code: str
    due: str
    due_on: date | None
    tone: str
    holds: tuple[Hold, ...]
    is_disposed: bool


def read_heading(
    connection: sa.Connection,
    own: Services,
    person: Person,
    case: Any,
    sealed: Mapping[str, Any],
    user_task: Any = None,
) -> Heading:
    """A handful of statements, however large the case."""
    release = own.runtime.releases.get(connection, case.release_id)
    published = find_release(connection, case.release_id)
    facts = orjson.loads(case.facts)
    items = connection.execute(sa.select(d.items.c.code, d.items.c.due_on).where(d.items.c.case_id == case.id)).all()
    code = _item_of(user_task, {row.code for row in items})
    dues = [row.due_on for row in items if row.due_on and (not code or row.code == code)]
    due_on = date.fromisoformat(min(dues)) if code and dues else None
    holds = _read_holds(connection, own, person, release.manifest, case.id)
    stands = bool(holds) or _stands(connection, case.id, code)
    due, tone = words.due_words(due_on, local_date(own.clock.now()), stands=stands)
    shown = masks.has_unmasked(connection, own, case.id, person.id)
    return Heading(
        case=case,
        status=words.say(words.CASE, case.status),
        deceased=masks.show_deceased(sealed, masked=not shown),
        died_on=str((facts.get("deceased") or {}).get("died_on") or ""),
        service=release.manifest.names.official,
        release=f"{published.version}（{published.number}）",
        item=words.item_name(release.manifest, code),
        item_code=code,
        due=due,
        due_on=due_on,
        tone=tone,
        holds=holds,
        is_disposed=bool((facts.get("remains") or {}).get("disposed")),
    )


def _item_of(user_task: Any, codes: set[str]) -> str:
    """The item that a task is about: the last part of the path that its values go to."""
    last = user_task.facts_path.rpartition(".")[2] if user_task is not None else ""
    return last if last in codes else ""


def _stands(connection: sa.Connection, case_id: str, code: str) -> bool:
    c = d.pauses.c
    whose = sa.or_(c.item.is_(None), c.item == code)
    open_one = sa.select(c.id).where(c.case_id == case_id, c.ended_at.is_(None), whose).limit(1)
    return connection.execute(open_one).first() is not None


def _read_holds(
    connection: sa.Connection, own: Services, person: Person, manifest: Manifest, case_id: str
) -> tuple[Hold, ...]:
    c = d.holds.c
    query = sa.select(d.holds).where(c.case_id == case_id, c.released_at.is_(None)).order_by(c.set_at, c.id)
    rows = connection.execute(query).all()
    names = names_of(connection, {row.set_by for row in rows})
    return tuple(
        Hold(
            words.say(words.HOLD_SOURCE, row.source),
            open_text(own.runtime.sealer, c.reason, row) if person.may_read_cause else "",
            words.actor_name(manifest, names, row.set_by),
            row.set_at,
            bool(row.criminal),
        )
        for row in rows
    )
