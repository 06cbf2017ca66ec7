"""A certificate that was there before the case: the window has seen the paper, and the case takes it over.

The heir applies once the certificate is there (H-7), and the death may have been certified elsewhere, in another
province (H-25). Nothing is issued anew: number, issuer and day are those of the paper. Rule: C-02, H-7; that the window
verifies it is inferred.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from engine.clock import parse_moment, to_text
from engine.errors import RuleViolation
from engine.registry import CaseAccess, Job, worker
from tasks import guards, referrals
from tasks import tables as d
from tasks.command import connection_of, text_of
from tasks.funeral import tell_funeral_home
from tasks.switches import switch
from tasks.tracked import ANY_CERTIFICATE, settle_certificates

CERTIFIED = "certified"  # the report says that the death is certified already
OUTSIDE = ("home", "elsewhere")
REFERRED = "refer"  # the pack's switch certification.outside: nobody here certifies a death outside an institution
_WHY_REFERRED = "在医疗机构以外正常死亡的，本地还没有规定由谁在联办中出证，请取得死亡证明后到综合窗口核验"
KINDS = {"medical": "《居民死亡医学证明（推断）书》", "abnormal": "《非正常死亡证明》"}
VERIFIERS = frozenset({"window.clerk"})


@worker("certificate.refer", in_transaction=True, outputs=("number",))
def refer(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Send the family to where a death outside an institution is certified, with a slip; the case waits for the paper.

    Rule: C-15 (one document names no issuer for them): without a confirmation, refer; P-14.
    """
    offered = (code for code in ("cert_normal", ANY_CERTIFICATE) if code in case.release.manifest.items)
    return {"number": referrals.issue_slip(case, job.case_id, _WHY_REFERRED, item=next(offered, None))}


@worker("certificate.adopt", in_transaction=True, inputs=("kind", "number", "issuer", "issued_on"))
def adopt(job: Job, case: CaseAccess) -> None:
    """Put a certificate in force that another body issued before the death was reported here.

    Leaves a certificate that is in force by now as it is. Refuses with death_revoked, not_certified_before,
    issuer_not_authorised, kind_unknown, certificate_incomplete, moment_invalid, certificate_number_used.
    """
    connection = connection_of(case)
    guards.lock_case(connection, job.case_id)
    guards.check_not_revoked(connection, job.case_id)
    if case.facts.get("place") != CERTIFIED and not _is_referred(case):
        message = "报告中没有说明已有死亡证明，不能采认；请按死亡地点出具证明"
        raise RuleViolation("not_certified_before", message, "INV-3")
    if not (case.actor.unbounded or case.actor.groups & VERIFIERS):
        message = "已有的死亡证明由综合窗口核验；请转交窗口办理"
        raise RuleViolation("issuer_not_authorised", message, "INV-3")
    if guards.find_death_certificate(connection, job.case_id) is not None:
        return
    row = _read(job, case)
    connection.execute(d.certificates.insert().values(row))
    issued_on = text_of(job.inputs, "issued_on")
    case.write_facts({"valid": True, "kind": row["kind"], "issued_on": issued_on}, "certificate")
    settle_certificates(case, job.case_id, row["kind"])
    case.publish("gate_changed")
    tell_funeral_home(case)


def _is_referred(case: CaseAccess) -> bool:
    """Whether the family was sent for the paper (C-15); a death of an unclear manner never is."""
    is_switched = switch(case.release, "certification.outside") == REFERRED
    return is_switched and case.facts.get("place") in OUTSIDE and case.facts.get("reported_manner") == "natural"


def _read(job: Job, case: CaseAccess) -> dict[str, Any]:
    """The row of the certificate as the window has written it down."""
    kind, number, issuer, day = (text_of(job.inputs, name) for name in ("kind", "number", "issuer", "issued_on"))
    if kind not in KINDS:
        raise RuleViolation("kind_unknown", f"请选择已有证明的种类：{'、'.join(KINDS.values())}", "H-10")
    if not (number and issuer and day):
        message = f"请填写{KINDS[kind]}的编号、出具单位和出具日期"
        raise RuleViolation("certificate_incomplete", message, "C-02")
    issued_at = parse_moment(day)
    if issued_at > case.now():
        raise RuleViolation("moment_invalid", "证明的出具日期在今天之后，请对照原件核对", "C-02")
    c = d.certificates.c
    used = sa.select(c.id).where(c.kind == kind, c.number == number)
    if connection_of(case).execute(used).first():
        message = f"{KINDS[kind]}编号 {number} 已被使用，请对照原件核对后重新填写"
        raise RuleViolation("certificate_number_used", message, "H-10")
    row = {"id": uuid4().hex, "case_id": job.case_id, "kind": kind, "number": number, "status": "valid"}
    return row | {"issuer": issuer[:255], "issued_by": case.actor.id, "issued_at": to_text(issued_at)}
