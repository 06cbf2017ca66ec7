"""The page of a task: who may open it, that nothing typed is lost, and what happens when somebody was faster."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from engine import inbox
from engine import tables as t
from engine.actors import Actor
from engine.runtime import Runtime
from tests.web.conftest import Browser
from tests.web.desk_cases import PAYLOAD, code_of, find_task, overwrite_sealed, played, web_template

__all__ = ["played", "web_template"]
Open = Callable[..., Browser]
COLLEAGUE = Actor("somebody", frozenset({"hrss.clerk"}), "430000")


@pytest.fixture
def task_id(played: dict[str, str], runtime: Runtime) -> str:
    """A decision that waits for a clerk of one department."""
    return find_task(runtime, played["deciding"], "decide_item", "survivor_benefit")


def test_form_stands_beside_the_materials(browsers: Open, task_id: str) -> None:
    page = browsers("hrss-clerk").get(f"/desk/tasks/{task_id}").text
    assert "决定" in page
    assert "申请人居民身份证" in page
    assert "诸＊＊＊" in page
    assert "其他事项的材料" in page
    assert "保存草稿" in page


@pytest.mark.parametrize("login", ["market-clerk", "hrss-reviewer", "window-clerk", "supervisor-clerk", "operator"])
def test_task_of_another_group_is_not_there(browsers: Open, task_id: str, login: str) -> None:
    browser = browsers(login)
    for verb in ("claim", "release", "reassign", "refresh"):
        assert browser.post(f"/desk/tasks/{task_id}/{verb}", {"reason": "x"}).status_code == 404
    assert browser.get(f"/desk/tasks/{task_id}").status_code == 404
    assert browser.post(f"/desk/tasks/{task_id}", {"_intent": "submit"}).status_code == 404


@pytest.mark.parametrize("name", ["x", "0" * 32, "..%2f", "%00" * 32])
def test_task_that_is_not_there(browsers: Open, name: str) -> None:
    assert browsers("hrss-clerk").get(f"/desk/tasks/{name}").status_code == 404


def test_draft_is_kept_and_shown_again(browsers: Open, task_id: str, rows: Any) -> None:
    data = {"_intent": "draft", "outcome": "refused", "opinion": "等待核对人事档案"}
    answer = browsers("hrss-clerk").post(f"/desk/tasks/{task_id}", data)
    assert answer.status_code == 303
    assert [row.assignee for row in rows(t.user_tasks, id=task_id)] == ["hrss-clerk"]
    assert "等待核对人事档案" in browsers("hrss-clerk").get(f"/desk/tasks/{task_id}").text


def test_clerk_who_must_decide_again_reads_why(browsers: Open, played: dict[str, str], task_id: str, rows: Any) -> None:
    why = "核定金额与待遇核定表不符，请重新核算"
    clerk, reviewer = browsers("hrss-clerk"), browsers("hrss-reviewer")
    assert "审核人退回的原因" not in clerk.get(f"/desk/tasks/{task_id}").text
    clerk.post(f"/desk/tasks/{task_id}", {"_intent": "submit", "outcome": "done", "amount_yuan": "61200"})
    (approval,) = (row.id for row in rows(t.user_tasks, case_id=played["deciding"], element_id="approve_payment"))
    reviewer.post(f"/desk/tasks/{approval}", {"_intent": "submit", "decision": "return", "opinion": why})
    again = list(rows(t.user_tasks, case_id=played["deciding"], element_id="decide_item", status="open"))
    (returned,) = (row.id for row in again if row.facts_path.endswith("survivor_benefit"))
    assert returned != task_id
    page = clerk.get(f"/desk/tasks/{returned}").text
    assert "审核人退回的原因" in page
    assert why in page


def test_errors_stand_at_their_fields_and_what_was_typed_stays(browsers: Open, task_id: str, rows: Any) -> None:
    answer = browsers("hrss-clerk").post(f"/desk/tasks/{task_id}", {"_intent": "submit", "opinion": PAYLOAD})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert "<img src=x" not in answer.text
    assert [row.status for row in rows(t.user_tasks, id=task_id)] == ["open"]


def test_page_opened_from_a_list_asks_for_its_fields_alone(browsers: Open, task_id: str) -> None:
    browser = browsers("hrss-clerk")
    page = browser.get(f"/desk/tasks/{task_id}?back=/desk/?queue%3Dclaimable").text
    found = re.search(r'hx-post="([^"]+)"', page)
    assert found
    fields = browser.post(unescape(found[1]), {"outcome": "refused"}).text
    assert fields.lstrip().startswith('<div id="forming-fields"')
    assert "queue%3Dclaimable" in fields, "the draft's button leads back to the same list"


def test_refresh_shows_what_a_choice_asks_for(browsers: Open, task_id: str) -> None:
    browser = browsers("hrss-clerk")
    done = browser.post(f"/desk/tasks/{task_id}/refresh", {"outcome": "done"}).text
    refused = browser.post(f"/desk/tasks/{task_id}/refresh", {"outcome": "refused"}).text
    assert "amount_yuan" in done
    assert "amount_yuan" not in refused
    assert "<html" not in done


@pytest.mark.both_databases
def test_submission_goes_back_to_the_list(browsers: Open, task_id: str, rows: Any) -> None:
    browser = browsers("hrss-clerk")
    data = {"_intent": "submit", "outcome": "offline", "reason_code": "verify_on_site", "opinion": "须当面核实工伤情况"}
    page = browser.post(f"/desk/tasks/{task_id}?back=/desk/%3Fqueue%3Dclaimable%26sort%3Dnew", data)
    if page.status_code == 422:
        data["reason_code"] = _first_reason(page.text)
        page = browser.post(f"/desk/tasks/{task_id}?back=/desk/%3Fqueue%3Dclaimable%26sort%3Dnew", data)
    assert (page.status_code, page.headers.get("Location")) == (303, "/desk/?queue=claimable&sort=new"), page.text
    assert [(row.status, row.completed_by) for row in rows(t.user_tasks, id=task_id)] == [("completed", "hrss-clerk")]
    assert "已由人社经办人办结" in browser.get(f"/desk/tasks/{task_id}").text


def test_clerk_is_led_on_to_the_next_step_of_the_case(browsers: Open, played: dict[str, str], runtime: Runtime) -> None:
    named = find_task(runtime, played["at_window"], "review_application")
    window, back = browsers("window-clerk"), "/desk/?queue=claimable"
    data = {"_intent": "submit", "decision": "supplement", "reason": f"关系证明{PAYLOAD}"}
    answer = window.post(f"/desk/tasks/{named}?back=/desk/%3Fqueue%3Dclaimable", data)
    assert answer.headers.get("Location") == back, answer.text
    following = find_task(runtime, played["at_window"], "provide_materials")
    link = f'<a href="/desk/tasks/{following}?back=/desk/?queue%3Dclaimable">接着办：提供材料</a>'
    assert f"“窗口受理审查”已提交。 {link}" in window.get(back).text
    assert "接着办" not in window.get(back).text


@pytest.mark.both_databases
@pytest.mark.parametrize("named", ["{other}", "\0", "x" * 4_000, "<script>"])
def test_a_step_that_was_not_ones_own_is_not_said_to_be_done(
    browsers: Open, task_id: str, played: dict[str, str], runtime: Runtime, named: str
) -> None:
    browser = browsers("hrss-clerk")
    browser.client.set_cookie("done", named.format(other=task_id))
    page = browser.get("/desk/")
    assert page.status_code == 200
    assert "已提交" not in page.text


def _first_reason(page: str) -> str:
    select = page[page.index('name="reason_code"') :]
    return next(part.partition('"')[0] for part in select.split('value="')[1:] if part.partition('"')[0])


@pytest.mark.both_databases
def test_rule_that_refuses_is_told_with_its_source(browsers: Open, played: dict[str, str], runtime: Runtime) -> None:
    named = find_task(runtime, played["at_window"], "review_application")
    data = {"_intent": "submit", "decision": "accept", "_shown": "verified"}  # no original was looked at
    answer = browsers("window-clerk").post(f"/desk/tasks/{named}", data)
    assert answer.status_code == 422
    assert "没有提交成功" in answer.text
    assert "没有提交成功" in answer.text
    assert "原件" in answer.text


# -- somebody was faster ---------------------------------------------------------------------------------------------


def test_colleague_who_was_faster_is_named_and_the_words_are_kept(
    browsers: Open, task_id: str, runtime: Runtime, rows: Any
) -> None:
    browser = browsers("hrss-clerk")
    browser.get(f"/desk/tasks/{task_id}")
    inbox.claim(runtime, COLLEAGUE, task_id)
    data = {"_intent": "submit", "outcome": "refused", "opinion": f"三页意见{PAYLOAD}"}
    answer = browser.post(f"/desk/tasks/{task_id}", data)
    assert answer.status_code == 409
    assert "该任务由somebody持有" in answer.text
    assert "三页意见" in answer.text
    assert "<img src=x" not in answer.text
    assert [row.assignee for row in rows(t.user_tasks, id=task_id)] == ["somebody"]


@pytest.mark.both_databases
def test_taking_over_needs_a_reason(browsers: Open, task_id: str, runtime: Runtime, rows: Any) -> None:
    inbox.claim(runtime, COLLEAGUE, task_id)
    browser = browsers("hrss-clerk")
    assert "接手原因" in browser.get(f"/desk/tasks/{task_id}").text
    browser.post(f"/desk/tasks/{task_id}/reassign", {"to": "hrss-clerk", "reason": " "})
    assert [row.assignee for row in rows(t.user_tasks, id=task_id)] == ["somebody"]
    browser.post(f"/desk/tasks/{task_id}/reassign", {"to": "hrss-clerk", "reason": f"休假{PAYLOAD}"})
    assert [row.assignee for row in rows(t.user_tasks, id=task_id)] == ["hrss-clerk"]
    shown = browser.get(f"/desk/cases/{_code(rows, task_id)}/timeline").text
    assert "休假" in shown
    assert "<img src=x" not in shown


@pytest.mark.parametrize("to", ["market-clerk", "operator", "nobody", ""])
def test_task_goes_only_to_the_same_post(browsers: Open, task_id: str, rows: Any, to: str) -> None:
    browsers("hrss-clerk").post(f"/desk/tasks/{task_id}/reassign", {"to": to, "reason": "忙"})
    assert [row.assignee for row in rows(t.user_tasks, id=task_id)] == [None]


def test_release_gives_back(browsers: Open, task_id: str, rows: Any) -> None:
    browser = browsers("hrss-clerk")
    browser.post(f"/desk/tasks/{task_id}/claim")
    browser.post(f"/desk/tasks/{task_id}/release")
    assert [row.assignee for row in rows(t.user_tasks, id=task_id)] == [None]


def test_frozen_case_says_so_above_the_form(browsers: Open, played: dict[str, str], runtime: Runtime) -> None:
    named = find_task(runtime, played["frozen"], "review_death")
    page = browsers("police-officer").get(f"/desk/tasks/{named}").text
    assert "已冻结：公安审核未结束" in page
    assert "遗体不得火化" in page


def test_name_of_the_dead_is_no_markup(browsers: Open, played: dict[str, str], runtime: Runtime, task_id: str) -> None:
    overwrite_sealed(runtime, played["deciding"], {"name": PAYLOAD}, "deceased")
    browser = browsers("hrss-clerk")
    browser.post(f"/desk/cases/{code_of(runtime, played['deciding'])}/unmask")
    page = browser.get(f"/desk/tasks/{task_id}").text
    assert "&lt;img src=x" in page
    assert "<img src=x" not in page


def _code(rows: Any, task_id: str) -> str:
    case_id = rows(t.user_tasks, id=task_id)[0].case_id
    return str(rows(t.cases, id=case_id)[0].code)
