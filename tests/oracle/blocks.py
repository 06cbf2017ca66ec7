"""Processes as trees of blocks: easy to generate, easy to shrink, and drawn into graphs here.

A sequence of blocks is drawn from left to right by handing on *ports*: the ends that still lack a target. Several
ports that meet one element become several incoming flows, so a join is simply a gateway that gets many ports.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.oracle.model import ROOT, SPLITS_BY_CONDITION, Flow, Graph, Kind, Mapping, Model, Multi, Node

# Ids as a pack would have them: tasks verb_object, events past tense, gateways questions.
NAMES = {
    Kind.START: "started",
    Kind.END: "closed",
    Kind.TERMINATE: "all_stopped",
    Kind.ERROR_END: "rejected",
    Kind.USER: "check_papers",
    Kind.SERVICE: "push_record",
    Kind.SEND: "send_notice",
    Kind.MANUAL: "file_papers",
    Kind.RECEIVE: "await_answer",
    Kind.CATCH_MESSAGE: "reply_received",
    Kind.CATCH_TIMER: "days_passed",
    Kind.EVENT_GATEWAY: "what_comes_first",
    Kind.EXCLUSIVE: "is_approved",
    Kind.PARALLEL: "who_works",
    Kind.INCLUSIVE: "which_apply",
    Kind.SUBPROCESS: "handle_item",
    Kind.CALL: "call_office",
    Kind.ON_TIMER: "term_expired",
    Kind.ON_MESSAGE: "objection_received",
    Kind.ON_ERROR: "item_refused",
}


@dataclass
class Boundary:
    """A boundary event and what follows it; ``rejoin`` leads back behind the host, otherwise the path ends."""

    n: int
    kind: Kind
    body: list[Block]
    interrupting: bool = True
    timer: str = ""
    code: str = ""
    outputs: tuple[Mapping, ...] = ()
    rejoin: bool = False


@dataclass
class Activity:
    """A task, a catch event, a subprocess (``body``) or a call activity (``called``)."""

    n: int
    kind: Kind
    outputs: tuple[Mapping, ...] = ()
    inputs: tuple[Mapping, ...] = ()
    results: tuple[str, ...] = ()
    timer: str = ""
    correlation_key: str = ""
    called: str = ""
    all_in: bool = False
    all_out: bool = False
    multi: Multi | None = None
    body: list[Block] = field(default_factory=list)
    boundaries: list[Boundary] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"{NAMES[self.kind]}_{self.n}"


@dataclass
class Branch:
    """One way out of a split; the condition is ``""`` on the default flow and behind a parallel split."""

    body: list[Block]
    condition: str = ""


@dataclass
class Branching:
    """A split and, unless ``join`` is None, the gateway where its branches meet.

    ``loose`` leads every end of a branch into the join by a flow of its own, where a tidy diagram would merge them
    first. ``fused`` lets the split gateway itself take several incoming flows, so that it joins as well.
    """

    n: int
    kind: Kind
    branches: list[Branch]
    join: Kind | None
    loose: bool = False
    fused: bool = False


@dataclass
class Loop:
    """Repeats ``body`` while ``again`` holds; without ``header`` the body's first task takes the way back."""

    n: int
    body: list[Block]
    again: str
    header: Kind | None = Kind.EXCLUSIVE


@dataclass
class Arm:
    """One event behind an event-based gateway."""

    n: int
    kind: Kind
    body: list[Block]
    timer: str = ""
    outputs: tuple[Mapping, ...] = ()


@dataclass
class Race:
    """An event-based gateway; the paths merge again behind it."""

    n: int
    arms: list[Arm]


@dataclass
class Stop:
    """An end event in the middle: plain, terminate or error."""

    n: int
    kind: Kind
    code: str = ""


@dataclass
class NetNode:
    """A node of an unstructured part; edges go to later nodes by index, with a condition or ``""``."""

    n: int
    kind: Kind
    edges: list[tuple[int, str]]
    outputs: tuple[Mapping, ...] = ()


