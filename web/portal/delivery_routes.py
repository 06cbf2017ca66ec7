"""How the results come to the family: chosen or changed after the application, until they are on their way."""

from __future__ import annotations

from flask import abort, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import db
from web.access import current
from web.access.policy import allow, family_case
from web.access.turning import see_other
from web.placed_forms import PlacedForm
from web.portal import message_forms, packs
from web.portal.blueprint import blueprint
from web.portal.progress import read_progress
from web.services import services

MESSAGE = "delivery_asked"
FILING = "filing"  # the field that the page knows already


@blueprint.get("/my/cases/<case_id>/delivery/<filing>")
@allow(family_case)
def delivery(case_id: str, filing: str) -> str:
    """The form of the message, with what is chosen now."""
    chosen, form = _chosen(filing), _form(case_id, filing)
    return render_template("portal/delivery.html", case=current.case(), form=form.draw({"mode": chosen}))


@blueprint.post("/my/cases/<case_id>/delivery/<filing>")
@allow(family_case)
def delivery_chosen(case_id: str, filing: str) -> Response | tuple[str, int]:
    """Take the choice over, or say why it is too late."""
    _chosen(filing)
    form, ended = _form(case_id, filing), _("这个办件已经结束，不能再改送达方式。")
    again = message_forms.send(form, MESSAGE, ended, known={FILING: filing})
    if again is None:
        return see_other(url_for("portal.case", case_id=case_id, done="delivery"))
    step, status = again
    drawn = form.draw(step.values, step.errors, step.focus)
    return render_template("portal/delivery.html", case=current.case(), form=drawn), status


@blueprint.post("/my/cases/<case_id>/delivery/<filing>/refresh")
@allow(family_case)
def delivery_refreshed(case_id: str, filing: str) -> str:
    """The fields anew, for htmx."""
    form = _form(case_id, filing)
    return form.redraw(form.read())


def _form(case_id: str, filing: str) -> PlacedForm:
    post_to = url_for("portal.delivery", case_id=case_id, filing=filing)
    return message_forms.place(MESSAGE, post_to, _("保存"), known=FILING)


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
