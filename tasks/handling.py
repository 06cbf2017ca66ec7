"""Handing an item to its department, and back to the family for a supplement."""

from __future__ import annotations

from typing import Any

from engine.clock import to_text
from engine.errors import RuleViolation
from engine.registry import CaseAccess, Job, worker
from tasks import acceptance, filings, gaps, guards, legal_clock
from tasks.command import connection_of, facts_at, text_of
from tasks.items import FINAL, demand_open, demand_payment, due_on, get_item, in_words, name_of, seal_reason, write_item

_HANDLING = ("by", "clerk", "reviewer", "job_type")


@worker(
    "items.start",
    in_transaction=True,
    inputs=("item", "filing"),
    outputs=("settled", "by", "clerk", "reviewer", "job_type", "pays"),
)
def start(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Hand an item to its department: its clock is set, and who handles it is read from the manifest.

    ``settled`` is true for an item that ended before it began. What was accepted on a gap or a declaration goes to the
    clerk (assumed). Refuses with unknown_item, filing_settled,
    prerequisite_missing.
    Rule: H-5 (hunan-2025, 二(四)6); INV-4: what it stands on is done, not merely ticked (H-4, inferred).
    """
    connection, code = connection_of(case), str(job.inputs["item"])
    row = get_item(connection, job.case_id, code)
    if row.status in FINAL:
        return dict.fromkeys(_HANDLING) | {"settled": True, "pays": False}
    filing = filings.get_filing(connection, job.case_id, str(job.inputs["filing"]))
    filings.demand_status(filing, "accepted")
    demand_prerequisites_done(case, job.case_id, code)
    if row.status == "dormant":
        started = {"status": "processing", "started_at": to_text(case.now())}
        write_item(case, job.case_id, code, **started, due_on=due_on(case, job.case_id, code))
    item = case.release.manifest.items[code]
    handling = item.handling
    if handling is None:
        raise RuleViolation("item_tracked", f"“{item.name}”随证明或火化登记自动办结，不需要部门办理")
    by = "clerk" if gaps.rests_on_words(connection, filing.id, code) else handling.by
    handled = {"by": by, "clerk": handling.clerk, "reviewer": handling.reviewer, "job_type": handling.job}
    return {"settled": False, "pays": item.pays, **handled}


@worker("items.pause", in_transaction=True, inputs=("item", "reason?", "stated_at?"))
def pause(job: Job, case: CaseAccess) -> None:
    """Send an item back to the family for a supplement (退回补正): its clock stands until they answer (C-27).

    What they are to bring is the ``reason``, or what somebody wrote at the dotted path ``stated_at``.
    """
    code = str(job.inputs["item"])
    reason = in_words(case, code, job.inputs.get("reason"), text_of(job.inputs, "stated_at"))
    row = get_item(connection_of(case), job.case_id, code)
    _demand_status(case, row, "processing", "paying")
    demand_payment(case, row, "supplement")
    if not reason:
        raise RuleViolation("reason_missing", "请写明需要申请人补正的内容")
    case.write_sealed({"reason": reason}, f"supplements.{code}")  # for the family's form, and for no variable
    legal_clock.stop_clock(case, job.case_id, "supplement", item=code)
    sealed, due = seal_reason(case, job.case_id, code, reason), due_on(case, job.case_id, code)
    write_item(case, job.case_id, code, status="supplement", reason=sealed, due_on=due)


@worker("items.resume", in_transaction=True, inputs=("item",))
def resume(job: Job, case: CaseAccess) -> None:
    """The family has answered: the department goes on, and the clock with it."""
    code = str(job.inputs["item"])
    row = get_item(connection_of(case), job.case_id, code)
    _demand_status(case, row, "supplement")
    acceptance.cure(case, row.filing_id, code, facts_at(case, f"supplements.{code}").get("how"))
    gaps.close_if_needless(case, job.case_id, row.filing_id)
    legal_clock.end_pause(connection_of(case), job.case_id, case.now(), reason="supplement", item=code)
    write_item(case, job.case_id, code, status="processing", reason=None, due_on=due_on(case, job.case_id, code))


def demand_prerequisites_done(case: CaseAccess, case_id: str, code: str) -> None:
    """Raises ``prerequisite_missing`` unless all that the item requires is done (H-4, INV-4)."""
    if missing := guards.find_unfinished_requirements(connection_of(case), case_id, code):
        names = "、".join(name_of(case, required) for required in missing)
        message = f"“{name_of(case, code)}”须在“{names}”办结之后办理"
        raise RuleViolation("prerequisite_missing", message, "H-4")


def _demand_status(case: CaseAccess, row: Any, *allowed: str) -> None:
    demand_open(case, row)
    if row.status not in allowed:
        message = f"“{name_of(case, row.code)}”当前状态不能进行此项操作，请刷新后再试"
        raise RuleViolation(f"item_not_{allowed[0]}", message)
