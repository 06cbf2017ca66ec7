"""The database refuses by itself what the law forbids, whoever writes: no worker and no guard stands in between."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from engine.errors import TamperedData
from tasks import tables as d
from tasks.sealed_texts import open_text, seal_text
from tests.domain.at_the_database import cremate, delete, other_case, refused, release_hold, revoke, set_status, update
from tests.domain.conftest import (
    Case,
    add_certificate,
    add_filing,
    add_hold,
    add_item,
    open_case,
    register,
)

# -- cremation -------------------------------------------------------------------------------------------------------


def test_cremation_with_certificate_and_no_hold_is_taken(case: Case) -> None:
    cremate(case, add_certificate(case))()
    assert case.row(d.cremations).furnace == "3 号炉"


@pytest.mark.parametrize("criminal", [False, True])
def test_cremation_under_a_hold_is_refused(case: Case, criminal: bool) -> None:
    certificate = add_certificate(case)
    add_hold(case, criminal=criminal)
    refused("remains_held", cremate(case, certificate))
    assert case.rows(d.cremations) == []


def test_cremation_waits_for_the_last_of_several_holds(case: Case) -> None:
    certificate, first = add_certificate(case), add_hold(case)
    add_hold(case, "funeral.clerk")
    release_hold(case, first)
    refused("remains_held", cremate(case, certificate))


@pytest.mark.parametrize(("kind", "status"), [("medical", "recorded"), ("medical", "revoked"), ("cremation", "valid")])
def test_cremation_on_what_is_no_valid_death_certificate_is_refused(case: Case, kind: str, status: str) -> None:
    refused("certificate_missing", cremate(case, add_certificate(case, kind, status)))


def test_cremation_on_another_cases_certificate_is_refused(case: Case) -> None:
    add_certificate(case)
    refused("certificate_missing", cremate(case, add_certificate(other_case(case))))


def test_second_cremation_is_refused(case: Case) -> None:
    certificate = add_certificate(case)
    cremate(case, certificate)()
    refused("cremated_already", cremate(case, certificate, "HH2"))


def test_cremation_after_the_revocation_is_refused(case: Case) -> None:
    certificate = add_certificate(case)
    revoke(case)
    refused("death_revoked", cremate(case, certificate))


def test_recorded_cremation_is_never_changed_or_deleted(case: Case) -> None:
    cremate(case, add_certificate(case))()
    refused("cremation_kept", update(case, d.cremations, furnace="4 号炉"))
    refused("cremation_kept", delete(case, d.cremations))


# -- burial and donation ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("disposition", ["burial", "donation", "cremation"])
def test_disposal_under_a_hold_is_refused(case: Case, disposition: str) -> None:
    add_certificate(case)
    add_hold(case)
    refused("remains_held", update(case, d.remains, disposition=disposition, disposed_at=case.now_text))


def test_disposal_without_a_certificate_is_refused(case: Case) -> None:
    act = update(case, d.remains, disposition="burial", disposed_at=case.now_text)
    refused("certificate_missing", act)
    add_certificate(case)
    act()
    assert case.row(d.remains).disposed_at == case.now_text


def test_remains_cannot_be_inserted_as_disposed_of_under_a_hold(bare_case: Case) -> None:
    add_certificate(bare_case)
    add_hold(bare_case)
    act: Callable[[], None] = lambda: bare_case.insert(  # noqa: E731
        d.remains, disposition="burial", disposed_at=bare_case.now_text
    )
    refused("remains_held", act)


def test_no_remains_do_not_turn_into_a_burial_under_a_hold(case: Case) -> None:
    add_certificate(case)
    add_hold(case)
    update(case, d.remains, disposition="none", disposed_at=case.now_text)()
    refused("remains_held", update(case, d.remains, disposition="burial"))


def test_body_is_taken_over_and_stored_under_a_hold(case: Case) -> None:
    add_hold(case)
    update(case, d.remains, taken_over_at=case.now_text, voucher="police_notice", storage_place="2 号冷柜")()
    assert case.row(d.remains).voucher == "police_notice"


# -- items, holds, certificates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["done", "refused", "withdrawn", "offline", "not_applicable"])
def test_final_status_of_an_item_never_changes(case: Case, status: str) -> None:
    add_item(case, "hukou_cancel", add_filing(case), status)
    refused("item_settled", update(case, d.items, status="processing"))
    refused("item_settled", delete(case, d.items))
    update(case, d.items, recalled_at=case.now_text)()


def test_item_at_work_changes_its_status(case: Case) -> None:
    add_item(case, "hukou_cancel", add_filing(case), "processing")
    update(case, d.items, status="supplement")()
    update(case, d.items, status="done")()


@pytest.mark.parametrize("lacking", ["released_by", "release_reason", "release_document"])
@pytest.mark.parametrize("value", [None, ""])
def test_hold_is_not_released_without_person_reason_and_document(case: Case, lacking: str, value: str | None) -> None:
    hold = add_hold(case)
    given = b"" if (lacking, value) == ("release_reason", "") else value
    with pytest.raises(sa.exc.IntegrityError):
        release_hold(case, hold, **{lacking: given})
    assert case.row(d.holds).released_at is None


def test_release_of_a_hold_is_final(case: Case) -> None:
    release_hold(case, add_hold(case))
    refused("hold_kept", update(case, d.holds, released_at=None))
    refused("hold_kept", update(case, d.holds, release_document="改写"))
    refused("hold_kept", update(case, d.holds, released_by="改写"))
    refused("hold_kept", update(case, d.holds, criminal=True))
    refused("release_unfounded", update(case, d.holds, release_reason=b""))


def test_hold_is_never_deleted_moved_or_made_harmless(case: Case) -> None:
    add_hold(case, criminal=True)
    refused("hold_kept", delete(case, d.holds))
    refused("hold_kept", update(case, d.holds, criminal=False))
    refused("hold_kept", update(case, d.holds, case_id=other_case(case).case_id))
    refused("hold_kept", update(case, d.holds, source="改写"))


def test_why_a_hold_was_set_can_be_sealed_anew_and_not_made_to_say_something_else(case: Case) -> None:
    hold, other = add_hold(case), add_hold(case)
    release_hold(case, hold)
    [row] = case.rows(d.holds, id=hold)
    again = seal_text(case.sealer, d.holds.c.reason, open_text(case.sealer, d.holds.c.reason, row), id=hold)
    case.connection.execute(d.holds.update().where(d.holds.c.id == hold).values(reason=again))
    [row] = case.rows(d.holds, id=hold)
    assert open_text(case.sealer, d.holds.c.reason, row) == "死因存疑"
    [elsewhere] = case.rows(d.holds, id=other)
    case.connection.execute(d.holds.update().where(d.holds.c.id == hold).values(reason=elsewhere.reason))
    [row] = case.rows(d.holds, id=hold)
    with pytest.raises(TamperedData):
        open_text(case.sealer, d.holds.c.reason, row)


def test_certificate_that_has_ended_does_not_come_back(case: Case) -> None:
    add_certificate(case, status="revoked")
    refused("certificate_ended", update(case, d.certificates, status="valid"))
    refused("certificate_kept", update(case, d.certificates, kind="abnormal"))


def test_only_one_death_certificate_is_in_force(case: Case) -> None:
    add_certificate(case)
    add_certificate(case, "cremation")
    with pytest.raises(sa.exc.IntegrityError):
        add_certificate(case, "abnormal")


# -- one case for a deceased -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["open", "completed"])
def test_case_of_a_deceased_excludes_a_second(case: Case, status: str) -> None:
    set_status(case, status)
    with pytest.raises(sa.exc.IntegrityError):
        register(open_case(case.connection, case.clock, case.release))


def test_those_without_a_document_do_not_exclude_each_other(case: Case) -> None:
    for _ in range(2):
        facts = {"deceased": {"id_kind": "none"}}
        sealed = {"deceased": {"id_number": ""}}
        register(open_case(case.connection, case.clock, case.release, facts, sealed))
    assert len(case.connection.execute(sa.select(d.deceased)).all()) == 3


def test_cancelled_case_frees_the_person_for_good(case: Case) -> None:
    set_status(case, "cancelled")
    assert case.row(d.deceased).released
    other = register(open_case(case.connection, case.clock, case.release))
    assert not other.row(d.deceased).released
    set_status(case, "open")
    assert case.row(d.deceased).released


def test_revoked_death_frees_the_person(case: Case) -> None:
    update(case, d.deceased, revoked_at=case.now_text)()
    register(open_case(case.connection, case.clock, case.release))
