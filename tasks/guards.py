"""The second lock: what no diagram may do, whatever it draws, refused in words.

Workers call these before they write; ``tasks.triggers`` refuse the same once more in the database. Each looks under the
lock of the case, which a command holds already: a freeze that another command is just setting is waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from engine import tables as t
from engine.errors import RuleViolation
from tasks import tables as d

Guard = Callable[[sa.Connection, str], None]


def lock_case(connection: sa.Connection, case_id: str) -> None:
    """Wait until nobody else works on the case. On SQLite a write transaction is alone already."""
    connection.execute(sa.select(t.cases.c.id).where(t.cases.c.id == case_id).with_for_update())


def is_held(connection: sa.Connection, case_id: str) -> bool:
    """Whether a hold of the case is active."""
    c = d.holds.c
    return _any(connection, sa.select(c.id).where(c.case_id == case_id, c.released_at.is_(None)))


def find_death_certificate(connection: sa.Connection, case_id: str) -> Any:
    """The certificate of the death that is in force; None where there is none."""
    c = d.certificates.c
    valid = sa.select(d.certificates).where(c.case_id == case_id, c.status == "valid", c.kind != "cremation")
    return connection.execute(valid).first()


def check_not_revoked(connection: sa.Connection, case_id: str) -> None:
    """Raises ``death_revoked``. Rule: C-26, inferred."""
    c = d.revocations.c
    if _any(connection, sa.select(c.case_id).where(c.case_id == case_id)):
        raise RuleViolation("death_revoked", "死亡登记已撤销，本办件不再办理；如有疑问请咨询政务服务窗口", "C-26")


def check_cremation(connection: sa.Connection, case_id: str) -> None:
    """Raises ``death_revoked``, ``cremated_already``, ``remains_held``, ``certificate_missing``.

    Rule: H-6, H-17 (hunan-2025, 二(四)4(3), 6(1)); INV-1, INV-3. A certificate never opens the gate of a frozen case
    (H-20, inferred).
    """
    lock_case(connection, case_id)
    check_not_revoked(connection, case_id)
    if _any(connection, sa.select(d.cremations.c.case_id).where(d.cremations.c.case_id == case_id)):
        message = "本办件已登记火化，不能重复登记；如原登记有误，请联系殡仪馆负责人核对"
        raise RuleViolation("cremated_already", message, "INV-6")
    _check_disposable(connection, case_id, "火化")


def check_disposal(connection: sa.Connection, case_id: str) -> None:
    """The same for a burial or a donation, which freeze and certificate bind no less. Rule: INV-8; C-25, inferred."""
    lock_case(connection, case_id)
    check_not_revoked(connection, case_id)
    _check_disposable(connection, case_id, "安葬或捐献")


def check_payments(connection: sa.Connection, case_id: str) -> None:
    """What bars every payment of the case.

    Raises ``death_revoked``, ``payments_held``, ``payments_objected``, ``certificate_missing``. Rule: INV-5, INV-8;
    C-26 (an objection stops payments, not the cremation), inferred.
    """
    lock_case(connection, case_id)
    check_not_revoked(connection, case_id)
    if is_held(connection, case_id):
        message = "公安机关尚未解除冻结，款项暂不支付；请等待公安审核结束后再复核"
        raise RuleViolation("payments_held", message, "INV-8")
    c = d.objections.c
    statuses = set(connection.execute(sa.select(c.status).where(c.case_id == case_id)).scalars())
    if "open" in statuses:
        message = "有其他继承人提出异议，款项暂停支付；请待异议处理完毕后再复核"
        raise RuleViolation("payments_objected", message, "C-26")
    if "upheld" in statuses:
        raise RuleViolation("payments_objected", "继承人的异议成立，款项不在本联办中支付；请转线下办理", "C-26")
    if find_death_certificate(connection, case_id) is None:
        raise RuleViolation("certificate_missing", "死亡证明尚未生效，款项暂不支付；请在出具死亡证明后再复核", "INV-5")


def check_payment(connection: sa.Connection, case_id: str, item: str, filing_id: str) -> None:
    """What bars the payment of one item, besides all that bars any.

    Raises ``commitment_missing``, ``prerequisite_missing``, ``item_not_payable``. Rule: H-4, H-32; INV-4, INV-5.
    """
    check_payments(connection, case_id)
    c = d.commitments.c
    if not _any(connection, sa.select(c.id).where(c.case_id == case_id, c.filing_id == filing_id)):
        raise RuleViolation("commitment_missing", "申请人尚未签署承诺函，款项暂不支付；请先请申请人签署承诺函", "H-32")
    missing = find_unfinished_requirements(connection, case_id, item)
    if missing:
        message = f"前置事项（{'、'.join(missing)}）尚未办结，款项暂不支付；请先办结前置事项"
        raise RuleViolation("prerequisite_missing", message, "H-4")
    i = d.items.c
    payable = (i.case_id == case_id, i.code == item, i.filing_id == filing_id, i.pays, i.status == "paying")
    if not _any(connection, sa.select(i.code).where(*payable)):
        raise RuleViolation("item_not_payable", "本事项不在待支付状态，不能支付；请先核对事项的办理进度", "INV-5")


def find_unfinished_requirements(connection: sa.Connection, case_id: str, item: str) -> list[str]:
    """Codes of the items that must be done before ``item`` and are not."""
    r, i = d.item_requirements.c, d.items.c
    done = sa.select(i.code).where(i.case_id == case_id, i.code == r.requires, i.status == "done").exists()
    query = sa.select(r.requires).where(r.case_id == case_id, r.code == item, ~done).order_by(r.requires)
    return list(connection.execute(query).scalars())


def _check_disposable(connection: sa.Connection, case_id: str, act: str) -> None:
    if is_held(connection, case_id):
        message = f"公安机关尚未解除冻结，遗体只可接运安放，不得{act}；请等待公安审核结束"
        raise RuleViolation("remains_held", message, "H-17")
    if find_death_certificate(connection, case_id) is None:
        message = f"死亡证明尚未生效，不得{act}；请先取得《死亡证明》或《非正常死亡证明》"
        raise RuleViolation("certificate_missing", message, "H-6")


def _any(connection: sa.Connection, query: sa.Select[Any]) -> bool:
    return connection.execute(query.limit(1)).first() is not None


ACTS: Mapping[str, Guard] = {
    "record_cremation": check_cremation,
    "record_disposal": check_disposal,
    "order_payment": check_payments,
}
"""The acts that law guards, by the name that a scenario tries them under."""
