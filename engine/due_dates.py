"""The due dates of user tasks that follow something else: a diagram reads them once, when the task opens."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from engine import tables as t
from engine.bpmn.timing import END_OF_DAY
from engine.clock import ZONE, to_text

_c = t.user_tasks.c


def move_due(connection: sa.Connection, case_id: str, name: str, before: date, after: date) -> None:
    """Open tasks that write to a place of that name (``decisions.<name>``) and were due on ``before`` are due on
    ``after``; what has a date of its own keeps it."""
    theirs = (_c.case_id == case_id, _c.status == "open", _c.due_at == _end_of(before))
    moved = sa.select(_c.id).where(*theirs, _c.facts_path.endswith(f".{name}", autoescape=True))
    for table, task in ((t.user_task_candidates, t.user_task_candidates.c.user_task_id), (t.user_tasks, _c.id)):
        connection.execute(table.update().where(task.in_(moved)).values(due_at=_end_of(after)))


def _end_of(day: date) -> str:
    return to_text(datetime.combine(day, END_OF_DAY, ZONE))
