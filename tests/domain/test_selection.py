"""Choosing items: what is put on the case, what is done at once, who stands where."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine.pack_schema import Manifest
from tasks import tables as d
from tasks.sealed_texts import seal_text
from tests.domain.applying import (
    accept,
    fill_in,
    manifest,
    prepare,
    refused,
    second_heir,
    select,
    statuses,
    withdraw,
)
from tests.domain.conftest import Case


def test_chosen_items_are_dormant_and_described_by_the_manifest(case: Case) -> None:
    prepare(case)
    assert select(case, "med_stop", "med_withdraw", "pension_suspend") == [
        "pension_suspend",
        "med_stop",
        "med_withdraw",
    ]
    rows = {row.code: row for row in case.rows(d.items)}
    assert {row.status for row in rows.values()} == {"dormant"}
    assert (rows["med_withdraw"].department, rows["med_withdraw"].pays) == ("medical_insurance", True)
    assert (rows["pension_suspend"].handled_by, rows["med_stop"].handled_by) == ("system", "clerk")
    assert [(row.code, row.requires) for row in case.rows(d.item_requirements)] == [("med_withdraw", "med_stop")]
    mirror = {"status": "dormant", "department": "hrss", "due_on": None, "filing": "f1"}
    name = case.release.manifest.items["pension_suspend"].name
    assert case.facts["items"]["pension_suspend"] == mirror | {"name": name}


@pytest.mark.parametrize(
    ("kind", "normal", "abnormal"),
    [
        ("medical", "done", "not_applicable"),
        ("abnormal", "not_applicable", "done"),
        ("ruling", "not_applicable", "not_applicable"),
    ],
)
def test_the_certificate_that_exists_is_done_and_the_other_does_not_apply(
    case: Case, kind: str, normal: str, abnormal: str
) -> None:
    prepare(case, certificate=kind)
    assert select(case, "cert_normal", "cert_abnormal", "med_stop") == ["med_stop"]
    assert statuses(case) == {"cert_normal": normal, "cert_abnormal": abnormal, "med_stop": "dormant"}
    assert case.facts["items"]["cert_normal"]["status"] == normal


@pytest.mark.parametrize(("kind", "status"), [("medical", "done"), ("abnormal", "done"), ("ruling", "not_applicable")])
def test_one_service_for_either_certificate_is_done_with_any(case: Case, kind: str, status: str) -> None:
    """S-1: the document offers 《居民死亡医学证明（推断）书》或非正常死亡证明 as one service."""
    prepare(case, certificate=kind)
    case.release.manifest = with_one_certificate(case.release.manifest)
    assert select(case, "cert_death") == []
    assert statuses(case) == {"cert_death": status}


def with_one_certificate(offered: Manifest) -> Manifest:
    return offered.model_copy(update={"items": {**offered.items, "cert_death": offered.items["cert_normal"]}})


def test_the_cremation_waits_for_the_furnace(case: Case) -> None:
    prepare(case)
    assert select(case, "cremation") == []
    assert statuses(case) == {"cremation": "dormant"}


def test_a_cremation_that_is_over_is_done(case: Case) -> None:
    prepare(case)
    certificate = case.row(d.certificates).id
    now = case.now_text
    values = {"certificate_id": certificate, "number": "火字2026-0031", "furnace": "3号炉", "cremated_at": now}
    case.insert(d.cremations, **values, recorded_by="binyi", recorded_at=now)
    select(case, "cremation")
    assert statuses(case) == {"cremation": "done"}


def test_a_burial_makes_the_cremation_not_applicable(case: Case) -> None:
    prepare(case)
    evidence = seal_text(case.sealer, d.remains.c.evidence, "回族，依法土葬", case_id=case.case_id)
    values = {"disposition": "burial", "disposed_at": case.now_text, "evidence": evidence}
    case.connection.execute(d.remains.update().where(d.remains.c.case_id == case.case_id).values(values))
    select(case, "cremation")
    assert (case.row(d.items).status, case.words(d.items.c.reason)) == ("not_applicable", "回族，依法土葬")


def test_what_cannot_be_done_jointly_ends_with_a_slip(case: Case) -> None:
    prepare(case)
    offline = [{"item": "survivor_benefit", "reason": "逝者不是企业退休职工，请到人社窗口办理"}]
    assert select(case, "survivor_benefit", "will_check", offline=offline) == ["will_check"]
    assert statuses(case)["survivor_benefit"] == "offline"
    slip = case.row(d.referrals)
    assert (slip.item, slip.window) == ("survivor_benefit", "hrss部门办事窗口")
    assert case.words(d.referrals.c.reason) == offline[0]["reason"]


def test_what_was_terminated_automatically_is_done(case: Case) -> None:
    prepare(case)
    case.insert(d.terminations, item="med_stop", department="medical_insurance", applied_at=case.now_text)
    assert select(case, "med_stop", "med_withdraw") == ["med_withdraw"]
    assert statuses(case) == {"med_stop": "done", "med_withdraw": "dormant"}
    assert "自动办理" in case.words(d.items.c.reason, case.row(d.items, code="med_stop"))


def test_a_termination_that_was_reversed_counts_for_nothing(case: Case) -> None:
    prepare(case)
    now = case.now_text
    case.insert(d.terminations, item="med_stop", department="medical_insurance", applied_at=now, reversed_at=now)
    assert select(case, "med_stop") == ["med_stop"]


def test_a_second_heir_adds_only_what_is_new(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop", "will_check")
    assert second_heir(case, "will_check", "licence_cancel") == ["licence_cancel"]
    filings = {row.name: row.id for row in case.rows(d.filings)}
    owners = {row.code: row.filing_id for row in case.rows(d.items)}
    assert owners == {"med_stop": filings["f1"], "will_check": filings["f1"], "licence_cancel": filings["f2"]}


def test_what_another_heir_has_withdrawn_is_referred(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop", "will_check")
    withdraw(case, ["will_check"])
    assert second_heir(case, "will_check", "med_stop") == []
    slip = case.row(d.referrals)
    assert (slip.item, slip.filing_id) == ("will_check", case.row(d.filings, name="f2").id)
    assert "其他申请人的申请中已撤回" in case.words(d.referrals.c.reason)


@pytest.mark.parametrize(
    ("kind", "standings"),
    [
        ("first_order", {"hpf_withdraw": "entitled", "will_check": "entitled", "equity_query": "entitled"}),
        ("second_order", {"hpf_withdraw": "needs_proof", "will_check": "needs_proof", "equity_query": "entitled"}),
        ("testamentary", {"hpf_withdraw": "needs_proof", "will_check": "needs_proof", "equity_query": "needs_proof"}),
        ("legatee", {"hpf_withdraw": "needs_proof", "will_check": "needs_proof", "equity_query": "needs_proof"}),
    ],
)
def test_standing_goes_by_the_kind_of_heir(case: Case, kind: str, standings: dict[str, str]) -> None:
    prepare(case)
    select(case, *standings, "licence_cancel", applicant={"kind": kind})
    filing = case.row(d.filings).id
    rows = case.connection.execute(sa.select(d.standings).where(d.standings.c.filing_id == filing))
    assert {row.code: row.standing for row in rows} == {**standings, "licence_cancel": "entitled"}
    shown = {row["code"]: row["standing"] for row in case.facts["filings"]["f1"]["standings"]}
    assert shown["licence_cancel"] == "entitled"


def test_a_pack_may_refuse_the_second_order(case: Case) -> None:
    prepare(case)
    case.release.switches = {"standing": {"second_order": "refuse"}}
    assert select(case, "will_check", "equity_query", applicant={"kind": "second_order"}) == ["equity_query"]
    assert statuses(case)["will_check"] == "refused"
    assert case.row(d.referrals).item == "will_check"


def test_where_no_order_is_named_the_second_order_proves_nothing_of_its_own(case: Case) -> None:
    prepare(case)
    case.release.switches = {"standing": {"second_order": "open"}}
    assert select(case, "will_check", "hpf_withdraw", applicant={"kind": "second_order"}) != []
    shown = case.facts["filings"]["f1"]["standings"]
    assert [(row["standing"], row["reason"]) for row in shown] == [("entitled", None)] * 2


@pytest.mark.parametrize("kind", ["second_order", "testamentary", "legatee"])
def test_a_pack_may_make_no_difference_between_those_who_apply(case: Case, kind: str) -> None:
    """S-4: 近亲属及特定关系人, without an order; the document asks nobody for a proof of inheritance."""
    prepare(case)
    case.release.switches = {"standing": {"second_order": "open", "by_will": "open"}}
    select(case, "hpf_withdraw", "will_check", applicant={"kind": kind})
    assert {row.standing for row in case.rows(d.standings)} == {"entitled"}


def test_nothing_is_chosen_for_an_application_that_is_past_it(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop")
    assert refused(case, "items.select", filing="f1", items=["will_check"], offline=[]).rule == "filing_settled"


SEAL = {"name": "住房公积金账户封存", "plain": "封存公积金", "department": "housing_fund", "status": "assumed"}


def prepare_sealing(case: Case) -> None:
    """The fund's account is sealed by itself, before anything is withdrawn from it."""
    prepare(case)
    sealing = {"hpf_seal": SEAL | {"automatic": True}, "hpf_withdraw": {"requires": ["hpf_seal"]}}
    case.release.manifest = manifest(items=sealing)


