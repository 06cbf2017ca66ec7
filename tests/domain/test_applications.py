"""Applications: taken in, joined, sent back, refused, accepted."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from engine import tables as t
from tasks import tables as d
from tests.domain.applying import (
    APPLICANT_ID,
    SECOND_HEIR_ID,
    WINDOW,
    accept,
    file,
    fill_in,
    prepare,
    refused,
    select,
    sign,
    withdraw,
)
from tests.domain.conftest import DECEASED_ID, Case, add_certificate


def test_an_application_is_taken_in_with_its_applicant_and_items(case: Case) -> None:
    prepare(case)
    result = file(case, "med_withdraw", "med_stop", "cert_normal")
    assert result["items"] == ["cert_normal", "med_stop", "med_withdraw"]  # in the manifest's order
    assert (result["applicant_kind"], result["payee"]) == ("first_order", "family")
    row = case.row(d.filings)
    assert (row.name, row.status, row.channel, row.applicant_kind) == ("f1", "filed", "online", "first_order")
    assert row.filed_at == case.now_text
    assert APPLICANT_ID not in str(tuple(row))
    assert case.facts["application"]["status"] == case.facts["filings"]["f1"]["status"] == "filed"
    assert case.messages == ["application_filed"]


def test_withdrawing_the_medical_account_needs_its_termination_ticked(case: Case) -> None:
    prepare(case)
    fill_in(case, "med_withdraw")
    refusal = refused(case, "application.register", filing="f1")
    assert (refusal.rule, refusal.source) == ("prerequisite_missing", "H-4")
    assert "基本医疗保险减少登记" in str(refusal)
    assert case.rows(d.filings) == []


def test_what_the_law_has_handled_together_is_chosen_together(case: Case) -> None:
    """G-6, C-16: groups of the pack's switch; all of one or none of it."""
    prepare(case)
    case.release.switches = {"items": {"together": ("will_check+equity_query",)}}
    fill_in(case, "will_check", "med_stop")
    refusal = refused(case, "application.register", filing="f1")
    assert (refusal.rule, refusal.source) == ("together_missing", "G-6")
    assert "遗嘱公证信息核查、已故人员股权登记信息查询" in str(refusal)
    assert file(case, "will_check", "equity_query")["items"] == ["will_check", "equity_query"]


def test_nothing_of_a_group_may_be_left_alone_too(case: Case) -> None:
    prepare(case)
    case.release.switches = {"items": {"together": ("will_check+equity_query",)}}
    assert file(case, "med_stop")["items"] == ["med_stop"]


def test_the_termination_may_be_under_way_for_another_heir(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop")
    case.run("application.join", channel="window")
    assert file(case, "med_withdraw", filing="f2")["items"] == ["med_withdraw"]


def test_a_termination_that_was_withdrawn_carries_nothing(case: Case) -> None:
    prepare(case)
    select(case, "med_stop", "will_check")
    withdraw(case, ["med_stop"])
    case.run("application.join", channel="online")
    fill_in(case, "med_withdraw", filing="f2")
    assert refused(case, "application.register", filing="f2").rule == "prerequisite_missing"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"items": []}, "no_items"),
        ({"items": None}, "no_items"),
        ({"items": ["assist_stop"]}, "unknown_item"),
        ({"applicant": {"kind": None}}, "applicant_incomplete"),
        ({"applicant": {"kind": "neighbour"}}, "applicant_incomplete"),
        ({"applicant_sealed": {"name": "谭䶮"}}, "applicant_incomplete"),
        ({"applicant_sealed": {"id_number": APPLICANT_ID}}, "applicant_incomplete"),
        ({"applicant_sealed": {"name": "谭䶮", "id_number": "430102197506151228"}}, "identity_invalid"),
        ({"applicant_sealed": {"name": "谭㳘生", "id_number": DECEASED_ID}}, "applicant_is_deceased"),
    ],
)
def test_what_is_wrong_in_the_form_is_refused(case: Case, changes: dict[str, Any], rule: str) -> None:
    prepare(case)
    fill_in(case, "med_stop", **{name: value for name, value in changes.items() if name != "items"})
    case.submit({"items": changes.get("items", ["med_stop"])}, "filings.f1")
    assert refused(case, "application.register", filing="f1").rule == rule
    assert case.rows(d.filings) == []
    assert case.messages == []


def test_nobody_applies_before_the_certificate(case: Case) -> None:
    prepare(case, certificate="")
    fill_in(case, "med_stop")
    assert refused(case, "application.register", filing="f1").rule == "certificate_missing"
    assert refused(case, "application.join", channel="online").rule == "certificate_missing"


def test_a_certificate_that_is_only_recorded_does_not_open_the_application(case: Case) -> None:
    prepare(case, certificate="")
    add_certificate(case, "medical", status="recorded")
    fill_in(case, "med_stop")
    assert refused(case, "application.register", filing="f1").rule == "certificate_missing"


