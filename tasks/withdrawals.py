"""Withdrawing: an applicant takes back one item, some, or all of an application."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from engine.errors import RuleViolation
from engine.registry import CaseAccess, Job, worker
from tasks import filings, legal_clock, materials
from tasks import tables as d
from tasks.command import connection_of
from tasks.items import FINAL, LIVE_PAYMENT, items_of, name_of, settle_item


@worker("items.withdraw", in_transaction=True, inputs=("filing", "items"), outputs=("withdrawn", "kept"))
def withdraw(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Withdraw items of one's own application; an empty list means all that can still be withdrawn.

    ``kept`` are sentences about what stays, since another heir's item stands on it (H-4).
    Whoever filed the application withdraws it, or the window for them.

    A dormant item ends at once; one at work is told so (``item_withdrawn``) and ends by its own process. When nothing
    is left of an application that was not accepted, it ends as well (``application_withdrawn``).
    Refuses with filing_unknown, filing_settled, item_not_yours, item_tracked, item_settled, payment_made,
    prerequisite_missing, nothing_to_withdraw.
    Rule: C-26, INV-6, inferred; H-4: what another item stands on is withdrawn together with it.
    """
    connection, name = connection_of(case), str(job.inputs["filing"])
    filing = filings.get_filing(connection, job.case_id, name)
    _demand_own(case, job.case_id, name)
    filings.demand_status(filing, "filed", "supplement", "accepted")
    mine = {row.code: row for row in items_of(connection, filing.id)}
    paid = _being_paid(connection, job.case_id)
    named = _named(case, mine, paid, job.inputs["items"] or ())
    chosen, kept = named, list[str]()
    if not named:
        chosen, kept = _leave_needed(case, job.case_id, _all_that_can(mine, paid))
        _demand_some(kept, chosen)
    if not chosen and filing.status == "accepted":
        raise RuleViolation("nothing_to_withdraw", "本次申请没有可以撤回的事项；已办结或正在付款的不能撤回")
    _demand_dependents(case, job.case_id, chosen)
    for code in chosen:
        if mine[code].status == "dormant":
            settle_item(case, job.case_id, code, "withdrawn", "withdrawn")
        else:
            case.publish("item_withdrawn", correlation_key=code)
    materials.drop_items(case, filing, chosen)
    case.write_facts({"withdrawal": {"withdrawn": chosen, "kept": kept}}, f"filings.{name}")
    if filing.status != "accepted":
        _end_if_empty(case, filing)
    return {"withdrawn": chosen, "kept": kept}


def _demand_own(case: CaseAccess, case_id: str, name: str) -> None:
    """An applicant takes back what they filed themselves; what another heir does not want, they object to (C-26)."""
    if not filings.is_own(case, case_id, name):
        message = "只能撤回本人提交的申请；对他人的申请有不同意见的，请提出异议，或者到政务服务窗口办理"
        raise RuleViolation("item_not_yours", message, "C-26")


def _named(case: CaseAccess, mine: dict[str, Any], paid: set[str], codes: Sequence[str]) -> list[str]:
    """The codes asked for, each of which must be withdrawable."""
    for code in codes:
        row, name = mine.get(code), name_of(case, code)
        if row is None:
            raise RuleViolation("item_not_yours", f"“{name}”不在本次申请中，只能撤回自己申请的事项", "C-26")
        if row.tracked:
            raise RuleViolation("item_tracked", f"“{name}”随证明或火化登记自动办结，无需撤回")
        if row.status in FINAL:
            raise RuleViolation("item_settled", f"“{name}”{FINAL[row.status]}，不能撤回", "INV-6")
        if code in paid:
            raise RuleViolation("payment_made", f"“{name}”已经付款或正在付款，不能撤回；请与办理部门联系", "INV-5")
    return list(dict.fromkeys(codes))


def _all_that_can(mine: dict[str, Any], paid: set[str]) -> list[str]:
    return [code for code, row in mine.items() if not row.tracked and row.status not in FINAL and code not in paid]


def _leave_needed(case: CaseAccess, case_id: str, codes: list[str]) -> tuple[list[str], list[str]]:
    """Of all that could be withdrawn what can be, and why the rest stays."""
    chosen, kept = list(codes), []
    while (left := _find_dependent(case, case_id, chosen)) is not None:
        chosen.remove(left.requires)
        kept.append(
            f"“{name_of(case, left.requires)}”：其他申请人的“{name_of(case, left.code)}”须在它办结后办理，不能撤回"
        )
    return chosen, kept


def _demand_some(kept: Sequence[str], chosen: Sequence[str]) -> None:
    if kept and not chosen:
        raise RuleViolation("prerequisite_missing", f"{'；'.join(kept)}；请与该申请人商量，或者到窗口咨询", "H-4")


def _being_paid(connection: sa.Connection, case_id: str) -> set[str]:
    p = d.payments.c
    query = sa.select(p.item).where(p.case_id == case_id, p.status.in_(LIVE_PAYMENT))
    return set(connection.execute(query).scalars())


def _demand_dependents(case: CaseAccess, case_id: str, chosen: Sequence[str]) -> None:
    """What stands on a withdrawn item cannot stay alone, whoever's it is (H-4)."""
    left = _find_dependent(case, case_id, chosen)
    if left is not None:
        message = f"“{name_of(case, left.code)}”须在“{name_of(case, left.requires)}”办结后办理，请一并撤回"
        raise RuleViolation("prerequisite_missing", message, "H-4")


def _find_dependent(case: CaseAccess, case_id: str, chosen: Sequence[str]) -> Any:
    """An open item (``code``) besides the chosen ones that ``requires`` one of them; None where there is none."""
    r, i = d.item_requirements.c, d.items.c
    query = (
        sa.select(r.requires, r.code)
        .join(d.items, sa.and_(i.case_id == r.case_id, i.code == r.code))
        .where(r.case_id == case_id, r.requires.in_(chosen), r.code.not_in(chosen), i.status.not_in(list(FINAL)))
    )
    return connection_of(case).execute(query.order_by(r.requires, r.code)).first()


def _end_if_empty(case: CaseAccess, filing: Any) -> None:
    """Tracked items do not keep an application alive: they come about without it."""
    connection = connection_of(case)
    if any(not row.tracked and row.status not in FINAL for row in items_of(connection, filing.id)):
        return
    for row in items_of(connection, filing.id):
        legal_clock.end_pause(connection, filing.case_id, case.now(), reason="supplement", item=row.code)
    filings.end_filing(case, filing.case_id, filing.name, "withdrawn")
    case.publish("application_withdrawn", correlation_key=filing.name)