@dataclass
class Net:
    """An unstructured part: enters at node 0 and leaves at the last one."""

    n: int
    nodes: list[NetNode]


Block = Activity | Branching | Loop | Race | Stop | Net


def nested(block: Block) -> list[list[Block]]:
    """The sequences inside a block."""
    match block:
        case Activity():
            return [block.body, *(boundary.body for boundary in block.boundaries)]
        case Branching():
            return [branch.body for branch in block.branches]
        case Loop():
            return [block.body]
        case Race():
            return [arm.body for arm in block.arms]
        case _:
            return []


@dataclass
class Recipe:
    """A model as blocks: process id → its sequence."""

    processes: dict[str, list[Block]]
    variables: dict[str, object] = field(default_factory=dict)


def draw(recipe: Recipe) -> Model:
    """The graphs of a recipe; processes that nothing calls any more are left out."""
    graphs: dict[str, Graph] = {}
    pending = [ROOT]
    while pending:
        process_id = pending.pop()
        if process_id in graphs:
            continue
        graphs[process_id] = _Drawing(_Counter()).scope(recipe.processes[process_id])
        pending.extend(node.called for node in graphs[process_id].walk() if node.called)
    return Model(dict(sorted(graphs.items())), dict(recipe.variables))


@dataclass(frozen=True)
class _Port:
    """An end without a target."""

    node: str
    condition: str = ""
    default: bool = False


class _Counter:
    """Numbers for flows, merges and ends, unique in one file."""

    def __init__(self) -> None:
        self.value = 0

    def next(self) -> int:
        self.value += 1
        return self.value


