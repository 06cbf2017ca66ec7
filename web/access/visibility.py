"""Which cases a person may know of, as one condition that lists and pages share."""

from __future__ import annotations

from functools import lru_cache

import sqlalchemy as sa

from engine import tables as t
from tasks.tables import items
from web.access.people import Person
from web.tables import case_parties

EVERY_DEPARTMENT = ("window.", "supervisor.", "hotline.")
"""Those who see all cases of their region, whichever department works on them."""
KEPT = 1_000
"""For as many people conditions are kept: to put one together takes longer than to ask it."""


@lru_cache(maxsize=KEPT)
def visible_cases(person: Person) -> sa.ColumnElement[bool]:
    """A condition on ``cases``.

    A family sees the cases in which it has a part. Staff see cases of their region in which their department has or
    had a task or an item, or all of the region from the window, supervision and the hotline.
    """
    if person.kind == "family":
        return sa.exists().where(case_parties.c.case_id == t.cases.c.id, case_parties.c.family_id == person.id)
    inside = t.cases.c.region.startswith(person.act().region_prefix, autoescape=True)
    if any(person.is_in(prefix) for prefix in EVERY_DEPARTMENT):
        return inside
    return sa.and_(inside, sa.or_(_has_item(person), _has_task(person)))  # the quicker first


def _has_task(person: Person) -> sa.ColumnElement[bool]:
    tasks, candidates = t.user_tasks, t.user_task_candidates
    listed = sa.exists().where(
        candidates.c.user_task_id == tasks.c.id, candidates.c.kind == "group", _is_of(person, candidates.c.name)
    )
    own = sa.or_(tasks.c.assignee == person.actor_id, tasks.c.completed_by == person.actor_id)
    mine = sa.or_(own, _is_of(person, tasks.c.candidate_group), listed)
    return sa.exists().where(tasks.c.case_id == t.cases.c.id, mine).correlate(t.cases)  # also where a list is of tasks


def _has_item(person: Person) -> sa.ColumnElement[bool]:
    own = items.c.department.in_(sorted(person.departments))
    return sa.exists().where(items.c.case_id == t.cases.c.id, own).correlate(t.cases)


def _is_of(person: Person, group: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Whether ``group`` is of one of the person's departments."""
    names = sorted(person.departments)
    return sa.or_(group.in_(names), *(group.startswith(f"{name}.", autoescape=True) for name in names))
