"""How often an address may look papers up: who guesses tokens is stopped long before one could be right."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from engine.clock import to_text
from web.access.attempts import Limit, begin_attempt
from web.services import Services
from web.tables import attempts

LOOKED_UP = Limit("verify", 600, 600, timedelta(minutes=10))
"""A service hall behind one router checks many."""
MISSED = Limit("verify_missed", 20, 20, timedelta(minutes=10))


def may_look(own: Services, address: str, *, found: bool) -> bool:
    """Whether ``address`` may have an answer now. What was found counts, and what was not counts for much more."""
    subject, now = own.runtime.sealer.fingerprint("address", address), own.clock.now()
    with own.database.begin() as connection:
        missed = sa.select(sa.func.count()).where(
            attempts.c.purpose == MISSED.purpose,
            attempts.c.subject == subject,
            attempts.c.at > to_text(now - MISSED.span),
        )
        if connection.execute(missed).scalar_one() >= MISSED.by_subject:
            return False
        if not found and begin_attempt(connection, MISSED, subject, address, now) is None:
            return False
        return begin_attempt(connection, LOOKED_UP, subject, address, now) is not None
