"""Tickets: what a caller asked or complained of, sent to a department, and its answer."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _

from engine.clock import from_text, local_date, to_text
from engine.sealing import Sealer
from tasks.sealed_texts import open_text, seal_text
from web.access.people import Person
from web.tables import tickets

KINDS = {"question": _("咨询"), "complaint": _("投诉"), "help": _("求助"), "suggestion": _("建议")}
STATUS = {"open": _("待答复"), "answered": _("已答复")}
PAGE = 30
WORDS = 4_000
_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket, opened. ``caller`` and ``phone`` are for whoever answers."""

    id: str
    number: str
    case_id: str | None
    kind: str
    department: str
    status: str
    caller: str
    phone: str
    words: str
    opened_by: str
    opened_at: datetime
    answer: str
    answered_by: str
    answered_at: datetime | None


def scope(person: Person) -> sa.ColumnElement[bool]:
    """Hotline and supervision see the tickets of their region, everybody else those of their department in it."""
    c = tickets.c
    inside = c.region.startswith(person.act().region_prefix, autoescape=True)
    if person.is_in("hotline.") or person.is_in("supervisor."):
        return inside
    return sa.and_(inside, c.department.in_(sorted(person.departments)))


def open_ticket(
    connection: sa.Connection, sealer: Sealer, person: Person, told: Mapping[str, str], case: Any, now: datetime
) -> str:
    """Write a ticket; its id. ``told``: kind, department, caller, phone, words, all checked before."""
    ticket_id = secrets.token_hex(16)
    day = local_date(now).strftime("%Y%m%d")
    row: dict[str, Any] = {
        "id": ticket_id,
        "number": f"GD-{day}-{''.join(secrets.choice(_SIGNS) for _place in range(6))}",
    }
    row |= {"case_id": case.id if case is not None else None, "kind": told["kind"], "department": told["department"]}
    row |= {"region": case.region if case is not None else person.region, "status": "open", "opened_by": person.login}
    sealed = {name: told[name] for name in ("caller", "phone", "words")}
    values = row | {"sealed": sealer.seal(sealed, ticket_id), "opened_at": to_text(now)}
    connection.execute(tickets.insert().values(**values))
    return ticket_id


def find_ticket(connection: sa.Connection, sealer: Sealer, person: Person, ticket_id: str) -> Ticket | None:
    """A ticket that ``person`` may see."""
    row = connection.execute(sa.select(tickets).where(tickets.c.id == ticket_id, scope(person))).first()
    return _open(sealer, row) if row is not None else None


def list_tickets(connection: sa.Connection, sealer: Sealer, person: Person, status: str, page: int) -> list[Ticket]:
    """One page and one more: open ones the oldest first, answered ones the latest first."""
    c = tickets.c
    order = c.opened_at if status == "open" else c.answered_at.desc()
    query = sa.select(tickets).where(scope(person), c.status == status).order_by(order, c.id)
    rows = connection.execute(query.limit(PAGE + 1).offset((page - 1) * PAGE))
    return [_open(sealer, row) for row in rows]


def tickets_of(connection: sa.Connection, sealer: Sealer, person: Person, case_id: str) -> list[Ticket]:
    """The tickets about a case."""
    query = sa.select(tickets).where(tickets.c.case_id == case_id, scope(person)).order_by(tickets.c.opened_at.desc())
    return [_open(sealer, row) for row in connection.execute(query.limit(PAGE))]


def count_tickets(connection: sa.Connection, person: Person) -> dict[str, int]:
    """How many by state."""
    query = sa.select(tickets.c.status, sa.func.count()).where(scope(person)).group_by(tickets.c.status)
    return {status: int(count) for status, count in connection.execute(query)}


def answer_ticket(
    connection: sa.Connection, sealer: Sealer, person: Person, ticket_id: str, words: str, now: datetime
) -> bool:
    """Answer an open ticket; False where somebody was faster."""
    sealed = seal_text(sealer, tickets.c.answer, words, id=ticket_id)
    answered = {"status": "answered", "answer": sealed, "answered_by": person.login, "answered_at": to_text(now)}
    mine = (tickets.c.id == ticket_id, tickets.c.status == "open", scope(person))
    return connection.execute(tickets.update().where(*mine).values(answered)).rowcount == 1


def may_answer(person: Person, ticket: Ticket) -> bool:
    """Its department answers; who only passes on does not."""
    return ticket.status == "open" and ticket.department in person.departments


def _open(sealer: Sealer, row: Any) -> Ticket:
    told = sealer.open(bytes(row.sealed), row.id)
    return Ticket(
        row.id,
        row.number,
        row.case_id,
        row.kind,
        row.department,
        row.status,
        told["caller"],
        told["phone"],
        told["words"],
        row.opened_by,
        from_text(row.opened_at),
        open_text(sealer, tickets.c.answer, row),
        row.answered_by or "",
        from_text(row.answered_at) if row.answered_at else None,
    )
