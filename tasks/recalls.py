"""Taking back what was ordered (收回付款): a freeze or an objection comes after the order, and before the money left.

While the bank has not taken its job, the payment is recalled and ends cancelled. Once it has, nobody here knows whether
the money has gone: the payment stays ordered, its answer is still taken, and supervision is told.

Rule: INV-5, INV-8; C-26. That a job which the bank has taken cannot be called back is assumed.
"""

from __future__ import annotations

from typing import Any

import orjson
import sqlalchemy as sa

from engine import tables as t
from engine.registry import CaseAccess
from tasks import supervision
from tasks import tables as d
from tasks.command import connection_of

_ALIVE = ("available", "leased", "dead")


def recall_payments(case: CaseAccess, case_id: str) -> None:
    """Publish ``payment_recalled`` (its key is the payment's id) for each order that the bank has not taken.

    One whose job was tried before is recalled too, since it would be tried again; but whether the bank paid is for
    somebody to ask (``payment_unclear``), as it is for a job that the bank has in hand. The latter is not tried again
    by itself: a failed attempt ends in an incident.
    """
    connection, p = connection_of(case), d.payments.c
    ordered = sa.select(p.id, p.item).where(p.case_id == case_id, p.status == "ordered").order_by(p.ordered_at, p.id)
    for payment in connection.execute(ordered).all():
        job = lock_bank_job(connection, case_id, payment.id)
        taken = job is not None and job.status == "leased"
        if job is not None and (taken or job.attempts > 0):
            supervision.mark(case, case_id, "payment_unclear", payment.item)
        if taken:
            connection.execute(t.jobs.update().where(t.jobs.c.id == job.id).values(retries_left=1))
        else:
            case.publish("payment_recalled", correlation_key=payment.id)


def lock_bank_job(connection: sa.Connection, case_id: str, payment_id: str) -> Any:
    """The bank's job for a payment, which nobody takes until this command has ended; None where there is none."""
    c = t.jobs.c
    waiting = sa.select(t.jobs).where(c.case_id == case_id, c.status.in_(_ALIVE)).with_for_update()
    found = connection.execute(waiting).all()
    return next((job for job in found if orjson.loads(job.inputs).get("payment_id") == payment_id), None)
