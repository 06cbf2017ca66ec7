"""Where tokens can go: unreachable nodes, nodes without a way out, and loops."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set

from engine.bpmn.dialect.diagram import Diagram, Flow, Node
from engine.bpmn.dialect.report import Report

_SYNCHRONISING = ("parallelGateway", "inclusiveGateway")
_AUTOMATIC = (
    "manualTask",
    "businessRuleTask",
    "exclusiveGateway",
    "inclusiveGateway",
    "parallelGateway",
)


def check_paths(diagram: Diagram, report: Report) -> None:
    for nodes in diagram.scopes.values():
        _check_reachable(nodes, report)
        _check_way_out(nodes, report)
        _check_loops(nodes, report)


def _check_reachable(nodes: list[Node], report: Report) -> None:
    starts = [node for node in nodes if node.kind == "startEvent"]
    if not starts:
        return  # reported as such; every node would follow
    lost = [node for node in nodes if node.accepted and not _has_way_in(node)]
    excused = [node for node in nodes if not node.accepted or _hangs_on_a_fault(node)]
    reached = _closure([*starts, *lost, *excused], Node.successors)
    islands = [node for node in nodes if node not in reached and node.kind != "boundaryEvent"]
    for node in lost:
        report.error(node.element, "structure/unreachable", f"no flow leads to {node.id}", "connect or remove it")
    for loop in _loops(islands, Node.successors):
        node = _first(loop)
        message = f"no path from a start event leads to the loop through {node.id}"
        report.error(node.element, "structure/unreachable", message, "connect it to the rest of the diagram")


def _has_way_in(node: Node) -> bool:
    return bool(node.incoming) or node.kind in ("startEvent", "boundaryEvent")


def _hangs_on_a_fault(node: Node) -> bool:
    """A flow into it or its host is wrong, and reported: whether it can be reached nobody knows."""
    if node.kind == "boundaryEvent" and (node.host is None or node.host.scope is not node.scope):
        return True
    return any(flow.source is None or flow.source.scope is not node.scope for flow in node.incoming)


def _leads_to_a_fault(node: Node) -> bool:
    return any(flow.target is None or flow.target.scope is not node.scope for flow in node.outgoing)


def _check_way_out(nodes: list[Node], report: Report) -> None:
    stuck = [node for node in nodes if node.accepted and node.kind != "endEvent" and not node.outgoing]
    ends = [node for node in nodes if node.kind == "endEvent" or not node.accepted]
    excused = [node for node in nodes if _leads_to_a_fault(node)]
    leaving = _closure([*ends, *stuck, *excused], _predecessors)
    for node in stuck:
        message = f"no flow leaves {node.id}"
        report.error(node.element, "structure/no-way-out", message, "draw a flow to what follows, or to an end event")
    for loop in _loops([node for node in nodes if node not in leaving], Node.successors):
        node = _first(loop)
        message = f"no path from the loop through {node.id} leads to an end event"
        report.error(node.element, "structure/no-way-out", message, "draw a way out of the loop")


def _first(loop: set[Node]) -> Node:
    """The node by which a loop is named: the same one every time."""
    return min(loop, key=lambda node: node.id)


def _predecessors(node: Node) -> Iterable[Node]:
    yield from (flow.source for flow in node.incoming if flow.source)
    if node.host:
        yield node.host


def _closure(
    roots: Iterable[Node], neighbours: Callable[[Node], Iterable[Node]], barred: Set[Node] = frozenset()
) -> set[Node]:
    seen = set(roots)
    pending = list(seen)
    while pending:
        for node in neighbours(pending.pop()):
            if node not in seen and node not in barred:
                seen.add(node)
                pending.append(node)
    return seen


def _check_loops(nodes: list[Node], report: Report) -> None:
    for loop in _loops(nodes, Node.successors):
        splits = [node for node in loop if _synchronises(node, node.outgoing, loop)]
        joins = [node for node in loop if _synchronises(node, node.incoming, loop)]
        if splits:
            for join in joins:
                message = f"{join.id} joins branches inside a loop: a fast branch may come round before a slow one"
                remedy = "put the split and the join into an embedded sub-process"
                report.warn(join.element, "structure/join-in-loop", message, remedy)
    automatic = [node for node in nodes if node.kind in _AUTOMATIC]
    for loop in _loops(automatic, Node.successors):
        first = _first(loop)
        message = f"nothing in the loop through {first.id} waits: it ends in an incident if a condition stays as it is"
        report.warn(first.element, "structure/loop-without-wait", message, "wait in it, or leave it by another way")


def _synchronises(node: Node, flows: list[Flow], loop: set[Node]) -> bool:
    inside = [flow for flow in flows if flow.source in loop and flow.target in loop]
    return node.kind in _SYNCHRONISING and len(inside) > 1


def _loops(nodes: list[Node], successors: Callable[[Node], Iterable[Node]]) -> list[set[Node]]:
    """The strongly connected components that hold a cycle (Kosaraju, without recursion: files may be deep)."""
    members = set(nodes)
    order = _finishing_order(nodes, members, successors)
    backwards: dict[Node, list[Node]] = {node: [] for node in nodes}
    for node in nodes:
        for following in successors(node):
            if following in members:
                backwards[following].append(node)
    seen: set[Node] = set()
    loops = []
    for root in reversed(order):
        if root in seen:
            continue
        component = _closure([root], backwards.__getitem__, barred=seen)
        seen |= component
        if len(component) > 1 or root in backwards[root]:
            loops.append(component)
    return loops


def _finishing_order(nodes: list[Node], members: set[Node], successors: Callable[[Node], Iterable[Node]]) -> list[Node]:
    """`nodes` in the order in which a depth-first search leaves them."""
    order: list[Node] = []
    seen: set[Node] = set()
    for root in nodes:
        if root in seen:
            continue
        seen.add(root)
        pending = [(root, iter(successors(root)))]
        while pending:
            node, following = pending[-1]
            fresh = next((each for each in following if each in members and each not in seen), None)
            if fresh is None:
                order.append(node)
                pending.pop()
            else:
                seen.add(fresh)
                pending.append((fresh, iter(successors(fresh))))
    return order
