"""Notices: whom they reach, what the shipped texts say, and what they never say."""

from __future__ import annotations

import re
from typing import Any

import pytest

from engine.errors import RuleViolation
from engine.texts import TextFault
from tasks import outbox
from tasks import tables as d
from tasks.items import seal_reason
from tasks.notices import TITLES, queue_notice
from tests.domain.conftest import DECEASED_ID, Case, Release, add_filing, add_item
from tests.texts_of_packs import PROCESSES, manifest, shipped_texts

APPLICANT = {"name": "谭甪", "id_number": "430102197503121318", "phone": "13900000002"}


@pytest.fixture
def release() -> Release:
    channels = {
        "portal": {"name": "湖南政务服务网", "kind": "online"},
        "app": {"name": "未开通", "kind": "online", "open": False},
    }
    return Release(manifest(channels=channels), shipped_texts("tianshui", "common"), {"supplement": {"window": "P15D"}})


@pytest.fixture
def applied(case: Case) -> Case:
    """A case with one application and an item of it."""
    case.submit(
        {"filings": {"f1": {"applicant": {"relation": "儿子"}}}}, sealed={"filings": {"f1": {"applicant": APPLICANT}}}
    )
    add_item(case, "hukou_cancel", add_filing(case), department="police")
    return case


def read(case: Case, dispatch_id: str) -> Any:
    return outbox.read_payload(case.connection, case.case_id, dispatch_id, case.sealer)


def told(case: Case, template: str, to: str | None = None, **options: Any) -> Any:
    """What the only notice says, opened."""
    (dispatch_id,) = queue_notice(case, case.case_id, template, to, **options)
    return read(case, dispatch_id)


def test_the_reporter_hears_of_the_certificate_with_the_code_that_opens_it(case: Case) -> None:
    case.write_facts({"kind": "abnormal"}, "certificate")
    case.write_sealed({"download_code": "204817"}, "certificate")
    notice = told(case, "certificate_issued")
    assert (notice["to"], notice["phone"], notice["title"]) == ("reporter", "13800000001", "死亡证明已出具")
    assert notice["text"].startswith("谭㳘生的家属：《非正常死亡证明》已经出具，请节哀。\n验证码 204817")
    assert "（湖南政务服务网）" in notice["text"]


def test_the_row_names_no_person(case: Case) -> None:
    case.run("notice.queue", template="certificate_issued")
    row = case.row(d.outbox)
    assert (row.kind, row.receiver, row.subject, row.status) == ("notice", "reporter", "certificate_issued", "queued")
    assert b"13800000001" not in bytes(row.sealed)
    assert case.messages == ["dispatch_due"]


def test_only_the_certificate_notice_can_name_the_code(case: Case) -> None:
    case.write_sealed({"download_code": "204817"}, "certificate")
    case.release.files["templates/results_ready.j2"] = b"{{ download_code }}"
    with pytest.raises(TextFault, match="'download_code' is undefined"):
        queue_notice(case, case.case_id, "results_ready")


def test_an_items_notice_goes_to_whoever_applied_for_it(applied: Case) -> None:
    notice = told(applied, "item_result", item="hukou_cancel")
    assert (notice["to"], notice["name"], notice["phone"]) == ("applicant", "谭甪", "13900000002")
    assert notice["text"].startswith("谭甪：“户口注销”正在办理（公安机关）。")
    assert applied.row(d.outbox).item == "hukou_cancel"


def test_a_refusal_gives_its_reason_and_a_referral_its_slip(applied: Case) -> None:
    def ended(status: str, reason: str | None) -> str:
        for item in applied.rows(d.items):
            sealed = seal_reason(applied, applied.case_id, item.code, reason)
            row = d.items.update().where(d.items.c.case_id == applied.case_id, d.items.c.code == item.code)
            applied.connection.execute(row.values(status=status, reason=sealed))
        return str(told(applied, "item_result", item="hukou_cancel")["text"])

    offline = ended("processing", None), ended("paying", None)
    assert all("原因" not in text for text in offline)
    assert "原因：户籍不在本地。如有不同意见" in ended("refused", "户籍不在本地")


def test_the_family_is_everybody_once_a_telephone(applied: Case) -> None:
    second = {"name": "谭㛃", "phone": "13800000001"}  # the reporter applies as well
    applied.submit({"filings": {"f2": {}}}, sealed={"filings": {"f2": {"applicant": second}}})
    add_filing(applied, "f2")
    people = [read(applied, dispatch) for dispatch in queue_notice(applied, applied.case_id, "results_ready", "family")]
    assert [(person["to"], person["phone"]) for person in people] == [
        ("reporter", "13800000001"),
        ("applicant", "13900000002"),
    ]


