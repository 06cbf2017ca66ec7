"""A cremation is recorded once, on a certificate in force, and never under a freeze."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engine.clock import to_text
from tasks import tables as d
from tests.domain.at_the_database import release_hold, revoke
from tests.domain.at_the_home import NUMBER, cremate, take_over
from tests.domain.conftest import Case, add_certificate, add_filing, add_hold, add_item, refuses


def test_cremation_is_recorded_with_its_certificate_and_its_item(ready: Case) -> None:
    filing = add_filing(ready)
    add_item(ready, "cremation", filing, "dormant", tracked=True)
    ready.submit({"channel": "online"}, "filings.f1")
    cremate(ready)
    row, certificate = ready.row(d.cremations), ready.row(d.certificates, kind="cremation")
    assert (row.furnace, row.number, row.recorded_by) == ("3 号炉", "湘火〔2026〕88", "zhang")
    assert row.certificate_id == ready.row(d.certificates, kind="medical").id
    assert (certificate.number, certificate.status, certificate.issued_at) == (row.number, "valid", ready.now_text)
    assert ready.row(d.remains).disposed_at == row.cremated_at
    shown = ready.facts["remains"]
    assert (shown["cremated"], shown["cremated_on"], shown["disposed"]) == (True, "2026-11-23", True)
    assert ready.row(d.items).status == ready.facts["items"]["cremation"]["status"] == "done"
    assert ready.facts["filings"]["f1"]["cremation_number"] == row.number


def test_home_that_gives_no_number_gets_one(ready: Case) -> None:
    cremate(ready, certificate_number=None)
    number = ready.row(d.cremations).number
    assert number.startswith("HH43010220261123")
    assert len(number) == 26


@pytest.mark.parametrize(
    ("change", "rule"),
    [(add_hold, "remains_held"), (revoke, "death_revoked")],
)
def test_gate_is_looked_at_again_at_the_furnace(ready: Case, change: Callable[[Case], object], rule: str) -> None:
    change(ready)
    refuses(rule, lambda: cremate(ready))
    assert ready.rows(d.cremations) == []
    assert ready.facts["remains"]["cremated"] is False


@pytest.mark.parametrize(("same_day", "days", "marks"), [(True, 1, ["overdue"]), (True, 0, []), (False, 1, [])])
def test_certificate_of_another_day_is_marked_where_the_document_wants_the_same(
    ready: Case, same_day: bool, days: int, marks: list[str]
) -> None:
    """S-8: 殡仪馆应在火化当天开具火化证明."""
    ready.release.switches = {"cremation": {"same_day": same_day}}
    ready.release.files = {"templates/reminder_clerk.j2": b"{{ kind_name }}"}
    at = ready.now()
    ready.clock.advance(timedelta(days=days))
    cremate(ready, cremated_at=to_text(at))
    assert [row.kind for row in ready.rows(d.supervision)] == marks


def test_certificate_never_opens_the_gate_of_a_frozen_case(case: Case) -> None:
    case.act_as("hospital.physician").run("certificate.record", number=NUMBER)
    case.run("hold.set", source="hospital", reason="外伤")
    take_over(case.act_as("funeral.clerk"))
    refuses("remains_held", lambda: cremate(case))
    release_hold(case, case.row(d.holds).id)
    refuses("certificate_missing", lambda: cremate(case))


def test_second_cremation_is_refused(ready: Case) -> None:
    cremate(ready)
    refuses("cremated_already", lambda: cremate(ready, certificate_number="湘火〔2026〕89"))


def test_body_that_was_not_taken_over_is_not_cremated(case: Case) -> None:
    add_certificate(case)
    refuses("not_taken_over", lambda: cremate(case))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"furnace": ""}, "furnace_missing"),
        ({"cremated_at": "2026-11-23T09:01"}, "moment_invalid"),
        ({"cremated_at": "2026-11-23T08:29"}, "moment_invalid"),
        ({"cremated_at": "nachts"}, "moment_invalid"),
    ],
)
def test_cremation_must_fit_what_the_case_knows(ready: Case, changes: dict[str, Any], rule: str) -> None:
    refuses(rule, lambda: cremate(ready, **changes))


def test_cremation_is_not_dated_back_before_the_certificate(ready: Case) -> None:
    issued = to_text(ready.clock.now() - timedelta(minutes=15))
    ready.connection.execute(d.certificates.update().values(issued_at=issued))
    refuses("moment_invalid", lambda: cremate(ready, cremated_at="2026-11-23T08:44"))
    cremate(ready, cremated_at="2026-11-23T08:45")


def test_number_of_another_cremation_is_refused(ready: Case) -> None:
    add_certificate(ready, "cremation", number="湘火〔2026〕88")
    refuses("certificate_number_used", lambda: cremate(ready))


def test_cremation_is_not_dated_back_into_the_freeze(ready: Case) -> None:
    hold = add_hold(ready)
    ready.clock.advance(timedelta(hours=5))
    release_hold(ready, hold, released_at=to_text(ready.clock.now()))
    refuses("remains_held", lambda: cremate(ready, cremated_at="2026-11-23T10:00"))
    cremate(ready, cremated_at="2026-11-23T14:00")
