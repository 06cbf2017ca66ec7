"""The page of a case: its tabs, its masks, its clock, its comments and its live diagram."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.runtime import Runtime
from tests.web.conftest import Browser
from tests.web.desk_cases import PAYLOAD, code_of, overwrite_sealed, played, web_template
from web.tables import comments, unmaskings

__all__ = ["played", "web_template"]
Open = Callable[..., Browser]
TABS = ["", "/materials", "/timeline", "/diagram", "/pushes", "/notices", "/clock/survivor_benefit"]


@pytest.fixture
def code(played: dict[str, str], runtime: Runtime) -> str:
    """The case in which the departments are at work."""
    return code_of(runtime, played["deciding"])


@pytest.fixture
def frozen(played: dict[str, str], runtime: Runtime) -> str:
    return code_of(runtime, played["frozen"])


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_is_an_address(browsers: Open, code: str, tab: str) -> None:
    page = browsers("window-clerk").get(f"/desk/cases/{code}{tab}")
    assert page.status_code == 200
    assert "诸＊＊＊" in page.text
    assert "诸葛桂英" not in page.text
    assert "430199196304254494" not in page.text


@pytest.mark.parametrize("tab", [*TABS, "/diagram/after_death.json", "/diagram/after_death.bpmn", "/files/" + "0" * 32])
@pytest.mark.parametrize("login", ["market-clerk", "operator"])
def test_case_of_others_is_not_there(browsers: Open, frozen: str, login: str, tab: str) -> None:
    assert browsers(login).get(f"/desk/cases/{frozen}{tab}").status_code == 404


@pytest.mark.parametrize("verb", ["unmask", "comments"])
def test_nothing_is_done_to_a_case_of_others(browsers: Open, frozen: str, rows: Any, verb: str) -> None:
    assert browsers("market-clerk").post(f"/desk/cases/{frozen}/{verb}", {"text": "在吗"}).status_code == 404
    assert rows(unmaskings) == rows(comments) == []


@pytest.mark.parametrize(
    "path", ["/desk/cases/SH-NONE", "/desk/cases/%00", "/desk/cases/{}/nothing", "/desk/cases/{}/clock/x"]
)
def test_what_is_not_there(browsers: Open, code: str, path: str) -> None:
    assert browsers("window-clerk").get(path.format(code)).status_code == 404


def test_board_has_a_row_for_every_item(browsers: Open, code: str) -> None:
    page = browsers("window-clerk").get(f"/desk/cases/{code}").text
    board = page[page.index('id="board"') :]
    assert board.count('<th scope="row"') == 13
    for words in ("户口注销", "公安户籍窗口（待领取）", "已办结", "不适用", "未开始", "办理中"):
        assert words in board


def test_freeze_banner_says_who_when_and_what_is_blocked(browsers: Open, frozen: str, code: str) -> None:
    page = browsers("police-officer").get(f"/desk/cases/{frozen}").text
    for words in ("已冻结：公安审核未结束", "2026-09-21", "医疗机构医师", "遗体不得火化", "款项不得支付"):
        assert words in page
    assert "已冻结" not in browsers("window-clerk").get(f"/desk/cases/{code}").text


def test_unmasking_is_written_down_and_ends(
    browsers: Open, code: str, played: dict[str, str], rows: Any, clock: Any
) -> None:
    browser = browsers("window-clerk")
    assert browser.get(f"/desk/cases/{code}/unmask").status_code in (404, 405)
    browser.post(f"/desk/cases/{code}/unmask")
    page = browser.get(f"/desk/cases/{code}").text
    assert "诸葛桂英" in page
    assert "430199196304254494" in page
    assert [(row.case_id, row.field) for row in rows(unmaskings)] == [(played["deciding"], "deceased")]
    assert "诸葛桂英" not in browsers("hrss-clerk").get(f"/desk/cases/{code}").text
    clock.move_to("2026-11-23T09:06:00+08:00")
    assert "诸葛桂英" not in browser.get(f"/desk/cases/{code}").text


def test_clock_is_explained_day_by_day(browsers: Open, code: str) -> None:
    page = browsers("hrss-clerk").get(f"/desk/cases/{code}/clock/survivor_benefit").text
    assert "2026-03-09 周一 工作日，受理之日，不计入" in page
    assert "第25个工作日" in page
    assert "清明节放假，不计入" in page
    assert "到期日：2026-04-14" in page


def test_comment_is_sealed_shown_and_no_markup(browsers: Open, code: str, rows: Any) -> None:
    browser = browsers("hrss-clerk")
    browser.post(f"/desk/cases/{code}/comments", {"text": f"请医保先办\r\n{PAYLOAD}"})
    page = browsers("window-clerk").get(f"/desk/cases/{code}").text
    assert "请医保先办" in page
    assert "人社经办人" in page
    assert "&lt;img src=x" in page
    assert "<img src=x" not in page
    assert "请医保先办".encode() not in bytes(rows(comments)[0].sealed)


@pytest.mark.parametrize("text", ["", "  ", "字" * 2_001, "\0", "\ud800"])
def test_comment_that_cannot_be_kept(browsers: Open, code: str, rows: Any, text: str) -> None:
    data = {"text": text.encode("utf-8", "surrogatepass")}
    assert browsers("hrss-clerk").post(f"/desk/cases/{code}/comments", data).status_code == 303
    assert [row for row in rows(comments) if not text.strip()] == []


def test_timeline_names_steps_and_people(browsers: Open, code: str) -> None:
    browser = browsers("window-clerk")
    pages = "".join(browser.get(f"/desk/cases/{code}/timeline?page={number}").text for number in (1, 2, 3))
    assert "提交“填写申请表”" in pages
    assert "综合窗口经办人" in pages
    assert "提交“火化并录入”" not in pages  # it waits still


def test_pushes_and_notices_are_told_without_their_content(browsers: Open, code: str) -> None:
    browser = browsers("window-clerk")
    pushes, notices = (browser.get(f"/desk/cases/{code}/{tab}").text for tab in ("pushes", "notices"))
    assert "电子证照库" in pushes
    assert "已送达" in pushes
    assert "申请已受理" in notices
    assert "诸葛思齐" not in pushes + notices


# -- the diagram -----------------------------------------------------------------------------------------------------


def marks(browser: Browser, code: str, process: str) -> dict[str, dict[str, Any]]:
    answer = browser.get(f"/desk/cases/{code}/diagram/{process}.json")
    assert answer.status_code == 200
    return {mark["element"]: mark for mark in answer.get_json()["marks"]}


def test_marks_tell_done_waiting_and_where_a_click_leads(browsers: Open, code: str) -> None:
    browser = browsers("hrss-clerk")
    found = marks(browser, code, "handle_item")
    assert found["start_item"]["mark"] == "done"
    assert found["decide_item"]["mark"] == "waiting"
    assert found["decide_item"]["link"].startswith("/desk/tasks/")
    assert browser.get(found["decide_item"]["link"]).status_code == 200
    assert marks(browsers("supervisor-clerk"), code, "handle_item")["decide_item"]["link"] == ""


def test_call_opens_its_own_diagram(browsers: Open, code: str) -> None:
    browser = browsers("window-clerk")
    links = [mark["link"] for mark in marks(browser, code, "after_death").values() if mark["link"]]
    assert any("process=" in link for link in links)
    assert all(browser.get(link).status_code == 200 for link in links)


def test_freeze_holds_what_waits_for_its_end(browsers: Open, frozen: str) -> None:
    found = marks(browsers("police-officer"), frozen, "funeral")
    assert [mark["mark"] for mark in found.values()].count("held") == 1


def test_diagram_of_a_process_that_has_not_begun_is_not_there(browsers: Open, code: str) -> None:
    browser = browsers("window-clerk")
    assert browser.get(f"/desk/cases/{code}/diagram/revoke_death.json").status_code == 404
    assert browser.get(f"/desk/cases/{code}/diagram?process=revoke_death").status_code == 404
    assert browser.get(f"/desk/cases/{code}/diagram/..%2fpack.bpmn").status_code == 404


def test_diagram_is_told_in_words_too(browsers: Open, code: str) -> None:
    page = browsers("hrss-clerk").get(f"/desk/cases/{code}/diagram?process=handle_item").text
    assert "办理事项" in page
    assert "已走过" in page
    assert '<div class="diagram" id="diagram" hidden' in page
    source = browsers("hrss-clerk").get(f"/desk/cases/{code}/diagram/handle_item.bpmn")
    assert (source.status_code, source.mimetype) == (200, "application/xml")


@pytest.mark.both_databases
def test_names_are_no_markup_on_any_tab(browsers: Open, code: str, played: dict[str, str], runtime: Runtime) -> None:
    overwrite_sealed(runtime, played["deciding"], {"name": PAYLOAD, "id_number": PAYLOAD}, "deceased")
    browser = browsers("window-clerk")
    browser.post(f"/desk/cases/{code}/unmask")
    for tab in TABS:
        page = browser.get(f"/desk/cases/{code}{tab}").text
        assert "&lt;img src=x" in page
        assert "<img src=x" not in page
        assert "<script>alert" not in page
