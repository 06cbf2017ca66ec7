"""Calls to the hotline about the demonstration's cases, written down and answered as the pages do it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine.actors import Actor
from engine.sealing import Sealer
from engine.tables import user_groups, users
from web.access.people import Person, read_staff
from web.demonstration.stories import Story
from web.hotline.tickets import answer_ticket, open_ticket

OPERATOR = "hotline.operator"
_ANSWERED_AFTER = timedelta(hours=20)


def open_tickets(
    connection: sa.Connection, sealer: Sealer, story: Story, case: Any, called: datetime, now: datetime
) -> None:
    """The tickets of a story, the first a day after it began; nothing where the accounts for it are missing."""
    operator = _find_person(connection, OPERATOR, case.region)
    for number, ticket in enumerate(story.tickets, start=1):
        clerk = _find_person(connection, f"{ticket.department}.", case.region)
        if operator is None:
            continue
        told = {name: str(getattr(ticket, name)) for name in ("kind", "department", "caller", "phone", "words")}
        at = min(called + timedelta(days=number), now - timedelta(hours=1))
        ticket_id = open_ticket(connection, sealer, operator, told, case, at)
        if ticket.answer and clerk is not None:
            answered = min(at + _ANSWERED_AFTER, now)
            answer_ticket(connection, sealer, clerk, ticket_id, ticket.answer, answered)


def _find_person(connection: sa.Connection, group: str, region: str) -> Person | None:
    """The first account of a group (of a department, where it ends in a dot) in whose region the case is."""
    named = user_groups.c.name
    mine = named.startswith(group, autoescape=True) if group.endswith(".") else named == group
    query = sa.select(users.c.id, users.c.region).join(user_groups, user_groups.c.user_id == users.c.id).where(mine)
    for row in connection.execute(query.order_by(users.c.login)):
        if Actor("", region=row.region).covers(region):
            found = read_staff(connection, users.c.id == row.id)
            return found.person if found else None
    return None
