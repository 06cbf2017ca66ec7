"""The service window: reports taken, cases found, originals seen once, messages sent."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine import tables as t
from engine.clock import FixedClock
from engine.runtime import Runtime
from tasks import tables as d
from tests.web import pictures
from tests.web.conftest import Browser
from tests.web.counter_scenes import Scene, find_scene, staged
from tests.web.desk_cases import find_task
from web.window.lines import CaseLine

Browsers = Callable[..., Browser]
XSS = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
REPORT = {
    "place": "home",
    "place_detail": "岳麓区桃子湖社区 6 栋",
    "reported_manner": "natural",
    "deceased.name": "诸葛䶮",
    "deceased.sex": "female",
    "deceased.id_kind": "resident_id",
    "deceased.id_number": "430199193810288220",
    "deceased.died_on": "2026-11-22",
    "deceased.died_province": "430000",
    "deceased.died_region": "430104",
    "deceased.registered_province": "430000",
    "deceased.registered_region": "430102",
    "deceased.registered_address": "长沙市芙蓉区定王台街道",
    "reporter.kind": "relative",
    "reporter.relation": "child",
    "reporter.name": "龙思齐",
    "reporter.phone": "19900000003",
}


SCENES = {
    "reviewed": ("01-home-all-items.yaml", "review_application"),
    "returned": ("18b-account-exchanged.yaml", "correct_account"),
    "unchangeable": ("18-payment-returned.yaml", "correct_account"),
}


@pytest.fixture
def web_template(request: pytest.FixtureRequest, web_template: Path) -> Path:
    return staged(request, web_template, SCENES)


@pytest.fixture
def reviewed(web_template: Path, clock: FixedClock) -> Scene:
    """An application that waits for the window's review."""
    return find_scene(web_template, clock)


def post_to(text: str) -> str:
    """Where the page's own form goes (not the rail's nor the sign-out's)."""
    found = re.findall(r'action="(/(?:window|police)/[^"]+/[0-9a-f]{32})"', text)
    assert found, text
    return str(found[-1])


def test_report_opens_a_case_once_and_tells_its_code(browsers: Browsers, rows: Any) -> None:
    browser = browsers("window-clerk")
    page = browser.get("/window/report", follow_redirects=True)
    address = post_to(page.text)
    answers = [browser.post(address, REPORT) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303], answers[0].text
    [case] = rows(t.cases)
    receipt = browser.get(answers[0].headers["Location"])
    assert case.code in receipt.text
    assert "诸葛䶮" in receipt.text
    assert REPORT["deceased.id_number"] not in receipt.text


def test_faulty_report_keeps_what_was_typed(browsers: Browsers, rows: Any) -> None:
    browser = browsers("window-clerk")
    address = post_to(browser.get("/window/report/hunan").text)
    answer = browser.post(address, {**REPORT, "deceased.id_number": "430199193810288221", "reporter.name": XSS})
    assert answer.status_code == 422
    assert "&lt;script&gt;" in answer.text
    assert "<script>alert" not in answer.text
    assert rows(t.cases) == []


@pytest.mark.both_databases
def test_second_report_of_the_same_person_says_that_there_is_one(browsers: Browsers) -> None:
    browser = browsers("window-clerk")
    for expected in (303, 422):
        answer = browser.post(post_to(browser.get("/window/report/hunan").text), REPORT)
        assert answer.status_code == expected
    assert "不能重复登记" in answer.text


@pytest.mark.both_databases
@pytest.mark.parametrize("what", ["code", "name", "number"])
def test_case_is_found_by_what_the_family_knows(browsers: Browsers, reviewed: Scene, what: str) -> None:
    answer = browsers("window-clerk").post("/window/find", {"text": getattr(reviewed, what)})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/window/cases/{reviewed.id}")


def test_part_of_a_number_finds_nothing(browsers: Browsers, reviewed: Scene) -> None:
    answer = browsers("window-clerk").post("/window/find", {"text": reviewed.number[:12]})
    assert answer.status_code == 200
    assert reviewed.code not in answer.text


def test_list_of_acceptance_masks_numbers(browsers: Browsers, reviewed: Scene) -> None:
    page = browsers("window-clerk").get("/window/?status=filed")
    assert reviewed.code in page.text
    assert reviewed.number not in page.text


def test_sheet_prints_or_says_why_it_is_not_due(browsers: Browsers, reviewed: Scene) -> None:
    browser, path = browsers("window-clerk"), f"/window/cases/{reviewed.id}/print"
    assert f"{path}/application?filing=f1" in browser.get(f"/window/cases/{reviewed.id}").text
    assert "申请表" in browser.get(f"{path}/application").text
    assert browser.get(f"{path}/non_acceptance").status_code == 303
    assert browser.get(f"{path}/nothing").status_code == 404
    assert browsers("hrss-clerk").get(f"{path}/application").status_code == 404


def test_original_is_seen_once_for_everything(browsers: Browsers, reviewed: Scene, rows: Any) -> None:
    browser = browsers("window-clerk")
    page = browser.get(f"/window/cases/{reviewed.id}")
    codes = re.findall(r'name="code" value="([^"]+)"', page.text)
    assert codes
    answer = browser.post(f"/window/cases/{reviewed.id}/originals", {"code": codes})
    assert answer.status_code == 303
    seen = [row for row in rows(d.materials, case_id=reviewed.id) if row.code in codes]
    assert {(row.status, row.verified_by) for row in seen} == {("verified", "window-clerk")}
    assert 'name="code"' not in browser.get(f"/window/cases/{reviewed.id}").text
    assert [row.verb for row in rows(t.audit, case_id=reviewed.id)][-1] == "verify"


