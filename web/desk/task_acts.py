"""Taking tasks, giving them back, handing them on; several at once; and reminding those who should act."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import flash, g, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import db, inbox
from engine import tables as t
from engine.errors import Conflict, InvalidInput, NotFound
from engine.execution import execute
from engine.unit import Unit
from tasks.notices import queue_notice
from web.access import current
from web.access.people import Person
from web.access.policy import allow, staff
from web.access.returning import is_inside
from web.access.visibility import visible_cases
from web.desk.blueprint import blueprint
from web.desk.gates import task_concerned
from web.desk.rows import names_of
from web.services import services

_MOST_AT_ONCE = 50


@blueprint.post("/desk/tasks/<user_task_id>/claim")
@allow(task_concerned)
def claim(user_task_id: str) -> Response:
    """Take a task and open it. A colleague who was faster is named."""
    back = _back()
    try:
        inbox.claim(services().runtime, current.actor(), user_task_id)
    except Conflict:
        flash(_tell_owner(user_task_id), "warning")
        return redirect(back, 303)
    return redirect(url_for("desk.user_task", user_task_id=user_task_id, back=back), 303)


@blueprint.post("/desk/tasks/<user_task_id>/release")
@allow(task_concerned)
def release(user_task_id: str) -> Response:
    """Give a task back to its group."""
    try:
        inbox.release(services().runtime, current.actor(), user_task_id)
    except Conflict:
        flash(_tell_owner(user_task_id), "warning")
    else:
        flash(_("已退回，同岗位的同事可以领取。"), "success")
    return redirect(_back(), 303)


@blueprint.post("/desk/tasks/<user_task_id>/reassign")
@allow(task_concerned)
def reassign(user_task_id: str) -> Response:
    """Hand a task to a colleague of its group, or take it from one; why is asked for and stands in the audit."""
    own, actor, to = services(), current.actor(), request.form.get("to", "")
    reason, back = request.form.get("reason", ""), _back()
    with db.reading(own.database) as connection:
        allowed = {row.login for row in colleagues(connection, g.user_task, g.case)}
    if to not in allowed:
        flash(_("请选择同岗位的同事。"), "error")
        return redirect(url_for("desk.user_task", user_task_id=user_task_id, back=back), 303)
    try:
        inbox.reassign(own.runtime, actor, user_task_id, to, reason)
    except InvalidInput as error:
        flash("；".join(sentence for found in error.fields.values() for sentence in found), "error")
        return redirect(url_for("desk.user_task", user_task_id=user_task_id, back=back), 303)
    except Conflict:
        flash(_tell_owner(user_task_id), "warning")
        return redirect(back, 303)
    if to == actor.id:
        return redirect(url_for("desk.user_task", user_task_id=user_task_id, back=back), 303)
    flash(_("已转交。"), "success")
    return redirect(back, 303)


def colleagues(connection: sa.Connection, user_task: Any, case: Any) -> list[Any]:
    """Who may do an open task: active accounts of its groups whose region covers the case."""
    listed, users, groups = t.user_task_candidates, t.users, t.user_groups
    among = sa.select(listed.c.name).where(listed.c.user_task_id == user_task.id, listed.c.kind == "group")
    able = groups.c.name == user_task.candidate_group if user_task.candidate_group else groups.c.name.in_(among)
    query = (
        sa.select(users.c.login, users.c.name, users.c.region)
        .join(groups, groups.c.user_id == users.c.id)
        .where(able, users.c.active)
        .distinct()
        .order_by(users.c.name, users.c.login)
    )
    rows = connection.execute(query).all()
    return [
        row for row in rows if Person("staff", "", row.name, row.login, region=row.region).act().covers(case.region)
    ]


# -- several at once -------------------------------------------------------------------------------------------------


@blueprint.post("/desk/bulk/claim")
@allow(staff)
def claim_several() -> Response:
    """Take the ticked tasks, each for itself: one that a colleague has taken does not keep the others back."""
    runtime, actor, taken, late = services().runtime, current.actor(), 0, 0
    for user_task_id in _ticked("task"):
        try:
            inbox.claim(runtime, actor, user_task_id)
            taken += 1
        except (Conflict, NotFound):
            late += 1
    if taken:
        flash(_("已领取%(num)s项任务。", num=taken), "success")
    if late:
        flash(_("%(num)s项没有领到：已被同事领取或已办结。", num=late), "warning")
    if not taken and not late:
        flash(_("请先勾选要领取的任务。"), "error")
    return redirect(_back(), 303)


@blueprint.post("/desk/bulk/remind")
@allow(staff)
def remind_several() -> Response:
    """Tell the supervisors of the ticked cases that they should move on; it stands in each case's timeline."""
    own, person = services(), current.person()
    assert person is not None
    reminded = 0
    for case_id in _visible(person, _ticked("case")):
        _remind(own.runtime, person, case_id)
        reminded += 1
    if reminded:
        flash(_("已就%(num)s个办件发出催办。", num=reminded), "success")
    else:
        flash(_("请先勾选要催办的办件。"), "error")
    return redirect(_back(), 303)


def _remind(runtime: Any, person: Person, case_id: str) -> None:
    def body(unit: Unit) -> None:
        unit.lock(case_id)
        if unit.case.status == "open":
            queue_notice(unit, case_id, "reminder_clerk", "supervisor", values={"kind_name": "经办人催办"})
            unit.finish("remind", "case", {})

    execute(runtime, person.act(), body)


def _visible(person: Person, case_ids: list[str]) -> list[str]:
    query = sa.select(t.cases.c.id).where(t.cases.c.id.in_(case_ids), visible_cases(person)).order_by(t.cases.c.id)
    with db.reading(services().database) as connection:
        return list(connection.execute(query).scalars())


def _ticked(kind: str) -> list[str]:
    """Ids of tasks, or of cases, among the ticked rows (``<case>:<task>``)."""
    pairs = [value.partition(":") for value in request.form.getlist("row")[:_MOST_AT_ONCE]]
    ids = [task if kind == "task" else case for case, _colon, task in pairs]
    return list(dict.fromkeys(one for one in ids if len(one) == 32 and one.isalnum() and one.isascii()))


# -- words -----------------------------------------------------------------------------------------------------------


def _back() -> str:
    """Where the list was, with its filter; never a page elsewhere."""
    path = request.values.get("back", "")
    return path if is_inside(path) else url_for("desk.home")


def _tell_owner(user_task_id: str) -> str:
    """Whose a task is by now, or that it is done."""
    c = t.user_tasks.c
    with db.reading(services().database) as connection:
        row = connection.execute(sa.select(c.status, c.assignee, c.completed_by).where(c.id == user_task_id)).one()
        names = names_of(connection, [row.assignee, row.completed_by])
    if row.status == "open":
        return str(_("该任务由%(name)s持有。", name=names.get(row.assignee, row.assignee or "")))
    if row.completed_by:
        return str(_("该任务已由%(name)s办结。", name=names.get(row.completed_by, row.completed_by)))
    return str(_("该任务已不需要办理。"))
