"""The workers of the pack ``selftest``: one for each way in which a worker can run. They touch nothing outside."""

from __future__ import annotations

import logging
from typing import Any

from engine.registry import CaseAccess, Job, worker

log = logging.getLogger(__name__)


@worker(
    "selftest.note",
    in_transaction=True,
    inputs=("text",),
    outputs=("note_number",),
    errors=("niche_taken",),
)
def note(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Add a line to the case's notes, in the command's own transaction, and return its number."""
    notes = [*case.facts.get("notes", []), str(job.inputs["text"])]
    case.write_facts({"notes": notes})
    return {"note_number": len(notes)}


@worker("selftest.push", inputs=("text",))
def push(job: Job, case: CaseAccess) -> None:
    """Stand for a message to somebody outside: runs after the commit, and tells the log that it ran."""
    log.info("job %s: pushed at attempt %s", job.id, job.attempt)
