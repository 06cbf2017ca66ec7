"""The freeze (冻结): set the moment police are told, lifted by police alone, never deleted.

Rule: H-17 (hunan-2025, 二(四)4(3)), 非正常死亡的，在公安部门审核完成前为冻结状态，殡仪馆不能火化. That every referral
freezes, not only a case that is known to be abnormal, is inferred (C-05, H-21); P-4, INV-2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from engine.clock import to_text
from engine.errors import RuleViolation
from engine.registry import CaseAccess, Job, worker
from tasks import funeral, guards, legal_clock, recalls
from tasks import tables as d
from tasks.command import connection_of, facts_at, stated_at, text_of, values_at
from tasks.items import refresh_all_due
from tasks.sealed_texts import seal_text

POLICE = "police."


@worker("hold.set", in_transaction=True, inputs=("source", "reason?", "stated_at?"), outputs=("hold_id", "review"))
def set_hold(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Freeze the case: the body is not disposed of and no money leaves; the clock stands (C-27).

    A second referral is a second hold with a review of its own, whose record lies under ``reviews.<review>``: r1, r2 …
    Why is either ``reason``, which stands in the diagram for all to read, or what somebody wrote, which is sealed at
    the dotted path ``stated_at``. It is kept sealed, and with the review for police alone (C-28).
    Refuses with death_revoked, source_missing, reason_missing.
    """
    connection, now = connection_of(case), to_text(case.now())
    guards.lock_case(connection, job.case_id)
    guards.check_not_revoked(connection, job.case_id)
    source = text_of(job.inputs, "source")
    reason = text_of(job.inputs, "reason") or stated_at(case, text_of(job.inputs, "stated_at"))
    if not source:
        raise RuleViolation("source_missing", "请写明由谁移送公安审核", "P-4")
    if not reason:
        raise RuleViolation("reason_missing", "请写明移送公安审核的原因", "P-4")
    hold_id, name = uuid4().hex, _next_name(connection, job.case_id)
    row = {"id": hold_id, "case_id": job.case_id, "name": name, "source": source[:32], "criminal": False}
    sealed = seal_text(case.sealer, d.holds.c.reason, reason, id=hold_id)
    connection.execute(d.holds.insert().values(**row, reason=sealed, set_at=now, set_by=case.actor.id))
    _mirror(case, job.case_id)
    case.write_sealed({"reason": reason}, review_path(name))
    legal_clock.stop_clock(case, job.case_id, "frozen")
    case.publish("remains_held")
    case.publish("payments_barred")
    recalls.recall_payments(case, job.case_id)
    funeral.tell_funeral_home(case)
    return {"hold_id": hold_id, "review": name}


@worker("hold.release", in_transaction=True, inputs=("hold_id", "document", "reason?"))
def release_hold(job: Job, case: CaseAccess) -> None:
    """Lift one hold, with reason, document and time; the case is free when none is left.

    Without a ``reason`` it is the one that police concluded with, which is sealed.

    The person who acts is of the police: neither an operator nor the engine lifts a freeze. It may be lifted after the
    death was revoked, since it opens nothing then. Refuses with only_police_release, hold_unknown, hold_kept,
    reason_missing, document_missing. Rule: INV-2, P-4; H-14 for a crime (按照刑事诉讼程序另行处理).
    """
    if not _is_police(case):
        message = "只有公安机关可以解除冻结；请联系办理审核的公安派出所"
        raise RuleViolation("only_police_release", message, "INV-2")
    connection = connection_of(case)
    guards.lock_case(connection, job.case_id)
    row = _get_active(connection, job.case_id, text_of(job.inputs, "hold_id"))
    reason = text_of(job.inputs, "reason") or _concluded(case, row)
    document = text_of(job.inputs, "document")
    if not reason:
        raise RuleViolation("reason_missing", "请写明解除冻结的原因", "P-4")
    if not document:
        needed = "司法机关出具的解除文书编号" if row.criminal else "公安机关的审核结论文书编号"
        raise RuleViolation("document_missing", f"请填写{needed}，再解除冻结", "P-4")
    ended = {"released_at": to_text(case.now()), "released_by": case.actor.id, "release_document": document}
    sealed = seal_text(case.sealer, d.holds.c.release_reason, reason, id=row.id)
    connection.execute(d.holds.update().where(d.holds.c.id == row.id).values(**ended, release_reason=sealed))
    _mirror(case, job.case_id)
    if not guards.is_held(connection, job.case_id):
        legal_clock.end_pause(connection, job.case_id, case.now(), reason="frozen")
        refresh_all_due(case, job.case_id)
        case.publish("gate_changed")
        case.publish("payment_gate_changed")


