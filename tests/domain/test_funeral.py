"""The body: taken over against a voucher, and what is no cremation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tasks import tables as d
from tests.domain.at_the_database import revoke
from tests.domain.at_the_home import NUMBER, bury, cremate, take_over
from tests.domain.conftest import Case, add_certificate, add_filing, add_hold, add_item, open_case, refuses, register

# -- taking over -------------------------------------------------------------------------------------------------


def test_body_is_taken_over_on_the_paper_certificate(ready: Case) -> None:
    row = ready.row(d.remains)
    assert (row.voucher, row.storage_place, row.disposition) == ("paper", "2 号冷柜", "cremation")
    assert (row.taken_over_at, row.taken_over_by) == ("2026-11-23T00:30:00.000000Z", "zhang")
    assert ready.facts["remains"]["taken_over"] is True
    assert ready.facts["remains"]["disposition"] == "cremation"


def test_body_is_taken_over_under_a_freeze_on_the_notice_of_police(case: Case) -> None:
    add_hold(case)
    take_over(case, voucher="police_notice", voucher_number=None)
    assert case.row(d.remains).voucher == "police_notice"


def test_paper_that_is_only_recorded_will_do_to_store_the_body(case: Case) -> None:
    add_certificate(case, status="recorded", number=NUMBER)
    add_hold(case)
    take_over(case)
    assert case.facts["remains"]["taken_over"]


def test_code_from_the_short_message_will_do(case: Case) -> None:
    case.run("certificate.issue", kind="medical", number=NUMBER)
    case.run("certificate.publish")
    code = case.sealed["certificate"]["download_code"]
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    refuses("voucher_invalid", lambda: take_over(case, voucher="code", voucher_number=wrong))
    take_over(case, voucher="code", voucher_number=code)


@pytest.mark.parametrize(
    "changes",
    [
        {"voucher_number": "4301022026000124"},
        {"voucher_number": ""},
        {"voucher": "elicence"},
        {"voucher": "code", "voucher_number": "000000"},
        {"voucher": "police_notice"},
        {"voucher": "promise"},
        {"voucher": None},
    ],
)
def test_voucher_that_the_case_does_not_bear_out_is_refused(case: Case, changes: dict[str, Any]) -> None:
    add_certificate(case, status="recorded", number=NUMBER)
    refuses("voucher_invalid", lambda: take_over(case, **changes))
    assert case.row(d.remains).taken_over_at is None


def test_certificate_of_another_case_is_no_voucher(case: Case) -> None:
    sealed = {"deceased": {"id_number": "430102197506212044"}}
    add_certificate(register(open_case(case.connection, case.clock, case.release, sealed=sealed)), number=NUMBER)
    refuses("voucher_invalid", lambda: take_over(case))


def test_body_is_taken_over_once(ready: Case) -> None:
    refuses("taken_over_already", lambda: take_over(ready))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"storage_place": " "}, "storage_missing"),
        ({"disposition": "sea"}, "disposition_not_allowed"),
        ({"disposition": None}, "disposition_not_allowed"),
        ({"taken_over_at": "2026-11-23T09:01"}, "moment_invalid"),
        ({"taken_over_at": "heute"}, "moment_invalid"),
    ],
)
def test_incomplete_take_over_is_refused(case: Case, changes: dict[str, Any], rule: str) -> None:
    add_certificate(case, number=NUMBER)
    refuses(rule, lambda: take_over(case, **changes))


def test_pack_says_which_dispositions_are_open(case: Case) -> None:
    case.release.switches["disposition"] = {"allowed": ["cremation"]}
    add_certificate(case, number=NUMBER)
    refuses("disposition_not_allowed", lambda: take_over(case, disposition="burial"))


def test_where_no_body_was_found_none_is_taken_over(case: Case) -> None:
    add_certificate(case, number=NUMBER)
    take_over(case, disposition="none", storage_place=None)
    assert case.row(d.remains).taken_over_at is None
    assert case.facts["remains"] == case.facts["remains"] | {"taken_over": False, "disposition": "none"}
    refuses("remains_absent", lambda: take_over(case))


# -- what is no cremation ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["burial", "donation"])
def test_burial_and_donation_end_the_item_as_not_applicable(ready: Case, reason: str) -> None:
    add_item(ready, "cremation", add_filing(ready), "dormant", tracked=True)
    bury(ready, reason, document_number="民宗证〔2026〕5 号")
    row, item = ready.row(d.remains), ready.row(d.items)
    assert row.disposition == reason
    assert ready.words(d.remains.c.evidence) == "民宗证〔2026〕5 号：葬于回民公墓"
    assert row.disposed_at == "2026-11-23T01:00:00.000000Z"
    assert item.status == "not_applicable"
    assert "葬于回民公墓" in ready.words(d.items.c.reason)
    assert ready.facts["remains"] == ready.facts["remains"] | {"disposed": True, "cremated": False}


@pytest.mark.parametrize(
    ("change", "rule"),
    [(add_hold, "remains_held"), (revoke, "death_revoked")],
)
def test_burial_passes_the_gate_too(ready: Case, change: Callable[[Case], object], rule: str) -> None:
    change(ready)
    refuses(rule, lambda: bury(ready))
    assert ready.row(d.remains).disposed_at is None


def test_burial_without_a_certificate_in_force_is_refused(case: Case) -> None:
    refuses("certificate_missing", lambda: bury(case))


@pytest.mark.parametrize(
    ("reason", "changes", "rule"),
    [
        ("burial", {"evidence": ""}, "evidence_missing"),
        ("cremation", {}, "disposition_not_allowed"),
        ("none", {}, "remains_present"),
        ("burial", {"disposed_at": "2026-11-24T09:00"}, "moment_invalid"),
    ],
)
def test_exemption_must_be_founded(ready: Case, reason: str, changes: dict[str, Any], rule: str) -> None:
    refuses(rule, lambda: bury(ready, reason, **changes))


def test_burial_is_not_dated_back_before_the_certificate(ready: Case) -> None:
    ready.connection.execute(d.certificates.update().values(issued_at=ready.now_text))
    refuses("moment_invalid", lambda: bury(ready, disposed_at="2026-11-23T08:59"))
    bury(ready, disposed_at="2026-11-23T09:00")


def test_body_is_disposed_of_once(ready: Case) -> None:
    bury(ready)
    refuses("disposed_already", lambda: bury(ready, "donation"))
    refuses("disposed_already", lambda: cremate(ready))


def test_one_declared_dead_is_exempt_even_while_police_look(bare_case: Case) -> None:
    bare_case.write_facts({"place": "declared"})
    bare_case.run("report.register")
    add_item(bare_case, "cremation", add_filing(bare_case), "dormant", tracked=True)
    add_hold(bare_case)
    bare_case.run("remains.exempt", reason="declared")
    assert bare_case.row(d.items).status == "not_applicable"
    assert bare_case.words(d.remains.c.evidence) == "宣告死亡，没有遗体"
    refuses("remains_absent", lambda: take_over(bare_case))


def test_no_remains_need_evidence(case: Case) -> None:
    refuses("evidence_missing", lambda: bury(case, "none", evidence=""))
    bury(case, "none", evidence="海事局搜救终止通知 2 号")
    assert case.row(d.remains).disposition == "none"
    assert case.row(d.remains).disposed_at is None
