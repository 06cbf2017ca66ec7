"""Sign-in of staff: login and password, then the second factor; and everybody's way out."""

from __future__ import annotations

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from engine import db
from web.access import attempts, current, demonstration, enrolling, totp
from web.access.blueprint import blueprint
from web.access.entering import let_staff_in
from web.access.policy import allow, public, staff, staff_owing_code
from web.access.returning import asked_for, home_of
from web.access.sign_in import Refused, check_password
from web.access.turning import see_other
from web.services import services

WORDS = {
    Refused.WRONG: lazy_gettext("登录名或密码不正确。"),
    Refused.TOO_MANY: lazy_gettext("尝试次数过多，请十五分钟后再试。"),
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
    login, password = request.form.get("login", "").strip().lower(), request.form.get("password", "")
    found = check_password(services(), login, password, current.address())
    if isinstance(found, Refused):
        return _show_form(str(WORDS[found]), login[:64]), 429 if found is Refused.TOO_MANY else 422
    return let_staff_in(found, asked_for())


@blueprint.get("/staff/")
@allow(staff)
def start() -> Response:
    """On to the page where this person begins."""
    person = current.person()
    assert person is not None
    return see_other(home_of(person))


@blueprint.get("/staff/second-factor")
@allow(staff_owing_code)
def second_factor() -> Response | str:
    """Ask for the code; whoever must have a second factor and has none sets it up first."""
    visit = _visit()
    if not visit.owes_code:
        return see_other(asked_for() or home_of(visit.owner))
    if not visit.totp_confirmed:
        return see_other(url_for("access.enrol", next=asked_for() or None))
    return render_template("access/second_factor.html", fault="", next=asked_for())


@blueprint.post("/staff/second-factor")
@allow(staff_owing_code)
def second_factor_given() -> Response | tuple[str, int]:
    """Take the code; the session is renewed, since it may do more from here on."""
    own, visit = services(), _visit()
    if not visit.totp_confirmed:
        raise NotFound
    now, person = own.clock.now(), visit.owner
    with own.database.begin() as connection:
        attempt = attempts.begin_attempt(connection, attempts.SECOND_FACTOR, person.id, current.address(), now)
        code = request.form.get("code", "")
        right = attempt is not None and totp.take_code(connection, own.runtime.sealer, person.id, code, now)
        if attempt is not None and right:
            attempts.forgive(connection, attempts.SECOND_FACTOR, person.id, attempt)
            current.enter(connection, "staff", person.id, second_factor=True)
    if right:
        return see_other(asked_for() or home_of(person))
    fault = _("验证码不正确或已用过，请等待新的验证码。") if attempt else str(WORDS[Refused.TOO_MANY])
    return render_template("access/second_factor.html", fault=fault, next=asked_for()), 422 if attempt else 429


@blueprint.get("/staff/account/second-factor")
@allow(staff_owing_code)
def enrol() -> Response | str:
    """Show the secret, as a picture and to be typed."""
    if _visit().totp_confirmed:
        return see_other(url_for("access.account"))
    return enrolling.show(_visit().owner)


@blueprint.post("/staff/account/second-factor")
@allow(staff_owing_code)
def enrolled() -> Response | tuple[str, int]:
    """Take the first code: the second factor is on, other sessions end, this one is renewed."""
    visit = _visit()
    if visit.totp_confirmed:
        raise NotFound  # else a password alone could replace what it must be followed by
    if not enrolling.confirm(visit.owner, request.form.get("code", "")):
        return enrolling.show(visit.owner, _("验证码不正确。请核对手机时间后，输入新的验证码。")), 422
    flash(_("二次验证已启用。其他设备上的登录已退出。"), "success")
    return see_other(asked_for() or url_for("access.account"))


@blueprint.post("/sign-out")
@allow(public)
def sign_out() -> Response:
    """End this browser's session."""
    visit = current.visit()
    with services().database.begin() as connection:
        current.leave(connection)
    flash(_("您已退出登录。"), "success")
    is_staff = visit is not None and visit.owner.kind == "staff"
    return see_other(url_for("access.staff_sign_in" if is_staff else "portal.home"))


def _visit() -> current.Visit:
    visit = current.visit()
    if visit is None:
        raise NotFound
    return visit


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
        platform=own.web.oidc_staff is not None,
    )
