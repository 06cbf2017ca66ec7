"""Writes the workload's graph as BPMN 2.0 in the dialect of each engine: the same elements, flows and condition.

The automatic step is whatever the engine offers that runs at once inside the completion: a Python script for
SpiffWorkflow, a JavaScript script for bpmn-engine, a delegate for camunda-python, a service task with an
in-transaction worker for Shenhou. Each leaves one trace per step, so that a run can prove that all of them happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from bench.workload import PROCESS_ID, RECORD_TOPIC, Flow, Graph, Node, graph_of

NAMESPACES = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "camunda": "http://camunda.org/schema/1.0/bpmn",
    "zeebe": "http://camunda.org/schema/zeebe/1.0",
    "modeler": "http://camunda.org/schema/modeler/1.0",
}
TAGS = {
    "start": "startEvent",
    "end": "endEvent",
    "user": "userTask",
    "exclusive": "exclusiveGateway",
    "parallel": "parallelGateway",
}
SIZES = {"start": (36, 36), "end": (36, 36), "exclusive": (50, 50), "parallel": (50, 50)}
TASK_SIZE = (100, 80)


@dataclass(frozen=True, slots=True)
class Element:
    """How a dialect writes one node: tag, further attributes, extension elements, and what follows the flows."""

    tag: str
    attributes: str = ""
    extensions: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between the engines: the automatic step, the user task, the start, and the condition."""

    record: Callable[[Node], Element]
    condition: Callable[[str], tuple[str, str]]
    user: Callable[[Node], Element] = lambda node: Element("userTask")
    start: Callable[[Node], Element] = lambda node: Element("startEvent")
    prologue: str = ""
    head: str = ""


def _python_script(node: Node) -> Element:
    script = f"<bpmn:script>{node.id} = True</bpmn:script>"
    return Element("scriptTask", ' scriptFormat="python"', body=script)


def _javascript(node: Node) -> Element:
    script = f"<bpmn:script>environment.output.{node.id} = true; next();</bpmn:script>"
    return Element("scriptTask", ' scriptFormat="javascript"', body=script)


def _delegate(node: Node) -> Element:
    return Element("serviceTask", f' camunda:delegateExpression="${{{node.id}}}"')


def _worker(node: Node) -> Element:
    return Element("serviceTask", extensions=f'<zeebe:taskDefinition type="{RECORD_TOPIC}" />')


def _form_user(node: Node) -> Element:
    extensions = (
        '<zeebe:userTask /><zeebe:formDefinition formId="bench_step" />'
        '<zeebe:assignmentDefinition candidateGroups="bench" />'
        f'<zeebe:properties><zeebe:property name="shenhou:facts" value="{node.id}" /></zeebe:properties>'
    )
    return Element("userTask", extensions=extensions)


def _message_start(node: Node) -> Element:
    return Element("startEvent", body='<bpmn:messageEventDefinition id="death_reported_message" messageRef="report" />')


DIALECTS: Mapping[str, Dialect] = {
    "spiff": Dialect(_python_script, lambda manner: ("", f"report_death['manner'] == '{manner}'")),
    "bpmn_engine": Dialect(
        _javascript,
        lambda manner: (
            ' language="javascript"',
            f"next(null, environment.output.report_death.manner === '{manner}')",
        ),
    ),
    "camunda": Dialect(_delegate, lambda manner: ("", f"${{manner == '{manner}'}}")),
    "shenhou": Dialect(
        _worker,
        lambda manner: ("", f'=case.report_death.manner = "{manner}"'),
        _form_user,
        _message_start,
        prologue='<bpmn:message id="report" name="death_reported" />',
        head=' modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.6.0"',
    ),
}


def diagram_of(dialect_name: str, branches: int, process_id: str = PROCESS_ID) -> bytes:
    """The workload with ``branches`` branches as a BPMN file (UTF-8), layout included, in the named dialect."""
    dialect, graph = DIALECTS[dialect_name], graph_of(branches)
    spaces = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
    nodes = "\n".join(_node_xml(node, dialect, graph) for node in graph.nodes)
    flows = "\n".join(_flow_xml(flow, dialect) for flow in graph.flows)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<bpmn:definitions{spaces} id="{process_id}_file" targetNamespace="https://shenhou.example/bench"'
        f"{dialect.head}>\n{dialect.prologue}\n"
        f'<bpmn:process id="{process_id}" name="基准流程" isExecutable="true">\n{nodes}\n{flows}\n</bpmn:process>\n'
        f"{_layout_xml(graph, process_id)}\n</bpmn:definitions>\n"
    ).encode()