def test_what_is_no_original_cannot_be_verified(browsers: Browsers, reviewed: Scene, rows: Any) -> None:
    before = rows(t.cases, id=reviewed.id)[0].audit_seq
    browsers("window-clerk").post(f"/window/cases/{reviewed.id}/originals", {"code": ["M05", "nonsense"]})
    assert rows(t.cases, id=reviewed.id)[0].audit_seq == before


def test_acts_are_those_that_one_may_send(browsers: Browsers, reviewed: Scene) -> None:
    page = browsers("window-clerk").get(f"/window/cases/{reviewed.id}/acts").text
    assert "申请人撤回" in page
    assert "继承人提出异议" in page
    assert "移送公安审核" not in page
    assert "收到死亡报告" not in page


@pytest.mark.both_databases
def test_withdrawal_for_a_family_ends_the_application(browsers: Browsers, reviewed: Scene, rows: Any) -> None:
    browser = browsers("window-clerk")
    address = post_to(browser.get(f"/window/cases/{reviewed.id}/acts/withdrawal_requested").text)
    answer = browser.post(address, {"filing": "f1"})
    assert answer.status_code == 303, answer.text
    assert rows(d.filings, case_id=reviewed.id)[0].status == "withdrawn"


def test_withdrawal_of_what_is_not_offered_is_refused(browsers: Browsers, reviewed: Scene, rows: Any) -> None:
    browser = browsers("window-clerk")
    address = post_to(browser.get(f"/window/cases/{reviewed.id}/acts/withdrawal_requested").text)
    assert browser.post(address, {"filing": "f9"}).status_code == 422
    assert browser.post(address, {}).status_code == 422
    assert rows(d.filings, case_id=reviewed.id)[0].status == "filed"


def test_objection_takes_its_own_form(browsers: Browsers, reviewed: Scene) -> None:
    browser = browsers("window-clerk")
    address = post_to(browser.get(f"/window/cases/{reviewed.id}/acts/objection_filed").text)
    answer = browser.post(address, {})
    assert answer.status_code == 422
    assert browser.post(f"{address}/refresh", {}).status_code == 200


@pytest.mark.parametrize(
    ("login", "path"),
    [
        ("hrss-clerk", "/window/"),
        ("hotline-operator", "/window/report"),
        ("hrss-clerk", "/window/report/hunan"),
        ("operator", "/window/"),
        ("window-clerk", "/window/report/nowhere"),
        ("window-clerk", "/window/cases/{id}/acts/police_referred"),
        ("window-clerk", "/window/cases/{id}/acts/gate_changed"),
        ("court-clerk", "/window/cases/{id}/acts"),
    ],
)
def test_what_is_not_ones_own_is_not_there(browsers: Browsers, reviewed: Scene, login: str, path: str) -> None:
    assert browsers(login).get(path.format(id=reviewed.id), follow_redirects=True).status_code == 404


def test_message_that_is_not_ones_own_cannot_be_posted(browsers: Browsers, reviewed: Scene, rows: Any) -> None:
    address = f"/window/cases/{reviewed.id}/acts/police_referred/{'0' * 32}"
    answer = browsers("window-clerk").post(address, {"source": "police", "reason": "试"})
    assert answer.status_code == 404
    assert rows(d.holds, case_id=reviewed.id) == []


def test_a_case_line_says_no_more_than_the_tail(reviewed: Scene) -> None:
    assert {"name", "number", "code"} <= set(CaseLine.__dataclass_fields__)


@pytest.fixture
def returned(web_template: Path, runtime: Runtime, clock: FixedClock) -> str:
    """The task of correcting a pension account that has taken no money."""
    return find_task(runtime, find_scene(web_template, clock).id, "correct_account")


@pytest.fixture
def unchangeable(web_template: Path, runtime: Runtime, clock: FixedClock) -> str:
    """The same task where nobody else may be paid."""
    return find_task(runtime, find_scene(web_template, clock).id, "correct_account")


@pytest.mark.both_databases
def test_a_wrong_holder_is_told_at_its_field_when_the_account_is_corrected(
    browsers: Browsers, returned: str, rows: Any
) -> None:
    task = returned
    browser, here = browsers("window-clerk"), f"/desk/tasks/{task}"
    browser.post(f"{here}/claim")
    [row] = rows(t.user_tasks, id=task)
    listed = browser.get(f"/window/cases/{row.case_id}").text
    assert f"{row.name}：" in listed and "综合窗口经办人 正在办理" in listed
    page = browser.get(here).text
    assert "逝者的养老金账户由人社部门登记" in page and "改付至家属社保卡" in page
    card = {"_intent": "submit", "change": "switch", "name": "诸葛䶮", "id_kind": "passport", "bank": "长沙银行"}
    card |= {"id_number": "E20260309", "card_number": "6217003010001254564", "account_name": "诸葛衍<img src=x>"}
    told = browser.post(here, {**card, "files": (io.BytesIO(pictures.pdf()), "社保卡.pdf")})
    assert told.status_code == 422
    assert "户名与收款人的姓名不一致" in told.text and 'href="#field-account_name"' in told.text
    assert "<img src=x>" not in told.text
    assert [row.status for row in rows(t.user_tasks, id=task)] == ["open"]


def test_where_the_payee_may_not_change_the_page_says_so(browsers: Browsers, unchangeable: str) -> None:
    page = browsers("window-clerk").get(f"/desk/tasks/{unchangeable}").text
    assert "收款人按规定不变，只能更正账户" in page
    assert "改付至" not in page
