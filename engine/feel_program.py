"""What is known of a FEEL expression before it runs, and the key under which a result of it is remembered."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from engine.clock import local_date, to_text
from engine.feel_values import Path, collapse, encode, key_of, project, read_path

Kind = Literal["expression", "unary"]
NO_VALUE: Final = ...  # for unary tests: there is nothing to test, which differs from testing null
MAX_KEY_CHARS = 8_192


@dataclass(frozen=True, slots=True)
class Expression:
    """What an expression needs.

    ``reads`` are the variable paths it is certain to mean; ``element_reads`` the names inside a filter, which are a
    property of the element or else a variable. Names bound within the expression are neither. ``functions`` are those
    it calls, FEEL's own included. ``warnings`` are English sentences for whoever wrote it.
    """

    text: str
    reads: frozenset[Path]
    element_reads: frozenset[Path]
    functions: frozenset[str]
    warnings: tuple[str, ...]

    @property
    def reads_clock(self) -> bool:
        """Whether the result depends on the time."""
        return not self.functions.isdisjoint({"now", "today"})


class Program:
    """An expression ready to run.

    It is given the values at ``paths`` and nothing else, so that they (and the time, where it asks) make the result.
    ``names`` is the JSON list of variables whose names its syntax needs to know.
    """

    __slots__ = ("_day", "_moment", "expression", "kind", "names", "paths")

    def __init__(self, expression: Expression, kind: Kind, names: str) -> None:
        self.expression, self.kind, self.names = expression, kind, names
        self.paths = collapse(expression.reads | expression.element_reads)
        self._moment = "now" in expression.functions
        self._day = "today" in expression.functions

    @property
    def needs_time(self) -> bool:
        return self._moment or self._day

    def key(self, value: object, scope: Mapping[str, object], now: datetime | None) -> tuple[Hashable, ...]:
        """Equal keys mean equal results. ``ValueError`` when FEEL cannot hold one of the values."""
        parts: list[Hashable] = [self]
        for path in self.paths:
            depth, found = read_path(scope, path)
            parts.append(key_of(found) if depth == len(path) else (depth, key_of(found)))
        if value is not NO_VALUE:
            parts.append(key_of(value))
        if now is not None:
            parts.append(now if self._moment else local_date(now))
        return tuple(parts)

    def input(self, value: object, scope: Mapping[str, object], now: datetime | None) -> bytes:
        """The JSON that the script's ``run`` takes. ``ValueError`` as above."""
        given = project(scope, self.paths)
        for name in self.expression.functions & given.keys():
            if given[name] is None:  # no such variable: the function of that name must stay visible
                del given[name]
        sent: dict[str, object] = {"scope": given}
        if value is not NO_VALUE:
            sent["value"] = value
        if now is not None:
            sent["now"] = to_text(now)
        return encode(sent)


def is_small(key: Iterable[Hashable]) -> bool:
    """Whether a key is worth keeping: long texts and lists are hardly ever seen twice."""
    return sum(len(part) for part in key if isinstance(part, str | bytes)) <= MAX_KEY_CHARS


def place_of(text: str, offset: int) -> str:
    """``line 2, column 5`` for an offset that JavaScript counted, in UTF-16 units."""
    before = text.encode("utf-16-le", "surrogatepass")[: 2 * offset].decode("utf-16-le", "surrogatepass")
    return f"line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))}"
