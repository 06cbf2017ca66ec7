"""Functions that packs may call from FEEL besides FEEL's own.

A function is Python, called with the values of its arguments. When its answer depends on the case as well, it declares
the paths it reads and gets them, and nothing else, as a nested dict before its arguments: results are remembered by
what they were made from, so a function must not look anywhere else, the clock included.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from engine import calendar, clock, divisions
from engine.feel_values import Path

_NAME = re.compile(r"[a-z][a-z0-9]*( [a-z0-9]+)*")
_PARAMETER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class PackFunction:
    """``name`` as FEEL writes it, ``params`` the names of its parameters, all required.

    ``reads`` are the scope's paths it looks at. A part ``{item}`` stands for the argument ``item``: where that is a
    literal, the expression is known to read that one path; where it is computed, all that lies under the part before.
    """

    name: str
    call: Callable[..., object]
    params: tuple[str, ...]
    reads: tuple[Path, ...] = ()

    def paths(self, literals: Sequence[str | None]) -> Iterator[Path]:
        """The paths that a call reads whose arguments are ``literals`` (None: computed)."""
        values = dict(zip(self.params, literals, strict=False))
        for template in self.reads:
            path: list[str] = []
            for part in template:
                named = _PARAMETER.fullmatch(part)
                filled = values.get(named[1]) if named else part
                if filled is None:
                    break
                path.append(filled)
            yield tuple(path)


class Functions:
    """A registry of pack functions. Names are explicit and taken once: a second registration is a ``ValueError``."""

    def __init__(self, functions: Sequence[PackFunction] = ()) -> None:
        self._functions = {function.name: function for function in functions}

    def register(
        self, name: str, call: Callable[..., object], params: Sequence[str] = (), reads: Sequence[Path] = ()
    ) -> None:
        """Let FEEL call ``call`` as ``name``; see PackFunction. Register before the Feel is made that shall know it."""
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r}: a function's name is lower-case words with single spaces between them")
        if name in self._functions:
            raise ValueError(f"the function {name!r} is registered already")
        unknown = {named[1] for path in reads for part in path if (named := _PARAMETER.fullmatch(part))} - set(params)
        if unknown or any(not path or _PARAMETER.fullmatch(path[0]) for path in reads):
            raise ValueError(f"{name!r}: reads {reads!r} do not fit the parameters {params!r}")
        self._functions[name] = PackFunction(name, call, tuple(params), tuple(reads))

    def as_mapping(self) -> dict[str, PackFunction]:
        """A copy, by name."""
        return dict(self._functions)


def standard_functions() -> Functions:
    """The functions that every pack has."""
    functions = Functions()
    functions.register("working days after", working_days_after, ("date", "n"))
    functions.register("working days between", working_days_between, ("from", "to"))
    functions.register("selected", is_selected, ("item",), reads=[("case", "items", "{item}")])
    functions.register("done", is_done, ("item",), reads=[("case", "items", "{item}", "status")])
    functions.register("provinces", provinces)
    functions.register("divisions within", divisions_within, ("province",))
    functions.register("division name", division_name, ("code",))
    return functions


def working_days_after(start: object, count: object) -> date | None:
    """The ``count``-th working day after ``start`` (a date, or a moment's day); null when either is null."""
    if start is None or count is None:
        return None
    if isinstance(count, float) and count.is_integer():
        count = int(count)
    if not isinstance(count, int) or isinstance(count, bool):
        raise TypeError(f"n must be a whole number, not {count!r}")
    return calendar.working_days_after(_day(start), count)


def working_days_between(start: object, end: object) -> int | None:
    """How many working days lie after ``start`` up to and including ``end``; null when either is null."""
    if start is None or end is None:
        return None
    return calendar.working_days_between(_day(start), _day(end))


def provinces() -> list[dict[str, str]]:
    """The provinces as a form's choices."""
    return [one.as_option() for one in divisions.provinces()]


def divisions_within(province: object) -> list[dict[str, str]]:
    """What lies in the province of a code (GB/T 2260) as a form's choices, grouped by prefecture; none for null."""
    return [one.as_option() for one in divisions.within(province)] if isinstance(province, str) else []


def division_name(code: object) -> str | None:
    """What the place of a code is called, from its province down; null where nobody knows it."""
    return (divisions.name_of(code) or None) if isinstance(code, str) else None


def is_selected(facts: Mapping[str, object], item: object) -> bool:
    """Whether the family chose ``item`` (its code): ``case.items`` holds something under it."""
    return _item(facts, item) is not None


def is_done(facts: Mapping[str, object], item: object) -> bool:
    """Whether the department has finished ``item``: its ``status`` is ``done``."""
    chosen = _item(facts, item)
    return isinstance(chosen, Mapping) and chosen.get("status") == "done"


def _item(facts: Mapping[str, object], item: object) -> object:
    if not isinstance(item, str):
        raise TypeError(f"an item's code is a string, not {item!r}")
    value: object = facts
    for name in ("case", "items", item):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def _day(value: object) -> date:
    if isinstance(value, datetime):
        return clock.local_date(value)
    if isinstance(value, date):
        return value
    raise TypeError(f"a date is needed, not {value!r}; write date(...) around a text")
