"""Taking the report of a death: by the window for a family, or by whoever else the pack lets report."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import db
from engine.actors import Actor
from engine.errors import InvalidInput, RuleViolation
from engine.loaded import LoadedRelease
from engine.releases import current_release, published
from tasks.reports import MESSAGE, begun_in, report_death
from web.access import current, policy
from web.access.people import Person
from web.access.policy import Policy, allow, case_visible, group, staff
from web.forming.steps import ERRORS_FOCUS
from web.placed_forms import PlacedForm
from web.services import services
from web.window.acts import fresh_key
from web.window.blueprint import blueprint
from web.window.lines import as_line, case_page

_KEY = re.compile(r"[0-9a-f]{32}")
_DEPARTMENTS = ("window.", "hospital.", "clinic.", "police.", "funeral.", "civil_affairs.", "court.")


def _reports(person: Person | None, _arguments: Mapping[str, Any]) -> bool:
    return person is not None and bool(_packs(person))


may_report = Policy("reports deaths", "staff", _reports)
"""Whom a published pack of their region lets report: not everybody of a department does."""
_reporters = tuple(group(prefix) & may_report for prefix in _DEPARTMENTS)


@blueprint.get("/report")
@allow(*_reporters)
def report() -> Response | str:
    """Which procedure; straight on where there is only one."""
    found = _packs(_reader())
    if len(found) == 1:
        return redirect(url_for("window.report_form", pack=found[0].pack), 303)
    return render_template("window/packs.html", packs=found)


@blueprint.get("/report/<pack>")
@allow(*_reporters)
def report_form(pack: str) -> str:
    """The form of the message ``death_reported``."""
    release = _find(pack)
    return _show(release, pack, fresh_key(), begun_in(release.manifest.region or ""))


@blueprint.post("/report/<pack>/<key>")
@allow(*_reporters)
def reported(pack: str, key: str) -> Response | str | tuple[str, int]:
    """Open the case; what is wrong is said at the fields, and nothing that was typed is lost."""
    if not _KEY.fullmatch(key):
        abort(404)
    release, own, person = _find(pack), services(), _reader()
    step = _form(release, pack, key).read()
    if step.intent != "submit":
        return _show(release, pack, key, step.values, step.errors, focus=step.focus)
    if step.errors:
        return _show(release, pack, key, step.values, step.errors, focus=step.focus), 422
    try:
        case_id = report_death(own.runtime, person.act(), pack, step.values, region=_region(person, release), key=key)
    except InvalidInput as refusal:
        return _show(release, pack, key, step.values, refusal.fields, focus=ERRORS_FOCUS), 422
    except RuleViolation as refusal:
        return _show(release, pack, key, step.values, {"": [refusal.message]}, focus=ERRORS_FOCUS), 422
    return _go_on(person, case_id, pack)


@blueprint.post("/report/<pack>/<key>/refresh")
@allow(*_reporters)
def refresh_report(pack: str, key: str) -> str:
    """The fields as they are with what was typed."""
    form = _form(_find(pack), pack, key)
    return form.redraw(form.read())


@blueprint.get("/cases/<case_id>/reported")
@allow(staff & case_visible)
def receipt(case_id: str) -> str:
    """What to tell the family now: the code, and what comes next."""
    line = as_line(current.person(), current.case())
    return render_template("window/reported.html", line=line, page=case_page(line.code))


def _reader() -> Person:
    person = current.person()
    assert person is not None
    return person


def _packs(person: Person) -> list[Any]:
    """The published packs whose region is the person's and whose report the person may send."""
    own = services()
    with db.reading(own.database) as connection:
        running = [(one, own.runtime.releases.get(connection, one.id)) for one in published(connection)]
    return [release for _one, release in running if _may_report(person, release)]


def _may_report(person: Person, release: LoadedRelease) -> bool:
    declared = release.manifest.messages.get(MESSAGE)
    if declared is None or declared.form is None or person.groups.isdisjoint(declared.senders):
        return False
    return person.act().covers(release.manifest.region or "") or bool(_region(person, release))


def _region(person: Person, release: LoadedRelease) -> str:
    """The person's own place where it lies in the pack's; "" leaves it to the pack."""
    place = person.region.ljust(6, "0")
    inside = Actor("", region=release.manifest.region or "").covers(place)
    return place if inside and len(person.region) in (2, 4, 6) else ""


def _find(pack: str) -> LoadedRelease:
    own = services()
    with db.reading(own.database) as connection:
        release = own.runtime.releases.get(connection, current_release(connection, pack).id)
    if not _may_report(_reader(), release):
        abort(404)
    return release


def _form(release: LoadedRelease, pack: str, key: str) -> PlacedForm:
    form = release.manifest.messages[MESSAGE].form
    assert form is not None
    where = url_for("window.reported", pack=pack, key=key)
    return PlacedForm(release.form(form), {"case": {}, "switches": release.switches}, where)


def _show(
    release: LoadedRelease, pack: str, key: str, values: Any = None, faults: Any = None, *, focus: str = ""
) -> str:
    drawn = _form(release, pack, key).draw(values, faults, focus)
    return render_template("window/report.html", form=drawn, names=release.manifest.names, pack=pack)


def _go_on(person: Person, case_id: str, pack: str) -> Response:
    with db.reading(services().database) as connection:
        row = policy.find_case(connection, {"case_id": case_id})
        seen = row is not None and policy.can_see_case(connection, person, row)
    if seen:
        return redirect(url_for("window.receipt", case_id=case_id), 303)
    code = row.code if row is not None else ""
    flash(_("已收到死亡报告，办件编号 %(code)s，请告知家属。", code=code), "success")
    return redirect(url_for("window.report_form", pack=pack), 303)
