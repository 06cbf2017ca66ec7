"""Referral slips: whoever is turned away reads why, where to go, and what to bring."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine import tables as t
from engine.errors import RuleViolation
from tasks import referrals
from tasks import tables as d
from tests.domain.applying import accept, file, manifest, prepare, refused, select
from tests.domain.conftest import Case

REASON = "死亡地和户籍地不符合受理范围"


def number_tail(case: Case) -> str:
    code = case.connection.execute(sa.select(t.cases.c.code).where(t.cases.c.id == case.case_id)).scalar_one()
    return str(code).removeprefix("SH-")


def test_an_applicant_who_is_not_eligible_ends_with_a_slip(case: Case) -> None:
    prepare(case)
    chosen = file(case, "med_stop", "will_check")["items"]
    numbers = case.run("referral.issue", filing="f1", items=chosen, reason=REASON)["numbers"]
    assert numbers == [f"ZX-{number_tail(case)}-1"]
    assert (case.row(d.filings).status, case.facts["application"]["status"]) == ("refused", "refused")
    slip = case.row(d.referrals)
    assert (slip.item, slip.window) == (None, "政务服务中心综合窗口（芙蓉区八一路1号）")
    assert case.words(d.referrals.c.reason) == REASON
    assert case.rows(d.items) == []


def test_items_are_referred_one_by_one(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop", "will_check")
    numbers = case.run("referral.issue", filing="f1", items=["med_stop", "will_check"], reason=REASON)["numbers"]
    assert [number.rsplit("-", 1)[1] for number in numbers] == ["1", "2"]
    windows = {row.item: row.window for row in case.rows(d.referrals)}
    assert windows == {"med_stop": "医疗保障部门办事窗口", "will_check": "justice部门办事窗口"}
    assert case.row(d.filings).status == "accepted"


def test_a_slip_reads_in_words(case: Case) -> None:
    prepare(case)
    accept(case, "hpf_withdraw")
    (number,) = case.run("referral.issue", filing="f1", items=["hpf_withdraw"], reason="account_uncorrected")["numbers"]
    text = referrals.slip_text(case, case.case_id, number)
    lines = text.splitlines()
    assert lines[0] == f"转线下告知单 {number}"
    assert "谭㳘生 谭䶮" in lines[1]
    assert lines[2:] == [
        "事项：住房公积金提取（死亡）",
        "原因：收款账户有误，逾期没有更正",
        "请到：housing_fund部门办事窗口",
        "请携带：申请人有效身份证件、逝者死亡证明",
        "12345 2026-11-23",
    ]


def test_a_slip_lists_the_items_own_papers(case: Case) -> None:
    prepare(case)
    select(case, "hpf_withdraw", "will_check")
    row = {"source": "applicant", "medium": "scan", "original": False, "note": ""}
    rows = [
        {"code": "M08", "name": "继承公证书或法院生效判决书", "item": "hpf_withdraw", **row},
        {"code": "M07", "name": "亲属关系佐证材料", "item": "will_check", **row},
        {"code": "M05", "name": "死亡证明", "item": "hpf_withdraw", **row},
    ]
    case.run("materials.arrange", filing="f1", rows=rows)
    case.run("referral.issue", filing="f1", items=["hpf_withdraw"], reason=REASON)
    assert case.row(d.referrals).materials == '["继承公证书或法院生效判决书"]'


def test_an_unknown_slip_cannot_be_printed(case: Case) -> None:
    prepare(case)
    with pytest.raises(RuleViolation) as caught:
        referrals.slip_text(case, case.case_id, "ZX-0-1")
    assert caught.value.rule == "referral_unknown"


def test_an_accepted_application_is_not_referred_as_a_whole(case: Case) -> None:
    prepare(case)
    accept(case, "med_stop")
    assert refused(case, "referral.issue", filing="f1", reason=REASON).rule == "filing_settled"
    assert refused(case, "referral.issue", filing="f5", reason=REASON).rule == "filing_unknown"


def test_without_a_window_of_its_own_the_pack_sends_people_to_the_local_one(case: Case) -> None:
    closed = {"hall": {"name": "政务服务中心综合窗口", "kind": "window", "open": False}}
    assert referrals.window_of(manifest(channels=closed), None) == "当地政务服务中心综合窗口"
    assert referrals.window_of(manifest(), "unknown") == "政务服务中心综合窗口（芙蓉区八一路1号）"
