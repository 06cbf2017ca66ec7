"""How the results come to the family: chosen or changed after the application, until they are on their way."""

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
from web.access.policy import allow, family_case
from web.access.turning import see_other
from web.forming import Step, Texts, handle, render, render_fields
from web.portal import packs
from web.portal.blueprint import blueprint
from web.portal.progress import read_progress
from web.services import services

MESSAGE = "delivery_asked"
FILING = "filing"  # the field that the page knows already


@blueprint.get("/my/cases/<case_id>/delivery/<filing>")
@allow(family_case)
def delivery(case_id: str, filing: str) -> str:
    """The form of the message, with what is chosen now."""
    return _show(filing, {"mode": _chosen(filing)}, {})


@blueprint.post("/my/cases/<case_id>/delivery/<filing>")
@allow(family_case)
def delivery_chosen(case_id: str, filing: str) -> Response | tuple[str, int] | str:
    """Take the choice over, or say why it is too late."""
    own, person, row = services(), current.person(), current.case()
    assert person is not None
    _chosen(filing)
    step = _read()
    if step.intent != "submit" or step.errors:
        return _show(filing, step.values, step.errors, step.focus), 422 if step.errors else 200
    try:
        publish_message(own.runtime, person.act(region=row.region), case_id, MESSAGE, {**step.values, FILING: filing})
    except InvalidInput as error:
        return _show(filing, step.values, error.fields, "#errors"), 422
    except RuleViolation as error:
        flash(str(error), "error")
        return _show(filing, step.values, {}), 422
    except (NotFound, Conflict):
        flash(_("这个办件已经结束，不能再改送达方式。"), "error")
        return _show(filing, step.values, {}), 409
    return see_other(url_for("portal.case", case_id=case_id, done="delivery"))


@blueprint.post("/my/cases/<case_id>/delivery/<filing>/refresh")
@allow(family_case)
def delivery_refreshed(case_id: str, filing: str) -> str:
    """The fields anew, for htmx."""
    own, step = services(), _read()
    form, context = _form_and_context()
    post_to = url_for("portal.delivery", case_id=case_id, filing=filing)
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


def _chosen(filing: str) -> str:
    """What the family chose last. 404 for an application that is not its own, or whose results are on their way."""
    own, row = services(), current.case()
    release = packs.release_by_id(row.release_id)
    with db.reading(own.database) as connection:
        progress = read_progress(connection, own.runtime.sealer, release, row, current.family_id(), own.clock.now())
    found = next((one for one in progress.filings if one.name == filing and one.can_choose), None)
    if found is None:
        abort(404)
    return found.delivery


def _form_and_context() -> tuple[forms.Form, dict[str, Any]]:
    """The message's form but for whose results they are, which is known. 404 where the pack has no such message."""
    release = packs.release_by_id(current.case().release_id)
    declared = release.manifest.messages.get(MESSAGE)
    if declared is None or declared.form is None:
        abort(404)
    whole = release.form(declared.form)
    asked = [one.attributes for one in whole.root.children if one.kind != "text" and one.local != (FILING,)]
    form = forms.read_form({**whole.root.attributes, "components": asked}, whole.name)
    return form, {"case": {}, "switches": release.switches}


def _read() -> Step:
    own = services()
    form, context = _form_and_context()
    return handle(form, request.form, None, context, own.runtime.feel, own.clock.now())


def _show(filing: str, values: Mapping[str, Any], errors: Mapping[str, list[str]], focus: str = "") -> str:
    own, row = services(), current.case()
    form, context = _form_and_context()
    drawn = render(
        form,
        context,
        own.runtime.feel,
        values or None,
        errors,
        post_to=url_for("portal.delivery", case_id=row.id, filing=filing),
        csrf=generate_csrf(),
        now=own.clock.now(),
        focus=focus,
        texts=Texts(submit=_("保存")),
    )
    return render_template("portal/delivery.html", case=row, form=drawn)
