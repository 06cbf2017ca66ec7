"""Whom a payment goes to, and to which account: read from the application, checked against who may have it.

The pack's table says kind and place (``deceased`` at ``medical``); what stands there is the form's. Nothing here is
shown to FEEL, and of an account only the tail is kept in the open.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.clock import local_date
from engine.errors import RuleViolation
from engine.registry import CaseAccess
from forms.formats import compact, is_social_card
from tasks import identity, in_laws
from tasks.command import facts_at, text_of, values_at

KINDS = ("deceased", "family", "heir")
OWN_RECORD = "registers.pension"
"""The deceased's pension account: the department has it on its own record, no form asks for it (附件2 社保 备注)."""
JOINT = "payout"
"""One account for whatever is paid: the deceased's, or for a special reason the applicant's (Y-15, C-13)."""
OWN_RECORD_TAIL = "养老金账户"
HELD_BY = ("medical", "housing", "deposit", JOINT)
"""Blocks of the application that name an account and its holder."""
_PLACE = re.compile(r"[a-z_]+")
_ACCOUNT = re.compile(r"\d{8,30}", re.ASCII)


_FOR_THE_FAMILY: Mapping[str, tuple[str, str]] = {
    "payee_incomplete": ("id_number", "请填写领待人的姓名和证件号码"),
    "identity_invalid": ("id_number", ""),  # says itself what is wrong
    "payee_not_allowed": ("id_number", "拨付给家属的，领待人不能是逝者本人，请填写家属的证件号码"),
    "account_invalid": ("card_number", "社保卡号有误，请对照卡面核对每一位"),
    "account_mismatch": ("account_name", "户名与领待人的姓名不一致，请对照社保卡更正"),
}
"""What may be refused of a family member's card: at which field, and in which words for who fills it in."""


@dataclass(frozen=True, slots=True)
class Payee:
    """Who is paid and where. ``digest`` tells payees apart; ``tail`` is what people recognise the account by."""

    kind: str
    name: str
    digest: str
    tail: str
    account: Mapping[str, str]

    def seal(self, case: CaseAccess, payment_id: str) -> bytes:
        return case.sealer.seal({"kind": self.kind, "name": self.name, **self.account}, payment_id)


def read_payee(case: CaseAccess, filing: str, item: str, kind: str, place: str) -> Payee:
    """The payee of an item, as the application (or a correction of its account) states it.

    Raises payee_not_allowed, payee_incomplete, identity_invalid, account_invalid, account_mismatch,
    fallback_unconfirmed, support_unconfirmed.
    Rule: hunan-2025, 附件2: 拨付对象为本人的默认拨付至本人养老金账户，为家属的仅限拨付至家属社保卡; 死者银行卡 for the
    medical account and the housing fund; 申请人银行卡 for a small deposit. INV-5.
    """
    if kind not in KINDS:
        raise RuleViolation("payee_not_allowed", "拨付对象不在规则允许的范围内，请到窗口核对", "INV-5")
    if place == OWN_RECORD:
        return _deceased_on_record(case, kind)
    if not _PLACE.fullmatch(place):
        raise RuleViolation("payee_not_allowed", "收款账户不在申请表中，请到窗口核对", "INV-5")
    if kind != "deceased":
        in_laws.demand_confirmation(case, filing)
    if place == JOINT and kind != "deceased":
        _demand_confirmation(case, filing, item)
    block = _stated(case, filing, item, place)
    if not block:
        raise RuleViolation("payee_incomplete", "申请表没有填写收款账户，请申请人补充后再复核", "INV-5")
    name, digest = _person(case, kind, filing, block)
    number, holder = _account(kind, block, local_date(case.now())), text_of(block, "account_name") or name
    _demand_holder(case, kind, name, holder)
    account = {"number": number, "bank": text_of(block, "bank"), "bank_class": text_of(block, "bank_class")}
    return Payee(kind, name, digest, number[-4:], {**account, "holder": holder})


def check_stated(case: CaseAccess, filing: str) -> None:
    """Refuse at once, at its field, what would be refused when the money is to be ordered.

    Looked at is what holds whatever a pack's table of payees says. Raises identity_invalid, payee_not_allowed,
    account_invalid, account_mismatch. Rule: INV-5, 附件2; that the family reads it before it hands in is inferred.
    """
    stated, deceased = values_at(case, f"filings.{filing}"), text_of(values_at(case, "deceased"), "name")
    social = stated.get("social") or {}
    if social.get("payee") == "family":
        _check_family(case, filing, social)
    known = {deceased, text_of(stated.get("applicant") or {}, "name")}
    for place in HELD_BY if deceased else ():
        block = stated.get(place) or {}
        holder = text_of(block, "account_name")
        if holder and holder not in known | {text_of(block, "name")}:
            message = f"户名“{holder}”既不是逝者，也不是收款人，请对照银行卡更正"
            raise RuleViolation("account_mismatch", message, "INV-5", f"{place}.account_name")


