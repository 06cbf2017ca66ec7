"""Every reference names something that exists and is of the right kind."""

from __future__ import annotations

from collections.abc import Iterable

from lxml.etree import _Element as Element

from engine.bpmn.dialect.diagram import Diagram
from engine.bpmn.dialect.report import Report, shown
from engine.bpmn.dialect.tags import children, kind_of, text_of
from engine.bpmn.dialect.vocabulary import ARTIFACTS, NODES

_ANYTHING_DRAWN = frozenset({*NODES, *ARTIFACTS, "sequenceFlow", "participant", "lane", "messageFlow"})
_TARGETS: dict[tuple[str, str], frozenset[str]] = {
    ("messageEventDefinition", "messageRef"): frozenset({"message"}),
    ("receiveTask", "messageRef"): frozenset({"message"}),
    ("errorEventDefinition", "errorRef"): frozenset({"error"}),
    ("participant", "processRef"): frozenset({"process"}),
    ("messageFlow", "sourceRef"): frozenset({*NODES, "participant"}),
    ("messageFlow", "targetRef"): frozenset({*NODES, "participant"}),
    ("association", "sourceRef"): _ANYTHING_DRAWN,
    ("association", "targetRef"): _ANYTHING_DRAWN,
    ("group", "categoryValueRef"): frozenset({"categoryValue"}),
}


def check_references(root: Element, diagram: Diagram, accepted: Iterable[Element], report: Report) -> None:
    """Check the attributes and child texts of `accepted` elements that name other elements."""
    kinds = {str(element.get("id")): kind_of(element) for element in root.iter() if element.get("id")}
    for element in accepted:
        kind = kind_of(element)
        for attribute in ("messageRef", "errorRef", "processRef", "sourceRef", "targetRef", "categoryValueRef"):
            targets = _TARGETS.get((kind, attribute))
            value = element.get(attribute)
            if targets and value and kinds.get(str(value)) not in targets:
                _report_missing(element, attribute, str(value), report)
        if kind == "association":
            _check_association(element, kinds, report)
        elif kind == "lane":
            _check_lane(element, diagram, report)
        elif kind in NODES:
            _check_listed_flows(element, diagram, report)
    for flow in diagram.flows:
        for attribute, node in (("sourceRef", flow.source), ("targetRef", flow.target)):
            value = str(flow.element.get(attribute) or "")
            if value and node is None:
                _report_missing(flow.element, attribute, value, report)


def _check_association(element: Element, kinds: dict[str, str], report: Report) -> None:
    ends = {kinds.get(str(element.get(attribute) or ""), "") for attribute in ("sourceRef", "targetRef")}
    if ends <= _ANYTHING_DRAWN and "textAnnotation" not in ends:
        message = "an association that joins no text annotation means nothing"
        report.error(element, "dialect/association", message, "draw a sequence flow, or an annotation")


def _check_lane(element: Element, diagram: Diagram, report: Report) -> None:
    for reference in children(element, "bpmn:flowNodeRef"):
        if text_of(reference) not in diagram.nodes:
            _report_missing(reference, "flowNodeRef", text_of(reference), report)


def _check_listed_flows(element: Element, diagram: Diagram, report: Report) -> None:
    node = diagram.nodes.get(str(element.get("id") or ""))
    if node is None:
        return
    for tag, flows in (("incoming", node.incoming), ("outgoing", node.outgoing)):
        known = {flow.id for flow in flows}
        for reference in children(element, f"bpmn:{tag}"):
            if text_of(reference) not in known:
                _report_missing(reference, tag, text_of(reference), report)


def _report_missing(element: Element, what: str, value: str, report: Report) -> None:
    report.error(element, "dialect/reference", f"{what} {shown(value)} names nothing of its kind here", "correct it")
