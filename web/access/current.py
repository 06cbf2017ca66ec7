"""Who makes the present request. Read once a request, from the session that its cookie names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import abort, g, has_request_context, request, session

from engine import db
from engine.actors import Actor
from web.access import sessions
from web.access.people import Person, read_family, read_staff_of
from web.services import services

__all__ = ["Person", "actor", "address", "case", "family_id", "looking", "person", "visit"]
_TOKEN = "token"  # noqa: S105 - the name under which the cookie holds it


@dataclass(frozen=True, slots=True)
class Visit:
    """A session at work: its id, its owner, and whether the owner still owes the second factor (then only that)."""

    session_id: str
    owner: Person
    owes_code: bool
    totp_confirmed: bool


def person() -> Person | None:
    """Who is signed in, second factor included; None for anybody else."""
    found = visit()
    return found.owner if found and not found.owes_code else None


def actor() -> Actor:
    """The signed-in staff user towards the engine: id is the login. 404 for anybody else."""
    found = person()
    if found is None or found.kind != "staff":
        abort(404)
    return found.act()


def family_id() -> str:
    """The id of the signed-in family. 404 for anybody else."""
    found = person()
    if found is None or found.kind != "family":
        abort(404)
    return found.id


def case() -> Any:
    """The row of the case that the route's policy ``case_visible`` has found and allowed."""
    return g.case


def address() -> str:
    """Where the request comes from; behind a proxy only with SHENHOU_TRUSTED_PROXY."""
    return (request.remote_addr or "")[:64]


def visit() -> Visit | None:
    """The session of this request, also one that still owes the second factor."""
    if not has_request_context():
        return None
    if "visit" not in g:
        g.visit = _read_visit()
        if "looking" not in g:
            note_seen()
    found: Visit | None = g.visit
    return found


def enter(connection: sa.Connection, kind: str, owner_id: str, *, second_factor: bool) -> None:
    """Begin a session for this browser. Whatever it had before is gone: a planted cookie is worth nothing."""
    leave(connection)
    agent = request.user_agent.string
    opened = sessions.open_session(
        connection,
        kind,
        owner_id,
        services().clock.now(),
        second_factor=second_factor,
        address=address(),
        agent=agent,
    )
    session[_TOKEN] = opened


def leave(connection: sa.Connection) -> None:
    """End this browser's session, and forget everything in its cookie, the CSRF token too."""
    if token := session.get(_TOKEN):
        sessions.end_session(connection, sessions.digest(token))
    session.clear()
    g.pop("visit", None)
    g.pop("csrf_token", None)


@contextmanager
def looking() -> Iterator[sa.Connection]:
    """A read-only transaction; within another of these, that one: who asks and what they may see is one look."""
    if (outer := g.get("looking")) is not None:
        yield outer
        return
    with db.reading(services().database) as connection:
        g.looking = connection
        try:
            yield connection
        finally:
            g.pop("looking")


def _read_visit() -> Visit | None:
    token = session.get(_TOKEN)
    if not isinstance(token, str):
        return None
    own = services()
    now = own.clock.now()
    with looking() as connection:
        row = sessions.find_session(connection, token, now)
        found = _read_owner(connection, row) if row else None
    if row and found and sessions.is_stale(row, now):
        g.stale = row.id
    return found


def note_seen() -> None:
    """Write down that the session was used, if that is due; never within a look, which a writer may wait for."""
    own = services()
    if (stale := g.pop("stale", None)) is not None:
        with own.database.begin() as connection:
            sessions.touch(connection, stale, own.clock.now())


def _read_owner(connection: sa.Connection, row: Any) -> Visit | None:
    own = services()
    if row.kind == "family":
        family = read_family(connection, own.runtime.sealer, row.owner_id)
        return Visit(row.id, family, owes_code=False, totp_confirmed=False) if family else None
    standing = read_staff_of(connection, row.owner_id)
    if standing is None or not standing.active:
        return None
    owes = not row.second_factor and (standing.totp_confirmed or own.web.second_factor_required)
    return Visit(row.id, standing.person, owes, standing.totp_confirmed)
