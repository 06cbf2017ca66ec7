"""Appointments and home visits (预约服务、上门服务) for people who cannot easily come to a window.

One document offers them (T-7), so that the diagram and its forms are that pack's; the workers are for whoever draws the
like. Each request has a record of its own, ``visits.v1``, ``visits.v2`` …: what was asked, planned and done.
"""

from __future__ import annotations

from typing import Any

from engine.clock import to_text
from engine.registry import CaseAccess, Job, worker
from tasks import guards, notices
from tasks.command import connection_of, facts_at, text_of, values_at

REQUESTED = "visits.asked"  # where the message's form leaves what was asked
_SEALED = ("address", "phone", "name")


@worker("visit.open", in_transaction=True, outputs=("visit",))
def open_visit(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Note a request (message ``visit_asked``) under ``visits.<visit>``: v1, v2 … Refuses with death_revoked.

    Rule: T-7, P-8.
    """
    guards.lock_case(connection_of(case), job.case_id)
    guards.check_not_revoked(connection_of(case), job.case_id)
    asked = values_at(case, REQUESTED)
    visit = f"v{sum(1 for name in facts_at(case, 'visits') if name != 'asked') + 1}"
    stated = {name: value for name, value in asked.items() if name not in _SEALED}
    case.write_facts({"asked": {**stated, "by": case.actor.id, "at": to_text(case.now())}}, f"visits.{visit}")
    sealed = {name: asked[name] for name in _SEALED if asked.get(name)}
    case.write_sealed({"asked": sealed}, f"visits.{visit}")
    return {"visit": visit}


@worker("visit.tell", in_transaction=True, inputs=("visit", "template"), templates=("template",))
def tell(job: Job, case: CaseAccess) -> None:
    """Tell the family when somebody receives or visits them, or why nobody can. Rule: T-7, P-10."""
    visit = str(job.inputs["visit"])
    plan = values_at(case, f"visits.{visit}.plan")
    values = {
        "visit_on": text_of(plan, "on"),
        "visit_half": {"am": "上午", "pm": "下午"}.get(text_of(plan, "half"), ""),
        "visit_officer": text_of(plan, "officer"),
        "visit_phone": text_of(plan, "officer_phone"),
        "is_home_visit": facts_at(case, f"visits.{visit}.asked").get("kind") == "home_visit",
        "reason": text_of(plan, "reason"),
    }
    notices.queue_notice(case, job.case_id, str(job.inputs["template"]), "family", values=values)
