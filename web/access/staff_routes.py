"""Sign-in and sign-out of staff."""

from __future__ import annotations

from flask import render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import db
from web.access import current, demonstration
from web.access.blueprint import blueprint
from web.access.policy import allow, public
from web.access.returning import asked_for, home_of
from web.access.sign_in import Refused, check_password
from web.access.turning import see_other
from web.services import services

WORDS = {
    Refused.WRONG: "登录名或密码不正确。",
    Refused.TOO_MANY: "尝试次数过多，请十五分钟后再试。",
}


@blueprint.get("/staff/sign-in")
@allow(public)
def staff_sign_in() -> Response | str:
    """The form; whoever is signed in already goes on."""
    person = current.person()
    if person is not None and person.kind == "staff":
        return see_other(asked_for() or home_of(person))
    return _show_form()


@blueprint.post("/staff/sign-in")
@allow(public)
def staff_signed_in() -> Response | tuple[str, int]:
    """Try login and password; a session begins, or the form comes back saying why not."""
    own = services()
    login, password = request.form.get("login", "").strip().lower(), request.form.get("password", "")
    found = check_password(own, login, password, current.address())
    if isinstance(found, Refused):
        return _show_form(_(WORDS[found]), login), 429 if found is Refused.TOO_MANY else 422
    with own.database.begin() as connection:
        current.enter(connection, "staff", found.person.id, second_factor=False)
    return see_other(asked_for() or home_of(found.person))


@blueprint.post("/sign-out")
@allow(public)
def sign_out() -> Response:
    """End this browser's session."""
    person = current.person()
    with services().database.begin() as connection:
        current.leave(connection)
    return see_other("/staff/sign-in" if person is not None and person.kind == "staff" else "/")


def _show_form(fault: str = "", login: str = "") -> str:
    own = services()
    accounts: list[demonstration.Account] = []
    if own.web.demonstration:
        with db.reading(own.database) as connection:
            accounts = demonstration.list_accounts(connection)
    return render_template(
        "access/staff_sign_in.html",
        fault=fault,
        login=login,
        next=asked_for(),
        accounts=accounts,
        password=demonstration.PASSWORD if accounts else "",
    )
