"""The body: taken over, and disposed of once, when certificate and police allow it.

A funeral home is told on every branch (C-29), may take over and store a body under a freeze (H-22, inferred), and may
cremate it only with a certificate in force and no freeze. That gate is looked at again when it is recorded (P-4).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from engine.clock import local_date, parse_moment, to_text
from engine.errors import RuleViolation
from engine.registry import CaseAccess, Job, worker
from tasks import guards, supervision
from tasks import tables as d
from tasks.command import connection_of, facts_at, text_of, values_at
from tasks.sealed_texts import seal_text
from tasks.switches import switch
from tasks.tracked import CREMATION, settle_tracked
from tasks.vouchers import check_voucher

DISPOSITIONS = {"cremation": "火化", "burial": "依法土葬", "donation": "捐献", "none": "没有遗体"}
DECLARED = "declared"


def tell_funeral_home(case: CaseAccess) -> None:
    """Let the funeral branch begin, once a case: a body is expected. Kept, since the branch may not wait yet.

    Rule: C-29, inferred from H-18 (hunan-2025, 二(四)4(1)), 该死者信息自动推送到殡仪馆.
    """
    if case.facts.get("place") == DECLARED or facts_at(case, "remains").get("told"):
        return
    case.write_facts({"told": True}, "remains")
    case.publish("funeral_told", keep=True)


@worker("remains.take_over", in_transaction=True)
def take_over(job: Job, case: CaseAccess) -> None:
    """Record that the home took the body over, against a voucher that the case confirms (form ``custody``).

    Allowed under a freeze. Refuses with death_revoked, remains_absent, taken_over_already, disposition_not_allowed,
    storage_missing, moment_invalid, voucher_invalid.
    Rule: H-19 (hunan-2025, 二(四)6(1)), 凭纸质《死亡证明》、电子证照或短信验证码接运遗体; H-22, C-25 inferred.
    """
    connection = connection_of(case)
    guards.lock_case(connection, job.case_id)
    guards.check_not_revoked(connection, job.case_id)
    row = _get_remains(connection, job.case_id)
    if row.disposition == "none":
        raise RuleViolation("remains_absent", "本办件没有遗体需要接运（宣告死亡或已登记无遗体），请核对办件", "C-25")
    if row.taken_over_at is not None:
        raise RuleViolation("taken_over_already", "本办件的遗体已经登记接运，不能重复登记；请核对原登记", "H-19")
    custody = values_at(case, "custody")
    disposition, place = text_of(custody, "disposition"), text_of(custody, "storage_place")
    _demand_disposition(case, disposition)
    if disposition == "none":  # whoever came found no body: there is nothing to store, and evidence follows
        _write_remains(case, job.case_id, disposition="none")
        case.write_facts({"disposition": "none"}, "remains")
        return
    if not place:
        raise RuleViolation("storage_missing", "请填写遗体存放位置", "H-22")
    at = _read_moment(case, custody.get("taken_over_at"), "接运时间")
    voucher = check_voucher(case, job.case_id, custody)
    taken = {"taken_over_at": to_text(at), "taken_over_by": case.actor.id, "voucher": voucher}
    _write_remains(case, job.case_id, **taken, disposition=disposition, storage_place=place)
    case.write_facts({"taken_over": True, "disposition": disposition}, "remains")


@worker("cremation.record", in_transaction=True)
def record_cremation(job: Job, case: CaseAccess) -> None:
    """Record a cremation and form its certificate (form ``cremation``).

    Where the document wants it the same day (S-8, switch ``cremation.same_day``), one that is late is marked.

    The second check, at the furnace: refuses with death_revoked, cremated_already, remains_held, certificate_missing,
    not_taken_over, disposed_already, furnace_missing, moment_invalid, certificate_number_used.
    Rule: H-6, H-17, H-19 (hunan-2025, 二(四)6(1)), 通过平台核实无误后…予以火化，火化信息录入平台; P-4.
    """
    connection = connection_of(case)
    guards.check_cremation(connection, job.case_id)
    row = _get_remains(connection, job.case_id)
    if row.taken_over_at is None:
        raise RuleViolation("not_taken_over", "遗体尚未登记接运，不能登记火化；请先登记接运", "H-19")
    if row.disposed_at is not None:
        raise RuleViolation(
            "disposed_already", f"遗体已登记{DISPOSITIONS[row.disposition]}，不能再登记火化；请核对原登记", "C-25"
        )
    values = values_at(case, "cremation")
    furnace = text_of(values, "furnace")
    if not furnace:
        raise RuleViolation("furnace_missing", "请填写火化炉号", "H-19")
    at = _read_moment(case, values.get("cremated_at"), "火化时间")
    _check_moment(connection, job.case_id, row, at)
    number = text_of(values, "certificate_number") or _draw_number(case)
    certificate = guards.find_death_certificate(connection, job.case_id)
    done = {"number": number, "furnace": furnace, "cremated_at": to_text(at), "recorded_by": case.actor.id}
    done |= {"certificate_id": certificate.id, "recorded_at": to_text(case.now())}
    _form_certificate(case, job.case_id, number, text_of(values, "issuer"))
    connection.execute(d.cremations.insert().values(case_id=job.case_id, **done))
    _dispose(case, job.case_id, "cremation", at, None)
    case.write_facts(
        {"cremated": True, "cremated_on": local_date(at).isoformat(), "cremation_number": number}, "remains"
    )
    _fill_in_number(case, number)
    settle_tracked(case, job.case_id, CREMATION, "done")
    if switch(case.release, "cremation.same_day") and local_date(at) < local_date(case.now()):
        supervision.mark(case, job.case_id, "overdue", CREMATION)


@worker("remains.exempt", in_transaction=True, inputs=("reason",))
def exempt(job: Job, case: CaseAccess) -> None:
    """End the cremation item as not applicable, with evidence (form ``disposal``): burial, donation, or no remains.

    ``reason`` is burial, donation, none, or declared. A burial or a donation passes the same gate as a cremation.
    Refuses with death_revoked, disposition_not_allowed, remains_present, disposed_already, evidence_missing,
    remains_held, certificate_missing, moment_invalid. Rule: H-23 is silent; C-25, inferred; INV-8.
    """
    connection, reason = connection_of(case), text_of(job.inputs, "reason")
    guards.lock_case(connection, job.case_id)
    guards.check_not_revoked(connection, job.case_id)
    row = _get_remains(connection, job.case_id)
    if row.disposed_at is not None:
        raise RuleViolation(
            "disposed_already", f"遗体已登记{DISPOSITIONS[row.disposition]}，不能重复登记；请核对原登记", "C-25"
        )
    disposition, disposal = "none" if reason == DECLARED else reason, values_at(case, "disposal")
    evidence = "宣告死亡，没有遗体" if reason == DECLARED else _read_evidence(disposal)
    if disposition == "none":
        _exempt_nothing(case, job.case_id, row, evidence)
        return
    _demand_disposition(case, disposition, besides="cremation")
    if not evidence:
        raise RuleViolation("evidence_missing", f"请填写{DISPOSITIONS[disposition]}的凭据（文书名称和编号）", "C-25")
    guards.check_disposal(connection, job.case_id)
    at = _read_moment(case, disposal.get("disposed_at") or disposal.get("disposed_on"), "处置时间")
    _check_moment(connection, job.case_id, row, at)
    _dispose(case, job.case_id, disposition, at, evidence)
    settle_tracked(case, job.case_id, CREMATION, "not_applicable", f"{DISPOSITIONS[disposition]}：{evidence}")


def _read_evidence(disposal: Mapping[str, Any]) -> str:
    """The document's number and what happened, as the form has them; empty unless it says what happened."""
    number, evidence = text_of(disposal, "document_number"), text_of(disposal, "evidence")
    return f"{number}：{evidence}" if number and evidence else evidence


