"""Complete BPMN files from a few words: what an analyst would have drawn, with names, documentation and a picture.

``draft(*parts)`` wraps parts into a file without a single finding, so that a test changes one thing and sees one
finding. Parts are XML texts: ``start()``, ``user("check_identity")``, ``flow("a", "b")`` …
``chain`` joins parts by flows.
"""

from __future__ import annotations

import itertools
import re
from xml.sax.saxutils import quoteattr

from lxml import etree

from engine.bpmn.dialect import check_dialect
from engine.bpmn.xml import parse_xml
from engine.errors import Problem

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACES = (
    f'xmlns:bpmn="{BPMN}" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:modeler="http://camunda.org/schema/modeler/1.0" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:bioc="http://bpmn.io/schema/bpmn/biocolor/1.0" '
    'xmlns:color="http://www.omg.org/spec/BPMN/non-normative/color/1.0"'
)
PLATFORM = 'modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.6.0"'
_EDGES = ("sequenceFlow", "association", "messageFlow")
_SHAPES = ("Task", "task", "Event", "Gateway", "callActivity", "subProcess", "participant", "lane", "textAnnotation")
_DOCUMENTED = ("Task", "Gateway", "callActivity", "subProcess")
MESSAGE = '<bpmn:message id="death_found" name="death_found"/>'
ERROR = '<bpmn:error id="not_dead" name="并未死亡" errorCode="not_dead"/>'


def draft(
    *parts: str, roots: str = "", pools: str = "", name: str = "register_death", head: str = PLATFORM, picture: str = ""
) -> bytes:
    """A file with one process of `parts`; `roots` follow it, `pools` precede it, `picture` joins the drawn shapes."""
    process = (
        f'<bpmn:process id="{name}" name="死亡登记" isExecutable="true">\n' + "\n".join(parts) + "\n</bpmn:process>"
    )
    return raw_draft(f"{pools}\n{process}\n{roots}", head=head, picture=picture)


def raw_draft(body: str, *, head: str = PLATFORM, picture: str = "", plane: str = "register_death") -> bytes:
    """A file with the root elements of `body` and a picture of all that has one."""
    opening = f'{DECLARATION}<bpmn:definitions {NAMESPACES} id="definitions" {head} targetNamespace="urn:shenhou">'
    shapes = "\n".join(_pictures(f"{opening}{body}</bpmn:definitions>".encode()))
    diagram = (
        f'<bpmndi:BPMNDiagram id="diagram"><bpmndi:BPMNPlane id="plane" bpmnElement="{plane}">\n'
        f"{shapes}{picture}\n</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"
    )
    return f"{opening}{body}\n{diagram}\n</bpmn:definitions>\n".encode()


def findings(data: bytes, file: str = "register_death.bpmn") -> list[Problem]:
    return check_dialect(parse_xml(data, file), file)


def rules(data: bytes, file: str = "register_death.bpmn") -> list[str]:
    """The rule of each finding; one that is raised twice is listed twice."""
    return [problem.rule for problem in findings(data, file)]


def assert_one_fault(rule: str, faulty: bytes, corrected: bytes) -> None:
    """`faulty` has exactly one finding, of `rule` and with a remedy; `corrected` has none."""
    found = findings(faulty)
    assert [problem.rule for problem in found] == [rule], "\n".join(map(str, found))
    assert found[0].message
    assert found[0].remedy
    assert [str(problem) for problem in findings(corrected)] == []


def node(kind: str, element_id: str, inside: str = "", extensions: str = "", **attributes: str) -> str:
    """A flow node; `extensions` go into its extensionElements. An attribute of ``""`` is left out."""
    stated = {"id": element_id, "name": "核对身份", **attributes}
    written = "".join(f" {key.replace('__', ':')}={quoteattr(value)}" for key, value in stated.items() if value)
    documentation = "<bpmn:documentation>H-17</bpmn:documentation>" if kind.endswith(_DOCUMENTED) else ""
    held = f"<bpmn:extensionElements>{extensions}</bpmn:extensionElements>" if extensions else ""
    return f"<bpmn:{kind}{written}>{documentation}{held}{inside}</bpmn:{kind}>"


