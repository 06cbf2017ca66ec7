"""Objections (异议) of other heirs: money waits until they are settled, everything else goes on.

Rule: C-26, inferred: no document speaks of it; 附件4 (1), (5) leave the dispute itself to the heirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from engine.clock import to_text
from engine.errors import RuleViolation
from engine.registry import CaseAccess, Job, worker
from tasks import guards, recalls
from tasks import tables as d
from tasks.command import connection_of, text_of, values_at
from tasks.sealed_texts import seal_text

DECISIONS = {"rejected": "异议不成立", "upheld": "异议成立", "retracted": "异议人撤回"}


FILED = "objections.filed"  # where the message's form leaves the latest


@worker("objection.open", in_transaction=True, outputs=("objection_id", "objection"))
def open_objection(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Note an objection: payments stop at once; the cremation and the other work do not.

    Its record lies under ``objections.<objection>``: o1, o2 … What was filed is under ``filed`` there.
    Refuses with death_revoked, objector_missing, reason_missing.
    """
    connection = connection_of(case)
    guards.lock_case(connection, job.case_id)
    guards.check_not_revoked(connection, job.case_id)
    filed = values_at(case, FILED)
    objector, reason = text_of(filed, "objector"), text_of(filed, "reason")
    if not objector:
        raise RuleViolation("objector_missing", "请填写异议人姓名", "C-26")
    if not reason:
        raise RuleViolation("reason_missing", "请写明异议的理由", "C-26")
    objection_id = uuid4().hex
    row = {
        "id": objection_id,
        "case_id": job.case_id,
        "objector": seal_text(case.sealer, d.objections.c.objector, objector, id=objection_id),
        "reason": seal_text(case.sealer, d.objections.c.reason, reason, id=objection_id),
        "status": "open",
        "filed_at": to_text(case.now()),
        "filed_by": case.actor.id,
    }
    connection.execute(d.objections.insert().values(row))
    name = _lay_down(case, job.case_id, filed)
    _mirror(case, job.case_id)
    case.publish("payments_barred")
    recalls.recall_payments(case, job.case_id)
    return {"objection_id": objection_id, "objection": name}


@worker("objection.close", in_transaction=True, inputs=("decision", "document?", "objection_id?"))
def close_objection(job: Job, case: CaseAccess) -> None:
    """Settle an objection: ``rejected``, ``upheld`` (then nothing is paid here) or ``retracted``.

    Without an id it is the oldest open one. A decision against or for the objector names the document it rests on
    (assumed). Refuses with decision_unknown, objection_unknown, document_missing.
    """
    connection, decision = connection_of(case), str(job.inputs["decision"])
    guards.lock_case(connection, job.case_id)
    if decision not in DECISIONS:
        raise RuleViolation("decision_unknown", f"请选择异议的处理结果：{'、'.join(DECISIONS.values())}")
    row = _find_open(connection, job.case_id, job.inputs.get("objection_id"))
    document = text_of(job.inputs, "document")
    if decision != "retracted" and not document:
        raise RuleViolation("document_missing", "请填写处理异议所依据的文书编号，如调解书、判决书", "C-26")
    ended = {"ended_at": to_text(case.now()), "ended_by": case.actor.id, "document": document or None}
    connection.execute(d.objections.update().where(d.objections.c.id == row.id).values(status=decision, **ended))
    if not _mirror(case, job.case_id):
        case.publish("payment_gate_changed")


def _lay_down(case: CaseAccess, case_id: str, filed: Mapping[str, Any]) -> str:
    """Keep what was filed apart from what others file, for whoever settles it; the objection's name."""
    count = sa.select(sa.func.count()).select_from(d.objections).where(d.objections.c.case_id == case_id)
    name = f"o{connection_of(case).execute(count).scalar_one()}"
    case.write_facts({"filed": {"relation": filed.get("relation")}}, f"objections.{name}")
    told = {key: text_of(filed, key) for key in ("objector", "phone", "reason")}
    case.write_sealed({"filed": {key: text for key, text in told.items() if text}}, f"objections.{name}")
    return name


def _find_open(connection: sa.Connection, case_id: str, objection_id: str | None) -> Any:
    c = d.objections.c
    chosen = [c.id == objection_id] if objection_id else []
    query = sa.select(d.objections).where(c.case_id == case_id, c.status == "open", *chosen)
    row = connection.execute(query.order_by(c.filed_at, c.id)).first()
    if row is None:
        raise RuleViolation("objection_unknown", "没有待处理的异议，请刷新后再试")
    return row


def _mirror(case: CaseAccess, case_id: str) -> bool:
    """The facts that diagrams read; whether an objection is still open."""
    query = sa.select(d.objections.c.status).where(d.objections.c.case_id == case_id)
    statuses = set(connection_of(case).execute(query).scalars())
    case.write_facts({"open": "open" in statuses, "upheld": "upheld" in statuses}, "objection")
    return "open" in statuses
