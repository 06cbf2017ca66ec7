"""Two packs, or two releases of one, compared: in the words of the service, by diagrams, by decisions."""

from __future__ import annotations

from dataclasses import dataclass

from engine.packs import FileChange, diff_files
from tasks.comparison.decisions import DecisionDifference, compare_decisions
from tasks.comparison.diagrams import ProcessDifference, compare_diagrams
from tasks.comparison.lines import Section
from tasks.comparison.service import compare_service
from tasks.comparison.sides import Side

__all__ = ["Comparison", "Side", "compare_packs"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything on which two packs agree or differ. ``files`` is the list of last resort: nothing escapes it."""

    left: Side
    right: Side
    sections: tuple[Section, ...]
    processes: tuple[ProcessDifference, ...]
    decisions: tuple[DecisionDifference, ...]
    files: tuple[FileChange, ...]

    @property
    def is_same(self) -> bool:
        return not self.files


def compare_packs(left: Side, right: Side) -> Comparison:
    """Lay two packs side by side. Both must have been read without an error."""
    return Comparison(
        left,
        right,
        compare_service(left, right),
        compare_diagrams(left, right),
        compare_decisions(left, right),
        tuple(diff_files(left.release.files, right.release.files)),
    )
