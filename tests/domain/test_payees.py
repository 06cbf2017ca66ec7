"""Whom a payment goes to: by the item's rule, to an account in the right name."""

from __future__ import annotations

from typing import Any

import pytest

from tasks import identity
from tasks import tables as d
from tests.domain.applying import APPLICANT_ID, SEALED, fill_in, prepare, refused
from tests.domain.conftest import DECEASED_ID, Case
from tests.domain.paying import (
    DEPOSIT,
    FAMILY_CARD,
    HOUSING,
    MEDICAL,
    account,
    not_ordered,
    order,
    payable,
)

CARD = {"name": "谭䶮", "id_number": APPLICANT_ID}


def test_the_deceaseds_pension_account_is_on_the_departments_own_record(case: Case) -> None:
    payable(case)
    order(case)
    row = case.row(d.payments)
    assert row.account_tail == "养老金账户"
    assert row.payee_digest == identity.digest(case.sealer, "resident_id", DECEASED_ID)
    assert account(case)["name"] == "谭㳘生"


def test_a_family_member_is_paid_to_their_social_security_card(case: Case) -> None:
    payable(case)
    order(case, **FAMILY_CARD)
    row = case.row(d.payments)
    assert (row.payee_kind, row.account_tail) == ("family", "4564")
    assert row.payee_digest == identity.digest(case.sealer, "resident_id", APPLICANT_ID)
    assert account(case)["number"] == "6217003010001254564"
    assert b"6217003010001254564" not in bytes(row.sealed)


@pytest.mark.parametrize(
    ("code", "where", "tail", "name"),
    [
        ("med_withdraw", MEDICAL, "5702", "谭㳘生"),
        ("hpf_withdraw", HOUSING, "3453", "谭㳘生"),
        ("deposit_small", DEPOSIT, "0018", "谭䶮"),
    ],
)
def test_each_item_goes_to_the_account_that_its_rule_names(
    case: Case, code: str, where: dict[str, str], tail: str, name: str
) -> None:
    payable(case, code)
    order(case, code, **where)
    assert (case.row(d.payments).account_tail, account(case)["name"]) == (tail, name)


@pytest.mark.parametrize(
    ("changes", "where", "rule"),
    [
        ({}, {"kind": "neighbour", "path": "social"}, "payee_not_allowed"),
        ({}, {"kind": "family", "path": "registers.pension"}, "payee_not_allowed"),
        ({}, {"kind": "family", "path": "social.name"}, "payee_not_allowed"),
        ({}, {"kind": "heir", "path": "notary"}, "payee_incomplete"),
        ({"social_sealed": {"name": "谭䶮", "card_number": "62170030"}}, FAMILY_CARD, "payee_incomplete"),
        (
            {"social_sealed": {"name": "谭䶮", "id_number": "430102197506151228", "card_number": "62170030"}},
            FAMILY_CARD,
            "identity_invalid",
        ),
        (
            {"social_sealed": {"name": "谭㳘生", "id_number": DECEASED_ID, "card_number": "62170030"}},
            FAMILY_CARD,
            "payee_not_allowed",
        ),
        (
            {"social_sealed": {**CARD, "card_number": "见附件"}},
            FAMILY_CARD,
            "account_invalid",
        ),
        (
            {
                "social_sealed": {
                    "name": "谭䶮",
                    "id_number": APPLICANT_ID,
                    "card_number": "A12345678",
                    "account_name": "谭䢺",
                }
            },
            FAMILY_CARD,
            "account_mismatch",
        ),
        (
            {"social_sealed": {**CARD, "account": "6217003010001254564"}},
            FAMILY_CARD,
            "account_invalid",
        ),
    ],
)
def test_a_payee_outside_the_rules_is_refused(
    case: Case, changes: dict[str, Any], where: dict[str, str], rule: str
) -> None:
    payable(case)
    case.record.drop(("filings", "f1"))  # what stands there now was never looked at when it was handed in
    fill_in(case, "survivor_benefit", **changes)
    assert not_ordered(case, **where).rule == rule
    assert case.row(d.items).status == "processing"


@pytest.mark.parametrize(
    ("block", "changes", "rule", "field"),
    [
        ("social", {"card_number": "6217003010001254565"}, "account_invalid", "social.card_number"),
        ("social", {"card_number": "SH4301000801"}, "account_invalid", "social.card_number"),
        ("social", {"account_name": "谭甪"}, "account_mismatch", "social.account_name"),
        ("social", {"id_number": "430102197506151228"}, "identity_invalid", "social.id_number"),
        ("social", {"id_number": DECEASED_ID}, "payee_not_allowed", "social.id_number"),
        ("medical", {"account_name": "谭甪"}, "account_mismatch", "medical.account_name"),
        ("housing", {"account_name": "谭甪"}, "account_mismatch", "housing.account_name"),
        ("deposit", {"account_name": "谭甪"}, "account_mismatch", "deposit.account_name"),
    ],
)
def test_what_could_not_be_paid_is_said_at_its_field_when_the_application_is_handed_in(
    case: Case, block: str, changes: dict[str, Any], rule: str, field: str
) -> None:
    prepare(case)
    fill_in(case, "survivor_benefit", **{f"{block}_sealed": SEALED[block] | changes})
    refusal = refused(case, "application.register", filing="f1")
    assert (refusal.rule, refusal.field) == (rule, field)
    assert "复核" not in refusal.message  # the family reads it, not a reviewer


