"""Choosing items: what an application puts on the case, who stands where for it, and what needs no handling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import sqlalchemy as sa

from engine.pack_schema import Manifest
from engine.registry import CaseAccess, Job, worker
from tasks import filings, guards, in_laws, localities, referrals, terminations, tracked
from tasks import tables as d
from tasks.command import connection_of
from tasks.items import FINAL, add_item, end_item, find_item, settle_item
from tasks.sealed_texts import open_text
from tasks.switches import switch

FIRST_ORDER_ITEMS = frozenset({"hpf_withdraw", "will_check"})
"""Rule: H-26 (hunan-2025, 附件4 (2)): 办理住房公积金提取、遗嘱公证信息核查的，为第一顺位继承人."""
ESTATE_QUERIES = frozenset({"will_check", "equity_query"})
"""Rule: H-27 (hunan-2025, 附件3 四 9、10): testamentary heirs and legatees with proof of inheritance."""


@worker("items.select", in_transaction=True, inputs=("filing", "items", "offline"), outputs=("items",))
def select(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Put the chosen items on the case; the codes that departments have still to handle.

    ``offline`` is a list of {item, reason}: what the pack's table says cannot be done jointly, which ends with a
    referral slip at once (H-3, P-14), and so does what the place has not claimed (G-16). What is on the case already
    stays with the application it came with (C-26); its final status never changes (INV-6).
    What has happened already (a certificate, the cremation, an automatic termination) is done at once (C-02). An
    automatic item that a chosen one requires comes along, and comes about now at the latest (Y-16, INV-4).
    """
    connection, name = connection_of(case), str(job.inputs["filing"])
    filing = filings.get_filing(connection, job.case_id, name)
    filings.demand_status(filing, "filed")
    offline = dict(localities.unclaimed(case, job.case_id, job.inputs["items"]))
    offline |= {row["item"]: row.get("reason") for row in job.inputs["offline"] or () if isinstance(row, Mapping)}
    ordered = _with_automatic(case.release.manifest, set(job.inputs["items"]) - offline.keys(), job.inputs["items"])
    relation = in_laws.RELATION if in_laws.inherits_so(case, name) else ""
    standings = {code: standing_of(case, filing.applicant_kind, code, relation) for code in ordered}
    _write_standings(case, filing, standings)
    to_handle = []
    for code in ordered:
        earlier = find_item(connection, job.case_id, code)
        if earlier is not None:
            _refer_lost(case, filing, earlier)
            continue
        add_item(case, job.case_id, filing, code)
        if not _settle_at_once(case, job.case_id, code, name, standings[code], offline):
            to_handle.append(code)
    return {"items": to_handle}


def _with_automatic(manifest: Manifest, handled: AbstractSet[str], chosen: Sequence[str]) -> list[str]:
    """The chosen codes in the manifest's order, each after the automatic ones that it requires."""
    ordered: dict[str, None] = {}
    for code, item in manifest.items.items():
        if code in chosen:
            required = item.requires if code in handled else ()
            ordered |= dict.fromkeys([*(one for one in required if manifest.items[one].automatic), code])
    return list(ordered)


def standing_of(case: CaseAccess, applicant_kind: str, code: str, relation: str = "") -> tuple[str, str | None]:
    """Whether this kind of applicant may have the item: ``entitled``, ``needs_proof``, ``not_entitled``; and why.

    A widowed child-in-law (``relation``) proves for every item what makes them an heir (民法典 1129).

    Rule: H-26, H-27; whether a second-order heir proves that there is none of the first order, is refused, or is an
    heir like others (a document that names no order), is the switch C-03. Assumed: a will must be proven for whatever
    is paid out or asked about, and for nothing else; nowhere if ``standing.by_will`` says so (S-4).
    """
    item = case.release.manifest.items[code]
    if relation == in_laws.RELATION:
        return "needs_proof", in_laws.REASON
    if applicant_kind in ("testamentary", "legatee"):
        if switch(case.release, "standing.by_will", "proof") == "open":
            return "entitled", None
        if item.pays or code in ESTATE_QUERIES | FIRST_ORDER_ITEMS:
            return "needs_proof", "须提供继承权证明（如法院判决书、公证遗嘱）"
    elif applicant_kind == "second_order" and code in FIRST_ORDER_ITEMS:
        rule = switch(case.release, "standing.second_order")
        if rule == "open":
            return "entitled", None
        if rule == "refuse":
            return "not_entitled", "该事项限第一顺位继承人办理"
        return "needs_proof", "须证明没有第一顺位继承人，由经办人核定"
    return "entitled", None