def start(name: str = "death_reported", inside: str = "", extensions: str = "") -> str:
    return node("startEvent", name, inside, extensions)


def end(name: str = "death_registered", inside: str = "", extensions: str = "") -> str:
    return node("endEvent", name, inside, extensions)


def user(name: str = "check_identity", more: str = "", inside: str = "", **attributes: str) -> str:
    extensions = f'<zeebe:userTask/><zeebe:formDefinition formId="identity"/>{more}'
    return node("userTask", name, inside, extensions, **attributes)


def service(name: str = "send_notice", more: str = "", inside: str = "", **attributes: str) -> str:
    return node("serviceTask", name, inside, f'<zeebe:taskDefinition type="notice.send"/>{more}', **attributes)


def call(name: str = "handle_item", more: str = "", **attributes: str) -> str:
    stated = {"processId": "handle_item", "propagateAllChildVariables": "false", **attributes}
    written = "".join(f" {key}={quoteattr(value)}" for key, value in stated.items() if value)
    return node("callActivity", name, extensions=f"<zeebe:calledElement{written}/>{more}")


def decide(name: str = "choose_route", more: str = "", **attributes: str) -> str:
    stated = {"decisionId": "route", "resultVariable": "route", **attributes}
    written = "".join(f" {key}={quoteattr(value)}" for key, value in stated.items() if value)
    return node("businessRuleTask", name, extensions=f"<zeebe:calledDecision{written}/>{more}")


def boundary(name: str, host: str, definition: str, **attributes: str) -> str:
    return node("boundaryEvent", name, definition, attachedToRef=host, **attributes)


def message(reference: str = "death_found") -> str:
    return f'<bpmn:messageEventDefinition messageRef="{reference}"/>'


def timer(kind: str, text: str) -> str:
    return f"<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>"


def flow(source: str, target: str, condition: str = "", name: str = "") -> str:
    inside = f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>" if condition else ""
    name = name or f"{source}_to_{target}"
    return f'<bpmn:sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">{inside}</bpmn:sequenceFlow>'


def chain(*parts: str) -> str:
    """`parts` one after the other, joined by flows."""
    ids = [part_id(part) for part in parts]
    return "\n".join([*parts, *(flow(source, target) for source, target in itertools.pairwise(ids))])


def line(*parts: str, **more: str) -> bytes:
    """A file that runs from a start event through `parts` to an end event."""
    return draft(chain(start(), *parts, end()), **more)


def choice(*flows: str, kind: str = "exclusiveGateway", inside: str = "", **attributes: str) -> bytes:
    """A file that asks ``is_abnormal`` and ends as ``accepted`` or ``rejected``; `flows` leave the gateway."""
    question = node(kind, "is_abnormal", inside, **attributes)
    return draft(chain(start(), question), end("accepted"), end("rejected"), *flows)


def part_id(part: str) -> str:
    found = re.search(r' id="([^"]*)"', part)
    assert found, part
    return found[1]


def _pictures(document: bytes) -> list[str]:
    pictures = []
    for element in etree.fromstring(document).iter(f"{{{BPMN}}}*"):
        kind, name = etree.QName(element).localname, element.get("id")
        if name is None:
            continue
        opening = f'id="{name}_di" bpmnElement="{name}"'
        if kind in _EDGES:
            points = '<di:waypoint x="0" y="0"/><di:waypoint x="50" y="0"/>'
            pictures.append(f"<bpmndi:BPMNEdge {opening}>{points}</bpmndi:BPMNEdge>")
        elif kind.endswith((*_SHAPES, "group", "transaction", "adHocSubProcess", "Reference")):
            bounds = '<dc:Bounds x="0" y="0" width="100" height="80"/>'
            pictures.append(f"<bpmndi:BPMNShape {opening}>{bounds}</bpmndi:BPMNShape>")
    return pictures
