"""What a funeral home takes a body over against, checked with the case.

Rule: H-19 (hunan-2025, 二(四)6(1)), 凭死者继承人的纸质《死亡证明》、《死亡证明》电子证照或短信验证码接运遗体. A notice
of the police stands for a certificate while they examine: H-22, inferred. What is taken over so is only stored.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.errors import RuleViolation
from engine.registry import CaseAccess
from tasks import guards
from tasks import tables as d
from tasks.command import connection_of, text_of, values_at

VOUCHERS = {
    "paper": "纸质死亡证明",
    "elicence": "死亡证明电子证照",
    "code": "短信验证码",
    "police_notice": "公安机关通知",
}


def check_voucher(case: CaseAccess, case_id: str, custody: Mapping[str, Any]) -> str:
    """The kind of voucher that ``custody`` names, when the case bears it out. Raises ``voucher_invalid``."""
    kind, number = text_of(custody, "voucher"), text_of(custody, "voucher_number")
    if kind not in VOUCHERS:
        raise RuleViolation("voucher_invalid", f"请选择接运凭证：{'、'.join(VOUCHERS.values())}", "H-19")
    if kind == "police_notice":
        if not guards.is_held(connection_of(case), case_id):
            message = "本办件不在公安审核期间，不能凭公安机关通知接运；请改用死亡证明、电子证照或短信验证码"
            raise RuleViolation("voucher_invalid", message, "H-22")
        return kind
    if not number:
        raise RuleViolation("voucher_invalid", f"请填写{VOUCHERS[kind]}的编号", "H-19")
    if not _bears_out(case, case_id, kind, number):
        message = f"{VOUCHERS[kind]}与本办件不符，请核对编号；核对无误仍不符的，请联系出具单位"
        raise RuleViolation("voucher_invalid", message, "H-19")
    return kind


def _bears_out(case: CaseAccess, case_id: str, kind: str, number: str) -> bool:
    """Paper exists from when it was written; the e-licence and its code from when the certificate was in force."""
    if kind == "code":
        code = text_of(values_at(case, "certificate"), "download_code")
        return bool(code) and hmac.compare_digest(code.encode(), number.encode())
    c = d.certificates.c
    statuses = ("recorded", "valid") if kind == "paper" else ("valid",)
    mine = (c.case_id == case_id, c.kind != "cremation", c.status.in_(statuses))
    numbers = connection_of(case).execute(sa.select(c.number).where(*mine)).scalars()
    return number in set(numbers)