def _refer_lost(case: CaseAccess, filing: Any, earlier: Any) -> None:
    """What ended undone for another applicant is not taken up again here: this one reads where to go (P-14)."""
    if earlier.status in ("refused", "withdrawn", "offline") and earlier.filing_id != filing.id:
        reason = f"该事项在其他申请人的申请中{FINAL[earlier.status]}，本办件不再办理"
        referrals.issue_slip(case, filing.case_id, reason, filing=filing.name, item=earlier.code)


def _write_standings(case: CaseAccess, filing: Any, standings: Mapping[str, tuple[str, str | None]]) -> None:
    connection, c = connection_of(case), d.standings.c
    connection.execute(d.standings.delete().where(c.filing_id == filing.id))
    shown = [{"code": code, "standing": standing, "reason": reason} for code, (standing, reason) in standings.items()]
    if shown:
        connection.execute(d.standings.insert(), [{"filing_id": filing.id, **row} for row in shown])
    case.write_facts({"standings": shown}, f"filings.{filing.name}")


def _settle_at_once(
    case: CaseAccess,
    case_id: str,
    code: str,
    filing: str,
    standing: tuple[str, str | None],
    offline: Mapping[str, str | None],
) -> bool:
    """Whether no department has anything left to do for the item; what can be ended now, is."""
    if case.release.manifest.items[code].tracked:
        _settle_tracked(case, case_id, code)
        return True
    declared = case.release.manifest.items[code]
    if declared.automatic:
        terminations.terminate(case, case_id, code, declared.department)
        end_item(case, case_id, code, "done", "依据共享信息自动办理，无需申请")
    elif _is_terminated(connection_of(case), case_id, code):
        end_item(case, case_id, code, "done", "已依据共享信息自动办理，无需再办")
    elif code in offline:
        settle_item(case, case_id, code, "offline", offline[code] or "该事项不在联办范围，请到线下窗口办理")
    elif standing[0] == "not_entitled":
        settle_item(case, case_id, code, "refused", standing[1])
        referrals.issue_slip(case, case_id, standing[1] or "", filing=filing, item=code)
    else:
        return False
    return True


def _settle_tracked(case: CaseAccess, case_id: str, code: str) -> None:
    """A tracked item that has come about is 已具备, one that cannot any more does not apply (C-02, C-25)."""
    connection, r = connection_of(case), d.remains.c
    if code in (*tracked.CERTIFICATES.values(), tracked.ANY_CERTIFICATE):
        certificate = guards.find_death_certificate(connection, case_id)
        if certificate is not None:
            tracked.settle_certificates(case, case_id, certificate.kind)
    elif code == tracked.CREMATION:
        cremated = sa.select(d.cremations.c.case_id).where(d.cremations.c.case_id == case_id)
        otherwise = sa.select(d.remains).where(
            r.case_id == case_id,
            r.disposition.in_(("burial", "donation", "none")),
            sa.or_(r.disposed_at.is_not(None), r.evidence.is_not(None)),
        )
        if connection.execute(cremated).first():
            tracked.settle_tracked(case, case_id, code, "done")
        elif row := connection.execute(otherwise).first():
            evidence = open_text(case.sealer, r.evidence, row) or "遗体不火化"
            tracked.settle_tracked(case, case_id, code, "not_applicable", evidence)


def _is_terminated(connection: sa.Connection, case_id: str, code: str) -> bool:
    c = d.terminations.c
    query = sa.select(c.item).where(c.case_id == case_id, c.item == code, c.reversed_at.is_(None))
    return connection.execute(query).first() is not None
