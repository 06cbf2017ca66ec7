"""Collects findings about one file."""

from __future__ import annotations

from lxml.etree import _Element as Element

from engine.bpmn.dialect.tags import owner_id
from engine.bpmn.xml import line_of
from engine.errors import Problem

_MAX_SHOWN = 80


class Report:
    """The problems found in `file` so far, each at the line of an element and under the id of its owner."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def error(self, element: Element, rule: str, message: str, remedy: str = "") -> None:
        self._add(element, "error", rule, message, remedy)

    def warn(self, element: Element, rule: str, message: str, remedy: str = "") -> None:
        self._add(element, "warning", rule, message, remedy)

    def _add(self, element: Element, severity: str, rule: str, message: str, remedy: str) -> None:
        name = owner_id(element)
        self.problems.append(Problem(self.file, line_of(element), name, severity, rule, message, remedy))


def shown(value: str) -> str:
    """A value from the file, quoted and cut to a readable length."""
    return repr(value if len(value) <= _MAX_SHOWN else value[: _MAX_SHOWN - 3] + "...")
