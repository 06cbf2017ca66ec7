"""A comparison laid out to be read: what belongs together under one heading, what is long folded away.

Nothing is left out: whatever is not open at once stands in a ``details`` of the same page, with its count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from tasks.comparison import Comparison
from tasks.comparison.lines import Line, Section

OPEN_LINES = 12
"""A list of more lines is folded."""
LONG_WORDS = 160
"""A text of more characters is folded behind its beginning."""
_OF_ITEMS = frozenset({"items", "grounds", "handling", "limits"})
_FOLDED = frozenset({"grounds", "messages", "texts"})
_FIELDS = "fields"


@dataclass(frozen=True, slots=True)
class Part:
    """Lines under one heading, "" where the section's own is enough. ``all`` and ``differing`` are counts."""

    title: str
    lines: Sequence[Line]
    all: int
    differing: int
    folded: bool


@dataclass(frozen=True, slots=True)
class Laid:
    """A section's parts, and the titles of those in which the packs agree, which are only named."""

    parts: Sequence[Part]
    alike: Sequence[str]


def lay_out(found: Comparison, *, only_differing: bool) -> Mapping[str, Laid]:
    """Every section by its code."""
    return {section.code: _lay_out(found, section, only_differing=only_differing) for section in found.sections}


def is_long(words: str) -> bool:
    """Whether a text is shown by its beginning, the rest on demand."""
    return len(words) > LONG_WORDS


def beginning(words: str) -> str:
    """What is shown of a long text."""
    return f"{words[: LONG_WORDS // 4].strip()}…"


def _lay_out(found: Comparison, section: Section, *, only_differing: bool) -> Laid:
    parts, alike = [], []
    for title, lines in _split(found, section):
        differing = [line for line in lines if line.state != "same"]
        shown = differing if only_differing else lines
        if shown:
            folded = bool(section.code == _FIELDS or section.code in _FOLDED or len(shown) > OPEN_LINES)
            parts.append(Part(title, shown, len(lines), len(differing), folded))
        elif lines and section.code == _FIELDS:
            alike.append(title)
    return Laid(parts, alike)


def _split(found: Comparison, section: Section) -> Iterable[tuple[str, Sequence[Line]]]:
    if section.code == _FIELDS:
        return _by_form(section.lines)
    if section.code in _OF_ITEMS:
        automatic = _automatic(found)
        applied = [line for line in section.lines if line.key not in automatic]
        return (("", applied), (_("自动办理的事项"), [line for line in section.lines if line.key in automatic]))
    return (("", section.lines),)


def _automatic(found: Comparison) -> Collection[str]:
    """The items that no pack of the two takes an application for."""
    kinds: dict[str, set[bool]] = {}
    for side in (found.left, found.right):
        for code, item in side.release.manifest.items.items():
            kinds.setdefault(code, set()).add(item.automatic)
    return {code for code, kind in kinds.items() if kind == {True}}


def _by_form(lines: Sequence[Line]) -> Iterable[tuple[str, Sequence[Line]]]:
    """The fields by their form; what every label of a form begins with is said once."""
    forms: dict[str, list[Line]] = {}
    for line in lines:
        forms.setdefault(line.key.partition("/")[0], []).append(line)
    return [(own[0].label.partition("：")[0], own) for own in forms.values()]
