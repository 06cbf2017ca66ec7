"""Writes a model as the BPMN files that Camunda 8's modeler would save."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from tests.oracle.model import JOBS, Flow, Graph, Kind, Model, Node

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
MODELER = "http://camunda.org/schema/modeler/1.0"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
NAMESPACES = {
    "bpmn": BPMN,
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
    "zeebe": ZEEBE,
    "modeler": MODELER,
    "xsi": XSI,
}


@dataclass
class _Element:
    tag: str
    attributes: dict[str, str]
    children: list[_Element] = field(default_factory=list)
    text: str = ""

    def set(self, name: str, value: str) -> None:
        self.attributes[name] = value

    def append(self, child: _Element) -> None:
        self.children.append(child)

    def render(self, indent: str = "") -> str:
        opening = (
            indent + "<" + " ".join([self.tag, *(f"{name}={quoteattr(v)}" for name, v in self.attributes.items())])
        )
        if not self.children and not self.text:
            return opening + "/>\n"
        if self.text:
            return f"{opening}>{escape(self.text)}</{self.tag}>\n"
        inner = "".join(child.render(indent + "  ") for child in self.children)
        return f"{opening}>\n{inner}{indent}</{self.tag}>\n"


def _maker(prefix: str) -> Callable[..., _Element]:
    """Makes elements of one namespace: ``make(tag, *children, **attributes)``."""

    def make(tag: str, *children: _Element, **attributes: str) -> _Element:
        return _Element(f"{prefix}:{tag}", attributes, list(children))

    return make


_bpmn, _zeebe, _bpmndi, _dc, _di = (_maker(prefix) for prefix in ("bpmn", "zeebe", "bpmndi", "dc", "di"))

TAGS = {
    Kind.START: "startEvent",
    Kind.END: "endEvent",
    Kind.TERMINATE: "endEvent",
    Kind.ERROR_END: "endEvent",
    Kind.USER: "userTask",
    Kind.SERVICE: "serviceTask",
    Kind.SEND: "sendTask",
    Kind.MANUAL: "manualTask",
    Kind.RECEIVE: "receiveTask",
    Kind.CATCH_MESSAGE: "intermediateCatchEvent",
    Kind.CATCH_TIMER: "intermediateCatchEvent",
    Kind.EVENT_GATEWAY: "eventBasedGateway",
    Kind.EXCLUSIVE: "exclusiveGateway",
    Kind.PARALLEL: "parallelGateway",
    Kind.INCLUSIVE: "inclusiveGateway",
    Kind.SUBPROCESS: "subProcess",
    Kind.CALL: "callActivity",
    Kind.ON_TIMER: "boundaryEvent",
    Kind.ON_MESSAGE: "boundaryEvent",
    Kind.ON_ERROR: "boundaryEvent",
}
LABELS = {
    Kind.START: "收到申请",
    Kind.END: "办结",
    Kind.TERMINATE: "全部终止",
    Kind.ERROR_END: "不予办理",
    Kind.USER: "核对材料",
    Kind.SERVICE: "推送部门系统",
    Kind.SEND: "发送通知",
    Kind.MANUAL: "材料归档",
    Kind.RECEIVE: "等待部门回复",
    Kind.CATCH_MESSAGE: "收到回执",
    Kind.CATCH_TIMER: "期限届满",
    Kind.EVENT_GATEWAY: "哪个先到？",
    Kind.EXCLUSIVE: "是否通过？",
    Kind.PARALLEL: "并行办理",
    Kind.INCLUSIVE: "需办哪些事项？",
    Kind.SUBPROCESS: "办理事项",
    Kind.CALL: "部门办理",
    Kind.ON_TIMER: "超过时限",
    Kind.ON_MESSAGE: "收到异议",
    Kind.ON_ERROR: "事项被拒",
}
_BIG = {Kind.SUBPROCESS, Kind.CALL, Kind.USER, Kind.SERVICE, Kind.SEND, Kind.MANUAL, Kind.RECEIVE}


def write_files(model: Model) -> dict[str, bytes]:
    """File name → BPMN, one file a process."""
    return {f"{process_id}.bpmn": write_process(process_id, graph) for process_id, graph in model.processes.items()}


def write_process(process_id: str, graph: Graph) -> bytes:
    """One process as a file of its own."""
    process = _bpmn("process", id=process_id, name="身后一件事", isExecutable="true")
    process.children.extend(_contents(graph))
    definitions = _bpmn(
        "definitions",
        id=f"definitions_{process_id}",
        targetNamespace="http://bpmn.io/schema/bpmn",
        exporter="Camunda Modeler",
        exporterVersion="5.40.0",
        **{f"xmlns:{prefix}": namespace for prefix, namespace in NAMESPACES.items()},
    )
    definitions.set("modeler:executionPlatform", "Camunda Cloud")
    definitions.set("modeler:executionPlatformVersion", "8.8.0")
    definitions.append(process)
    definitions.children.extend(_declarations(graph))
    definitions.append(_diagram(process_id, graph))
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + definitions.render()).encode()


def _feel(text: str) -> str:
    return f"= {text}"


def _text(tag: str, text: str) -> _Element:
    element = _bpmn(tag)
    element.text = text
    return element


def _expression(tag: str, text: str) -> _Element:
    element = _text(tag, text)
    element.set("xsi:type", "bpmn:tFormalExpression")
    return element


def _contents(graph: Graph) -> list[_Element]:
    nodes = [_node(graph, node) for node in graph.nodes.values()]
    return nodes + [_flow(flow) for flow in graph.flows]


def _flow(flow: Flow) -> _Element:
    element = _bpmn("sequenceFlow", id=flow.id, sourceRef=flow.source, targetRef=flow.target)
    if flow.condition:
        element.set("name", f"{flow.condition}")
        element.append(_expression("conditionExpression", _feel(flow.condition)))
    return element


def _node(graph: Graph, node: Node) -> _Element:
    element = _bpmn(TAGS[node.kind], id=node.id, name=LABELS[node.kind])
    if node.default:
        element.set("default", node.default)
    extensions = _extensions(node)
    if extensions:
        element.append(_bpmn("extensionElements", *extensions))
    element.children.extend(_text("incoming", flow.id) for flow in graph.incoming(node.id))
    element.children.extend(_text("outgoing", flow.id) for flow in graph.outgoing(node.id))
    if node.kind is Kind.RECEIVE:
        element.set("messageRef", f"{node.message}_ref")
    if node.host:
        element.set("attachedToRef", node.host)
        if not node.interrupting:
            element.set("cancelActivity", "false")
    if node.multi is not None:
        element.append(_multi(node))
    if node.body is not None:
        element.children.extend(_contents(node.body))
    definition = _event_definition(node)
    if definition is not None:
        definition.set("id", f"{node.id}_definition")
        element.append(definition)
    return element


def _extensions(node: Node) -> list[_Element]:
    found: list[_Element] = []
    if node.kind is Kind.USER:
        found.append(_zeebe("userTask"))
        found.append(_zeebe("formDefinition", formId="papers"))
        found.append(_zeebe("assignmentDefinition", candidateGroups="civil_affairs"))
    if node.kind in JOBS:
        found.append(_zeebe("taskDefinition", type=f"office.{node.id}", retries="3"))
    if node.kind is Kind.CALL:
        found.append(
            _zeebe(
                "calledElement",
                processId=node.called,
                propagateAllParentVariables=str(node.all_in).lower(),
                propagateAllChildVariables=str(node.all_out).lower(),
            )
        )
    if node.inputs or node.outputs:
        mappings = [_zeebe("input", source=_feel(m.source), target=m.target) for m in node.inputs]
        mappings += [_zeebe("output", source=_feel(m.source), target=m.target) for m in node.outputs]
        found.append(_zeebe("ioMapping", *mappings))
    return found


def _multi(node: Node) -> _Element:
    assert node.multi is not None
    multi = node.multi
    stated = _zeebe("loopCharacteristics", inputCollection=_feel(multi.collection))
    if multi.element:
        stated.set("inputElement", multi.element)
    if multi.output_collection:
        stated.set("outputCollection", multi.output_collection)
        stated.set("outputElement", _feel(multi.output_element))
    element = _bpmn("multiInstanceLoopCharacteristics", _bpmn("extensionElements", stated))
    if multi.sequential:
        element.set("isSequential", "true")
    if multi.completion:
        element.append(_expression("completionCondition", _feel(multi.completion)))
    return element


def _event_definition(node: Node) -> _Element | None:
    if node.kind is Kind.TERMINATE:
        return _bpmn("terminateEventDefinition")
    if node.kind in (Kind.CATCH_MESSAGE, Kind.ON_MESSAGE):
        return _bpmn("messageEventDefinition", messageRef=f"{node.message}_ref")
    if node.kind in (Kind.ERROR_END, Kind.ON_ERROR):
        definition = _bpmn("errorEventDefinition")
        if node.code:
            definition.set("errorRef", _error_id(node.code))
        return definition
    if node.timer:
        tag = "timeCycle" if node.timer.startswith("R") else "timeDuration"
        return _bpmn("timerEventDefinition", _expression(tag, node.timer))
    return None


def _error_id(code: str) -> str:
    return f"error_{code.lower()}"


def _declarations(graph: Graph) -> list[_Element]:
    """Messages and errors stand beside the process."""
    found: dict[str, _Element] = {}
    for node in graph.walk():
        if node.message and node.message not in found:
            message = _bpmn("message", id=f"{node.message}_ref", name=node.message)
            if node.correlation_key:
                subscription = _zeebe("subscription", correlationKey=_feel(node.correlation_key))
                message.append(_bpmn("extensionElements", subscription))
            found[node.message] = message
        if node.code and node.code not in found:
            found[node.code] = _bpmn("error", id=_error_id(node.code), name=node.code, errorCode=node.code)
    return list(found.values())


def _diagram(process_id: str, graph: Graph) -> _Element:
    """Shapes on a grid; later elements lie lower, which is the order in which stock SpiffWorkflow tries flows."""
    plane = _bpmndi("BPMNPlane", id="plane_1", bpmnElement=process_id)
    _draw(plane, graph)
    return _bpmndi("BPMNDiagram", plane, id="diagram_1")


def _draw(plane: _Element, graph: Graph) -> None:
    places: dict[str, tuple[int, int]] = {}
    for node in graph.nodes.values():
        row = sum(1 for child in plane.children if child.tag.endswith("Shape"))
        width, height = (100, 80) if node.kind in _BIG else (36, 36)
        x, y = 160 + 150 * (row % 12), 100 + 10 * row
        places[node.id] = (x, y)
        bounds = _dc("Bounds", x=str(x), y=str(y), width=str(width), height=str(height))
        shape = _bpmndi("BPMNShape", bounds, id=f"{node.id}_di", bpmnElement=node.id)
        if node.body is not None:
            shape.set("isExpanded", "true")
        plane.append(shape)
        if node.body is not None:
            _draw(plane, node.body)
    for flow in graph.flows:
        ends = [places[flow.source], places[flow.target]]
        points = [_di("waypoint", x=str(x), y=str(y)) for x, y in ends]
        plane.append(_bpmndi("BPMNEdge", *points, id=f"{flow.id}_di", bpmnElement=flow.id))
