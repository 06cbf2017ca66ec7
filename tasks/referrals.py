"""Referral slips (转线下告知单): why something cannot be done here, at which window, and what to bring.

Whoever is turned away from an item, or from the joint application, gets one (P-14, INV-12).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import orjson
import sqlalchemy as sa

from engine.clock import from_text, local_date, to_text
from engine.errors import RuleViolation
from engine.pack_schema import Manifest
from engine.registry import CaseAccess, Job, worker
from engine.texts import render
from tasks import filings, localities
from tasks import tables as d
from tasks.command import case_code, connection_of, text_of, values_at
from tasks.sealed_texts import open_text, seal_text

TEMPLATE = "referral"
REASONS = {
    "prerequisite": "前置事项没有办结，不能在线办理",
    "supplement_lapsed": "逾期没有补正",
    "objection_upheld": "其他继承人的异议成立，款项不在联办中支付",
    "account_uncorrected": "收款账户有误，逾期没有更正",
    "department_silent": "办理部门逾期没有回复",
    "withdrawn": "申请人撤回",
}
_FALLBACK_WINDOW = "当地政务服务中心综合窗口"
_ALWAYS_BRING = ("申请人有效身份证件", "逝者死亡证明")


@worker("referral.issue", in_transaction=True, inputs=("filing", "items?", "reason"), outputs=("numbers",))
def issue(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Refer an application, or some of its items, to the windows offline.

    An application none of whose items has come onto the case cannot be taken in at all, and ends refused: whoever is
    not eligible never reaches a department, and always gets a slip.
    Rule: P-14; INV-12; C-01, C-31.
    """
    connection, name = connection_of(case), str(job.inputs["filing"])
    filing = filings.get_filing(connection, job.case_id, name)
    reason = in_words(job.inputs["reason"]) or "不在联办范围"
    codes: Sequence[str] = job.inputs.get("items") or ()
    if codes and _has_items(connection, filing.id):
        return {"numbers": [issue_slip(case, job.case_id, reason, filing=name, item=code) for code in codes]}
    filings.demand_status(filing, "filed", "supplement")
    filings.end_filing(case, job.case_id, name, "refused")
    return {"numbers": [issue_slip(case, job.case_id, reason, filing=name)]}


def in_words(reason: object) -> str:
    """A reason for people; diagrams state the usual ones by a code."""
    stated = "" if reason is None else str(reason).strip()
    return REASONS.get(stated, stated)


def has_slip(connection: sa.Connection, case_id: str, item: str) -> bool:
    """Whether a slip for the item was written already."""
    c = d.referrals.c
    return connection.execute(sa.select(c.id).where(c.case_id == case_id, c.item == item)).first() is not None


def issue_slip(
    case: CaseAccess, case_id: str, reason: str, *, filing: str | None = None, item: str | None = None
) -> str:
    """Write a slip for one item, or with None for the whole application; its number (``ZX-…``)."""
    connection = connection_of(case)
    row = filings.find_filing(connection, case_id, filing) if filing else None
    filing_id = row.id if row else None
    number, slip_id = _next_number(connection, case_id), uuid4().hex
    values = {
        "id": slip_id,
        "case_id": case_id,
        "filing_id": filing_id,
        "item": item,
        "number": number,
        "reason": seal_text(case.sealer, d.referrals.c.reason, reason, id=slip_id),
        "window": window_of(case.release.manifest, item) + _officer(case, case_id),
        "materials": orjson.dumps(_what_to_bring(connection, filing_id, item)).decode(),
        "issued_at": to_text(case.now()),
        "issued_by": case.actor.id,
    }
    connection.execute(d.referrals.insert().values(values))
    return number


def slip_text(case: CaseAccess, case_id: str, number: str) -> str:
    """The slip as it is printed, from the pack's ``templates/referral.j2``. Raises ``referral_unknown``."""
    connection = connection_of(case)
    query = sa.select(d.referrals).where(d.referrals.c.case_id == case_id, d.referrals.c.number == number)
    row = connection.execute(query).first()
    if row is None:
        raise RuleViolation("referral_unknown", f"本办件没有编号为“{number}”的转线下告知单，请核对编号")
    named = connection.execute(sa.select(d.filings.c.name).where(d.filings.c.id == row.filing_id)).scalar()
    manifest = case.release.manifest
    item = manifest.items.get(row.item) if row.item else None
    return render(
        case.release,
        TEMPLATE,
        number=row.number,
        case_code=case_code(connection, case_id),
        official_name=manifest.names.official,
        deceased_name=text_of(values_at(case, "deceased"), "name"),
        applicant_name=text_of(values_at(case, f"filings.{named}.applicant"), "name") if named else "",
        item=item.name if item else "",
        reason=open_text(case.sealer, d.referrals.c.reason, row),
        window=row.window,
        materials=orjson.loads(row.materials),
        hotline=manifest.hotline or "",
        issued_on=local_date(from_text(row.issued_at)).isoformat(),
    )


def window_of(manifest: Manifest, item: str | None) -> str:
    """Where the family goes: the windows of the item's department, else the pack's first open window."""
    if item is not None and item in manifest.items:
        department = manifest.items[item].department
        group = manifest.groups.get(department)
        return f"{group.name if group else department}办事窗口"
    windows = [channel for channel in manifest.channels.values() if channel.kind == "window" and channel.open]
    if not windows:
        return _FALLBACK_WINDOW
    return windows[0].name + (f"（{windows[0].address}）" if windows[0].address else "")


def _officer(case: CaseAccess, case_id: str) -> str:
    """Whom to ask for there, where the place has named somebody. Rule: G-16, “一件事”专员."""
    officer = localities.locality_of(case, case_id).officer
    return f"（“一件事”专员：{officer}）" if officer else ""


def _has_items(connection: sa.Connection, filing_id: str) -> bool:
    query = sa.select(d.items.c.code).where(d.items.c.filing_id == filing_id)
    return connection.execute(query.limit(1)).first() is not None


def _what_to_bring(connection: sa.Connection, filing_id: str | None, item: str | None) -> list[str]:
    """The papers of the item as they were listed; before that, what every window asks for (assumed)."""
    m = d.materials.c
    query = sa.select(m.name, m["items"]).where(m.filing_id == filing_id, m.source == "applicant").order_by(m.code)
    listed = [name for name, codes in connection.execute(query) if item is None or item in orjson.loads(codes)]
    return listed or list(_ALWAYS_BRING)


def _next_number(connection: sa.Connection, case_id: str) -> str:
    """``ZX-`` with the case's code without its prefix, so that no two cases share one, and a count."""
    issued = sa.select(sa.func.count()).where(d.referrals.c.case_id == case_id)
    tail = case_code(connection, case_id).partition("-")[2]
    return f"ZX-{tail}-{connection.execute(issued).scalar_one() + 1}"
