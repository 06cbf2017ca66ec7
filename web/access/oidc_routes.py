"""To an identity platform and back."""

from __future__ import annotations

import logging
from contextlib import closing
from dataclasses import asdict

from flask import current_app, flash, request, session, url_for
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from engine import db
from engine.errors import Unavailable
from web.access import families
from web.access.blueprint import blueprint
from web.access.codes import read_phone
from web.access.entering import let_family_in, let_staff_in
from web.access.oidc import Asked, Distrusted, IdentityPlatform, subject_digest
from web.access.people import read_staff
from web.access.policy import allow, public
from web.access.returning import asked_for, is_inside
from web.access.turning import see_other
from web.services import services
from web.settings import OidcSettings
from web.tables import user_security

log = logging.getLogger(__name__)
_ASKED = "oidc"


@blueprint.get("/oidc/<whose>")
@allow(public)
def oidc_begin(whose: str) -> Response:
    """Send the browser to the platform. Beginning changes nothing, so a link may do it."""
    asked = Asked.draw()
    try:
        with closing(_platform(whose)) as platform:
            way = platform.begin(asked)
    except (Unavailable, Distrusted) as error:
        return _turn_back(whose, error)
    session[_ASKED] = {"whose": whose, "next": asked_for(), **asdict(asked)}
    return redirect(way, 303)


@blueprint.get("/oidc/<whose>/callback")
@allow(public)
def oidc_back(whose: str) -> Response:
    """The browser comes back. What it carries is worth something once, and only to the browser that asked."""
    kept = session.pop(_ASKED, None)
    if not isinstance(kept, dict) or kept.get("whose") != whose:
        return _turn_back(whose, Distrusted("nobody asked"))
    asked = Asked(kept["state"], kept["nonce"], kept["verifier"])
    try:
        with closing(_platform(whose)) as platform:
            claims = platform.finish(asked, request.args)
    except (Unavailable, Distrusted) as error:
        return _turn_back(whose, error)
    way_on = kept["next"] if is_inside(kept["next"]) else ""
    return _let_staff_in(claims, way_on) if whose == "staff" else _let_family_in(claims, way_on)


def _let_staff_in(claims: dict[str, object], way_on: str) -> Response:
    """Only an account that the operator has linked: a platform knows more people than work here."""
    own = services()
    settings = _settings("staff")
    subject = subject_digest(own.runtime.sealer, settings.issuer, str(claims["sub"]))
    with db.reading(own.database) as connection:
        found = read_staff(connection, user_security.c.oidc_subject == subject)
    if found is None or not found.active:
        flash(_("该身份未关联本系统账号，请联系管理员。"), "error")
        return see_other(url_for("access.staff_sign_in"))
    return let_staff_in(found, way_on)


def _let_family_in(claims: dict[str, object], way_on: str) -> Response:
    own = services()
    subject = subject_digest(own.runtime.sealer, _settings("family").issuer, str(claims["sub"]))
    phone = read_phone(str(claims.get("phone_number") or "")) if claims.get("phone_number_verified") else None
    told = {"name": str(claims.get("name") or "")[:64], "phone": phone or ""}
    with own.database.begin() as connection:
        now = own.clock.now()
        family_id = families.find_or_add_by_subject(connection, own.runtime.sealer, subject, told, now)
    return let_family_in(family_id, way_on)


def _platform(whose: str) -> IdentityPlatform:
    transport = current_app.extensions.get("oidc_transport")  # tests bring a platform of their own
    back = url_for("access.oidc_back", whose=whose, _external=True)
    return IdentityPlatform(_settings(whose), back, services().clock, transport)


def _settings(whose: str) -> OidcSettings:
    web = services().web
    settings = {"staff": web.oidc_staff, "family": web.oidc_family}.get(whose)
    if settings is None:
        raise NotFound
    return settings


def _turn_back(whose: str, error: Exception) -> Response:
    log.warning("sign-in by the identity platform failed: %s", error)
    flash(_("统一身份认证没有完成，请重试或改用其他方式登录。"), "error")
    return see_other(url_for("access.staff_sign_in" if whose == "staff" else "access.sign_in"))
