"""Chinese numbers and codes: the ones that are right pass, any single slip does not."""

from __future__ import annotations

from datetime import date

import pytest

from forms.formats import (
    CHECKS,
    compact,
    is_bank_card,
    is_document,
    is_email,
    is_id_number,
    is_international_phone,
    is_mobile,
    is_social_card,
    is_uscc,
)
from forms.patterns import matches, pattern_fault

TODAY = date(2025, 4, 5)
# All invented; the regions of the first two were dissolved long ago.
ID_NUMBERS = ["430103193802140012", "43242119380214001X", "430103196511023020", "11010519491231002X"]


def id_number(first17: str) -> str:
    """``first17`` with its check digit, by the standard's table of weights and digits."""
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    total = sum(int(digit) * weight for digit, weight in zip(first17, weights, strict=True))
    return first17 + "10X98765432"[total % 11]


@pytest.mark.parametrize("first17", ["43010319380214001", "11010519491231002", "81000019910930451"])
def test_the_check_digit_is_that_of_the_standard(first17: str) -> None:
    right = id_number(first17)
    assert is_id_number(right, TODAY)
    assert not any(is_id_number(first17 + digit, TODAY) for digit in "0123456789X" if digit != right[-1])


def test_one_wrong_digit_or_two_swapped_ones_are_found() -> None:
    right = id_number("43010319651102302")
    for place in range(17):
        for digit in "0123456789":
            if digit != right[place]:
                assert not is_id_number(right[:place] + digit + right[place + 1 :], TODAY)
        if right[place] != right[place + 1]:
            swapped = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
            assert not is_id_number(swapped, TODAY)


@pytest.mark.parametrize(
    "first17",
    ["43010318791231001", "43010320250406001", "43010319650229001", "43010319651301001", "03010319651102302"],
)
def test_a_birth_date_that_cannot_be_is_refused(first17: str) -> None:
    assert not is_id_number(id_number(first17), TODAY)


def test_a_child_born_today_has_a_number() -> None:
    assert is_id_number(id_number("43010320250405001"), TODAY)


@pytest.mark.parametrize("text", ["", "43010319651102", "430103651102302", "43010319380214001²"])
def test_other_shapes_are_no_identity_numbers(text: str) -> None:
    assert not is_id_number(text, TODAY)


def test_credit_codes() -> None:
    assert is_uscc("11430000MB0123456E", TODAY)
    assert is_uscc("91350100M000100Y43", TODAY)  # the example in GB 32100-2015
    for wrong in ("11430000MB0123456F", "11430000MB0123465E", "11430000MI0123456E", "11430000MB0123456", ""):
        assert not is_uscc(wrong, TODAY)


def test_mobile_numbers() -> None:
    assert is_mobile("13900000000", TODAY)
    for wrong in ("12900000000", "1390000000", "+8613900000000", "139000000001", "1390000000a"):
        assert not is_mobile(wrong, TODAY)


def test_bank_cards() -> None:
    assert is_bank_card("6222021901001234564", TODAY)
    for wrong in ("6222021901001234565", "6222021901001234546", "622202190100", "62220219010012345640000", ""):
        assert not is_bank_card(wrong, TODAY)


def test_social_security_cards() -> None:
    for number in ("A12345678", "123456789", "11010519491231002X", "6222021901001234564", "USA840123456789012"):
        assert is_social_card(number, TODAY)
    for wrong in (
        "A1234567",
        "AB1234567",
        "110105194912310021",
        "6222021901001234565",
        "SH4301000801",
        "卡A12345678",
        "",
    ):
        assert not is_social_card(wrong, TODAY)


def test_what_people_type_is_brought_to_one_shape() -> None:
    assert compact("１１０１０５ 1949-1231 002x") == "11010519491231002X"
    assert compact(" 139 0000　0000 ") == "13900000000"


def test_every_check_refuses_nonsense() -> None:
    for check in CHECKS.values():
        assert not check("nonsense", TODAY)


@pytest.mark.parametrize("text", ["a@b", "wang.xm+1@mail.example.cn", "x_y@1.2"])
def test_addresses(text: str) -> None:
    assert is_email(text)
    assert not is_email(text + "\n")
    assert not is_email("王" + text)


def test_telephone_numbers_with_a_country() -> None:
    assert is_international_phone("+8613800138000")
    assert is_international_phone("Tel. 004930664040900")
    for wrong in ("13800138000", "+86 13800138000", "+860138", "+8613800138000 ", "+999123456789"):
        assert not is_international_phone(wrong)


def test_patterns_are_javascript_s() -> None:
    assert matches("^.{2}$", "𠮷") is True  # two UTF-16 units
    assert matches("^\\u{2}$", "uu") is True  # without the u flag
    assert matches("b", "abc") is True
    assert matches("^b", "a\nb") is False
    assert matches("\\w", "王") is False
    assert matches("(?<!a)b", "ab") is False
    assert matches("a\x00b", "a\x00b") is True


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(?:a*)*b", "(.*)*x", "((a{0,99}){0,99}){0,99}b"])
def test_a_pattern_that_explodes_ends_without_an_answer_and_the_next_one_works(pattern: str) -> None:
    assert matches(pattern, "a" * 300 + "!") is None
    assert matches("^a", "abc") is True


def test_a_pattern_says_what_is_wrong_with_it() -> None:
    assert "SyntaxError" in pattern_fault("(")
    assert pattern_fault("[一-龥]+") == ""
    assert matches("(", "x") is None


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("", ID_NUMBERS[0]),
        ("resident_id", ID_NUMBERS[3]),
        ("passport", "E12345678"),
        ("hk_macao", "H12345678"),
        ("hk_macao", id_number("81000019910930451")),
        ("taiwan", "12345678"),
        ("taiwan", id_number("83000019910930451")),
    ],
)
def test_a_document_s_number_goes_by_its_kind(kind: str, number: str) -> None:
    assert is_document(kind, number, TODAY)


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("", "E12345678"),
        ("resident_id", ID_NUMBERS[0][:-1] + "3"),
        ("passport", "E123"),
        ("hk_macao", ID_NUMBERS[0]),
        ("taiwan", id_number("81000019910930451")),
        ("none", ID_NUMBERS[0]),
        ("驾驶证", ID_NUMBERS[0]),
    ],
)
def test_another_document_s_number_does_not_fit(kind: str, number: str) -> None:
    assert not is_document(kind, number, TODAY)
