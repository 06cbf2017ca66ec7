"""BPMN errors: a boundary event must be able to happen, an error end should be caught somewhere."""

from __future__ import annotations

from engine.lint.kinds import Findings
from engine.lint.sites import opens_unknown
from engine.lint.subject import JOBS, Process, Step, Subject


def check_throws(subject: Subject, findings: Findings) -> None:
    thrown = _thrown_by_processes(subject)
    for step in subject.steps("boundaryEvent"):
        if step.node.event == "error" and step.node.host is not None:
            _check_boundary(subject, step, thrown, findings)
    for process in subject.processes.values():
        if process.id not in subject.callers:
            _check_uncaught(process, findings)


def _check_boundary(subject: Subject, step: Step, thrown: dict[str, set[str]], findings: Findings) -> None:
    host = step.process.steps.get(step.node.host.id) if step.node.host else None
    if host is None or _is_unknown_inside(subject, host):
        return
    codes, caught = _thrown_by(subject, host, thrown), step.node.catches
    if caught and caught not in codes:
        known = f" (only {', '.join(sorted(codes))})" if codes else ""
        message = f"{host.id} never throws the error {caught!r}{known}"
        remedy = "correct the code, declare it at the worker or under jobs in pack.yaml, or remove the event"
        findings.error(step.file, step.line, step.id, "errors/not-thrown", message, remedy)
    elif not caught and not codes:
        message = f"{host.id} never throws an error"
        findings.error(step.file, step.line, step.id, "errors/not-thrown", message, "remove the event")


def _check_uncaught(process: Process, findings: Findings) -> None:
    """An error end in a process that nobody calls can only end in an incident."""
    for step in process.of_kind("endEvent"):
        if step.node.event == "error" and not _is_caught_inside(step, process, step.node.catches):
            message = f"nothing catches the error {step.node.catches!r}: it ends in an incident"
            remedy = "catch it on a sub-process around it, or draw a plain end event"
            findings.warn(step.file, step.line, step.id, "errors/uncaught", message, remedy)


def _thrown_by_processes(subject: Subject) -> dict[str, set[str]]:
    """The error codes that leave each process uncaught, to a fixed point along the calls."""
    thrown: dict[str, set[str]] = {process_id: set() for process_id in subject.processes}
    changed = True
    while changed:
        changed = False
        for process in subject.processes.values():
            codes = _leaving(subject, process, None, thrown)
            if not codes <= thrown[process.id]:
                thrown[process.id] |= codes
                changed = True
    return thrown


def _leaving(subject: Subject, process: Process, around: Step | None, thrown: dict[str, set[str]]) -> set[str]:
    """The codes thrown by the steps directly in a process or sub-process and caught by none of their boundaries."""
    scope = process.element if around is None else around.node.element
    codes: set[str] = set()
    for node in process.diagram.scopes.get(scope, []):
        step = process.steps[node.id]
        if step.kind == "endEvent" and step.node.event == "error":
            codes.add(step.node.catches)
        else:
            codes |= {code for code in _thrown_by(subject, step, thrown) if not _catches(step, code)}
    return codes


def _thrown_by(subject: Subject, step: Step, thrown: dict[str, set[str]]) -> set[str]:
    if step.kind in JOBS:
        job_type = step.extensions.job_type
        if job_type in subject.job_types:
            return set(subject.job_types[job_type].errors)
        declared = subject.manifest.jobs if subject.manifest else {}
        return set(declared[job_type].errors) if job_type in declared else set()
    if step.kind == "callActivity":
        return thrown.get(step.extensions.called_process, set())
    if step.kind == "subProcess":
        return _leaving(subject, step.process, step, thrown)
    return set()


def _is_unknown_inside(subject: Subject, host: Step) -> bool:
    """True when something that does not exist could be what throws."""
    if host.kind in JOBS or host.kind == "callActivity":
        return opens_unknown(subject, host)
    inside = (step for step in host.process.of_kind(*JOBS, "callActivity") if host.id in step.around)
    return any(opens_unknown(subject, step) for step in inside)


def _catches(step: Step, code: str) -> bool:
    return any(event.event == "error" and event.catches in ("", code) for event in step.node.boundaries)


def _is_caught_inside(step: Step, process: Process, code: str) -> bool:
    return any(_catches(process.steps[host_id], code) for host_id in step.around)
