"""12345: cases to read only, knowledge of the running release, tickets to the departments."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from markupsafe import escape

from engine import tables as t
from engine.clock import FixedClock
from tests.web.conftest import Browser
from tests.web.counter_scenes import Scene, find_scene, staged
from tests.web.test_window import XSS
from web.tables import tickets

Browsers = Callable[..., Browser]
TOLD = {
    "kind": "complaint",
    "department": "hrss",
    "caller": "欧阳女士",
    "phone": "19900000003",
    "words": "丧葬补助金迟迟未到",
}


@pytest.fixture
def web_template(request: pytest.FixtureRequest, web_template: Path) -> Path:
    return staged(request, web_template, {"scene": ("01-home-all-items.yaml", "decide_item")})


@pytest.fixture
def scene(web_template: Path, clock: FixedClock) -> Scene:
    return find_scene(web_template, clock)


def test_case_is_read_and_not_changed(browsers: Browsers, rows: Any, scene: Scene) -> None:
    browser, before = browsers("hotline-operator"), rows(t.cases, id=scene.id)[0].audit_seq
    answer = browser.post("/hotline/", {"text": scene.code.lower()})
    page = browser.get(answer.headers["Location"]).text
    assert scene.code in page
    assert "停发养老金" in page
    assert scene.number not in page
    assert re.search(r"<li>办理事项：[^<]+（[^<]*经办人[^<]*）", page), re.findall(r"<li>[^<]+</li>", page)
    assert rows(t.cases, id=scene.id)[0].audit_seq == before


@pytest.mark.parametrize("text", ["", "19900000000", "430199", "' OR 1=1 --", "\x00", XSS])
def test_what_fits_no_case_finds_none(browsers: Browsers, scene: Scene, text: str) -> None:
    answer = browsers("hotline-operator").post("/hotline/", {"text": text})
    assert answer.status_code == 200
    assert scene.code not in answer.text
    assert text == "\x00" or f'value="{escape(text)}"' in answer.text  # to be corrected, not typed again
    assert "<script>alert" not in answer.text


def test_knowledge_comes_from_the_release(browsers: Browsers) -> None:
    browser = browsers("hotline-operator")
    page = browser.get("/hotline/knowledge").text
    for words in ("停发养老金", "25 个工作日", "湖南政务服务网", "《湖南省推进个人身后", "核验原件"):
        assert words in page, words
    found = browser.get("/hotline/knowledge?q=公积金").text
    assert "提取住房公积金" in found
    assert "注销驾驶证" not in found
    assert "<script>alert" not in browser.get("/hotline/knowledge", query_string={"q": XSS[:40]}).text


def test_ticket_goes_to_its_department_and_is_answered(browsers: Browsers, rows: Any, scene: Scene) -> None:
    operator, clerk, other = browsers("hotline-operator"), browsers("hrss-clerk"), browsers("market-clerk")
    opened = operator.post("/hotline/tickets/new", {**TOLD, "case": scene.id, "words": f"迟迟未到{XSS}"})
    address = opened.headers["Location"]
    [row] = rows(tickets)
    assert b"19900000003" not in bytes(row.sealed)
    assert row.number in clerk.get("/hotline/tickets").text
    assert row.number not in other.get("/hotline/tickets").text
    assert other.get(address).status_code == 404
    assert other.post(address, {"answer": "不归我管"}).status_code == 404
    assert operator.post(address, {"answer": "代答"}).status_code == 404
    assert "<script>alert" not in clerk.get(address).text
    assert clerk.post(address, {"answer": " "}).status_code == 422
    assert clerk.post(address, {"answer": f"已于今日核发{XSS}"}).status_code == 303
    assert "已于今日核发" in operator.get(address).text
    assert "<script>alert" not in operator.get(address).text
    told = operator.get(address).text
    assert "12345 话务员" in told and "人社经办人" in told and "hrss-clerk" not in told


@pytest.mark.both_databases
def test_second_answer_comes_too_late_and_is_not_lost(browsers: Browsers) -> None:
    address = browsers("hotline-operator").post("/hotline/tickets/new", TOLD).headers["Location"]
    clerk, reviewer = browsers("hrss-clerk"), browsers("hrss-reviewer")
    assert clerk.post(address, {"answer": "已核发"}).status_code == 303
    late = reviewer.post(address, {"answer": "正在核发"})
    assert late.status_code == 409
    assert "正在核发" in late.text


@pytest.mark.parametrize(
    ("field", "value"),
    [("kind", "praise"), ("department", "nowhere"), ("caller", ""), ("phone", "abc"), ("words", "长" * 4001)],
)
def test_faulty_ticket_keeps_what_was_typed(browsers: Browsers, rows: Any, field: str, value: str) -> None:
    answer = browsers("hotline-operator").post("/hotline/tickets/new", TOLD | {field: value})
    assert answer.status_code == 422
    assert rows(tickets) == []


def test_ticket_about_a_case_that_is_not_there(browsers: Browsers, rows: Any) -> None:
    assert browsers("hotline-operator").post("/hotline/tickets/new", TOLD | {"case": "f" * 32}).status_code == 404
    assert rows(tickets) == []


def test_nobody_else_works_the_hotline(browsers: Browsers, scene: Scene) -> None:
    for login in ("window-clerk", "hrss-clerk", "supervisor-clerk", "operator"):
        browser = browsers(login)
        for path in ("/hotline/", "/hotline/knowledge", "/hotline/tickets/new", f"/hotline/cases/{scene.id}"):
            assert browser.get(path).status_code == 404, (login, path)


def test_ticket_goes_to_a_department_that_has_a_name(browsers: Browsers) -> None:
    page = browsers("hotline-operator").get("/hotline/tickets/new").text
    menu = page.partition('id="department"')[2].partition("</select>")[0]
    offered = dict(re.findall(r'<option value="([a-z_]+)">([^<]+)</option>', menu))
    assert {"lead", "window", "hospital"} <= set(offered) and not {"analyst", "supervisor"} & set(offered)
    assert [name for name in offered.values() if name.isascii()] == []
