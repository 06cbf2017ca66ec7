"""Who carries how much: open tasks by department and by clerk, items by department and state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from engine import tables as t
from engine.clock import to_text
from tasks import tables as d
from tasks.items import FINAL
from web.access.people import Person
from web.access.visibility import visible_cases
from web.supervise.naming import Names

MOST_CLERKS = 30


@dataclass(frozen=True, slots=True)
class Load:
    """One bar: a department or a clerk."""

    name: str
    open: int
    late: int
    done: int = 0


def by_department(connection: sa.Connection, person: Person, today: date, names: Names) -> list[Load]:
    """Items by department: going, late, ended."""
    i = d.items.c
    going = i.status.not_in(FINAL)
    late = sa.and_(going, i.due_on < today.isoformat())
    counts = [sa.func.count().filter(one) for one in (sa.and_(going, i.status != "dormant"), late, ~going)]
    query = sa.select(i.department, t.cases.c.release_id, *counts).join(t.cases, t.cases.c.id == i.case_id)
    rows = connection.execute(query.where(visible_cases(person)).group_by(i.department, t.cases.c.release_id))
    return _add_up(rows.all(), names)


def by_clerk(connection: sa.Connection, person: Person, now: datetime, since: datetime) -> list[Load]:
    """Tasks by clerk: held, past their due time, done since ``since``."""
    c, u = t.user_tasks.c, t.users.c
    held, ended = c.status == "open", sa.and_(c.status == "completed", c.ended_at >= to_text(since))
    who = sa.case((held, c.assignee), else_=c.completed_by)
    counts = [sa.func.count().filter(one) for one in (held, sa.and_(held, c.due_at < to_text(now)), ended)]
    source = t.user_tasks.join(t.cases, t.cases.c.id == c.case_id).join(t.users, u.login == who)
    query = sa.select(u.name, *counts).select_from(source).where(sa.or_(held, ended), visible_cases(person))
    rows = connection.execute(query.group_by(u.login, u.name).order_by(counts[0].desc(), u.login).limit(MOST_CLERKS))
    return [Load(*row) for row in rows]


def waiting_by_group(connection: sa.Connection, person: Person, now: datetime, names: Names) -> list[Load]:
    """Tasks that nobody has taken, by the group that may."""
    c = t.user_tasks.c
    counts = [sa.func.count(), sa.func.count().filter(c.due_at < to_text(now))]
    query = sa.select(c.candidate_group, t.cases.c.release_id, *counts).join(t.cases, t.cases.c.id == c.case_id)
    free = (t.in_state(t.user_tasks, "open"), c.assignee.is_(None), c.candidate_group.is_not(None))
    rows = connection.execute(
        query.where(*free, visible_cases(person)).group_by(c.candidate_group, t.cases.c.release_id)
    )
    return _add_up(rows.all(), names)


def _add_up(rows: Iterable[Any], names: Names) -> list[Load]:
    """One bar for each group, whose rows are its code, a release and counts; the longest first."""
    by_code: dict[str, list[Any]] = {}
    for row in rows:
        by_code.setdefault(row[0], []).append(row)
    loads = []
    for code, own in sorted(by_code.items()):
        sums = [sum(column) for column in zip(*(row[2:] for row in own), strict=True)]
        loads.append(Load(names.shared(code, (row[1] for row in own)), *sums))
    return sorted(loads, key=lambda load: -load.open)
