"""Our kernel as a subject: after every step its state goes to bytes and comes back, as if the program had restarted.

A step that fails is played again with the token held there, as the commands of the engine do it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from engine.bpmn import Changes, JobRequest, Open, Processes, StepFailed, Workflow, codec
from engine.bpmn.host import KINDS
from engine.errors import ShenhouError
from tests.oracle.feel import evaluate
from tests.oracle.model import ROOT, Model
from tests.oracle.play import Begin, Item
from tests.oracle.write_bpmn import write_files

_NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_MAX_FAILURES = 20
Holds = dict[int, tuple[str, ShenhouError]]


class PlainHost:
    """A world without facts, decisions and workers; FEEL is the oracle's little evaluator."""

    @property
    def facts(self) -> Mapping[str, Any]:
        return {}

    @property
    def switches(self) -> Mapping[str, Any]:
        return {}

    def now(self) -> datetime:
        return _NOW

    def evaluate(self, text: str, scope: Mapping[str, Any]) -> Any:
        return evaluate(text, scope)

    def decide(self, decision_id: str, scope: Mapping[str, Any]) -> Any:
        raise AssertionError(f"no decision is drawn, but {decision_id} was asked for")

    def run_in_transaction(self, request: JobRequest) -> None:
        return None


class KernelSubject:
    """One case on our kernel. Only what a step changed is stored anew, as the engine does it."""

    @classmethod
    def prepare(cls, model: Model) -> Begin:
        processes = Processes.read(write_files(model))
        return lambda: cls(processes, dict(model.variables))

    def __init__(self, processes: Processes, variables: dict[str, Any]) -> None:
        self.processes, self.host = processes, PlainHost()
        self.blobs: dict[str, bytes] = {}
        self.listed: dict[str, str] = {}  # token id → kind
        self._play(lambda holds: Workflow.start(self.processes, ROOT, self.host, variables, holds=holds))

    @property
    def finished(self) -> bool:
        return self.was_finished

    @property
    def variables(self) -> dict[str, Any]:
        return dict(self.workflow.data)

    def open(self) -> list[Item]:
        return [Item(o.token_id, o.kind, self._path(o), o.element) for o in self.workflow.open()]

    def _path(self, item: Open) -> tuple[str, ...]:
        """The item's path with the instance numbers that tell one round of a multi-instance from another."""
        token = self.workflow.find(item.token_id)
        assert token is not None
        path: list[str] = []
        host = token.workflow.host_token
        while host is not None:
            counter = host.internal_data.get("number", host.data["loopCounter"]) if host.owner is not None else 0
            path.insert(0, f"{host.task_spec.bpmn_id}[{counter}]" if counter else host.task_spec.bpmn_id)
            host = host.workflow.host_token
        assert item.path == tuple(name.partition("[")[0] for name in path)
        return tuple(path)

    def complete(self, handle: str, values: Mapping[str, Any]) -> None:
        self._command(lambda workflow: workflow.complete(handle, dict(values)))

    def throw_error(self, handle: str, code: str, values: Mapping[str, Any]) -> None:
        self._command(lambda workflow: workflow.throw_error(handle, code, dict(values)))

    def deliver(self, handle: str, payload: Mapping[str, Any]) -> None:
        self._command(lambda workflow: workflow.deliver(handle, dict(payload)))

    def fire(self, handle: str) -> None:
        self._command(lambda workflow: workflow.fire(handle))

    def retry(self, handle: str) -> None:
        del self.listed[handle]  # whoever retries an incident has resolved it
        self._command(lambda workflow: workflow.retry(handle))

    def _command(self, act: Callable[[Workflow], None]) -> None:
        def attempt(holds: Holds) -> Workflow:
            workflow = codec.load(self.blobs, self.processes, self.host)
            workflow.holds = holds
            act(workflow)
            return workflow

        self._play(attempt)

    def _play(self, attempt: Callable[[Holds], Workflow]) -> None:
        holds: Holds = {}
        while True:
            try:
                workflow = attempt(holds)
                break
            except StepFailed as failure:
                assert len(holds) < _MAX_FAILURES, "the command fails again and again"
                holds[failure.ordinal] = (failure.element_id, failure.cause)
        self._store(workflow)

    def _store(self, workflow: Workflow) -> None:
        """Keep what changed, as the engine does it, and check on the way that nothing else had."""
        self.was_finished = workflow.finished  # noted by whoever keeps the case; the state has no flag for it
        changes = workflow.take_changes()
        self.blobs = {key: blob for key, blob in self.blobs.items() if key not in changes.scopes_gone}
        self.blobs |= codec.dump(workflow, changed_only=True)
        assert self.blobs == codec.dump(workflow), "a scope changed without being marked"
        assert not workflow.finished or set(self.blobs) == {codec.ROOT}, "something is left of a case that has ended"
        self._project(changes)
        self.workflow = codec.load(self.blobs, self.processes, self.host)
        shown = {item.token_id: item.kind for item in self.workflow.open()}
        assert self.listed == shown, "what the changes say is not what is open"

    def _project(self, changes: Changes) -> None:
        """Keep the list of open items by the changes alone, as the tables of user tasks, jobs and timers are kept."""
        for token_id in (*changes.closed, *changes.incidents_gone):
            del self.listed[token_id]
        self.listed |= {token_id: KINDS[type(opened)] for token_id, opened in changes.opened.items()}
        self.listed |= dict.fromkeys(changes.incidents, "incident")
