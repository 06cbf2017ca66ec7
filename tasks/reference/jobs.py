"""The job types as tables: those that workers here serve, and those that a library leaves to systems outside."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable

from engine.pack_schema import Manifest
from engine.registry import JobType
from tasks.reference.markdown import code, codes, table

_REFUSES = re.compile(r"[Rr]efuses with ((?:[a-z_`]+(?:,\s+| and )?)+)")
_SELFTEST = "selftest."


def lay_out_workers(workers: Iterable[JobType]) -> str:
    """Every job type that a worker here serves, but those of the engine's own tests."""
    head = ("job type", "what it does", "inputs", "outputs", "refuses with")
    rows = [
        (
            code(one.type) + ("" if one.in_transaction else " (after the commit)"),
            _plain(one.summary),
            codes(one.inputs),
            codes(one.outputs),
            codes(refusals(one)),
        )
        for one in workers
        if not one.type.startswith(_SELFTEST)
    ]
    return table(head, rows)


def lay_out_outside(library: Manifest) -> str:
    """The job types that the library declares for systems outside."""
    rows = []
    for type_, job in library.jobs.items():
        outputs = [f"{code(name)} {one.description or ''}".strip() for name, one in job.outputs.items()]
        errors = [f"{code(name)} {when}" for name, when in job.errors.items()]
        rows.append((code(type_), job.description, codes(job.inputs), "; ".join(outputs), "; ".join(errors) or "–"))
    return table(("job type", "what it does", "inputs", "outputs", "BPMN errors"), rows)


def refusals(one: JobType) -> list[str]:
    """The codes of its refusals: those that a diagram may catch by declaration, and those that its words name."""
    words = inspect.getdoc(one.function) or ""
    named = [name for found in _REFUSES.findall(words) for name in re.findall(r"[a-z_]{4,}", found)]
    return list(dict.fromkeys([*one.errors, *named]))


def _plain(text: str) -> str:
    return text.replace("``", "`")
