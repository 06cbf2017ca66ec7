"""The family's other steps: each is one form on one page. And the door that leads to whichever page a step has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import cases, db, inbox
from engine.errors import InvalidInput, RuleViolation
from web.access import current
from web.access.policy import allow, family_case, takes_files
from web.access.turning import see_other
from web.forming import Files, Texts, sent_files
from web.forming.steps import ERRORS_FOCUS
from web.placed_forms import PlacedForm
from web.portal.blueprint import blueprint
from web.portal.onward import STEPS, after_submit
from web.portal.opened import OpenTask, open_task
from web.portal.uploads import keep_sent, own_uploads
from web.services import services
from web.store.serving import answer_file
from web.store.uploads import find_file

PAGES = {"application": "portal.application", "provide_materials": "portal.materials"}


@blueprint.get("/my/tasks/<user_task_id>")
@allow(family_case)
def task(user_task_id: str) -> Response | str:
    """The page of a step: its own where it has one, else its form."""
    opened = open_task(user_task_id)
    if opened.form.id in PAGES:
        return see_other(url_for(PAGES[opened.form.id], user_task_id=user_task_id))
    return _show(opened, opened.draft, {}, Files())


@blueprint.post("/my/tasks/<user_task_id>")
@allow(family_case)
@takes_files
def task_submitted(user_task_id: str) -> Response | tuple[str, int] | str:
    """Keep a draft, or hand the step in. A refusal leaves everything on the page."""
    opened, own = _one_page(user_task_id), services()
    files = _take_files(opened)
    step = _placed(opened, files).read(files)
    try:
        if step.intent == "draft" and not step.errors:
            inbox.save_draft(own.runtime, opened.actor, opened.id, step.values)
            flash(_("已保存，可以随时回来接着填。"), "success")
            return see_other(url_for("portal.case", case_id=opened.case.id))
        if step.intent == "submit" and not step.errors:
            cases.complete_user_task(own.runtime, opened.actor, opened.id, step.values, uploads=files.uploads)
            return after_submit(opened)
    except InvalidInput as error:
        return _show(opened, step.values, error.fields, files, ERRORS_FOCUS), 422
    except RuleViolation as error:
        if error.field in opened.form.fields:
            return _show(opened, step.values, {error.field: [error.message]}, files, ERRORS_FOCUS), 422
        flash(str(error), "error")
        return _show(opened, step.values, {}, files), 422
    status = 422 if step.errors and step.intent in ("submit", "draft") else 200
    return _show(opened, step.values, step.errors, files, step.focus), status


@blueprint.post("/my/tasks/<user_task_id>/refresh")
@allow(family_case)
@takes_files
def task_refreshed(user_task_id: str) -> str:
    """The fields anew, for htmx. Files are stored when the form is sent."""
    opened = _one_page(user_task_id)
    files = _known_files(opened, {}, {})
    form = _placed(opened, files)
    return form.redraw(form.read(files))


@blueprint.get("/my/cases/<case_id>/files/<file_id>")
@allow(family_case)
def file(case_id: str, file_id: str) -> Response:
    """A file that this very family has sent: 404 for anybody else's."""
    own, person = services(), current.person()
    with db.reading(own.database) as connection:
        row = find_file(connection, file_id, case_id)
    if person is None or row.uploaded_by != person.actor_id:
        abort(404)
    return answer_file(own, row)


# -- reading and showing ---------------------------------------------------------------------------------------------


def _one_page(user_task_id: str) -> OpenTask:
    opened = open_task(user_task_id)
    if opened.form.id in PAGES:
        abort(404)
    return opened


def _take_files(opened: OpenTask) -> Files:
    added: dict[str, list[str]] = {}
    refused: dict[str, list[str]] = {}
    for name, sent in sent_files(opened.form, request.files):
        try:
            key = keep_sent(opened, sent, name)
        except InvalidInput as error:
            refused.setdefault(name, []).extend(error.fields.get(name, [str(error)]))
        else:
            added.setdefault(name, []).append(key)
    return _known_files(opened, added, refused)


def _known_files(opened: OpenTask, added: Mapping[str, list[str]], refused: Mapping[str, list[str]]) -> Files:
    """All files that the form names now, or named in its draft."""
    pickers = [name for name, field in opened.form.fields.items() if field.kind == "filepicker"]
    names = [key for name in pickers for key in request.form.getlist(name)]
    names += [key for keys in added.values() for key in keys] + _keys(opened.draft)
    return Files(own_uploads(opened, names), added, refused)


def _keys(values: Any) -> list[str]:
    if isinstance(values, Mapping):
        return [key for value in values.values() for key in _keys(value)]
    if isinstance(values, list):
        return [key for value in values for key in ([value] if isinstance(value, str) else _keys(value))]
    return []


def _file_url(opened: OpenTask, key: str) -> str:
    return url_for("portal.file", case_id=opened.case.id, file_id=key)


def _placed(opened: OpenTask, files: Files) -> PlacedForm:
    here = url_for("portal.task", user_task_id=opened.id)
    return PlacedForm(
        opened.form,
        opened.context,
        post_to=here,
        draft_to=here,
        texts=Texts(draft=_("先保存，以后再填")),
        uploads=files.uploads,
        file_url=lambda key: _file_url(opened, key),
    )


def _show(
    opened: OpenTask, values: Mapping[str, Any], errors: Mapping[str, list[str]], files: Files, focus: str = ""
) -> str:
    known = files if files.uploads else _known_files(opened, {}, {})
    form = _placed(opened, known).draw(values, errors, focus)
    return render_template("portal/task.html", opened=opened, form=form, steps=STEPS)
