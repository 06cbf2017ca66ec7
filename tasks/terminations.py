"""Automatic terminations (自动终止): benefits that end with a death although nobody applied, once, and reversibly.

Rule: P-7, INV-11. Which end is the pack's decision; in the documents that name none it is a policy to be confirmed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.clock import to_text
from engine.errors import RuleViolation
from engine.registry import CaseAccess, Job, worker
from tasks import guards, outbox
from tasks import tables as d
from tasks.command import connection_of, facts_at
from tasks.pushes import queue_push


@worker("terminations.apply", in_transaction=True, inputs=("terminations",), outputs=("applied",))
def apply(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Terminate each ``{item, department}``: a row and a push to the department; ``applied`` are those that are new.

    What is terminated already is left alone; an item on the case goes its own way and is not touched. Refuses with
    death_revoked, certificate_missing, termination_invalid.
    """
    connection = connection_of(case)
    guards.check_not_revoked(connection, job.case_id)
    if guards.find_death_certificate(connection, job.case_id) is None:
        raise RuleViolation("certificate_missing", "死亡证明尚未生效，不能终止待遇；请先出具死亡证明", "P-7")
    entries = [_read_entry(case, entry) for entry in job.inputs["terminations"] or []]
    return {"applied": [code for code, department in entries if terminate(case, job.case_id, code, department)]}


@worker("terminations.check", in_transaction=True, inputs=("checks",), outputs=("checks",))
def check(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Note the benefits that somebody is to check, each ``{benefit, …}`` once a case; ``checks`` are the new ones.

    Rule: C-17: shared data count before what a family stated, and where they differ an official looks (据实处理).
    """
    noted = facts_at(case, "benefit_checks")
    new = {str(one["benefit"]): one for one in job.inputs["checks"] or [] if str(one["benefit"]) not in noted}
    for benefit in new:
        case.write_facts({"asked": True}, f"benefit_checks.{benefit}")
    return {"checks": list(new.values())}


def terminate(case: CaseAccess, case_id: str, code: str, department: str) -> bool:
    """Terminate one benefit and tell its department; False where it was terminated before, and nothing happens."""
    connection, c = connection_of(case), d.terminations.c
    if connection.execute(sa.select(c.item).where(c.case_id == case_id, c.item == code)).first():
        return False
    row = {"case_id": case_id, "item": code, "department": department, "applied_at": to_text(case.now())}
    connection.execute(d.terminations.insert().values(row))
    queue_push(case, case_id, f"dept.{department}", "terminate", item=code)
    shown = facts_at(case, "terminations").get("applied") or []
    case.write_facts({"applied": [*shown, code]}, "terminations")
    return True


def reverse(case: CaseAccess, case_id: str) -> list[str]:
    """Take every termination back, each once; the codes of those that were. The restoring push recalls the other.

    Rule: INV-11; C-26 (inferred).
    """
    connection, c = connection_of(case), d.terminations.c
    query = sa.select(c.item, c.department).where(c.case_id == case_id, c.reversed_at.is_(None)).order_by(c.item)
    reversed_ = []
    for code, department in connection.execute(query).all():
        mine = d.terminations.update().where(c.case_id == case_id, c.item == code, c.reversed_at.is_(None))
        connection.execute(mine.values(reversed_at=to_text(case.now())))
        recalled = outbox.recall(connection, case_id, "terminate", code)
        queue_push(case, case_id, f"dept.{department}", "restore", item=code, recalls=recalled)
        reversed_.append(code)
    return reversed_


def _read_entry(case: CaseAccess, entry: Mapping[str, Any]) -> tuple[str, str]:
    code, department = str(entry.get("item") or ""), str(entry.get("department") or "")
    group = case.release.manifest.groups.get(department)
    if not code or group is None or group.kind != "department":
        message = f"终止待遇的决策表给出了无法识别的事项或部门（{code}，{department}），请联系流程管理员修改流程包"
        raise RuleViolation("termination_invalid", message, "P-7")
    return code, department
