"""The application as a hub of one-topic pages: each is saved as it is left, and all are handed in at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from engine import cases, inbox
from engine.errors import InvalidInput, RuleViolation
from engine.facts import merged
from web.access.policy import allow, family_case
from web.access.turning import see_other
from web.forming import Step, Texts
from web.forming.steps import ERRORS_FOCUS
from web.placed_forms import PlacedForm
from web.portal import summary
from web.portal.blueprint import blueprint
from web.portal.onward import after_submit
from web.portal.opened import OpenTask, items_on_case, open_task
from web.portal.parties import told_by_account
from web.portal.topics import ITEMS, Division, Standing, Topic, add_required, divide, lay, own_values, stand
from web.services import services

FORM = "application"


@dataclass(frozen=True)
class Application:
    """An open application: its task, its pages and how far each is."""

    task: OpenTask
    division: Division
    standings: list[Standing]

    @property
    def is_complete(self) -> bool:
        return not any(standing.errors for standing in self.standings)

    def find(self, place: int) -> Standing:
        found = next((one for one in self.standings if one.topic.place == place), None)
        if found is None or found.tag == "barred":
            abort(404)
        return found

    def next_place(self, place: int) -> int | None:
        """The page to go to after this one: the next that is not done."""
        later = [one.topic.place for one in self.standings if one.topic.place > place and one.tag in ("todo", "doing")]
        return later[0] if later else None


def open_application(user_task_id: str) -> Application:
    """404 for a task that is no application, or not the family's."""
    task = open_task(user_task_id)
    if task.form.id != FORM:
        abort(404)
    return _divided(task, task.draft)


def _divided(task: OpenTask, draft: Mapping[str, Any]) -> Application:
    own = services()
    division = divide(task.release, FORM)
    standings = stand(division, task.context, draft, own.runtime.feel, own.clock.now())
    return Application(task, division, standings)


@blueprint.get("/my/tasks/<user_task_id>/application")
@allow(family_case)
def application(user_task_id: str) -> str:
    """The hub: every page with its tag."""
    opened = open_application(user_task_id)
    done = sum(standing.tag == "done" for standing in opened.standings)
    return render_template("portal/application.html", opened=opened, done=done)


@blueprint.get("/my/tasks/<user_task_id>/topics/<int:place>")
@allow(family_case)
def topic(user_task_id: str, place: int) -> str:
    """One page."""
    opened = open_application(user_task_id)
    standing = opened.find(place)
    values = own_values(standing.topic.form, opened.task.draft) or _known(opened.task, standing.topic)
    return _show_topic(opened, standing.topic, values, standing.errors if standing.tag == "doing" else {})


@blueprint.post("/my/tasks/<user_task_id>/topics/<int:place>")
@allow(family_case)
def topic_saved(user_task_id: str, place: int) -> Response | tuple[str, int] | str:
    """Keep what was typed, complete or not; on to the next page where it is complete."""
    opened = open_application(user_task_id)
    page = opened.find(place).topic
    step = _read_topic(opened, page)
    if step.intent not in ("submit", "draft"):
        return _show_topic(opened, page, step.values, step.errors, step.focus)
    task = opened.task
    try:
        inbox.save_draft(services().runtime, task.actor, task.id, lay(task.draft, page.form, step.values))
    except InvalidInput as error:
        return _show_topic(opened, page, step.values, {**error.fields, **step.errors}, ERRORS_FOCUS), 422
    if step.intent == "submit" and step.errors:
        return _show_topic(opened, page, step.values, step.errors, step.focus), 422
    if step.intent == "draft":
        flash(_("已保存，可以随时回来接着填。"), "success")
        return see_other(url_for("portal.application", user_task_id=task.id))
    onward = open_application(user_task_id).next_place(place)
    if onward is None:
        return see_other(url_for("portal.application", user_task_id=task.id))
    return see_other(url_for("portal.topic", user_task_id=task.id, place=onward))


@blueprint.post("/my/tasks/<user_task_id>/topics/<int:place>/refresh")
@allow(family_case)
def topic_refreshed(user_task_id: str, place: int) -> str:
    """The fields anew, for htmx."""
    opened = open_application(user_task_id)
    page = opened.find(place).topic
    return _topic_form(opened, page).redraw(_read_topic(opened, page, tick=False))


@blueprint.post("/my/tasks/<user_task_id>/suggested")
@allow(family_case)
def suggested(user_task_id: str) -> Response:
    """Put the items that the four questions came to into the application."""
    opened = open_application(user_task_id)
    task = opened.task
    known = task.release.manifest.offered
    chosen = [code for code in request.form.getlist(ITEMS) if code in known]
    _tick(task, chosen)
    inbox.save_draft(services().runtime, task.actor, task.id, {**task.draft, ITEMS: chosen})
    flash(_("已按您的回答勾选，请核对。"), "success")
    page = next((one.topic.place for one in opened.standings if one.topic.is_choice), None)
    if page is None:
        return see_other(url_for("portal.application", user_task_id=task.id))
    return see_other(url_for("portal.topic", user_task_id=task.id, place=page))


# -- handing in ------------------------------------------------------------------------------------------------------


