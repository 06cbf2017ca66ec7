"""The audit chain of a case: every command is a line, and every line's keyed hash covers the one before.

Whoever changes, removes or inserts a line without the key breaks the chain at that place, and ``verify`` names it. The
last hash also stands in the case row, so that lines cut off at the end are missed too. Somebody who can write both and
holds no key is still found by ``anchor``: a list of heads to be kept outside the database.

Why somebody acted, in their own words, is no part of a line: it may name anybody, and a line can never be sealed anew.
It is a sealed note beside the line, which says that there is one.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from engine import tables
from engine.sealing import Sealer

FIRST = "0" * 64  # the head of a case that has no line yet


@dataclass(slots=True)
class Line:
    """One act: who (``actor``) did what (``verb``) to which thing (``subject``); ``detail`` holds no personal data."""

    case_id: str
    seq: int
    at: str
    actor: str
    verb: str
    subject: str
    detail: str  # JSON

    def mac(self, key: bytes, previous: str) -> str:
        parts = (previous, self.case_id, self.seq, self.at, self.actor, self.verb, self.subject, self.detail)
        return hashlib.blake2b(orjson.dumps(parts), key=key, digest_size=32).hexdigest()


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain does not hold: ``seq`` is the first line that is wrong."""

    case_id: str
    seq: int
    reason: str


def verify(connection: sa.Connection, key: bytes, case_id: str | None = None) -> Iterator[Break]:
    """The first break of each chain (of one case, or of all)."""
    cases, audit = tables.cases, tables.audit
    ids = sa.select(cases.c.id).order_by(cases.c.id)
    if case_id is not None:
        ids = ids.where(cases.c.id == case_id)
    chain = (  # head and lines in one statement: between two of them a command may add a line
        sa.select(cases.c.id, cases.c.audit_seq, cases.c.audit_head, audit)
        .outerjoin(audit, audit.c.case_id == cases.c.id)
        .where(cases.c.id == sa.bindparam("case"))
        .order_by(audit.c.seq)
    )
    for one in connection.execute(ids).scalars().all():
        rows = connection.execute(chain, {"case": one}).all()
        lines = [row[3:] for row in rows if row.seq is not None]
        found = (_first_break(rows[0], lines, key) or _missing_note(connection, one, lines)) if rows else None
        if found:
            yield found


def _first_break(head: Any, rows: Any, key: bytes) -> Break | None:
    previous, expected = FIRST, 1
    for *shown, mac in rows:
        line = Line(*shown)
        if line.seq != expected:
            return Break(line.case_id, expected, f"line {expected} is missing")
        if not hmac.compare_digest(line.mac(key, previous), mac):
            return Break(line.case_id, line.seq, "the line, or the one before it, was changed")
        previous, expected = mac, expected + 1
    if head.audit_seq != expected - 1:
        return Break(head.id, expected, f"the case counts {head.audit_seq} lines, {expected - 1} are there")
    if not hmac.compare_digest(head.audit_head, previous):
        return Break(head.id, head.audit_seq, "the case's head is not the last line's hash")
    return None


def _missing_note(connection: sa.Connection, case_id: str, rows: Any) -> Break | None:
    lines = [Line(*shown) for *shown, _ in rows]
    noted = [line.seq for line in lines if _is_noted(line)]
    kept = _note_rows(connection, case_id) if noted else {}
    return next((Break(case_id, seq, "the line's note is gone") for seq in noted if seq not in kept), None)


def _is_noted(line: Any) -> bool:
    return orjson.loads(line.detail).get("noted") is True


def _note_rows(connection: sa.Connection, case_id: str) -> dict[int, bytes]:
    notes = tables.audit_notes.c
    rows = connection.execute(sa.select(notes.seq, notes.sealed).where(notes.case_id == case_id))
    return {row.seq: bytes(row.sealed) for row in rows}


def keep_note(connection: sa.Connection, sealer: Sealer, case_id: str, seq: int, note: str) -> None:
    """Seal ``note`` beside the line that was written just now."""
    row = {"case_id": case_id, "seq": seq, "sealed": sealer.seal(note, _whose(case_id, seq))}
    connection.execute(tables.audit_notes.insert(), row)


def notes_of(connection: sa.Connection, sealer: Sealer, case_id: str) -> dict[int, str]:
    """The notes of a case by line. Raises ``TamperedData`` for one that was changed or stood elsewhere."""
    return {seq: str(sealer.open(data, _whose(case_id, seq))) for seq, data in _note_rows(connection, case_id).items()}


def _whose(case_id: str, seq: int) -> str:
    return str(tables.audit_notes.c.sealed.info["sealed_for"]).format(case_id=case_id, seq=seq)


def anchor(connection: sa.Connection) -> dict[str, tuple[int, str]]:
    """Length and head of every chain now, to be kept outside and given to ``check_anchor`` later."""
    cases = tables.cases
    rows = connection.execute(sa.select(cases.c.id, cases.c.audit_seq, cases.c.audit_head))
    return {row.id: (row.audit_seq, row.audit_head) for row in rows}


def check_anchor(connection: sa.Connection, anchored: Mapping[str, tuple[int, str]]) -> Iterator[Break]:
    """Chains that no longer hold the line they ended with when the anchor was taken."""
    audit = tables.audit
    for case_id, (seq, head) in sorted(anchored.items()):
        if seq == 0:
            continue
        query = sa.select(audit.c.mac).where(audit.c.case_id == case_id, audit.c.seq == seq)
        found = connection.execute(query).scalar()
        if found is None:
            yield Break(case_id, seq, "the anchored line is gone")
        elif not hmac.compare_digest(found, head):
            yield Break(case_id, seq, "the anchored line was changed")


def history(connection: sa.Connection, case_id: str) -> list[Any]:
    """The lines of a case, oldest first."""
    audit = tables.audit
    return list(connection.execute(sa.select(audit).where(audit.c.case_id == case_id).order_by(audit.c.seq)))