@pytest.mark.parametrize("holder", ["谭㳘生", "谭䶮", ""])
def test_an_account_of_the_deceased_or_of_the_applicant_may_be_named(case: Case, holder: str) -> None:
    prepare(case)
    fill_in(case, "survivor_benefit", medical_sealed=SEALED["medical"] | {"account_name": holder})
    case.run("application.register", filing="f1")


def test_the_card_of_nobody_who_is_to_be_paid_is_not_looked_at(case: Case) -> None:
    prepare(case)
    bad = SEALED["social"] | {"card_number": "见附件"}
    fill_in(case, "survivor_benefit", social={"payee": "deceased"}, social_sealed=bad)
    case.run("application.register", filing="f1")


def test_the_deceaseds_account_is_in_the_deceaseds_name(case: Case) -> None:
    sealed = {"account": "6222021001116245702", "account_name": "谭䶮"}
    payable(case, "med_withdraw")
    case.submit({}, "filings.f1.medical", sealed)
    assert not_ordered(case, "med_withdraw", **MEDICAL).rule == "account_mismatch"


JOINT = {"account": "6222021001116245702", "account_name": "谭㳘生"}


def joint(case: Case, payee: str, account_name: str, **acceptance: Any) -> None:
    """The application states one account for whatever is paid."""
    payable(case)
    case.submit(
        {"payee": payee, "bank": "农业银行荣家湾支行"}, "filings.f1.payout", JOINT | {"account_name": account_name}
    )
    case.submit(acceptance, "filings.f1.acceptance")


def test_one_account_of_the_deceaseds_serves_whatever_is_paid(case: Case) -> None:
    joint(case, "deceased", "谭㳘生")
    order(case, kind="deceased", path="payout")
    assert (case.row(d.payments).account_tail, account(case)["name"]) == ("5702", "谭㳘生")


def test_the_applicant_is_paid_instead_only_where_the_window_has_confirmed_why(case: Case) -> None:
    joint(case, "heir", "谭䶮")
    assert not_ordered(case, kind="heir", path="payout").rule == "fallback_unconfirmed"
    case.submit({"fallback_confirmed": True}, "filings.f1.acceptance")
    order(case, kind="heir", path="payout")
    assert (case.row(d.payments).payee_kind, account(case)["name"]) == ("heir", "谭䶮")


def test_a_corrected_account_takes_the_place_of_the_returned_one(case: Case) -> None:
    payable(case, "med_withdraw")
    case.run("payment.return", payment_id=order(case, "med_withdraw", **MEDICAL)["payment_id"])
    case.submit({"bank": "长沙银行"}, "filings.f1.correction.med_withdraw", {"account": "6214672540000000008"})
    order(case, "med_withdraw", **MEDICAL)
    assert {row.status: row.account_tail for row in case.rows(d.payments)} == {"returned": "5702", "ordered": "0008"}


def test_the_correction_of_another_items_account_is_not_taken(case: Case) -> None:
    payable(case, "med_withdraw")
    case.submit({}, "filings.f1.correction.deposit_small", {"account": "6214672540000000008"})
    order(case, "med_withdraw", **MEDICAL)
    assert case.row(d.payments).account_tail == "5702"


def test_a_corrected_account_is_held_to_the_same_rules(case: Case) -> None:
    payable(case, "med_withdraw")
    case.run("payment.return", payment_id=order(case, "med_withdraw", **MEDICAL)["payment_id"])
    case.submit({}, "filings.f1.correction.med_withdraw", {"account_name": "谭䢺"})
    assert not_ordered(case, "med_withdraw", **MEDICAL).rule == "account_mismatch"


def test_a_family_members_card_is_corrected_by_its_number(case: Case) -> None:
    payable(case)
    case.submit({}, "filings.f1.correction.survivor_benefit", {"card_number": "6217003010009929993"})
    order(case, **FAMILY_CARD)
    assert case.row(d.payments).account_tail == "9993"


def test_a_family_member_is_known_by_the_document_that_the_form_names(case: Case) -> None:
    payable(case)
    case.write_facts({"id_kind": "passport"}, "filings.f1.social")
    case.write_sealed({"id_number": "E12345678"}, "filings.f1.social")
    order(case, **FAMILY_CARD)
    assert case.row(d.payments).payee_digest == identity.digest(case.sealer, "passport", "E12345678")
