"""Events: kinds that are accepted, timers, messages and errors."""

from __future__ import annotations

import pytest

from tests.unit.bpmn_drafts import (
    ERROR,
    MESSAGE,
    assert_one_fault,
    boundary,
    chain,
    draft,
    end,
    line,
    message,
    node,
    rules,
    start,
    timer,
    user,
)

JOB = '<zeebe:taskDefinition type="tell"/>'
ERRORS = '<bpmn:errorEventDefinition errorRef="not_dead"/>'


def caught(definition: str, roots: str = "", **attributes: str) -> bytes:
    """A user task with one boundary event."""
    event = boundary("something_happened", "check_identity", definition, **attributes)
    return draft(chain(start(), user(), end()), chain(event, end("stopped")), roots=roots)


def started(definition: str, roots: str = "") -> bytes:
    return draft(chain(start(inside=definition), user(), end()), roots=roots)


def waiting(definition: str, roots: str = "") -> bytes:
    return line(node("intermediateCatchEvent", "day_passed", definition), roots=roots)


def thrown(definition: str, extensions: str = JOB, roots: str = "") -> bytes:
    return line(node("intermediateThrowEvent", "family_told", definition, extensions), roots=roots)


def ended(definition: str, roots: str = "") -> bytes:
    return draft(chain(start(), user(), end(inside=definition)), roots=roots)


def repeating(text: str) -> bytes:
    return caught(timer("timeCycle", text), cancelActivity="false")


DAY = timer("timeDuration", "P1D")
CASES: dict[str, tuple[str, bytes, bytes]] = {
    "timer start": ("dialect/event-kind", started(DAY), started(message(), MESSAGE)),
    "error start": ("dialect/event-kind", started(ERRORS, ERROR), started("")),
    "message end": ("dialect/event-kind", ended(message(), MESSAGE), thrown("<bpmn:messageEventDefinition/>")),
    "timer end": ("dialect/event-kind", ended(DAY), ended("<bpmn:terminateEventDefinition/>")),
    "terminate in between": (
        "dialect/event-kind",
        thrown("<bpmn:terminateEventDefinition/>"),
        thrown("<bpmn:messageEventDefinition/>"),
    ),
    "throw of nothing": ("dialect/event-kind", thrown("", ""), thrown("<bpmn:messageEventDefinition/>")),
    "catch of nothing": ("dialect/event-kind", waiting(""), waiting(DAY)),
    "catch of an error": ("dialect/event-kind", waiting(ERRORS, ERROR), waiting(message(), MESSAGE)),
    "boundary of nothing": ("dialect/event-kind", caught(""), caught(DAY)),
    "boundary terminate": ("dialect/event-kind", caught("<bpmn:terminateEventDefinition/>"), caught(ERRORS, ERROR)),
    "two definitions": ("dialect/event-kind", waiting(DAY + message(), MESSAGE), waiting(message(), MESSAGE)),
    "error that lets its task go on": (
        "dialect/event-kind",
        caught(ERRORS, ERROR, cancelActivity="false"),
        caught(ERRORS, ERROR, cancelActivity="true"),
    ),
    "message catch without a message": (
        "dialect/missing-attribute",
        waiting("<bpmn:messageEventDefinition/>"),
        waiting(message(), MESSAGE),
    ),
    "message start without a message": (
        "dialect/missing-attribute",
        started("<bpmn:messageEventDefinition/>"),
        started(message(), MESSAGE),
    ),
    "message boundary without a message": (
        "dialect/missing-attribute",
        caught("<bpmn:messageEventDefinition/>"),
        caught(message(), MESSAGE, cancelActivity="false"),
    ),
    "error end without an error": (
        "dialect/missing-attribute",
        ended("<bpmn:errorEventDefinition/>"),
        ended(ERRORS, ERROR),
    ),
    "timer without a time": (
        "dialect/timer",
        waiting("<bpmn:timerEventDefinition/>"),
        waiting(timer("timeDate", "2026-11-22")),
    ),
    "timer with two times": (
        "dialect/timer",
        waiting(DAY.replace("</bpmn:timerE", "<bpmn:timeDate>2026-11-22</bpmn:timeDate></bpmn:timerE")),
        waiting(DAY),
    ),
    "empty timer": ("dialect/timer", waiting(timer("timeDuration", " ")), waiting(timer("timeDuration", "=delay"))),
    "cycle of a catch event": ("dialect/timer", waiting(timer("timeCycle", "R/P1D")), waiting(DAY)),
    "cycle of an interrupting event": ("dialect/timer", caught(timer("timeCycle", "R/P1D")), repeating("R/P1D")),
    "negative duration (finding 25)": ("dialect/value", waiting(timer("timeDuration", "-PT1H")), waiting(DAY)),
    "negative part (finding 25)": ("dialect/value", waiting(timer("timeDuration", "PT-1H")), waiting(DAY)),
    "duration in words": ("dialect/value", waiting(timer("timeDuration", "1 day")), waiting(DAY)),
    "duration without parts": ("dialect/value", waiting(timer("timeDuration", "PT")), waiting(DAY)),
    "day that is none": (
        "dialect/value",
        waiting(timer("timeDate", "2026-02-30T08:00:00+08:00")),
        waiting(timer("timeDate", "2026-02-28T08:00:00+08:00")),
    ),
    "cron cycle": ("dialect/value", repeating("0 0 9 * * *"), repeating("R3/PT2H")),
    "cycle without an interval": ("dialect/value", repeating("R/PT0S"), repeating("=cycle")),
    "expression without an end": ("dialect/expression", waiting(timer("timeDuration", "=")), waiting(DAY)),
    "message nobody uses": ("structure/unused", line(user(), roots=MESSAGE), line(user())),
    "error nobody uses": ("structure/unused", line(user(), roots=ERROR), line(user())),
}


@pytest.mark.parametrize(("rule", "faulty", "corrected"), CASES.values(), ids=CASES)
def test_fault_is_reported_once_and_its_correction_is_accepted(rule: str, faulty: bytes, corrected: bytes) -> None:
    assert_one_fault(rule, faulty, corrected)


@pytest.mark.parametrize(
    "data",
    [
        caught("<bpmn:errorEventDefinition/>"),
        caught(DAY, cancelActivity="false"),
        waiting(timer("timeDate", "=case.funeral_on")),
        repeating("R/P1M"),
        ended("<bpmn:terminateEventDefinition/>"),
    ],
    ids=["any error", "non-interrupting timer", "day from the facts", "monthly", "terminate"],
)
def test_event_is_accepted(data: bytes) -> None:
    assert rules(data) == []