@pytest.mark.parametrize(
    ("remains", "opens"),
    [
        ({}, False),
        ({"disposition": "cremation", "taken_over_at": "2026-11-22T01:00:00.000000Z"}, False),
        ({"disposition": "none"}, False),
        ({"disposition": "cremation", "disposed_at": "2026-11-22T02:00:00.000000Z"}, True),
        ({"disposition": "none", "evidence": b"sealed"}, True),
    ],
)
def test_a_pack_may_open_applications_when_the_remains_are_settled(
    case: Case, remains: dict[str, Any], opens: bool
) -> None:
    """Y-12: the cremation is on record before anybody applies; a burial or a ruling is for the table to judge."""
    prepare(case)
    case.release.switches = {"application": {"opens": "remains_settled"}}
    if remains:
        case.connection.execute(d.remains.update().where(d.remains.c.case_id == case.case_id).values(**remains))
    fill_in(case, "med_stop")
    if opens:
        assert case.run("application.register", filing="f1")["items"] == ["med_stop"]
    else:
        assert refused(case, "application.register", filing="f1").rule == "remains_unsettled"
        assert refused(case, "application.join", channel="window").rule == "remains_unsettled"


def test_nothing_is_applied_for_once_the_death_is_revoked(case: Case) -> None:
    prepare(case)
    accepted = select(case, "med_stop")
    sign(case)
    case.insert(d.revocations, reason=b"sealed", document="撤字1号", revoked_at=case.now_text, revoked_by="x")
    fill_in(case, "med_stop", filing="f2")
    assert refused(case, "application.register", filing="f2").rule == "death_revoked"
    assert refused(case, "application.join", channel="online").rule == "death_revoked"
    assert refused(case, "application.accept", filing="f1", items=accepted).rule == "death_revoked"


