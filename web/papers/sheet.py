"""A printed sheet, as its builders lay it out and ``papers/print.html`` draws it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Pairs:
    """Labels and what stands beside them; two pairs a line, a ``wide`` one alone on its line."""

    rows: Sequence[tuple[str, str]]
    heading: str = ""
    wide: frozenset[str] = frozenset()
    kind: str = field(default="pairs", init=False)

    @property
    def lines(self) -> list[list[tuple[str, str]]]:
        """The pairs of each line: two, or one that has the line to itself."""
        lines: list[list[tuple[str, str]]] = []
        has_room = False
        for pair in self.rows:
            is_wide = pair[0] in self.wide
            if has_room and not is_wide:
                lines[-1].append(pair)
            else:
                lines.append([pair])
            has_room = not is_wide and len(lines[-1]) == 1
        return lines


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. ``widths`` are twelfths of the sheet's width, one a column."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int]
    heading: str = ""
    kind: str = field(default="grid", init=False)


@dataclass(frozen=True, slots=True)
class Prose:
    """Paragraphs, indented as letters are unless ``flush``."""

    paragraphs: Sequence[str]
    heading: str = ""
    flush: bool = False
    kind: str = field(default="prose", init=False)


@dataclass(frozen=True, slots=True)
class Ticks:
    """Choices with a box each, ticked or not."""

    choices: Sequence[tuple[str, bool]]
    heading: str = ""
    kind: str = field(default="ticks", init=False)


@dataclass(frozen=True, slots=True)
class Signatures:
    """Lines to sign on, by hand."""

    labels: Sequence[str]
    kind: str = field(default="signatures", init=False)


@dataclass(frozen=True, slots=True)
class Closing:
    """Who hands the sheet out, and the day; ``seal`` leaves room for a stamp."""

    office: str
    day: str
    seal: bool = True
    kind: str = field(default="closing", init=False)


Part = Pairs | Grid | Prose | Ticks | Signatures | Closing


@dataclass(frozen=True, slots=True)
class Sheet:
    """One paper. ``copies`` says who keeps it; ``wide`` turns the sheet on its side."""

    title: str
    number: str
    above: str
    parts: Sequence[Part]
    addressee: str = ""
    copies: str = ""
    wide: bool = False
