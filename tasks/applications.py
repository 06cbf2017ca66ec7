"""The joint application: what is handed in, taken in, sent back, refused, and joined by another heir."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from engine import tables as t
from engine.clock import local_date, to_text
from engine.errors import RuleViolation
from engine.pack_schema import Manifest
from engine.registry import CaseAccess, Job, worker
from tasks import acceptance, filings, guards, identity, in_laws, items, legal_clock, localities, payees, referrals
from tasks import tables as d
from tasks.command import connection_of, facts_at, text_of, values_at
from tasks.switches import switch

KINDS = {
    "first_order": "第一顺位继承人",
    "second_order": "第二顺位继承人",
    "testamentary": "遗嘱继承人",
    "legatee": "受遗赠人",
}
NOT_FIRST_ORDER = frozenset({"sibling", "grandparent", "other"})
"""Relations not of the first order. Rule: 民法典 1127 (inferred); a grandchild may stand in for a child (1128), and a
widowed child-in-law may have earned it (1129)."""
CHANNELS = ("online", "window", "phone", "agent", "institution", "home_visit")
PAYEE_PLACES = ("social", "payout")
"""Where an application says whom money goes to: for the pension benefits alone, or for whatever is paid (Y-15)."""
_WILL_NOT_BE_DONE = frozenset({"refused", "withdrawn", "offline", "not_applicable"})


@worker("application.register", in_transaction=True, inputs=("filing",), outputs=("items", "applicant_kind", "payee"))
def register(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Take an application in: who applies, for what, whether it can be asked together. Tells ``application_filed``.

    Refuses with no_items, unknown_item, prerequisite_missing, together_missing, applicant_incomplete, identity_invalid,
    account_invalid, account_mismatch, payee_incomplete, payee_not_allowed,
    standing_invalid, applicant_is_deceased, certificate_missing, remains_unsettled, online_closed, death_revoked,
    filing_settled.
    Rule: H-1 (hunan-2025, 二(一)), one or more items; H-7 after the certificate; C-31 the applicant, not the reporter.
    """
    connection, name = connection_of(case), str(job.inputs["filing"])
    guards.check_not_revoked(connection, job.case_id)
    filings.demand_intake(case, job.case_id)
    localities.demand_channel(case, job.case_id)
    row = filings.find_filing(connection, job.case_id, name)
    if row is not None:
        filings.demand_status(row, "draft", "filed", "supplement")
    values = values_at(case, f"filings.{name}")
    chosen = _chosen_items(case.release.manifest, values)
    _demand_prerequisites(connection, job.case_id, case.release.manifest, chosen)
    _demand_together(case, job.case_id, chosen)
    kind, digest = _identify(case, values.get("applicant") or {})
    payees.check_stated(case, name)
    filings.save_filing(
        case,
        job.case_id,
        name,
        channel=_channel(case, values.get("channel") or (row.channel if row else None)),
        applicant_kind=kind,
        identity_digest=digest,
        status="filed",
        filed_at=to_text(case.now()),
    )
    case.publish("application_filed")
    stated = (text_of(facts_at(case, f"filings.{name}.{place}"), "payee") for place in PAYEE_PLACES)
    return {"items": chosen, "applicant_kind": kind, "payee": next(filter(None, stated), "")}


