"""A family from the report of a death to its evaluation, over HTTP; departments act by the engine's verbs."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask
from PIL import Image

from engine.runtime import Runtime
from tasks import tables as d
from tests.web.conftest import PACK
from tests.web.families import PHONE, REPORT, Family, Staff, facts, new_family
from web.portal import parties

MINE = re.compile(r"/my/cases/([0-9a-f]{32})")
TASK = re.compile(r"/my/tasks/([0-9a-f]{32})")
APPLICANT = {
    "applicant.name": "谭思齐",
    "applicant.phone": PHONE,
    "applicant.id_kind": "resident_id",
    "applicant.id_number": "430199199001011237",
    "applicant.relation": "child",
    "applicant.kind": "first_order",
    "channel": "online",
}
HOUSEHOLD = {
    "household.kind": "member",
    "household.city_office": "长沙市公安局",
    "household.county_office": "芙蓉分局",
    "household.station": "东屯渡派出所",
    "household.category": "natural",
}


@pytest.fixture
def family(app: Flask, runtime: Runtime) -> Family:
    return new_family(app, runtime)


@pytest.fixture
def staff(runtime: Runtime) -> Staff:
    return Staff(runtime)


def report(family: Family, **changed: str) -> str:
    """The id of the case that the family's report begins."""
    page = family.get(f"/report/{PACK}").text
    found = re.search(r'action="(/report/[^"]+)"', page)
    assert found
    where = family.follow(found[1], {**REPORT, **changed})
    match = MINE.search(where)
    assert match
    return match[1]


def begin(family: Family, case_id: str) -> str:
    """The id of the application's task, once the family has said that it applies."""
    found = TASK.search(family.follow(f"/my/cases/{case_id}/apply", {}))
    assert found
    return found[1]


def fill_topics(family: Family, task: str) -> None:
    here = f"/my/tasks/{task}/topics"
    assert family.follow(f"{here}/1", {"items": ["med_stop", "hukou_cancel"]}) == f"{here}/2"
    assert family.follow(f"{here}/2", APPLICANT) == f"{here}/8"
    assert family.follow(f"{here}/8", HOUSEHOLD) == f"{here}/9"
    assert family.follow(f"{here}/9", {"delivery.mode": "online"}) == f"/my/tasks/{task}/application"


def photo() -> tuple[io.BytesIO, str]:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(data, "JPEG")
    data.seek(0)
    return data, "户口簿.jpg"


def to_materials(family: Family, staff: Staff) -> tuple[str, str]:
    """Case and task of a family that has handed its application in."""
    case_id = report(family)
    staff.certify(case_id)
    task = begin(family, case_id)
    fill_topics(family, task)
    onward = TASK.search(family.follow(f"/my/tasks/{task}/check", {"declared": "true"}))
    assert onward
    return case_id, onward[1]


@pytest.mark.both_databases
def test_family_gets_from_the_report_to_its_evaluation(family: Family, staff: Staff, runtime: Runtime) -> None:
    case_id = report(family)
    assert "报告已收到" in family.get(f"/my/cases/{case_id}/reported").text
    waiting = family.get(f"/my/cases/{case_id}").text
    assert "正在等死亡证明" in waiting and "由我来申请" not in waiting
    staff.certify(case_id)
    assert "由我来申请" in family.get(f"/my/cases/{case_id}").text
    task = begin(family, case_id)
    hub = family.get(f"/my/tasks/{task}/application").text
    assert "未开始" in hub and "暂不能开始" in hub and "请先完成" in hub
    fill_topics(family, task)
    hub = family.get(f"/my/tasks/{task}/application").text
    assert hub.count("已完成</strong>") == 4 and "核对并提交" in hub
    check = family.get(f"/my/tasks/{task}/check").text
    assert "谭思齐" in check and "注销户口" in check and f"/my/tasks/{task}/topics/2#field-applicant-name" in check
    materials = TASK.search(family.follow(f"/my/tasks/{task}/check", {"declared": "true"}))
    assert materials
    listed = f"/my/tasks/{materials[1]}/materials"
    page = family.get(listed).text
    codes = re.findall(rf'href="{listed}/(M[0-9]+)"', page)
    assert codes and "这些不用您交" in page and "死亡证明" in page
    first, *others = codes
    family.follow(f"{listed}/{first}", {"how": "upload", "camera": photo()})
    for code in others:
        family.follow(f"{listed}/{code}", {"how": "bring_original"})
    commitment = TASK.search(family.follow(listed, {}))
    assert commitment
    letter = family.get(f"/my/tasks/{commitment[1]}").text
    assert "本人谭思齐" in letter and "法律效力" in letter
    where = family.follow(f"/my/tasks/{commitment[1]}", {"agreed": "true", "manner": "online", "_intent": "submit"})
    assert where == f"/my/cases/{case_id}/confirmation/f1"
    confirmation = family.get(where).text
    assert "25个工作日" in confirmation and "12345" in confirmation and "SH-" in confirmation
    staff.do(case_id, "review_application", decision="accept", verified=codes)
    staff.settle()
    progress = family.get(f"/my/cases/{case_id}").text
    assert "已受理" in progress and "正在办理" in progress and "最晚" in progress
    assert "第25个工作日" in family.get(f"/my/cases/{case_id}/clock/med_stop").text
    for _ in range(2):
        staff.do(case_id, "decide_item", by="another", outcome="done")
        staff.settle()
    page = family.get(f"/my/cases/{case_id}").text
    found = TASK.search(page)
    assert found and "评价这次服务" in page
    rating = {"_rows": "ratings=2", "ratings[0].score": "5", "ratings[1].score": "5", "_intent": "submit"}
    assert family.follow(f"/my/tasks/{found[1]}", rating) == f"/my/cases/{case_id}?done=evaluated"
    assert "谢谢您的评价" in family.get(f"/my/cases/{case_id}?done=evaluated").text
    assert facts(runtime, case_id)["filings"]["f1"]["evaluation"]["ratings"][0]["score"] == "5"


