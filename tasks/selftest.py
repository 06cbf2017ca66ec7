"""Workers of the selftest pack: they leave their trace in the case facts, so that a person can see what ran.

The pack proves an installation from end to end (``shenhou case start selftest --message application_filed``); nothing
else uses these types.
"""

from __future__ import annotations

from typing import Any

from engine.registry import CaseAccess, Job, worker

PLACE = "selftest"


@worker(
    "selftest.note",
    in_transaction=True,
    inputs=("text",),
    outputs=("note_number",),
    errors=("niche_taken",),
)
def note(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Number a note and keep it with the case, in the transaction that reaches the task."""
    kept = list(_kept(case, "notes"))
    kept.append({"element": job.element_id, "text": job.inputs.get("text"), "at": case.now().isoformat()})
    case.write_facts({"notes": kept}, PLACE)
    return {"note_number": len(kept)}


@worker("selftest.push", inputs=("text",))
def push(job: Job, case: CaseAccess) -> None:
    """Deliver a text to nobody: after the commit, with the job's id as its receipt."""
    sent = list(_kept(case, "pushes"))
    if all(entry["receipt"] != job.id for entry in sent):
        sent.append({"receipt": job.id, "text": job.inputs.get("text"), "attempt": job.attempt})
    case.write_facts({"pushes": sent}, PLACE)


def _kept(case: CaseAccess, name: str) -> list[Any]:
    found = case.facts.get(PLACE, {}).get(name, [])
    return list(found)
