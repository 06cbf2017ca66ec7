"""Asking for an appointment or a home visit, where the pack offers it: the form of its message, sent to the case."""

from __future__ import annotations

from flask import render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from web.access import current
from web.access.policy import allow, family_case
from web.access.turning import see_other
from web.placed_forms import PlacedForm
from web.portal import message_forms
from web.portal.blueprint import blueprint

VISIT = "visit_asked"


@blueprint.get("/my/cases/<case_id>/visit")
@allow(family_case)
def visit(case_id: str) -> str:
    """The form of the request. 404 where the pack has no such service."""
    return render_template("portal/visit.html", case=current.case(), form=_visit(case_id).draw({}))


@blueprint.post("/my/cases/<case_id>/visit")
@allow(family_case)
def visit_asked(case_id: str) -> Response | tuple[str, int]:
    """Send it; the window calls back to agree on a time."""
    form, ended = _visit(case_id), _("这个办件已经结束，请直接到窗口或拨打咨询电话。")
    again = message_forms.send(form, VISIT, ended)
    if again is None:
        return see_other(url_for("portal.case", case_id=case_id, done="visit"))
    step, status = again
    drawn = form.draw(step.values, step.errors, step.focus)
    return render_template("portal/visit.html", case=current.case(), form=drawn), status


@blueprint.post("/my/cases/<case_id>/visit/refresh")
@allow(family_case)
def visit_refreshed(case_id: str) -> str:
    """The fields anew, for htmx."""
    form = _visit(case_id)
    return form.redraw(form.read())


def _visit(case_id: str) -> PlacedForm:
    return message_forms.place(VISIT, url_for("portal.visit", case_id=case_id), _("提交预约"))