def test_an_accepted_application_is_not_filed_again(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop")
    assert refused(case, "application.register", filing="f1").rule == "filing_settled"


def test_another_heir_joins_the_case_with_an_application_of_their_own(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop")
    assert case.run("application.join", channel="window") == {"filing": "f2"}
    assert case.run("application.join", channel="phone") == {"filing": "f3"}
    assert {row.name: (row.status, row.channel) for row in case.rows(d.filings)} == {
        "f1": ("accepted", "online"),
        "f2": ("draft", "window"),
        "f3": ("draft", "phone"),
    }
    sealed = {"name": "谭䢺", "id_number": SECOND_HEIR_ID}
    file(case, "will_check", filing="f2", applicant_sealed=sealed, channel=None)
    assert case.row(d.filings, name="f2").channel == "window"
    assert case.facts["application"]["status"] == "accepted"  # the first one's


def test_an_heir_who_joins_before_the_first_has_filed_is_the_second(case: Case) -> None:
    prepare(case)
    assert case.run("application.join", channel="window") == {"filing": "f2"}


def test_nobody_joins_a_closed_case(case: Case) -> None:
    prepare(case)
    case.connection.execute(t.cases.update().where(t.cases.c.id == case.case_id).values(status="completed"))
    assert refused(case, "application.join", channel="window").rule == "case_closed"


def test_whoever_hands_in_at_the_window_comes_through_the_window(case: Case) -> None:
    prepare(case)
    fill_in(case, "med_stop", channel=None)
    case.actor = WINDOW
    case.run("application.register", filing="f1")
    assert case.row(d.filings).channel == "window"


def test_acceptance_starts_the_clock(case: Case) -> None:
    prepare(case)
    assert accept(case, "med_stop", "cert_normal") == ["med_stop"]
    row = case.row(d.filings)
    assert (row.status, row.accepted_at) == ("accepted", case.now_text)
    assert case.facts["application"] == {"status": "accepted", "accepted_on": "2026-11-23", "due_on": "2026-12-28"}
    assert case.facts["filings"]["f1"]["due_on"] == "2026-12-28"


def test_without_the_letter_nothing_is_accepted(case: Case) -> None:
    prepare(case)
    left = select(case, "med_stop")
    refusal = refused(case, "application.accept", filing="f1", items=left)
    assert (refusal.rule, refusal.source) == ("commitment_missing", "H-32")


def test_an_item_that_is_not_on_the_case_is_not_accepted(case: Case) -> None:
    prepare(case)
    select(case, "med_stop")
    sign(case)
    assert refused(case, "application.accept", filing="f1", items=["will_check"]).rule == "unknown_item"


def test_an_application_is_accepted_once(case: Case) -> None:
    prepare(case)
    left = accept(case, "med_stop")
    assert refused(case, "application.accept", filing="f1", items=left).rule == "filing_settled"
    assert refused(case, "application.refuse", filing="f1").rule == "filing_settled"
    assert refused(case, "application.supplement", filing="f1").rule == "filing_settled"


def test_an_application_of_which_nothing_is_to_be_accepted_says_so(case: Case) -> None:
    prepare(case)
    assert select(case, "cert_normal", "cremation") == []
    case.run("application.conclude", filing="f1")
    row = case.row(d.filings)
    assert (row.status, row.ended_at) == ("not_needed", case.now_text)
    assert case.facts["application"]["status"] == case.facts["filings"]["f1"]["status"] == "not_needed"
    assert case.rows(d.items, code="cremation")[0].status == "dormant"  # goes on with the funeral home
    assert refused(case, "application.accept", filing="f1", items=[]).rule == "filing_settled"


def test_an_application_with_items_to_be_accepted_is_not_passed_over(case: Case) -> None:
    prepare(case)
    select(case, "cert_normal", "med_stop")
    assert refused(case, "application.conclude", filing="f1").rule == "items_open"
    assert case.row(d.filings).status == "filed"


def test_an_application_sent_back_waits_for_the_family(case: Case) -> None:
    prepare(case)
    left = select(case, "med_stop", "cert_normal")
    sign(case)
    case.actor = WINDOW
    case.run("application.supplement", filing="f1")
    assert case.row(d.filings).status == case.facts["filings"]["f1"]["status"] == "supplement"
    assert [(row.item, row.reason) for row in case.rows(d.pauses)] == [("med_stop", "supplement")]
    assert refused(case, "application.accept", filing="f1", items=left).rule == "filing_settled"
    case.run("materials.check", filing="f1")
    assert case.row(d.filings).status == "filed"
    assert case.row(d.pauses).ended_at is not None


def test_a_refused_application_ends_its_items_and_gives_a_slip(case: Case) -> None:
    prepare(case)
    select(case, "med_stop", "will_check", "cremation", "cert_normal")
    case.submit({"decision": "refuse"}, "filings.f1.acceptance", {"reason": "申请人不是继承人"})
    case.actor = WINDOW
    case.run("application.refuse", filing="f1")
    statuses = {row.code: (row.status, case.words(d.items.c.reason, row)) for row in case.rows(d.items)}
    assert statuses["med_stop"] == statuses["will_check"] == ("refused", "申请人不是继承人")
    assert statuses["cremation"][0] == "dormant"  # the furnace does not hang on the application
    assert statuses["cert_normal"][0] == "done"
    assert (case.row(d.filings).status, case.facts["application"]["status"]) == ("refused", "refused")
    slip = case.row(d.referrals)
    assert (slip.item, slip.window) == (None, "政务服务中心综合窗口（芙蓉区八一路1号）")
    assert case.words(d.referrals.c.reason) == "申请人不是继承人"


def test_an_application_whose_papers_never_came_says_so(case: Case) -> None:
    prepare(case)
    select(case, "med_stop")
    case.submit({"decision": "supplement"}, "filings.f1.acceptance", {"reason": "缺户口簿"})
    case.run("application.refuse", filing="f1")
    assert case.words(d.items.c.reason) == "逾期没有提交材料或签署承诺函"


def test_an_application_that_nobody_files_lapses(case: Case) -> None:
    prepare(case)
    case.run("application.lapse", filing="f1")
    assert case.facts["application"]["status"] == "lapsed"
    case.run("application.join", channel="online")
    case.run("application.lapse", filing="f2")
    assert case.row(d.filings).status == "lapsed"


def test_a_filed_application_does_not_lapse(case: Case) -> None:
    prepare(case)
    file(case, "med_stop")
    assert refused(case, "application.lapse", filing="f1").rule == "filing_settled"


def test_what_was_never_filed_is_not_worked_on(case: Case) -> None:
    prepare(case)
    for type_ in ("application.supplement", "application.refuse"):
        assert refused(case, type_, filing="f7").rule == "filing_unknown"
    assert case.connection.execute(sa.select(d.filings)).all() == []


@pytest.mark.parametrize("relation", ["sibling", "grandparent", "other"])
def test_who_is_no_spouse_child_or_parent_is_not_of_the_first_order(case: Case, relation: str) -> None:
    prepare(case)
    fill_in(case, "will_check", applicant={"kind": "first_order", "relation": relation})
    assert refused(case, "application.register", filing="f1").rule == "standing_invalid"
    fill_in(case, "will_check", applicant={"kind": "second_order", "relation": relation})
    case.run("application.register", filing="f1")


@pytest.mark.parametrize("relation", ["spouse", "child", "parent", "grandchild", "child_in_law"])
def test_who_is_of_the_first_order_or_stands_in_for_them_applies_as_such(case: Case, relation: str) -> None:
    prepare(case)
    fill_in(case, "will_check", applicant={"kind": "first_order", "relation": relation})
    case.run("application.register", filing="f1")
