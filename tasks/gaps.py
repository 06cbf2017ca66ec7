"""Gaps (补交材料; one document says 容缺): what an application was accepted without, until the family brings it.

Accepting with gaps is an early start, not a waiver: what an item still lacks must come before the item is done or paid
(assumed). Only one of the documents speaks of gaps (C-33), so it is a switch of the pack; G-8 wants every document
marked. An original that only the window can see (medium ``original``) waits in the same way where the pack says so
(C-23): it is no gap of the family's, it is looked at when somebody comes.
"""

from __future__ import annotations

from typing import Any

import orjson
import sqlalchemy as sa

from engine.errors import RuleViolation
from engine.registry import CaseAccess, ReleaseAccess
from tasks import tables as d
from tasks.command import connection_of
from tasks.switches import switch

ORIGINAL = "original"
"""The medium of what only the paper itself is: no upload and no register stands in for it."""
CURE_DAYS = 10  # working days to bring a deferred document, where the pack does not say (assumed)


def are_accepted(case: CaseAccess) -> bool:
    """Whether the pack takes applications with gaps. Rule: C-33."""
    return switch(case.release, "materials.deferral") is True


def wait_for_originals(case: CaseAccess) -> bool:
    """Whether items wait for an original that must be shown at the window, and the application does not. Rule: C-23."""
    return bool(switch(case.release, "materials.at_window") == "later")


def days_to_show(case: CaseAccess) -> int:
    """Working days after acceptance to show an original whose own terms give no number (assumed)."""
    return int(switch(case.release, "materials.cure_days", CURE_DAYS))


def usual_days(case: CaseAccess) -> int | None:
    """Working days to bring a document whose own terms say nothing; None where no gaps are accepted."""
    return usual_days_of(case.release)


def usual_days_of(release: ReleaseAccess) -> int | None:
    """The same for whoever has no case before them."""
    if switch(release, "materials.deferral") is not True:
        return None
    return int(switch(release, "materials.cure_days", CURE_DAYS))


def of_item(connection: sa.Connection, filing_id: str, item: str) -> list[Any]:
    """The documents for an item that are still to come."""
    return [row for row in _with_status(connection, filing_id, "deferred") if item in orjson.loads(row.items)]


def of_filing(connection: sa.Connection, filing_id: str) -> list[Any]:
    """The documents of an application that are still to come, the first due first."""
    return sorted(_with_status(connection, filing_id, "deferred"), key=lambda row: (row.deferred_until or "", row.code))


def rests_on_words(connection: sa.Connection, filing_id: str, item: str) -> bool:
    """Whether an item was accepted on a gap or a declaration, which a person has to weigh and no system can."""
    return any(item in orjson.loads(row.items) for row in _with_status(connection, filing_id, "deferred", "pledged"))


def demand_cured(connection: sa.Connection, filing_id: str | None, item: str, name: str) -> None:
    """Raises ``gap_uncured`` or ``original_unseen`` while a document for the item is still to come, or to be shown.

    Rule: G-8, C-33, C-23; assumed.
    """
    rows = of_item(connection, filing_id, item) if filing_id else []
    if unseen := [row.name for row in rows if row.medium == ORIGINAL]:
        which = "、".join(unseen)
        message = f"“{name}”要先由窗口核验原件（{which}），核验后再办结；逾期不来核验的，可以退回补正或转线下"
        raise RuleViolation("original_unseen", message, "C-23")
    if rows:
        which = "、".join(row.name for row in rows)
        message = f"“{name}”还有材料没有补齐（{which}），补齐后再办结；逾期不补的，可以退回补正或不予办理"
        raise RuleViolation("gap_uncured", message, "G-8")


def close_if_needless(case: CaseAccess, case_id: str, filing_id: str | None) -> None:
    """Tell whoever awaits the family's documents (``gaps_closed``) once no open item of the application needs one."""
    connection, m, i = connection_of(case), d.materials.c, d.items.c
    query = sa.select(m.status, m["items"]).where(m.filing_id == filing_id, m.deferred_until.is_not(None))
    rows = connection.execute(query).all()
    if not rows:
        return
    ended = sa.select(i.code).where(i.case_id == case_id, i.filing_id == filing_id, i.ended_at.is_(None))
    still_open = set(connection.execute(ended).scalars())
    if any(status == "deferred" and still_open.intersection(orjson.loads(items)) for status, items in rows):
        return
    name = connection.execute(sa.select(d.filings.c.name).where(d.filings.c.id == filing_id)).scalar_one()
    case.publish("gaps_closed", correlation_key=name)


def _with_status(connection: sa.Connection, filing_id: str, *statuses: str) -> list[Any]:
    c = d.materials.c
    query = sa.select(d.materials).where(c.filing_id == filing_id, c.status.in_(statuses)).order_by(c.code)
    return list(connection.execute(query))
