"""What can be wrong with a file of a pack, and the error that carries it for a .form file.

The engine reports its own findings as the same ``Problem``, so that a pack check lists all alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forms.located_json import line_of


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One finding about a pack: where it is, what is wrong, and what to draw or write instead (``remedy``).

    ``line`` counts from 1, 0 means the file as a whole; ``element`` is the id of the element or component, if any;
    ``severity`` is ``error`` or ``warning``; ``rule`` a stable slug (``dialect/event-kind``, ``form/unknown-type``).
    """

    file: str
    line: int
    element: str
    severity: str
    rule: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        element = f" [{self.element}]" if self.element else ""
        remedy = f" → {self.remedy}" if self.remedy else ""
        return f"{place}:{element} {self.severity} {self.rule}: {self.message}{remedy}"


class FormInvalid(ValueError):
    """A .form file has errors and cannot be used. ``problems`` holds every finding, warnings too, in line order."""

    code = "form_invalid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(problems)
        errors = [p for p in self.problems if p.severity == "error"]
        super().__init__(f"{len(errors)} error(s): {errors[0]}" if errors else "no error")


class Report:
    """Collects the problems of one file. ``where`` is the component, ``key`` the attribute of it that is meant."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def error(self, where: object, rule: str, message: str, remedy: str = "", key: str = "") -> None:
        self._add("error", where, rule, message, remedy, key)

    def warn(self, where: object, rule: str, message: str, remedy: str = "", key: str = "") -> None:
        self._add("warning", where, rule, message, remedy, key)

    def error_at(self, component: object, line: int, rule: str, message: str, remedy: str = "") -> None:
        """An error in a part of ``component``, whose line the caller knows."""
        self._append("error", component, line, rule, message, remedy)

    def _add(self, severity: str, where: object, rule: str, message: str, remedy: str, key: str) -> None:
        self._append(severity, where, line_of(where, key), rule, message, remedy)

    def _append(self, severity: str, where: object, line: int, rule: str, message: str, remedy: str) -> None:
        element = where.get("id") if isinstance(where, Mapping) else None
        named = element if isinstance(element, str) else ""
        self.problems.append(Problem(self.file, line, named, severity, f"form/{rule}", message, remedy))
