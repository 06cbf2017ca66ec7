"""Markdown as the generated parts of the documentation need it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def code(text: str) -> str:
    """Text as code."""
    return f"`{text}`"


def codes(names: Iterable[str]) -> str:
    """Names as code, one after the other; a dash for none."""
    return ", ".join(map(code, names)) or "–"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a bar in a cell is escaped."""
    lines = [head, *rows]
    shown = ["| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines]
    return "\n".join([shown[0], "|" + "---|" * len(head), *shown[1:]])


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
