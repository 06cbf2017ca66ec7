"""An account that took no money: corrected, or exchanged for the other payee that the pack's table names."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import RuleViolation
from tasks import tables as d
from tests.domain.applying import APPLICANT_ID, refused
from tests.domain.conftest import Case
from tests.domain.paying import DEPOSIT, FAMILY_CARD, MEDICAL, OWN_ACCOUNT, account, order, payable
from tests.domain.test_payees import joint

ITEM = "survivor_benefit"
AT = f"filings.f1.correction.{ITEM}"
PENSION: dict[str, Any] = OWN_ACCOUNT | {"other_kind": "family", "other_path": "social"}
JOINT: dict[str, Any] = {"kind": "deceased", "path": "payout", "other_kind": "heir", "other_path": "payout"}
CARD = {"card_number": "6217003010009929993", "account_name": "谭䶮", "bank": "长沙银行"}
FAMILY = {"name": "谭䶮", "id_number": APPLICANT_ID, **CARD}
OWN = {"account": "6214672540000000008", "account_name": "谭䶮", "bank": "长沙银行"}


def amend(case: Case, payee: dict[str, Any], item: str = ITEM) -> Any:
    return case.run("account.amend", item=item, filing="f1", payee=payee)["payee"]


def not_amended(case: Case, payee: dict[str, Any], item: str = ITEM) -> RuleViolation:
    return refused(case, "account.amend", item=item, filing="f1", payee=payee)


def switched(case: Case, sealed: dict[str, Any], **facts: Any) -> None:
    case.submit({"change": "switch", "id_kind": "resident_id", **facts}, AT, sealed)


@pytest.mark.parametrize(
    ("item", "payee", "filled", "rule", "field"),
    [
        ("med_withdraw", MEDICAL, {"account_name": "谭䢺"}, "account_mismatch", "account_name"),
        ("med_withdraw", MEDICAL, {"account": "1234"}, "account_invalid", "account"),
        ("deposit_small", DEPOSIT, {"account_name": "谭䢺"}, "account_mismatch", "account_name"),
        (ITEM, FAMILY_CARD, {"card_number": "62170030"}, "account_invalid", "card_number"),
        (ITEM, FAMILY_CARD, {"account_name": "谭㳘生"}, "account_mismatch", "account_name"),
    ],
)
def test_what_could_not_be_paid_to_is_refused_at_its_field(
    case: Case, item: str, payee: dict[str, Any], filled: dict[str, str], rule: str, field: str
) -> None:
    payable(case, item)
    case.submit({}, f"filings.f1.correction.{item}", filled)
    refusal = not_amended(case, payee, item)
    assert (refusal.rule, refusal.field) == (rule, field)


def test_a_corrected_account_is_adopted_and_the_payee_stays(case: Case) -> None:
    payable(case, "med_withdraw")
    case.submit({"bank": "长沙银行"}, "filings.f1.correction.med_withdraw", {"account": "6214672540000000008"})
    assert amend(case, MEDICAL, "med_withdraw") == MEDICAL
    assert "payees" not in case.facts["filings"]["f1"]


def test_the_pension_account_is_corrected_where_it_is_on_record(case: Case) -> None:
    payable(case)
    case.submit({"change": "keep"}, AT)
    assert amend(case, PENSION) == PENSION


def test_the_table_lets_a_family_member_be_paid_in_place_of_the_deceased(case: Case) -> None:
    payable(case)
    switched(case, FAMILY)
    payee = amend(case, PENSION)
    assert payee == FAMILY_CARD
    order(case, **payee)
    row = case.row(d.payments)
    assert (row.payee_kind, row.account_tail, account(case)["name"]) == ("family", "9993", "谭䶮")
    assert "谭䶮" not in str(case.facts)


def test_the_exchanged_payee_outlives_a_later_correction(case: Case) -> None:
    """A later form shows the name no more, so the engine drops it from the correction."""
    payable(case)
    switched(case, FAMILY)
    payee = amend(case, PENSION)
    case.record.drop(AT.split("."))
    case.submit({}, AT, {**CARD, "card_number": "6217003010001254564"})
    assert amend(case, payee) == FAMILY_CARD
    order(case, **payee)
    assert (case.row(d.payments).account_tail, account(case)["name"]) == ("4564", "谭䶮")


@pytest.mark.parametrize(
    ("changes", "rule", "field"),
    [
        ({"id_number": "430102197506151228"}, "identity_invalid", "id_number"),
        ({"card_number": "123"}, "account_invalid", "card_number"),
        ({"account_name": "谭㳘生"}, "account_mismatch", "account_name"),
    ],
)
def test_the_other_payee_is_held_to_the_same_rules(case: Case, changes: dict[str, str], rule: str, field: str) -> None:
    payable(case)
    switched(case, FAMILY | changes)
    refusal = not_amended(case, PENSION)
    assert (refusal.rule, refusal.field) == (rule, field)


@pytest.mark.parametrize("payee", [MEDICAL, DEPOSIT, FAMILY_CARD, {**MEDICAL, "other_kind": None, "other_path": None}])
def test_nobody_else_is_paid_where_the_table_names_nobody(case: Case, payee: dict[str, Any]) -> None:
    payable(case)
    switched(case, FAMILY)
    refusal = not_amended(case, payee)
    assert (refusal.rule, refusal.field) == ("change_not_allowed", "change")
    assert "收款人按规定不能改变" in refusal.message


def test_the_applicant_is_paid_in_place_of_the_deceased_when_the_window_says_so(case: Case) -> None:
    joint(case, "deceased", "谭㳘生")
    switched(case, {**OWN, "reason": "账户已经销户"}, fallback_confirmed=True)
    case.act_as("applicant")
    refusal = not_amended(case, JOINT)
    assert (refusal.rule, refusal.field) == ("window_needed", "change")
    case.act_as("window.clerk")
    case.submit({"fallback_confirmed": False}, AT)
    refusal = not_amended(case, JOINT)
    assert (refusal.rule, refusal.field) == ("fallback_unconfirmed", "fallback_confirmed")
    case.submit({"fallback_confirmed": True}, AT)
    assert amend(case, JOINT) == {"kind": "heir", "path": "payout"}
    case.act_as("hrss.reviewer")
    order(case, kind="heir", path="payout")
    assert (case.row(d.payments).payee_kind, account(case)["name"]) == ("heir", "谭䶮")
