"""What follows a password, a code or a platform's word: the session begins, and the browser goes on."""

from __future__ import annotations

from flask import flash, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from web.access import current
from web.access.people import Person, Standing
from web.access.returning import home_of
from web.access.turning import see_other
from web.services import services


def let_staff_in(found: Standing, way_on: str) -> Response:
    """Begin a session of staff; who owes a second factor is asked for it next."""
    own = services()
    with own.database.begin() as connection:
        current.enter(connection, "staff", found.person.id, second_factor=False)
    if found.totp_confirmed or own.web.second_factor_required:
        return see_other(url_for("access.second_factor", next=way_on or None))
    return see_other(way_on or home_of(found.person))


def let_family_in(family_id: str, way_on: str) -> Response:
    """Begin a session of a family."""
    own = services()
    with own.database.begin() as connection:
        current.enter(connection, "family", family_id, second_factor=False)
    flash(_("您已登录。"), "success")
    return see_other(way_on or home_of(Person("family", family_id, "")))
