"""The telephone of a family: where the code of a download goes."""

from __future__ import annotations

import sqlalchemy as sa

from engine import db
from engine.errors import RuleViolation
from web.services import Services
from web.tables import families


def phone_of(own: Services, family_id: str) -> str:
    """The number that the family signed in with. Raises ``RuleViolation``: phone_missing."""
    with db.reading(own.database) as connection:
        row = connection.execute(sa.select(families).where(families.c.id == family_id)).one()
    phone = str(own.runtime.sealer.open(bytes(row.sealed), row.id).get("phone") or "")
    if not phone:
        raise RuleViolation("phone_missing", "您的账户没有手机号码，请到窗口领取纸质证明，或用手机号码登录后下载")
    return phone