def test_without_a_telephone_a_notice_is_written_all_the_same(case: Case) -> None:
    case.write_sealed({"phone": ""}, "reporter")
    assert told(case, "results_ready")["phone"] == ""


def test_a_supplement_names_what_is_lacking_and_the_last_day(applied: Case) -> None:
    filing = applied.row(d.filings).id
    line = {"filing_id": filing, "source": "applicant", "medium": "scan", "original": False, "items": "[]"}
    for code, name, status in (("M03", "逝者户口簿", "refused"), ("M02", "申请人身份证", "provided")):
        applied.insert(d.materials, id=code, code=code, name=name, status=status, **line)
    applied.write_sealed({"reason": "户口簿照片不清"}, "filings.f1.acceptance")
    text = told(applied, "application_supplement", filing="f1")["text"]
    assert "还缺材料：户口簿照片不清。" in text
    assert "请补交：逝者户口簿。" in text
    assert "请在 2026-12-08 前登录" in text


def test_supervisors_are_told_without_a_name(applied: Case) -> None:
    notice = told(applied, "reminder_clerk", "supervisor", item="hukou_cancel", values={"kind_name": "超过办理期限"})
    assert (notice["to"], notice["name"], notice["phone"]) == ("supervisor", "", "")
    assert "的“户口注销”（公安机关），超过办理期限" in notice["text"]
    assert "谭" not in notice["text"]


GIVEN = {  # what those who queue a notice add
    "kind_name": "超过办理期限",
    "visit_on": "2026-11-25",
    "visit_half": "上午",
    "visit_officer": "尕思齐",
    "visit_phone": "0938-8210001",
    "is_home_visit": True,
    "reason": "那一天窗口不开放",
}


@pytest.mark.parametrize("template", sorted(TITLES))
def test_every_shipped_text_is_whole_short_and_tells_no_number_of_a_person(applied: Case, template: str) -> None:
    applied.submit({"certification": {"cause_class": "循环系统疾病"}, "application": {"accepted_on": "2026-11-23"}})
    queue_notice(applied, applied.case_id, template, "family", item="hukou_cancel", values=GIVEN)
    for row in applied.rows(d.outbox):
        text = read(applied, row.id)["text"]
        assert 30 < len(text) < 300
        assert "SH-" in text
        assert "None" not in text and "{{" not in text and "：。" not in text and "，。" not in text
        for secret in (DECEASED_ID, APPLICANT["id_number"], "13900000002", "循环系统疾病"):
            assert secret not in text


@pytest.mark.parametrize("template", sorted(TITLES))
def test_texts_leave_no_gap_where_little_is_known(case: Case, release: Release, template: str) -> None:
    release.manifest = manifest(hotline=None)
    release.switches = {}
    text = told(case, template, "reporter", values=GIVEN)["text"]
    assert not any(gap in text for gap in ("：，", "，。", "（）", "  ", "None", "电话 。"))


def test_unknown_recipients_and_templates_are_refused(case: Case) -> None:
    with pytest.raises(RuleViolation) as refused:
        queue_notice(case, case.case_id, "results_ready", "neighbours")
    assert refused.value.rule == "recipient_unknown"
    with pytest.raises(RuleViolation) as refused:
        queue_notice(case, case.case_id, "results_ready", "applicant")
    assert refused.value.rule == "applicant_missing"
    with pytest.raises(TextFault, match="no file templates/obituary"):
        queue_notice(case, case.case_id, "obituary")
    assert not case.rows(d.outbox)


def test_every_notice_that_a_diagram_draws_has_its_text() -> None:
    texts, drawn = shipped_texts("common"), inputs_of("notice.queue", "template")
    assert drawn <= {name.removeprefix("templates/").removesuffix(".j2") for name in texts}
    assert drawn <= set(TITLES)


def inputs_of(job_type: str, name: str) -> set[str]:
    """What the shipped diagrams give to jobs of a type, literally."""
    found = set()
    for path in sorted(PROCESSES.glob("*/*.bpmn")):
        for block in path.read_text("utf-8").split("</bpmn:extensionElements>"):
            if f'type="{job_type}"' in block:
                found |= set(re.findall(rf'<zeebe:input source="([^="]+)" target="{name}"', block))
    return found