class _Drawing:
    """Draws one scope."""

    def __init__(self, counter: _Counter) -> None:
        self.graph, self.counter = Graph(), counter

    def scope(self, blocks: Sequence[Block]) -> Graph:
        start = self.node(Node(f"started_{self.counter.next()}", Kind.START), [])
        ports = self.sequence(blocks, start)
        if ports:
            self.end(ports)
        return self.graph

    def node(self, node: Node, ports: Iterable[_Port]) -> list[_Port]:
        assert node.id not in self.graph.nodes, f"{node.id} is drawn twice"
        self.graph.nodes[node.id] = node
        self.connect(ports, node.id)
        return [_Port(node.id)]

    def connect(self, ports: Iterable[_Port], target: str) -> None:
        for port in ports:
            flow = Flow(f"flow_{self.counter.next()}", port.node, target, port.condition)
            self.graph.flows.append(flow)
            if port.default:
                self.graph.nodes[port.node].default = flow.id

    def end(self, ports: Iterable[_Port]) -> None:
        self.node(Node(f"ended_{self.counter.next()}", Kind.END), ports)

    def merged(self, ports: list[_Port]) -> list[_Port]:
        """One port for many, by an exclusive merge."""
        if len(ports) < 2:
            return ports
        return self.node(Node(f"is_either_{self.counter.next()}", Kind.EXCLUSIVE), ports)

    def sequence(self, blocks: Sequence[Block], ports: list[_Port]) -> list[_Port]:
        for block in blocks:
            if not ports:
                break
            ports = self.block(block, ports)
        return ports

    def block(self, block: Block, ports: list[_Port]) -> list[_Port]:
        match block:
            case Activity():
                return self.activity(block, ports)
            case Branching():
                return self.branching(block, ports)
            case Loop():
                return self.loop(block, ports)
            case Race():
                return self.race(block, ports)
            case Net():
                return self.net(block, ports)
            case Stop():
                self.node(Node(f"{NAMES[block.kind]}_{block.n}", block.kind, code=block.code), ports)
                return []

    def activity(self, block: Activity, ports: list[_Port]) -> list[_Port]:
        node = Node(
            block.id,
            block.kind,
            outputs=block.outputs,
            inputs=block.inputs,
            results=block.results,
            timer=block.timer,
            correlation_key=block.correlation_key,
            called=block.called,
            all_in=block.all_in,
            all_out=block.all_out,
            multi=block.multi,
            message=_message(block.kind, block.n),
            body=_Drawing(self.counter).scope(block.body) if block.kind is Kind.SUBPROCESS else None,
        )
        after = self.node(node, ports)
        for boundary in block.boundaries:
            after += self.boundary(boundary, block.id)
        return after

    def boundary(self, block: Boundary, host: str) -> list[_Port]:
        node = Node(
            f"{NAMES[block.kind]}_{block.n}",
            block.kind,
            host=host,
            interrupting=block.interrupting,
            timer=block.timer,
            code=block.code,
            outputs=block.outputs,
            message=_message(block.kind, block.n),
        )
        ports = self.sequence(block.body, self.node(node, []))
        if block.rejoin:
            return ports
        if ports:
            self.end(ports)
        return []

    def branching(self, block: Branching, ports: list[_Port]) -> list[_Port]:
        split = Node(f"{NAMES[block.kind]}_{block.n}", block.kind)
        self.node(split, ports if block.fused else self.merged(ports))
        ends: list[list[_Port]] = []
        for branch in block.branches:
            by_default = block.kind in SPLITS_BY_CONDITION and not branch.condition
            port = _Port(split.id, branch.condition, default=by_default)
            if not branch.body and block.join is None and len(block.branches) > 1 and not block.loose:
                # A branch without elements would hand its condition on to whatever follows; keep it visible instead.
                port = self.node(Node(f"note_receipt_{self.counter.next()}", Kind.MANUAL), [port])[0]
            ends.append(self.sequence(branch.body, [port]))
        if block.join is None:
            return [port for end in ends for port in end]
        if not block.loose and block.join is not Kind.EXCLUSIVE:
            ends = [self.merged(end) for end in ends]
        meeting = [port for end in ends for port in end]
        if not meeting:
            return []
        return self.node(Node(f"{split.id}_join", block.join), meeting)

    def loop(self, block: Loop, ports: list[_Port]) -> list[_Port]:
        first = block.body[0] if block.body else None
        if block.header is None and isinstance(first, Activity):
            back_to, entry = first.id, ports
        else:
            back_to = f"{NAMES[block.header or Kind.EXCLUSIVE]}_{block.n}_again"
            entry = self.node(Node(back_to, block.header or Kind.EXCLUSIVE), ports)
        ports = self.sequence(block.body, entry)
        if not ports:
            return []
        decision = self.node(Node(f"{NAMES[Kind.EXCLUSIVE]}_{block.n}", Kind.EXCLUSIVE), ports)[0].node
        self.connect([_Port(decision, block.again)], back_to)
        return [_Port(decision, default=True)]

    def race(self, block: Race, ports: list[_Port]) -> list[_Port]:
        gateway = self.node(Node(f"{NAMES[Kind.EVENT_GATEWAY]}_{block.n}", Kind.EVENT_GATEWAY), ports)
        after: list[_Port] = []
        for arm in block.arms:
            node = Node(
                f"{NAMES[arm.kind]}_{arm.n}",
                arm.kind,
                timer=arm.timer,
                outputs=arm.outputs,
                message=_message(arm.kind, arm.n),
            )
            after += self.sequence(arm.body, self.node(node, gateway))
        return self.merged(after)

    def net(self, block: Net, ports: list[_Port]) -> list[_Port]:
        ids = [f"{NAMES[node.kind]}_{node.n}" for node in block.nodes]
        for node, node_id in zip(block.nodes, ids, strict=True):
            self.node(Node(node_id, node.kind, outputs=node.outputs), [])
        self.connect(ports, ids[0])
        for node, node_id in zip(block.nodes, ids, strict=True):
            conditional = node.kind in SPLITS_BY_CONDITION and len(node.edges) > 1
            for target, condition in node.edges:
                self.connect([_Port(node_id, condition, default=conditional and not condition)], ids[target])
        last = block.nodes[-1]
        return [] if last.kind is Kind.END else [_Port(ids[-1])]


def _message(kind: Kind, n: int) -> str:
    return f"message_{n}" if kind in (Kind.RECEIVE, Kind.CATCH_MESSAGE, Kind.ON_MESSAGE) else ""
