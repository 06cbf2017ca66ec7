"""Originals: the window sees a paper once, and it holds for every item and every heir of the case.

Rule: C-32. What was verified stays so; a document that the case holds already needs nobody's paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from engine.actors import Actor
from engine.clock import local_date, parse_moment, to_text
from engine.execution import execute
from engine.runtime import Runtime
from engine.unit import Unit
from tasks import curing, gaps, guards
from tasks import tables as d
from web.desk.rows import names_of

TO_SEE = ("needed", "provided", "missing", "refused", "deferred")


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the case, whoever is asked for it. ``to_see``: an original that nobody has seen yet."""

    code: str
    name: str
    items: tuple[str, ...]
    original: bool
    to_see: bool
    seen_on: str
    seen_by: str
    status: str
    note: str


def list_documents(connection: sa.Connection, runtime: Runtime, case: Any) -> list[Document]:
    """Each document once, however many applications and items ask for it."""
    known = runtime.releases.get(connection, case.release_id).manifest.items
    c = d.materials.c
    query = sa.select(d.materials).where(c.case_id == case.id, c.status != "waived").order_by(c.code, c.id)
    found: dict[str, list[Any]] = {}
    for row in connection.execute(query):
        found.setdefault(row.code, []).append(row)
    people = names_of(connection, {row.verified_by for rows in found.values() for row in rows})
    return [_document(rows, known, people) for rows in found.values()]


def verify(runtime: Runtime, actor: Actor, case_id: str, codes: Iterable[str]) -> list[str]:
    """Note that ``actor`` has seen the originals of ``codes``; their names. What needs none is passed over.

    Where an application was accepted before its originals were seen (C-23), nobody waits for them any more.

    Raises ``NotFound`` for a case that is not the actor's, ``RuleViolation`` after a revocation.
    """
    wanted = sorted(set(codes))

    def body(unit: Unit) -> list[str]:
        unit.lock(case_id)
        guards.check_not_revoked(unit.connection, case_id)
        c = d.materials.c
        open_ones = (c.case_id == case_id, c.code.in_(wanted), c.status.in_(TO_SEE), c.source == "applicant")
        rows = unit.connection.execute(sa.select(d.materials).where(*open_ones, c.original)).all()
        if not rows:
            return []
        seen = {"status": "verified", "verified_at": to_text(unit.now()), "verified_by": actor.id}
        mine = d.materials.update().where(c.id.in_([row.id for row in rows]))
        unit.connection.execute(mine.values(seen))
        done = {row.code: row.name for row in rows}
        _mirror(unit, set(done))
        curing.clear_marks(unit, case_id, rows)
        for filing_id in sorted({row.filing_id for row in rows}):
            gaps.close_if_needless(unit, case_id, filing_id)
        unit.finish("verify", "originals", {"materials": sorted(done)})
        return [done[code] for code in sorted(done)]

    return execute(runtime, actor, body, refusable=True)


def _mirror(unit: Unit, codes: set[str]) -> None:
    """The lists that the forms show say it too."""
    for name, filing in (unit.facts.get("filings") or {}).items():
        shown = filing.get("materials") if isinstance(filing, dict) else None
        if shown:
            changed = [one | {"status": "verified"} if one.get("code") in codes else one for one in shown]
            unit.write_facts({"materials": changed}, f"filings.{name}")


def _document(rows: list[Any], known: Any, people: Mapping[str, str]) -> Document:
    first = rows[0]
    codes = dict.fromkeys(code for row in rows for code in orjson.loads(row.items))
    seen = next((row for row in rows if row.verified_at), None)
    return Document(
        first.code,
        first.name,
        tuple(known[code].name if code in known else code for code in codes),
        any(row.original for row in rows),
        any(row.original and row.source == "applicant" and row.status in TO_SEE for row in rows),
        local_date(parse_moment(seen.verified_at)).isoformat() if seen else "",
        people.get(seen.verified_by, seen.verified_by) if seen else "",
        next((row.status for row in rows if row.status not in ("verified", "held")), first.status),
        first.note or "",
    )
