"""What the window prints: every sheet of a case, or in words why it is not due yet."""

from __future__ import annotations

from flask import flash, request, url_for
from werkzeug.wrappers import Response

from engine.errors import RuleViolation
from tasks.filings import FIRST
from web.access.policy import allow, case_visible, group
from web.access.turning import see_other
from web.papers import prints
from web.services import services
from web.window.blueprint import blueprint


@blueprint.get("/cases/<case_id>/print/<kind>")
@allow(group("window.") & case_visible)
def sheet(case_id: str, kind: str) -> Response | str:
    """One sheet as a page that prints; ``filing`` and ``number`` in the query pick among several."""
    filing, number = request.args.get("filing", FIRST), request.args.get("number", "")
    try:
        return prints.paper(services(), case_id, kind, filing=filing, number=number)
    except RuleViolation as refusal:
        flash(refusal.message, "warning")
        return see_other(url_for("window.case", case_id=case_id))
