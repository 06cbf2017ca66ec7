"""Setting up the second factor, for the page of it."""

from __future__ import annotations

import segno
from flask import render_template

from web.access import attempts, current, sessions, totp
from web.access.people import Person
from web.access.returning import asked_for
from web.services import services


def show(person: Person, fault: str = "") -> str:
    """The page with the waiting secret."""
    own = services()
    with own.database.begin() as connection:
        begun = totp.begin_enrolment(connection, own.runtime.sealer, person.id, person.login)
    picture = segno.make(begun.uri, error="m").svg_data_uri(scale=5, border=2)
    spaced = " ".join(begun.secret[i : i + 4] for i in range(0, len(begun.secret), 4))
    return render_template("access/enrol.html", picture=picture, secret=spaced, fault=fault, next=asked_for())


def confirm(person: Person, code: str) -> bool:
    """Whether ``code`` is right; then the factor is on, and only this browser stays signed in."""
    own = services()
    now = own.clock.now()
    with own.database.begin() as connection:
        attempt = attempts.begin_attempt(connection, attempts.SECOND_FACTOR, person.id, current.address(), now)
        if attempt is None or not totp.confirm_enrolment(connection, own.runtime.sealer, person.id, code, now):
            return False
        attempts.forgive(connection, attempts.SECOND_FACTOR, person.id, attempt)
        sessions.end_sessions(connection, "staff", person.id)
        current.enter(connection, "staff", person.id, second_factor=True)
    return True
