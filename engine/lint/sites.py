"""Every place of a diagram that holds FEEL, and the names that are known there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.bpmn.dialect.expressions import Expression, iter_expressions
from engine.lint.subject import JOBS, Process, Step, Subject

CASE = "case"
SWITCHES = "switches"
GIVEN = frozenset({CASE, SWITCHES})  # what FEEL sees besides variables
COUNTS = frozenset(
    {"numberOfInstances", "numberOfActiveInstances", "numberOfCompletedInstances", "numberOfTerminatedInstances"}
)
CAUGHT = frozenset({"errorCode", "errorMessage"})

INPUT = "zeebe:input source"
OUTPUT = "zeebe:output source"
COLLECTION = "zeebe:loopCharacteristics inputCollection"
ELEMENT = "zeebe:loopCharacteristics outputElement"
COMPLETION = "completionCondition"


@dataclass(frozen=True)
class Site:
    """One FEEL text. ``locals`` are the names known besides the variables of the process and ``case``.

    ``step`` is the node that it belongs to: for a condition the node that its flow leaves. ``earlier`` are variables
    that the output mappings before this one set, and that it sees already. ``is_open`` says that more
    names may be known, because what the step opens does not exist (which is reported as such).
    """

    step: Step
    expression: Expression
    locals: frozenset[str]
    earlier: frozenset[str] = frozenset()
    is_open: bool = False

    @property
    def file(self) -> str:
        return self.step.file

    @property
    def line(self) -> int:
        return self.expression.line

    @property
    def element(self) -> str:
        return self.expression.element_id or self.step.id


def sites_of(subject: Subject, process: Process) -> Iterator[Site]:
    """The FEEL of every step and of every condition."""
    for step in process.steps.values():
        yield from _sites_of_step(subject, step)
    for flow in process.flows:
        if flow.source is not None:
            leaving = process.steps[flow.source.id]
            for expression in iter_expressions(flow.element):
                yield Site(leaving, expression, leaving.host_locals)


def opens_unknown(subject: Subject, step: Step) -> bool:
    """True where the form, process, decision, job type or message that a step names does not exist."""
    x, manifest = step.extensions, subject.manifest
    if step.kind == "userTask":
        return x.form_id not in subject.forms
    if step.kind in JOBS:
        types = job_types_of(subject, x.job_type)
        return not types or any(not subject.serves(type_) for type_ in types)
    if step.kind == "callActivity":
        return x.called_process not in subject.processes
    if step.kind == "businessRuleTask":
        return not subject.decisions.knows(x.decision_id)
    if step.node.event == "error":
        return False
    return bool(step.node.catches) and (manifest is None or step.node.catches not in manifest.messages)


def results_of(subject: Subject, step: Step) -> frozenset[str]:
    """The names that a step's output mappings see besides its variables: what was submitted, returned or received.

    A called process's variables are not among them: they are known only when all processes have been read.
    """
    if step.kind == "userTask":
        form = subject.forms.get(step.extensions.form_id)
        return frozenset(path[0] for path in form.field_paths) if form else frozenset()
    if step.kind in JOBS:
        return outputs_of_job(subject, step.extensions.job_type)
    if step.kind == "businessRuleTask":
        return frozenset({step.extensions.result_variable})
    if step.node.event == "error":
        return CAUGHT
    return payload_of(subject, step.node.catches)


def job_types_of(subject: Subject, job_type: str) -> tuple[str, ...]:
    """The job types that a task may ask for: the one that it names, or, where FEEL computes it, those of the items."""
    if not job_type.startswith("="):
        return (job_type,)
    items = subject.manifest.items.values() if subject.manifest else ()
    return tuple(sorted({item.handling.job for item in items if item.handling and item.handling.job}))


def outputs_of_job(subject: Subject, job_type: str) -> frozenset[str]:
    """What is returned for a job type, whichever it turns out to be: by a worker, or by a system outside."""
    returned = [_outputs_of(subject, type_) for type_ in job_types_of(subject, job_type)]
    return frozenset.intersection(*returned) if returned else frozenset()


def _outputs_of(subject: Subject, job_type: str) -> frozenset[str]:
    if job_type in subject.job_types:
        return frozenset(subject.job_types[job_type].outputs)
    if subject.manifest and job_type in subject.manifest.jobs:
        return frozenset(subject.manifest.jobs[job_type].outputs)
    return frozenset()


def payload_of(subject: Subject, message: str) -> frozenset[str]:
    """The variables that a message brings, or the fields of its form."""
    if subject.manifest is None or message not in subject.manifest.messages:
        return frozenset()
    declared = subject.manifest.messages[message]
    form = subject.forms.get(declared.form or "")
    return frozenset(path[0] for path in form.field_paths) if form else frozenset(declared.variables)


def _sites_of_step(subject: Subject, step: Step) -> Iterator[Site]:
    around, own = step.host_locals, step.host_locals | step.locals
    if step.kind == "boundaryEvent":
        own = around  # it is armed in the scope around its activity, and sees none of the activity's locals
    mapped = around | step.loop_names
    results, earlier = own | results_of(subject, step), frozenset[str]()
    for expression in step.expressions:
        if expression.place == INPUT:
            yield Site(step, expression, mapped)
            mapped |= {expression.target}
        elif expression.place == OUTPUT:
            yield Site(step, expression, results, earlier, opens_unknown(subject, step))
            earlier |= {expression.target}
        elif expression.place == COLLECTION:
            yield Site(step, expression, around)
        elif expression.place == COMPLETION:
            yield Site(step, expression, own | _kept(subject, step) | COUNTS)
        elif expression.place == ELEMENT:
            yield Site(step, expression, own | _kept(subject, step))
        else:
            yield Site(step, expression, own)


def _kept(subject: Subject, step: Step) -> frozenset[str]:
    """What an instance of a multi-instance sets and keeps to itself."""
    outputs = frozenset(mapping.target for mapping in step.extensions.outputs)
    return (outputs or results_of(subject, step)) & {step.collected}
