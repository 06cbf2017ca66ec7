"""Outputs of decisions: a diagram asks a result only for what its table gives."""

from __future__ import annotations

from collections.abc import Mapping

from engine.lint.expressions import Read
from engine.lint.flow import explicit_writes
from engine.lint.kinds import Findings
from engine.lint.subject import Process, Subject


def check_outcomes(subject: Subject, reads: Mapping[str, list[Read]], findings: Findings) -> None:
    for process in subject.processes.values():
        fields = _fields(subject, process)
        for read in reads[process.id]:
            for path in sorted(read.parsed.reads):
                known = fields.get(path[0], frozenset())
                if len(path) > 1 and known and path[1] not in known and path[0] not in read.site.locals:
                    message = f"{path[0]} has no output {path[1]!r} (only {', '.join(sorted(known))})"
                    remedy = "correct the name, or add the output to the decision table"
                    site = read.site
                    findings.error(site.file, site.line, site.element, "names/unknown-output", message, remedy)


def _fields(subject: Subject, process: Process) -> dict[str, frozenset[str]]:
    """For each variable that nothing but decisions with named outputs sets: those names."""
    found: dict[str, frozenset[str]] = {}
    unsure: set[str] = set()
    for write in explicit_writes(process):
        step = write.step
        is_result = step.kind == "businessRuleTask" and not step.extensions.outputs and step.extensions.loop is None
        fields = subject.decisions.result_fields(step.extensions.decision_id) if is_result else ()
        if fields:
            found[write.name] = found.get(write.name, frozenset()) | set(fields)
        else:
            unsure.add(write.name)
    return {name: fields for name, fields in found.items() if name not in unsure}