@worker("hold.mark_criminal", in_transaction=True, inputs=("hold_id",))
def mark_criminal(job: Job, case: CaseAccess) -> None:
    """Mark a hold as one of a criminal matter: it stands until a judicial document releases it.

    Refuses with only_police_marks, hold_unknown, hold_kept.
    Rule: H-14 (hunan-2025, 二(四)3), 涉嫌犯罪的，按照刑事诉讼程序另行处理; INV-8.
    """
    if not (_is_police(case) or case.actor.unbounded):
        raise RuleViolation("only_police_marks", "是否涉嫌犯罪由公安机关认定，请交公安机关办理", "H-14")
    connection = connection_of(case)
    guards.lock_case(connection, job.case_id)
    row = _get_active(connection, job.case_id, text_of(job.inputs, "hold_id"))
    connection.execute(d.holds.update().where(d.holds.c.id == row.id).values(criminal=True))
    _mirror(case, job.case_id)


def review_path(name: str, judicial: bool = False) -> str:
    """Where the record of a hold's review lies in the case facts; of a crime, that of its judicial release."""
    return f"reviews.{name}.judicial" if judicial else f"reviews.{name}"


def was_found_natural(case: CaseAccess) -> bool:
    """Whether a review ended so: by police, or after a suspicion of crime by what the judicial document says.

    Rule: H-12; H-14, inferred.
    """
    reviews = [one for one in facts_at(case, "reviews").values() if isinstance(one, Mapping)]
    crimes = [one.get("judicial") or {} for one in reviews if one.get("verdict") == "crime"]
    return any(one.get("verdict") == "natural" for one in reviews) or any(
        one.get("finding") == "natural" for one in crimes
    )


def _is_police(case: CaseAccess) -> bool:
    return any(group.startswith(POLICE) for group in case.actor.groups)


def _concluded(case: CaseAccess, row: Any) -> str:
    """Why police let go, as their form or that of the judicial release holds it, sealed."""
    stated = values_at(case, review_path(row.name, judicial=bool(row.criminal)))
    return text_of(stated, "reason" if row.criminal else "conclusion")


def _next_name(connection: sa.Connection, case_id: str) -> str:
    known = connection.execute(sa.select(sa.func.count()).where(d.holds.c.case_id == case_id)).scalar_one()
    return f"r{known + 1}"


def _get_active(connection: sa.Connection, case_id: str, hold_id: str) -> Any:
    c = d.holds.c
    row = connection.execute(sa.select(d.holds).where(c.id == hold_id, c.case_id == case_id)).first()
    if row is None:
        raise RuleViolation("hold_unknown", "本办件没有这一冻结记录，请刷新后再试")
    if row.released_at is not None:
        raise RuleViolation("hold_kept", "该冻结已经解除，不能更改；需要时请重新移送公安审核", "INV-2")
    return row


def _mirror(case: CaseAccess, case_id: str) -> None:
    """The facts that diagrams read: whether any hold is active, since when, how many, and whether one is criminal."""
    c = d.holds.c
    query = sa.select(c.criminal, c.set_at).where(c.case_id == case_id, c.released_at.is_(None)).order_by(c.set_at)
    active = list(connection_of(case).execute(query))
    values = {"active": bool(active), "criminal": any(row.criminal for row in active), "count": len(active)}
    case.write_facts(values | {"since": active[0].set_at if active else None}, "hold")
