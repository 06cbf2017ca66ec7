"""What can be known of a decision's FEEL before it runs: what it reads, what is wrong, what never fits its column."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from engine.deadline import Deadline
from engine.dmn.model import Clause, Decision, Table, Text, is_of_type
from engine.errors import FeelError, Problem
from engine.feel import Expression, Feel
from engine.feel_values import Path

_NOT = re.compile(r"not\s*\((.*)\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Look:
    """An expression of a decision: where it stands, and which paths of its surroundings it reads.

    ``element_reads`` are names within filters: variables, or else properties of a list's elements.
    """

    line: int
    element: str
    reads: frozenset[Path]
    element_reads: frozenset[Path]


class Checker:
    """Checks one decision. ``looks`` are its expressions, ``problems`` the findings.

    ``known`` are the names under which it sees the results of the decisions that it requires. When ``deadline`` is over
    no further rule is looked at: the caller then refuses the whole.
    """

    def __init__(
        self, decision: Decision, feel: Feel, known: frozenset[str], names: tuple[str, ...], deadline: Deadline
    ) -> None:
        self.looks: list[Look] = []
        self.problems: list[Problem] = []
        self._decision, self._feel, self._known, self._names = decision, feel, known, names
        self._deadline = deadline

    def check(self) -> None:
        logic = self._decision.logic
        if isinstance(logic, Text):
            self._parse(logic)
        else:
            self._check_table(logic)

    def _check_table(self, table: Table) -> None:
        if not table.rules:
            at = Text("", self._decision.line, self._decision.id)
            self._report(at, "error", "dmn/no-rules", "the table has no rules", "add one")
        for clause in (*table.inputs, *table.outputs):
            for text, unary in ((clause.expression, False), (clause.allowed, True)):
                if text is not None:
                    self._parse(text, unary=unary)
        for rule in table.rules:
            if self._deadline.is_over():
                return
            for clause, cell in zip(table.inputs, rule.inputs, strict=True):
                if not cell.matches_all:
                    self._check_input(clause, cell)
            for clause, cell in zip(table.outputs, rule.outputs, strict=True):
                self._check_output(clause, cell)
        self._check_reach(table)

    def _check_reach(self, table: Table) -> None:
        if table.hit_policy != "FIRST":
            return
        for rule, later in zip(table.rules, table.rules[1:], strict=False):
            if all(cell.matches_all for cell in rule.inputs):
                message = f"rule {later.number} is never reached: rule {rule.number} always fits"
                remedy = "move the general rule to the end"
                self._report(later.outputs[0], "warning", "dmn/unreachable", message, remedy)
                return

    def _check_input(self, clause: Clause, cell: Text) -> None:
        expression = self._parse(cell, unary=True)
        if expression is None or not _is_constant(expression):
            return
        negated = _NOT.fullmatch(cell.feel)
        listed = self._constant(f"[{negated[1] if negated else cell.feel}]", cell)
        for value in listed if isinstance(listed, list) else ():
            self._check_value(clause, cell, value)

    def _check_output(self, clause: Clause, cell: Text) -> None:
        if not cell.feel:
            self._report(cell, "error", "dmn/no-expression", "the output is empty", "write a value, or null")
            return
        if cell.feel == "-":
            self._report(cell, "error", "dmn/feel", "“-” is for inputs", "write a value, or null")
            return
        expression = self._parse(cell)
        if expression is not None and _is_constant(expression):
            self._check_value(clause, cell, self._constant(cell.feel, cell))

    def _check_value(self, clause: Clause, cell: Text, value: object) -> None:
        if value is None:
            return
        if not is_of_type(value, clause.type):
            message = f"{value!r} is no {clause.type}, which the column holds"
            self._report(cell, "error", "dmn/type", message, "correct the value, or the column's type")
        elif not self._is_allowed(clause, value):
            allowed = clause.allowed.feel if clause.allowed else ""
            message = f"{value!r} is not among the values allowed in its column: {allowed}"
            self._report(cell, "error", "dmn/not-allowed", message, "correct it, or allow the value in the column")

    def _is_allowed(self, clause: Clause, value: object) -> bool:
        if clause.allowed is None:
            return True
        try:
            if not _is_constant(self._feel.parse(clause.allowed.feel, unary=True, names=self._names)):
                return True
            return self._feel.unary_test(clause.allowed.feel, value, {}, names=self._names)
        except FeelError:
            return True  # reported with the column

    def _constant(self, text: str, at: Text) -> object:
        """The value of a text that reads nothing; None where it has none of its own, as an interval has."""
        try:
            return self._feel.evaluate(text, {}, names=self._names)
        except FeelError as error:
            if error.limit:
                self._report(at, "error", "dmn/feel", str(error), "write something simpler")
            return None

    def _parse(self, text: Text, *, unary: bool = False) -> Expression | None:
        try:
            expression = self._feel.parse(text.feel, unary=unary, names=self._names)
        except FeelError as error:
            self._report(text, "error", "dmn/feel", str(error), "correct the expression")
            return None
        for warning in expression.warnings:
            self._report(text, "warning", "dmn/feel", warning, "write it as said")
        reads, element_reads = self._outside(expression.reads), self._outside(expression.element_reads)
        self.looks.append(Look(text.line, text.element, reads, element_reads))
        return expression

    def _outside(self, paths: frozenset[Path]) -> frozenset[Path]:
        return frozenset(path for path in paths if path[0] not in self._known)

    def _report(self, at: Text, severity: str, rule: str, message: str, remedy: str) -> None:
        self.problems.append(Problem(self._decision.file, at.line, at.element, severity, rule, message, remedy))


def _is_constant(expression: Expression) -> bool:
    return not (expression.reads or expression.element_reads or expression.reads_clock)


def check_graph(decisions: Mapping[str, Decision], unread: Collection[str]) -> Iterator[Problem]:
    """Requirements that lead nowhere or in a circle, and two of one decision's that have the same name.

    ``unread`` are the ids of decisions that have errors of their own already.
    """
    for decision in decisions.values():
        seen: dict[str, str] = {}
        for required_id in decision.requires:
            required = decisions.get(required_id)
            if required is None and required_id not in unread:
                yield _at(decision, "dmn/unknown-decision", f"it requires {required_id!r}, which there is not")
            for name in sorted(required.names) if required else ():
                if seen.setdefault(name, required_id) != required_id:
                    yield _at(decision, "dmn/ambiguous", f"{name!r} means both {seen[name]} and {required_id}")
        if circle := _circle(decisions, decision.id):
            yield _at(decision, "dmn/circle", f"it requires itself: {' → '.join(circle)}")


def _circle(decisions: Mapping[str, Decision], start: str) -> list[str]:
    """A way along requirements from ``start`` back to it; empty when there is none."""
    ways, visited = [[start]], set[str]()
    while ways:
        way = ways.pop()
        for next_id in decisions[way[-1]].requires if way[-1] in decisions else ():
            if next_id == start:
                return [*way, start]
            if next_id not in visited:
                visited.add(next_id)
                ways.append([*way, next_id])
    return []


def _at(decision: Decision, rule: str, message: str) -> Problem:
    remedy = "correct the requirements between the decisions"
    return Problem(decision.file, decision.line, decision.id, "error", rule, message, remedy)
