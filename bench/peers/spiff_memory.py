"""SpiffWorkflow alone, in memory: nothing is stored, so this is a speed that no durable embed of it reaches."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.peers import stock
from bench.subject import Outcome, serve
from bench.workload import Values


class SpiffMemory:
    """The running workflow in a dictionary; the one before it is forgotten."""

    def __init__(self) -> None:
        self._specs: dict[int, Any] = {}
        self._workflows: dict[str, Any] = {}

    def open(self, directory: Path, branches: Sequence[int]) -> None:
        self._specs = {number: stock.parse(number) for number in branches}

    def start(self, branches: int) -> str:
        workflow = stock.start(self._specs[branches])
        case = str(workflow.task_tree.id)
        self._workflows = {case: workflow}
        return case

    def locate(self, case: str, step: str) -> str:
        return step

    def complete(self, case: str, user_task: str, values: Values) -> None:
        stock.complete(self._workflows[case], user_task, values)

    def state_bytes(self, case: str) -> int:
        return 0

    def outcome(self, case: str) -> Outcome:
        return stock.outcome(self._workflows[case])

    def close(self) -> None:
        self._workflows.clear()


if __name__ == "__main__":
    serve(SpiffMemory())
