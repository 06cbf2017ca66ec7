"""The picture of a BPMN file as geometry: boxes, lines and labels, in pixels as bpmn-js draws them."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree

NS = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
}
# bpmn-js sets outside labels in 11 px and wraps them at 90 px.
FONT, LINE_HEIGHT, WRAP = 11.0, 13.2, 90.0


class Point(NamedTuple):
    x: float
    y: float


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    def meets(self, other: Box) -> bool:
        """True when the two share an area; touching is not meeting."""
        across = min(self.right, other.right) - max(self.left, other.left)
        along = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > 0 and along > 0

    def holds(self, other: Box) -> bool:
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.right <= self.right
            and other.bottom <= self.bottom
        )

    def shrunk(self, by: float) -> Box:
        return Box(self.left + by, self.top + by, self.right - by, self.bottom - by)


class Segment(NamedTuple):
    start: Point
    end: Point

    @property
    def box(self) -> Box:
        """The line with the breadth of a hair."""
        xs, ys = sorted((self.start.x, self.end.x)), sorted((self.start.y, self.end.y))
        return Box(xs[0] - 0.5, ys[0] - 0.5, xs[1] + 0.5, ys[1] + 0.5)

    @property
    def is_straight(self) -> bool:
        return self.start.x == self.end.x or self.start.y == self.end.y


@dataclass
class Shape:
    id: str
    box: Box
    label: Box | None
    is_container: bool
    host: str
    scope: str


@dataclass
class Line:
    id: str
    source: str
    target: str
    points: list[Point]
    label: Box | None

    @property
    def segments(self) -> list[Segment]:
        return [Segment(a, b) for a, b in pairwise(self.points)]


@dataclass
class Picture:
    shapes: dict[str, Shape] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)

    @property
    def extent(self) -> Box:
        boxes = [*(shape.box for shape in self.shapes.values()), *(box for _, box in self.labels())]
        boxes += [segment.box for line in self.lines for segment in line.segments]
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        return Box(min(lefts), min(tops), max(rights), max(bottoms))

    def labels(self) -> Iterator[tuple[str, Box]]:
        everything: list[Shape | Line] = [*self.shapes.values(), *self.lines]
        for drawn in everything:
            if drawn.label:
                yield drawn.id, drawn.label

    def successors(self, node: str) -> set[str]:
        """Where a token may go from ``node``, by flows and by the events on its border."""
        return {line.target for line in self.lines if line.source == node} | {
            shape.id for shape in self.shapes.values() if shape.host == node
        }

    def leads_to(self, start: str, end: str) -> bool:
        seen, waiting = {start}, [start]
        while waiting:
            fresh = self.successors(waiting.pop()) - seen
            seen |= fresh
            waiting.extend(fresh)
        return end in seen


def read_picture(path: Path) -> Picture:
    root: Any = etree.parse(path).getroot()
    elements = {element.get("id"): element for element in root.iter() if element.get("id")}
    picture = Picture()
    for shape in root.iterfind(".//bpmndi:BPMNShape", NS):
        element = elements[shape.get("bpmnElement")]
        box = _box(shape.find("dc:Bounds", NS))
        kind = etree.QName(element).localname
        picture.shapes[element.get("id")] = Shape(
            id=element.get("id"),
            box=box,
            label=_label(shape, element) if kind.endswith(("Event", "Gateway")) else None,
            is_container=kind == "subProcess",
            host=element.get("attachedToRef") or "",
            scope=element.getparent().get("id"),
        )
    for edge in root.iterfind(".//bpmndi:BPMNEdge", NS):
        flow = elements[edge.get("bpmnElement")]
        points = [Point(float(p.get("x")), float(p.get("y"))) for p in edge.iterfind("di:waypoint", NS)]
        line = Line(flow.get("id"), flow.get("sourceRef"), flow.get("targetRef"), points, _label(edge, flow))
        picture.lines.append(line)
    return picture


def _box(bounds: Any) -> Box:
    x, y, width, height = (float(bounds.get(name)) for name in ("x", "y", "width", "height"))
    return Box(x, y, x + width, y + height)


def _label(drawn: Any, element: Any) -> Box | None:
    """The area of the text: centred in the label's bounds, from their top."""
    bounds = drawn.find("bpmndi:BPMNLabel/dc:Bounds", NS)
    text = element.get("name") or ""
    if bounds is None or not text:
        return None
    place = _box(bounds)
    length = sum(FONT if unicodedata.east_asian_width(sign) in "WF" else FONT * 0.6 for sign in text)
    half = min(length, WRAP) / 2
    return Box(place.middle - half, place.top, place.middle + half, place.top + LINE_HEIGHT * math.ceil(length / WRAP))
