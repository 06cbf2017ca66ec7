"""What the check needs from its surroundings, as protocols, so that it depends on none of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from engine.errors import Problem

Path = tuple[str, ...]


class JobType(Protocol):
    """What a worker declares about its job type: the names it reads, the names it returns, the errors it may throw.

    An input whose name ends in ``?`` may be left out.
    """

    @property
    def inputs(self) -> Collection[str]: ...

    @property
    def outputs(self) -> Collection[str]: ...

    @property
    def errors(self) -> Collection[str]: ...


class ParsedExpression(Protocol):
    """What ``engine.feel.Expression`` says of a text: see there."""

    @property
    def reads(self) -> frozenset[Path]: ...

    @property
    def element_reads(self) -> frozenset[Path]: ...

    @property
    def functions(self) -> frozenset[str]: ...

    @property
    def warnings(self) -> tuple[str, ...]: ...

    @property
    def reads_clock(self) -> bool: ...


class Feel(Protocol):
    """The part of ``engine.feel.Feel`` that a check uses; what cannot be parsed or evaluated raises ``FeelError``."""

    def parse(self, text: str, *, unary: bool = False) -> ParsedExpression: ...

    def evaluate(self, text: str, scope: Mapping[str, object], now: datetime | None = None) -> object: ...


class Findings:
    """Collects problems; every rule reports through it."""

    def __init__(self) -> None:
        self.problems: set[Problem] = set()

    def error(self, file: str, line: int, element: str, rule: str, message: str, remedy: str) -> None:
        self.problems.add(Problem(file, line, element, "error", rule, message, remedy))

    def warn(self, file: str, line: int, element: str, rule: str, message: str, remedy: str) -> None:
        self.problems.add(Problem(file, line, element, "warning", rule, message, remedy))
