"""Timers and due dates that do not depend on a case, and are no time or lie in the past."""

from __future__ import annotations

from collections.abc import Iterator

from engine.bpmn.dialect.diagram import event_definitions
from engine.bpmn.dialect.tags import children, kind_of, text_of
from engine.bpmn.host import BadValue
from engine.bpmn.timing import due_moment, timer_moment
from engine.bpmn.xml import line_of
from engine.lint.constants import UNKNOWN, constant_value
from engine.lint.kinds import Findings
from engine.lint.subject import Step, Subject

DUE, FOLLOW_UP = "dueDate", "followUpDate"


def check_times(subject: Subject, findings: Findings) -> None:
    for step in subject.steps():
        for line, what, text in _texts(step):
            _check(subject, step, line, what, text, findings)


def _texts(step: Step) -> Iterator[tuple[int, str, str]]:
    for definition in event_definitions(step.node.element):
        for timer in children(definition, "bpmn:timeDate", "bpmn:timeDuration"):
            yield line_of(timer), kind_of(timer), text_of(timer)
    yield step.line, DUE, step.extensions.due_date
    yield step.line, FOLLOW_UP, step.extensions.follow_up_date


def _check(subject: Subject, step: Step, line: int, what: str, text: str, findings: Findings) -> None:
    value, may_lack = constant_value(subject, text), what in (DUE, FOLLOW_UP)
    if value is UNKNOWN or (may_lack and value in (None, "")):
        return
    try:
        moment = due_moment(value, subject.now) if may_lack else timer_moment(value, subject.now)
    except BadValue:
        if text.startswith("="):  # a literal is judged by the dialect
            message = f"{what} {text!r} gives no time, but {'null' if value is None else repr(value)[:60]}"
            remedy = 'write a duration such as P3D, or FEEL such as duration("P3D")'
            findings.error(step.file, line, step.id, "time/none", message, remedy)
        return
    if moment is not None and moment < subject.now:
        message = f"{what} is always {moment.date().isoformat()}, which has passed"
        remedy = "compute it from the case, or write a duration"
        findings.warn(step.file, line, step.id, "time/past", message, remedy)