def test_what_an_item_stands_on_is_ticked_and_explained(family: Family, staff: Staff) -> None:
    case_id = report(family)
    staff.certify(case_id)
    here = f"/my/tasks/{begin(family, case_id)}/topics/1"
    page = family.get(family.follow(here, {"items": ["med_withdraw"]})).text
    assert "要先“终止医保”才能办，已替您勾选“终止医保”" in page
    assert re.search(r'value="med_stop"\s+checked', family.get(here).text)


def test_page_left_incomplete_is_kept(family: Family, staff: Staff) -> None:
    case_id = report(family)
    staff.certify(case_id)
    task = begin(family, case_id)
    family.follow(f"/my/tasks/{task}/topics/1", {"items": ["med_stop"]})
    answer = family.send(f"/my/tasks/{task}/topics/2", {"applicant.name": "谭思齐"})
    assert answer.status_code == 422
    page = family.get(f"/my/tasks/{task}/topics/2").text
    assert 'value="谭思齐"' in page
    assert "填写中" in family.get(f"/my/tasks/{task}/application").text
    assert family.get(f"/my/tasks/{task}/check").status_code == 303


def test_suggestion_goes_into_the_application(family: Family, staff: Staff) -> None:
    case_id = report(family)
    staff.certify(case_id)
    task = begin(family, case_id)
    where = family.follow(f"/my/tasks/{task}/suggested", {"items": ["med_withdraw", "nonsense"]})
    assert where == f"/my/tasks/{task}/topics/1"
    assert "终止医保" in family.get(where).text


@pytest.mark.both_databases
def test_same_report_sent_twice_is_one_case(family: Family) -> None:
    page = family.get(f"/report/{PACK}").text
    found = re.search(r'action="(/report/[^"]+)"', page)
    assert found
    assert family.follow(found[1], REPORT) == family.follow(found[1], REPORT)


def test_withdrawal_is_asked_twice_and_done(family: Family, staff: Staff) -> None:
    case_id, _ = to_materials(family, staff)
    here = f"/my/cases/{case_id}/withdraw/f1"
    assert "确定撤回吗" in family.send(here, {"items": ["hukou_cancel"]}).text
    assert family.send(here, {}).status_code == 422
    family.follow(here, {"items": ["hukou_cancel"], "confirmed": "1"})
    assert "已撤回" in family.get(f"/my/cases/{case_id}").text
    family.follow(here, {"all": "1", "confirmed": "1"})
    assert family.get(here).status_code == 404


@pytest.mark.both_databases
def test_second_heir_joins_by_the_code(family: Family, staff: Staff, app: Flask, runtime: Runtime) -> None:
    case_id, _ = to_materials(family, staff)
    code = re.search(r"SH-[A-Z0-9-]+", family.get(f"/my/cases/{case_id}").text)
    assert code
    other = new_family(app, runtime, "19900000199", "谭思远")
    wrong = other.send("/join", {"code": code[0], "name": "谭某", "as": "heir"})
    assert wrong.status_code == 422
    assert other.follow("/join", {"code": code[0].lower(), "name": "谭㛃", "as": "heir"}) == f"/my/cases/{case_id}"
    page = other.get(f"/my/cases/{case_id}").text
    assert "填写申请表" in page and "由其他家人申请" in page and "谭思齐" not in page
    task = TASK.search(page)
    assert task and other.get(f"/my/tasks/{task[1]}/application").status_code == 200
    assert family.get(f"/my/tasks/{task[1]}/application").status_code == 404
    topics = f"/my/tasks/{task[1]}/topics"
    notice = other.get(f"{topics}/1").text.partition("不用再选：")[2].partition("</p>")[0]
    assert "注销户口" in notice and "提取住房公积金" not in notice
    other.follow(f"{topics}/1", {"items": ["hukou_cancel"]})
    other.follow(f"{topics}/2", {**APPLICANT, "applicant.name": "谭思远", "applicant.phone": "19900000199"})
    other.follow(f"{topics}/8", HOUSEHOLD)
    other.follow(f"{topics}/9", {"delivery.mode": "online"})
    where = other.follow(f"/my/tasks/{task[1]}/check", {"declared": "true"})
    told = other.get(where).text
    assert "这些事项不用再申请" in told and "窗口核对材料" not in told


