"""Evaluating one decision: its cells are FEEL, its hit policy says what the rules that fit amount to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from engine.dmn.model import Clause, Decision, Rule, Table, Text
from engine.errors import DecisionError, FeelError
from engine.feel import Feel
from engine.feel_values import key_of

_LISTS = ("RULE ORDER", "COLLECT")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A decision among the values it may look at. ``names`` are those that FEEL would take for an operation."""

    decision: Decision
    scope: Mapping[str, object]
    feel: Feel
    now: datetime | None
    names: tuple[str, ...]

    def result(self) -> object:
        """The decision's answer. Raises DecisionError."""
        logic = self.decision.logic
        return self._table(logic) if isinstance(logic, Table) else self._value(logic, "the expression")

    def _table(self, table: Table) -> object:
        values = [self._input(clause) for clause in table.inputs]
        hits = self._hits(table, values)
        if table.hit_policy == "FIRST":
            rule = next(hits, None)
            return None if rule is None else self._output(table, rule)
        rules = list(hits)
        if table.hit_policy in _LISTS:
            results = [self._output(table, rule) for rule in rules]
            return self._aggregate(table.aggregation, results) if table.aggregation else results
        if not rules:
            return None
        if table.hit_policy == "ANY":
            return self._agreed(table, rules)
        if len(rules) > 1:
            self._fail(f"{_numbers(rules)} all fit, but the hit policy is UNIQUE")
        return self._output(table, rules[0])

    def _input(self, clause: Clause) -> object:
        if clause.expression is None:
            return None
        value = self._value(clause.expression, f"input {clause.element}")
        if value is not None and clause.allowed and not self._test(clause.allowed, value, clause.element):
            self._fail(f"{value!r} is not among the values allowed for {clause.expression.feel}: {clause.allowed.feel}")
        return value

    def _hits(self, table: Table, values: Sequence[object]) -> Iterator[Rule]:
        for rule in table.rules:
            cells = zip(rule.inputs, values, strict=True)
            if all(cell.matches_all or self._test(cell, value, f"rule {rule.number}") for cell, value in cells):
                yield rule

    def _output(self, table: Table, rule: Rule) -> object:
        results = {
            clause.name: self._output_value(clause, text, rule)
            for clause, text in zip(table.outputs, rule.outputs, strict=True)
        }
        return results if len(table.outputs) > 1 else next(iter(results.values()))

    def _output_value(self, clause: Clause, text: Text, rule: Rule) -> object:
        value = self._value(text, f"rule {rule.number}")
        if value is not None and clause.allowed and not self._test(clause.allowed, value, f"rule {rule.number}"):
            self._fail(f"rule {rule.number} gives {value!r}, which is not among {clause.allowed.feel}")
        return value

    def _agreed(self, table: Table, rules: Sequence[Rule]) -> object:
        results = [self._output(table, rule) for rule in rules]
        if len({key_of(result) for result in results}) > 1:
            self._fail(f"{_numbers(rules)} all fit and differ, but the hit policy is ANY")
        return results[0]

    def _aggregate(self, aggregation: str, results: Sequence[object]) -> object:
        if aggregation == "COUNT":
            return len(results)
        numbers = [result for result in results if isinstance(result, int | float) and not isinstance(result, bool)]
        if len(numbers) < len(results):
            self._fail(f"{aggregation} needs numbers, not {results!r}")
        if not numbers:
            return None
        if aggregation == "SUM":
            return sum(numbers)
        return min(numbers) if aggregation == "MIN" else max(numbers)

    def _value(self, text: Text, place: str) -> object:
        try:
            return self.feel.evaluate(text.feel, self.scope, self.now, names=self.names)
        except FeelError as error:
            raise DecisionError(self.decision.id, f"{place}: {error}") from error

    def _test(self, text: Text, value: object, place: str) -> bool:
        try:
            return self.feel.unary_test(text.feel, value, self.scope, self.now, names=self.names)
        except FeelError as error:
            raise DecisionError(self.decision.id, f"{place}: {error}") from error

    def _fail(self, message: str) -> NoReturn:
        raise DecisionError(self.decision.id, message)


def _numbers(rules: Sequence[Rule]) -> str:
    return "rules " + ", ".join(str(rule.number) for rule in rules)
