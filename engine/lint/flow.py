"""Which variables each process writes and which it needs, across call activities.

The analysis ignores order: a variable counts as known in a process when anything in that process, or a process it
calls, may write it. So it finds names that are misspelt or never set, and never complains about a correct diagram.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.lint.expressions import Read
from engine.lint.sites import GIVEN, OUTPUT, outputs_of_job
from engine.lint.subject import JOBS, Process, Step, Subject

COLLECTED = "the collected list"


@dataclass(frozen=True)
class Need:
    """A variable that a process reads but does not write; ``step`` and ``line`` say where."""

    name: str
    step: Step
    line: int
    element: str


@dataclass(frozen=True)
class Write:
    """A variable that a diagram sets explicitly; ``what`` says by which means."""

    name: str
    step: Step
    what: str


@dataclass
class Flows:
    """``known``: the variables of each process. ``needs``: what it must be given. ``read``: all that it may look at,
    what its calls look at on its behalf included."""

    known: dict[str, frozenset[str]] = field(default_factory=dict)
    needs: dict[str, dict[str, Need]] = field(default_factory=dict)
    read: dict[str, frozenset[str]] = field(default_factory=dict)


def trace(subject: Subject, reads: Mapping[str, list[Read]]) -> Flows:
    """Work the three maps out for all processes of a pack."""
    flows = Flows()
    flows.known = _known(subject)
    flows.needs = _needs(subject, reads, flows.known)
    flows.read = _read(subject, reads, flows.known)
    return flows


def explicit_writes(process: Process) -> list[Write]:
    """Output mappings, decision results and collected lists, in the order of the file."""
    found = []
    for step in process.steps.values():
        x = step.extensions
        found += [Write(mapping.target, step, "an output mapping") for mapping in x.outputs]
        if step.kind == "businessRuleTask" and not x.outputs and x.result_variable:
            found.append(Write(x.result_variable, step, "the decision's result"))
        if x.loop and x.loop.output_collection:
            found.append(Write(x.loop.output_collection, step, COLLECTED))
    return [write for write in found if not stays_inside(write)]


def stays_inside(write: Write) -> bool:
    """True for an output that lands in an enclosing sub-process, or that its own multi-instance collects."""
    collected = write.name == write.step.collected and write.what != COLLECTED
    return collected or write.name in write.step.host_locals


def decision_reads(subject: Subject, step: Step) -> frozenset[str]:
    """The variables that the decision of a business rule task looks at."""
    return frozenset(path[0] for path in subject.decisions.reads(step.extensions.decision_id)) - GIVEN


def _known(subject: Subject) -> dict[str, frozenset[str]]:
    known = {process.id: _own_writes(subject, process) for process in subject.processes.values()}
    changed = True
    while changed:
        changed = False
        for step in subject.steps("callActivity"):
            called = known.get(step.extensions.called_process, frozenset())
            if step.extensions.propagate_child and not step.extensions.outputs and not called <= known[step.process.id]:
                known[step.process.id] |= called
                changed = True
    return known


def _own_writes(subject: Subject, process: Process) -> frozenset[str]:
    names = {write.name for write in explicit_writes(process)}
    for step in process.of_kind(*JOBS):
        if not step.extensions.outputs:
            names |= outputs_of_job(subject, step.extensions.job_type) - {step.collected}
    if subject.manifest and process.id not in subject.callers:
        names |= set(subject.manifest.variables)
    return frozenset(names)


def _needs(
    subject: Subject, reads: Mapping[str, list[Read]], known: Mapping[str, frozenset[str]]
) -> dict[str, dict[str, Need]]:
    needs: dict[str, dict[str, Need]] = {process_id: {} for process_id in subject.processes}
    for process_id, found in reads.items():
        for read in found:
            if not read.site.is_open:
                missing = (
                    read.roots
                    - read.site.locals
                    - read.site.earlier
                    - known[process_id]
                    - _returned(read, known)
                    - GIVEN
                )
                _add(needs[process_id], missing, read.site.step, read.site.line, read.site.element)
    for step in subject.steps("businessRuleTask"):
        missing = decision_reads(subject, step) - step.host_locals - step.locals - known[step.process.id]
        _add(needs[step.process.id], missing, step, step.line, step.id)
    changed = True
    while changed:
        changed = False
        for step in subject.steps("callActivity"):
            if step.extensions.propagate_parent:
                given = step.host_locals | step.locals | known[step.process.id]
                missing = frozenset(needs.get(step.extensions.called_process, {})) - given
                changed |= _add(needs[step.process.id], missing, step, step.line, step.id)
    return needs


def _returned(read: Read, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The output mappings of a call see the variables of the called process."""
    if read.site.step.kind != "callActivity" or read.site.expression.place != OUTPUT:
        return frozenset()
    return known.get(read.site.step.extensions.called_process, frozenset())


def _add(needs: dict[str, Need], names: frozenset[str], step: Step, line: int, element: str) -> bool:
    fresh = sorted(names - needs.keys())
    needs.update({name: Need(name, step, line, element) for name in fresh})
    return bool(fresh)


def _read(
    subject: Subject, reads: Mapping[str, list[Read]], known: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """To a fixed point: what a process looks at, what its calls look at with all its variables in sight, and what its
    callers look at once they have all of its own."""
    looked = {process_id: frozenset[str]() for process_id in subject.processes}
    for process_id, found in reads.items():
        looked[process_id] = frozenset().union(
            *(read.touched - read.site.locals - _returned(read, known) for read in found)  # a local hides the variable
        )
    for step in subject.steps("businessRuleTask"):
        looked[step.process.id] |= decision_reads(subject, step)
    for step in subject.steps("callActivity"):
        if step.extensions.called_process in looked:
            looked[step.extensions.called_process] |= _results_read(reads[step.process.id], step)
    changed = True
    while changed:
        changed = False
        for step in subject.steps("callActivity"):
            caller, called = step.process.id, step.extensions.called_process
            if called not in looked:
                continue
            down = looked[called] if step.extensions.propagate_parent else frozenset()
            up = looked[caller] if step.extensions.propagate_child and not step.extensions.outputs else frozenset()
            if not (down <= looked[caller] and up <= looked[called]):
                looked[caller] |= down
                looked[called] |= up
                changed = True
    return looked


def _results_read(found: list[Read], step: Step) -> frozenset[str]:
    outputs = (read for read in found if read.site.step is step and read.site.expression.place == OUTPUT)
    return frozenset(name for read in outputs for name in read.touched)
