"""Sessions kept by the server: the cookie holds a random token, the table its hash and whose it is."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine.clock import from_text, to_text
from engine.prepared import Prepared
from web.tables import web_sessions

IDLE = {"staff": timedelta(hours=8), "family": timedelta(hours=2)}
LONGEST = timedelta(hours=24)  # a page that asks for news every minute is never idle
SEEN_EVERY = timedelta(minutes=1)  # a request that only reads then costs no write
_AGENT_LENGTH = 255
_mine = web_sessions.c
_FIND = Prepared(sa.select(web_sessions).where(_mine.id == sa.bindparam("id")))  # each request asks


def open_session(
    connection: sa.Connection, kind: str, owner_id: str, now: datetime, *, second_factor: bool, address: str, agent: str
) -> str:
    """Store a session of ``owner_id`` and return its token, which is nowhere else."""
    token = secrets.token_urlsafe(32)
    connection.execute(
        web_sessions.insert().values(
            id=digest(token),
            kind=kind,
            owner_id=owner_id,
            second_factor=second_factor,
            address=address,
            agent=agent[:_AGENT_LENGTH],
            created_at=to_text(now),
            seen_at=to_text(now),
        )
    )
    return token


def find_session(connection: sa.Connection, token: str, now: datetime) -> Any | None:
    """The row of a session that has not expired; None for any other token."""
    row = _FIND.first(connection, id=digest(token))
    return row if row and not has_expired(row, now) else None


def has_expired(row: Any, now: datetime) -> bool:
    """Whether nobody used the session for too long, or it is too old."""
    return now - from_text(row.seen_at) > IDLE[row.kind] or now - from_text(row.created_at) > LONGEST


def is_stale(row: Any, now: datetime) -> bool:
    """Whether ``seen_at`` should be written again."""
    return now - from_text(row.seen_at) >= SEEN_EVERY


def touch(connection: sa.Connection, session_id: str, now: datetime) -> None:
    """Note that the session was used."""
    connection.execute(web_sessions.update().where(_mine.id == session_id).values(seen_at=to_text(now)))


def list_sessions(connection: sa.Connection, kind: str, owner_id: str, now: datetime) -> list[Any]:
    """Sessions of somebody that still work, the latest used first."""
    rows = connection.execute(sa.select(web_sessions).where(*_of(kind, owner_id)).order_by(_mine.seen_at.desc()))
    return [row for row in rows if not has_expired(row, now)]


def end_session(connection: sa.Connection, session_id: str) -> None:
    connection.execute(web_sessions.delete().where(_mine.id == session_id))


def end_sessions(connection: sa.Connection, kind: str, owner_id: str, *, but: str = "") -> int:
    """End every session of somebody, except that of id ``but``; how many."""
    done = connection.execute(web_sessions.delete().where(*_of(kind, owner_id), _mine.id != but))
    return int(done.rowcount)


def tidy_sessions(connection: sa.Connection, now: datetime) -> int:
    """Remove sessions that have expired; how many."""
    idle = [sa.and_(_mine.kind == kind, _mine.seen_at < to_text(now - span)) for kind, span in IDLE.items()]
    expired = sa.or_(*idle, _mine.created_at < to_text(now - LONGEST))
    return connection.execute(web_sessions.delete().where(expired)).rowcount


def digest(token: str) -> str:
    """Under which a session is stored: who reads the table cannot take the session over."""
    return hashlib.sha256(token.encode()).hexdigest()


def _of(kind: str, owner_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return _mine.kind == kind, _mine.owner_id == owner_id
