"""A running process: the verbs that move its tokens, and the loop that steps them until everything waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import orjson
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

from engine.bpmn.elements import Element, find_catcher, kind_of, pass_on, resume, resume_with_error
from engine.bpmn.events import BoundaryEvent
from engine.bpmn.gateways import InclusiveGateway, JoiningGateway
from engine.bpmn.host import (
    KINDS,
    BadValue,
    Budget,
    Changes,
    Host,
    IncidentRaised,
    Json,
    Limits,
    Opened,
    StepFailed,
)
from engine.bpmn.tokens import READY, WAITING, Scope, SubScope, Token
from engine.clock import to_text
from engine.errors import Conflict, LimitExceeded, NotFound, ShenhouError
from engine.incoming import is_odd, storable

if TYPE_CHECKING:
    from engine.bpmn.processes import Processes

MESSAGE_LENGTH = 1_000  # of an incident, which the state keeps too


@dataclass(frozen=True, slots=True)
class Open:
    """A token that waits for somebody: ``kind`` is user, job, message, timer or incident."""

    token_id: str
    kind: str
    element: str
    path: tuple[str, ...]  # element ids of the calls and sub-processes around it, outermost first


class Workflow(Scope, BpmnWorkflow):
    """One process instance.

    ``host`` is set for the length of a command; ``holds`` names the steps (by number) at which a replayed command
    stops a token instead of running it.
    """

    def __init__(self, spec: Any, processes: Processes, host: Host, limits: Limits | None = None) -> None:
        # Of what the stock constructors set, all that is used here: they also make an event manager and much else.
        self.spec, self.subprocess_specs, self.top_workflow = spec, processes.specs, self
        self.subprocesses: dict[str, SubScope] = {}
        self.data, self.tasks, self.completed = {}, {}, False
        self.processes, self.host = processes, host
        self.budget = Budget(limits or Limits())
        self.ready: deque[Token] = deque()
        self.changes = Changes()
        self.holds: Mapping[int, tuple[str, ShenhouError]] = {}
        self.ordinal = 0
        self.over_limit = False
        self.dirty = True
        self.stopped = False

    # -- verbs ---------------------------------------------------------------------------------------------------------

    @classmethod
    def start(
        cls,
        processes: Processes,
        process_id: str,
        host: Host,
        variables: Mapping[str, Json] | None = None,
        *,
        message: str = "",
        payload: Mapping[str, Json] | None = None,
        limits: Limits | None = None,
        holds: Mapping[int, tuple[str, ShenhouError]] | None = None,
    ) -> Workflow:
        """Start a process at its none start, or at the start event of ``message``, and step until everything waits."""
        spec = processes.executable(process_id)
        workflow = cls(spec, processes, host, limits)
        workflow.holds = holds or {}
        workflow.plant()
        for name, value in (variables or {}).items():
            workflow.data[name] = workflow.check_value(name, value)
        workflow._begin()
        if message:
            pass_on(workflow, spec.message_start(message), dict(payload or {}))
        else:
            workflow.add(spec.none_start)
        workflow.advance()
        return workflow

    def complete(self, token_id: str, values: Mapping[str, Json] | None = None) -> None:
        """A user task or a job is done with ``values``. Raises ``NotFound`` or ``Conflict``."""
        token = self._begin(token_id, "user", "job")
        resume(token, dict(values or {}))
        self.advance()

    def throw_error(
        self, token_id: str, code: str, values: Mapping[str, Json] | None = None, *, message: str = ""
    ) -> None:
        """The work of a job or user task ended in a BPMN error."""
        token = self._begin(token_id, "user", "job")
        resume_with_error(token, code, message, dict(values or {}))
        self.advance()

    def deliver(self, token_id: str, payload: Mapping[str, Json] | None = None) -> None:
        """The message that ``token_id`` waits for has come."""
        self._happen(self._begin(token_id, "message"), dict(payload or {}))

    def fire(self, token_id: str) -> None:
        """The timer of ``token_id`` is due."""
        self._happen(self._begin(token_id, "timer"), {})

    def retry(self, token_id: str) -> None:
        """Step a token again that an incident holds. A job whose error nothing catches still is opened anew instead."""
        token = self._begin(token_id, "incident")
        del token.internal_data["incident"]
        token.workflow.dirty = True
        then = token.internal_data.get("then", {})
        if "error" in then and find_catcher(token, then["error"]) is None:
            del token.internal_data["then"]
            for armed in token.owned:
                token.workflow.remove(armed)
        self.ready.append(token)
        self.advance()

    def look_again(self) -> None:
        """After a move to another diagram: what waits at a join may fire by its flows."""
        self._begin()
        for scope in self.scopes():
            for token in scope.live():
                if token._state == WAITING and isinstance(token.task_spec, JoiningGateway):
                    token._set_state(READY)
                    self.ready.append(token)
        self.advance()

    def stop(self) -> None:
        """End everything now."""
        self._begin()
        self.clear()
        self.completed = self.stopped = True

    # -- what can be asked ---------------------------------------------------------------------------------------------

    @property
    def finished(self) -> bool:
        return bool(self.completed)

    def open(self) -> list[Open]:
        """What waits, in every scope."""
        return [
            Open(token.id, kind, token.task_spec.bpmn_id, scope.path())
            for scope in self.scopes()
            for token in scope.tasks.values()
            if (kind := "incident" if token.held else token.internal_data.get("kind", ""))
        ]

    def scopes(self) -> Iterator[Scope]:
        yield self
        yield from self.subprocesses.values()

    def find(self, token_id: str) -> Token | None:
        for scope in self.scopes():
            token = scope.tasks.get(token_id)
            if token is not None:
                return token
        return None

    def get_task_from_id(self, task_id: str) -> Token:
        """Stock code asks for a scope's host by this name."""
        token = self.find(task_id)
        if token is None:
            raise NotFound("token", task_id)
        return token

    def take_changes(self) -> Changes:
        """What changed since this was asked last."""
        changes, self.changes = self.changes, Changes()
        return changes

    # -- stepping ------------------------------------------------------------------------------------------------------

    def advance(self) -> None:
        """Step READY tokens, in the order in which they became ready, until every token waits or is held.

        Raises ``StepFailed`` for the first step that fails; the workflow is then to be thrown away.
        """
        while True:
            while self.ready:
                self._step(self.ready.popleft())
            if self.over_limit or not self._wake_joins():
                return

    def _step(self, token: Token) -> None:
        if not token.is_ready:
            return  # gone or stopped since
        self.ordinal += 1
        hold = self.holds.get(self.ordinal)
        if hold is not None and hold[0] == token.task_spec.bpmn_id:
            self._hold(token, hold[1])
            return
        try:
            self.budget.count_step()
            token.run()
        except ShenhouError as cause:
            raise StepFailed(self.ordinal, token.task_spec.bpmn_id, cause) from cause

    def _hold(self, token: Token, cause: ShenhouError) -> None:
        """Stop ``token``; a command that is over its limit stops wherever it stands."""
        over_limit, message = isinstance(cause, LimitExceeded), storable(cause, MESSAGE_LENGTH)
        for each in [token, *(t for t in self.ready if t.is_ready and t is not token)] if over_limit else [token]:
            each.hold(message)
            raised = IncidentRaised(each.id, each.workflow.process_id, each.task_spec.bpmn_id, cause.code, message)
            self.changes.incidents[each.id] = raised
        if over_limit:
            self.ready.clear()
            self.over_limit = True

    def _wake_joins(self) -> bool:
        """An inclusive join may fire because a token elsewhere is gone: ready the first such."""
        for scope in self.scopes():
            if not scope.spec.has_inclusive_join:
                continue
            asked: set[str] = set()  # one token of a join answers for all that stand there
            for token in scope.live():
                join = token.task_spec
                if token._state != WAITING or not isinstance(join, InclusiveGateway) or join.name in asked:
                    continue
                asked.add(join.name)
                if join.may_fire(token, join.arrivals(token)):
                    token.remember(woken=True)
                    token._set_state(READY)
                    self.ready.append(token)
                    return True
        return False

    def _begin(self, token_id: str = "", *kinds: str) -> Token:
        """Open a command; with ``token_id``, the token it is about, which must wait for one of ``kinds``."""
        is_known = any(isinstance(cause, LimitExceeded) for _, cause in self.holds.values())
        self.budget.start(timed=not is_known)  # a replay stops at the held step, not at the clock
        self.ordinal, self.over_limit = 0, False
        self.ready.clear()
        if not token_id:
            return self.task_tree
        token = self.get_task_from_id(token_id)
        kind = "incident" if token.held else token.internal_data.get("kind")
        if kind not in kinds:
            raise Conflict(kinds[0], token_id, f"waiting for {kind or 'nothing'}")
        return token

    def _happen(self, token: Token, values: dict[str, Json]) -> None:
        element = token.task_spec
        if isinstance(element, BoundaryEvent):
            element.happen(token, values)
        elif token.owner is not None and not token.is_instance:  # armed by an event-based gateway
            pass_on(token.workflow, element, values)
            token.workflow.remove(token.owner)
        else:
            resume(token, values)
        self.advance()

    # -- bookkeeping for elements --------------------------------------------------------------------------------------

    def open_scope(self, host: Token, spec_name: str) -> SubScope:
        depth = len(host.workflow.path()) + 1
        self.budget.count_instance(depth)
        scope = SubScope.begin(self.processes.specs[spec_name], host)
        self.subprocesses[host.id] = scope
        return scope

    def forget_scope(self, host_id: str) -> None:
        del self.subprocesses[host_id]
        self.changes.scopes_gone.add(host_id)

    def end_if_empty(self, scope: Scope) -> None:
        if not scope.is_empty():
            return
        scope.completed = True
        host = scope.host_token
        if host is not None:
            resume(host, {})

    def note_opened(self, token: Token, opened: Opened) -> None:
        token.remember(kind=KINDS[type(opened)])
        self.changes.opened[token.id] = opened

    def note_closed(self, token: Token, done: bool) -> None:
        """``token`` no longer waits: what it had opened is done, or void."""
        if token.held and self.changes.incidents.pop(token.id, None) is None:
            self.changes.incidents_gone.add(token.id)
        kind = token.internal_data.pop("kind", None)
        if kind is not None and self.changes.opened.pop(token.id, None) is None:
            self.changes.closed[token.id] = (kind, done)

    def note_passed(self, element: Element) -> None:
        self.changes.passed.append(f"{element._wf_spec.process_id}/{element.bpmn_id}")

    def check_value(self, name: str, value: Json) -> Json:
        """``value`` as the JSON that a variable may hold. Raises ``LimitExceeded`` and ``BadValue``.

        Moments and durations become ISO text, as in Zeebe.
        """
        if value is None or isinstance(value, (bool, int, float, str)):
            if is_odd(value):
                raise BadValue(f"variable {name} cannot hold {kind_of(value)} that is too large or has a NUL in it")
            size = len(value) if isinstance(value, str) else 0
        else:
            value = _to_json(value)
            if isinstance(value, list):
                self.budget.check_list(len(value))
            try:
                size = len(orjson.dumps(value))
            except (TypeError, orjson.JSONEncodeError) as error:
                raise BadValue(f"variable {name} is no JSON: {error}") from None
        if size > self.budget.limits.value_bytes:
            raise LimitExceeded(f"bytes in variable {name}", self.budget.limits.value_bytes)
        return value


def _to_json(value: Any) -> Json:
    if isinstance(value, datetime):
        return to_text(value) if value.tzinfo else value.isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _iso_duration(value)
    if isinstance(value, (list, tuple)):
        return [_to_json(entry) for entry in value]
    if isinstance(value, dict):
        return {str(key): _to_json(entry) for key, entry in value.items()}
    return value


def _iso_duration(span: timedelta) -> str:
    seconds = span.total_seconds()
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    days, rest = divmod(seconds, 86_400)
    return f"{sign}P{int(days)}DT{rest:.6f}".rstrip("0").rstrip(".") + "S"
