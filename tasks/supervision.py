"""Supervision marks (督办): what took too long or went wrong, open until somebody sees to it.

Rule: P-17, P-12; H-34 for a certificate that is late. No document sets a consequence (H-38): a mark stops nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

import sqlalchemy as sa

from engine.clock import to_text
from engine.errors import RuleViolation
from engine.registry import CaseAccess, Job, worker
from tasks import tables as d
from tasks.command import connection_of
from tasks.notices import queue_notice

KINDS: Mapping[str, str] = {
    "certificate_late": "死因调查结束后超过时限，尚未出具死亡证明",
    "frozen_long": "遗体冻结时间较长，公安审核尚未结束",
    "due_soon": "临近办理期限",
    "overdue": "超过办理期限",
    "department_silent": "部门系统没有回应",
    "payment_unclear": "付款已交银行后又须暂停，是否付出尚不清楚，请向银行核实",
    "paid_before_revocation": "死亡登记撤销前已经付款，需要追回",
    "deferred_uncured": "受理后应补交的材料逾期未补",
    "low_rating": "收到差评，需要回访",
    "untrue": "材料、信息或承诺经核查不实",
}


@worker("supervision.mark", in_transaction=True, inputs=("kind", "item?"))
def mark_case(job: Job, case: CaseAccess) -> None:
    """Mark the case, or one item of it, and tell the supervisors; one open mark a kind and item."""
    mark(case, job.case_id, str(job.inputs["kind"]), job.inputs.get("item"))


def mark(case: CaseAccess, case_id: str, kind: str, item: str | None = None) -> bool:
    """Set a mark and tell the supervisors; False where the same one is open already, and nobody is told again."""
    if kind not in KINDS:
        raise RuleViolation("supervision_kind_unknown", f"没有“{kind}”这种督办，请联系流程管理员修改流程包", "P-17")
    connection = connection_of(case)
    if connection.execute(sa.select(d.supervision.c.id).where(*_open(case_id, kind, item))).first() is not None:
        return False
    row = {"id": uuid4().hex, "case_id": case_id, "item": item, "kind": kind, "noted_at": to_text(case.now())}
    connection.execute(d.supervision.insert().values(row))
    queue_notice(case, case_id, "reminder_clerk", "supervisor", item=item, values={"kind_name": KINDS[kind]})
    return True


def clear(case: CaseAccess, case_id: str, kind: str, item: str | None = None) -> None:
    """Take a mark back: what it told of is seen to."""
    cleared = d.supervision.update().where(*_open(case_id, kind, item)).values(cleared_at=to_text(case.now()))
    connection_of(case).execute(cleared)


def _open(case_id: str, kind: str, item: str | None) -> list[sa.ColumnElement[bool]]:
    c = d.supervision.c
    return [c.case_id == case_id, c.kind == kind, c.item.is_not_distinct_from(item), c.cleared_at.is_(None)]
