"""What happened in a scenario, for people: who did what when, what opened, what changed, what was refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.clock import ZONE
from tasks.scenarios.observing import Snapshot, name_task


@dataclass(frozen=True, slots=True)
class Opened:
    """A user task that a step has opened."""

    element: str
    name: str


@dataclass(slots=True)
class Entry:
    """One step as it went. ``at`` is when it ended, ``who`` an actor, a system or the clock."""

    at: datetime
    line: int
    who: str
    what: str
    note: str = ""
    refused: str = ""
    opened: list[Opened] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        at = self.at.astimezone(ZONE).isoformat(timespec="seconds")
        opened = [{"element": one.element, "name": one.name} for one in self.opened]
        told: dict[str, Any] = {"at": at, "line": self.line, "who": self.who, "what": self.what}
        told |= {"note": self.note, "refused": self.refused, "opened": opened, "changes": self.changes}
        return {name: value for name, value in told.items() if value not in ("", [])}

    def lines(self) -> Iterator[str]:
        """The entry as text: its own line, then what came of it, indented."""
        at = self.at.astimezone(ZONE).strftime("%m-%d %H:%M")
        yield f"{at}  {self.who}: {self.what}{f' — {self.note}' if self.note else ''}"
        if self.refused:
            yield f"             refused: {self.refused}"
        for change in self.changes:
            yield f"             {change}"
        for one in self.opened:
            yield f"             opens {one.name} ({one.element})"


def note_changes(before: Snapshot | None, after: Snapshot) -> tuple[list[Opened], list[str]]:
    """What opened, and what changed, between two moments of a case."""
    earlier = before.open_tasks if before else {}
    opened = [Opened(name_task(row), row.name) for key, row in after.open_tasks.items() if key not in earlier]
    return opened, list(_changes(before, after))


def _changes(before: Snapshot | None, after: Snapshot) -> Iterator[str]:
    yield from _statuses(before, after, "certificates", lambda row: f"certificate {row.kind} {row.number}")
    yield from _statuses(before, after, "items", lambda row: f"item {row.code}")
    yield from _statuses(before, after, "payments", lambda row: f"payment for {row.item}")
    held_before = before.held if before else False
    if after.held != held_before:
        yield "police hold set" if after.held else "police hold released"
    for table, words in _NEW.items():
        for row in _new_rows(before, after, table):
            yield words(row)
    yield from _outbox(before, after)
    if after.status != (before.status if before else "open"):
        yield f"the case is {after.status}"


def _statuses(before: Snapshot | None, after: Snapshot, table: str, name: Any) -> Iterator[str]:
    earlier = {_key(row): row.status for row in before.rows[table]} if before else {}
    for row in after.rows[table]:
        was = earlier.get(_key(row))
        if was != row.status:
            yield f"{name(row)}: {f'{was} → ' if was else ''}{row.status}"


def _key(row: Any) -> Any:
    return row.id if hasattr(row, "id") else (row.case_id, row.code)


def _new_rows(before: Snapshot | None, after: Snapshot, table: str) -> list[Any]:
    earlier = set(map(tuple, before.rows[table])) if before else set()
    return [row for row in after.rows[table] if tuple(row) not in earlier]


_NEW: dict[str, Any] = {
    "cremations": lambda row: f"cremated, number {row.number}",
    "referrals": lambda row: f"referral slip {row.number} for {row.item or 'the application'}",
    "supervision": lambda row: (
        f"supervision: {row.kind} {row.item or ''}{' cleared' if row.cleared_at else ''}".rstrip()
    ),
    "incidents": lambda row: f"incident at {row.element_id}, {row.status}: {row.message}",
    "terminations": lambda row: f"automatic stop of {row.item}{' reversed' if row.reversed_at else ''}",
    "deliveries": lambda row: f"results delivered: {row.mode}",
    "revocations": lambda row: f"the death is revoked, by {row.document}",
}


def _outbox(before: Snapshot | None, after: Snapshot) -> Iterator[str]:
    earlier = {row.id: row.status for row in before.rows["outbox"]} if before else {}
    for row in after.rows["outbox"]:
        if earlier.get(row.id) != row.status:
            yield f"{row.kind} {row.subject} to {row.receiver}{f' ({row.item})' if row.item else ''}: {row.status}"
