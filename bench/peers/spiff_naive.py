"""SpiffWorkflow as its documentation embeds it: ``serialize_json`` of the whole workflow, specification included."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer  # type: ignore[import-untyped,unused-ignore]

from bench.peers import stock
from bench.peers.blobs import Blobs
from bench.subject import Outcome, serve
from bench.workload import Values


class SpiffNaive:
    """Each completion: read the JSON, restore, complete, serialize, write, commit."""

    def __init__(self) -> None:
        self._serializer: Any = BpmnWorkflowSerializer()
        self._specs: dict[int, Any] = {}

    def open(self, directory: Path, branches: Sequence[int]) -> None:
        self._blobs = Blobs(directory / "naive.db")
        self._specs = {number: stock.parse(number) for number in branches}

    def start(self, branches: int) -> str:
        workflow = stock.start(self._specs[branches])
        return self._blobs.add(branches, self._serializer.serialize_json(workflow).encode())

    def locate(self, case: str, step: str) -> str:
        return step

    def complete(self, case: str, user_task: str, values: Values) -> None:
        _, state = self._blobs.load(case)
        workflow = self._serializer.deserialize_json(state.decode())
        stock.complete(workflow, user_task, values)
        self._blobs.save(case, self._serializer.serialize_json(workflow).encode())

    def state_bytes(self, case: str) -> int:
        return len(self._blobs.load(case)[1])

    def outcome(self, case: str) -> Outcome:
        return stock.outcome(self._serializer.deserialize_json(self._blobs.load(case)[1].decode()))

    def close(self) -> None:
        self._blobs.close()


if __name__ == "__main__":
    serve(SpiffNaive())
