"""A certificate that was there before the case: what the window may take over, and what it opens."""

from __future__ import annotations

import pytest

from tasks import guards
from tasks import tables as d
from tests.domain.conftest import Case, add_certificate, add_item, open_case, refuses, register

WINDOW = "window.clerk"
PAPER = {"kind": "medical", "number": "440103202600017", "issuer": "广州市荔湾区中心医院", "issued_on": "2026-11-02"}


@pytest.fixture
def certified(case: Case) -> Case:
    case.write_facts({"place": "certified"})
    return case.act_as(WINDOW)


def adopt(case: Case, **other: str) -> None:
    case.run("certificate.adopt", **(PAPER | other))


def test_paper_is_in_force_with_its_own_number_body_and_day(certified: Case) -> None:
    add_item(certified, "cert_normal", status="dormant", tracked=True)
    adopt(certified)
    row = certified.row(d.certificates)
    assert (row.kind, row.number, row.issuer, row.status) == ("medical", PAPER["number"], PAPER["issuer"], "valid")
    assert row.issued_at.startswith("2026-11-01T16:00")
    shown = {name: certified.facts["certificate"][name] for name in ("valid", "kind", "issued_on")}
    assert shown == {"valid": True, "kind": "medical", "issued_on": "2026-11-02"}
    assert certified.messages == ["gate_changed", "funeral_told"]
    assert certified.row(d.items).status == "done"


def test_only_the_window_takes_it_over(certified: Case) -> None:
    refuses("issuer_not_authorised", lambda: adopt(certified.act_as("funeral.clerk")))


def test_a_death_that_is_to_be_certified_here_takes_nothing_over(case: Case) -> None:
    refuses("not_certified_before", lambda: adopt(case.act_as(WINDOW)))


@pytest.mark.parametrize("left_out", ["number", "issuer", "issued_on"])
def test_paper_is_written_down_whole(certified: Case, left_out: str) -> None:
    refuses("certificate_incomplete", lambda: adopt(certified, **{left_out: ""}))


def test_kind_must_be_one_that_was_issued(certified: Case) -> None:
    refuses("kind_unknown", lambda: adopt(certified, kind="cremation"))


def test_paper_of_tomorrow_is_refused(certified: Case) -> None:
    refuses("moment_invalid", lambda: adopt(certified, issued_on="2027-01-01"))


def test_number_of_another_case_is_refused(certified: Case) -> None:
    sealed = {"deceased": {"id_number": "430102197506212044"}}
    other = register(open_case(certified.connection, certified.clock, certified.release, sealed=sealed))
    add_certificate(other, number=PAPER["number"])
    refuses("certificate_number_used", lambda: adopt(certified))


def test_certificate_that_police_issued_meanwhile_stands(certified: Case) -> None:
    add_certificate(certified, kind="abnormal", number="FZ1")
    adopt(certified)
    assert [row.kind for row in certified.rows(d.certificates)] == ["abnormal"]
    assert guards.find_death_certificate(certified.connection, certified.case_id).number == "FZ1"


@pytest.mark.parametrize(
    ("place", "manner", "outside", "is_taken_over"),
    [
        ("home", "natural", "refer", True),
        ("elsewhere", "natural", "refer", True),
        ("home", "natural", "clinic", False),
        ("home", "unknown", "refer", False),
        ("institution", "natural", "refer", False),
    ],
)
def test_where_nobody_certifies_outside_an_institution_a_paper_that_was_fetched_is_taken_over(
    case: Case, place: str, manner: str, outside: str, is_taken_over: bool
) -> None:
    """C-15: only a natural death, and only where the pack sends the family for the paper."""
    case.release.switches = {"certification": {"outside": outside}}
    case.write_facts({"place": place, "reported_manner": manner})
    case.act_as(WINDOW)
    if not is_taken_over:
        refuses("not_certified_before", lambda: adopt(case))
        return
    adopt(case)
    assert case.row(d.certificates).status == "valid"


def test_the_family_is_sent_for_the_paper_with_a_slip(case: Case) -> None:
    number = case.run("certificate.refer")["number"]
    slip = case.row(d.referrals)
    assert (slip.number, slip.filing_id) == (number, None)
    assert "取得死亡证明" in case.words(d.referrals.c.reason)
