"""Whether a certificate is good and a body may be cremated. The answer is the second lock's own (``tasks.guards``)."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from engine import tables as t
from engine.errors import RuleViolation
from tasks import guards
from tasks import tables as d
from web.papers.records import find_paper
from web.services import Services
from web.window.lines import open_sealed

_TOKEN = re.compile(r"[0-9a-f]{32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of cremation. ``says`` is why not, or how it is."""

    title: str
    ok: bool
    says: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the furnace may be lit now; ``reason`` is the refusal's own words.

    ``cremated`` is the number of a cremation that is on record, "" where there is none.
    """

    allowed: bool
    reason: str
    checks: tuple[Check, ...]
    cremated: str = ""


def find_by_number(connection: sa.Connection, number: str, inside: sa.ColumnElement[bool]) -> Any:
    """The certificate of that number in the region, whichever its state; None where there is none."""
    c = d.certificates.c
    query = sa.select(d.certificates).join(t.cases, t.cases.c.id == c.case_id)
    found = query.where(c.number == number.strip(), c.kind != "cremation", inside)
    return connection.execute(found.order_by(c.issued_at.desc(), c.id)).first()


def find_by_token(connection: sa.Connection, text: str, inside: sa.ColumnElement[bool]) -> Any:
    """The certificate that a scanned QR code leads to: its token, or the address that ends in it."""
    token = text.strip().split("?", 1)[0].rstrip("/").rpartition("/")[2]
    paper = find_paper(connection, token) if _TOKEN.fullmatch(token) else None
    return _certificate(connection, paper.certificate_id, inside) if paper is not None else None


def find_by_code(connection: sa.Connection, case_code: str, code: str, inside: sa.ColumnElement[bool]) -> Any:
    """The certificate in force of the case ``case_code``, against the family's download code."""
    case = connection.execute(sa.select(t.cases).where(t.cases.c.code == case_code.strip().upper(), inside)).first()
    if case is None:
        return None
    kept = str((open_sealed(case).get("certificate") or {}).get("download_code") or "")
    if not kept or not hmac.compare_digest(kept.encode(), code.strip().encode()):
        return None
    return guards.find_death_certificate(connection, case.id)


def judge(own: Services, case_id: str) -> Verdict:
    """What the second lock says of cremating now, and every condition on its own.

    The lock takes the case's row, so it needs a transaction that may write; nothing is written.
    """
    with own.database.connect() as connection, connection.begin() as transaction:
        refusal = _refusal(guards.check_cremation, connection, case_id)
        cremated = _cremation_number(connection, case_id)
        checks = _checks(connection, case_id, cremated)
        transaction.rollback()
    if refusal is None:
        return Verdict(True, "", checks)
    return Verdict(False, refusal.message, checks, cremated)


def _refusal(
    guard: Callable[[sa.Connection, str], None], connection: sa.Connection, case_id: str
) -> RuleViolation | None:
    try:
        guard(connection, case_id)
    except RuleViolation as refusal:
        return refusal
    return None


def _cremation_number(connection: sa.Connection, case_id: str) -> str:
    found = sa.select(d.cremations.c.number).where(d.cremations.c.case_id == case_id)
    return str(connection.execute(found).scalar() or "")


def _checks(connection: sa.Connection, case_id: str, cremated: str) -> tuple[Check, ...]:
    revoked = _refusal(guards.check_not_revoked, connection, case_id)
    held = guards.is_held(connection, case_id)
    valid = guards.find_death_certificate(connection, case_id)
    return (
        Check(
            _("死亡证明"),
            valid is not None,
            _("已生效，编号 %(number)s", number=valid.number) if valid is not None else _("还没有生效的死亡证明"),
        ),
        Check(_("公安冻结"), not held, _("冻结中，审核尚未结束") if held else _("没有冻结")),
        Check(_("死亡登记"), revoked is None, _("已撤销") if revoked else _("有效")),
        Check(
            _("火化登记"),
            not cremated,
            _("已登记，火化证号 %(number)s", number=cremated) if cremated else _("尚未火化"),
        ),
    )


def _certificate(connection: sa.Connection, certificate_id: str, inside: sa.ColumnElement[bool]) -> Any:
    c = d.certificates.c
    query = sa.select(d.certificates).join(t.cases, t.cases.c.id == c.case_id).where(c.id == certificate_id, inside)
    return connection.execute(query).first()
