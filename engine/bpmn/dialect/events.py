"""Events, receive tasks and the messages, timers and errors they name."""

from __future__ import annotations

from collections.abc import Callable

from lxml.etree import _Element as Element

from engine.bpmn.dialect import values
from engine.bpmn.dialect.diagram import Diagram, Node, event_definitions
from engine.bpmn.dialect.extensions import check_value
from engine.bpmn.dialect.report import Report, shown
from engine.bpmn.dialect.tags import children, extension, kind_of, text_of
from engine.bpmn.dialect.values import Value

_ACCEPTED = {
    "startEvent": ("none", "message"),
    "endEvent": ("none", "terminate", "error"),
    "intermediateCatchEvent": ("message", "timer"),
    "intermediateThrowEvent": ("message",),
    "boundaryEvent": ("timer", "error", "message"),
}
_INSTEAD = {
    ("startEvent", "timer"): "draw a message start event and let a worker publish the message",
    ("startEvent", "error"): "draw an error boundary event",
    ("endEvent", "message"): "draw a message throw event before a plain end event",
    ("intermediateThrowEvent", "none"): "give it a message, or remove it",
    ("intermediateThrowEvent", "error"): "draw an error end event",
    ("boundaryEvent", "none"): "give it a timer, a message or an error",
}
_TIMERS: dict[str, Value] = {
    "timeDate": values.DATE,
    "timeDuration": values.DURATION,
    "timeCycle": values.CYCLE,
}


def check_events(diagram: Diagram, report: Report) -> None:
    checks: dict[str, Callable[[Node, Element, Report], None]] = {
        "message": _check_message,
        "timer": _check_timer,
        "error": _check_error,
    }
    for node in diagram.nodes.values():
        if not node.kind.endswith("Event"):
            continue
        definitions = event_definitions(node.element)
        if _is_accepted_kind(node, definitions, report) and node.event in checks:
            checks[node.event](node, definitions[0], report)
        elif node.accepted and node.event == "none":
            _refuse_outputs(node, report)


def check_messages_and_errors(root: Element, diagram: Diagram, report: Report) -> None:
    """Root elements: static names, and each of them in use."""
    used_by: dict[str, list[str]] = {}
    for node in diagram.nodes.values():
        for holder in (node.element, *event_definitions(node.element)):
            for reference in (holder.get("messageRef"), holder.get("errorRef")):
                used_by.setdefault(str(reference or ""), []).append(node.kind)
    for element in children(root, "bpmn:message", "bpmn:error"):
        kind, name = kind_of(element), str(element.get("id") or "")
        attribute = "name" if kind == "message" else "errorCode"
        check_value(element, attribute, str(element.get(attribute) or ""), values.STATIC, report)
        users = used_by.get(name)
        if not users:
            report.warn(element, "structure/unused", f"{kind} {shown(name)} is used nowhere", "remove it")
        elif set(users) == {"startEvent"} and extension(element, "zeebe:subscription") is not None:
            message = "a message that only starts processes is not correlated: its correlationKey is read by nobody"
            report.error(element, "dialect/misplaced", message, "remove zeebe:subscription")


def _is_accepted_kind(node: Node, definitions: list[Element], report: Report) -> bool:
    if len(definitions) > 1:
        report.error(definitions[1], "dialect/event-kind", "an event has one definition", "draw one event for each")
        return False
    if not node.accepted:
        return False
    if node.event in _ACCEPTED[node.kind]:
        return True
    kinds = ", ".join(_ACCEPTED[node.kind])
    message = f"{node.kind} of kind {node.event} is not accepted (only {kinds})"
    report.error(node.element, "dialect/event-kind", message, _INSTEAD.get((node.kind, node.event), f"draw {kinds}"))
    return False


def _check_message(node: Node, definition: Element, report: Report) -> None:
    stated = definition.get("messageRef")
    if node.kind == "intermediateThrowEvent":
        if stated:
            message = "the worker of the job type decides what is sent; messageRef is read by nobody"
            report.error(definition, "dialect/unknown-attribute", message, "remove messageRef")
    elif not stated:
        message = f"a {node.kind} of kind message needs messageRef"
        report.error(definition, "dialect/missing-attribute", message, "choose a message")


def _check_error(node: Node, definition: Element, report: Report) -> None:
    if node.kind == "endEvent" and not definition.get("errorRef"):
        report.error(definition, "dialect/missing-attribute", "an error end needs errorRef", "choose an error")
    if node.kind == "boundaryEvent" and node.element.get("cancelActivity") == "false":
        message = "an error always ends the activity that it comes from"
        report.error(node.element, "dialect/event-kind", message, "make the event interrupting")


def _check_timer(node: Node, definition: Element, report: Report) -> None:
    timers = list(children(definition, *(f"bpmn:{name}" for name in _TIMERS)))
    if len(timers) != 1:
        message = f"a timer states exactly one of timeDate, timeDuration, timeCycle; this one {len(timers)}"
        report.error(definition, "dialect/timer", message, "state one")
        return
    kind, text = kind_of(timers[0]), text_of(timers[0])
    if not text:
        report.error(timers[0], "dialect/timer", f"{kind} is empty", "write an ISO 8601 value, or FEEL after =")
        return
    if kind == "timeCycle" and not (node.kind == "boundaryEvent" and node.element.get("cancelActivity") == "false"):
        message = "only a non-interrupting boundary event can fire again"
        report.error(timers[0], "dialect/timer", message, "state timeDuration or timeDate")
        return
    check_value(timers[0], kind, text, _TIMERS[kind], report)


def _refuse_outputs(node: Node, report: Report) -> None:
    mapping = extension(node.element, "zeebe:ioMapping")
    if node.kind == "startEvent" and mapping is not None:
        message = "a plain start event receives nothing that could be mapped"
        report.error(mapping, "dialect/misplaced", message, "remove zeebe:ioMapping")
