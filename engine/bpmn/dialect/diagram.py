"""The graph that a file draws: scopes (a process, an embedded sub-process), their nodes and their sequence flows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml.etree import _Element as Element

from engine.bpmn.dialect.grammar import is_event_subprocess
from engine.bpmn.dialect.tags import children, kind_of, name_of
from engine.bpmn.dialect.vocabulary import ARTIFACTS, DEFINITIONS, NODES

_NOT_NODES = {
    *ARTIFACTS,
    *("documentation", "extensionElements", "laneSet", "sequenceFlow", "incoming", "outgoing"),
    *("dataObject", "dataObjectReference", "dataStoreReference", "ioSpecification", "property"),
    *("dataInputAssociation", "dataOutputAssociation", "multiInstanceLoopCharacteristics"),
    *("standardLoopCharacteristics", "auditing", "monitoring", "resourceRole", "performer", "humanPerformer"),
    *("potentialOwner", "correlationSubscription", "supports"),
}
EVENT_KINDS = {
    "messageEventDefinition": "message",
    "timerEventDefinition": "timer",
    "errorEventDefinition": "error",
    "terminateEventDefinition": "terminate",
}
REFUSED_EVENT = "refused"


@dataclass(slots=True, eq=False)
class Flow:
    """A sequence flow; an end is None where the file names no node."""

    id: str
    element: Element
    scope: Element
    source: Node | None = None
    target: Node | None = None


@dataclass(slots=True, eq=False)
class Node:
    """A flow node. `event` is ``none``, ``message``, ``timer``, ``error``, ``terminate``, ``refused``, or ``""``.

    `catches` is the name of the message or the code of the error that its event names, ``""`` for none.
    `accepted` is False for kinds that the vocabulary refuses: they stay in the graph, so that their neighbours are
    not reported as lost, but nothing more is said about them.
    """

    id: str
    kind: str
    element: Element
    scope: Element
    event: str
    catches: str
    accepted: bool
    host: Node | None = None
    boundaries: list[Node] = field(default_factory=list)
    incoming: list[Flow] = field(default_factory=list)
    outgoing: list[Flow] = field(default_factory=list)

    def successors(self) -> Iterator[Node]:
        """Nodes that a token here may wake next: along the flows, and the events on this node's border."""
        yield from (flow.target for flow in self.outgoing if flow.target)
        yield from self.boundaries


@dataclass(slots=True)
class Diagram:
    """`scopes` maps each process and embedded sub-process to its own nodes; `nodes` maps all of them by id."""

    scopes: dict[Element, list[Node]] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)


def read_diagram(root: Element) -> Diagram:
    """The graph of a file whose grammar may have faults: what cannot be read is left out."""
    diagram = Diagram()
    names = _names_of_messages_and_errors(root)
    pending = list(children(root, "bpmn:process"))[:1]  # a file holds one; others are refused as a whole
    while pending:
        scope = pending.pop()
        diagram.scopes[scope] = []
        for child in scope:
            _read_child(child, scope, names, diagram)
            if kind_of(child) == "subProcess" and not is_event_subprocess(child):
                pending.append(child)
    _connect(diagram)
    return diagram


def event_definitions(element: Element) -> list[Element]:
    return [child for child in element if kind_of(child).endswith("EventDefinition")]


def _names_of_messages_and_errors(root: Element) -> dict[str, str]:
    return {
        str(element.get("id")): str(element.get("errorCode") or element.get("name") or "")
        for element in children(root, "bpmn:message", "bpmn:error")
    }


def _read_child(child: Element, scope: Element, names: dict[str, str], diagram: Diagram) -> None:
    kind, name = kind_of(child), str(child.get("id") or "")
    if not name or not name_of(child).startswith("bpmn:"):
        return
    if kind == "sequenceFlow":
        diagram.flows.append(Flow(name, child, scope))
    elif kind not in _NOT_NODES:
        event = _read_event(child) if kind.endswith("Event") else ""
        accepted = kind in NODES and event != REFUSED_EVENT and not is_event_subprocess(child)
        node = Node(name, kind, child, scope, event, _read_catches(child, names), accepted)
        diagram.nodes[name] = node
        diagram.scopes[scope].append(node)


def _read_event(element: Element) -> str:
    definitions = [kind_of(definition) for definition in event_definitions(element)]
    if any(definition not in DEFINITIONS for definition in definitions) or len(definitions) > 1:
        return REFUSED_EVENT
    return EVENT_KINDS[definitions[0]] if definitions else "none"


def _read_catches(element: Element, names: dict[str, str]) -> str:
    for holder in (element, *event_definitions(element)):
        reference = str(holder.get("messageRef") or holder.get("errorRef") or "")
        if reference:
            return names.get(reference, reference)
    return ""


def _connect(diagram: Diagram) -> None:
    for flow in diagram.flows:
        flow.source = diagram.nodes.get(str(flow.element.get("sourceRef") or ""))
        flow.target = diagram.nodes.get(str(flow.element.get("targetRef") or ""))
        if flow.source:
            flow.source.outgoing.append(flow)
        if flow.target:
            flow.target.incoming.append(flow)
    for node in diagram.nodes.values():
        if node.kind == "boundaryEvent":
            node.host = diagram.nodes.get(str(node.element.get("attachedToRef") or ""))
        if node.host:
            node.host.boundaries.append(node)