@worker("application.join", in_transaction=True, inputs=("channel",), outputs=("filing",))
def join(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Open a place on the case for another heir's application; there is one case for a deceased.

    Rule: C-26 (inferred; no document speaks of it). Refuses with death_revoked, case_closed, certificate_missing,
    remains_unsettled.
    """
    connection = connection_of(case)
    guards.check_not_revoked(connection, job.case_id)
    status = connection.execute(sa.select(t.cases.c.status).where(t.cases.c.id == job.case_id)).scalar()
    if status != "open":
        raise RuleViolation("case_closed", "本办件已经办结，请到政务服务窗口逐项办理", "C-26")
    filings.demand_intake(case, job.case_id)
    query = sa.select(d.filings.c.name).where(d.filings.c.case_id == job.case_id)
    numbers = [int(name.removeprefix("f")) for name in connection.execute(query).scalars()]
    name = f"f{max(1, *numbers, 1) + 1}"
    channel = _channel(case, job.inputs["channel"])
    filings.save_filing(case, job.case_id, name, channel=channel, status="draft")
    case.write_facts({"channel": channel}, f"filings.{name}")
    return {"filing": name}


@worker("application.supplement", in_transaction=True, inputs=("filing",))
def ask_supplement(job: Job, case: CaseAccess) -> None:
    """Send an application back for what is missing; the next ``materials.check`` takes it up again.

    What the window names in ``acceptance.returned`` (codes) must be provided anew. Nothing counts before acceptance,
    so the pause only shows that the family is awaited (C-27).
    """
    connection, name = connection_of(case), str(job.inputs["filing"])
    row = filings.get_filing(connection, job.case_id, name)
    filings.demand_status(row, "filed")
    filings.save_filing(case, job.case_id, name, status="supplement")
    acceptance.return_materials(case, row, facts_at(case, f"filings.{name}.acceptance").get("returned") or [])
    for item in items.items_of(connection, row.id):
        if item.status not in items.FINAL:
            legal_clock.stop_clock(case, job.case_id, "supplement", item=item.code)


@worker("application.refuse", in_transaction=True, inputs=("filing",))
def refuse(job: Job, case: CaseAccess) -> None:
    """Do not accept an application: its items end refused, and the family gets a slip that says where to go (INV-12).

    Tracked items go on: a certificate or a cremation does not hang on the application.
    """
    connection, name = connection_of(case), str(job.inputs["filing"])
    row = filings.get_filing(connection, job.case_id, name)
    filings.demand_status(row, "filed", "supplement")
    stated = values_at(case, f"filings.{name}.acceptance")
    reason = "逾期没有提交材料或签署承诺函"
    if stated.get("decision") == "refuse":
        reason = text_of(stated, "reason") or "申请不符合受理条件"
    filings.end_filing(case, job.case_id, name, "refused")
    for item in items.items_of(connection, row.id):
        if item.status not in items.FINAL and not item.tracked:
            items.settle_item(case, job.case_id, item.code, "refused", reason)
    referrals.issue_slip(case, job.case_id, reason, filing=name)


@worker("application.lapse", in_transaction=True, inputs=("filing",))
def lapse(job: Job, case: CaseAccess) -> None:
    """Nobody filed within the window that the pack gives (assumed: the documents name none)."""
    row = filings.find_filing(connection_of(case), job.case_id, str(job.inputs["filing"]))
    if row is not None:
        filings.demand_status(row, "draft")
        filings.end_filing(case, job.case_id, row.name, "lapsed")
    elif job.inputs["filing"] == filings.FIRST:
        case.write_facts({"status": "lapsed"}, "application")


@worker("application.conclude", in_transaction=True, inputs=("filing",))
def conclude(job: Job, case: CaseAccess) -> None:
    """End an application of which nothing is left to be accepted: no window will ever decide on it (``not_needed``).

    Its items have their results, go offline, came with another heir's application, or follow a certificate or the
    cremation, and go on without it. Refuses with filing_settled, items_open.
    Rule: C-02, C-26, P-14; that the application ends with the sorting of its items is inferred.
    """
    connection, name = connection_of(case), str(job.inputs["filing"])
    row = filings.get_filing(connection, job.case_id, name)
    filings.demand_status(row, "filed")
    if any(item.status not in items.FINAL and not item.tracked for item in items.items_of(connection, row.id)):
        raise RuleViolation("items_open", "本次申请还有需要受理的事项，请按受理程序办理", "INV-6")
    filings.end_filing(case, job.case_id, name, "not_needed")


@worker("application.accept", in_transaction=True, inputs=("filing", "items"))
def accept(job: Job, case: CaseAccess) -> None:
    """Accept an application (受理): the clock of the law begins.

    Refuses with death_revoked, certificate_missing, filing_settled, commitment_missing, support_unconfirmed,
    material_missing, original_unverified, deferral_not_offered, unknown_item.
    Rule: H-33 (hunan-2025, 附件3 五), 25个工作日; that they begin with the acceptance is inferred (C-27).
    """
    connection, name = connection_of(case), str(job.inputs["filing"])
    guards.check_not_revoked(connection, job.case_id)
    filings.demand_certificate(connection, job.case_id)
    row = filings.get_filing(connection, job.case_id, name)
    filings.demand_status(row, "filed")
    for code in job.inputs["items"]:
        items.get_item(connection, job.case_id, code)
    _demand_commitment(connection, row)
    in_laws.demand_confirmation(case, name)
    acceptance.take_in(case, row, facts_at(case, f"filings.{name}.acceptance"))
    filings.save_filing(case, job.case_id, name, status="accepted", accepted_at=to_text(case.now()))
    _start_clock(case, job.case_id, name, local_date(case.now()))


def _start_clock(case: CaseAccess, case_id: str, name: str, accepted_on: date) -> None:
    limit = legal_clock.limit_of(case.release.manifest, None)
    due = legal_clock.due_on(connection_of(case), case_id, None, accepted_on, limit, case.now())
    dates = {"accepted_on": accepted_on.isoformat(), "due_on": due.isoformat() if due else None}
    case.write_facts(dates, f"filings.{name}")
    if name == filings.FIRST:
        case.write_facts(dates, "application")


def _chosen_items(manifest: Manifest, values: Mapping[str, Any]) -> list[str]:
    """The codes that were ticked, once each, in the manifest's order."""
    ticked = set(values.get("items") or ())
    if not ticked:
        raise RuleViolation("no_items", "请至少选择一个要办理的事项", "H-1")
    if unknown := sorted(ticked - set(manifest.offered)):
        raise RuleViolation("unknown_item", f"本地没有开通这些事项：{'、'.join(unknown)}，请取消后重新提交")
    return [code for code in manifest.items if code in ticked]


def _demand_prerequisites(connection: sa.Connection, case_id: str, manifest: Manifest, chosen: Sequence[str]) -> None:
    """What an item stands on must be chosen with it, or be under way on the case; what is automatic comes by itself.

    Rule: H-4 (hunan-2025, 附件3 四 7), INV-4: 申请办理该业务必须勾选办理基本医疗保险减少登记（终止参保）.
    """
    c = d.items.c
    query = sa.select(c.code).where(c.case_id == case_id, c.status.not_in(_WILL_NOT_BE_DONE))
    at_hand = {*chosen, *connection.execute(query).scalars()}
    for code in chosen:
        for required in manifest.items[code].requires:
            if required not in at_hand and not manifest.items[required].automatic:
                names = manifest.items[code].name, manifest.items[required].name
                message = f"办理“{names[0]}”必须同时勾选“{names[1]}”，请勾选后重新提交"
                raise RuleViolation("prerequisite_missing", message, "H-4")


def _demand_together(case: CaseAccess, case_id: str, chosen: Sequence[str]) -> None:
    """What the law has handled together is chosen together: groups such as ``hukou_cancel+licence_cancel``.

    Rule: G-6, 除法律法规规定应当并行办理的事项外可以自主选择; which these are is a list of the pack (C-16).
    """
    groups = switch(case.release, "items.together") or ()
    c = d.items.c
    query = sa.select(c.code).where(c.case_id == case_id, c.status.not_in(_WILL_NOT_BE_DONE))
    at_hand = {*chosen, *connection_of(case).execute(query).scalars()} if groups else set()
    for codes in (str(group).split("+") for group in groups):
        lacking = [code for code in codes if code not in at_hand]
        if lacking and set(codes).intersection(chosen):
            names = "、".join(items.name_of(case, code) for code in codes)
            message = f"“{names}”应当一并办理，请全部勾选或者都不选"
            raise RuleViolation("together_missing", message, "G-6")


def _identify(case: CaseAccess, applicant: Mapping[str, Any]) -> tuple[str, str | None]:
    """The applicant's kind (C-03) and the digest of the identity number."""
    kind, number = applicant.get("kind"), text_of(applicant, "id_number")
    if kind not in KINDS:
        raise RuleViolation("applicant_incomplete", f"请选择申请人身份：{'、'.join(KINDS.values())}", "C-03")
    if kind == "first_order" and applicant.get("relation") in NOT_FIRST_ORDER:
        message = (
            "第一顺位继承人为配偶、子女、父母，以及尽了主要赡养义务的丧偶儿媳、女婿"
            "（民法典第一千一百二十七条、第一千一百二十九条）；请核对申请人身份或关系后重新提交"
        )
        raise RuleViolation("standing_invalid", message, "H-26")
    if not number or not text_of(applicant, "name"):
        raise RuleViolation("applicant_incomplete", "请填写申请人姓名和有效身份证件号码", "H-28")
    id_kind = text_of(applicant, "id_kind") or identity.RESIDENT
    if fault := identity.check_identity(id_kind, number, local_date(case.now())):
        raise RuleViolation("identity_invalid", f"申请人{fault}", "H-28", "applicant.id_number")
    digest = identity.digest(case.sealer, id_kind, number)
    deceased = values_at(case, "deceased")
    if digest == identity.digest(case.sealer, text_of(deceased, "id_kind"), text_of(deceased, "id_number")):
        message = "申请人证件号码与逝者相同，请填写申请人本人的证件号码"
        raise RuleViolation("applicant_is_deceased", message, "C-31", "applicant.id_number")
    return str(kind), digest


def _channel(case: CaseAccess, stated: object) -> str:
    """Through which channel it came; where nobody said, by who handed it in (P-8)."""
    if stated in CHANNELS:
        return str(stated)
    return "window" if any(group.startswith("window") for group in case.actor.groups) else "online"


def _demand_commitment(connection: sa.Connection, row: Any) -> None:
    c = d.commitments.c
    if connection.execute(sa.select(c.id).where(c.filing_id == row.id)).first() is None:
        raise RuleViolation("commitment_missing", "申请人尚未签署承诺函，签署后方可受理", "H-32")
