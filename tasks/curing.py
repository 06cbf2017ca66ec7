"""Bringing what an application was accepted without (补交材料)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from engine.clock import to_text
from engine.errors import RuleViolation
from engine.registry import CaseAccess, Job, worker
from tasks import filings, gaps, materials, supervision
from tasks.command import connection_of


@worker("materials.cure", in_transaction=True, inputs=("filing",), outputs=("left",))
def cure(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Take in what the family brings after acceptance; ``left`` says whether something is still to come.

    The list is that of ``materials.check``: ``upload`` counts as provided, ``bring_original`` only where the window
    enters it, which has then seen it; no upload stands for an original. Refuses with nothing_cured, death_revoked by
    the diagram.
    Rule: G-8, C-33 (inferred: no document says how a gap is closed); P-17, the mark of a late document is taken back.
    """
    connection, name = connection_of(case), str(job.inputs["filing"])
    filing = filings.get_filing(connection, job.case_id, name)
    rows = gaps.of_filing(connection, filing.id)
    stated = materials.stated_of(case, name, materials.rows_of(connection, filing.id))
    brought = [row for row in rows if _take_in(case, row, stated.get(row.code, {}))]
    if rows and not brought:
        message = "还没有补交任何材料：请上传，或者带到政务服务窗口由工作人员登记"
        raise RuleViolation("nothing_cured", message, "G-8")
    clear_marks(case, job.case_id, brought)
    materials.show(case, filing)
    return {"left": len(brought) < len(rows)}


def clear_marks(case: CaseAccess, case_id: str, brought: Iterable[Any]) -> None:
    """Take back that documents are late, for the items that lack none of them any more."""
    for filing_id, item in {(row.filing_id, item) for row in brought for item in orjson.loads(row.items)}:
        if not gaps.of_item(connection_of(case), filing_id, item):
            supervision.clear(case, case_id, "deferred_uncured", item)


def _take_in(case: CaseAccess, row: Any, entry: Any) -> bool:
    how = entry.get("how")
    if how == "upload" and row.medium != gaps.ORIGINAL and entry.get("files", True) not in ([], None, ""):
        materials.change_material(connection_of(case), row.id, status="provided")
        return True
    if how == "bring_original" and any(group.startswith("window") for group in case.actor.groups):
        seen = {"verified_at": to_text(case.now()), "verified_by": case.actor.id}
        materials.change_material(connection_of(case), row.id, status="verified", **seen)
        return True
    return False
