"""The page of a user task: its form beside the case's materials. Nothing that was typed is ever lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import sqlalchemy as sa
from flask import after_this_request, current_app, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

import forms
from engine import cases, db, inbox
from engine import tables as t
from engine.errors import Conflict, InvalidInput, RuleViolation
from forms import Upload
from web.access import current
from web.access.policy import allow, takes_files
from web.desk.blueprint import blueprint
from web.desk.gates import find_done, find_following, task_concerned
from web.desk.heading import read_heading
from web.desk.opened import Opened, loose_files, open_task, read_materials
from web.desk.rows import names_of
from web.desk.task_acts import _back, colleagues
from web.desk.uploading import keep_sent, uploads_of
from web.forming import Files, Step, Texts
from web.forming.model import Label
from web.forming.steps import ERRORS_FOCUS
from web.forming.values import words
from web.placed_forms import PlacedForm, read_sent
from web.services import services

_DONE, _DONE_SECONDS = "done", 60


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a submission was refused by the rules, and the requirement that says so."""

    message: str
    source: str


@blueprint.get("/desk/tasks/<user_task_id>")
@allow(task_concerned)
def user_task(user_task_id: str) -> Any:
    """The form with its draft; once the task is done, who did it."""
    if g.user_task.status != "open" or _is_anothers():
        return _show_taken(())
    opened = open_task(services().runtime, g.user_task, g.case)
    return _show(opened, opened.draft, {}, "")


@blueprint.post("/desk/tasks/<user_task_id>")
@allow(task_concerned)
@takes_files
def submit_user_task(user_task_id: str) -> Any:
    """Draft, submit, add or remove a row, as the pressed button says."""
    own = services()
    opened = open_task(own.runtime, g.user_task, g.case)
    if g.user_task.status != "open" or _is_anothers():
        return _show_taken(_typed(opened, _read(opened, {}, {})))
    added, refused = keep_sent(own, opened.form, g.case.id, current.actor().id)
    step = _read(opened, added, refused)
    if step.intent not in ("submit", "draft") or step.errors:
        return _show(opened, step.values, step.errors, step.focus)
    if step.intent == "draft":
        return _save_draft(opened, step, user_task_id)
    return _complete(opened, step, user_task_id)


@blueprint.post("/desk/tasks/<user_task_id>/refresh")
@allow(task_concerned)
@takes_files
def refresh_user_task(user_task_id: str) -> str:
    """What stands inside the form, with the conditions that now hold."""
    opened = open_task(services().runtime, g.user_task, g.case)
    step = _read(opened, {}, {})
    return _place(opened, _uploads(opened, step.values)).redraw(step)


def _read(opened: Opened, added: Mapping[str, list[str]], refused: Mapping[str, list[str]]) -> Step:
    uploads = uploads_of(services(), opened.form, g.case.id, request.form, added)
    return read_sent(opened.form, opened.context, Files(uploads, added, refused), judged=bool(refused))


def _save_draft(opened: Opened, step: Step, user_task_id: str) -> Any:
    try:
        inbox.save_draft(services().runtime, current.actor(), user_task_id, step.values)
    except Conflict:
        return _show_taken(_typed(opened, step))
    except InvalidInput as error:
        return _show(opened, step.values, error.fields, ERRORS_FOCUS)
    flash(_("草稿已保存，可随时回来继续。"), "success")
    return redirect(url_for("desk.user_task", user_task_id=user_task_id, back=_back()), 303)


def _complete(opened: Opened, step: Step, user_task_id: str) -> Any:
    own = services()
    uploads = uploads_of(own, opened.form, g.case.id, request.form, {}, step.values)
    try:
        cases.complete_user_task(own.runtime, current.actor(), user_task_id, step.values, uploads=uploads)
    except Conflict:
        return _show_taken(_typed(opened, step))
    except InvalidInput as error:
        return _show(opened, step.values, error.fields, ERRORS_FOCUS)
    except RuleViolation as error:
        if error.field in opened.form.fields:
            return _show(opened, step.values, {error.field: [error.message]}, ERRORS_FOCUS)
        return _show(opened, step.values, {}, "", Refusal(error.message, error.source))
    following = redirect(_next_page(), 303)
    following.set_cookie(_DONE, user_task_id, max_age=_DONE_SECONDS, **_cookie())
    return following


