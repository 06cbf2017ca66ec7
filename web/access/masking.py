"""Numbers are shown by their ends; who needs the whole asks for it, and that is written down."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.clock import to_text
from engine.facts import leaves
from engine.sealing import Sealer
from web.access.people import Person
from web.tables import unmaskings

_DOTS = "****"
_SHOWN = (  # by what the last part of a field's name ends in: how much of head and tail is shown
    (re.compile(r"(^|_)(id_number|identity|identity_number)$"), 4, 4),
    (re.compile(r"(^|_)(phone|mobile|telephone)$"), 3, 4),
    (re.compile(r"(^|_)(account|account_number|card|card_number)$"), 0, 4),
    (re.compile(r"(^|_)(address)$"), 6, 0),
)
_ANY_NUMBER = re.compile(r"[0-9Xx*+() -]{7,}")


def mask(person: Person | None, field: str, value: object) -> str:
    """``value`` of a fact named ``field`` (dotted path) as ``person`` may see it in a list or on a page.

    Numbers of people are cut to their ends for everybody; other values stay as they are.
    """
    text = "" if value is None else str(value)
    name = field.rpartition(".")[2].lower()
    for pattern, head, tail in _SHOWN:
        if pattern.search(name):
            return _cut(text, head, tail)
    return _cut(text, 0, 4) if _ANY_NUMBER.fullmatch(text) and person is None else text


def is_masked(field: str) -> bool:
    """Whether a fact of that name is shown by its ends only."""
    name = field.rpartition(".")[2].lower()
    return any(pattern.search(name) for pattern, _head, _tail in _SHOWN)


def unmask(
    connection: sa.Connection, sealer: Sealer, person: Person, case: Any, field: str, now: datetime
) -> str | None:
    """The whole value of a sealed fact of ``case``, noted in ``unmaskings``; None where there is no such fact.

    ``connection`` is of a write transaction: nobody sees what was not noted.
    """
    known = dict(leaves(sealer.open(bytes(case.sealed), case.id))) if case.sealed else {}
    value = known.get(field)
    if person.kind != "staff" or value is None or isinstance(value, dict | list):
        return None
    row = {"id": secrets.token_hex(16), "case_id": case.id, "user_id": person.id, "field": field, "at": to_text(now)}
    connection.execute(unmaskings.insert().values(**row))
    return str(value)


def _cut(text: str, head: int, tail: int) -> str:
    if not text:
        return ""
    if len(text) <= head + tail:
        head, tail = 0, min(tail, len(text) // 2)
    return text[:head] + _DOTS + (text[-tail:] if tail else "")