@blueprint.get("/my/tasks/<user_task_id>/check")
@allow(family_case)
def check(user_task_id: str) -> Response | str:
    """All answers with a link to change each, and the declaration."""
    opened = open_application(user_task_id)
    if not opened.is_complete:
        flash(_("还有没填完的部分，请先填完。"), "warning")
        return see_other(url_for("portal.application", user_task_id=user_task_id))
    return _show_check(opened, {}, {})


@blueprint.post("/my/tasks/<user_task_id>/check")
@allow(family_case)
def handed_in(user_task_id: str) -> Response | tuple[str, int] | str:
    """Hand the application in; what the engine refuses is said here, with nothing lost."""
    opened, own = open_application(user_task_id), services()
    task, step = opened.task, _closing_form(opened).read()
    if step.intent != "submit" or step.errors:
        return _show_check(opened, step.values, step.errors), 422 if step.errors else 200
    try:
        values = lay(task.draft, opened.division.closing, step.values)
        cases.complete_user_task(own.runtime, task.actor, task.id, values)
    except InvalidInput as error:
        _explain(opened, error.fields)
        return see_other(url_for("portal.application", user_task_id=task.id))
    except RuleViolation as error:
        at_field = _find_field(opened, error.field)
        if at_field is not None:
            errors = {error.field: [error.message]}
            return _show_topic(opened, at_field, own_values(at_field.form, task.draft), errors, ERRORS_FOCUS), 422
        flash(str(error), "error")
        return _show_check(opened, step.values, {}), 422
    return after_submit(task)


@blueprint.post("/my/tasks/<user_task_id>/check/refresh")
@allow(family_case)
def check_refreshed(user_task_id: str) -> str:
    """The declaration anew, for htmx."""
    form = _closing_form(open_application(user_task_id))
    return form.redraw(form.read())


def _closing_form(opened: Application) -> PlacedForm:
    here, words = url_for("portal.check", user_task_id=opened.task.id), Texts(submit=_("确认无误，提交申请"))
    return PlacedForm(opened.division.closing, _scope(opened.task), here, texts=words)


def _show_check(opened: Application, values: Mapping[str, Any], errors: Mapping[str, list[str]]) -> str:
    own, task = services(), opened.task
    form = _closing_form(opened).draw(values, errors, ERRORS_FOCUS)
    shown = [
        (standing.topic, summary.answers(standing.topic.form, _scope(task), task.draft, own.runtime.feel))
        for standing in opened.standings
    ]
    return render_template("portal/check.html", opened=opened, shown=shown, form=form)


def _find_field(opened: Application, field: str) -> Topic | None:
    """The page on which a field stands that the domain refuses."""
    return next((one.topic for one in opened.standings if field in one.topic.form.fields), None)


def _explain(opened: Application, fields: Mapping[str, list[str]]) -> None:
    flash(_("有几处需要修改，改好后再提交。"), "error")
    known = {name for standing in opened.standings for name in standing.topic.form.fields}
    for name, sentences in fields.items():
        if name not in known:
            flash("；".join(sentences), "error")


# -- one page --------------------------------------------------------------------------------------------------------


def _read_topic(opened: Application, page: Topic, *, tick: bool = True) -> Step:
    """What was sent. Items that a chosen one stands on are ticked as well, and the family is told why."""
    sent = MultiDict(request.form.items(multi=True))
    if page.is_choice and tick:
        chosen = sent.getlist(ITEMS)
        _tick(opened.task, chosen)
        sent.setlist(ITEMS, chosen)
    return _topic_form(opened, page).read(sent=sent)


def _topic_form(opened: Application, page: Topic) -> PlacedForm:
    task = opened.task
    here = url_for("portal.topic", user_task_id=task.id, place=page.place)
    words = Texts(submit=_("保存并继续"), draft=_("先保存，以后再填"))
    return PlacedForm(page.form, _scope(task, page), here, here, words)


def _tick(task: OpenTask, chosen: list[str]) -> None:
    known = task.release.manifest.offered
    requires = {code: tuple(one for one in item.requires if one in known) for code, item in known.items()}
    for required, code in add_required(chosen, requires):
        names = {"required": known[required].plain, "name": known[code].plain}
        flash(_("“%(name)s”要先“%(required)s”才能办，已替您勾选“%(required)s”。", **names), "success")


def _known(task: OpenTask, page: Topic) -> dict[str, Any]:
    """What need not be asked of somebody who has signed in by telephone."""
    is_asked = "applicant.phone" in page.form.fields
    return told_by_account(task.case.id, task.release.manifest) if is_asked else {}


def _scope(task: OpenTask, page: Topic | None = None) -> dict[str, Any]:
    """What the page is shown with: all that is known, and the other pages' answers."""
    return merged(task.context, lay(task.draft, page.form, {}) if page else task.draft)


def _show_topic(
    opened: Application, page: Topic, values: Mapping[str, Any], errors: Mapping[str, list[str]], focus: str = ""
) -> str:
    form = _topic_form(opened, page).draw(values, errors, focus)
    there = items_on_case(opened.task) if page.is_choice else []
    return render_template("portal/topic.html", opened=opened, topic=page, form=form, there=there)
