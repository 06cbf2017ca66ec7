"""Sign-in of families: a telephone number, then the code that was sent to it."""

from __future__ import annotations

from flask import flash, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from engine import db
from web.access import codes, current, families, sessions
from web.access.blueprint import blueprint
from web.access.entering import let_family_in
from web.access.masking import mask
from web.access.policy import allow, family, public
from web.access.returning import asked_for, home_of
from web.access.turning import see_other
from web.demonstration.families import list_families
from web.services import services

WORDS = {
    codes.Refused.WRONG: lazy_gettext("验证码不正确或已失效，请核对短信，或重新获取。"),
    codes.Refused.TOO_MANY: lazy_gettext("次数过多，请一小时后再试，或到就近窗口办理。"),
}
_PHONE = "phone"
_NAME_LENGTH = 64


@blueprint.get("/sign-in")
@allow(public)
def sign_in() -> Response | str:
    """Ask for the telephone number; whoever is signed in already goes on."""
    person = current.person()
    if person is not None and person.kind == "family":
        return see_other(asked_for() or home_of(person))
    return _show_phone_form()


@blueprint.post("/sign-in")
@allow(public)
def code_asked_for() -> Response | tuple[str, int]:
    """Send a code. The answer is the same for a telephone that was never here."""
    typed = request.form.get("phone", "")
    phone = codes.read_phone(typed)
    if phone is None:
        return _show_phone_form(typed[:32], [_("请填写11位手机号码。")]), 422
    if refused := codes.send_code(services(), "sign_in", phone, current.address()):
        return _show_phone_form(typed[:32], [str(WORDS[refused])]), 429
    session[_PHONE] = phone
    return see_other(url_for("access.code_form", next=asked_for() or None))


@blueprint.get("/sign-in/code")
@allow(public)
def code_form() -> Response | str:
    """Ask for the code."""
    if _PHONE not in session:
        return see_other(url_for("access.sign_in", next=asked_for() or None))
    return _show_code_form()


@blueprint.post("/sign-in/code")
@allow(public)
def code_given() -> Response | tuple[str, int]:
    """Try the code; a session begins, or the form comes back saying why not."""
    own, phone = services(), session.get(_PHONE)
    if not isinstance(phone, str):
        return see_other(url_for("access.sign_in", next=asked_for() or None))
    if refused := codes.try_code(own, "sign_in", phone, request.form.get("code", ""), current.address()):
        return _show_code_form([str(WORDS[refused])]), 429 if refused is codes.Refused.TOO_MANY else 422
    with own.database.begin() as connection:
        family_id = families.find_or_add_by_phone(connection, own.runtime.sealer, phone, own.clock.now())
    return let_family_in(family_id, asked_for())


@blueprint.get("/account")
@allow(family)
def family_account() -> str:
    """What is kept of the family, and where it is signed in."""
    own, family_id = services(), current.family_id()
    with db.reading(own.database) as connection:
        told = families.read_told(connection, own.runtime.sealer, family_id)
        open_sessions = sessions.list_sessions(connection, "family", family_id, own.clock.now())
    phone = mask(current.person(), "phone", told.get("phone"))
    visit = current.visit()
    here = visit.session_id if visit else ""
    shown = {"name": told["name"], "phone": phone, "sessions": open_sessions, "here": here}
    return render_template("access/family_account.html", **shown)


@blueprint.post("/account/name")
@allow(family)
def family_renamed() -> Response:
    """Keep the name by which the pages address the family."""
    own, name = services(), " ".join(request.form.get("name", "").split())[:_NAME_LENGTH]
    with own.database.begin() as connection:
        families.rename(connection, own.runtime.sealer, current.family_id(), name)
    flash(_("已保存。"), "success")
    return see_other(url_for("access.family_account"))


@blueprint.post("/account/sign-out-everywhere")
@allow(family)
def family_signed_out_everywhere() -> Response:
    """End every session of this family, this one too."""
    with services().database.begin() as connection:
        sessions.end_sessions(connection, "family", current.family_id())
        current.leave(connection)
    flash(_("已在所有设备上退出登录。"), "success")
    return see_other(url_for("portal.home"))


def _show_phone_form(phone: str = "", faults: list[str] | None = None) -> str:
    own = services()
    shown: dict[str, object] = {"platform": own.web.oidc_family is not None, "families": ()}
    if own.web.demonstration:
        with db.reading(own.database) as connection:
            shown["families"] = list_families(connection)
    return render_template("access/sign_in.html", next=asked_for(), phone=phone, faults=faults or (), **shown)


def _show_code_form(faults: list[str] | None = None) -> str:
    phone = session[_PHONE]
    shown = codes.code_shown(services(), "sign_in", phone)
    return render_template(
        "access/code.html", next=asked_for(), phone=mask(None, "phone", phone), faults=faults or (), shown=shown
    )
