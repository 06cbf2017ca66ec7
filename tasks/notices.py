"""Notices: what the case tells people, by short message or on the portal, in the words of the pack's templates.

A notice is written when its reason arises, not when it is sent: what it says is what was so then. It carries no
identity number, no account and no cause of death.

Rule: P-10; H-16, H-36 (hunan-2025, 二(四)4–6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine import texts
from engine.clock import local_date
from engine.durations import parse_duration
from engine.errors import RuleViolation
from engine.registry import CaseAccess, Job, worker
from tasks import outbox
from tasks import tables as d
from tasks.command import case_code, connection_of, facts_at, stated_at, text_of, values_at
from tasks.deliveries import MODES
from tasks.sealed_texts import open_text
from tasks.switches import switch

RECIPIENTS = ("reporter", "applicant", "supervisor", "family")
TITLES: Mapping[str, str] = {
    "certificate_issued": "死亡证明已出具",
    "certificate_referred": "请先取得死亡证明",
    "application_received": "申请已收到",
    "application_accepted": "申请已受理",
    "application_supplement": "请补正材料",
    "gaps_due": "请补交材料",
    "application_refused": "申请不予受理",
    "application_referred": "请到线下窗口办理",
    "application_not_needed": "申请无须受理",
    "item_supplement": "请补正材料",
    "item_result": "事项办理结果",
    "account_returned": "款项被退回",
    "delivery_changed": "送达方式已更改",
    "results_posted": "办理结果已寄出",
    "results_ready": "办理结果已送达",
    "results_at_window": "请领取办理结果",
    "results_kept": "办理结果由窗口保管",
    "withdrawal_recorded": "撤回已登记",
    "objection_recorded": "异议已登记",
    "objection_settled": "异议已处理",
    "revocation_notice": "死亡登记已撤销",
    "evaluation_invite": "邀请评价",
    "frozen_notice": "等待公安机关审核",
    "cremation_done": "火化已登记",
    "reminder_clerk": "督办提醒",
    "visit_arranged": "预约已安排",
    "visit_declined": "预约没有安排上",
}
_OUTCOMES: Mapping[str, str] = {
    "processing": "正在办理",
    "supplement": "等待补正",
    "paying": "正在付款",
    "done": "已办结",
    "refused": "不予办理",
    "withdrawn": "已撤回",
    "offline": "请到线下窗口办理",
    "not_applicable": "不适用",
}
_CERTIFICATES: Mapping[str, str] = {
    "medical": "居民死亡医学证明（推断）书",
    "abnormal": "非正常死亡证明",
    "ruling": "宣告死亡判决书",
}


@dataclass(frozen=True, slots=True)
class _Person:
    """Somebody to tell. ``receiver`` goes into the outbox row, the rest is sealed."""

    receiver: str
    name: str
    phone: str


@worker("notice.queue", in_transaction=True, inputs=("template", "item?", "filing?", "to?"), templates=("template",))
def queue(job: Job, case: CaseAccess) -> None:
    """Queue a notice in the words of the pack's template, to be sent after the commit."""
    template, to, item, filing = (job.inputs.get(name) for name in ("template", "to", "item", "filing"))
    queue_notice(case, job.case_id, str(template), to, item=item, filing=filing)


def queue_notice(
    case: CaseAccess,
    case_id: str,
    template: str,
    to: str | None = None,
    *,
    item: str | None = None,
    filing: str | None = None,
    values: Mapping[str, Any] | None = None,
) -> list[str]:
    """Queue a notice; the ids of its rows. ``values`` adds to, or replaces, what every template is given.

    ``to`` is the reporter, the applicant of the item's or the named filing, the supervisors, or the family: the
    reporter and every applicant, each telephone once. None is the applicant where the notice is about an application,
    else the reporter. Raises ``TextFault`` for a template that the pack lacks.
    """
    filing = filing or _filing_of(case, case_id, item)
    given = _context(case, case_id) | _about_filing(case, case_id, filing) | _about_item(case, case_id, item)
    if template == "certificate_issued":  # the code opens the certificate: no other text can name it
        given["download_code"] = text_of(values_at(case, "certificate"), "download_code")
    given |= values or {}
    queued = []
    for person in _people(case, case_id, to, filing):
        text = texts.render(case.release, template, **(given | {"to_name": person.name}))
        payload = {"to": person.receiver, "name": person.name, "phone": person.phone, "text": text}
        payload["title"] = TITLES.get(template, given["service"])
        to_whom = person.receiver
        queued.append(
            outbox.put(case, case_id, kind="notice", receiver=to_whom, subject=template, payload=payload, item=item)
        )
    return queued


def _people(case: CaseAccess, case_id: str, to: str | None, filing: str | None) -> list[_Person]:
    if to is not None and to not in RECIPIENTS:
        message = f"通知对象“{to}”不存在，请改为 {'、'.join(RECIPIENTS)} 之一"
        raise RuleViolation("recipient_unknown", message, "P-10")
    if to == "supervisor":
        return [_Person("supervisor", "", "")]
    if to == "family":
        return _family(case, case_id)
    if to == "reporter" or (to is None and filing is None):
        return [_reporter(case)]
    if filing is None:
        raise RuleViolation("applicant_missing", "本办件还没有申请人，请改为通知报告人", "P-10")
    return [_applicant(case, filing)]


