"""What every rule is given: the contract of a job type, and the list that findings are put on."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from engine.errors import Problem


class JobType(Protocol):
    """What a worker declares about its job type: the names it reads, the names it returns, the errors it may throw.

    An input whose name ends in ``?`` may be left out; ``templates`` are the inputs that name a text of the pack.
    """

    @property
    def templates(self) -> Collection[str]: ...

    @property
    def inputs(self) -> Collection[str]: ...

    @property
    def outputs(self) -> Collection[str]: ...

    @property
    def errors(self) -> Collection[str]: ...


class Findings:
    """Collects problems; every rule reports through it."""

    def __init__(self) -> None:
        self.problems: set[Problem] = set()

    def error(self, file: str, line: int, element: str, rule: str, message: str, remedy: str) -> None:
        self.problems.add(Problem(file, line, element, "error", rule, message, remedy))

    def warn(self, file: str, line: int, element: str, rule: str, message: str, remedy: str) -> None:
        self.problems.add(Problem(file, line, element, "warning", rule, message, remedy))
