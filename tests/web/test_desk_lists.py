"""The queues: who sees what, what stands in the URL, what a list costs, and what can be done to several rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from engine import inbox
from engine import tables as t
from engine.actors import Actor
from engine.runtime import Runtime
from tasks import tables as d
from tests.web.conftest import Browser
from tests.web.desk_cases import (
    PAYLOAD,
    code_of,
    find_task,
    multiply,
    overwrite_sealed,
    played,
    web_template,
)
from web.tables import saved_filters

__all__ = ["played", "web_template"]
Open = Callable[..., Browser]


def counts(page: str) -> dict[str, int]:
    """The queues in the rail with their numbers."""
    found = re.findall(r'queue=(\w+)"[^>]*>[^<]*<span class="count[^"]*">(\d+)<', page)
    return {queue: int(number) for queue, number in found}


def test_queues_are_counted_for_the_reader(browsers: Open, played: dict[str, str]) -> None:
    window = counts(browsers("window-clerk").get("/desk/").text)
    assert window == {
        "mine": 0, "claimable": 1, "for_families": 1, "due_soon": 1, "frozen": 1,
        "supplement": 0, "deferred": 0, "push_failed": 0, "offline": window["offline"],
    }  # fmt: skip
    assert counts(browsers("hrss-clerk").get("/desk/").text)["claimable"] == 1
    assert counts(browsers("finance-reviewer").get("/desk/").text)["claimable"] == 0


def test_row_shows_mask_item_team_and_time_in_words(browsers: Open, played: dict[str, str], runtime: Runtime) -> None:
    page = browsers("hrss-clerk").get("/desk/?queue=claimable").text
    assert "诸＊＊＊" in page
    assert "尾号4494" in page
    assert "诸葛桂英" not in page
    assert "430199196304254494" not in page
    assert code_of(runtime, played["deciding"]) in page
    assert "人社经办人（待领取）" in page
    assert re.search(r"已超期\d+个工作日", page)
    assert "领取并办理" in page


def test_another_region_sees_nothing(browsers: Open, played: dict[str, str], runtime: Runtime) -> None:
    with runtime.database.begin() as connection:
        connection.execute(t.users.update().where(t.users.c.login == "hrss-clerk").values(region="440000"))
    page = browsers("hrss-clerk").get("/desk/?queue=claimable").text
    assert set(counts(page).values()) == {0}
    assert code_of(runtime, played["deciding"]) not in browsers("hrss-clerk").get("/desk/cases").text


@pytest.mark.parametrize("login", ["hotline-operator", "supervisor-clerk"])
def test_those_who_only_look_have_no_tasks_but_see_the_cases(
    browsers: Open, played: dict[str, str], runtime: Runtime, login: str
) -> None:
    browser = browsers(login)
    assert counts(browser.get("/desk/").text)["claimable"] == 0
    assert code_of(runtime, played["frozen"]) in browser.get("/desk/cases").text


@pytest.mark.parametrize("text", ["诸葛桂英", "430199196304254494", "诸葛思齐"])
def test_search_finds_by_whole_name_and_number(
    browsers: Open, played: dict[str, str], runtime: Runtime, text: str
) -> None:
    browser = browsers("window-clerk")
    page = browser.get("/desk/cases", query_string={"q": text}).text
    assert code_of(runtime, played["deciding"]) in page
    assert code_of(runtime, played["frozen"]) not in page
    assert "没有符合条件的记录" in browser.get("/desk/cases", query_string={"q": text[:-1]}).text


@pytest.mark.both_databases
def test_search_finds_by_the_beginning_of_a_code(browsers: Open, played: dict[str, str], runtime: Runtime) -> None:
    code = code_of(runtime, played["frozen"])
    page = browsers("window-clerk").get("/desk/cases", query_string={"q": code[:8].lower()}).text
    assert code in page
    assert code_of(runtime, played["deciding"]) not in page


def test_search_does_not_find_what_one_may_not_see(browsers: Open, played: dict[str, str], runtime: Runtime) -> None:
    page = browsers("market-clerk").get("/desk/cases", query_string={"q": code_of(runtime, played["frozen"])}).text
    assert "没有符合条件的记录" in page


@pytest.mark.both_databases
def test_filter_narrows_and_survives_opening_a_task(browsers: Open, played: dict[str, str]) -> None:
    browser = browsers("window-clerk")
    page = browser.get("/desk/?queue=claimable&step=窗口受理审查&sort=new").text
    assert page.count("领取并办理") == 1
    claim = re.search(r'formaction="([^"]+)"', page)
    assert claim
    answer = browser.post(claim[1].replace("&amp;", "&"))
    assert answer.status_code == 303
    assert "queue%3Dclaimable" in answer.headers["Location"]
    opened = browser.get(answer.headers["Location"]).text
    assert "queue=claimable&amp;step=" in opened
    assert "sort=new" in opened


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=99999999999", "queue=nothing", "sort=x", "q=%00", "step=%F0"]
)
def test_nonsense_in_the_url_is_no_fault(browsers: Open, played: dict[str, str], query: str) -> None:
    assert browsers("window-clerk").get(f"/desk/?{query}").status_code == 200


def test_pages_follow_each_other_without_gap(browsers: Open, played: dict[str, str], runtime: Runtime) -> None:
    multiply(runtime, played["at_window"], 30)
    browser = browsers("window-clerk")
    found: list[str] = []
    for number in (1, 2):
        found += re.findall(r'class="code" href="[^"]+">([^<]+)<', browser.get(f"/desk/cases?page={number}").text)
    assert len(found) == len(set(found)) == 33


# -- several at once -------------------------------------------------------------------------------------------------


def test_bulk_claim_takes_what_is_free_and_tells_of_the_rest(
    browsers: Open, played: dict[str, str], runtime: Runtime, rows: Any
) -> None:
    free = find_task(runtime, played["at_window"], "review_application")
    foreign = find_task(runtime, played["deciding"], "decide_item", "survivor_benefit")
    browser = browsers("window-clerk")
    data = {"row": [f"{played['at_window']}:{free}", f"{played['deciding']}:{foreign}", "x:y", PAYLOAD]}
    answer = browser.post("/desk/bulk/claim", data)
    assert answer.status_code == 303
    assert [row.assignee for row in rows(t.user_tasks, id=free)] == ["window-clerk"]
    assert [row.assignee for row in rows(t.user_tasks, id=foreign)] == [None]
    shown = browser.get(answer.headers["Location"]).text
    assert "已领取1项任务" in shown
    assert "1项没有领到" in shown


@pytest.mark.both_databases
def test_bulk_reminder_stands_in_the_outbox_and_the_audit(browsers: Open, played: dict[str, str], rows: Any) -> None:
    browser = browsers("market-clerk")
    data = {"row": [f"{played['deciding']}:", f"{played['frozen']}:"]}  # the second is not theirs to see
    assert browser.post("/desk/bulk/remind", data).status_code == 303
    assert [row.actor for row in rows(t.audit, verb="remind")] == ["market-clerk"]
    reminders = rows(d.outbox, case_id=played["deciding"], receiver="supervisor")
    assert [row.subject for row in reminders][-1:] == ["reminder_clerk"]
    assert rows(t.audit, verb="remind", case_id=played["frozen"]) == []


@pytest.mark.parametrize("path", ["/desk/bulk/claim", "/desk/bulk/remind", "/desk/filters"])
def test_what_changes_something_is_never_a_get(browsers: Open, path: str) -> None:
    assert browsers("window-clerk").get(path).status_code in (404, 405)


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_way_back_never_leads_elsewhere(browsers: Open, played: dict[str, str], back: str) -> None:
    answer = browsers("window-clerk").post("/desk/bulk/claim", {"back": back})
    assert answer.headers["Location"] == "/desk/"


# -- kept filters ----------------------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_kept_filter_is_ones_own(browsers: Open, rows: Any) -> None:
    browser = browsers("window-clerk")
    browser.post("/desk/filters", {"name": PAYLOAD[:40], "query": "queue=claimable&step=窗口受理审查&evil=1"})
    page = browser.get("/desk/").text
    assert "&lt;img" in page
    assert "<img src=x" not in page
    kept = rows(saved_filters)
    assert [row.query.startswith("queue=claimable&step=") and "evil" not in row.query for row in kept] == [True]
    other = browsers("hrss-clerk")
    assert "我的筛选" not in other.get("/desk/").text
    other.post(f"/desk/filters/{kept[0].id}/delete")
    assert len(rows(saved_filters)) == 1
    browser.post(f"/desk/filters/{kept[0].id}/delete")
    assert rows(saved_filters) == []


def test_names_of_the_dead_never_become_markup(browsers: Open, played: dict[str, str], runtime: Runtime) -> None:
    overwrite_sealed(runtime, played["deciding"], {"name": PAYLOAD, "id_number": PAYLOAD}, "deceased")
    for path in ("/desk/?queue=claimable", "/desk/cases"):
        page = browsers("hrss-clerk").get(path, query_string={"q": ""} if "?" not in path else None).text
        assert "<img src=x" not in page
        assert "<script>alert" not in page


def test_signed_out_and_families_see_no_desk(browser: Browser) -> None:
    answer = browser.get("/desk/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/staff/sign-in?next=/desk/")


@pytest.mark.both_databases
def test_colleagues_task_is_not_claimed_over(
    browsers: Open, played: dict[str, str], runtime: Runtime, rows: Any
) -> None:
    task_id = find_task(runtime, played["deciding"], "decide_item", "survivor_benefit")
    inbox.claim(runtime, Actor("somebody", frozenset({"hrss.clerk"}), "430000"), task_id)
    browser = browsers("hrss-clerk")
    answer = browser.post(f"/desk/tasks/{task_id}/claim")
    assert "该任务由somebody持有" in browser.get(answer.headers["Location"]).text
    assert [row.assignee for row in rows(t.user_tasks, id=task_id)] == ["somebody"]
