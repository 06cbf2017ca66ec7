"""Sequence flows, their conditions, and what may meet at each kind of node."""

from __future__ import annotations

from collections import Counter

from lxml.etree import _Element as Element

from engine.bpmn.dialect import values
from engine.bpmn.dialect.diagram import Diagram, Flow, Node
from engine.bpmn.dialect.extensions import check_value
from engine.bpmn.dialect.report import Report, shown
from engine.bpmn.dialect.tags import first_child, kind_of, text_of
from engine.bpmn.dialect.vocabulary import ACTIVITIES, DECIDING, GATEWAYS

_PASSED_AT_ONCE = ("manualTask", "businessRuleTask")


def check_flows(diagram: Diagram, report: Report) -> None:
    for flow in diagram.flows:
        _check_scope(flow, report)
        _check_condition(flow, report)
    for node in diagram.nodes.values():
        if node.accepted:
            _check_degree(node, report)
            _check_boundary(node, report)
            _check_gateway(node, report)
    for scope, nodes in diagram.scopes.items():
        _check_starts(scope, nodes, report)


def _check_scope(flow: Flow, report: Report) -> None:
    ends = [node.scope for node in (flow.source, flow.target) if node]
    if any(scope is not flow.scope for scope in ends):
        message = "a sequence flow stays inside the process or sub-process that it is drawn in"
        report.error(flow.element, "structure/crosses-scope", message, "leave a sub-process by its own outgoing flow")


def _check_condition(flow: Flow, report: Report) -> None:
    condition = first_child(flow.element, "bpmn:conditionExpression")
    if condition is None or flow.source is None or not flow.source.accepted:
        return
    if flow.source.kind not in DECIDING:
        message = f"a condition after a {flow.source.kind} is never asked"
        report.error(condition, "dialect/condition-place", message, "draw an exclusive or inclusive gateway")
    elif flow.source.element.get("default") == flow.id:
        report.error(condition, "dialect/default-condition", "the default flow has no condition", "remove it")
    else:
        check_value(condition, "condition", text_of(condition), values.CONDITION, report)


def _check_degree(node: Node, report: Report) -> None:
    if node.kind == "startEvent" and node.incoming:
        report.error(node.element, "structure/start-incoming", "no flow leads into a start event", "remove the flow")
    if node.kind == "boundaryEvent" and node.incoming:
        message = "no flow leads into a boundary event"
        report.error(node.element, "structure/boundary-incoming", message, "remove the flow")
    if node.kind == "endEvent" and node.outgoing:
        report.error(node.element, "structure/end-outgoing", "no flow leaves an end event", "remove the flow")
    elif node.kind not in GATEWAYS and len(node.outgoing) > 1:
        message = f"{len(node.outgoing)} flows leave a {node.kind}"
        report.error(node.element, "structure/several-outgoing", message, "draw a gateway that says which are taken")


def _check_boundary(node: Node, report: Report) -> None:
    if node.kind != "boundaryEvent":
        _check_same_catch(node, report)
        return
    if node.element.get("attachedToRef") and node.host is None:
        message = f"attachedToRef {shown(str(node.element.get('attachedToRef')))} names no activity here"
        report.error(node.element, "dialect/reference", message, "attach it to an activity")
        return
    host = node.host
    if host is None or not host.accepted:
        return
    if host.kind not in ACTIVITIES or host.scope is not node.scope:
        message = f"a boundary event cannot be attached to this {host.kind}"
        report.error(node.element, "structure/boundary-host", message, "attach it to an activity beside it")
    elif host.kind in _PASSED_AT_ONCE:
        message = f"a {host.kind} is passed at once: the event would never happen"
        report.error(node.element, "structure/boundary-host", message, "remove it, or wait in a user or service task")


def _check_same_catch(host: Node, report: Report) -> None:
    """Two boundary events of one activity must not wait for the same thing."""
    caught: set[tuple[str, str]] = set()
    for event in host.boundaries:
        if event.event not in ("message", "error"):
            continue
        key = (event.event, event.catches)
        if key in caught:
            message = f"another boundary event of {host.id} catches the same {event.event}"
            report.error(event.element, "structure/same-catch", message, "keep one")
        caught.add(key)


def _check_gateway(node: Node, report: Report) -> None:
    if node.kind in DECIDING:
        _check_decisions(node, report)
    elif node.kind == "eventBasedGateway":
        _check_event_gateway(node, report)


def _check_decisions(node: Node, report: Report) -> None:
    default = node.element.get("default")
    if default and default not in {flow.id for flow in node.outgoing}:
        message = f"default {shown(str(default))} is no flow from this gateway"
        report.error(node.element, "dialect/reference", message, "choose one of its outgoing flows")
    if len(node.outgoing) < 2:
        return
    for flow in node.outgoing:
        if flow.id != default and first_child(flow.element, "bpmn:conditionExpression") is None:
            message = f"flow {flow.id} from {node.id} has no condition and is not its default"
            report.error(flow.element, "structure/missing-condition", message, "write a condition, or make it default")


def _check_event_gateway(node: Node, report: Report) -> None:
    targets = [flow.target for flow in node.outgoing if flow.target and flow.target.accepted]
    if len(node.outgoing) < 2:
        message = "an event gateway waits for one of several events"
        report.error(node.element, "structure/event-gateway", message, "draw two or more, or the event alone")
    for target in targets:
        reason = _unfit_for_event_gateway(target)
        if reason:
            report.error(
                target.element, "structure/event-gateway", reason, "draw a catch event or a plain receive task"
            )
    timers = [target for target in targets if target.event == "timer"]
    for timer in timers[1:]:
        message = f"event gateway {node.id} has more than one timer"
        report.error(timer.element, "structure/two-timers", message, "keep the one that is due first")
    names = Counter(target.catches for target in targets if target.event == "message" or target.kind == "receiveTask")
    if any(count > 1 for count in names.values()):
        message = f"two events after {node.id} wait for the same message"
        report.error(node.element, "structure/same-catch", message, "keep one")


def _unfit_for_event_gateway(target: Node) -> str:
    if target.kind not in ("intermediateCatchEvent", "receiveTask"):
        return f"a {target.kind} cannot follow an event gateway"
    if len(target.incoming) > 1:
        return "an event after an event gateway has that one incoming flow"
    loop = first_child(target.element, "bpmn:multiInstanceLoopCharacteristics")
    if target.boundaries or loop is not None:
        return "a receive task after an event gateway has no boundary events and no instances"
    return ""


def _check_starts(scope: Element, nodes: list[Node], report: Report) -> None:
    starts = [node for node in nodes if node.kind == "startEvent"]
    if any(not node.accepted or node.event not in ("none", "message") for node in starts):
        return  # reported as an event of the wrong kind
    plain = [node for node in starts if node.event == "none"]
    if kind_of(scope) == "subProcess":
        if len(plain) != 1 or len(starts) != 1:
            report.error(scope, "structure/start", "a sub-process has one plain start event", "draw exactly one")
        return
    if len(plain) > 1 or (plain and len(starts) > 1) or not starts:
        message = "a process has one plain start event, or one or more message start events"
        report.error(scope, "structure/start", message, "cut it into processes, or draw one start event")
    names = Counter(node.catches for node in starts if node.event == "message")
    if any(count > 1 for count in names.values()):
        report.error(scope, "structure/same-catch", "two start events wait for the same message", "keep one")
