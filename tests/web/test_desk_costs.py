"""What a page of the desk asks of the database: the same with ten cases in store and with a thousand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from engine import db
from engine.runtime import Runtime
from tests.web.conftest import Browser
from tests.web.desk_cases import Statements, code_of, find_task, multiply, played, web_template
from web.access.people import Person
from web.desk.queues import QUEUES, Asker

__all__ = ["played", "web_template"]
Open = Callable[..., Browser]
MOST = 40
LISTS = [*(f"/desk/?queue={queue}" for queue in QUEUES), "/desk/cases", "/window/", "/supervise/"]
TABS = ["", "/materials", "/timeline", "/diagram", "/pushes", "/notices", "/clock/survivor_benefit"]


def asked(runtime: Runtime, browser: Browser, path: str) -> list[str]:
    """The statements of one page."""
    with Statements(runtime.database) as statements:
        assert browser.get(path).status_code == 200
    return statements.seen


@pytest.fixture
def grow(runtime: Runtime, played: dict[str, str]) -> Callable[[int], None]:
    """``grow(1000)`` leaves that many cases in store, all but those of the scenes waiting at the window."""
    there = len(played)

    def fill(cases: int) -> None:
        nonlocal there
        multiply(runtime, played["at_window"], cases - there)
        there = cases

    return fill


def compare(runtime: Runtime, grow: Callable[[int], None], browser: Browser, paths: list[str]) -> None:
    grow(10)
    for path in paths:
        browser.get(path)  # what is read once a process
    few = {path: asked(runtime, browser, path) for path in paths}
    grow(1_000)
    many = {path: asked(runtime, browser, path) for path in paths}
    assert {path: len(found) for path, found in many.items()} == {path: len(found) for path, found in few.items()}
    assert max(map(len, many.values())) < MOST


@pytest.mark.parametrize("login", ["window-clerk", "hrss-clerk"])
def test_lists(browsers: Open, runtime: Runtime, grow: Callable[[int], None], login: str) -> None:
    paths = [path for path in LISTS if path.startswith("/desk/") or (login, path) == ("window-clerk", "/window/")]
    compare(runtime, grow, browsers(login), paths)


def test_board_of_the_supervisor(browsers: Open, runtime: Runtime, grow: Callable[[int], None]) -> None:
    compare(runtime, grow, browsers("supervisor-clerk"), ["/supervise/", "/desk/", "/desk/cases"])


def test_page_of_a_case_and_of_a_task(
    browsers: Open, runtime: Runtime, grow: Callable[[int], None], played: dict[str, str]
) -> None:
    code = code_of(runtime, played["deciding"])
    task = find_task(runtime, played["deciding"], "decide_item", "survivor_benefit")
    paths = [*(f"/desk/cases/{code}{tab}" for tab in TABS), f"/desk/tasks/{task}"]
    compare(runtime, grow, browsers("hrss-clerk"), paths)


def test_list_of_the_window_shows_a_page_of_them(browsers: Open, runtime: Runtime, grow: Callable[[int], None]) -> None:
    grow(1_000)
    page = browsers("window-clerk").get("/desk/?queue=claimable").text
    assert page.count('class="tick"><input') == 25
    assert "第 1 页，共 40 页" in page


@pytest.mark.parametrize("queue", ["mine", "claimable", "due_soon"])
def test_no_queue_looks_at_every_open_task(runtime: Runtime, queue: str) -> None:
    person = Person("staff", "u1", "王䶮", "wang", frozenset({"window.clerk", "hrss.clerk"}), "430000")
    query = QUEUES[queue].count(Asker(person, date(2026, 11, 23)))
    with db.reading(runtime.database) as connection:
        text = str(query.compile(runtime.database, compile_kwargs={"literal_binds": True}))
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
    assert not [step for step in plan if step.startswith("SCAN user_tasks")], plan
