"""发起: everything that staff may tell a case, one page for all messages of all packs."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from engine import db
from engine.errors import InvalidInput, RuleViolation
from engine.loaded import LoadedRelease
from engine.messages import publish_message
from web.access import current
from web.access.people import Person
from web.access.policy import allow, case_visible, staff
from web.placed_forms import PlacedForm
from web.services import services
from web.window.blueprint import blueprint
from web.window.lines import as_line, case_page
from web.window.sending import Act, Field, context_of, fields_of, list_acts, read_payload

_KEY = re.compile(r"[0-9a-f]{32}")
Faults = Mapping[str, Sequence[str]]


@blueprint.get("/cases/<case_id>/acts")
@allow(staff & case_visible)
def acts(case_id: str) -> str:
    """What can be told to this case now."""
    person, case, _release, found = _prepare()
    return render_template("window/acts.html", line=as_line(person, case), acts=found, back=case_page(case.code))


@blueprint.get("/cases/<case_id>/acts/<name>")
@allow(staff & case_visible)
def act(case_id: str, name: str) -> str:
    """The fields of one message."""
    person, case, release, found = _prepare()
    return show_act(person, case, release, pick(found, name), _post_to(case_id, name))


@blueprint.post("/cases/<case_id>/acts/<name>/<key>")
@allow(staff & case_visible)
def send_act(case_id: str, name: str, key: str) -> Response | str | tuple[str, int]:
    """Send it; what is wrong is said at the fields."""
    person, case, release, found = _prepare()
    chosen = pick(found, name)
    done = case_page(case.code) or url_for("window.acts", case_id=case_id)
    return receive_act(person, case, release, chosen, key, _post_to(case_id, name, key), done)


@blueprint.post("/cases/<case_id>/acts/<name>/<key>/refresh")
@allow(staff & case_visible)
def refresh_act(case_id: str, name: str, key: str) -> str:
    """The fields of a message's form as they are with what was typed."""
    _person, case, release, found = _prepare()
    declared = pick(found, name).declared
    if declared.form is None:
        abort(404)
    form = PlacedForm(release.form(declared.form), context_of(release, case), _post_to(case_id, name, key))
    return form.redraw(form.read())


def pick(found: Sequence[Act], name: str) -> Act:
    """The act of that name. 404 where it is not there to be sent."""
    chosen = next((one for one in found if one.name == name), None)
    if chosen is None:
        abort(404)
    return chosen


def show_act(
    person: Person,
    case: Any,
    release: LoadedRelease,
    chosen: Act,
    post_to: str,
    *,
    values: Any = None,
    faults: Faults | None = None,
    trouble: str = "",
    focus: str = "",
    back: str = "",
) -> str:
    """The page of one message: its own form, or a field for each variable."""
    own, drawn = services(), Markup()
    fields: list[Field] = []
    if chosen.declared.form is not None:
        form = PlacedForm(release.form(chosen.declared.form), context_of(release, case), post_to)
        drawn = form.draw(values, faults, focus)
    else:
        with db.reading(own.database) as connection:
            fields = fields_of(connection, release, person, case, chosen.declared)
    return render_template(
        "window/act.html",
        line=as_line(person, case),
        act=chosen,
        form=drawn,
        fields=fields,
        values=values or {},
        faults=faults or {},
        trouble=trouble,
        post_to=post_to,
        page=case_page(case.code),
        back=back or url_for("window.acts", case_id=case.id),
    )


def receive_act(
    person: Person, case: Any, release: LoadedRelease, chosen: Act, key: str, post_to: str, done: str, back: str = ""
) -> Response | str | tuple[str, int]:
    """Read what was filled in and publish it; the page again where something is wrong."""
    if not _KEY.fullmatch(key):
        abort(404)
    own, declared = services(), chosen.declared
    focus, intent = "", "submit"
    faults: Faults
    if declared.form is not None:
        step = PlacedForm(release.form(declared.form), context_of(release, case), post_to).read()
        payload, faults, focus, intent = step.values, step.errors, step.focus, step.intent
    else:
        with db.reading(own.database) as connection:
            fields = fields_of(connection, release, person, case, declared)
        payload, faults = read_payload(fields, request.form)
    trouble = ""
    if intent == "submit" and not faults:
        try:
            publish_message(own.runtime, person.act(), case.id, chosen.name, payload, key=key)
        except RuleViolation as refusal:
            trouble = refusal.message
        except InvalidInput as refusal:
            faults = refusal.fields
        else:
            flash(_("已发起：%(title)s。", title=chosen.title), "success")
            return redirect(done, 303)
    page = show_act(
        person, case, release, chosen, post_to, values=payload, faults=faults, trouble=trouble, focus=focus, back=back
    )
    return (page, 422) if faults or trouble else page


def fresh_key() -> str:
    """Names one sending, so that a form sent twice is one act."""
    return secrets.token_hex(16)


def _post_to(case_id: str, name: str, key: str = "") -> str:
    return url_for("window.send_act", case_id=case_id, name=name, key=key or fresh_key())


def _prepare() -> tuple[Person, Any, LoadedRelease, list[Act]]:
    person, case, own = current.person(), current.case(), services()
    assert person is not None
    with db.reading(own.database) as connection:
        release = own.runtime.releases.get(connection, case.release_id)
        return person, case, release, list_acts(connection, release, person, case)
