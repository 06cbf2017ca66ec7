"""The lines of a comparison: what two packs say of one thing, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

State = Literal["same", "left", "right", "differs"]


@dataclass(frozen=True, slots=True)
class Saying:
    """What one pack says of a thing: what it is called there (the label of its line), and the words.

    Two packs agree where their words are alike, or their ``meaning`` where it is given: names differ in wording.
    """

    label: str
    words: str
    meaning: str = ""

    @property
    def content(self) -> str:
        return self.meaning or self.words


@dataclass(frozen=True, slots=True)
class Line:
    """One thing: ``left`` and ``right`` are what the packs say of it, "" where one does not know it."""

    key: str
    label: str
    state: State
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Section:
    """Lines of one subject: ``items``, ``limits`` … with the subject's name in Chinese."""

    code: str
    title: str
    lines: tuple[Line, ...]

    @property
    def differing(self) -> tuple[Line, ...]:
        """The lines on which the packs differ."""
        return tuple(line for line in self.lines if line.state != "same")


Sayings = Mapping[str, Saying]


def compare(code: str, title: str, left: Sayings, right: Sayings) -> Section:
    """One line a key, in the order of the left pack, then what only the right one knows."""
    return Section(code, title, tuple(_line(key, left.get(key), right.get(key)) for key in merged_order(left, right)))


def merged_order(left: Iterable[str], right: Iterable[str]) -> list[str]:
    """Every key once: those of the left in their order, the others behind what they follow on the right, or last."""
    order = list(left)
    known, place = set(order), len(order)
    for key in right:
        if key in known:
            place = order.index(key) + 1
            continue
        order.insert(place, key)
        known.add(key)
        place += 1
    return order


def _line(key: str, left: Saying | None, right: Saying | None) -> Line:
    if left is None or right is None:
        only = left or right
        assert only is not None
        return Line(
            key, only.label, "left" if left else "right", left.words if left else "", right.words if right else ""
        )
    label = left.label if left.label == right.label else f"{left.label}／{right.label}"
    return Line(key, label, "same" if left.content == right.content else "differs", left.words, right.words)