def _exempt_nothing(case: CaseAccess, case_id: str, row: Any, evidence: str) -> None:
    """There is nothing to dispose of, so a freeze has nothing to hold."""
    if row.taken_over_at is not None:
        raise RuleViolation("remains_present", "遗体已经登记接运，不能登记为没有遗体；请核对处置方式", "INV-8")
    if not evidence:
        raise RuleViolation("evidence_missing", "请填写没有遗体的凭据（文书名称和编号）", "C-25")
    _write_remains(case, case_id, disposition="none", evidence=_seal(case, case_id, evidence))
    case.write_facts({"disposition": "none", "settled": True}, "remains")
    case.publish("remains_settled")
    settle_tracked(case, case_id, CREMATION, "not_applicable", evidence)


def _dispose(case: CaseAccess, case_id: str, disposition: str, at: datetime, evidence: str | None) -> None:
    _write_remains(
        case, case_id, disposition=disposition, disposed_at=to_text(at), evidence=_seal(case, case_id, evidence)
    )
    case.write_facts({"disposition": disposition, "disposed": True, "settled": True}, "remains")
    case.publish("remains_settled")


def _seal(case: CaseAccess, case_id: str, evidence: str | None) -> bytes | None:
    return seal_text(case.sealer, d.remains.c.evidence, evidence, case_id=case_id) if evidence else None