def test_what_comes_by_itself_comes_about_before_what_requires_it(case: Case) -> None:
    prepare_sealing(case)
    assert select(case, "will_check", "hpf_withdraw") == ["hpf_withdraw", "will_check"]
    assert statuses(case) == {"hpf_seal": "done", "hpf_withdraw": "dormant", "will_check": "dormant"}
    assert [(row.item, row.department) for row in case.rows(d.terminations)] == [("hpf_seal", "housing_fund")]
    told = [row for row in case.rows(d.outbox) if row.kind == "push"]
    assert [(row.receiver, row.subject) for row in told] == [("dept.housing_fund", "terminate")]


def test_what_has_come_by_itself_before_is_not_told_again(case: Case) -> None:
    prepare_sealing(case)
    case.run("terminations.apply", terminations=[{"item": "hpf_seal", "department": "housing_fund"}])
    select(case, "hpf_withdraw")
    assert statuses(case)["hpf_seal"] == "done"
    assert len([row for row in case.rows(d.outbox) if row.kind == "push"]) == 1


def test_what_comes_by_itself_stays_out_where_nothing_here_requires_it(case: Case) -> None:
    prepare_sealing(case)
    offline = [{"item": "hpf_withdraw", "reason": "未查到公积金账户"}]
    assert select(case, "will_check", "hpf_withdraw", offline=offline) == ["will_check"]
    assert "hpf_seal" not in statuses(case)


def test_nobody_applies_for_what_comes_by_itself(case: Case) -> None:
    prepare_sealing(case)
    fill_in(case, "hpf_seal")
    assert refused(case, "application.register", filing="f1").rule == "unknown_item"
