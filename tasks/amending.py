"""An account that took no money: corrected, or exchanged for another payee's where the pack's own table lets that be.

Rule: C-20 (inferred), INV-5. Who may be paid in place of whom stands beside the payee in the table (``other_kind``,
``other_path``): 附件2 社保 拨付对象 (the deceased's pension account, or a family member's social security card),
Y-15 and C-13 (the deceased's account, or for a reason that the window confirms the applicant's).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from engine.errors import RuleViolation
from engine.registry import CaseAccess, Job, worker
from tasks import payees
from tasks.command import values_at

_WORDS = {
    "account_invalid": "账号有误，请对照卡面核对每一位",
    "account_mismatch": "户名与收款人的姓名不一致，请对照银行卡或者社保卡更正",
    "payee_incomplete": "请填写收款人的姓名和证件号码",
}
_WINDOW = "window.clerk"


@worker("account.amend", in_transaction=True, inputs=("item", "filing", "payee"), outputs=("payee",))
def amend(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Hold what was filled in for an account (``filings.<filing>.correction.<item>``) to what a payment is held to.

    ``payee`` is a row of the pack's table. Where the form says ``change: switch``, the item goes from now on to its
    other payee, who is kept under ``filings.<filing>.payees.<item>``. Whatever is refused is refused at its field:
    change_not_allowed, window_needed, fallback_unconfirmed, payee_incomplete, payee_not_allowed, identity_invalid,
    account_invalid, account_mismatch, support_unconfirmed.
    """
    item, filing, payee = str(job.inputs["item"]), str(job.inputs["filing"]), dict(job.inputs["payee"])
    filled = values_at(case, f"filings.{filing}.correction.{item}")
    if filled.get("change") == "switch":
        payee = _switch(case, filing, item, payee, filled)
    try:
        payees.read_payee(case, filing, item, str(payee["kind"]), str(payee["path"]))
    except RuleViolation as refusal:
        _refuse(refusal, str(payee["kind"]))
    return {"payee": payee}


def _switch(
    case: CaseAccess, filing: str, item: str, payee: Mapping[str, Any], filled: Mapping[str, Any]
) -> dict[str, Any]:
    kind, path = payee.get("other_kind"), payee.get("other_path")
    if not kind or not path:
        message = "本事项的收款人按规定不能改变，请更正原来的账户；不能更正的，请到政务服务窗口办理"
        raise RuleViolation("change_not_allowed", message, "INV-5", "change")
    if path == payees.JOINT:
        _demand_window(case, filled)
    shown = {"kind": kind, "path": path, "id_kind": filled.get("id_kind"), "fallback_confirmed": path == payees.JOINT}
    case.write_facts(shown, payees.changed_at(filing, item))
    case.write_sealed({name: filled.get(name) for name in ("name", "id_number")}, payees.changed_at(filing, item))
    return {"kind": kind, "path": path}


def _demand_window(case: CaseAccess, filled: Mapping[str, Any]) -> None:
    """Rule: C-13: only with a reason, and when the window has confirmed it."""
    if not (case.actor.unbounded or _WINDOW in case.actor.groups):
        message = "改付至申请人账户须由窗口核实，请带逝者账户的销户证明等材料，到政务服务窗口办理"
        raise RuleViolation("window_needed", message, "C-13", "change")
    if filled.get("fallback_confirmed") is not True:
        message = "请核实逝者没有可用的账户并勾选；核实不了的，只能付至逝者账户"
        raise RuleViolation("fallback_unconfirmed", message, "C-13", "fallback_confirmed")


def _refuse(refusal: RuleViolation, kind: str) -> NoReturn:
    fields = {
        "account_invalid": "card_number" if kind == "family" else "account",
        "account_mismatch": "account_name",
        "payee_incomplete": "id_number",
        "identity_invalid": "id_number",
        "payee_not_allowed": "id_number",
    }
    words = _WORDS.get(refusal.rule, refusal.message)
    raise RuleViolation(refusal.rule, words, refusal.source, fields.get(refusal.rule, "change")) from None
