"""A comparison as data for scripts, and its words for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tasks.comparison import Comparison
from tasks.comparison.decisions import DecisionDifference, Row
from tasks.comparison.diagrams import ElementChange, ProcessDifference
from tasks.comparison.sides import Side

CHANGES = {"added": "新增", "removed": "删除", "changed": "修改"}
EMPTY = "（无）"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a decision's row: both sides in words, with the FEEL that they stand for."""

    column: str
    left: str
    right: str
    is_changed: bool
    left_source: str
    right_source: str


def states(comparison: Comparison) -> dict[str, str]:
    """The words for how a thing stands, with the packs' short names, or with their states where both are one pack."""
    left, right = names(comparison)
    return {
        "same": "相同",
        "layout": "只有排版不同",
        "moved": "顺序不同",
        "left": f"只在{left}",
        "right": f"只在{right}",
        "differs": "不同",
    }


def names(comparison: Comparison) -> tuple[str, str]:
    """What the two packs are called beside each other."""
    left, right = comparison.left, comparison.right
    if left.short != right.short:
        return left.short, right.short
    return f"{left.short}（{left.state}）", f"{right.short}（{right.state}）"


def to_json(comparison: Comparison) -> dict[str, Any]:
    """Everything, agreements included."""
    return {
        "left": _side(comparison.left),
        "right": _side(comparison.right),
        "sections": comparison.sections,
        "processes": comparison.processes,
        "decisions": comparison.decisions,
        "files": comparison.files,
    }


def process_lines(process: ProcessDifference) -> Iterator[str]:
    """The changes of one process, a line each and one for every aspect."""
    for change in process.changes:
        name = f"“{change.name}”" if change.name else ""
        yield f"{CHANGES[change.change]} {change.kind_words} {change.element}{name}"
        yield from (f"    {line}" for line in aspect_lines(change))


def aspect_lines(change: ElementChange) -> Iterator[str]:
    """What is said of an element: both sides where it was changed."""
    for aspect in change.aspects:
        if change.change == "changed":
            yield f"{aspect.name}：{aspect.left or EMPTY} → {aspect.right or EMPTY}"
        else:
            yield f"{aspect.name}：{aspect.left or aspect.right}"


def decision_lines(decision: DecisionDifference, words: dict[str, str]) -> Iterator[str]:
    """What differs in one decision: its properties, then its rows."""
    for line in decision.properties:
        if line.state == "differs":
            yield f"{line.label}：{line.left or EMPTY} → {line.right or EMPTY}"
        elif line.state != "same":
            yield f"{line.label}：{words[line.state]}，{line.left or line.right}"
    for row in decision.differing:
        yield f"{words[row.state]} {row_number(row)}"
        for cell in row_cells(decision, row):
            if cell.is_changed:
                yield f"    {cell.column}：{cell.left or EMPTY} → {cell.right or EMPTY}"
            elif row.state != "differs" and (cell.left or cell.right):
                yield f"    {cell.column}：{cell.left or cell.right}"


def row_cells(decision: DecisionDifference, row: Row) -> Iterator[Cell]:
    """The cells of a row that say something: in words, and in FEEL where the words would be alike on both sides."""
    for number, label in enumerate(decision.labels):
        source = (row.left[number], row.right[number])
        is_changed = row.state == "differs" and row.changed[number]
        said = (row.left_words[number], row.right_words[number])
        if is_changed and said[0] == said[1]:
            label, said = decision.columns[number], source
        elif decision.labels.count(label) > 1:
            label = decision.columns[number]
        if any(source):
            yield Cell(label, *said, is_changed, *source)


def row_number(row: Row) -> str:
    """Which row it is: 第3行, or 第3行 → 第4行."""
    numbers = [number for number in (row.left_number, row.right_number) if number is not None]
    return " → ".join(f"第{number}行" for number in dict.fromkeys(numbers))


def _side(side: Side) -> dict[str, str]:
    manifest = side.release.manifest
    return {
        "pack": side.release.pack,
        "short": manifest.names.short,
        "official": manifest.names.official,
        "version": manifest.version or "",
        "state": side.state,
        "release": side.release.id,
    }
