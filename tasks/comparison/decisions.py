"""Two packs' decisions, row by row.

Rows are laid beside each other by what they say, not by their number: first those that are alike, then those that have
most in common, a rare word counting more than a common one. Where the order of rows decides (FIRST, RULE ORDER), a row
that is alike and stands elsewhere is ``moved``.
"""

from __future__ import annotations

import bisect
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.dmn.model import Clause, Decision, Rule, Table
from tasks.comparison.lines import Line, Saying, compare, merged_order
from tasks.comparison.sides import Side

RowState = Literal["same", "moved", "left", "right", "differs"]
Standing = Literal["same", "left", "right", "differs"]
_ORDERED = frozenset({"FIRST", "RULE ORDER"})
_ALIKE = 0.5
NOTE = "备注"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of either table, or of both. Numbers count from 1; None where a table has no such row.

    ``left`` and ``right`` hold the cells in the order of the difference's columns, "" for an empty cell.
    """

    state: RowState
    left_number: int | None
    right_number: int | None
    left: tuple[str, ...]
    right: tuple[str, ...]

    @property
    def changed(self) -> tuple[bool, ...]:
        """For each column, whether the two say something else there."""
        return tuple(one != other for one, other in zip(self.left, self.right, strict=True))


@dataclass(frozen=True, slots=True)
class DecisionDifference:
    """A decision by its id: ``properties`` is what concerns the whole (hit policy, columns, what it requires)."""

    decision: str
    title: str
    standing: Standing
    properties: tuple[Line, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()

    @property
    def differing(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.state != "same")


def compare_decisions(left: Side, right: Side) -> tuple[DecisionDifference, ...]:
    """Every decision of either pack."""
    ours, theirs = left.release.decisions.decisions, right.release.decisions.decisions
    return tuple(_compare(key, ours.get(key), theirs.get(key)) for key in merged_order(sorted(ours), sorted(theirs)))


def _compare(decision_id: str, left: Decision | None, right: Decision | None) -> DecisionDifference:
    known = left or right
    assert known is not None
    columns = tuple(merged_order(_cells(left), _cells(right)))
    names = {**_column_names(right), **_column_names(left)}
    rows = tuple(_align(_rows(left, columns), _rows(right, columns), ordered=_is_ordered(left) or _is_ordered(right)))
    properties = compare("", "", _properties(left), _properties(right)).lines
    title = known.title or decision_id
    if left is None or right is None:
        standing: Standing = "left" if left else "right"
    else:
        is_same = all(row.state == "same" for row in rows) and all(line.state == "same" for line in properties)
        standing = "same" if is_same else "differs"
    return DecisionDifference(decision_id, title, standing, properties, tuple(names[key] for key in columns), rows)


def _properties(decision: Decision | None) -> dict[str, Saying]:
    if decision is None:
        return {}
    found = {"title": Saying("名称", decision.title)}
    found["requires"] = Saying("所依据的决策", "、".join(decision.requires) or "无")
    if not isinstance(decision.logic, Table):
        return found | {"logic": Saying("表达式", decision.logic.feel)}
    table = decision.logic
    found["policy"] = Saying("命中规则", f"{table.hit_policy} {table.aggregation}".strip())
    for clause in (*table.inputs, *table.outputs):
        allowed = f"，只能是 {clause.allowed.feel}" if clause.allowed else ""
        found[f"column.{_key(clause)}"] = Saying(f"列 {_name(clause)}", f"{clause.type or '任意'}{allowed}")
    return found


def _is_ordered(decision: Decision | None) -> bool:
    return decision is not None and isinstance(decision.logic, Table) and decision.logic.hit_policy in _ORDERED


def _key(clause: Clause) -> str:
    """A column of inputs by its expression, of outputs by its name: labels are for people."""
    return f"in:{clause.expression.feel}" if clause.expression else f"out:{clause.name}"


def _name(clause: Clause) -> str:
    told = clause.expression.feel if clause.expression else clause.name
    return f"{clause.label}（{told}）" if clause.label else told


def _cells(decision: Decision | None) -> list[str]:
    """The keys of the columns, the rows' notes last."""
    if decision is None or not isinstance(decision.logic, Table):
        return []
    return [*map(_key, (*decision.logic.inputs, *decision.logic.outputs)), NOTE]


