"""Watching the limits of items: a reminder before, a mark and a notice after (催办、督办; P-12, P-17)."""

from __future__ import annotations

import sqlalchemy as sa

from engine.clock import local_date
from engine.registry import CaseAccess, Job, worker
from tasks import gaps, legal_clock, supervision
from tasks import tables as d
from tasks.command import connection_of
from tasks.items import FINAL, get_item, refresh_due, write_item

DUE_SOON = 3  # working days before the limit at which the department is reminded (assumed)


@worker("items.watch", in_transaction=True, inputs=("item",))
def watch(job: Job, case: CaseAccess) -> None:
    """Look at an item daily: ``due_soon`` with at most three working days left, ``overdue`` after the limit; once each.

    While the clock stands nobody is late. A document that was deferred and has not come by its day is marked as well
    (``deferred_uncured``, P-17, C-33). The documents give the limit alone (H-33); reminding is inferred (P-12).
    """
    connection, code, today = connection_of(case), str(job.inputs["item"]), local_date(case.now()).isoformat()
    row = get_item(connection, job.case_id, code)
    if row.status in FINAL or row.status == "dormant":
        return
    if any((late.deferred_until or "") < today for late in gaps.of_item(connection, row.filing_id, code)):
        _mark_once(case, job.case_id, code, "deferred_uncured")
    due = refresh_due(case, row)
    if due is None or legal_clock.is_standing(connection, job.case_id, code):
        return
    if today > due.isoformat():
        if not row.overdue:
            write_item(case, job.case_id, code, overdue=True)
        _mark_once(case, job.case_id, code, "overdue")
        return
    if legal_clock.days_left(connection, job.case_id, code, due, case.now()) <= DUE_SOON:
        _mark_once(case, job.case_id, code, "due_soon")


def _mark_once(case: CaseAccess, case_id: str, code: str, kind: str) -> None:
    """Mark the item and tell the supervisors, the first time; a mark that somebody has cleared is not set again."""
    c = d.supervision.c
    query = sa.select(c.id).where(c.case_id == case_id, c.item == code, c.kind == kind)
    if connection_of(case).execute(query).first() is None:
        supervision.mark(case, case_id, kind, code)
