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
    ``source`` is what the words stand for as the pack writes it (FEEL, codes); it counts like the words.
    """

    label: str
    words: str
    meaning: str = ""
    source: str = ""

    @property
    def content(self) -> tuple[str, str]:
        return self.meaning or self.words, self.source


@dataclass(frozen=True, slots=True)
class Line:
    """One thing: ``left`` and ``right`` are what the packs say of it, "" where one does not know it.

    ``left_source`` and ``right_source`` are what stands behind the words: see ``Saying``.
    """

    key: str
    label: str
    state: State
    left: str
    right: str
    left_source: str = ""
    right_source: str = ""


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
_NOTHING = Saying("", "")


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
    ours, theirs = left or _NOTHING, right or _NOTHING
    label = "／".join(dict.fromkeys(one.label for one in (left, right) if one is not None))
    if left is None or right is None:
        state: State = "left" if left else "right"
    else:
        state = "same" if ours.content == theirs.content else "differs"
    return Line(key, label, state, ours.words, theirs.words, ours.source, theirs.source)
