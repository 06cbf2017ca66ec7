"""Withdrawing: an applicant takes back one item, some, or all of an application."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from engine.errors import RuleViolation
from engine.registry import CaseAccess, Job, worker
from tasks import filings, legal_clock
from tasks import tables as d
from tasks.command import connection_of
from tasks.items import FINAL, LIVE_PAYMENT, items_of, name_of, settle_item


@worker("items.withdraw", in_transaction=True, inputs=("filing", "items"), outputs=("withdrawn",))
def withdraw(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Withdraw items of one's own application; an empty list means all that can still be withdrawn.

    A dormant item ends at once; one at work is told so (``item_withdrawn``) and ends by its own process. When nothing
    is left of an application that was not accepted, it ends as well (``application_withdrawn``).
    Refuses with filing_unknown, filing_settled, item_not_yours, item_tracked, item_settled, payment_made,
    prerequisite_missing, nothing_to_withdraw.
    Rule: C-26, INV-6, inferred; H-4: what another item stands on is withdrawn together with it.
    """
    connection, name = connection_of(case), str(job.inputs["filing"])
    filing = filings.get_filing(connection, job.case_id, name)
    filings.demand_status(filing, "filed", "supplement", "accepted")
    mine = {row.code: row for row in items_of(connection, filing.id)}
    paid = _being_paid(connection, job.case_id)
    named = _named(case, mine, paid, job.inputs["items"] or ())
    chosen = named or _all_that_can(mine, paid)
    if not chosen and filing.status == "accepted":
        raise RuleViolation("nothing_to_withdraw", "本次申请没有可以撤回的事项；已办结或正在付款的不能撤回")
    _demand_dependents(case, job.case_id, chosen)
    for code in chosen:
        if mine[code].status == "dormant":
            settle_item(case, job.case_id, code, "withdrawn", "withdrawn")
        else:
            case.publish("item_withdrawn", correlation_key=code)
    if filing.status != "accepted":
        _end_if_empty(case, filing)
    return {"withdrawn": chosen}


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


def _being_paid(connection: sa.Connection, case_id: str) -> set[str]:
    p = d.payments.c
    query = sa.select(p.item).where(p.case_id == case_id, p.status.in_(LIVE_PAYMENT))
    return set(connection.execute(query).scalars())


def _demand_dependents(case: CaseAccess, case_id: str, chosen: Sequence[str]) -> None:
    """What stands on a withdrawn item cannot stay alone, whoever's it is (H-4)."""
    r, i = d.item_requirements.c, d.items.c
    query = (
        sa.select(r.requires, r.code)
        .join(d.items, sa.and_(i.case_id == r.case_id, i.code == r.code))
        .where(r.case_id == case_id, r.requires.in_(chosen), r.code.not_in(chosen), i.status.not_in(list(FINAL)))
    )
    left = connection_of(case).execute(query).first()
    if left is not None:
        message = f"“{name_of(case, left.code)}”须在“{name_of(case, left.requires)}”办结后办理，请一并撤回"
        raise RuleViolation("prerequisite_missing", message, "H-4")


def _end_if_empty(case: CaseAccess, filing: Any) -> None:
    """Tracked items do not keep an application alive: they come about without it."""
    connection = connection_of(case)
    if any(not row.tracked and row.status not in FINAL for row in items_of(connection, filing.id)):
        return
    for row in items_of(connection, filing.id):
        legal_clock.end_pause(connection, filing.case_id, case.now(), reason="supplement", item=row.code)
    filings.end_filing(case, filing.case_id, filing.name, "withdrawn")
    case.publish("application_withdrawn", correlation_key=filing.name)
