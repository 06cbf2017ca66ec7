"""Decisions as the other rules see them: which there are, what they look at, which nobody asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.decisions import Decision, DecisionSet, Look
from engine.errors import PackInvalid
from engine.feel import Feel
from engine.feel_values import Path
from engine.lint.kinds import Findings
from engine.packs import Pack


@dataclass(frozen=True)
class Decisions:
    """The readable decisions of a pack, each in the set of its own file: requirements never leave a file.

    ``is_complete`` is False when a file could not be read, so that a decision may exist that is not here.
    """

    sets: Mapping[str, DecisionSet] = field(default_factory=dict)
    is_complete: bool = True

    def knows(self, decision_id: str) -> bool:
        return decision_id in self.sets

    @property
    def ids(self) -> list[str]:
        return sorted(self.sets)

    def find(self, decision_id: str) -> Decision:
        return self.sets[decision_id].decisions[decision_id]

    def reads(self, decision_id: str) -> frozenset[Path]:
        """The paths that a decision and all that it requires look at; none for one that is not known."""
        return self.sets[decision_id].reads(decision_id) if decision_id in self.sets else frozenset()

    def result_fields(self, decision_id: str) -> tuple[str, ...]:
        """The names of the outputs of a decision whose result is a context, or a list of contexts."""
        return self.sets[decision_id].result_fields(decision_id) if decision_id in self.sets else ()

    def looks(self, decision_id: str | None = None) -> Iterator[tuple[str, Look]]:
        """Every expression, or those of one decision and all that it requires, with the file that it stands in."""
        for each in self.sets if decision_id is None else sorted(self._needed([decision_id])):
            for look in self.sets[each].looks(each):
                yield self.find(each).file, look

    def unused(self, called: Iterable[str]) -> list[Decision]:
        """Decisions that are neither called nor required, directly or not, by one that is."""
        used = self._needed(called)
        return [self.find(decision_id) for decision_id in self.ids if decision_id not in used]

    def _needed(self, called: Iterable[str]) -> set[str]:
        needed: set[str] = set()
        pending = list(called)
        while pending:
            decision_id = pending.pop()
            if decision_id in self.sets and decision_id not in needed:
                needed.add(decision_id)
                pending.extend(self.find(decision_id).requires)
        return needed


def read_decisions(pack: Pack, feel: Feel, findings: Findings) -> Decisions:
    """The decisions of all ``.dmn`` files; what is wrong with them is reported."""
    files = {name: pack.files[name] for name in pack.names(".dmn")}
    is_complete = True
    try:
        findings.problems.update(DecisionSet.read(files, feel).warnings)
    except PackInvalid as error:
        findings.problems.update(error.problems)
        is_complete = False
    sets: dict[str, DecisionSet] = {}
    for name, data in files.items():
        try:
            decisions = DecisionSet.read({name: data}, feel)
        except PackInvalid:
            continue  # reported above
        for decision_id in decisions.ids:
            sets.setdefault(decision_id, decisions)
    return Decisions(sets, is_complete)
