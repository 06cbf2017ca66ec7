"""The account of the signed-in staff user: password, second factor, sessions."""

from __future__ import annotations

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import db
from engine.tables import users
from web.access import attempts, current, sessions, totp
from web.access.blueprint import blueprint
from web.access.people import Person, Standing, read_staff
from web.access.policy import allow, staff
from web.access.sign_in import check_again
from web.access.turning import see_other
from web.accounts import find_password_faults, set_password
from web.services import services


@blueprint.get("/staff/account")
@allow(staff)
def account() -> str:
    """Everything about the account."""
    return _show()


@blueprint.post("/staff/account/password")
@allow(staff)
def password_changed() -> Response | tuple[str, int]:
    """Change the password: other sessions end, this one is renewed."""
    own, person = services(), _person()
    new = request.form.get("new", "")
    faults: dict[str, list[str]] = {}
    if found := find_password_faults(new, person.login):
        faults["new"] = found
    if new != request.form.get("again", ""):
        faults["again"] = [_("两次输入的新密码不一致。")]
    if not faults and not check_again(own, person, request.form.get("present", ""), current.address()):
        faults["present"] = [_("当前密码不正确，或尝试次数过多。")]
    if faults:
        return _show(faults), 422
    with own.database.begin() as connection:
        set_password(connection, person.id, new)
        sessions.end_sessions(connection, "staff", person.id)
        current.enter(connection, "staff", person.id, second_factor=_standing().totp_confirmed)
    flash(_("密码已更改。其他设备上的登录已退出。"), "success")
    return see_other(url_for("access.account"))


@blueprint.post("/staff/account/second-factor/drop")
@allow(staff)
def second_factor_dropped() -> Response | tuple[str, int]:
    """Remove the second factor, where it may be removed: with the password and a code."""
    own, person = services(), _person()
    now, code = own.clock.now(), request.form.get("code", "")
    if own.web.second_factor_required:
        return _show({"drop": [_("本系统要求二次验证，不能停用。")]}), 422
    if not check_again(own, person, request.form.get("present_password", ""), current.address()):
        return _show({"present_password": [_("当前密码不正确，或尝试次数过多。")]}), 422
    with own.database.begin() as connection:
        attempt = attempts.begin_attempt(connection, attempts.SECOND_FACTOR, person.id, current.address(), now)
        taken = attempt is not None and totp.take_code(connection, own.runtime.sealer, person.id, code, now)
        if taken:
            totp.drop(connection, person.id)
    if not taken:
        return _show({"code": [_("验证码不正确或已用过。")]}), 422
    flash(_("二次验证已停用。"), "success")
    return see_other(url_for("access.account"))


@blueprint.post("/staff/account/sessions/<session_id>/end")
@allow(staff)
def session_ended(session_id: str) -> Response:
    """End one of the own sessions."""
    own, person = services(), _person()
    with own.database.begin() as connection:
        mine = {row.id for row in sessions.list_sessions(connection, "staff", person.id, own.clock.now())}
        if session_id in mine:
            sessions.end_session(connection, session_id)
    flash(_("该设备已退出登录。"), "success")
    return see_other(url_for("access.account"))


@blueprint.post("/staff/account/sign-out-everywhere")
@allow(staff)
def signed_out_everywhere() -> Response:
    """End every session of this account, this one too."""
    with services().database.begin() as connection:
        sessions.end_sessions(connection, "staff", _person().id)
        current.leave(connection)
    flash(_("已在所有设备上退出登录。"), "success")
    return see_other(url_for("access.staff_sign_in"))


def _person() -> Person:
    person = current.person()
    assert person is not None
    return person


def _standing() -> Standing:
    with db.reading(services().database) as connection:
        found = read_staff(connection, users.c.id == _person().id)
    assert found is not None
    return found


def _show(faults: dict[str, list[str]] | None = None) -> str:
    own, visit = services(), current.visit()
    with db.reading(own.database) as connection:
        open_sessions = sessions.list_sessions(connection, "staff", _person().id, own.clock.now())
    return render_template(
        "access/account.html",
        faults=faults or {},
        sessions=open_sessions,
        here=visit.session_id if visit else "",
        totp_confirmed=visit is not None and visit.totp_confirmed,
        required=own.web.second_factor_required,
    )
