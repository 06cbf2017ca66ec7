"""The account of the signed-in staff user."""

from __future__ import annotations

from flask import render_template
from werkzeug.wrappers import Response

from web.access import current
from web.access.blueprint import blueprint
from web.access.policy import allow, staff
from web.access.returning import home_of
from web.access.turning import see_other


@blueprint.get("/staff/")
@allow(staff)
def start() -> Response:
    """On to the page where this person begins."""
    person = current.person()
    assert person is not None
    return see_other(home_of(person))


@blueprint.get("/staff/account")
@allow(staff)
def account() -> str:
    """Password, second factor, sessions."""
    return render_template("access/account.html")


@blueprint.get("/staff/second-factor")
@allow(staff)
def second_factor() -> str:
    """Asks for the code."""
    return render_template("access/account.html")