def _family(case: CaseAccess, case_id: str) -> list[_Person]:
    names = sa.select(d.filings.c.name).where(d.filings.c.case_id == case_id).order_by(d.filings.c.name)
    found = [_reporter(case), *(_applicant(case, name) for name in connection_of(case).execute(names).scalars())]
    reached: dict[str, _Person] = {}
    for person in found:
        reached.setdefault(person.phone or person.receiver, person)
    return list(reached.values())


def _reporter(case: CaseAccess) -> _Person:
    return _person("reporter", values_at(case, "reporter"))


def _applicant(case: CaseAccess, filing: str) -> _Person:
    return _person("applicant", values_at(case, f"filings.{filing}.applicant"))


def _person(receiver: str, values: Mapping[str, Any]) -> _Person:
    return _Person(receiver, text_of(values, "name"), text_of(values, "phone"))


def _filing_of(case: CaseAccess, case_id: str, item: str | None) -> str | None:
    """The name of the application that an item belongs to."""
    if item is None:
        return None
    joined = sa.select(d.filings.c.name).join(d.items, d.items.c.filing_id == d.filings.c.id)
    query = joined.where(d.items.c.case_id == case_id, d.items.c.code == item)
    name: str | None = connection_of(case).execute(query).scalar()
    return name


def _context(case: CaseAccess, case_id: str) -> dict[str, Any]:
    """What every template is given. What is not known yet is None, which reads as empty."""
    manifest, application = case.release.manifest, facts_at(case, "application")
    return {
        "case_code": case_code(connection_of(case), case_id),
        "service": manifest.names.official,
        "hotline": manifest.hotline,
        "online": manifest.takes_online,
        "channels": [channel.name for channel in manifest.channels.values() if channel.open],
        "deceased_name": text_of(values_at(case, "deceased"), "name"),
        "certificate_kind": _CERTIFICATES.get(str(facts_at(case, "certificate").get("kind")), "死亡证明"),
        "accepted_on": application.get("accepted_on"),
        "due_on": application.get("due_on"),
        "cremated_on": facts_at(case, "remains").get("cremated_on"),
        "tracking_number": None,
        "delivery_name": None,
        "until": _supplement_until(case),
        "materials": [],
        "gaps": [],
        "kept": [],
    } | dict.fromkeys(("item_code", "item_name", "department_name", "outcome", "outcome_name", "reason"))


def _supplement_until(case: CaseAccess) -> str | None:
    """The last day to answer a request made today; None where the pack sets none."""
    window = switch(case.release, "supplement.window")
    return local_date(parse_duration(window).after(case.now())).isoformat() if window else None


def _about_filing(case: CaseAccess, case_id: str, filing: str | None) -> dict[str, Any]:
    """What the window decided of an application, and the documents that it still lacks."""
    if filing is None:
        return {}
    connection, r, m = connection_of(case), d.referrals.c, d.materials.c
    facts = facts_at(case, f"filings.{filing}")
    dates = {name: facts[name] for name in ("accepted_on", "due_on") if facts.get(name)}
    mine = sa.select(d.filings.c.id).where(d.filings.c.case_id == case_id, d.filings.c.name == filing).scalar_subquery()
    lacking = sa.select(m.name).where(m.filing_id == mine, m.status.in_(("needed", "missing", "refused")))
    referred = sa.select(d.referrals).where(r.filing_id == mine, r.item.is_(None)).order_by(r.issued_at.desc(), r.id)
    reason = stated_at(case, f"filings.{filing}.acceptance.reason")
    if not reason and (slip := connection.execute(referred.limit(1)).first()) is not None:
        reason = open_text(case.sealer, r.reason, slip)
    late = sa.select(m.name, m.deferred_until).where(m.filing_id == mine, m.status == "deferred")
    dates["gaps"] = [f"{name}（{day} 前）" for name, day in connection.execute(late.order_by(m.deferred_until, m.code))]
    dates["kept"] = (facts.get("withdrawal") or {}).get("kept") or []
    delivery = facts.get("delivery") or {}
    dates |= {"tracking_number": delivery.get("tracking_number"), "delivery_name": MODES.get(delivery.get("mode", ""))}
    return dates | {"reason": reason, "materials": list(connection.execute(lacking.order_by(m.code)).scalars())}


def _about_item(case: CaseAccess, case_id: str, item: str | None) -> dict[str, Any]:
    if item is None:
        return {}
    manifest, c = case.release.manifest, d.items.c
    declared = manifest.items.get(item)
    row = connection_of(case).execute(sa.select(d.items).where(c.case_id == case_id, c.code == item)).first()
    department = row.department if row is not None else declared.department if declared else ""
    group = manifest.groups.get(department)
    values: dict[str, Any] = {"item_code": item, "item_name": declared.name if declared else item}
    values["department_name"] = group.name if group else department
    if row is not None:
        values |= {"outcome": row.status, "outcome_name": _OUTCOMES.get(row.status, row.status)}
        values |= {"reason": open_text(case.sealer, c.reason, row) or None, "due_on": row.due_on}
    return values
