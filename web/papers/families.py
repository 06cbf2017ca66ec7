"""What a family may download of its case, and the telephone to which the code of a download goes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine import db
from engine.errors import RuleViolation
from tasks import tables as d
from web.papers.certificates import TITLES
from web.services import Services
from web.tables import case_parties, families

HOLDERS = ("reporter", "applicant", "agent")
"""The roles for whom certificates are. Who only objects to a payment is told nothing else of the case."""


def downloads(connection: sa.Connection, case_id: str, family_id: str) -> list[Any]:
    """The certificates in force that ``family_id`` may download, the oldest first; none without a part in the case."""
    c, p = d.certificates.c, case_parties.c
    holds = sa.exists().where(p.case_id == c.case_id, p.family_id == family_id, p.role.in_(HOLDERS))
    in_force = (c.case_id == case_id, c.status == "valid", c.kind.in_(list(TITLES)), holds)
    return list(connection.execute(sa.select(d.certificates).where(*in_force).order_by(c.issued_at, c.id)))


def phone_of(own: Services, family_id: str) -> str:
    """The number that the family signed in with. Raises ``RuleViolation``: phone_missing."""
    with db.reading(own.database) as connection:
        row = connection.execute(sa.select(families).where(families.c.id == family_id)).one()
    phone = str(own.runtime.sealer.open(bytes(row.sealed), row.id).get("phone") or "")
    if not phone:
        raise RuleViolation("phone_missing", "您的账户没有手机号码，请到窗口领取纸质证明，或用手机号码登录后下载")
    return phone
