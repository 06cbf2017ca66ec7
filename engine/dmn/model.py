"""What a DMN file says, free of XML: decisions, tables, cells. FEEL texts keep the place where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

HIT_POLICIES = ("UNIQUE", "FIRST", "ANY", "RULE ORDER", "COLLECT")
AGGREGATIONS = ("SUM", "MIN", "MAX", "COUNT")
TYPES: Mapping[str, tuple[type, ...]] = {
    "Any": (object,),
    "string": (str,),
    "boolean": (bool,),
    "number": (int, float),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "date": (date,),
    "time": (time,),
    "dateTime": (datetime,),
    "date and time": (datetime,),
    "dayTimeDuration": (timedelta,),
    "days and time duration": (timedelta,),
    "yearMonthDuration": (str,),
    "years and months duration": (str,),
}


def is_of_type(value: object, name: str) -> bool:
    """Whether a FEEL value is of the type that DMN calls ``name``; null is of every type, other names mean any type."""
    types = TYPES.get(name, (object,))
    if value is None or object in types:
        return True
    if isinstance(value, bool | datetime):  # Python takes these for numbers and dates
        return type(value) in types
    return isinstance(value, types)


@dataclass(frozen=True, slots=True)
class Text:
    """A FEEL text and where it stands."""

    feel: str
    line: int
    element: str

    @property
    def matches_all(self) -> bool:
        """As a table's cell: whether it lets every value pass."""
        return self.feel in ("", "-")


@dataclass(frozen=True, slots=True)
class Clause:
    """A column: an input with its ``expression``, or an output with its ``name``; ``label`` is what people read above.

    ``type`` is a key of ``TYPES`` or empty; ``allowed`` the unary tests that list the values allowed, if any.
    """

    name: str
    type: str
    line: int
    element: str
    expression: Text | None
    allowed: Text | None
    label: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A row; ``number`` counts from 1 as in the modeler, ``note`` is the annotation beside it."""

    number: int
    inputs: tuple[Text, ...]
    outputs: tuple[Text, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table. ``hit_policy`` is one of ``HIT_POLICIES``, ``aggregation`` of ``AGGREGATIONS`` or empty."""

    hit_policy: str
    aggregation: str
    inputs: tuple[Clause, ...]
    outputs: tuple[Clause, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """``logic`` is a table or a literal expression; ``requires`` the ids of the decisions that come first.

    ``names`` are what its result is called in the decisions that require it: its id, its name, its variable's name.
    ``title`` is its name as people read it, or empty.
    """

    id: str
    names: frozenset[str]
    file: str
    line: int
    logic: Table | Text
    requires: tuple[str, ...]
    title: str = ""
