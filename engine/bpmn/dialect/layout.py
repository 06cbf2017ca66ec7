"""The picture: everything that runs is drawn, and everything drawn exists."""

from __future__ import annotations

import math
from collections.abc import Iterable

from lxml.etree import _Element as Element

from engine.bpmn.dialect.report import Report, shown
from engine.bpmn.dialect.tags import children, kind_of
from engine.bpmn.dialect.vocabulary import NODES

_EDGES = frozenset({"sequenceFlow", "association", "messageFlow", "dataInputAssociation", "dataOutputAssociation"})
_PLANES = frozenset({"process", "collaboration", "subProcess"})
_MUST_BE_DRAWN = frozenset(
    {*NODES, "sequenceFlow", "participant", "lane", "textAnnotation", "association", "group", "messageFlow"}
)


def check_layout(root: Element, accepted: Iterable[Element], report: Report) -> None:
    """`accepted` are the elements that passed the grammar: only of those is a picture demanded."""
    kinds = {str(element.get("id")): kind_of(element) for element in root.iter() if element.get("id")}
    drawn: set[str] = set()
    for diagram in children(root, "bpmndi:BPMNDiagram"):
        for plane in children(diagram, "bpmndi:BPMNPlane"):
            _check_plane(plane, kinds, report)
            for picture in children(plane, "bpmndi:BPMNShape", "bpmndi:BPMNEdge"):
                _check_picture(picture, kinds, drawn, report)
    for element in accepted:
        if kind_of(element) in _MUST_BE_DRAWN and element.get("id") and str(element.get("id")) not in drawn:
            message = f"{kind_of(element)} {shown(str(element.get('id')))} is not drawn"
            report.error(element, "layout/missing", message, "open the file in a modeler and draw it")


def _check_plane(plane: Element, kinds: dict[str, str], report: Report) -> None:
    name = str(plane.get("bpmnElement") or "")
    if name and kinds.get(name) not in _PLANES:
        message = f"the plane of {shown(name)} shows no process, collaboration or sub-process"
        report.error(plane, "layout/dangling", message, "remove it")


def _check_picture(picture: Element, kinds: dict[str, str], drawn: set[str], report: Report) -> None:
    name = str(picture.get("bpmnElement") or "")
    if not name:
        return  # reported as a missing attribute
    what = kind_of(picture).removeprefix("bpmndi:BPMN").lower()
    if name not in kinds:
        report.error(picture, "layout/dangling", f"the {what} of {shown(name)} shows nothing", "remove it")
        return
    if name in drawn:
        report.error(picture, "layout/repeated", f"{shown(name)} is drawn twice", "keep one")
    drawn.add(name)
    if (kinds[name] in _EDGES) != (what == "edge"):
        report.error(picture, "layout/kind", f"a {kinds[name]} is not drawn as a {what}", "draw it in a modeler")
        return
    fault = _fault_of_edge(picture) if what == "edge" else _fault_of_shape(picture)
    if fault:
        report.error(picture, "layout/place", f"the {what} of {shown(name)} {fault}", "draw it in a modeler")


def _fault_of_shape(shape: Element) -> str:
    bounds = list(children(shape, "dc:Bounds"))
    if len(bounds) != 1:
        return "has no place" if not bounds else "has several places"
    numbers = [_number(bounds[0], attribute) for attribute in ("x", "y", "width", "height")]
    if not all(math.isfinite(number) for number in numbers):
        return "has a place that is no number"
    return "" if numbers[2] > 0 and numbers[3] > 0 else "has no size"


def _fault_of_edge(edge: Element) -> str:
    points = list(children(edge, "di:waypoint"))
    if len(points) < 2:
        return "has fewer than two points"
    numbers = [_number(point, attribute) for point in points for attribute in ("x", "y")]
    return "" if all(math.isfinite(number) for number in numbers) else "has a point that is no number"


def _number(element: Element, attribute: str) -> float:
    try:
        return float(str(element.get(attribute)))
    except ValueError:
        return math.nan