@blueprint.app_template_global("step_done")
def say_done() -> Markup:
    """Once: that a step is done, and the way to the next, as whoever sits before the clerk waits for all of them in a
    row. The next is looked for when it is shown: what the case does by itself after the step is there by then.

    The cookie only names the step: that it was this person's is asked of the database.
    """
    named, person = request.cookies.get(_DONE), current.person()
    if not named or person is None:
        return Markup("")
    after_this_request(_forget_done)
    with db.reading(services().database) as connection:
        done = find_done(connection, person, named)
        following = find_following(connection, person, done.case_id, done.ended_at) if done else None
    if done is None:
        return Markup("")
    said = escape(_("“%(name)s”已提交。", name=done.name))
    if following is None:
        return said
    back = request.full_path.rstrip("?") if request.endpoint != "desk.case" else None
    url = url_for("desk.user_task", user_task_id=following.id, back=back)
    return said + Markup(' <a href="{}">{}</a>').format(url, _("接着办：%(name)s", name=following.name))


def _forget_done(response: Response) -> Response:
    response.delete_cookie(_DONE, **_cookie())
    return response


def _cookie() -> dict[str, Any]:
    return {"secure": bool(current_app.config["SESSION_COOKIE_SECURE"]), "httponly": True, "samesite": "Lax"}


def _next_page() -> str:
    """The list that the clerk came from; else the case."""
    return _back() if request.values.get("back") else url_for("desk.case", code=g.case.code)


# -- drawing ---------------------------------------------------------------------------------------------------------


def _uploads(opened: Opened, values: object) -> Mapping[str, Upload]:
    return uploads_of(services(), opened.form, g.case.id, request.form, {}, values)


def _place(opened: Opened, uploads: Mapping[str, Upload]) -> PlacedForm:
    here = url_for("desk.user_task", user_task_id=g.user_task.id, back=_back())
    return PlacedForm(
        opened.form,
        opened.context,
        post_to=here,
        draft_to=here,
        texts=Texts(sources=opened.sources(_("案卷已有"))),
        uploads=uploads,
        file_url=lambda key: url_for("desk.file", code=g.case.code, file_id=key),
    )


def _show(
    opened: Opened,
    values: object,
    errors: Mapping[str, Sequence[str]],
    focus: str,
    refusal: Refusal | None = None,
) -> Response:
    own, person = services(), current.person()
    assert person is not None
    back, form = _back(), _place(opened, _uploads(opened, values)).draw(values, errors, focus)
    with db.reading(own.database) as connection:
        heading = read_heading(connection, own, person, g.case, opened.sealed, g.user_task)
        materials, loose = read_materials(connection, g.case.id), loose_files(connection, g.case.id)
        others = [row for row in colleagues(connection, g.user_task, g.case) if row.login != person.login]
    shown = render_template(
        "desk/task.html",
        heading=heading,
        user_task=g.user_task,
        form=form,
        refusal=refusal,
        materials=materials,
        loose=loose,
        colleagues=others,
        manifest=opened.release.manifest,
        back=back,
    )
    return make_response(shown, HTTPStatus.UNPROCESSABLE_ENTITY if errors or refusal else HTTPStatus.OK)


# -- somebody was faster ---------------------------------------------------------------------------------------------


def _is_anothers() -> bool:
    return g.user_task.assignee not in (None, current.actor().id)


def _typed(opened: Opened, step: Step) -> list[tuple[str, str]]:
    """What was typed, field by field and in words, to be copied: the task is no longer one's own, the words are."""
    own = services()
    shown = forms.show(opened.form, opened.context, own.runtime.feel, step.values, own.clock.now())
    return [
        (Label.read(label).text, words(one.component, one.value, one.options))
        for one in shown
        if one.component.is_input and one.is_editable and one.component.kind != "filepicker"
        if one.value not in (None, "", [], False) and (label := one.component.label or one.key)
    ]


def _show_taken(typed: Sequence[tuple[str, str]]) -> Response:
    """Whose the task is, or who did it and when; and what was typed meanwhile."""
    own, person = services(), current.person()
    assert person is not None
    with db.reading(own.database) as connection:
        row = connection.execute(sa.select(t.user_tasks).where(t.user_tasks.c.id == g.user_task.id)).one()
        names = names_of(connection, [row.assignee, row.completed_by])
        sealed = own.runtime.sealer.open(bytes(g.case.sealed), g.case.id) if g.case.sealed else {}
        heading = read_heading(connection, own, person, g.case, sealed, row)
        may_take = row.status == "open" and any(
            one.login == person.login for one in colleagues(connection, row, g.case)
        )
    shown = render_template(
        "desk/taken.html",
        heading=heading,
        user_task=row,
        owner=names.get(row.assignee, row.assignee) if row.assignee else "",
        done_by=names.get(row.completed_by, row.completed_by) if row.completed_by else "",
        typed=typed,
        may_take=may_take,
        back=_back(),
    )
    return make_response(shown, HTTPStatus.CONFLICT if request.method == "POST" else HTTPStatus.OK)
