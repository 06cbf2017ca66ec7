"""Attempts that are counted: failed sign-ins, sent codes, tried codes; by whom, and from where.

An attempt is written before it is tried and crossed out when it succeeds, so that many at once cannot all slip under
the limit.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from engine.clock import to_text
from web.tables import attempts

KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failed attempts ``by_subject`` and ``by_address`` within ``span``; what comes after waits."""

    purpose: str
    by_subject: int
    by_address: int
    span: timedelta


SIGN_IN = Limit("sign_in", 5, 20, timedelta(minutes=15))
"""An address is often a whole service hall behind one router: it may fail more often than one account."""
CODE_SENT = Limit("code_sent", 5, 20, timedelta(hours=1))
CODE_TRIED = Limit("code_tried", 10, 40, timedelta(hours=1))
SECOND_FACTOR = Limit("second_factor", 5, 20, timedelta(minutes=15))


def begin_attempt(connection: sa.Connection, limit: Limit, subject: str, address: str, now: datetime) -> str | None:
    """Count an attempt; its id, or None where the limit is reached. Needs a transaction of its own."""
    _serialise(connection, limit.purpose, subject, address)
    for column, value, most in (("subject", subject, limit.by_subject), ("address", address, limit.by_address)):
        if _count(connection, limit, column, value, now) >= most:
            return None
    attempt_id = secrets.token_hex(16)
    row = {"id": attempt_id, "purpose": limit.purpose, "subject": subject, "address": address}
    connection.execute(attempts.insert().values(**row, failed=True, at=to_text(now)))
    return attempt_id


def forgive(connection: sa.Connection, limit: Limit, subject: str, attempt_id: str) -> None:
    """The attempt succeeded: it and the subject's failures before it no longer count."""
    own = attempts.c.purpose == limit.purpose
    connection.execute(attempts.delete().where(own, attempts.c.subject == subject))
    connection.execute(attempts.delete().where(attempts.c.id == attempt_id))


def unlock(connection: sa.Connection, limit: Limit, subject: str) -> int:
    """Forget every failure of a subject; how many there were."""
    own = (attempts.c.purpose == limit.purpose, attempts.c.subject == subject)
    return int(connection.execute(attempts.delete().where(*own)).rowcount)


def tidy_attempts(connection: sa.Connection, now: datetime) -> int:
    """Remove what no limit looks at any more; how many."""
    return connection.execute(attempts.delete().where(attempts.c.at < to_text(now - KEPT))).rowcount


def _count(connection: sa.Connection, limit: Limit, column: str, value: str, now: datetime) -> int:
    recent = attempts.c.at > to_text(now - limit.span)
    query = sa.select(sa.func.count()).select_from(attempts)
    where = (attempts.c.purpose == limit.purpose, attempts.c[column] == value, attempts.c.failed, recent)
    return int(connection.execute(query.where(*where)).scalar_one())


def _serialise(connection: sa.Connection, *parts: str) -> None:
    """One at a time for a subject and an address; SQLite's writers wait for each other anyway."""
    if connection.dialect.name == "postgresql":
        for part in sorted({f"{parts[0]} {part}" for part in parts[1:]}):
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:part, 0))"), {"part": part})
