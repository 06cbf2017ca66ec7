"""The second factor: codes that a phone's authenticator makes from a shared secret (TOTP, RFC 6238)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

import pyotp
import sqlalchemy as sa

from engine.sealing import Sealer
from web.tables import user_security

ISSUER = "身后"
STEP_SECONDS = 30
_DRIFT = (0, -1, 1)  # steps that a phone's clock may be off
_security = user_security.c


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator is set up with: by the picture of ``uri``, or by typing ``secret``."""

    secret: str
    uri: str


def begin_enrolment(connection: sa.Connection, sealer: Sealer, user_id: str, login: str) -> Enrolment:
    """The secret that waits for its first code; the same one until it is confirmed. Never one that is in use."""
    row = _read(connection, user_id)
    if row is not None and row.totp_confirmed:
        raise ValueError("the account has a second factor already")
    if row is not None and row.totp:
        secret = str(sealer.open(bytes(row.totp), user_id))
    else:
        secret = pyotp.random_base32()
        _write(connection, user_id, totp=sealer.seal(secret, user_id), totp_confirmed=False, last_totp_step=None)
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER))


def confirm_enrolment(connection: sa.Connection, sealer: Sealer, user_id: str, code: str, now: datetime) -> bool:
    """Put the waiting secret to use if ``code`` is one of its codes."""
    row = _read(connection, user_id)
    if row is None or row.totp_confirmed or not _take(connection, sealer, row, code, now):
        return False
    _write(connection, user_id, totp_confirmed=True)
    return True


def take_code(connection: sa.Connection, sealer: Sealer, user_id: str, code: str, now: datetime) -> bool:
    """Whether ``code`` is a good one that was not used before; it is used then."""
    row = _read(connection, user_id)
    return row is not None and row.totp_confirmed and _take(connection, sealer, row, code, now)


def drop(connection: sa.Connection, user_id: str) -> bool:
    """Remove an account's second factor; whether it had one."""
    had = _read(connection, user_id)
    _write(connection, user_id, totp=None, totp_confirmed=False, last_totp_step=None)
    return had is not None and had.totp_confirmed


def _take(connection: sa.Connection, sealer: Sealer, row: sa.Row[tuple[object, ...]], code: str, now: datetime) -> bool:
    typed = "".join(code.split())
    if not row.totp or not (typed.isascii() and typed.isdigit() and len(typed) == 6):
        return False
    made = pyotp.TOTP(str(sealer.open(bytes(row.totp), row.user_id)))
    present = int(now.timestamp()) // STEP_SECONDS
    for step in (present + drift for drift in _DRIFT):
        if hmac.compare_digest(made.generate_otp(step), typed):
            return _use_step(connection, row.user_id, step)
    return False


def _use_step(connection: sa.Connection, user_id: str, step: int) -> bool:
    """A code that somebody looked at over a shoulder opens nothing once more, nor does one older than it."""
    fresh = sa.or_(_security.last_totp_step.is_(None), _security.last_totp_step < step)
    where = (_security.user_id == user_id, fresh)
    done = connection.execute(user_security.update().where(*where).values(last_totp_step=step))
    return bool(done.rowcount)


def _read(connection: sa.Connection, user_id: str) -> sa.Row[tuple[object, ...]] | None:
    return connection.execute(sa.select(user_security).where(_security.user_id == user_id)).first()


def _write(connection: sa.Connection, user_id: str, **values: object) -> None:
    done = connection.execute(user_security.update().where(_security.user_id == user_id).values(**values))
    if not done.rowcount:
        connection.execute(user_security.insert().values(user_id=user_id, **values))
