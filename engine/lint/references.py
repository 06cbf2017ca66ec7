"""What a diagram names exists (forms, processes, decisions, job types, messages, groups), and what exists is used."""

from __future__ import annotations

from collections.abc import Collection

from engine.lint.constants import UNKNOWN, constant_value
from engine.lint.hints import hint
from engine.lint.kinds import Findings
from engine.lint.sites import job_types_of
from engine.lint.subject import JOBS, Step, Subject

_CLOSE = 0.6  # of ids, which are long


def check_references(subject: Subject, findings: Findings) -> None:
    for step in subject.steps():
        _check_step(subject, step, findings)
    _check_message_starts(subject, findings)
    if subject.unread_diagrams:
        return  # what is missed here may be used there
    _check_unused_forms(subject, findings)
    _check_unused_decisions(subject, findings)
    _check_unused_processes(subject, findings)
    _check_unused_declarations(subject, findings)


def _check_step(subject: Subject, step: Step, findings: Findings) -> None:
    x = step.extensions
    if step.kind == "userTask":
        if x.form_id and x.form_id not in subject.unread_forms:
            _check_name(step, "form", x.form_id, subject.forms, f"add forms/{x.form_id}.form", findings)
        _check_people(subject, step, findings)
    elif step.kind == "callActivity" and x.called_process and x.called_process not in subject.unread_diagrams:
        remedy = f"draw {x.called_process}.bpmn"
        _check_name(step, "process", x.called_process, subject.processes, remedy, findings)
    elif step.kind == "businessRuleTask" and x.decision_id and subject.decisions.is_complete:
        known = subject.decisions.ids
        _check_name(step, "decision", x.decision_id, known, "add it to a .dmn file of the pack", findings)
    elif step.kind in JOBS and x.job_type and not x.job_type.startswith("=") and subject.manifest:
        remedy = "write a worker for it in tasks/, or declare it under jobs in pack.yaml"
        _check_name(step, "job-type", x.job_type, {*subject.job_types, *subject.manifest.jobs}, remedy, findings)
    message = step.node.catches if step.node.event == "message" or step.kind == "receiveTask" else ""
    if message and subject.manifest:
        remedy = "declare it under messages in pack.yaml"
        _check_name(step, "message", message, subject.manifest.messages, remedy, findings)


def _check_name(step: Step, what: str, name: str, known: Collection[str], remedy: str, findings: Findings) -> None:
    if name in known:
        return
    message = f"there is no {what.replace('-', ' ')} {name!r}"
    remedy = hint(name, known, remedy, findings, _CLOSE)
    findings.error(step.file, step.line, step.id, f"reference/unknown-{what}", message, remedy)


def _check_people(subject: Subject, step: Step, findings: Findings) -> None:
    x = step.extensions
    if not (x.assignee or x.candidate_groups or x.candidate_users):
        message = "nobody may work on this user task"
        findings.error(
            step.file, step.line, step.id, "reference/nobody", message, "name a candidate group that pack.yaml declares"
        )
    if subject.manifest is None:
        return
    for group in _constant_names(subject, x.candidate_groups):
        remedy = "declare it under groups in pack.yaml"
        _check_name(step, "group", group, subject.manifest.groups, remedy, findings)


def _constant_names(subject: Subject, text: str) -> list[str]:
    """The names in a list that is known without running a case; none when it depends on one."""
    value = constant_value(subject, text)
    if value is UNKNOWN or value is None:
        return []
    entries = value if isinstance(value, list) else str(value).split(",")
    return [name for entry in entries if (name := str(entry).strip())]


def _check_message_starts(subject: Subject, findings: Findings) -> None:
    first: dict[str, Step] = {}
    for process_id in sorted(subject.processes):
        for step in subject.processes[process_id].started_by:
            earlier = first.setdefault(step.node.catches, step)
            if earlier.process is not step.process:
                message = f"message {step.node.catches!r} starts {earlier.process.id} already ({earlier.file})"
                remedy = "give one of the two another message"
                findings.error(step.file, step.line, step.id, "reference/two-starts", message, remedy)


def _check_unused_forms(subject: Subject, findings: Findings) -> None:
    used = {step.extensions.form_id for step in subject.steps("userTask")} | _message_forms(subject)
    used |= _paper_forms(subject)
    for form_id in sorted(subject.forms.keys() - used):
        file = f"forms/{form_id}.form"
        if subject.is_own(file):
            message = "no user task, no message and no paper uses this form"
            findings.warn(file, 0, form_id, "reference/unused-form", message, "name it in a user task, or remove it")


def _message_forms(subject: Subject) -> set[str]:
    messages = subject.manifest.messages.values() if subject.manifest else ()
    return {message.form for message in messages if message.form}


def _paper_forms(subject: Subject) -> set[str]:
    return {paper.form for paper in subject.manifest.papers.values()} if subject.manifest else set()


def _check_unused_decisions(subject: Subject, findings: Findings) -> None:
    used = {step.extensions.decision_id for step in subject.steps("businessRuleTask")}
    for decision in subject.decisions.unused(used):
        if subject.is_own(decision.file):
            message = f"no business rule task calls the decision {decision.id!r} and no decision requires it"
            findings.warn(
                decision.file, decision.line, decision.id, "reference/unused-decision", message, "call it, or remove it"
            )


def _check_unused_processes(subject: Subject, findings: Findings) -> None:
    if subject.manifest is None or subject.manifest.library:
        return
    for process in subject.processes.values():
        if subject.is_own(process.file) and not subject.is_started(process) and process.id not in subject.callers:
            message = f"nothing starts or calls the process {process.id!r}"
            remedy = "call it, give it a message start event, or remove it"
            findings.warn(process.file, process.line, process.id, "reference/unused-process", message, remedy)


def _check_unused_declarations(subject: Subject, findings: Findings) -> None:
    """Messages and outside job types of the pack's own manifest that no diagram names."""
    if subject.manifest is None or subject.manifest.library:
        return
    caught = {step.node.catches for step in subject.steps()}
    served = {type_ for step in subject.steps(*JOBS) for type_ in job_types_of(subject, step.extensions.job_type)}
    declared = [("messages", name) for name in subject.manifest.messages if name not in caught]
    declared += [("jobs", name) for name in subject.manifest.jobs if name not in served]
    for section, name in declared:
        place = subject.place_of(section, name)
        if subject.is_own(place.file):
            message = f"no diagram uses {name!r}"
            rule = f"reference/unused-{'message' if section == 'messages' else 'job-type'}"
            findings.warn(place.file, place.line, f"{section}.{name}", rule, message, "use it, or remove it")
