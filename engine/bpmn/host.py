"""What the kernel needs from its surroundings, and what it tells them: no database, no FEEL engine in here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from engine.deadline import Deadline
from engine.errors import LimitExceeded, ShenhouError

Json = Any  # None, bool, int, float, str, list, dict


@dataclass(slots=True)
class JobRequest:
    """A service task (send task, message throw) that waits for its worker."""

    token_id: str
    process_id: str
    element_id: str
    type: str
    retries: int
    inputs: dict[str, Json]
    headers: dict[str, str]


class Host(Protocol):
    """The kernel's window on the world, for the length of one command."""

    @property
    def facts(self) -> Mapping[str, Json]:
        """The case facts that FEEL reads as ``case``; read only."""

    @property
    def switches(self) -> Mapping[str, Json]:
        """The pack's switches that FEEL reads as ``switches``; read only."""

    def now(self) -> datetime:
        """The present moment, aware."""

    def evaluate(self, text: str, scope: Mapping[str, Json]) -> Json:
        """The value of a FEEL expression (without ``=``). Raises ``FeelError``."""

    def decide(self, decision_id: str, scope: Mapping[str, Json]) -> Json:
        """The result of a decision. Raises ``DecisionError`` or ``FeelError``."""

    def run_in_transaction(self, request: JobRequest) -> Mapping[str, Json] | None:
        """Run the job's worker now, inside the command's transaction, and return its result variables.

        None where the job is to wait for a worker. ``RuleViolation`` is a BPMN error that the diagram may catch.
        """


@dataclass(frozen=True, slots=True)
class Limits:
    """What one command may use before it ends in an incident.

    Source: security.md row 3.
    """

    steps: int = 2_000
    seconds: float = 5.0
    instances: int = 50  # of calls and sub-processes entered
    list_length: int = 200
    depth: int = 20  # calls inside calls
    value_bytes: int = 16_384  # one variable, as JSON


@dataclass(slots=True)
class Budget:
    """How much of its limits a command has used."""

    limits: Limits
    steps: int = 0
    instances: int = 0
    deadline: Deadline = field(init=False)

    def start(self, *, timed: bool = True) -> None:
        """Begin a command. One that is not ``timed`` stops by its own at a step that is known to take too long."""
        self.steps = self.instances = 0
        self.deadline = Deadline(self.limits.seconds if timed else float("inf"))

    def count_step(self) -> None:
        self.steps += 1
        if self.steps > self.limits.steps:
            raise LimitExceeded("steps", self.limits.steps)
        if self.deadline.is_over():  # at every step: one may take long by itself
            raise LimitExceeded("seconds", self.limits.seconds)

    def check_ready(self, waiting: int) -> None:
        """Refuse more tokens than there are steps for, before a few steps have made a million of them."""
        if waiting > self.limits.steps:
            raise LimitExceeded("steps", self.limits.steps)

    def count_instance(self, depth: int) -> None:
        self.instances += 1
        if self.instances > self.limits.instances:
            raise LimitExceeded("instances", self.limits.instances)
        if depth > self.limits.depth:
            raise LimitExceeded("depth of calls", self.limits.depth)

    def check_list(self, length: int) -> None:
        if length > self.limits.list_length:
            raise LimitExceeded("list entries", self.limits.list_length)


@dataclass(slots=True)
class UserTaskOpened:
    token_id: str
    process_id: str
    element_id: str
    name: str
    form_id: str
    facts_path: str
    locals: dict[str, Json]
    assignee: str | None
    candidate_groups: tuple[str, ...]
    candidate_users: tuple[str, ...]
    priority: int
    due_at: datetime | None
    follow_up_at: datetime | None


@dataclass(slots=True)
class TimerArmed:
    token_id: str
    element_id: str
    due_at: datetime


@dataclass(slots=True)
class MessageAwaited:
    token_id: str
    element_id: str
    name: str
    correlation_key: str | None


@dataclass(slots=True)
class IncidentRaised:
    token_id: str
    process_id: str
    element_id: str
    kind: str
    message: str


Opened = UserTaskOpened | JobRequest | TimerArmed | MessageAwaited
KINDS: dict[type, str] = {UserTaskOpened: "user", JobRequest: "job", TimerArmed: "timer", MessageAwaited: "message"}


@dataclass(slots=True)
class Changes:
    """What a command changed, so that only that is written."""

    opened: dict[str, Opened] = field(default_factory=dict)
    closed: dict[str, tuple[str, bool]] = field(default_factory=dict)  # token id → (kind, done rather than cancelled)
    incidents: dict[str, IncidentRaised] = field(default_factory=dict)
    incidents_gone: set[str] = field(default_factory=set)  # token ids whose open incident lost its token
    scopes_gone: set[str] = field(default_factory=set)
    passed: list[str] = field(default_factory=list)  # "process/element", in the order they were completed


class StepFailed(ShenhouError):
    """A step raised. The command is undone and played again with the token held at that step.

    ``ordinal`` counts the steps of the command from 1; ``element_id`` makes sure that the replay holds the same one.
    """

    code = "step_failed"

    def __init__(self, ordinal: int, element_id: str, cause: ShenhouError) -> None:
        self.ordinal, self.element_id, self.cause = ordinal, element_id, cause
        super().__init__(f"{element_id}: {cause}")


class UncaughtError(ShenhouError):
    """A BPMN error that no boundary event catches."""

    code = "uncaught_error"

    def __init__(self, error_code: str, message: str = "") -> None:
        self.error_code = error_code
        super().__init__(f"nothing catches error {error_code!r}" + (f": {message}" if message else ""))


class NoWayOut(ShenhouError):
    """No condition of a gateway holds and it has no default flow."""

    code = "no_way_out"

    def __init__(self, element_id: str) -> None:
        super().__init__(f"no condition of gateway {element_id} holds and it has no default flow")


class BadValue(ShenhouError):
    """An expression gave a value of the wrong kind for its place."""

    code = "bad_value"
