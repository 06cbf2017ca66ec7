"""Applications (申请) of a case: the rows, and where their facts lie.

The first is ``f1``; another heir's joins the case as ``f2``, ``f3`` … (C-26). What a form said is in the case facts
under ``filings.<name>``; what the law looks at is in the row, and ``filings.<name>.status`` mirrors it.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from engine.clock import to_text
from engine.errors import RuleViolation
from engine.registry import CaseAccess
from tasks import guards
from tasks import tables as d
from tasks.command import completed_by, connection_of
from tasks.switches import switch

FIRST = "f1"
TASKS = ("file_application", "file_joint_application")  # the user tasks in which somebody files
ENDED = frozenset({"refused", "withdrawn", "lapsed", "not_needed"})
_IN_WORDS = {
    "draft": "尚未提交",
    "filed": "已提交，等待受理",
    "supplement": "等待补正",
    "accepted": "已受理",
    "refused": "不予受理",
    "withdrawn": "已撤回",
    "lapsed": "已逾期",
    "not_needed": "无须受理",
}


def find_filing(connection: sa.Connection, case_id: str, name: str) -> Any:
    """The row of an application; None before anything of it is stored."""
    query = sa.select(d.filings).where(d.filings.c.case_id == case_id, d.filings.c.name == name)
    return connection.execute(query).first()


def get_filing(connection: sa.Connection, case_id: str, name: str) -> Any:
    """As ``find_filing``. Raises ``filing_unknown``."""
    row = find_filing(connection, case_id, name)
    if row is None:
        raise RuleViolation("filing_unknown", f"本办件没有申请“{name}”，请先填写并提交申请表")
    return row


def name_of(connection: sa.Connection, filing_id: str) -> str:
    """The name of an application's row: its place in the case facts."""
    return str(connection.execute(sa.select(d.filings.c.name).where(d.filings.c.id == filing_id)).scalar_one())


def demand_status(row: Any, *allowed: str) -> None:
    """Raises ``filing_settled`` where the application is past (or short of) what is asked of it."""
    if row.status not in allowed:
        message = f"申请“{row.name}”{_IN_WORDS[row.status]}，不能进行此项操作；如需变更请到政务服务窗口提出"
        raise RuleViolation("filing_settled", message)


def is_own(case: CaseAccess, case_id: str, name: str) -> bool:
    """Whether whoever acts filed this application themselves, or is the window, which acts for all."""
    actor = case.actor
    if actor.unbounded or "window.clerk" in actor.groups:
        return True
    return actor.id in completed_by(connection_of(case), case_id, TASKS, f"filings.{name}")


def demand_certificate(connection: sa.Connection, case_id: str) -> None:
    """Raises ``certificate_missing``.

    Rule: H-7 (hunan-2025, 附件3 二), 在办理完死亡证明后可申请办理; H-5.
    """
    if guards.find_death_certificate(connection, case_id) is None:
        raise RuleViolation("certificate_missing", "死亡证明尚未生效，请在出具死亡证明后再申请", "H-7")


def demand_intake(case: CaseAccess, case_id: str) -> None:
    """What must be so before anybody applies. Raises ``certificate_missing``, ``remains_unsettled``.

    Rule: H-7; where the pack opens applications only when the remains are settled (the switch ``application.opens``),
    Y-12: the cremation is on record, or there will be none.
    """
    connection, r = connection_of(case), d.remains.c
    demand_certificate(connection, case_id)
    if switch(case.release, "application.opens", "certificate") == "certificate":
        return
    settled = sa.or_(r.disposed_at.is_not(None), sa.and_(r.disposition == "none", r.evidence.is_not(None)))
    if connection.execute(sa.select(r.case_id).where(r.case_id == case_id, settled)).first() is None:
        message = "还没有火化记录，请在殡仪馆火化并上传火化证明之后再申请"
        raise RuleViolation("remains_unsettled", message, "Y-12")


def save_filing(case: CaseAccess, case_id: str, name: str, **values: Any) -> str:
    """Insert or update an application and mirror its status; its id."""
    connection = connection_of(case)
    row = find_filing(connection, case_id, name)
    filing_id = uuid4().hex if row is None else str(row.id)
    if row is None:
        connection.execute(d.filings.insert().values(id=filing_id, case_id=case_id, name=name, **values))
    else:
        connection.execute(d.filings.update().where(d.filings.c.id == filing_id).values(**values))
    if status := values.get("status"):
        case.write_facts({"status": status}, f"filings.{name}")
        if name == FIRST and status in ("filed", "accepted", *ENDED):
            case.write_facts({"status": status}, "application")
    return filing_id


def end_filing(case: CaseAccess, case_id: str, name: str, status: str) -> None:
    """The application ends unaccepted: ``refused``, ``withdrawn``, ``lapsed`` or ``not_needed``."""
    assert status in ENDED
    save_filing(case, case_id, name, status=status, ended_at=to_text(case.now()))
