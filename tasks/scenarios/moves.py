"""A case before and after one step: what invariants judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.loaded import LoadedRelease
from engine.runtime import Runtime
from tasks.scenarios.observing import Snapshot


@dataclass(frozen=True)
class Move:
    """A case before and after one step, and the release that it runs on."""

    before: Snapshot | None
    after: Snapshot
    release: LoadedRelease
    runtime: Runtime

    def new(self, table: str) -> list[Any]:
        """The rows that the step has brought."""
        earlier = {_key(row) for row in self.before.rows[table]} if self.before else set()
        return [row for row in self.after.rows[table] if _key(row) not in earlier]

    def groups_of(self, user_task: Any) -> list[str]:
        element = self.release.processes.element(user_task.process_id, user_task.element_id)
        stated = element.extensions.candidate_groups if element is not None else ""
        if stated.startswith("="):  # computed: the text as it stands
            return [stated]
        return [name.strip() for name in stated.split(",") if name.strip()]

    def done_since(self) -> list[Any]:
        """The user tasks that the step has completed."""
        open_before = set(self.before.open_tasks) if self.before else set()
        return [row for row in self.after.rows["user_tasks"] if row.status == "completed" and row.id in open_before]

    @property
    def was_held(self) -> bool:
        """Whether a hold was in force before the step and is still: what the step itself released does not count."""
        return bool(self.before and self.before.held and self.after.held)


def _key(row: Any) -> Any:
    if hasattr(row, "id"):
        return row.id
    return tuple(getattr(row, name, None) for name in ("case_id", "code", "item", "filing_id"))
