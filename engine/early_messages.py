"""Messages that came before anybody waited for them: which of them a wait that has just opened may have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from engine import tables as t
from engine.bpmn.host import MessageAwaited
from engine.prepared import Prepared

NOTHING = b""  # what is left of a payload that nobody needs any more
_EARLY_MESSAGES = (
    sa.select(t.message_inbox)
    .where(
        t.message_inbox.c.case_id == sa.bindparam("case"),
        t.message_inbox.c.status == "waiting",
        t.message_inbox.c.name.in_(sa.bindparam("names", expanding=True)),
        t.message_inbox.c.expires_at > sa.bindparam("now"),
    )
    .order_by(t.message_inbox.c.received_at, t.message_inbox.c.id)
)
_MARK_DELIVERED = (
    t.message_inbox.update()
    .where(t.message_inbox.c.id == sa.bindparam("message"))
    .values(status="delivered", delivered_at=sa.bindparam("now"), payload=NOTHING)
)
_EXPIRE_MESSAGES = Prepared(
    t.message_inbox.update()
    .where(t.message_inbox.c.case_id == sa.bindparam("case"), t.message_inbox.c.status == "waiting")
    .values(status="expired", payload=NOTHING)
)


def find(
    connection: sa.Connection, case_id: str, waits: Iterable[MessageAwaited], now: str
) -> tuple[MessageAwaited, Any] | None:
    """The oldest message of the case that fits one of ``waits``, with that wait."""
    names = sorted({wait.name for wait in waits})
    for row in connection.execute(_EARLY_MESSAGES, {"case": case_id, "names": names, "now": now}).all():
        for wait in waits:
            if wait.name == row.name and wait.correlation_key in (None, row.correlation_key):
                return wait, row
    return None


def mark_delivered(connection: sa.Connection, message_id: str, now: str) -> None:
    connection.execute(_MARK_DELIVERED, {"message": message_id, "now": now})


def expire(connection: sa.Connection, case_id: str) -> None:
    """Nobody will wait for them: the case has ended."""
    _EXPIRE_MESSAGES.run(connection, {"case": case_id})