def _check_family(case: CaseAccess, filing: str, social: Mapping[str, Any]) -> None:
    try:
        name, _ = _person(case, "family", filing, social)
        _account("family", social, local_date(case.now()))
        _demand_holder(case, "family", name, text_of(social, "account_name") or name)
    except RuleViolation as refusal:
        field, words = _FOR_THE_FAMILY[refusal.rule]
        raise RuleViolation(refusal.rule, words or refusal.message, refusal.source, f"social.{field}") from None


def _deceased_on_record(case: CaseAccess, kind: str) -> Payee:
    if kind != "deceased":
        raise RuleViolation("payee_not_allowed", "养老金账户只能拨付给逝者本人，请到窗口核对", "INV-5")
    name, digest = _person(case, kind, "", {})
    return Payee(kind, name, digest, OWN_RECORD_TAIL, {"number": "", "bank": "", "holder": name})


def changed_at(filing: str, item: str) -> str:
    """Where it stands that an item is paid to another than its application says, since the bank refused the account."""
    return f"filings.{filing}.payees.{item}"


def _demand_confirmation(case: CaseAccess, filing: str, item: str) -> None:
    """Rule: C-13: nobody but the deceased is paid from the joint account unless the window has confirmed the reason."""
    said = (facts_at(case, path) for path in (f"filings.{filing}.acceptance", changed_at(filing, item)))
    if not any(values.get("fallback_confirmed") is True for values in said):
        message = "窗口没有确认逝者没有可用账户，款项只能拨付至逝者账户；请退回窗口核实原因"
        raise RuleViolation("fallback_unconfirmed", message, "C-13")


def _stated(case: CaseAccess, filing: str, item: str, place: str) -> dict[str, Any]:
    """The form's block, with what was filled in after the bank had refused the account laid over it."""
    path, changed = f"filings.{filing}", values_at(case, changed_at(filing, item))
    laid = [changed if changed.get("path") == place else {}, values_at(case, f"{path}.correction.{item}")]
    filled = {name: value for values in laid for name, value in values.items() if value not in (None, "")}
    return dict(values_at(case, f"{path}.{place}")) | filled


def _person(case: CaseAccess, kind: str, filing: str, block: Mapping[str, Any]) -> tuple[str, str]:
    """Name and digest of the payee: the deceased, whom the block names, or else the applicant."""
    deceased = values_at(case, "deceased")
    if kind == "deceased":
        digest = identity.digest(case.sealer, text_of(deceased, "id_kind"), text_of(deceased, "id_number"))
        return text_of(deceased, "name"), digest or case.sealer.fingerprint("deceased", text_of(deceased, "name"))
    person = block if text_of(block, "name") else values_at(case, f"filings.{filing}.applicant")
    name, number = text_of(person, "name"), text_of(person, "id_number")
    if not name or not number:
        raise RuleViolation("payee_incomplete", "请补充收款人姓名和证件号码后再复核", "INV-5")
    id_kind = text_of(person, "id_kind") or identity.RESIDENT
    if fault := identity.check_identity(id_kind, number, local_date(case.now())):
        raise RuleViolation("identity_invalid", f"收款人{fault}", "INV-5")
    digest = identity.digest(case.sealer, id_kind, number)
    if digest == identity.digest(case.sealer, text_of(deceased, "id_kind"), text_of(deceased, "id_number")):
        raise RuleViolation("payee_not_allowed", "拨付给家属的，收款人不能是逝者本人，请核对后更正", "INV-5")
    return name, str(digest)


def _account(kind: str, block: Mapping[str, Any], today: date) -> str:
    """The account's number. A family member is paid to a social security card and nowhere else."""
    is_card = kind == "family"
    stated = compact(text_of(block, "card_number" if is_card else "account"))
    if not (is_social_card(stated, today) if is_card else _ACCOUNT.fullmatch(stated)):
        what = "社保卡号" if is_card else "银行账号"
        raise RuleViolation("account_invalid", f"{what}有误，请申请人对照卡面更正后再复核", "INV-5")
    return stated


def _demand_holder(case: CaseAccess, kind: str, name: str, holder: str) -> None:
    """The account is the payee's own; an heir's money may also go to the deceased's card, as the form has it."""
    allowed = {name} | ({text_of(values_at(case, "deceased"), "name")} if kind == "heir" else set())
    if holder not in allowed:
        raise RuleViolation("account_mismatch", "收款账户的户名与收款人不一致，请申请人更正后再复核", "INV-5")
