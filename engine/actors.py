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
        return self.unbounded or region.startswith(self.region_prefix)

    @property
    def region_prefix(self) -> str:
        """What the codes of the actor's places begin with; ``-``, with which none begins, where there is no region.

        Levels of a code have two digits: 500000 is Chongqing (50), not all that begins with 5, and 431000 is one city.
        """
        stated = self.region
        while stated.endswith("00") and len(stated) % 2 == 0:
            stated = stated[:-2]
        return stated or "-"


SYSTEM = Actor("system", unbounded=True)
WORKER = Actor("worker", unbounded=True)
CLOCK = Actor("clock", unbounded=True)