def _column_names(decision: Decision | None) -> dict[str, str]:
    if decision is None or not isinstance(decision.logic, Table):
        return {}
    return {_key(clause): _name(clause) for clause in (*decision.logic.inputs, *decision.logic.outputs)} | {NOTE: NOTE}


@dataclass(frozen=True, slots=True)
class _Numbered:
    number: int
    cells: tuple[str, ...]


def _rows(decision: Decision | None, columns: Sequence[str]) -> list[_Numbered]:
    if decision is None or not isinstance(decision.logic, Table):
        return []
    table = decision.logic
    return [_Numbered(rule.number, _in_order(table, rule, columns)) for rule in table.rules]


def _in_order(table: Table, rule: Rule, columns: Sequence[str]) -> tuple[str, ...]:
    clauses = map(_key, (*table.inputs, *table.outputs))
    texts = ("" if cell.matches_all else cell.feel for cell in (*rule.inputs, *rule.outputs))
    said: Mapping[str, str] = {**dict(zip(clauses, texts, strict=True)), NOTE: rule.note}
    return tuple(said.get(column, "") for column in columns)


def _align(left: list[_Numbered], right: list[_Numbered], *, ordered: bool) -> Iterator[Row]:
    pairs = _pair(left, right)
    moved = _moved(pairs) if ordered else frozenset()
    partner = {ours.number: theirs for ours, theirs in pairs}
    alone = [row for row in right if row.number not in {theirs.number for _, theirs in pairs}]
    for row in left:
        other = partner.get(row.number)
        while alone and other is not None and alone[0].number < other.number:
            yield _only_right(alone.pop(0))
        if other is None:
            yield Row("left", row.number, None, row.cells, ("",) * len(row.cells))
        else:
            alike = "moved" if row.number in moved else "same"
            state: RowState = alike if row.cells == other.cells else "differs"  # type: ignore[assignment]
            yield Row(state, row.number, other.number, row.cells, other.cells)
    yield from map(_only_right, alone)


def _only_right(row: _Numbered) -> Row:
    return Row("right", None, row.number, ("",) * len(row.cells), row.cells)


def _pair(left: list[_Numbered], right: list[_Numbered]) -> list[tuple[_Numbered, _Numbered]]:
    """Rows that belong together, each at most once, in the order of the left."""
    free, pairs, waiting = list(right), [], []
    for row in left:
        twin = next((other for other in free if other.cells == row.cells), None)
        if twin is None:
            waiting.append(row)
        else:
            free.remove(twin)
            pairs.append((row, twin))
    weigh = _Weights([*left, *right])
    scored = [(weigh.likeness(row, other), row, other) for row in waiting for other in free]
    taken: set[tuple[str, int]] = set()
    for score, row, other in sorted(scored, key=lambda one: (-one[0], one[1].number, one[2].number)):
        if score >= _ALIKE and taken.isdisjoint({("left", row.number), ("right", other.number)}):
            taken |= {("left", row.number), ("right", other.number)}
            pairs.append((row, other))
    return sorted(pairs, key=lambda pair: pair[0].number)


class _Weights:
    """How much it says that two rows have a cell in common: the rarer its text in its column, the more."""

    def __init__(self, rows: Sequence[_Numbered]) -> None:
        self._seen = [Counter(column) for column in zip(*(row.cells for row in rows), strict=True)]
        self._count = len(rows)

    def likeness(self, left: _Numbered, right: _Numbered) -> float:
        """From 0, nothing in common, to 1."""
        shared = whole = 0.0
        for seen, one, other in zip(self._seen, left.cells, right.cells, strict=True):
            weight = max(self._weight(seen, one), self._weight(seen, other))
            whole += weight
            shared += weight if one == other else 0.0
        return shared / whole if whole else 1.0

    def _weight(self, seen: Counter[str], text: str) -> float:
        return 0.1 + math.log((self._count + 1) / (seen[text] or 1)) if text else 0.1


def _moved(pairs: Sequence[tuple[_Numbered, _Numbered]]) -> frozenset[int]:
    """Left numbers of the pairs that do not keep the order: all but a longest run that does."""
    ends: list[int] = []
    chains: list[list[int]] = []
    for ours, theirs in pairs:
        at = bisect.bisect_left(ends, theirs.number)
        chain = [*(chains[at - 1] if at else []), ours.number]
        ends[at : at + 1], chains[at : at + 1] = [theirs.number], [chain]
    kept = set(chains[-1]) if chains else set()
    return frozenset(ours.number for ours, _ in pairs) - kept
