"""Who acts: a person with groups and a region, or the engine itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """``groups`` are the person's candidate groups, ``region`` a GB/T 2260 prefix (43 is the whole province).

    ``unbounded`` is for the engine and its operator: every group and region.
    """

    id: str
    groups: frozenset[str] = frozenset()
    region: str = ""
    unbounded: bool = False

    def covers(self, region: str) -> bool:
        """Whether a case of ``region`` (six digits) lies in the actor's own."""
        return self.unbounded or region.startswith(self.region.rstrip("0") or "-")


SYSTEM = Actor("system", unbounded=True)
WORKER = Actor("worker", unbounded=True)
CLOCK = Actor("clock", unbounded=True)
