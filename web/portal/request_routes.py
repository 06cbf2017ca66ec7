"""What a family may ask of a running case: to withdraw items, and to object to a payment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

import forms
from engine import db
from engine.errors import Conflict, InvalidInput, NotFound, RuleViolation
from engine.messages import publish_message
from web.access import current
from web.access.people import Person
from web.access.policy import allow, family_case
from web.access.turning import see_other
from web.forming import Step, Texts, handle, render, render_fields
from web.portal import packs
from web.portal.blueprint import blueprint
from web.portal.progress import ItemLine, Progress, read_progress
from web.services import services

OBJECTION = "objection_filed"
WITHDRAWAL = "withdrawal_requested"
_WITHDRAWABLE = ("filed", "supplement", "accepted")


# -- withdrawal ------------------------------------------------------------------------------------------------------


@blueprint.get("/my/cases/<case_id>/withdraw/<filing>")
@allow(family_case)
def withdraw(case_id: str, filing: str) -> str:
    """Which items, with what each can and cannot."""
    progress = _progress(filing)
    return render_template("portal/withdraw.html", progress=progress, filing=filing, chosen=[], fault="")


@blueprint.post("/my/cases/<case_id>/withdraw/<filing>")
@allow(family_case)
def withdrawn(case_id: str, filing: str) -> Response | tuple[str, int] | str:
    """First ask once more, then withdraw."""
    progress, own, person = _progress(filing), services(), _person()
    can = [line for line in progress.items if line.can_withdraw]
    wanted = request.form.getlist("items")
    chosen = [line for line in can if request.form.get("all") or line.code in wanted]
    if not chosen:
        return _show_withdraw(progress, filing, [], _("请先选择要撤回的事项。")), 422
    if not request.form.get("confirmed"):
        return _show_withdraw(progress, filing, chosen, "")
    payload = {"filing": filing, "items": [line.code for line in chosen]}
    try:
        publish_message(own.runtime, person.act(region=progress.case.region), case_id, WITHDRAWAL, payload)
    except RuleViolation as error:
        return _show_withdraw(progress, filing, [], str(error)), 422
    except (NotFound, Conflict):
        return _show_withdraw(progress, filing, [], _("这个办件已经结束，不能撤回。")), 409
    return see_other(url_for("portal.case", case_id=case_id, done="withdrawn"))


def _progress(filing: str) -> Progress:
    """404 for an application that is not the family's, or can no longer be withdrawn."""
    own, row = services(), current.case()
    release = packs.release_by_id(row.release_id)
    with db.reading(own.database) as connection:
        progress = read_progress(connection, own.runtime.sealer, release, row, current.family_id(), own.clock.now())
    if not any(one.name == filing and one.status in _WITHDRAWABLE for one in progress.filings):
        abort(404)
    return progress


def _show_withdraw(progress: Progress, filing: str, chosen: list[ItemLine], fault: str) -> str:
    return render_template("portal/withdraw.html", progress=progress, filing=filing, chosen=chosen, fault=fault)


# -- objection -------------------------------------------------------------------------------------------------------


@blueprint.get("/my/cases/<case_id>/objection")
@allow(family_case)
def objection(case_id: str) -> str:
    """The form of the message that begins the hearing."""
    return _show_objection({}, {})


@blueprint.post("/my/cases/<case_id>/objection")
@allow(family_case)
def objected(case_id: str) -> Response | tuple[str, int] | str:
    """File it; payments stop at once."""
    own, person, row = services(), _person(), current.case()
    step = _read()
    if step.intent != "submit" or step.errors:
        return _show_objection(step.values, step.errors, step.focus), 422 if step.errors else 200
    try:
        publish_message(own.runtime, person.act(region=row.region), case_id, OBJECTION, step.values)
    except InvalidInput as error:
        return _show_objection(step.values, error.fields, "#errors"), 422
    except RuleViolation as error:
        flash(str(error), "error")
        return _show_objection(step.values, {}), 422
    except (NotFound, Conflict):
        flash(_("这个办件已经结束，请向办理部门或人民法院提出。"), "error")
        return _show_objection(step.values, {}), 409
    return see_other(url_for("portal.case", case_id=case_id, done="objected"))


@blueprint.post("/my/cases/<case_id>/objection/refresh")
@allow(family_case)
def objection_refreshed(case_id: str) -> str:
    """The fields anew, for htmx."""
    own, step = services(), _read()
    form, context = _form_and_context()
    post_to = url_for("portal.objection", case_id=case_id)
    return render_fields(
        form,
        context,
        own.runtime.feel,
        step.values,
        step.errors,
        post_to=post_to,
        now=own.clock.now(),
        focus=step.focus,
    )


def _form_and_context() -> tuple[forms.Form, dict[str, Any]]:
    release = packs.release_by_id(current.case().release_id)
    declared = release.manifest.messages.get(OBJECTION)
    if declared is None or declared.form is None:
        abort(404)
    return release.form(declared.form), {"case": {}, "switches": release.switches}


def _read() -> Step:
    own = services()
    form, context = _form_and_context()
    return handle(form, request.form, None, context, own.runtime.feel, own.clock.now())


def _show_objection(values: Mapping[str, Any], errors: Mapping[str, list[str]], focus: str = "") -> str:
    own, row = services(), current.case()
    form, context = _form_and_context()
    drawn = render(
        form,
        context,
        own.runtime.feel,
        values or None,
        errors,
        post_to=url_for("portal.objection", case_id=row.id),
        csrf=generate_csrf(),
        now=own.clock.now(),
        focus=focus,
        texts=Texts(submit=_("提出异议")),
    )
    return render_template("portal/objection.html", case=row, form=drawn)


def _person() -> Person:
    person = current.person()
    assert person is not None
    return person
