"""SpiffWorkflow with one improvement that embedders make first: the specification is kept once, not in each case."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn import BpmnWorkflow  # type: ignore[import-untyped,unused-ignore]
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer  # type: ignore[import-untyped,unused-ignore]
from SpiffWorkflow.bpmn.serializer.config import DEFAULT_CONFIG  # type: ignore[import-untyped,unused-ignore]
from SpiffWorkflow.bpmn.serializer.default.workflow import (  # type: ignore[import-untyped,unused-ignore]
    BpmnWorkflowConverter,
    WorkflowConverter,
)

from bench.peers import stock
from bench.peers.blobs import Blobs
from bench.subject import Outcome, serve
from bench.workload import Values


class StateConverter(BpmnWorkflowConverter):  # type: ignore[misc,unused-ignore]
    """The stock converter minus the specification, which ``spec`` supplies when a workflow is restored."""

    spec: Any = None

    def to_dict(self, workflow: Any) -> dict[str, Any]:
        state: dict[str, Any] = WorkflowConverter.to_dict(self, workflow)
        return state | {"bpmn_events": self.registry.convert(workflow.bpmn_events)}

    def from_dict(self, dct: dict[str, Any]) -> Any:
        workflow = BpmnWorkflow(StateConverter.spec, deserializing=True)
        workflow.tasks = self.mapping_from_dict(dct["tasks"], UUID, workflow=workflow)
        workflow.task_tree = workflow.tasks[UUID(dct["root"])]
        self.set_default_attributes(workflow, dct)
        workflow.bpmn_events = self.registry.restore(dct["bpmn_events"])
        return workflow


class SpiffCached:
    """Each completion: read the state, restore it around the kept specification, complete, write, commit."""

    def __init__(self) -> None:
        registry = BpmnWorkflowSerializer.configure(DEFAULT_CONFIG | {BpmnWorkflow: StateConverter})
        self._serializer: Any = BpmnWorkflowSerializer(registry)
        self._specs: dict[int, Any] = {}

    def open(self, directory: Path, branches: Sequence[int]) -> None:
        self._blobs = Blobs(directory / "cached.db")
        self._specs = {number: stock.parse(number) for number in branches}

    def start(self, branches: int) -> str:
        return self._blobs.add(branches, self._dump(stock.start(self._specs[branches])))

    def locate(self, case: str, step: str) -> str:
        return step

    def complete(self, case: str, user_task: str, values: Values) -> None:
        workflow = self._load(case)
        stock.complete(workflow, user_task, values)
        self._blobs.save(case, self._dump(workflow))

    def state_bytes(self, case: str) -> int:
        return len(self._blobs.load(case)[1])

    def outcome(self, case: str) -> Outcome:
        return stock.outcome(self._load(case))

    def close(self) -> None:
        self._blobs.close()

    def _dump(self, workflow: Any) -> bytes:
        return json.dumps(self._serializer.to_dict(workflow)).encode()

    def _load(self, case: str) -> Any:
        branches, state = self._blobs.load(case)
        StateConverter.spec = self._specs[branches]
        return self._serializer.from_dict(json.loads(state))


if __name__ == "__main__":
    serve(SpiffCached())
