"""INV-1 … INV-12, checked on the rows alone after every step: neither diagrams nor workers are asked.

What may not happen is judged by two moments of the case, before and after a step, so that a hold and a cremation in one
second are told apart. ``requirements.md`` 9 states the invariants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.db import reading
from engine.runtime import Runtime
from tasks.scenarios import body_invariants as body
from tasks.scenarios import item_invariants as item
from tasks.scenarios import pushed
from tasks.scenarios.moves import Move
from tasks.scenarios.observing import Snapshot


@dataclass(frozen=True, slots=True)
class Breach:
    """An invariant that does not hold, and what was found instead."""

    invariant: str
    found: str


class Watch:
    """Looks at one case after every step."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._before: Snapshot | None = None

    def look(self, after: Snapshot) -> list[Breach]:
        """What does not hold at this moment, given the one before."""
        with reading(self._runtime.database) as connection:
            release = self._runtime.releases.get(connection, after.case.release_id)
        move = Move(self._before, after, release, self._runtime)
        self._before = after
        return [Breach(name, found) for name, check in CHECKS for found in check(move)]


def pushes_are_due(move: Move) -> Iterator[str]:
    """INV-9."""
    yield from pushed.find_faults(move.runtime, move.release, move.after, move.new("outbox"))


def work_is_equipped(move: Move) -> Iterator[str]:
    """INV-10, of what stands open: a form, groups that may do it, and somebody for every job."""
    for row in move.after.open_tasks.values():
        if f"forms/{row.form_id}.form" not in move.release.files:
            yield f"{row.element_id} has no form {row.form_id}"
        unknown = [name for name in move.groups_of(row) if not name.startswith("=")]
        if not move.groups_of(row) or any(name not in move.release.manifest.groups for name in unknown):
            yield f"{row.element_id} is nobody's: {unknown}"
    for job in move.after.waiting_jobs:
        if move.runtime.workers.find(job.type) is None and job.type not in move.release.manifest.jobs:
            yield f"nobody does the job {job.type} at {job.element_id}"


CHECKS: tuple[tuple[str, Callable[[Move], Iterator[str]]], ...] = (
    ("INV-1", body.no_cremation_under_hold),
    ("INV-2", body.hold_is_the_police_s),
    ("INV-3", body.cremation_is_certified),
    ("INV-4", item.prerequisites_come_first),
    ("INV-5", item.payments_are_founded),
    ("INV-5", item.orders_are_recalled),
    ("INV-6", item.items_end_once),
    ("INV-7", item.results_are_told),
    ("INV-8", body.crime_stops_all),
    ("INV-9", pushes_are_due),
    ("INV-10", work_is_equipped),
    ("INV-11", item.stops_come_once),
    ("INV-12", item.ineligible_are_referred),
)
