"""User tasks: who may see and do them, and the verbs that do not complete them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

import forms
from engine import tables as t
from engine.actors import Actor
from engine.bpmn import codec
from engine.db import reading
from engine.errors import Conflict, InvalidInput, NotFound
from engine.execution import execute
from engine.incoming import KEY_LENGTH, check_id, check_text, is_storable
from engine.prepared import Prepared, row_maker
from engine.runtime import Runtime
from engine.unit import Unit

PAGE = 50
REASON_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class Query:
    """What a list of user tasks is to show; an empty text does not restrict."""

    case_id: str = ""
    group: str = ""
    assignee: str = ""
    unclaimed: bool = False
    due_before: str = ""
    limit: int = PAGE
    offset: int = 0


def list_open(runtime: Runtime, actor: Actor, query: Query | None = None) -> list[Any]:
    """Open tasks that ``actor`` may do or holds: the most urgent first, then by due date and age."""
    query = query or Query()
    if not all(
        is_storable(text, KEY_LENGTH) for text in (query.case_id, query.group, query.assignee, query.due_before)
    ):
        return []  # nothing is ever stored under such a name
    with reading(runtime.database) as connection:
        statement = _select(actor, query)
        return list(connection.execute(statement))


def _select(actor: Actor, query: Query) -> Any:
    tasks, cases = t.user_tasks, t.cases
    statement = (
        sa.select(tasks, cases.c.code.label("case_code"), cases.c.pack, cases.c.region)
        .join(cases, cases.c.id == tasks.c.case_id)
        .where(t.in_state(tasks, "open"))
        .order_by(tasks.c.priority.desc(), sa.nulls_last(tasks.c.due_at), tasks.c.created_at, tasks.c.id)
        .limit(query.limit)
        .offset(query.offset)
    )
    if not actor.unbounded:
        inside = cases.c.region.startswith(actor.region_prefix, autoescape=True)
        statement = statement.where(inside, _concerns(actor))
    if query.case_id:
        statement = statement.where(tasks.c.case_id == query.case_id)
    if query.group:
        statement = statement.where(_is_for_group([query.group]))
    if query.assignee:
        statement = statement.where(tasks.c.assignee == query.assignee)
    if query.unclaimed:
        statement = statement.where(tasks.c.assignee.is_(None))
    if query.due_before:
        statement = statement.where(tasks.c.due_at < query.due_before)
    return statement


def _concerns(actor: Actor) -> Any:
    mine = t.user_tasks.c.assignee == actor.id
    return sa.or_(mine, _is_for_group(sorted(actor.groups)), _is_listed("user", [actor.id]))


def _is_for_group(names: list[str]) -> Any:
    return sa.or_(t.user_tasks.c.candidate_group.in_(names), _is_listed("group", names))


def _is_listed(kind: str, names: list[str]) -> Any:
    """Whether one of ``names`` is among several candidates. Each branch can use the index of open tasks by group."""
    columns = t.user_task_candidates.c
    listed = (columns.user_task_id == t.user_tasks.c.id, columns.kind == kind, columns.name.in_(names))
    return sa.and_(t.user_tasks.c.candidate_group.is_(None), sa.exists().where(*listed))


# -- under the case lock ---------------------------------------------------------------------------------------------

_mine = t.user_tasks.c.id == sa.bindparam("user_task")
_LOCK_CASE = Prepared(
    sa.select(t.cases)
    .where(t.cases.c.id == sa.select(t.user_tasks.c.case_id).where(_mine).scalar_subquery())
    .with_for_update()
)
_has_inner = sa.exists().where(t.inner_scopes.c.instance_id == t.user_tasks.c.instance_id)
_NEEDED = (
    *("id", "instance_id", "process_id", "element_id", "form_id", "facts_path", "locals"),
    *("status", "assignee", "candidate_group", "completed_by", "draft"),
)
_READ_COLUMNS = (
    *(t.user_tasks.c[name] for name in _NEEDED),
    *(t.process_instances.c.revision, t.process_instances.c.state, _has_inner.label("has_inner")),
)
_with_instance = t.user_tasks.join(t.process_instances, t.process_instances.c.id == t.user_tasks.c.instance_id)
_READ = Prepared(sa.select(*_READ_COLUMNS).select_from(_with_instance).where(_mine))
_READ_ALL = Prepared(
    sa.select(*_READ_COLUMNS, *(column.label(f"case_{column.name}") for column in t.cases.columns))
    .select_from(_with_instance.join(t.cases, t.cases.c.id == t.user_tasks.c.case_id))
    .where(_mine)
)
_case_row = row_maker(t.cases.columns.keys())
_CANDIDATES = Prepared(
    sa.select(t.user_task_candidates.c.kind, t.user_task_candidates.c.name).where(
        t.user_task_candidates.c.user_task_id == sa.bindparam("user_task")
    )
)


def lock_open(unit: Unit, user_task_id: str) -> Any:
    """Lock the case of an open user task that the actor may do, and return its row as it is under the lock.

    Raises ``NotFound`` where the actor has no part in it, ``Conflict`` where it is no longer open or a colleague's.
    """
    row = lock(unit, user_task_id)
    if row.status != "open":
        raise Conflict("user task", user_task_id, row.status)
    if row.assignee not in (None, unit.actor.id) and not unit.actor.unbounded:
        raise Conflict("user task", user_task_id, f"held by {row.assignee}")
    return row


def lock(unit: Unit, user_task_id: str) -> Any:
    """Lock the case of a user task that concerns the actor; the task's row. Raises ``NotFound``."""
    check_id("user task", user_task_id)
    case, row = _read_locked(unit.connection, user_task_id)
    try:
        unit.take_case(case, user_task_id)
    except NotFound:
        raise NotFound("user task", user_task_id) from None
    if not unit.actor.unbounded and not _may(unit, row):
        raise NotFound("user task", user_task_id)
    if row.candidate_group is not None:
        unit.unlisted.add(row.id)
    is_all = row.state is not None and not row.has_inner
    unit.know_instance(row.instance_id, row.revision, {codec.ROOT: bytes(row.state)} if is_all else None)
    return row


