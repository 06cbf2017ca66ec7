"""Sign-in with login and password. An unknown login costs the same work and gets the same answer as a wrong one."""

from __future__ import annotations

from enum import Enum

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine import db
from engine.clock import to_text
from engine.tables import users
from web.access import attempts
from web.access.demonstration import PASSWORD as DEMONSTRATION_PASSWORD
from web.access.people import Person, Standing, read_staff
from web.accounts import PASSWORD_MOST
from web.services import Services
from web.tables import user_security

_HASHER = PasswordHasher()
_NOBODY = _HASHER.hash("nobody has this password")


class Refused(Enum):
    """Why somebody did not get in. An unknown login, a closed account and a wrong password look alike."""

    WRONG = "wrong"
    TOO_MANY = "too_many"


def check_password(own: Services, login: str, password: str, address: str) -> Standing | Refused:
    """The account that ``login`` and ``password`` open, or why there is none."""
    subject = own.runtime.sealer.fingerprint("login", login)
    with own.database.begin() as connection:
        attempt = attempts.begin_attempt(connection, attempts.SIGN_IN, subject, address, own.clock.now())
    if attempt is None:
        return Refused.TOO_MANY
    with db.reading(own.database) as connection:
        found = read_staff(connection, users.c.login == login)
    if not _is_right(own, found, password) or found is None or not found.active:
        return Refused.WRONG
    with own.database.begin() as connection:
        attempts.forgive(connection, attempts.SIGN_IN, subject, attempt)
        _note_sign_in(own, connection, found)
    return found


def check_again(own: Services, person: Person, password: str, address: str) -> bool:
    """Whether the signed-in ``person`` knows the password; failures count as those of signing in do."""
    return not isinstance(check_password(own, person.login, password, address), Refused)


def matches(password_hash: str, password: str) -> bool:
    """Whether ``password`` is the one that was hashed. Takes as long for either answer."""
    try:
        return _HASHER.verify(password_hash, password[:PASSWORD_MOST])
    except (VerificationError, InvalidHashError):
        return False


def _is_right(own: Services, found: Standing | None, password: str) -> bool:
    right = matches(found.password_hash if found else _NOBODY, password)
    return right and (own.web.demonstration or password != DEMONSTRATION_PASSWORD)


def _note_sign_in(own: Services, connection: sa.Connection, found: Standing) -> None:
    at, mine = to_text(own.clock.now()), user_security.c.user_id == found.person.id
    done = connection.execute(user_security.update().where(mine).values(signed_in_at=at))
    if not done.rowcount:
        connection.execute(user_security.insert().values(user_id=found.person.id, signed_in_at=at))
