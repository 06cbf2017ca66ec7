"""Diagrams are read by people: each fits a screen, runs from left to right, crosses no lines and covers no words."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from tests.picture import Box, Line, Picture, Point, Segment, Shape, read_picture

ROOT = Path(__file__).parents[2]
DIAGRAMS = sorted(file.relative_to(ROOT).as_posix() for file in (ROOT / "processes").rglob("*.bpmn"))
SCREEN_WIDTH, SCREEN_HEIGHT = 1440, 800
each_diagram = pytest.mark.parametrize("name", DIAGRAMS)


def too_large(picture: Picture) -> list[str]:
    extent = picture.extent
    width, height = extent.right - extent.left, extent.bottom - extent.top
    fits = width <= SCREEN_WIDTH and height <= SCREEN_HEIGHT
    return [] if fits else [f"{width:g} by {height:g} px"]


def backward_flows(picture: Picture) -> list[str]:
    """Flows that run to the left without closing a loop."""
    ends = [(line, picture.shapes[line.source].box, picture.shapes[line.target].box) for line in picture.lines]
    return [
        line.id
        for line, source, target in ends
        if target.middle < source.middle and not picture.leads_to(line.target, line.source)
    ]


def slanting_flows(picture: Picture) -> list[str]:
    return [line.id for line in picture.lines if not all(segment.is_straight for segment in line.segments)]


def crossing_flows(picture: Picture) -> list[str]:
    """Pairs of flows that meet, apart from those that leave one node or enter one."""
    return [
        f"{one.id} × {other.id}"
        for one, other in combinations(picture.lines, 2)
        if one.source != other.source and one.target != other.target
        if any(a.box.meets(b.box) for a in one.segments for b in other.segments)
    ]


def covered_nodes(picture: Picture) -> list[str]:
    """Nodes that lie under one another, or under a flow that has nothing to do with them."""
    nodes = [shape for shape in picture.shapes.values() if not shape.is_container]
    found = [f"{a.id} on {b.id}" for a, b in combinations(nodes, 2) if a.box.meets(b.box) and not _attached(a, b)]
    for line in picture.lines:
        for shape in picture.shapes.values():
            if shape.id not in (line.source, line.target) and _runs_through(line, shape, picture):
                found.append(f"{line.id} through {shape.id}")
    return found


def covered_labels(picture: Picture) -> list[str]:
    """Labels on a line, a node, the border of a sub-process, or another label."""
    labels = list(picture.labels())
    found = [f"{a} on {b}" for (a, one), (b, other) in combinations(labels, 2) if one.meets(other)]
    for name, label in labels:
        found += [f"{name} on {line.id}" for line in picture.lines if any(s.box.meets(label) for s in line.segments)]
        for shape in picture.shapes.values():
            inside = shape.is_container and shape.box.holds(label)
            if shape.box.meets(label) and not inside:
                found.append(f"{name} on {shape.id}")
    return found


def _attached(one: Shape, other: Shape) -> bool:
    return one.host == other.id or other.host == one.id


def _runs_through(line: Line, shape: Shape, picture: Picture) -> bool:
    if shape.is_container and picture.shapes[line.source].scope == shape.id:
        return False
    if picture.shapes[line.source].host == shape.id:
        return False
    return any(segment.box.meets(shape.box.shrunk(1)) for segment in line.segments)


@each_diagram
def test_diagram_fits_one_screen(name: str) -> None:
    assert too_large(read_picture(ROOT / name)) == []


@each_diagram
def test_flows_run_from_left_to_right(name: str) -> None:
    assert backward_flows(read_picture(ROOT / name)) == []


@each_diagram
def test_flows_bend_at_right_angles(name: str) -> None:
    assert slanting_flows(read_picture(ROOT / name)) == []


@each_diagram
def test_no_flow_crosses_another(name: str) -> None:
    assert crossing_flows(read_picture(ROOT / name)) == []


@each_diagram
def test_nothing_covers_a_node(name: str) -> None:
    assert covered_nodes(read_picture(ROOT / name)) == []


@each_diagram
def test_nothing_covers_a_label(name: str) -> None:
    assert covered_labels(read_picture(ROOT / name)) == []


def shape(name: str, x: float, y: float, label: Box | None = None) -> Shape:
    return Shape(name, Box(x, y, x + 100, y + 80), label, is_container=False, host="", scope="drawing")


def drawing(*lines: Line, label: Box | None = None) -> Picture:
    """Four tasks at the corners of a square, ``a b`` above ``c d``."""
    corners = [shape("a", 0, 0, label), shape("b", 400, 0), shape("c", 0, 300), shape("d", 400, 300)]
    return Picture({corner.id: corner for corner in corners}, list(lines))


def line(source: str, target: str, *points: tuple[float, float], label: Box | None = None) -> Line:
    return Line(f"{source}_{target}", source, target, [Point(*point) for point in points], label)


def test_crossing_is_seen() -> None:
    down = line("a", "d", (100, 40), (300, 40), (300, 340), (400, 340))
    up = line("c", "b", (100, 340), (200, 340), (200, 60), (400, 60))
    assert crossing_flows(drawing(down, up)) == ["a_d × c_b"]


def test_flow_through_a_node_is_seen() -> None:
    assert covered_nodes(drawing(line("a", "d", (100, 40), (450, 40), (450, 300)))) == ["a_d through b"]


def test_nodes_on_one_another_are_seen() -> None:
    picture = drawing()
    picture.shapes["e"] = shape("e", 50, 50)
    assert covered_nodes(picture) == ["a on e"]


def test_label_on_a_line_is_seen() -> None:
    across = line("a", "b", (100, 40), (400, 40))
    assert covered_labels(drawing(across, label=Box(200, 35, 260, 48))) == ["a on a_b"]
    assert covered_labels(drawing(across, label=Box(200, 20, 260, 33))) == []


def test_label_on_a_node_and_on_a_label_is_seen() -> None:
    across = line("a", "b", (100, 40), (400, 40), label=Box(380, 10, 420, 23))
    assert covered_labels(drawing(across, label=Box(370, 12, 390, 25))) == ["a on a_b", "a_b on b"]


def test_flow_to_the_left_is_seen_unless_it_closes_a_loop() -> None:
    back, forth = line("b", "a", (400, 60), (100, 60)), line("a", "b", (100, 20), (400, 20))
    assert backward_flows(drawing(back)) == ["b_a"]
    assert backward_flows(drawing(back, forth)) == []


def test_slanting_flow_is_seen() -> None:
    assert slanting_flows(drawing(line("a", "d", (100, 40), (400, 340)))) == ["a_d"]


def test_wide_drawing_is_seen() -> None:
    picture = drawing()
    picture.shapes["far"] = shape("far", 1400, 0)
    assert too_large(picture) == ["1500 by 380 px"]


def test_hairline_has_an_area() -> None:
    assert Segment(Point(0, 5), Point(10, 5)).box.meets(Box(4, 0, 6, 10))
