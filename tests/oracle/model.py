"""Processes as graphs: what the oracle runs and what ``write_bpmn`` writes.

Nothing here is shared with the engine; both read the same diagram, each with its own eyes. Every text that can be an
expression is FEEL without the leading ``=``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

ROOT = "main"


class Kind(StrEnum):
    """What a node is."""

    START = "start"
    END = "end"
    TERMINATE = "terminate"
    ERROR_END = "error_end"
    USER = "user"
    SERVICE = "service"
    SEND = "send"
    MANUAL = "manual"
    RECEIVE = "receive"
    CATCH_MESSAGE = "catch_message"
    CATCH_TIMER = "catch_timer"
    EVENT_GATEWAY = "event_gateway"
    EXCLUSIVE = "exclusive"
    PARALLEL = "parallel"
    INCLUSIVE = "inclusive"
    SUBPROCESS = "subprocess"
    CALL = "call"
    ON_TIMER = "on_timer"
    ON_MESSAGE = "on_message"
    ON_ERROR = "on_error"


BOUNDARY = frozenset({Kind.ON_TIMER, Kind.ON_MESSAGE, Kind.ON_ERROR})
JOBS = frozenset({Kind.SERVICE, Kind.SEND})
GATEWAYS = frozenset({Kind.EXCLUSIVE, Kind.PARALLEL, Kind.INCLUSIVE, Kind.EVENT_GATEWAY})
SPLITS_BY_CONDITION = frozenset({Kind.EXCLUSIVE, Kind.INCLUSIVE})


@dataclass(frozen=True)
class Mapping:
    """An input or output mapping: ``target`` becomes the value of ``source``."""

    source: str
    target: str


@dataclass(frozen=True)
class Multi:
    """Multi-instance: one instance for each entry of the list that ``collection`` gives."""

    collection: str
    sequential: bool
    element: str = ""
    output_collection: str = ""
    output_element: str = ""
    completion: str = ""

    @property
    def collects(self) -> str:
        """The variable that ``output_element`` names, which each instance has for itself; "" for other expressions."""
        return self.output_element if self.output_element.isidentifier() else ""


@dataclass
class Node:
    """One element of a diagram; which fields mean anything depends on its kind."""

    id: str
    kind: Kind
    default: str = ""  # id of the default flow
    host: str = ""  # of a boundary event: the activity that it sits on
    interrupting: bool = True
    code: str = ""  # of an error end or an error boundary; "" catches all
    timer: str = ""  # PT1H or, on a non-interrupting boundary, R3/PT1H or R/PT1H
    message: str = ""
    correlation_key: str = ""
    called: str = ""
    body: Graph | None = None
    multi: Multi | None = None
    inputs: tuple[Mapping, ...] = ()
    outputs: tuple[Mapping, ...] = ()
    all_in: bool = False  # propagateAllParentVariables
    all_out: bool = False  # propagateAllChildVariables
    results: tuple[str, ...] = ()  # variables that a job's worker returns without output mappings

    @property
    def firings(self) -> int | None:
        """How often a boundary event can happen while its host lives; None: without end."""
        if self.interrupting:
            return 1
        if self.kind is Kind.ON_MESSAGE:
            return None
        if not self.timer.startswith("R"):
            return 1
        count = self.timer[1:].partition("/")[0]
        return int(count) if count else None

    @property
    def asks(self) -> tuple[str, ...]:
        """The names that whoever completes this node must give values for."""
        given = {"answer", "chosen"}
        return tuple(sorted({m.source for m in self.outputs} & given)) + self.results


@dataclass(frozen=True)
class Flow:
    """A sequence flow; the condition is ``""`` where there is none."""

    id: str
    source: str
    target: str
    condition: str = ""


class _Index:
    """What hangs on each node of a graph, looked up once the graph has stopped growing."""

    def __init__(self, graph: Graph) -> None:
        self.size = (len(graph.nodes), len(graph.flows))
        self.outgoing: dict[str, list[Flow]] = {}
        self.incoming: dict[str, list[Flow]] = {}
        self.boundaries: dict[str, list[Node]] = {}
        for flow in graph.flows:
            self.outgoing.setdefault(flow.source, []).append(flow)
            self.incoming.setdefault(flow.target, []).append(flow)
        for node in graph.nodes.values():
            if node.host:
                self.boundaries.setdefault(node.host, []).append(node)


@dataclass
class Graph:
    """The inside of a process or an embedded subprocess; flows are in the order of the file."""

    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    _indexed: _Index | None = field(default=None, repr=False, compare=False)

    def outgoing(self, node_id: str) -> list[Flow]:
        return self._index().outgoing.get(node_id, [])

    def incoming(self, node_id: str) -> list[Flow]:
        return self._index().incoming.get(node_id, [])

    def boundaries(self, node_id: str) -> list[Node]:
        return self._index().boundaries.get(node_id, [])

    def _index(self) -> _Index:
        if self._indexed is None or self._indexed.size != (len(self.nodes), len(self.flows)):
            self._indexed = _Index(self)
        return self._indexed

    @property
    def start(self) -> Node:
        return next(node for node in self.nodes.values() if node.kind is Kind.START)

    def walk(self) -> Iterator[Node]:
        """Every node, those of nested subprocesses included."""
        for node in self.nodes.values():
            yield node
            if node.body is not None:
                yield from node.body.walk()

    def reach(self, node_id: str, join: str) -> frozenset[str]:
        """Incoming flows of ``join`` that a token at ``node_id`` can come to without passing through ``join``.

        A token in an activity can also leave through the boundary events on it.
        """
        found: set[str] = set()
        seen: set[str] = set()
        pending = [node_id]
        while pending:
            here = pending.pop()
            if here in seen:
                continue
            seen.add(here)
            pending.extend(node.id for node in self.boundaries(here))
            for flow in self.outgoing(here):
                if flow.target == join:
                    found.add(flow.id)
                else:
                    pending.append(flow.target)
        return frozenset(found)


@dataclass
class Model:
    """A set of files: process id → diagram. The root process is ``main``, the others are called."""

    processes: dict[str, Graph]
    variables: dict[str, object] = field(default_factory=dict)  # what the root process starts with

    def walk(self) -> Iterator[Node]:
        for graph in self.processes.values():
            yield from graph.walk()

    @property
    def size(self) -> int:
        """Number of nodes."""
        return sum(1 for _ in self.walk())
