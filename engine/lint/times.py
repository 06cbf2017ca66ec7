"""Timers and due dates that do not depend on a case and lie in the past."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from engine.bpmn.dialect.diagram import event_definitions
from engine.bpmn.dialect.tags import children, kind_of, text_of
from engine.bpmn.host import BadValue
from engine.bpmn.timing import due_moment, timer_moment
from engine.bpmn.xml import line_of
from engine.lint.constants import UNKNOWN, constant_value
from engine.lint.kinds import Findings
from engine.lint.subject import Step, Subject


def check_times(subject: Subject, findings: Findings) -> None:
    for step in subject.steps():
        for line, what, moment in _constant_moments(subject, step):
            if moment < subject.now:
                message = f"{what} is always {moment.date().isoformat()}, which has passed"
                remedy = "compute it from the case, or write a duration"
                findings.warn(step.file, line, step.id, "time/past", message, remedy)


def _constant_moments(subject: Subject, step: Step) -> Iterator[tuple[int, str, datetime]]:
    for definition in event_definitions(step.node.element):
        for timer in children(definition, "bpmn:timeDate", "bpmn:timeDuration"):
            moment = _moment(subject, text_of(timer), is_due=False)
            if moment:
                yield line_of(timer), kind_of(timer), moment
    x = step.extensions
    for what, text in (("dueDate", x.due_date), ("followUpDate", x.follow_up_date)):
        moment = _moment(subject, text, is_due=True)
        if moment:
            yield step.line, what, moment


def _moment(subject: Subject, text: str, *, is_due: bool) -> datetime | None:
    """The moment that ``text`` always means; None when it depends on a case or on the clock, or is faulty."""
    value = constant_value(subject, text)
    if value is UNKNOWN or value is None or value == "":
        return None
    try:
        return due_moment(value, subject.now) if is_due else timer_moment(value, subject.now)
    except BadValue:
        return None  # reported by the dialect
