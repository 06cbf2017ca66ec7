"""Small graphs from a few lines of text, for tests that are written by hand.

``a -> b -> c`` draws flows in that order; ``a -> b: v > 1`` gives a flow a condition and ``a -> b: else`` makes it the
default. A node's kind follows from the first word of its id; nodes that need more are handed in.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from tests.oracle.model import ROOT, Flow, Graph, Kind, Mapping, Model, Node
from tests.oracle.simulate import Oracle
from tests.oracle.state import Open

KINDS = {
    "start": Kind.START,
    "end": Kind.END,
    "stop": Kind.TERMINATE,
    "user": Kind.USER,
    "job": Kind.SERVICE,
    "manual": Kind.MANUAL,
    "xor": Kind.EXCLUSIVE,
    "and": Kind.PARALLEL,
    "or": Kind.INCLUSIVE,
    "race": Kind.EVENT_GATEWAY,
    "message": Kind.CATCH_MESSAGE,
    "timer": Kind.CATCH_TIMER,
}


def sketch(text: str, *nodes: Node, prefix: str = "") -> Graph:
    """The graph of ``text``, with ``nodes`` in place of what their ids would give.

    Flows are called ``flow_1`` …; ``prefix`` keeps them apart from those of another graph in the same file.
    """
    graph = Graph({node.id: node for node in nodes})
    for line in text.strip().splitlines():
        path, _, condition = (part.strip() for part in line.partition(":"))
        ids = path.split(" -> ")
        for node_id in ids:
            graph.nodes.setdefault(node_id, Node(node_id, KINDS.get(node_id.partition("_")[0], Kind.USER)))
        for source, target in pairwise(ids):
            flow = Flow(
                f"{prefix}flow_{len(graph.flows) + 1}", source, target, "" if condition == "else" else condition
            )
            graph.flows.append(flow)
            if condition == "else":
                graph.nodes[source].default = flow.id
    return graph


def answering(node_id: str, variable: str, **more: Any) -> Node:
    """A user task that sets ``variable`` to the answer given."""
    return Node(node_id, Kind.USER, outputs=(Mapping("answer", variable),), **more)


def boundary(node_id: str, host: str, kind: Kind, **more: Any) -> Node:
    return Node(node_id, kind, host=host, **more)


class Table:
    """An oracle, spoken to by element ids."""

    def __init__(
        self, graph: Graph, variables: dict[str, Any] | None = None, oracle: type[Oracle] = Oracle, **called: Graph
    ):
        self.oracle = oracle(Model({ROOT: graph, **called}, variables or {}))

    @property
    def open(self) -> list[str]:
        """What is open, as ``path/element``, sorted; an incident begins with ``!``."""
        return sorted(("!" if item.kind == "incident" else "") + _place(item) for item in self.oracle.open())

    @property
    def finished(self) -> bool:
        return self.oracle.finished

    @property
    def variables(self) -> dict[str, Any]:
        return self.oracle.root.variables.values

    def do(self, *places: str, **values: Any) -> list[str]:
        """Complete, deliver or fire what is open at each of the places; what is open then."""
        for place in places:
            item = self._item(place)
            if item.kind == "timer":
                self.oracle.fire(item.number)
            elif item.kind == "message":
                self.oracle.deliver(item.number, values)
            else:
                self.oracle.complete(item.number, values)
        return self.open

    def fail(self, place: str, code: str) -> list[str]:
        """The job at ``place`` ends in a business error."""
        self.oracle.throw_error(self._item(place).number, code, {})
        return self.open

    def _item(self, place: str) -> Open:
        return next(item for item in self.oracle.open() if _place(item) == place)


def _place(item: Open) -> str:
    return "/".join((*item.path, item.element)) + (f"[{item.counter}]" if item.counter else "")
