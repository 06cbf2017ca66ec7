"""Certificates of a death: who may issue which, when one is in force, what it settles and who hears of it."""

from __future__ import annotations

from typing import Any

import pytest

from tasks import guards
from tasks import tables as d
from tests.domain.at_the_database import revoke
from tests.domain.conftest import Case, add_certificate, add_filing, add_hold, add_item, open_case, refuses, register

PHYSICIAN, DOCTOR, POLICE, WINDOW = "hospital.physician", "clinic.doctor", "police.officer", "window.clerk"


def issue(case: Case, kind: str = "medical", number: str = "4301022026000123", **more: Any) -> str:
    return str(case.run("certificate.issue", kind=kind, number=number, **more)["issued_on"])


def statuses(case: Case) -> dict[str, str]:
    return {row.kind: row.status for row in case.rows(d.certificates)}


# -- recorded, not in force ----------------------------------------------------------------------------------


def test_recorded_certificate_is_written_and_opens_nothing(case: Case) -> None:
    case.submit({"issuer": "湘雅医院"}, "certification")
    case.act_as(PHYSICIAN).run("certificate.record", number="4301022026000123", cause_class="injury")
    row = case.row(d.certificates)
    assert (row.kind, row.status, row.issuer, row.issued_by) == ("medical", "recorded", "湘雅医院", "zhang")
    assert case.facts["certificate"]["valid"] is False
    refuses("certificate_missing", lambda: guards.check_cremation(case.connection, case.case_id))
    assert case.messages == ["funeral_told"]


def test_recording_demands_a_physician_and_a_number(case: Case) -> None:
    refuses("issuer_not_authorised", lambda: case.act_as(WINDOW).run("certificate.record", number="1"))
    refuses("certificate_number_missing", lambda: case.act_as(PHYSICIAN).run("certificate.record", number=" "))


def test_police_put_in_force_what_the_institution_recorded_after_a_natural_finding(case: Case) -> None:
    case.act_as(PHYSICIAN).run("certificate.record", number="4301022026000123")
    add_hold(case)
    case.act_as(POLICE)
    refuses("issuer_not_authorised", lambda: issue(case))
    case.submit({"verdict": "natural"}, "reviews.r1")
    assert issue(case) == "2026-11-23"
    row = case.row(d.certificates)
    assert (row.status, row.issued_by) == ("valid", "zhang")
    refuses("remains_held", lambda: guards.check_cremation(case.connection, case.case_id))


@pytest.mark.parametrize(("finding", "may"), [("natural", True), ("abnormal", False), (None, False)])
def test_after_a_suspicion_of_crime_the_judicial_finding_decides(case: Case, finding: str | None, may: bool) -> None:
    case.act_as(PHYSICIAN).run("certificate.record", number="4301022026000123")
    case.submit({"verdict": "crime", "judicial": {"finding": finding}}, "reviews.r1")
    case.act_as(POLICE)
    if may:
        issue(case)
        assert statuses(case) == {"medical": "valid"}
    else:
        refuses("issuer_not_authorised", lambda: issue(case))


def test_police_write_no_medical_certificate_of_their_own(case: Case) -> None:
    case.submit({"verdict": "natural"}, "reviews.r1")
    refuses("issuer_not_authorised", lambda: issue(case.act_as(POLICE)))


def test_recorded_certificate_comes_into_force_without_repeating_its_number(case: Case) -> None:
    case.act_as(PHYSICIAN).run("certificate.record", number="4301022026000123")
    case.run("certificate.issue", kind="medical")
    assert statuses(case) == {"medical": "valid"}


# -- in force ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "kind", "may"),
    [
        (PHYSICIAN, "medical", True),
        (DOCTOR, "medical", True),
        (POLICE, "abnormal", True),
        (WINDOW, "ruling", True),
        ("court.clerk", "ruling", True),
        (PHYSICIAN, "abnormal", False),
        (DOCTOR, "ruling", False),
        (POLICE, "ruling", False),
        ("police.household", "abnormal", False),
        ("funeral.clerk", "medical", False),
        ("clinic.head", "medical", False),
    ],
)
def test_only_the_authorised_branch_issues(case: Case, group: str, kind: str, may: bool) -> None:
    case.act_as(group)
    if may:
        issue(case, kind)
        assert statuses(case) == {kind: "valid"}
    else:
        refuses("issuer_not_authorised", lambda: issue(case, kind))


def test_issue_mirrors_the_facts_and_tells_who_waits(case: Case) -> None:
    case.act_as(DOCTOR)
    assert issue(case, issuer="定王台街道社区卫生服务中心") == "2026-11-23"
    shown = {name: case.facts["certificate"][name] for name in ("valid", "kind", "issued_on")}
    assert shown == {"valid": True, "kind": "medical", "issued_on": "2026-11-23"}
    assert case.row(d.certificates).issuer == "定王台街道社区卫生服务中心"
    assert case.messages == ["gate_changed", "funeral_told"]
    assert case.published[1].keep
    assert case.facts["remains"]["told"]


def test_home_is_told_once_though_the_certificate_follows_the_freeze(case: Case) -> None:
    case.run("hold.set", source="clinic", reason="死因存疑")
    issue(case.act_as(POLICE), "abnormal")
    assert case.messages.count("funeral_told") == 1


def test_issue_demands_a_number_and_a_known_kind(case: Case) -> None:
    refuses("certificate_number_missing", lambda: issue(case, number=""))
    refuses("kind_unknown", lambda: issue(case, "cremation"))