def test_agent_applies_for_an_heir_and_is_named_as_such(
    family: Family, staff: Staff, app: Flask, runtime: Runtime
) -> None:
    case_id = report(family)
    staff.certify(case_id)
    code = re.search(r"SH-[A-Z0-9-]+", family.get(f"/my/cases/{case_id}").text)
    agent = new_family(app, runtime, "19900000177", "彭代办")
    assert code
    assert agent.follow("/join", {"code": code[0], "name": "谭㛃", "as": "agent"}) == f"/my/cases/{case_id}"
    task = TASK.search(agent.get(f"/my/cases/{case_id}").text)
    assert task
    agent.follow(f"/my/tasks/{task[1]}/topics/1", {"items": ["med_stop", "hukou_cancel"]})
    page = agent.get(f"/my/tasks/{task[1]}/topics/2").text
    assert re.search(r'name="agent.name"[^>]*value="彭代办"', page)
    assert re.search(r'name="agent.phone"[^>]*value="19900000177"', page)
    assert not re.search(r'name="applicant.phone"[^>]*value="19900000177"', page), "it is not the applicant's"
    told = {**APPLICANT, "channel": "agent", "agent.name": "彭代办", "agent.phone": "19900000177"}
    agent.follow(f"/my/tasks/{task[1]}/topics/2", told)
    agent.follow(f"/my/tasks/{task[1]}/topics/8", HOUSEHOLD)
    agent.follow(f"/my/tasks/{task[1]}/topics/9", {"delivery.mode": "online"})
    assert TASK.search(agent.follow(f"/my/tasks/{task[1]}/check", {"declared": "true"}))
    assert facts(runtime, case_id)["filings"]["f1"]["channel"] == "agent"
    assert family.get(f"/my/cases/{case_id}").status_code == 200


