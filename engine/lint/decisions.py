"""Decisions as the other rules see them: which there are, what they look at, which nobody asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.lint.kinds import Path


@dataclass(frozen=True)
class DecisionRead:
    """One expression of a decision table."""

    file: str
    line: int
    element: str
    reads: frozenset[Path]


@dataclass(frozen=True)
class Decision:
    """``requires`` are the ids of other decisions, ``reads`` the expressions of this one alone."""

    id: str
    file: str
    line: int
    requires: frozenset[str]
    reads: tuple[DecisionRead, ...]


@dataclass(frozen=True)
class Decisions:
    """The decisions of a pack by id."""

    by_id: Mapping[str, Decision] = field(default_factory=dict)

    @property
    def ids(self) -> Collection[str]:
        return self.by_id.keys()

    def reads(self, decision_id: str) -> frozenset[Path]:
        """The paths that a decision and all that it requires look at in their surroundings."""
        return frozenset(path for each in self._closure([decision_id]) for read in each.reads for path in read.reads)

    def all_reads(self) -> Iterator[DecisionRead]:
        for decision in self.by_id.values():
            yield from decision.reads

    def unused(self, called: Iterable[str]) -> list[Decision]:
        """Decisions that are neither called nor required by one that is."""
        used = {decision.id for decision in self._closure(called)}
        return [decision for decision in self.by_id.values() if decision.id not in used]

    def _closure(self, ids: Iterable[str]) -> list[Decision]:
        found: dict[str, Decision] = {}
        pending = list(ids)
        while pending:
            decision = self.by_id.get(pending.pop())
            if decision is not None and decision.id not in found:
                found[decision.id] = decision
                pending.extend(decision.requires)
        return list(found.values())