def _read_locked(connection: sa.Connection, user_task_id: str) -> tuple[Any, Any]:
    """The rows of a user task's case, which is locked, and of the user task as it is under that lock.

    Where the transaction itself holds the whole database, one statement reads both. Elsewhere the second must begin
    after the lock was got, or it would show what stood before somebody else's commit.
    """
    if connection.dialect.name == "sqlite":
        row = _READ_ALL.first(connection, user_task=user_task_id)
        return (None, None) if row is None else (_case_row(row[len(_READ_COLUMNS) :]), row)
    case = _LOCK_CASE.first(connection, user_task=user_task_id)
    return case, case and _READ.first(connection, user_task=user_task_id)


def _may(unit: Unit, row: Any) -> bool:
    actor = unit.actor
    if actor.id in (row.assignee, row.completed_by):
        return True
    if row.status != "open":  # its candidates are gone with it
        return False
    if row.candidate_group is not None:
        return row.candidate_group in actor.groups
    candidates = {(c.kind, c.name) for c in _CANDIDATES.all(unit.connection, user_task=row.id)}
    return ("user", actor.id) in candidates or any(("group", group) in candidates for group in actor.groups)


def form_context(unit: Unit, form: forms.Form, row: Any) -> dict[str, Any]:
    """What a form is shown with: the facts under its path, its own sealed ones too, the task's locals, what is given.

    A field that a submission leaves out keeps its value from here.
    """
    known = unit.record.at(row.facts_path, with_sealed=form.has_sensitive)
    return {**known, **orjson.loads(row.locals), "case": unit.facts, "switches": unit.switches}


# -- verbs -----------------------------------------------------------------------------------------------------------


def claim(runtime: Runtime, actor: Actor, user_task_id: str) -> None:
    """Take an open task for oneself; taking it twice is no fault. Raises ``NotFound``, ``Conflict``."""
    _change(runtime, actor, user_task_id, "claim", {"assignee": actor.id}, {})


def release(runtime: Runtime, actor: Actor, user_task_id: str) -> None:
    """Give a task back to its group."""
    _change(runtime, actor, user_task_id, "release", {"assignee": None, "claimed_at": None}, {})


def reassign(runtime: Runtime, actor: Actor, user_task_id: str, to: str | None, reason: str) -> None:
    """Hand a task, also a colleague's, to ``to``, or back to the group with None. A reason is demanded."""
    if not reason.strip():
        raise InvalidInput({"reason": ["请填写转办原因"]})
    check_text("reason", reason, REASON_LENGTH)
    if to is not None:
        check_text("assignee", to)

    def body(unit: Unit) -> None:
        row = lock(unit, user_task_id)
        if row.status != "open":
            raise Conflict("user task", user_task_id, row.status)
        _write(unit, row, "reassign", {"assignee": to}, {"from": row.assignee, "to": to}, reason)

    execute(runtime, actor, body)


def save_draft(runtime: Runtime, actor: Actor, user_task_id: str, values: Mapping[str, Any]) -> None:
    """Keep what has been typed so far, sealed and unvalidated. The form's whitelist of keys holds for it too."""

    def body(unit: Unit) -> None:
        row = lock_open(unit, user_task_id)
        form = unit.release.form(row.form_id)
        context = form_context(unit, form, row)
        errors = forms.validate_draft(form, values, context, unit.feel, unit.now()).errors
        if errors:
            raise InvalidInput(errors)
        sealed = runtime.sealer.seal(dict(values), row.id)
        _write(unit, row, "draft", {"draft": sealed, "assignee": row.assignee or unit.actor.id}, {})

    execute(runtime, actor, body)


def read_draft(runtime: Runtime, actor: Actor, user_task_id: str) -> dict[str, Any] | None:
    """What ``save_draft`` kept; None where there is nothing."""

    def body(unit: Unit) -> dict[str, Any] | None:
        row = lock_open(unit, user_task_id)
        return runtime.sealer.open(bytes(row.draft), row.id) if row.draft else None

    return execute(runtime, actor, body)


def read_form(runtime: Runtime, actor: Actor, user_task_id: str) -> forms.Form:
    """The form of an open task. Raises ``NotFound``, ``Conflict``."""

    def body(unit: Unit) -> forms.Form:
        row = lock_open(unit, user_task_id)
        return unit.release.form(row.form_id)

    return execute(runtime, actor, body)


def _change(
    runtime: Runtime, actor: Actor, user_task_id: str, verb: str, values: dict[str, Any], detail: dict[str, Any]
) -> None:
    execute(runtime, actor, lambda unit: _write(unit, lock_open(unit, user_task_id), verb, values, detail))


def _write(unit: Unit, row: Any, verb: str, values: dict[str, Any], detail: dict[str, Any], note: str = "") -> None:
    if values.get("assignee"):
        values = {"claimed_at": unit.now_text, **values}
    unit.connection.execute(t.user_tasks.update().where(t.user_tasks.c.id == row.id).values(values))
    unit.finish(verb, f"{row.process_id}/{row.element_id}", {"user_task": row.id, **detail}, note)
