"""Watching the limits of items: a reminder before, a mark and a notice after (催办、督办; P-12, P-17)."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import sqlalchemy as sa

from engine.clock import local_date, to_text
from engine.registry import CaseAccess, Job, worker
from tasks import legal_clock
from tasks import tables as d
from tasks.command import connection_of
from tasks.items import FINAL, get_item, refresh_due, write_item
from tasks.notices import queue_notice

DUE_SOON = 3  # working days before the limit at which the department is reminded (assumed)


@worker("items.watch", in_transaction=True, inputs=("item",))
def watch(job: Job, case: CaseAccess) -> None:
    """Look at an item daily: ``due_soon`` with at most three working days left, ``overdue`` after the limit; once each.

    While the clock stands nobody is late. The documents give the limit alone (H-33); reminding is inferred (P-12).
    """
    connection, code = connection_of(case), str(job.inputs["item"])
    row = get_item(connection, job.case_id, code)
    if row.status in FINAL or row.status == "dormant":
        return
    due = refresh_due(case, row)
    if due is None or legal_clock.is_standing(connection, job.case_id, code):
        return
    if local_date(case.now()) > due:
        if not row.overdue:
            write_item(case, job.case_id, code, overdue=True)
        _mark_once(case, job.case_id, code, "overdue", due, "已超过办理时限")
        return
    left = legal_clock.days_left(connection, job.case_id, code, due, case.now())
    if left <= DUE_SOON:
        _mark_once(case, job.case_id, code, "due_soon", due, f"距办理时限还有{left}个工作日")


def _mark_once(case: CaseAccess, case_id: str, code: str, kind: str, due: date, reason: str) -> None:
    """A supervision mark and a notice to the supervisors, the first time."""
    c = d.supervision.c
    query = sa.select(c.id).where(c.case_id == case_id, c.item == code, c.kind == kind)
    if connection_of(case).execute(query).first() is not None:
        return
    row = {"id": uuid4().hex, "case_id": case_id, "item": code, "kind": kind, "noted_at": to_text(case.now())}
    connection_of(case).execute(d.supervision.insert().values(row))
    values = {"reason": reason, "until": due.isoformat()}
    queue_notice(case, case_id, "reminder_clerk", "supervisor", item=code, values=values)
