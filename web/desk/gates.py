"""The desk's own policies: a case by the code that people read out, and a user task that concerns somebody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from flask import g

from engine import tables as t
from engine.prepared import Prepared
from web.access import current
from web.access.people import Person
from web.access.policy import Policy, note_admitted
from web.access.visibility import KEPT, visible_cases

_CODE = re.compile(r"[A-Z0-9-]{1,32}", re.ASCII)
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


@lru_cache(maxsize=KEPT)
def concerns(person: Person) -> sa.ColumnElement[bool]:
    """Whether an open user task is held by ``person`` or may be done by one of their groups.

    Of tasks at hand, those of a case: a queue, which looks for them, asks for one group after the other.
    """
    tasks, listed = t.user_tasks.c, t.user_task_candidates.c
    group = sa.and_(listed.kind == "group", listed.name.in_(sorted(person.groups)))
    own = sa.and_(listed.kind == "user", listed.name == person.actor_id)
    among = sa.exists().where(listed.user_task_id == tasks.id, sa.or_(group, own))
    of_group = tasks.candidate_group.in_(sorted(person.groups))
    return sa.or_(tasks.assignee == person.actor_id, of_group, sa.and_(tasks.candidate_group.is_(None), among))


def listed_for(person: Person) -> sa.ColumnElement[bool]:
    """Whether ``person``, or one of their groups, is among several candidates of a task; to look for such tasks."""
    listed = t.user_task_candidates.c
    group = sa.and_(listed.kind == "group", listed.name.in_(sorted(person.groups)))
    own = sa.and_(listed.kind == "user", listed.name == person.actor_id)
    return t.user_tasks.c.id.in_(sa.union_all(*(sa.select(listed.user_task_id).where(one) for one in (group, own))))


def in_region(person: Person) -> sa.ColumnElement[bool]:
    return t.cases.c.region.startswith(person.act().region_prefix, autoescape=True)


def _sees_coded(person: Person | None, arguments: Mapping[str, Any]) -> bool:
    code = str(arguments.get("code", ""))
    if person is None or person.kind != "staff" or not _CODE.fullmatch(code):
        return False
    with current.looking() as connection:
        found = _coded(person).first(connection, code=code)
    if found is None:
        return False
    note_admitted(person, found)
    return True


@lru_cache(maxsize=KEPT)
def _coded(person: Person) -> Prepared:
    """The case of a ``code``, if ``person`` may see it."""
    has_code = t.cases.c.code == sa.bindparam("code", "")
    return Prepared(sa.select(t.cases).where(has_code, visible_cases(person)), with_lists=True)


def _sees_task(person: Person | None, arguments: Mapping[str, Any]) -> bool:
    """An open one only whom it concerns; of one that is done, everybody who sees the case may know who did it."""
    named = str(arguments.get("user_task_id", ""))
    if person is None or person.kind != "staff" or not _ID.fullmatch(named):
        return False
    with current.looking() as connection:
        user_task = _concerned(person).first(connection, id=named)
        if user_task is None:
            return False
        g.user_task, g.case = user_task, _CASE.first(connection, id=user_task.case_id)
    return True


_CASE = Prepared(sa.select(t.cases).where(t.cases.c.id == sa.bindparam("id")))


@lru_cache(maxsize=KEPT)
def _concerned(person: Person) -> Prepared:
    """The user task of an ``id``, if ``person`` may know of it."""
    tasks = t.user_tasks
    open_to = sa.and_(t.in_state(tasks, "open"), in_region(person), concerns(person))
    known = sa.and_(tasks.c.status != "open", visible_cases(person))
    query = sa.select(tasks).join(t.cases, t.cases.c.id == tasks.c.case_id)
    return Prepared(query.where(tasks.c.id == sa.bindparam("id", ""), sa.or_(open_to, known)), with_lists=True)


def find_done(connection: sa.Connection, person: Person, user_task_id: str) -> Any:
    """``name``, ``case_id`` and ``ended_at`` of a user task that ``person`` has completed; None of any other."""
    known = _ID.fullmatch(user_task_id)
    return _DONE.first(connection, id=user_task_id, by=person.actor_id) if known else None


_done = t.user_tasks.c
_DONE = Prepared(
    sa.select(_done.name, _done.case_id, _done.ended_at).where(
        _done.id == sa.bindparam("id"), _done.completed_by == sa.bindparam("by")
    )
)


def find_following(connection: sa.Connection, person: Person, case_id: str, since: str) -> Any:
    """An open task of the case that concerns ``person`` and was not there before ``since``; None where none is."""
    return _following(person).first(connection, case_id=case_id, since=since)


@lru_cache(maxsize=KEPT)
def _following(person: Person) -> Prepared:
    c = t.user_tasks.c
    fresh = (c.case_id == sa.bindparam("case_id", ""), c.created_at >= sa.bindparam("since", ""))
    query = sa.select(c.id, c.name).where(*fresh, t.in_state(t.user_tasks, "open"), concerns(person))
    return Prepared(query.order_by(c.created_at, c.id).limit(1), with_lists=True)


case_by_code = Policy("case_visible (by code)", "staff", _sees_coded)
task_concerned = Policy("task concerns", "staff", _sees_task)
