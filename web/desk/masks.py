"""Names and numbers as lists show them, and who has looked behind the mask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from flask_babel import gettext as _

from engine.clock import to_text
from engine.sealing import Sealer
from web.services import Services
from web.tables import unmaskings

TAIL = 4
SHOWN_FOR = timedelta(minutes=5)  # after that whoever wants to see it again says so again
FIELD = "deceased"


@dataclass(frozen=True, slots=True)
class Deceased:
    """Who has died, as much of it as may be shown."""

    name: str
    number: str
    is_masked: bool = True


def mask_name(name: str) -> str:
    """``诸葛桂英`` → ``诸＊＊＊``: enough to recognise beside the number's tail, too little to tell anybody."""
    stripped = name.strip()
    return stripped[:1] + "＊" * min(3, len(stripped) - 1) if stripped else ""


def mask_number(number: str) -> str:
    """The last signs of a number alone."""
    return _("尾号%(tail)s", tail=number[-TAIL:]) if len(number) > TAIL else ""


def open_sealed(sealer: Sealer, case: Any) -> dict[str, Any]:
    """The sealed part of a case's facts; empty where there is none."""
    found: dict[str, Any] = sealer.open(bytes(case.sealed), case.id) if case.sealed else {}
    return found


def show_deceased(sealed: Mapping[str, Any], *, masked: bool = True) -> Deceased:
    """The deceased of a case's sealed facts."""
    told = sealed.get(FIELD)
    told = told if isinstance(told, Mapping) else {}
    name, number = str(told.get("name") or ""), str(told.get("id_number") or "")
    if not masked:
        return Deceased(name or _("姓名不详"), number, is_masked=False)
    return Deceased(mask_name(name) or _("姓名不详"), mask_number(number))


def note_unmasking(own: Services, case_id: str, user_id: str, field: str = FIELD) -> None:
    """Write down that somebody looks behind the mask: it is what lets them."""
    row = {"id": uuid4().hex, "case_id": case_id, "user_id": user_id, "field": field}
    with own.database.begin() as connection:
        connection.execute(unmaskings.insert().values(**row, at=to_text(own.clock.now())))


def has_unmasked(connection: sa.Connection, own: Services, case_id: str, user_id: str, field: str = FIELD) -> bool:
    """Whether this person asked to see it within the last minutes."""
    c, since = unmaskings.c, to_text(own.clock.now() - SHOWN_FOR)
    asked = sa.select(c.id).where(c.case_id == case_id, c.user_id == user_id, c.field == field, c.at > since)
    return connection.execute(asked.limit(1)).first() is not None