def test_number_of_another_case_is_refused(case: Case) -> None:
    add_certificate(case, number="4301022026000123")
    sealed = {"deceased": {"id_number": "430102197506212044"}}
    other = register(open_case(case.connection, case.clock, case.release, sealed=sealed))
    refuses("certificate_number_used", lambda: issue(other))
    refuses("certificate_number_used", lambda: other.run("certificate.record", number="4301022026000123"))


def test_repeated_issue_of_the_same_certificate_changes_nothing(case: Case) -> None:
    issue(case)
    case.published.clear()
    assert issue(case) == "2026-11-23"
    assert len(case.rows(d.certificates)) == 1
    assert case.messages == []


def test_pack_says_which_physicians_may_certify(case: Case) -> None:
    case.release.switches["certification"] = {"roles": ["physician"]}
    case.submit({"physician": {"qualification": "assistant"}}, "certification")
    refuses("issuer_not_authorised", lambda: issue(case.act_as(PHYSICIAN)))
    refuses("issuer_not_authorised", lambda: case.run("certificate.record", number="1"))
    case.submit({"physician": {"qualification": "physician"}}, "certification")
    issue(case)


def test_day_of_death_is_what_the_physician_certifies(case: Case) -> None:
    case.submit({}, "certification", {"died_at": "2026-11-21T23:50+08:00"})
    issue(case)
    assert case.facts["deceased"]["died_on"] == case.row(d.deceased).died_on == "2026-11-21"
    assert case.sealed["deceased"]["died_at"] == "2026-11-21T23:50+08:00"


def test_day_of_death_is_what_the_court_declares(case: Case) -> None:
    case.submit({"deemed_died_on": "2026-10-08", "died_at": "2026-01-01T00:00"}, "certification")
    issue(case, "ruling")
    assert case.row(d.deceased).died_on == "2026-10-08"


def test_police_certificate_leaves_the_day_as_it_was_told(case: Case) -> None:
    case.submit({"deemed_died_on": "2026-10-08", "died_at": "2026-01-01T00:00"}, "certification")
    issue(case, "abnormal")
    assert case.facts["deceased"]["died_on"] == case.row(d.deceased).died_on == "2026-11-22"


# -- superseded ----------------------------------------------------------------------------------


def test_police_certificate_supersedes_the_physicians(case: Case) -> None:
    issue(case)
    issue(case.act_as(POLICE), "abnormal", "芙公死〔2026〕9 号")
    assert statuses(case) == {"medical": "superseded", "abnormal": "valid"}
    assert case.rows(d.certificates, kind="medical")[0].ended_at == case.now_text
    assert case.facts["certificate"]["kind"] == "abnormal"


def test_physicians_certificate_never_takes_the_place_of_the_polices(case: Case) -> None:
    issue(case, "abnormal", "芙公死〔2026〕9 号")
    issue(case.act_as(DOCTOR))
    assert statuses(case) == {"abnormal": "valid", "medical": "recorded"}
    assert case.facts["certificate"]["kind"] == "abnormal"


def test_who_was_told_of_the_earlier_certificate_is_told_of_the_later(case: Case) -> None:
    issue(case)
    case.run("certificate.publish")
    issue(case, "abnormal", "芙公死〔2026〕9 号")
    assert sorted(row.receiver for row in case.rows(d.outbox)) == sorted(["platform", "elicence", "funeral"] * 2)


# -- items that follow ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "normal", "abnormal"),
    [
        ("medical", "done", "not_applicable"),
        ("abnormal", "not_applicable", "done"),
        ("ruling", "not_applicable", "not_applicable"),
    ],
)
def test_certificate_settles_its_tracked_items(case: Case, kind: str, normal: str, abnormal: str) -> None:
    filing = add_filing(case)
    add_item(case, "cert_normal", filing, "dormant", tracked=True)
    add_item(case, "cert_abnormal", filing, "dormant", tracked=True)
    issue(case, kind)
    found = {row.code: row.status for row in case.rows(d.items)}
    assert found == {"cert_normal": normal, "cert_abnormal": abnormal}
    assert {code: item["status"] for code, item in case.facts["items"].items()} == found


def test_item_that_has_ended_stays_as_it_ended(case: Case) -> None:
    add_item(case, "cert_normal", add_filing(case), "withdrawn", tracked=True)
    issue(case)
    assert case.row(d.items).status == "withdrawn"


# -- published ----------------------------------------------------------------------------------


def test_publication_queues_three_pushes_and_seals_a_code_of_six_digits(case: Case) -> None:
    issue(case)
    case.run("certificate.publish")
    assert sorted(row.receiver for row in case.rows(d.outbox)) == ["elicence", "funeral", "platform"]
    code = case.sealed["certificate"]["download_code"]
    assert len(code) == 6
    assert code.isdigit()
    assert code not in str(case.facts)


def test_nobody_fetches_the_body_of_one_declared_dead(case: Case) -> None:
    case.write_facts({"place": "declared"})
    issue(case, "ruling", "(2026)湘0102民特1号")
    case.run("certificate.publish")
    assert sorted(row.receiver for row in case.rows(d.outbox)) == ["elicence", "platform"]
    assert "funeral_told" not in case.messages


def test_publication_demands_a_certificate_in_force(case: Case) -> None:
    add_certificate(case, status="recorded")
    refuses("certificate_missing", lambda: case.run("certificate.publish"))


def test_nothing_is_certified_after_the_revocation(case: Case) -> None:
    revoke(case)
    refuses("death_revoked", lambda: issue(case))
    refuses("death_revoked", lambda: case.run("certificate.record", number="1"))
    refuses("death_revoked", lambda: case.run("certificate.publish"))
