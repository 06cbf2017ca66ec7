"""Numbers of persons: which are taken, and what they say about their holder."""

from __future__ import annotations

from datetime import date

import pytest

from engine.sealing import Sealer
from tasks.identity import check_identity, digest, find_faults
from tests.integration.conftest import KEYS

TODAY = date(2026, 11, 23)
MAN, WOMAN, ENDS_IN_X = "430102194803121313", "430102197506212044", "43012119720908302X"


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("resident_id", MAN),
        ("resident_id", ENDS_IN_X),
        ("resident_id", ENDS_IN_X.lower()),
        ("resident_id", "４３０１０２ 19480312 1313"),
        ("passport", "E12345678"),
        ("hk_macao", "H01234567"),
        ("hk_macao", "M0123456701"),
        ("taiwan", "01234567"),
        ("none", ""),
    ],
)
def test_numbers_of_each_kind_are_taken(kind: str, number: str) -> None:
    assert check_identity(kind, number, TODAY) == ""


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        ("resident_id", "430102194803121314"),  # check digit
        ("resident_id", "430102194813121313"),  # month 13
        ("resident_id", "430102480312131"),  # of before 1999
        ("resident_id", ""),
        ("passport", "E-1"),
        ("hk_macao", "A01234567"),
        ("taiwan", "T0123456"),
        ("none", MAN),
        ("visa", "X1234567"),
    ],
)
def test_other_numbers_are_refused_in_words(kind: str, number: str) -> None:
    assert "请" in check_identity(kind, number, TODAY)


def test_residence_permit_of_hong_kong_follows_the_residents_rule() -> None:
    body = "81000019750621204"
    total = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(body))
    permit = body + "10X98765432"[total % 11]
    assert check_identity("hk_macao", permit, TODAY) == ""
    assert check_identity("taiwan", permit, TODAY)


def test_number_tells_birth_and_sex() -> None:
    person = {"id_kind": "resident_id", "id_number": WOMAN, "sex": "female", "born_on": "1975-06-21"}
    assert find_faults(person, TODAY) == {}
    assert set(find_faults(person | {"sex": "男", "born_on": "1975-06-22"}, TODAY)) == {"sex", "born_on"}


@pytest.mark.parametrize(
    ("person", "field"),
    [
        ({"died_on": "2026-11-24"}, "died_on"),
        ({"born_on": "2026-11-24"}, "born_on"),
        ({"born_on": "1890-01-01", "died_on": "2026-11-20"}, "born_on"),
        ({"born_on": "2000-01-02", "died_on": "2000-01-01"}, "died_on"),
        ({"died_on": "2026-11-20", "died_at": "2026-11-21T00:10:00"}, "died_at"),
        ({"died_on": "2026-11-21", "died_at": "2026-11-20T17:00:00Z"}, None),
        ({"born_on": "gestern", "died_on": "2026-11-20"}, None),
    ],
)
def test_days_must_fit_each_other(person: dict[str, str], field: str | None) -> None:
    assert list(find_faults({"id_kind": "none"} | person, TODAY)) == ([field] if field else [])


def test_digest_is_one_for_every_way_of_writing_and_none_without_a_document() -> None:
    sealer = Sealer(KEYS)
    kept = digest(sealer, "resident_id", ENDS_IN_X)
    assert kept == digest(sealer, "resident_id", f" {ENDS_IN_X.lower()} ")
    assert digest(sealer, "none", "") is None
    assert digest(sealer, "passport", "01234567") != digest(sealer, "taiwan", "01234567")
