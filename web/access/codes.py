"""Codes of six digits for a telephone: to sign in, to look a case up, to fetch a certificate.

A code lives 300 seconds, bears five tries and is good once; a newer one for the same purpose ends it. How many are
sent, and tried, is limited by telephone and by address. What is stored is a keyed digest: the table tells no code,
except in the demonstration, where nothing is sent and the operator's outbox shows it.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

import sqlalchemy as sa

from engine import db
from engine.clock import from_text, to_text
from engine.sealing import Sealer
from web.access import attempts
from web.access.code_sender import CodeSender
from web.services import Services
from web.tables import web_codes

LIFE = timedelta(seconds=300)
TRIES = 5
_PHONE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_CODE = re.compile(r"\d{6}", re.ASCII)
_codes = web_codes.c


class Refused(Enum):
    """Why a code was not sent or not taken. A code that never was looks like one that is wrong."""

    WRONG = "wrong"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Kept:
    """A code that the demonstration shows instead of sending it."""

    purpose: str
    phone: str
    code: str
    created_at: datetime
    expires_at: datetime


def read_phone(typed: str) -> str | None:
    """The mobile number that somebody typed, blanks, hyphens and +86 aside; None for anything else."""
    digits = re.sub(r"[\s-]", "", typed).removeprefix("+86")
    return digits if _PHONE.fullmatch(digits) else None


def phone_digest(sealer: Sealer, phone: str) -> str:
    """Under which a telephone is found again without being stored."""
    return sealer.fingerprint("phone", phone)


def send_code(
    own: Services, purpose: str, phone: str, address: str, *, case_id: str | None = None, really: bool = True
) -> Refused | None:
    """Send a fresh code to ``phone``; None when it is on its way.

    ``really=False`` counts and answers the same and sends nothing: for a telephone that does not belong to the case,
    so that nobody learns whether it does.
    """
    now, subject = own.clock.now(), phone_digest(own.runtime.sealer, phone)
    code, code_id = f"{secrets.randbelow(10**6):06}", secrets.token_hex(16)
    with own.database.begin() as connection:
        if attempts.begin_attempt(connection, attempts.CODE_SENT, subject, address, now) is None:
            return Refused.TOO_MANY
        if really:
            _end_earlier(connection, purpose, subject, case_id, now)
            connection.execute(
                web_codes.insert().values(
                    id=code_id,
                    purpose=purpose,
                    subject=subject,
                    case_id=case_id,
                    code_digest=_digest(own.runtime.sealer, code_id, code),
                    sealed=_keep(own, code_id, phone, code),
                    tries_left=TRIES,
                    created_at=to_text(now),
                    expires_at=to_text(now + LIFE),
                )
            )
    if really:
        CodeSender.of(own.runtime).send(code_id, purpose, phone, code)
    return None


def try_code(
    own: Services, purpose: str, phone: str, typed: str, address: str, *, case_id: str | None = None
) -> Refused | None:
    """Whether ``typed`` is the code that was sent last; None when it is, and it is used up then."""
    now, sealer = own.clock.now(), own.runtime.sealer
    subject = phone_digest(sealer, phone)
    with own.database.begin() as connection:
        attempt = attempts.begin_attempt(connection, attempts.CODE_TRIED, subject, address, now)
        if attempt is None:
            return Refused.TOO_MANY
        row = _take_try(connection, purpose, subject, case_id, now)
        code = re.sub(r"\s", "", typed)
        code_id = row.id if row else "0" * 32
        told = _digest(sealer, code_id, code if _CODE.fullmatch(code) else "")
        if row is None or not hmac.compare_digest(told, row.code_digest):
            return Refused.WRONG
        connection.execute(
            web_codes.update().where(_codes.id == row.id).values(used_at=to_text(now), sealed=None, tries_left=0)
        )
        attempts.forgive(connection, attempts.CODE_TRIED, subject, attempt)
    return None


def list_kept(connection: sa.Connection, sealer: Sealer, now: datetime) -> list[Kept]:
    """The codes that still work and that the demonstration shows, the newest first."""
    query = sa.select(web_codes).where(
        _codes.sealed.is_not(None), _codes.expires_at > to_text(now), _codes.tries_left > 0
    )
    found = []
    for row in connection.execute(query.order_by(_codes.created_at.desc())):
        told = sealer.open(bytes(row.sealed), row.id)
        moments = from_text(row.created_at), from_text(row.expires_at)
        found.append(Kept(row.purpose, told["phone"], told["code"], *moments))
    return found


def code_shown(own: Services, purpose: str, phone: str) -> str:
    """The code that the demonstration shows on the page that asks for it; "" where codes are really sent."""
    if not own.web.demonstration:
        return ""
    with db.reading(own.database) as connection:
        kept = list_kept(connection, own.runtime.sealer, own.clock.now())
    return next((one.code for one in kept if (one.phone, one.purpose) == (phone, purpose)), "")


def tidy_codes(connection: sa.Connection, now: datetime) -> int:
    """Remove codes of yesterday, until when a question about one can be answered; how many."""
    old = _codes.expires_at < to_text(now - timedelta(days=1))
    return connection.execute(web_codes.delete().where(old)).rowcount


def _keep(own: Services, code_id: str, phone: str, code: str) -> bytes | None:
    if not own.web.demonstration:
        return None
    return own.runtime.sealer.seal({"phone": phone, "code": code}, code_id)


def _end_earlier(connection: sa.Connection, purpose: str, subject: str, case_id: str | None, now: datetime) -> None:
    where = (*_of(purpose, subject, case_id), _codes.used_at.is_(None))
    connection.execute(web_codes.update().where(*where).values(used_at=to_text(now), sealed=None, tries_left=0))


def _take_try(
    connection: sa.Connection, purpose: str, subject: str, case_id: str | None, now: datetime
) -> sa.Row[tuple[object, ...]] | None:
    """The code that may still be tried, one of its tries gone already: two at once do not share one."""
    living = (_codes.used_at.is_(None), _codes.expires_at > to_text(now), _codes.tries_left > 0)
    query = sa.select(web_codes).where(*_of(purpose, subject, case_id), *living)
    row = connection.execute(query.order_by(_codes.created_at.desc()).limit(1).with_for_update()).first()
    if row is not None:
        spent = web_codes.update().where(_codes.id == row.id).values(tries_left=_codes.tries_left - 1)
        connection.execute(spent)
    return row


def _of(purpose: str, subject: str, case_id: str | None) -> tuple[sa.ColumnElement[bool], ...]:
    return _codes.purpose == purpose, _codes.subject == subject, _codes.case_id.is_not_distinct_from(case_id)


def _digest(sealer: Sealer, code_id: str, code: str) -> str:
    return sealer.fingerprint(f"code {code_id}", code)
