"""Which part a family has in a case: the row that lets it see the case, and the application that is its own."""

from __future__ import annotations

import re
from typing import Any

import orjson
import sqlalchemy as sa

from engine import db
from engine import tables as t
from engine.clock import to_text
from engine.execution import execute
from engine.pack_schema import Manifest
from engine.runtime import Runtime
from engine.unit import Unit
from tasks import tables as d
from tasks.filings import FIRST
from web.access import current
from web.access.people import Person
from web.services import services
from web.tables import case_parties as p
from web.tables import families

APPLICANTS = ("applicant", "agent")
_FILING = re.compile(r"filings\.(f[0-9]+)(?:\.|$)")


def own_phone() -> str:
    """The telephone that the signed-in family has proven to be its own; "" where it came by an identity platform."""
    own = services()
    with db.reading(own.database) as connection:
        row = connection.execute(sa.select(families).where(families.c.id == current.family_id())).one()
    told = own.runtime.sealer.open(bytes(row.sealed), row.id)
    return str(told.get("phone") or "")


def filings_of(connection: sa.Connection, case_id: str, family_id: str) -> frozenset[str]:
    """The applications of a case that are the family's own, by name."""
    mine = (p.c.case_id == case_id, p.c.family_id == family_id, p.c.role.in_(APPLICANTS), p.c.filing.is_not(None))
    return frozenset(connection.execute(sa.select(p.c.filing).where(*mine)).scalars())


def roles_of(connection: sa.Connection, case_id: str, family_id: str) -> frozenset[str]:
    """As what the family takes part in the case."""
    mine = (p.c.case_id == case_id, p.c.family_id == family_id)
    return frozenset(connection.execute(sa.select(p.c.role).where(*mine)).scalars())


def add_party(connection: sa.Connection, case_id: str, family_id: str, role: str, filing: str | None, now: Any) -> None:
    """Give the family a part; having it already is no fault."""
    key = (p.c.case_id == case_id, p.c.family_id == family_id, p.c.role == role)
    if connection.execute(sa.select(p.c.role).where(*key)).first() is None:
        row = {"case_id": case_id, "family_id": family_id, "role": role, "filing": filing}
        connection.execute(p.insert().values(**row, since=to_text(now)))


def filing_of(connection: sa.Connection, row: Any) -> str | None:
    """The application that a user task (a row of ``user_tasks``) belongs to; None for what is nobody's."""
    found = _FILING.match(row.facts_path or "")
    if found:
        return found[1]
    given = orjson.loads(row.locals)
    if isinstance(given.get("filing"), str):
        return str(given["filing"])
    if not isinstance(given.get("item"), str):
        return None
    i, f = d.items.c, d.filings.c
    query = sa.select(f.name).where(i.case_id == row.case_id, i.code == given["item"], f.id == i.filing_id)
    return connection.execute(query).scalar()


def applicant_tasks(connection: sa.Connection, case_id: str, filings: frozenset[str]) -> list[Any]:
    """The open user tasks of a case that wait for the applicant of one of ``filings``, the oldest first."""
    return [row for row, _ in placed_tasks(connection, case_id, filings)]


def placed_tasks(connection: sa.Connection, case_id: str, filings: frozenset[str]) -> list[tuple[Any, str]]:
    """The same, each with its application."""
    c, group = t.user_tasks.c, t.user_task_candidates.c
    listed = sa.exists().where(group.user_task_id == c.id, group.kind == "group", group.name == "applicant")
    query = sa.select(t.user_tasks).where(
        c.case_id == case_id, c.status == "open", sa.or_(c.candidate_group == "applicant", listed)
    )
    rows = connection.execute(query.order_by(c.created_at, c.id))
    placed = ((row, filing_of(connection, row)) for row in rows)
    return [(row, filing) for row, filing in placed if filing in filings]


def is_first_free(connection: sa.Connection, case_id: str) -> bool:
    """Whether the case waits for its first application, and nobody has begun it."""
    taken = (p.c.case_id == case_id, p.c.filing == FIRST)
    if connection.execute(sa.select(p.c.family_id).where(*taken)).first() is not None:
        return False
    return any(
        row.element_id == "file_application" and row.assignee is None
        for row in applicant_tasks(connection, case_id, frozenset({FIRST}))
    )


def agent_channel(manifest: Manifest) -> str:
    """The code of the channel through which somebody applies for a family; "" where the pack has none open."""
    return next((code for code, one in manifest.channels.items() if one.kind == "agent" and one.open), "")


def told_by_account(case_id: str, manifest: Manifest) -> dict[str, Any]:
    """What the account says of who applies: an applicant's telephone, or who acts for one and through which channel."""
    person = current.person()
    with db.reading(services().database) as connection:
        if person is None or "agent" not in roles_of(connection, case_id, person.id):
            return {"applicant": {"phone": own_phone()}}
    return {"channel": agent_channel(manifest), "agent": {"name": person.name, "phone": own_phone()}}


def take_first(runtime: Runtime, person: Person, case: Any, role: str = "applicant") -> bool:
    """Make the family the first applicant, or its agent, under the case's lock; False where another was faster."""

    def body(unit: Unit) -> bool:
        unit.lock(case.id)
        if not is_first_free(unit.connection, case.id):
            return FIRST in filings_of(unit.connection, case.id, person.id)
        add_party(unit.connection, case.id, person.id, role, FIRST, unit.now())
        return True

    return execute(runtime, person.act(region=case.region), body)
