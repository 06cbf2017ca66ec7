"""A host without a database for tests of the kernel, and a driver that names tokens by their element."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from engine.bpmn import JobRequest, Limits, Processes, Workflow, codec
from engine.clock import FixedClock
from engine.feel import Feel

FEEL = Feel()


class FakeHost:
    """Facts in a dict, a clock that stands still, workers as plain functions by job type."""

    def __init__(self, facts: Mapping[str, Any] | None = None) -> None:
        self.facts: dict[str, Any] = dict(facts or {})
        self.switches: dict[str, Any] = {}
        self.clock = FixedClock("2026-11-22T10:00:00+08:00")
        self.workers: dict[str, Callable[[JobRequest], Mapping[str, Any]]] = {}
        self.decisions: dict[str, Callable[[Mapping[str, Any]], Any]] = {}

    def now(self) -> datetime:
        return self.clock.now()

    def evaluate(self, text: str, scope: Mapping[str, Any]) -> Any:
        return FEEL.evaluate(text, scope, self.now())

    def decide(self, decision_id: str, scope: Mapping[str, Any]) -> Any:
        return self.decisions[decision_id](scope)

    def run_in_transaction(self, request: JobRequest) -> Mapping[str, Any] | None:
        worker = self.workers.get(request.type)
        return worker(request) if worker else None


class Play:
    """One workflow, reloaded from its stored form before every act."""

    def __init__(
        self,
        *files: bytes,
        host: FakeHost | None = None,
        variables: Mapping[str, Any] | None = None,
        process: str = "main",
        limits: Limits | None = None,
        reload: bool = True,
    ) -> None:
        self.host = host or FakeHost()
        self.processes = Processes.read({f"p{n}.bpmn": data for n, data in enumerate(files)})
        self.limits, self.reload = limits, reload
        self.workflow = Workflow.start(self.processes, process, self.host, variables, limits=limits)

    def blobs(self) -> dict[str, bytes]:
        return codec.dump(self.workflow)

    def open(self, *kinds: str) -> list[str]:
        """Element ids of what waits, sorted."""
        wanted = kinds or ("user", "job", "message", "timer", "incident")
        return sorted(each.element for each in self.workflow.open() if each.kind in wanted)

    def token(self, element: str, kind: str = "") -> str:
        found = [o for o in self.workflow.open() if o.element == element and (not kind or o.kind == kind)]
        assert found, f"{element} is not open; open are {self.open()}"
        return found[0].token_id

    def complete(self, element: str, **values: Any) -> Play:
        return self._act(element, lambda wf, token: wf.complete(token, values))

    def throw(self, element: str, code: str) -> Play:
        return self._act(element, lambda wf, token: wf.throw_error(token, code))

    def deliver(self, element: str, **payload: Any) -> Play:
        return self._act(element, lambda wf, token: wf.deliver(token, payload), "message")

    def fire(self, element: str) -> Play:
        return self._act(element, lambda wf, token: wf.fire(token), "timer")

    def _act(self, element: str, act: Callable[[Workflow, str], None], kind: str = "") -> Play:
        if self.reload:
            self.workflow = codec.load(codec.dump(self.workflow), self.processes, self.host, self.limits)
        act(self.workflow, self.token(element, kind))
        return self

    @property
    def finished(self) -> bool:
        return self.workflow.finished