def _demand_disposition(case: CaseAccess, disposition: str, besides: str = "") -> None:
    """Rule: C-25: which ways are open is a switch of the pack; no remains is always possible."""
    allowed = [*switch(case.release, "disposition.allowed", ("cremation", "burial", "donation")), "none"]
    open_ones = [way for way in allowed if way != besides]
    if disposition not in open_ones:
        named = "、".join(DISPOSITIONS.get(way, way) for way in open_ones)
        raise RuleViolation("disposition_not_allowed", f"请选择处置方式：{named}", "C-25")


def _write_remains(case: CaseAccess, case_id: str, **values: Any) -> None:
    connection_of(case).execute(d.remains.update().where(d.remains.c.case_id == case_id).values(values))


def _get_remains(connection: sa.Connection, case_id: str) -> Any:
    row = connection.execute(sa.select(d.remains).where(d.remains.c.case_id == case_id)).first()
    if row is None:
        raise RuleViolation("not_registered", "本办件尚未登记死亡报告，请先登记", "P-1")
    return row


def _read_moment(case: CaseAccess, stated: object, what: str) -> datetime:
    """What a form wrote; now where it wrote nothing. Raises ``moment_invalid`` for a time to come."""
    if not stated:
        return case.now()
    try:
        at = parse_moment(str(stated))
    except ValueError:
        raise RuleViolation("moment_invalid", f"{what}填写有误，请按“2026-11-23 09:30”的样式填写") from None
    if at > case.now():
        raise RuleViolation("moment_invalid", f"{what}在当前时间之后，请核对")
    return at


def _check_moment(connection: sa.Connection, case_id: str, row: Any, at: datetime) -> None:
    """The time that is recorded must fit what was so then: the body was there, certified, and no hold was active."""
    if row.taken_over_at is not None and to_text(at)[:16] < row.taken_over_at[:16]:  # forms know minutes
        raise RuleViolation("moment_invalid", "填写的时间早于接运时间，请核对")
    certificate = guards.find_death_certificate(connection, case_id)
    if certificate is not None and to_text(at)[:16] < certificate.issued_at[:16]:
        message = "填写的时间早于死亡证明的出具时间，当时不得处置遗体；请核对时间，如属实请立即报告主管部门"
        raise RuleViolation("moment_invalid", message, "H-6")
    minute, h = to_text(at)[:16], d.holds.c
    holds = connection.execute(
        sa.select(h.set_at, h.released_at).where(h.case_id == case_id, h.released_at.is_not(None))
    )
    if any(hold.set_at[:16] <= minute < hold.released_at[:16] for hold in holds):
        message = "填写的时间处于公安冻结期间，当时不得处置遗体；请核对时间，如属实请立即报告公安机关"
        raise RuleViolation("remains_held", message, "H-17")


def _draw_number(case: CaseAccess) -> str:
    """A number for a cremation certificate that the home did not number itself: region, day, ten random digits."""
    return f"HH{case.region}{local_date(case.now()):%Y%m%d}{secrets.randbelow(10**10):010d}"


def _form_certificate(case: CaseAccess, case_id: str, number: str, issuer: str) -> None:
    """Rule: H-19 (hunan-2025, 二(四)6(1)), 形成《火化证明》; the day of the record, assumed."""
    connection, c = connection_of(case), d.certificates.c
    if connection.execute(sa.select(c.id).where(c.kind == "cremation", c.number == number)).first():
        raise RuleViolation("certificate_number_used", f"火化证号 {number} 已被使用，请核对后重新填写", "H-19")
    row = {"id": uuid4().hex, "case_id": case_id, "kind": "cremation", "number": number, "status": "valid"}
    row |= {"issuer": issuer or "殡仪馆", "issued_by": case.actor.id, "issued_at": to_text(case.now())}
    connection.execute(d.certificates.insert().values(row))


def _fill_in_number(case: CaseAccess, number: str) -> None:
    """Rule: C-08 (inferred): the form asks for 火化证号 before there is one; it is filled in when there is."""
    for name, filing in facts_at(case, "filings").items():
        if not filing.get("cremation_number"):
            case.write_facts({"cremation_number": number}, f"filings.{name}")