def _node_xml(node: Node, dialect: Dialect, graph: Graph) -> str:
    writers = {"record": dialect.record, "user": dialect.user, "start": dialect.start}
    writer = writers.get(node.kind)
    element = writer(node) if writer else Element(TAGS[node.kind])
    default = f' default="{graph.defaults[node.id]}"' if node.id in graph.defaults else ""
    extensions = f"<bpmn:extensionElements>{element.extensions}</bpmn:extensionElements>" if element.extensions else ""
    incoming = "".join(f"<bpmn:incoming>{f.id}</bpmn:incoming>" for f in graph.flows if f.target == node.id)
    outgoing = "".join(f"<bpmn:outgoing>{f.id}</bpmn:outgoing>" for f in graph.flows if f.source == node.id)
    return (
        f'<bpmn:{element.tag} id="{node.id}" name={quoteattr(node.name)}{default}{element.attributes}>'
        f"{extensions}{incoming}{outgoing}{element.body}</bpmn:{element.tag}>"
    )


def _flow_xml(flow: Flow, dialect: Dialect) -> str:
    name = f" name={quoteattr(flow.name)}" if flow.name else ""
    ends = f'id="{flow.id}"{name} sourceRef="{flow.source}" targetRef="{flow.target}"'
    if not flow.manner:
        return f"<bpmn:sequenceFlow {ends} />"
    attributes, text = dialect.condition(flow.manner)
    condition = (
        f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression"{attributes}>'
        f"{escape(text)}</bpmn:conditionExpression>"
    )
    return f"<bpmn:sequenceFlow {ends}>{condition}</bpmn:sequenceFlow>"


def _layout_xml(graph: Graph, process_id: str) -> str:
    """Shapes on a grid, one column a rank; the picture is plain but complete, as a pack's lint demands."""
    places = _places(graph)
    shapes = []
    for node in graph.nodes:
        (x, y), (width, height) = places[node.id], SIZES.get(node.kind, TASK_SIZE)
        marker = ' isMarkerVisible="true"' if node.kind == "exclusive" else ""
        shapes.append(
            f'<bpmndi:BPMNShape id="{node.id}_di" bpmnElement="{node.id}"{marker}>'
            f'<dc:Bounds x="{x - width // 2}" y="{y - height // 2}" width="{width}" height="{height}" />'
            "</bpmndi:BPMNShape>"
        )
    for flow in graph.flows:
        points = "".join(f'<di:waypoint x="{x}" y="{y}" />' for x, y in (places[flow.source], places[flow.target]))
        shapes.append(f'<bpmndi:BPMNEdge id="{flow.id}_di" bpmnElement="{flow.id}">{points}</bpmndi:BPMNEdge>')
    plane = f'<bpmndi:BPMNPlane id="{process_id}_plane" bpmnElement="{process_id}">{"".join(shapes)}</bpmndi:BPMNPlane>'
    return f'<bpmndi:BPMNDiagram id="{process_id}_diagram">{plane}</bpmndi:BPMNDiagram>'


def _places(graph: Graph) -> dict[str, tuple[int, int]]:
    """The centre of each node: columns by longest way from the start, rows by order of appearance in a column."""
    columns: dict[str, int] = {graph.nodes[0].id: 0}
    for _ in graph.nodes:
        for flow in graph.flows:
            if flow.source in columns:
                columns[flow.target] = max(columns.get(flow.target, 0), columns[flow.source] + 1)
    filled: dict[int, int] = {}
    places = {}
    for node in graph.nodes:
        column = columns[node.id]
        row = filled.get(column, 0)
        filled[column] = row + 1
        places[node.id] = (160 + column * 160, 120 + row * 110)
    return places
