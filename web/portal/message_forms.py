"""The form of a message that a family sends to its own case: shown, and published when it is whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import abort, flash

import forms
from engine.errors import Conflict, InvalidInput, NotFound, RuleViolation
from engine.messages import publish_message
from web.access import current
from web.forming import Step, Texts
from web.forming.steps import ERRORS_FOCUS
from web.placed_forms import PlacedForm
from web.portal import packs
from web.services import services


def place(message: str, post_to: str, submit: str, *, known: str = "") -> PlacedForm:
    """The message's form, but for the field ``known`` that the page fills in. 404 where the pack asks no such thing."""
    release = packs.release_by_id(current.case().release_id)
    declared = release.manifest.messages.get(message)
    if declared is None or declared.form is None:
        abort(404)
    form = release.form(declared.form)
    if known:
        asked = [one.attributes for one in form.root.children if one.kind != "text" and one.local != (known,)]
        form = forms.read_form({**form.root.attributes, "components": asked}, form.name)
    return PlacedForm(form, {"case": {}, "switches": release.switches}, post_to, texts=Texts(submit=submit))


def send(
    placed: PlacedForm, message: str, ended: str, *, known: Mapping[str, object] | None = None
) -> tuple[Step, int] | None:
    """Publish what was filled in, with what is ``known``. Else what to show again, and with which status.

    ``ended`` is said where the case takes the message no more.
    """
    own, person, row, step = services(), current.person(), current.case(), placed.read()
    assert person is not None
    if step.intent != "submit" or step.errors:
        return step, 422 if step.errors else 200
    payload = {**step.values, **(known or {})}
    try:
        publish_message(own.runtime, person.act(region=row.region), row.id, message, payload)
    except InvalidInput as error:
        return replace(step, errors=error.fields, focus=ERRORS_FOCUS), 422
    except RuleViolation as error:
        flash(str(error), "error")
        return step, 422
    except (NotFound, Conflict):
        flash(ended, "error")
        return step, 409
    return None
