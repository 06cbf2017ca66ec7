"""Certificates of a death: recorded, put in force, superseded, published.

``recorded`` is written and not in force: the certificate that an institution fills in and hands to police (H-12). To
have one opens nothing (H-20, inferred). One certificate of the death is in force at a time; ``certificate.*`` in the
facts mirrors it.
"""

from __future__ import annotations

import secrets
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from engine.clock import from_text, local_date, parse_moment, to_text
from engine.errors import RuleViolation
from engine.registry import CaseAccess, Job, worker
from tasks import guards, localities
from tasks import tables as d
from tasks.command import connection_of, facts_at, text_of, values_at
from tasks.funeral import DECLARED, tell_funeral_home
from tasks.holds import was_found_natural
from tasks.pushes import queue_push
from tasks.switches import switch
from tasks.tracked import settle_certificates

ISSUERS = {
    "medical": frozenset({"hospital.physician", "clinic.doctor"}),
    "abnormal": frozenset({"police.officer"}),
    "ruling": frozenset({"window.clerk", "court.clerk"}),
}
"""Who may issue which kind. Rule: H-10, H-11, H-13 (hunan-2025, 二(四)3); C-13 for a ruling; INV-3."""
_NAMES = {"medical": "《居民死亡医学证明（推断）书》", "abnormal": "《非正常死亡证明》", "ruling": "宣告死亡判决书"}
_WHO = {"medical": "医疗卫生机构的医师", "abnormal": "公安机关", "ruling": "人民法院或综合窗口"}
_BODIES = {"medical": "医疗卫生机构", "abnormal": "公安机关", "ruling": "人民法院"}
OUTRANKED = {"medical": frozenset({"abnormal", "ruling"})}
"""A physician's certificate never takes the place of one of police or court (inferred from H-12, H-13)."""
CODE_DIGITS = 6


@worker("certificate.record", in_transaction=True, inputs=("number", "cause_class?"))
def record(job: Job, case: CaseAccess) -> None:
    """Write down a physician's certificate that is not in force yet.

    The cause stays in the facts of its form. Refuses with death_revoked, issuer_not_authorised,
    certificate_number_missing, certificate_number_used. Rule: H-12 (hunan-2025, 二(四)4(3)), 填写人员死亡信息表单和
    《居民死亡医学证明（推断）书》，并选择交公安审核.
    """
    _begin(case, job.case_id)
    _demand_issuer(case, "medical")
    number = _demand_number("medical", text_of(job.inputs, "number"))
    _insert(case, job.case_id, "medical", number, "", status="recorded")
    tell_funeral_home(case)