def test_agent_is_sent_to_the_window_where_nobody_applies_for_others(
    family: Family, staff: Staff, app: Flask, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = report(family)
    staff.certify(case_id)
    code = re.search(r"SH-[A-Z0-9-]+", family.get(f"/my/cases/{case_id}").text)
    monkeypatch.setattr(parties, "agent_channel", lambda _manifest: "")
    agent = new_family(app, runtime, "19900000177", "彭代办")
    assert code
    answer = agent.send("/join", {"code": code[0], "name": "谭㛃", "as": "agent"})
    assert answer.status_code == 422
    assert "没有开通代办" in answer.text
    assert agent.get(f"/my/cases/{case_id}").status_code == 404


@pytest.mark.both_databases
def test_objection_stops_payments(family: Family, staff: Staff, app: Flask, runtime: Runtime) -> None:
    case_id, _ = to_materials(family, staff)
    code = re.search(r"SH-[A-Z0-9-]+", family.get(f"/my/cases/{case_id}").text)
    other = new_family(app, runtime, "19900000199", "谭思远")
    assert code
    here = other.follow("/join", {"code": code[0], "name": "谭㛃", "as": "objector"})
    told = {"objector": "谭思远", "relation": "child", "phone": "19900000199", "reason": "未征得我同意"}
    assert other.follow(here, told) == f"/my/cases/{case_id}?done=objected"
    page = other.get(f"/my/cases/{case_id}").text
    assert "正在处理，付款已暂停" in page and "注销户口" not in page
    assert facts(runtime, case_id)["objection"]["open"] is True


@pytest.mark.both_databases
def test_supplement_comes_back_to_the_family(family: Family, staff: Staff) -> None:
    case_id, task = to_materials(family, staff)
    listed = f"/my/tasks/{task}/materials"
    codes = re.findall(rf'href="{listed}/(M[0-9]+)"', family.get(listed).text)
    for code in codes:
        family.follow(f"{listed}/{code}", {"how": "bring_original"})
    commitment = TASK.search(family.follow(listed, {}))
    assert commitment
    family.follow(f"/my/tasks/{commitment[1]}", {"agreed": "true", "manner": "online", "_intent": "submit"})
    staff.do(case_id, "review_application", decision="accept", verified=codes)
    staff.do(case_id, "decide_item", outcome="supplement", opinion="户口簿缺末页")
    staff.settle()
    page = family.get(f"/my/cases/{case_id}").text
    found = TASK.search(page)
    assert found and "补充材料" in page
    assert "户口簿缺末页" in family.get(f"/my/tasks/{found[1]}").text
    where = family.follow(
        f"/my/tasks/{found[1]}", {"how": "explain", "explanation": "末页已经补齐", "_intent": "submit"}
    )
    assert where == f"/my/cases/{case_id}?done=supplemented"


def test_what_is_still_to_be_shown_after_acceptance_is_no_second_application(
    family: Family, staff: Staff, runtime: Runtime
) -> None:
    case_id, task = to_materials(family, staff)
    listed = f"/my/tasks/{task}/materials"
    codes = re.findall(rf'href="{listed}/(M[0-9]+)"', family.get(listed).text)
    for code in codes:
        family.follow(f"{listed}/{code}", {"how": "bring_original"})
    before = family.get(listed).text
    with runtime.database.begin() as connection:
        connection.execute(d.filings.update().where(d.filings.c.case_id == case_id).values(status="accepted"))
    page = family.get(listed).text
    for words, is_late in (("签承诺函", False), ("提交材料</button>", False), ("已准备", False), ("请带到窗口", True)):
        assert (words in page, words in before) == (is_late, not is_late), words
    assert "补交材料" in page and "补交材料" in family.get(f"/my/cases/{case_id}").text


def test_the_applicants_number_is_checked_at_its_field_on_its_own_page(family: Family, staff: Staff) -> None:
    case_id = report(family)
    staff.certify(case_id)
    task = begin(family, case_id)
    here = f"/my/tasks/{task}/topics"
    family.follow(f"{here}/1", {"items": ["hukou_cancel"]})
    for wrong in ({"applicant.id_number": "430199199001011238"}, {"applicant.id_kind": "passport"}):
        answer = family.send(f"{here}/2", {**APPLICANT, **wrong})
        assert answer.status_code == 422
        assert "与证件类型不符或者有误" in answer.text
        assert 'href="#field-applicant-id_number"' in answer.text
    abroad = {"applicant.id_kind": "passport", "applicant.id_number": "e 1234 5678"}
    assert family.follow(f"{here}/2", {**APPLICANT, **abroad}) == f"{here}/8"


def test_the_deceaseds_number_is_refused_at_the_applicants_field(family: Family, staff: Staff) -> None:
    case_id = report(family)
    staff.certify(case_id)
    task = begin(family, case_id)
    here = f"/my/tasks/{task}/topics"
    family.follow(f"{here}/1", {"items": ["hukou_cancel"]})
    family.follow(f"{here}/2", {**APPLICANT, "applicant.id_number": REPORT["deceased.id_number"]})
    family.follow(f"{here}/8", HOUSEHOLD)
    family.follow(f"{here}/9", {"delivery.mode": "online"})
    refused = family.send(f"/my/tasks/{task}/check", {"declared": "true"})
    assert refused.status_code == 422
    assert "申请人证件号码与逝者相同" in refused.text and 'name="applicant.id_number"' in refused.text
    assert 'href="#field-applicant-id_number"' in refused.text


def test_what_could_never_be_paid_is_said_at_its_field_before_the_application_is_taken(
    family: Family, staff: Staff
) -> None:
    case_id = report(family)
    staff.certify(case_id)
    task = begin(family, case_id)
    here = f"/my/tasks/{task}/topics"
    family.follow(f"{here}/1", {"items": ["survivor_benefit"]})
    family.follow(f"{here}/2", APPLICANT)
    card = {"social.payee": "family", "social.name": "谭思齐", "social.id_kind": "resident_id"}
    card |= {"social.id_number": "430199199001011237", "social.bank": "长沙银行", "social.account_name": "谭思其"}
    wrong = family.send(f"{here}/5", {**card, "social.card_number": "6217003010001254565"})
    assert "社会保障号码或银行账号，并核对每一位" in wrong.text
    family.follow(f"{here}/5", {**card, "social.card_number": "6217 0030 1000 1254 564"})
    family.follow(f"{here}/9", {"delivery.mode": "online"})
    refused = family.send(f"/my/tasks/{task}/check", {"declared": "true"})
    assert refused.status_code == 422
    assert "户名与领待人的姓名不一致" in refused.text and 'name="social.account_name"' in refused.text
    family.follow(f"{here}/5", {**card, "social.account_name": "谭思齐", "social.card_number": "6217003010001254564"})
    assert TASK.search(family.follow(f"/my/tasks/{task}/check", {"declared": "true"}))
