"""Items: started, sent back for a supplement, settled exactly once."""

from __future__ import annotations

import pytest

from engine.clock import FixedClock
from tasks import tables as d
from tests.domain.applying import (
    HRSS,
    accept,
    not_withdrawn,
    prepare,
    refused,
    select,
    settle,
    start,
    statuses,
    withdraw,
)
from tests.domain.conftest import Case, payment_values


def test_an_item_is_handed_to_whom_the_manifest_names(case: Case) -> None:
    prepare(case)
    accept(case, "pension_suspend", "survivor_benefit")
    assert start(case, "pension_suspend") == {
        "settled": False,
        "by": "system",
        "clerk": "hrss.clerk",
        "reviewer": None,
        "job_type": "pension.suspend",
        "pays": False,
    }
    benefit = start(case, "survivor_benefit")
    assert (benefit["by"], benefit["reviewer"], benefit["pays"]) == ("clerk", "hrss.reviewer", True)
    row = case.row(d.items, code="survivor_benefit")
    assert (row.status, row.started_at, row.due_on) == ("processing", case.now_text, "2026-12-28")
    assert case.facts["items"]["survivor_benefit"]["due_on"] == "2026-12-28"


def test_an_items_clock_begins_with_the_acceptance_not_with_its_start(case: Case, clock: FixedClock) -> None:
    prepare(case)
    accept(case, "med_stop")
    clock.move_to("2026-12-01T09:00:00+08:00")
    start(case, "med_stop")
    assert case.row(d.items).due_on == "2026-12-28"


