"""Two packs' decisions, row by row.

Rows are laid beside each other by what they say, not by their number: first those that are alike, then those that have
most in common, a rare word counting more than a common one; a note explains a row and tells no two apart. Where the
order of rows decides (FIRST, RULE ORDER), a row that is alike and stands elsewhere is ``moved``. Rows agree where their
FEEL does; they are told in words.
"""

from __future__ import annotations

import bisect
import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.dmn.model import Clause, Decision, Rule, Table
from tasks.comparison.cells import answer_words, asked_words
from tasks.comparison.lines import Line, Saying, compare, merged_order
from tasks.comparison.sides import Side

RowState = Literal["same", "moved", "left", "right", "differs"]
Standing = Literal["same", "left", "right", "differs"]
_ORDERED = frozenset({"FIRST", "RULE ORDER"})
_ALIKE = 0.5
NOTE = "备注"
_TYPES = {"string": "文字", "boolean": "是或否", "number": "数字", "date": "日期", "Any": "任意", "": "任意"}
_Sided = tuple[Side, Decision | None]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of either table, or of both. Numbers count from 1; None where a table has no such row.

    ``left`` and ``right`` hold the cells' FEEL in the order of the difference's columns, "" for an empty cell;
    ``left_words`` and ``right_words`` what that means in the pack.
    """

    state: RowState
    left_number: int | None
    right_number: int | None
    left: tuple[str, ...]
    right: tuple[str, ...]
    left_words: tuple[str, ...]
    right_words: tuple[str, ...]

    @property
    def changed(self) -> tuple[bool, ...]:
        """For each column, whether the two say something else there."""
        return tuple(one != other for one, other in zip(self.left, self.right, strict=True))


@dataclass(frozen=True, slots=True)
class DecisionDifference:
    """A decision by its id: ``properties`` is what concerns the whole (hit policy, columns, what it requires).

    ``labels`` are what people call the ``columns``, which tell their FEEL as well.
    """

    decision: str
    title: str
    standing: Standing
    properties: tuple[Line, ...] = ()
    columns: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()

    @property
    def differing(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.state != "same")


def compare_decisions(left: Side, right: Side) -> tuple[DecisionDifference, ...]:
    """Every decision of either pack."""
    ours, theirs = left.release.decisions.decisions, right.release.decisions.decisions
    order = merged_order(sorted(ours), sorted(theirs))
    return tuple(_compare(key, (left, ours.get(key)), (right, theirs.get(key))) for key in order)


def _compare(decision_id: str, left: _Sided, right: _Sided) -> DecisionDifference:
    ours, theirs = left[1], right[1]
    known = ours or theirs
    assert known is not None
    columns = _columns(_table(ours), _table(theirs))
    names, labels = (_named(columns, ours, theirs, name) for name in (_name, _label))
    ordered = _is_ordered(ours) or _is_ordered(theirs)
    rows = tuple(_align(_rows(*left, columns), _rows(*right, columns), ordered=ordered))
    properties = compare("", "", _properties(ours), _properties(theirs)).lines
    title = known.title or decision_id
    if ours is None or theirs is None:
        standing: Standing = "left" if ours else "right"
    else:
        is_same = all(row.state == "same" for row in rows) and all(line.state == "same" for line in properties)
        standing = "same" if is_same else "differs"
    return DecisionDifference(decision_id, title, standing, properties, names, labels, rows)


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
        taken = _TYPES.get(clause.type, clause.type) + (f"，只能是 {clause.allowed.feel}" if clause.allowed else "")
        found[f"column.{_key(clause)}"] = Saying(f"列 {_name(clause)}", taken)
    return found


def _is_ordered(decision: Decision | None) -> bool:
    return decision is not None and isinstance(decision.logic, Table) and decision.logic.hit_policy in _ORDERED


def _key(clause: Clause) -> str:
    """A column of inputs by its expression, of outputs by its name: labels are for people."""
    return f"in:{clause.expression.feel}" if clause.expression else f"out:{clause.name}"


def _name(clause: Clause) -> str:
    told = clause.expression.feel if clause.expression else clause.name
    return f"{clause.label}（{told}）" if clause.label else told


def _label(clause: Clause) -> str:
    return clause.label or _name(clause)


def _table(decision: Decision | None) -> Table | None:
    return decision.logic if decision is not None and isinstance(decision.logic, Table) else None


def _columns(left: Table | None, right: Table | None) -> tuple[str, ...]:
    """The keys of the columns: what is looked at, what is answered, the rows' notes last."""
    if left is None and right is None:
        return ()
    asked = merged_order(*([_key(one) for one in table.inputs] if table else [] for table in (left, right)))
    answered = merged_order(*([_key(one) for one in table.outputs] if table else [] for table in (left, right)))
    return (*asked, *answered, NOTE)


def _named(
    columns: Sequence[str], left: Decision | None, right: Decision | None, name: Callable[[Clause], str]
) -> tuple[str, ...]:
    """The columns in words: as either pack calls them, where they differ as both do."""
    found: dict[str, dict[str, None]] = {NOTE: {NOTE: None}}
    for table in (_table(left), _table(right)):
        for clause in (*table.inputs, *table.outputs) if table else ():
            found.setdefault(_key(clause), {})[name(clause)] = None
    return tuple("／".join(found[key]) for key in columns)


@dataclass(frozen=True, slots=True)
class _Numbered:
    number: int
    cells: tuple[str, ...]
    words: tuple[str, ...]


def _rows(side: Side, decision: Decision | None, columns: Sequence[str]) -> list[_Numbered]:
    table = _table(decision)
    return [_numbered(side, table, rule, columns) for rule in table.rules] if table else []


def _numbered(side: Side, table: Table, rule: Rule, columns: Sequence[str]) -> _Numbered:
    cells, words = {NOTE: rule.note}, {NOTE: rule.note}
    for clause, cell in zip(table.inputs, rule.inputs, strict=True):
        cells[_key(clause)] = "" if cell.matches_all else cell.feel
        words[_key(clause)] = asked_words(side, clause, cell)
    for clause, cell in zip(table.outputs, rule.outputs, strict=True):
        cells[_key(clause)] = "" if cell.feel == "null" else cell.feel
        words[_key(clause)] = answer_words(side, clause, cell)
    return _Numbered(rule.number, *(tuple(said.get(column, "") for column in columns) for said in (cells, words)))


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
            nothing = ("",) * len(row.cells)
            yield Row("left", row.number, None, row.cells, nothing, row.words, nothing)
        else:
            alike = "moved" if row.number in moved else "same"
            state: RowState = alike if row.cells == other.cells else "differs"  # type: ignore[assignment]
            yield Row(state, row.number, other.number, row.cells, other.cells, row.words, other.words)
    yield from map(_only_right, alone)


def _only_right(row: _Numbered) -> Row:
    nothing = ("",) * len(row.cells)
    return Row("right", None, row.number, nothing, row.cells, nothing, row.words)


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
        for seen, one, other in zip(self._seen[:-1], left.cells[:-1], right.cells[:-1], strict=True):
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
