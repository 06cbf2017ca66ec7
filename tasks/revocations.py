"""Revocation of a death (撤销死亡登记): the wrong person, or somebody who is alive. Everything that was told is untold.

Rule: C-26. No document covers it, so all of it is inferred; INV-11.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine.clock import to_text
from engine.errors import RuleViolation
from engine.registry import CaseAccess, Job, worker
from tasks import guards, items, outbox, payments, recalls, supervision, terminations
from tasks import tables as d
from tasks.command import connection_of, facts_at, text_of, values_at
from tasks.pushes import queue_push
from tasks.sealed_texts import seal_text

REASON = "死亡登记已撤销"
REQUESTED = "revocations.requested"  # where the message's form leaves what was asked


@worker("revocation.open", in_transaction=True, outputs=("request",))
def open_request(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Note a request (message ``revocation_requested``), whose record lies under ``revocations.<request>``: v1, v2 …

    Refuses with revoked_already. Rule: C-26, inferred.
    """
    guards.lock_case(connection_of(case), job.case_id)
    _demand_unrevoked(case, job.case_id)
    asked = values_at(case, REQUESTED)
    known = sum(1 for name in facts_at(case, "revocations") if f"revocations.{name}" != REQUESTED)
    request = f"v{known + 1}"
    stated = {"document_number": asked.get("document_number"), "by": case.actor.id, "at": to_text(case.now())}
    case.write_facts({"asked": stated}, f"revocations.{request}")
    case.write_sealed({"asked": {"reason": text_of(asked, "reason")}}, f"revocations.{request}")
    return {"request": request}


@worker("revocation.overtake", in_transaction=True, inputs=("request",))
def overtake(job: Job, case: CaseAccess) -> None:
    """End a request that nobody has decided: another was granted, which ``overtaken_by`` names with its document."""
    row = connection_of(case).execute(_revocation(job.case_id)).one()
    granted = [name for name, one in facts_at(case, "revocations").items() if one.get("decision") == "revoke"]
    why = {"request": next(iter(granted), None), "document": row.document, "at": to_text(case.now())}
    case.write_facts({"decision": "overtaken", "overtaken_by": why}, f"revocations.{job.inputs['request']}")


@worker("death.revoke", in_transaction=True, inputs=("document", "request?", "reason?"))
def revoke(job: Job, case: CaseAccess) -> None:
    """Revoke the death: its certificates end, pushes are recalled, terminations reversed, the work on the case stops.

    What was ordered and not paid is cancelled, and the bank is told; what was paid is for supervision to fetch back.
    Items that had ended keep their result and are marked as recalled, those under way end as not applicable. A body
    that was cremated by mistake stays on record, with its certificate, as ``remains.identity_doubtful``. Without
    a ``reason`` it is the one that the request was granted for, which is sealed. Refuses with revocation_unfounded,
    revoked_already.
    """
    connection, now = connection_of(case), to_text(case.now())
    reason, document = text_of(job.inputs, "reason") or _granted_for(job, case), text_of(job.inputs, "document")
    guards.lock_case(connection, job.case_id)
    if not reason or not document:
        message = "请填写撤销原因和依据文书的编号（法院判决书、公安更正证明等）后再撤销"
        raise RuleViolation("revocation_unfounded", message, "C-26")
    _demand_unrevoked(case, job.case_id)
    row = {"case_id": job.case_id, "document": document, "revoked_at": now, "revoked_by": case.actor.id}
    sealed = seal_text(case.sealer, d.revocations.c.reason, reason, case_id=job.case_id)
    connection.execute(d.revocations.insert().values(**row, reason=sealed))
    connection.execute(d.deceased.update().where(d.deceased.c.case_id == job.case_id).values(revoked_at=now))
    case.write_facts({"revoked": True})
    _end_certificates(case, job.case_id, now)
    _end_items(case, job.case_id, now)
    terminations.reverse(case, job.case_id)
    _recall_pushes(case, job.case_id)
    _end_payments(case, job.case_id)
    _flag_remains(case, job.case_id)
    case.publish("death_revoked")


def _granted_for(job: Job, case: CaseAccess) -> str:
    request = text_of(job.inputs, "request")
    return text_of(values_at(case, f"revocations.{request}"), "reason") if request else ""


def _demand_unrevoked(case: CaseAccess, case_id: str) -> None:
    if connection_of(case).execute(_revocation(case_id)).first() is not None:
        raise RuleViolation("revoked_already", "本办件的死亡登记已经撤销，不必再次撤销；请查看撤销记录", "C-26")


def _revocation(case_id: str) -> sa.Select[Any]:
    return sa.select(d.revocations).where(d.revocations.c.case_id == case_id)


def _end_certificates(case: CaseAccess, case_id: str, now: str) -> None:
    """Every certificate of the death; that of a cremation certifies a cremation, which has taken place."""
    c = d.certificates.c
    live = c.case_id == case_id, c.kind != "cremation", c.status.in_(("recorded", "valid"))
    connection_of(case).execute(d.certificates.update().where(*live).values(status="revoked", ended_at=now))
    case.write_facts({"valid": False}, "certificate")


def _end_items(case: CaseAccess, case_id: str, now: str) -> None:
    connection, c = connection_of(case), d.items.c
    for row in connection.execute(sa.select(c.code, c.status).where(c.case_id == case_id).order_by(c.code)).all():
        if row.status == "done":
            connection.execute(d.items.update().where(c.case_id == case_id, c.code == row.code).values(recalled_at=now))
        elif row.status not in items.FINAL:
            items.end_item(case, case_id, row.code, "not_applicable", REASON)


def _recall_pushes(case: CaseAccess, case_id: str) -> None:
    """Each push is recalled once, where it went. One that still waits is told too: it may be on its way."""
    for row in outbox.find_recallable(connection_of(case), case_id):
        outbox.mark_recalled(connection_of(case), row.id)
        payload = {"recalled": {"id": row.id, "kind": row.subject}}
        queue_push(case, case_id, row.receiver, "recall", payload, item=row.item, recalls=row.id)


def _end_payments(case: CaseAccess, case_id: str) -> None:
    """No order outlives the death; whether one that the bank had in hand was paid is for somebody to ask."""
    connection, p = connection_of(case), d.payments.c
    live = p.case_id == case_id, p.status.in_(items.LIVE_PAYMENT)
    query = sa.select(p.id, p.item, p.status).where(*live).order_by(p.ordered_at, p.id)
    for row in connection.execute(query).all():
        if row.status == "paid":
            supervision.mark(case, case_id, "paid_before_revocation", row.item)
            continue
        job = recalls.lock_bank_job(connection, case_id, row.id)
        payments.end_payment(case, row, status="cancelled")
        queue_push(case, case_id, "bank", "recall", {"recalled": {"id": row.id, "kind": "payment"}}, item=row.item)
        if job is not None and job.attempts > 0:
            supervision.mark(case, case_id, "payment_unclear", row.item)


def _flag_remains(case: CaseAccess, case_id: str) -> None:
    cremated = sa.select(d.cremations.c.case_id).where(d.cremations.c.case_id == case_id)
    if connection_of(case).execute(cremated).first() is not None:
        case.write_facts({"identity_doubtful": True}, "remains")
