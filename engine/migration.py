"""What an open case stands on, against another release: what that one lacks, or has as something else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from engine import tables as t
from engine.bpmn import codec
from engine.loaded import LoadedRelease
from engine.store import read_blobs

Kind = Literal["process", "element", "other_kind", "form", "message"]


@dataclass(frozen=True, order=True, slots=True)
class Gap:
    """One thing that the release lacks. ``place`` names it: ``process``, ``process/element`` of a live token,
    ``process/flow`` of one at a join, ``form/id`` of an open task, ``message/name`` of what is awaited.

    ``other_kind``: the element is there and is no longer what can wait so, or the join has no such flow.
    """

    kind: Kind
    place: str


def find_gaps(
    connection: sa.Connection, case_id: str, release: LoadedRelease, rename: codec.Rename | None = None
) -> list[Gap]:
    """Everything that keeps an open case from going on under ``release``; empty where it can."""
    gaps: set[Gap] = set()
    for instance_id, _ in active_instances(connection, case_id):
        rows = codec.read_rows(read_blobs(connection, instance_id))
        for place in codec.missing_names(rows, release.processes, rename or {}):
            gaps.add(Gap("element" if "/" in place else "process", place))
        gaps |= {Gap("other_kind", place) for place in codec.misfits(rows, release.processes, rename or {})}
    open_forms = sa.select(t.user_tasks.c.form_id).where(
        t.user_tasks.c.case_id == case_id, t.user_tasks.c.status == "open"
    )
    for form_id in connection.execute(open_forms).scalars():
        if f"forms/{form_id}.form" not in release.files:
            gaps.add(Gap("form", f"form/{form_id}"))
    awaited = sa.select(t.message_waits.c.name).where(t.message_waits.c.case_id == case_id)
    names = connection.execute(awaited).scalars()
    gaps |= {Gap("message", f"message/{name}") for name in names if name not in release.processes.message_names}
    return sorted(gaps, key=lambda gap: (gap.place, gap.kind))


def active_instances(connection: sa.Connection, case_id: str) -> list[tuple[str, str]]:
    """Id and process of the instances of a case that still run, in the order in which they began."""
    columns = t.process_instances.c
    query = sa.select(columns.id, columns.process_id).where(columns.case_id == case_id, columns.status == "active")
    return [(row.id, row.process_id) for row in connection.execute(query.order_by(columns.started_at, columns.id))]
