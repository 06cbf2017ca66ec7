"""What a family may ask of a running case: to withdraw items, and to object to a payment."""

from __future__ import annotations

from flask import abort, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import db
from engine.errors import Conflict, NotFound, RuleViolation
from engine.messages import publish_message
from web.access import current
from web.access.policy import allow, family_case
from web.access.turning import see_other
from web.placed_forms import PlacedForm
from web.portal import message_forms, packs, parties
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
    progress, own, person = _progress(filing), services(), current.person()
    assert person is not None
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
    """The form of the message that begins the hearing; the family's own telephone stands in it already."""
    form = _objection(case_id).draw({"phone": parties.own_phone()})
    return render_template("portal/objection.html", case=current.case(), form=form)


@blueprint.post("/my/cases/<case_id>/objection")
@allow(family_case)
def objected(case_id: str) -> Response | tuple[str, int]:
    """File it; payments stop at once."""
    form, ended = _objection(case_id), _("这个办件已经结束，请向办理部门或人民法院提出。")
    again = message_forms.send(form, OBJECTION, ended)
    if again is None:
        return see_other(url_for("portal.case", case_id=case_id, done="objected"))
    step, status = again
    drawn = form.draw(step.values, step.errors, step.focus)
    return render_template("portal/objection.html", case=current.case(), form=drawn), status


@blueprint.post("/my/cases/<case_id>/objection/refresh")
@allow(family_case)
def objection_refreshed(case_id: str) -> str:
    """The fields anew, for htmx."""
    form = _objection(case_id)
    return form.redraw(form.read())


def _objection(case_id: str) -> PlacedForm:
    return message_forms.place(OBJECTION, url_for("portal.objection", case_id=case_id), _("提出异议"))
