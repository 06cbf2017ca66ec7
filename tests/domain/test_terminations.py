"""Automatic terminations: once a case, whoever asks again, and back once when the death is revoked (INV-11)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tasks import outbox, terminations
from tasks import tables as d
from tests.domain.conftest import Case, Release, add_certificate, add_filing, add_item, refuses
from tests.texts_of_packs import manifest

STOPS = [{"item": "pension_suspend", "department": "hrss"}, {"item": "med_stop", "department": "medical_insurance"}]


@pytest.fixture
def release() -> Release:
    return Release(manifest())


@pytest.fixture
def certified(case: Case) -> Case:
    add_certificate(case)
    return case


def apply(case: Case, entries: Any = STOPS) -> Any:
    return case.run("terminations.apply", terminations=entries)["applied"]


def test_each_department_is_told_once_whatever_is_asked_again(certified: Case) -> None:
    assert apply(certified, [*STOPS, *STOPS]) == ["pension_suspend", "med_stop"]
    assert apply(certified) == []
    sent = [(row.receiver, row.subject, row.item) for row in certified.rows(d.outbox)]
    assert sorted(sent) == [
        ("dept.hrss", "terminate", "pension_suspend"),
        ("dept.medical_insurance", "terminate", "med_stop"),
    ]
    assert certified.facts["terminations"]["applied"] == ["pension_suspend", "med_stop"]


def test_a_later_list_adds_what_is_new(certified: Case) -> None:
    apply(certified, STOPS[:1])
    assert apply(certified) == ["med_stop"]
    assert certified.facts["terminations"]["applied"] == ["pension_suspend", "med_stop"]


def test_the_database_refuses_a_second_termination_of_an_item(certified: Case) -> None:
    apply(certified)
    with pytest.raises(sa.exc.IntegrityError):
        certified.insert(d.terminations, item="med_stop", department="hrss", applied_at=certified.now_text)


def test_an_item_on_the_case_goes_its_own_way(certified: Case) -> None:
    add_item(certified, "med_stop", add_filing(certified), department="medical_insurance")
    apply(certified)
    assert certified.row(d.items).status == "processing"


def test_nothing_ends_without_a_certificate_in_force(case: Case) -> None:
    add_certificate(case, status="recorded")
    refuses("certificate_missing", lambda: apply(case))
    assert not case.rows(d.terminations)


def test_nothing_ends_after_the_death_was_revoked(certified: Case) -> None:
    row = {"reason": b"sealed", "document": "更正-1", "revoked_at": certified.now_text, "revoked_by": "minzheng"}
    certified.insert(d.revocations, **row)
    refuses("death_revoked", lambda: apply(certified))


@pytest.mark.parametrize("entry", [{}, {"item": "med_stop"}, {"item": "med_stop", "department": "nobody"}])
def test_a_table_that_names_nobody_is_a_fault_of_the_pack(certified: Case, entry: dict[str, str]) -> None:
    refuses("termination_invalid", lambda: apply(certified, [STOPS[0], entry]))
    assert not certified.rows(d.terminations) and not certified.rows(d.outbox)


def test_a_benefit_is_given_to_somebody_to_check_once(certified: Case) -> None:
    """C-17: what was asked is not asked again, by whichever application it comes up."""
    low, poor = {"benefit": "allowance", "why": "申报"}, {"benefit": "destitute", "why": "申报"}
    assert certified.run("terminations.check", checks=[low, low])["checks"] == [low]
    assert certified.run("terminations.check", checks=[low, poor])["checks"] == [poor]
    assert certified.run("terminations.check", checks=None)["checks"] == []
    assert set(certified.facts["benefit_checks"]) == {"allowance", "destitute"}


def test_nothing_to_end_is_no_fault(certified: Case) -> None:
    assert apply(certified, []) == apply(certified, None) == []


def test_every_termination_is_taken_back_once_where_it_was_told(certified: Case) -> None:
    apply(certified)
    assert terminations.reverse(certified, certified.case_id) == ["med_stop", "pension_suspend"]
    assert terminations.reverse(certified, certified.case_id) == []
    stops = {row.id: row for row in certified.rows(d.outbox) if row.subject == "terminate"}
    restores = [row for row in certified.rows(d.outbox) if row.subject == "restore"]
    assert {row.status for row in stops.values()} == {"recalled"}
    assert sorted(row.recalls for row in restores) == sorted(stops)
    assert all((row.receiver, row.item) == (stops[row.recalls].receiver, stops[row.recalls].item) for row in restores)
    assert all(row.reversed_at == certified.now_text for row in certified.rows(d.terminations))


def test_what_was_taken_back_is_not_ended_again(certified: Case) -> None:
    apply(certified)
    terminations.reverse(certified, certified.case_id)
    assert apply(certified) == []


def test_a_department_learns_who_and_by_which_certificate(certified: Case) -> None:
    apply(certified, STOPS[:1])
    told = outbox.read_payload(certified.connection, certified.case_id, certified.row(d.outbox).id, certified.sealer)
    assert told["item"] == {"code": "pension_suspend", "name": "养老保险待遇暂停", "department": "hrss"}
    assert set(told) == {"case_code", "deceased", "item", "certificate"}
