"""Sign-in of families."""

from __future__ import annotations

from flask import render_template
from werkzeug.wrappers import Response

from web.access import current
from web.access.blueprint import blueprint
from web.access.policy import allow, family, public
from web.access.returning import asked_for, home_of
from web.access.turning import see_other


@blueprint.get("/sign-in")
@allow(public)
def sign_in() -> Response | str:
    """Ask for the telephone number; whoever is signed in already goes on."""
    person = current.person()
    if person is not None and person.kind == "family":
        return see_other(asked_for() or home_of(person))
    return render_template("access/sign_in.html", next=asked_for())


@blueprint.get("/account")
@allow(family)
def family_account() -> str:
    """What is kept of the family, and where it is signed in."""
    return render_template("access/family_account.html")