@worker("certificate.issue", in_transaction=True, inputs=("kind", "number?", "issuer?"), outputs=("issued_on",))
def issue(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Put a certificate in force: the recorded one of that kind and number, else a new one. The earlier is superseded.

    A certificate may come into force under a freeze; it opens nothing until police release (H-20, inferred). Police put
    in force what an institution recorded, after a natural finding. Refuses with death_revoked, kind_unknown,
    issuer_not_authorised, certificate_number_missing, certificate_number_used. Rule: H-10 to H-13 (hunan-2025, 二(四)3,
    4); INV-3.
    """
    connection, kind = connection_of(case), text_of(job.inputs, "kind")
    _begin(case, job.case_id)
    if kind not in ISSUERS:
        raise RuleViolation("kind_unknown", f"没有“{kind}”这种死亡证明，请联系流程管理员修改流程包")
    number = text_of(job.inputs, "number")
    recorded = _find_recorded(connection, job.case_id, kind, number)
    _demand_issuer(case, kind, recorded)
    earlier = guards.find_death_certificate(connection, job.case_id)
    if earlier is not None and earlier.kind == kind and earlier.number == number:
        return {"issued_on": _day(earlier.issued_at)}
    if earlier is not None and earlier.kind in OUTRANKED.get(kind, ()):
        if recorded is None:
            number = _demand_number(kind, number)
            _insert(case, job.case_id, kind, number, text_of(job.inputs, "issuer"), status="recorded")
        return {"issued_on": _day(earlier.issued_at)}
    if earlier is not None:
        _end(case, earlier.id, "superseded")
    row = recorded or _insert(
        case, job.case_id, kind, _demand_number(kind, number), text_of(job.inputs, "issuer"), status="recorded"
    )
    connection.execute(d.certificates.update().where(d.certificates.c.id == row.id).values(status="valid"))
    issued_on = _day(row.issued_at)
    case.write_facts({"valid": True, "kind": kind, "issued_on": issued_on}, "certificate")
    _follow_day(case, job.case_id, kind)
    settle_certificates(case, job.case_id, kind)
    case.publish("gate_changed")
    tell_funeral_home(case)
    if earlier is not None and facts_at(case, "certificate").get("published"):
        _push(case, job.case_id)  # whoever was told of the earlier one is told of this
    return {"issued_on": issued_on}


@worker("certificate.publish", in_transaction=True)
def publish(job: Job, case: CaseAccess) -> None:
    """Queue the pushes of the certificate in force, and draw the code by which the family downloads it.

    The code is kept sealed, as ``certificate.download_code``, and found again by its blind index alone. Refuses with
    death_revoked, certificate_missing. Rule: H-36 (hunan-2025, 二(四)5); H-18, C-29.
    """
    _begin(case, job.case_id)
    if guards.find_death_certificate(connection_of(case), job.case_id) is None:
        raise RuleViolation("certificate_missing", "死亡证明尚未生效，不能推送；请先出具死亡证明", "H-36")
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    case.write_sealed({"download_code": code}, "certificate")
    case.write_facts({"published": True}, "certificate")
    localities.show(case, job.case_id)  # as it is when the family may apply
    _push(case, job.case_id)


def _push(case: CaseAccess, case_id: str) -> None:
    is_bodiless = case.facts.get("place") == DECLARED
    for receiver in ("platform", "elicence", *(() if is_bodiless else ("funeral",))):
        queue_push(case, case_id, receiver, "certificate")


def _begin(case: CaseAccess, case_id: str) -> None:
    guards.lock_case(connection_of(case), case_id)
    guards.check_not_revoked(connection_of(case), case_id)


def _demand_issuer(case: CaseAccess, kind: str, recorded: Any = None) -> None:
    """Raises ``issuer_not_authorised``. Police speak for a physician only where one has written already."""
    actor = case.actor
    if kind == "medical":
        _demand_qualification(case)
    if actor.unbounded or actor.groups & ISSUERS[kind]:
        return
    if kind == "medical" and recorded is not None and was_found_natural(case) and actor.groups & ISSUERS["abnormal"]:
        return
    message = f"{_NAMES[kind]}只能由{_WHO[kind]}出具；请转交有权出具的人员办理"
    raise RuleViolation("issuer_not_authorised", message, "INV-3")


def _demand_qualification(case: CaseAccess) -> None:
    """Rule: C-06 (执业医师 in hunan-2025, 二(四)3, 执业（助理）医师 in 4(2)): who may is a switch of the pack."""
    stated = text_of(facts_at(case, "certification.physician"), "qualification")
    roles = switch(case.release, "certification.roles")
    if roles is not None and stated and stated not in roles:
        message = f"按本地规定，该医师资格不能出具{_NAMES['medical']}；请由符合资格的医师出具"
        raise RuleViolation("issuer_not_authorised", message, "C-06")


def _demand_number(kind: str, number: str) -> str:
    if not number:
        raise RuleViolation("certificate_number_missing", f"请填写{_NAMES[kind]}的编号", "H-10")
    return number


def _find_recorded(connection: sa.Connection, case_id: str, kind: str, number: str) -> Any:
    """The recorded certificate of that number, or without one the newest; None where there is none."""
    c = d.certificates.c
    chosen = [c.case_id == case_id, c.kind == kind, c.status == "recorded", *([c.number == number] if number else [])]
    query = sa.select(d.certificates).where(*chosen).order_by(c.issued_at.desc(), c.id)
    return connection.execute(query).first()


def _insert(case: CaseAccess, case_id: str, kind: str, number: str, issuer: str, *, status: str) -> Any:
    """The row of a new certificate. Raises ``certificate_number_used``."""
    connection, c = connection_of(case), d.certificates.c
    if connection.execute(sa.select(c.id).where(c.kind == kind, c.number == number)).first():
        message = f"{_NAMES[kind]}编号 {number} 已被使用，请对照原件核对后重新填写"
        raise RuleViolation("certificate_number_used", message, "H-10")
    row = {"id": uuid4().hex, "case_id": case_id, "kind": kind, "number": number, "status": status}
    row |= {"issuer": _issuer_name(case, kind, issuer), "issued_by": case.actor.id, "issued_at": to_text(case.now())}
    connection.execute(d.certificates.insert().values(row))
    return connection.execute(sa.select(d.certificates).where(c.id == row["id"])).one()


def _issuer_name(case: CaseAccess, kind: str, given: str) -> str:
    """The issuing body: as given, else as the physician's form names it, else in general."""
    stated = given or (text_of(facts_at(case, "certification"), "issuer") if kind == "medical" else "")
    return (stated or _BODIES[kind])[:255]


def _end(case: CaseAccess, certificate_id: str, status: str) -> None:
    values = {"status": status, "ended_at": to_text(case.now())}
    connection_of(case).execute(d.certificates.update().where(d.certificates.c.id == certificate_id).values(values))


def _follow_day(case: CaseAccess, case_id: str, kind: str) -> None:
    """The day of death is what the certificate says, no longer what was reported (inferred from H-10, H-11)."""
    certified = values_at(case, "certification")
    if kind == "medical" and (died_at := text_of(certified, "died_at")):
        died_on = local_date(parse_moment(died_at)).isoformat()
        case.write_sealed({"died_at": died_at}, "deceased")
    else:
        died_on = text_of(certified, "deemed_died_on") if kind == "ruling" else ""
    if died_on:
        case.write_facts({"died_on": died_on}, "deceased")
        mine = d.deceased.c.case_id == case_id
        connection_of(case).execute(d.deceased.update().where(mine).values(died_on=died_on))


def _day(moment: str) -> str:
    return local_date(from_text(moment)).isoformat()