def test_the_withdrawal_starts_only_after_the_termination_is_done(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop", "med_withdraw")
    start(case, "med_stop")
    refusal = refused(case, "items.start", item="med_withdraw", filing="f1")
    assert (refusal.rule, refusal.source) == ("prerequisite_missing", "H-4")
    settle(case, "med_stop")
    assert start(case, "med_withdraw")["settled"] is False


def test_an_item_that_ended_before_it_began_is_settled(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop", "will_check")
    withdraw(case, ["will_check"])
    assert start(case, "will_check")["settled"] is True
    assert statuses(case)["will_check"] == "withdrawn"


def test_no_item_starts_before_its_application_is_accepted(case: Case) -> None:
    prepare(case)
    select(case, "med_stop")
    assert refused(case, "items.start", item="med_stop", filing="f1").rule == "filing_settled"
    assert refused(case, "items.start", item="will_check", filing="f1").rule == "unknown_item"


def test_a_tracked_item_is_nobodys_to_start(case: Case) -> None:
    prepare(case)
    accept(case, "cremation", "med_stop")
    assert refused(case, "items.start", item="cremation", filing="f1").rule == "item_tracked"


def test_a_supplement_stops_the_items_clock_until_the_answer(case: Case, clock: FixedClock) -> None:
    prepare(case)
    accept(case, "med_stop", "will_check")
    start(case, "med_stop")
    start(case, "will_check")
    clock.move_to("2026-11-24T10:00:00+08:00")
    case.run("items.pause", item="med_stop", reason="医保卡复印件不清晰")
    assert case.sealed["supplements"]["med_stop"]["reason"] == "医保卡复印件不清晰"
    assert "supplements" not in case.facts
    assert case.facts["items"]["med_stop"]["status"] == "supplement"
    assert case.words(d.items.c.reason, case.row(d.items, code="med_stop")) == "医保卡复印件不清晰"
    assert "reason" not in case.facts["items"]["med_stop"]
    clock.move_to("2026-11-26T16:00:00+08:00")
    case.run("items.resume", item="med_stop")
    row = case.row(d.items, code="med_stop")
    assert (row.status, row.reason, row.due_on) == ("processing", None, "2026-12-31")  # three days, two of them in part
    assert case.row(d.items, code="will_check").due_on == "2026-12-28"


def test_what_the_clerk_wrote_stands_for_a_bare_code(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop")
    start(case, "med_stop")
    case.submit({}, "decisions.med_stop", {"opinion": "请补充死者身份证正面"})
    case.run("items.pause", item="med_stop", reason=None)
    assert case.words(d.items.c.reason) == "请补充死者身份证正面"


def test_a_supplement_says_what_is_missing(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop")
    start(case, "med_stop")
    assert refused(case, "items.pause", item="med_stop", reason="  ").rule == "reason_missing"
    assert refused(case, "items.resume", item="med_stop").rule == "item_not_supplement"
    assert statuses(case) == {"med_stop": "processing"}


def test_only_an_item_at_work_is_sent_back(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop")
    assert refused(case, "items.pause", item="med_stop", reason="缺件").rule == "item_not_processing"
    settle(case, "med_stop", "refused", "不符合条件")
    assert refused(case, "items.pause", item="med_stop", reason="缺件").rule == "item_settled"


def test_an_item_ends_exactly_once(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop")
    start(case, "med_stop")
    settle(case, "med_stop")
    row = case.row(d.items)
    assert (row.status, row.ended_by, row.ended_at) == ("done", HRSS.id, case.now_text)
    published = len(case.published)
    assert [m.correlation_key for m in case.published if m.name == "item_settled"] == ["med_stop"]
    for outcome in ("done", "refused"):
        refusal = refused(case, "items.settle", item="med_stop", outcome=outcome)
        assert (refusal.rule, refusal.source) == ("item_settled", "INV-6")
    assert len(case.published) == published


def test_what_the_department_answered_is_read_where_it_lies_sealed(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop")
    start(case, "med_stop")
    case.submit({}, "decisions.med_stop", {"opinion": "承办人的说明"})
    case.submit({}, "answers.medical.stop", {"reason": "参保关系在外省"})
    case.run("items.settle", item="med_stop", outcome="refused", stated_at="answers.medical.stop.reason")
    assert case.words(d.items.c.reason) == "参保关系在外省"
    assert "外省" not in str(case.facts)


def test_settling_ends_the_items_pause(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop")
    start(case, "med_stop")
    case.run("items.pause", item="med_stop", reason="缺件")
    settle(case, "med_stop", "refused", "supplement_lapsed")
    assert case.row(d.pauses).ended_at == case.now_text
    assert case.words(d.items.c.reason) == "逾期没有补正"


def test_an_unknown_outcome_ends_nothing(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop")
    assert refused(case, "items.settle", item="med_stop", outcome="reconsider").rule == "unknown_outcome"
    assert statuses(case) == {"med_stop": "dormant"}


def test_what_goes_offline_gets_one_slip(case: Case) -> None:
    prepare(case)
    accept(case, "hpf_withdraw")
    start(case, "hpf_withdraw")
    case.run("referral.issue", filing="f1", items=["hpf_withdraw"], reason="objection_upheld")
    settle(case, "hpf_withdraw", "offline", "objection_upheld")
    assert [row.item for row in case.rows(d.referrals)] == ["hpf_withdraw"]
    assert "异议成立" in case.words(d.items.c.reason)


def test_a_blocked_withdrawal_that_was_withdrawn_meanwhile_keeps_its_result(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop", "med_withdraw")
    start(case, "med_stop")
    withdraw(case, ["med_withdraw"])
    settle(case, "med_withdraw", "offline", "prerequisite")
    assert statuses(case)["med_withdraw"] == "withdrawn"
    assert case.rows(d.referrals) == []


def test_money_that_was_not_paid_is_not_done(case: Case) -> None:
    prepare(case)
    accept(case, "hpf_withdraw")
    start(case, "hpf_withdraw")
    refusal = refused(case, "items.settle", item="hpf_withdraw", outcome="done")
    assert (refusal.rule, refusal.source) == ("payment_missing", "INV-5")


def test_an_account_without_a_balance_is_done_without_a_payment(case: Case) -> None:
    prepare(case)
    accept(case, "hpf_withdraw", "deposit_small")
    start(case, "hpf_withdraw")
    start(case, "deposit_small")
    case.run("items.settle", item="hpf_withdraw", outcome="done", amount_cents=0)
    case.submit({"amount_yuan": 0}, "decisions.deposit_small")
    settle(case, "deposit_small")
    assert statuses(case) == {"hpf_withdraw": "done", "deposit_small": "done"}


def test_once_money_is_on_its_way_the_item_only_ends_done(case: Case) -> None:
    prepare(case)
    accept(case, "hpf_withdraw")
    start(case, "hpf_withdraw")
    case.connection.execute(d.items.update().values(status="paying"))
    case.insert(d.payments, **payment_values(case, "hpf_withdraw", case.row(d.filings).id))
    for outcome in ("offline", "withdrawn", "refused"):
        assert refused(case, "items.settle", item="hpf_withdraw", outcome=outcome).rule == "payment_made"
    assert not_withdrawn(case, ["hpf_withdraw"]) == "payment_made"
    assert refused(case, "items.settle", item="hpf_withdraw", outcome="done").rule == "payment_missing"  # not confirmed
    case.connection.execute(d.payments.update().values(status="paid"))
    settle(case, "hpf_withdraw")
    assert statuses(case) == {"hpf_withdraw": "done"}


@pytest.mark.parametrize(("code", "told"), [("med_stop", True), ("will_check", False)])
def test_the_automatic_stops_hear_of_a_benefit_that_has_its_result(case: Case, code: str, told: bool) -> None:
    prepare(case)
    case.release.switches = {"terminations": {"items": ["pension_suspend", "med_stop"]}}
    select(case, code)
    withdraw(case, [code])
    assert ("stops_changed" in case.messages) is told


def test_what_nobody_supplemented_gets_a_slip_for_the_window(case: Case) -> None:
    prepare(case)
    accept(case, "will_check")
    start(case, "will_check")
    settle(case, "will_check", "refused", "supplement_lapsed")
    assert case.row(d.referrals).item == "will_check"
