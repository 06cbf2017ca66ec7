"""Variables: read but never written, written but never read, handed over to nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.lint.expressions import FormRead, Read
from engine.lint.flow import Flows, Need, decision_reads, explicit_writes
from engine.lint.hints import hint
from engine.lint.kinds import Findings
from engine.lint.sites import GIVEN, job_types_of, opens_unknown
from engine.lint.subject import JOBS, Process, Step, Subject

_BROKEN = frozenset({"feel/syntax", "dialect/expression"})  # what such a text reads, nobody knows
SPECIAL_IN_FORMS = GIVEN | frozenset({"this", "parent", "i", "_this_", "_parent_", "_i_"})


def check_names(
    subject: Subject, reads: Mapping[str, list[Read]], form_reads: Iterable[FormRead], flows: Flows, findings: Findings
) -> None:
    is_blurred = bool(subject.unread_diagrams) or not _BROKEN.isdisjoint(each.rule for each in findings.problems)
    for process in subject.processes.values():
        _check_needs(subject, process, flows, findings)
        if not is_blurred:
            _check_unread(process, flows, findings)
    for step in subject.steps("callActivity"):
        _check_call(subject, step, flows, findings)
    for step in subject.steps(*JOBS):
        _check_job_inputs(subject, step, findings)
    by_form: dict[str, list[FormRead]] = {}
    for form_read in form_reads:
        by_form.setdefault(form_read.form_id, []).append(form_read)
    for step in subject.steps("userTask"):
        _check_form(subject, step, by_form.get(step.extensions.form_id, []), findings)
    for message in subject.manifest.messages.values() if subject.manifest else ():
        _check_message_form(subject, by_form.get(message.form or "", []), findings)
    for step in subject.steps():
        _check_unused_inputs(subject, step, reads, by_form, flows, findings)


def _check_needs(subject: Subject, process: Process, flows: Flows, findings: Findings) -> None:
    if process.id in subject.callers and not subject.is_started(process):
        return  # its callers are asked for what it needs
    for need in flows.needs[process.id].values():
        message = f"nothing writes the variable {need.name!r}{_reader(subject, need, flows)}"
        remedy = "correct the name, or set it by an output mapping before; a text stands in quotes"
        remedy = hint(need.name, flows.known[process.id], remedy, findings)
        findings.error(need.step.file, need.line, need.element, "names/unwritten", message, remedy)


def _reader(subject: Subject, need: Need, flows: Flows) -> str:
    """For what a call or a decision needs: where, along the calls, it is read."""
    origin, passed = need, set[str]()
    while origin.step.kind == "callActivity" and origin.step.extensions.called_process not in passed:
        passed.add(origin.step.extensions.called_process)
        deeper = flows.needs.get(origin.step.extensions.called_process, {}).get(need.name)
        if deeper is None:
            break
        origin = deeper
    for file, look in subject.decisions.looks(origin.step.extensions.decision_id):
        if any(path[0] == need.name for path in look.reads):
            return f", which {look.element} reads ({file}:{look.line})"
    return "" if origin is need else f", which {origin.step.process.id} reads ({origin.step.file}:{origin.line})"


def _check_call(subject: Subject, step: Step, flows: Flows, findings: Findings) -> None:
    """A call that does not propagate must hand over by name all that the called process needs."""
    called = step.extensions.called_process
    if step.extensions.propagate_parent or called not in flows.needs:
        return
    for need in flows.needs[called].values():
        if need.name not in step.locals:
            message = f"{called} reads the variable {need.name!r} ({need.step.file}:{need.line}) and is not given it"
            meant = flows.known[called] | step.locals
            remedy = hint(need.name, meant, f"add an input mapping to {need.name}", findings)
            findings.error(step.file, step.line, step.id, "names/not-handed-over", message, remedy)


def _check_job_inputs(subject: Subject, step: Step, findings: Findings) -> None:
    """A job is given the variables that its task maps in, and no others; a worker of ours says which it must have."""
    job_type = subject.job_types.get(step.extensions.job_type)
    needed = {name for name in job_type.inputs if not name.endswith("?")} if job_type else set()
    for name in sorted(needed - step.locals):
        message = f"the worker of {step.extensions.job_type} needs {name!r} and is not given it"
        remedy = f"add an input mapping to {name}"
        findings.error(step.file, step.line, step.id, "names/job-input", message, remedy)


def _job_inputs(subject: Subject, step: Step) -> frozenset[str]:
    return frozenset().union(*(_inputs_of(subject, each) for each in job_types_of(subject, step.extensions.job_type)))


def _inputs_of(subject: Subject, job_type: str) -> frozenset[str]:
    if job_type in subject.job_types:
        return frozenset(name.removesuffix("?") for name in subject.job_types[job_type].inputs)
    if subject.manifest and job_type in subject.manifest.jobs:
        return frozenset(subject.manifest.jobs[job_type].inputs)
    return frozenset()


def _check_form(subject: Subject, step: Step, form_reads: list[FormRead], findings: Findings) -> None:
    """The expressions of a form see its fields, the case, and what the user task maps in: no other variable."""
    form = subject.forms.get(step.extensions.form_id)
    if form is None:
        return
    known = {path[0] for path in form.field_paths} | step.locals | SPECIAL_IN_FORMS
    for read in form_reads:
        for name in sorted({path[0] for path in read.parsed.reads} - known):
            message = f"the form reads {name!r}, which is no field of it and which {step.id} does not map in"
            remedy = f"correct the name, or add an input mapping to {name} at {step.id} ({step.file}:{step.line})"
            findings.error(read.file, read.line, read.component, "names/unwritten", message, remedy)


def _check_message_form(subject: Subject, form_reads: list[FormRead], findings: Findings) -> None:
    """The form of a message sees its fields and the case."""
    for read in form_reads:
        known = {path[0] for path in subject.forms[read.form_id].field_paths} | SPECIAL_IN_FORMS
        for name in sorted({path[0] for path in read.parsed.reads} - known):
            message = (
                f"the form reads {name!r}, which is no field of it; a message's form sees nothing else but the case"
            )
            findings.error(read.file, read.line, read.component, "names/unwritten", message, "correct the name")


def _check_unread(process: Process, flows: Flows, findings: Findings) -> None:
    for write in explicit_writes(process):
        if write.name not in flows.read[process.id]:
            message = f"nothing reads the variable {write.name!r}, which {write.what} sets"
            remedy = "remove it, or correct the name; facts that people look at belong into a form or a worker"
            step = write.step
            findings.warn(step.file, step.line, step.id, "names/unread", message, remedy)


def _check_unused_inputs(
    subject: Subject,
    step: Step,
    reads: Mapping[str, list[Read]],
    by_form: Mapping[str, list[FormRead]],
    flows: Flows,
    findings: Findings,
) -> None:
    if not step.inputs or opens_unknown(subject, step):
        return
    read = _own_reads(step, reads[step.process.id])
    if step.kind == "userTask":
        form = subject.forms[step.extensions.form_id]
        read |= {path[0] for path in form.field_paths}
        read |= {path[0] for each in by_form.get(form.id, []) for path in each.parsed.reads | each.parsed.element_reads}
    elif step.kind in JOBS:
        read |= _job_inputs(subject, step)
    elif step.kind == "callActivity":
        read |= flows.read[step.extensions.called_process]
    elif step.kind == "businessRuleTask":
        read |= decision_reads(subject, step)
    for name in sorted(step.inputs - read):
        message = f"nothing reads {name!r}, which an input mapping hands over"
        remedy = "remove the mapping, or correct its target"
        findings.warn(step.file, step.line, step.id, "names/unused-input", message, remedy)


def _own_reads(step: Step, found: list[Read]) -> set[str]:
    """What the step's own expressions and, for a sub-process, those inside it look at."""
    own = (read for read in found if read.site.step is step or step.id in read.site.step.around)
    return {name for read in own for name in read.touched}
