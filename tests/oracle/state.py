"""What the oracle remembers of a running case: scopes, tokens, executions of activities, armed events, variables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from tests.oracle.model import Graph, Kind, Multi, Node

WAITS = {Kind.USER: "user", Kind.SERVICE: "job", Kind.SEND: "job", Kind.RECEIVE: "message"}
EVENTS = {
    Kind.CATCH_MESSAGE: "message",
    Kind.ON_MESSAGE: "message",
    Kind.CATCH_TIMER: "timer",
    Kind.ON_TIMER: "timer",
}


class Variables:
    """One variable scope. ``isolated`` marks the outermost one of a process: nothing is seen or written beyond it."""

    def __init__(self, values: dict[str, Any], outer: Variables | None = None, isolated: bool = False) -> None:
        self.values, self.outer, self.isolated = values, outer, isolated

    def visible(self) -> dict[str, Any]:
        """All variables that an expression sees here, inner ones hiding outer ones."""
        if self.isolated or self.outer is None:
            return dict(self.values)
        return self.outer.visible() | self.values

    def write(self, name: str, value: Any) -> None:
        """Set the variable in the nearest scope that has it, else in the process."""
        scope = self
        while name not in scope.values and not scope.isolated and scope.outer is not None:
            scope = scope.outer
        scope.values[name] = value


class Stage(Enum):
    """Where a token stands."""

    MOVING = auto()  # on its way; only inside a command
    JOINING = auto()  # arrived at a join by its ``flow``
    ACTIVE = auto()  # in an activity, a catch event or an event-based gateway
    STUCK = auto()  # an incident at a gateway or an error end


@dataclass(eq=False)
class Arm:
    """A wait that belongs to a token: a boundary event, a catch event, one way out of an event-based gateway."""

    number: int
    node: Node
    left: int | None = 1  # how often it can still fire; None: without end


@dataclass(eq=False)
class Work:
    """One execution of an activity: the only one, or one instance of a multi-instance."""

    number: int
    token: Token
    variables: Variables
    counter: int = 0  # loopCounter; 0 outside a multi-instance
    inside: Scope | None = None
    failed: bool = False


@dataclass(eq=False)
class Token:
    """One token in ``scope`` at ``node``, come by ``flow``."""

    scope: Scope
    node: Node
    flow: str = ""
    stage: Stage = Stage.MOVING
    number: int = 0
    alive: bool = True
    works: list[Work] = field(default_factory=list)
    arms: list[Arm] = field(default_factory=list)
    waiting_items: list[tuple[int, Any]] = field(default_factory=list)  # sequential: (counter, item) not begun
    results: list[Any] = field(default_factory=list)
    over: int = 0  # instances of a multi-instance that have ended

    @property
    def multi(self) -> Multi | None:
        return self.node.multi


@dataclass(eq=False)
class Scope:
    """One running process, called process or embedded subprocess."""

    graph: Graph
    variables: Variables
    host: Work | None
    tokens: list[Token] = field(default_factory=list)

    @property
    def path(self) -> tuple[str, ...]:
        """Element ids from the root down to here; an instance of a multi-instance shows its number."""
        if self.host is None:
            return ()
        token = self.host.token
        name = f"{token.node.id}[{self.host.counter}]" if self.host.counter else token.node.id
        return (*token.scope.path, name)


@dataclass(frozen=True, order=True)
class Open:
    """Something that can be acted on, or an incident. ``number`` names it to the oracle's verbs."""

    number: int
    kind: str  # user, job, message, timer, incident
    path: tuple[str, ...]
    element: str
    counter: int = 0  # of a multi-instance over the element itself

    @property
    def key(self) -> tuple[str, tuple[str, ...], str]:
        """What must be equal on both sides."""
        return (self.kind, self.path, self.element)


def scopes_in(scope: Scope) -> Iterator[Scope]:
    """The scope and those running inside it; what changes meanwhile does not matter."""
    yield scope
    for token in list(scope.tokens):
        for work in list(token.works):
            if work.inside is not None:
                yield from scopes_in(work.inside)


def open_in(root: Scope) -> Iterator[Open]:
    """Everything that waits or is stuck, in every scope."""
    for scope in scopes_in(root):
        for token in scope.tokens:
            if token.stage is Stage.STUCK:
                yield Open(token.number, "incident", scope.path, token.node.id)
            for arm in token.arms:
                yield Open(arm.number, EVENTS[arm.node.kind], scope.path, arm.node.id)
            for work in token.works:
                if work.inside is None:
                    kind = "incident" if work.failed else WAITS[token.node.kind]
                    yield Open(work.number, kind, scope.path, token.node.id, work.counter)
