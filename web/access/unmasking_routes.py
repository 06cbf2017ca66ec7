"""The whole of a number that pages show by its ends: asked for on purpose, and written down."""

from __future__ import annotations

from flask import render_template, request
from werkzeug.exceptions import NotFound

from web.access import current
from web.access.blueprint import blueprint
from web.access.masking import unmask
from web.access.policy import allow, case_visible, staff
from web.access.referring import came_from
from web.services import services


@blueprint.post("/staff/cases/<case_id>/unmask")
@allow(staff & case_visible)
def unmasked(case_id: str) -> str:
    """The value of the form's ``field`` (dotted path of a sealed fact): a fragment for htmx, else a page."""
    own, person = services(), current.person()
    assert person is not None
    field = request.form.get("field", "")[:120]
    with own.database.begin() as connection:
        value = unmask(connection, own.runtime.sealer, person, current.case(), field, own.clock.now())
    if value is None:
        raise NotFound
    page = "access/unmasked_part.html" if "HX-Request" in request.headers else "access/unmasked.html"
    return render_template(page, value=value, back=came_from())
