"""What a page of the desk asks of the database: the same with ten cases in store and with a thousand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from engine import db
from engine import tables as t
from engine.runtime import Runtime
from tests.conftest import postgres_database
from tests.web.conftest import Browser
from tests.web.desk_cases import Statements, code_of, find_task, multiply, played, web_template
from web.access.people import Person
from web.desk.gates import concerns
from web.desk.listing import open_regions
from web.desk.queues import CASES, IN_LIST, IN_RAIL, QUEUES, Asker

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


@pytest.mark.both_databases
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
    grow(300)
    page = browsers("window-clerk").get("/desk/?queue=claimable").text
    assert page.count('class="tick"><input') == 25
    assert "第 1 页，共 12 页" in page
    assert "298条" in page


@pytest.mark.both_databases
def test_nobody_counts_beyond_a_bound(browsers: Open, runtime: Runtime, grow: Callable[[int], None]) -> None:
    grow(1_000)
    browser = browsers("window-clerk")
    page = browser.get("/desk/?queue=claimable").text
    assert page.count(f">{IN_RAIL}+</span>") == 2  # claimable, and all of it due soon
    assert f"{IN_LIST}+条" in page
    assert f"共 {IN_LIST // 25} 页" in page
    assert "请用上面的条件缩小范围" in page
    assert "请用上面的条件缩小范围" not in browser.get("/desk/?queue=claimable&q=SH-COPY-0").text
    assert f"有{IN_RAIL}+项任务可以领取" in browser.get("/desk/?queue=mine").text


PERSON = Person("staff", "u1", "王䶮", "wang", frozenset({"window.clerk", "hrss.clerk"}), "430000")
DEPARTMENT = Person("staff", "u2", "赵琬", "zhao", frozenset({"hrss.clerk"}), "430102")
LARGE = "user_tasks|items|materials|filings|holds|jobs|outbox|user_task_candidates"
# An index of what is in a state alone may be read through: it is the queue.
READ_THROUGH = re.compile(rf"SCAN (?:{LARGE})\b(?! USING (?:COVERING )?INDEX ix_)|Seq Scan on (?:{LARGE})\b")


@pytest.fixture(params=["sqlite", "postgresql"])
def planned(request: pytest.FixtureRequest, runtime: Runtime) -> Iterator[Callable[[Any], str]]:
    """What a database makes of a statement; PostgreSQL would read a small table through, unless it may not."""
    if request.param == "sqlite":
        with db.reading(runtime.database) as connection:
            yield lambda query: explain(connection, query, "EXPLAIN QUERY PLAN")
        return
    server, template = (request.getfixturevalue(name) for name in ("postgres_server", "postgres_template"))
    with postgres_database(server, template) as url:
        engine = db.connect(url)
        with db.reading(engine) as connection:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            yield lambda query: explain(connection, query, "EXPLAIN")
        engine.dispose()


def explain(connection: sa.Connection, query: Any, verb: str) -> str:
    text = str(query.compile(connection.engine, compile_kwargs={"literal_binds": True})).replace("%", "%%")
    return "\n".join(str(row[-1]) for row in connection.exec_driver_sql(f"{verb} {text}"))


@pytest.mark.own_databases
@pytest.mark.parametrize("person", [PERSON, DEPARTMENT], ids=["window", "department"])
@pytest.mark.parametrize("queue", QUEUES)
def test_no_queue_reads_a_table_through(planned: Callable[[Any], str], queue: str, person: Person) -> None:
    asker = Asker(person, date(2026, 11, 23))
    parts = QUEUES[queue].parts(asker)
    for query in [sa.select(QUEUES[queue].count(asker, 100)), *(part.first(25, "due") for part in parts)]:
        plan = planned(query)
        assert not READ_THROUGH.findall(plan), plan


@pytest.mark.own_databases
def test_first_page_of_a_group_comes_in_the_order_of_its_index(runtime: Runtime) -> None:
    first, *_ = QUEUES["claimable"].parts(Asker(DEPARTMENT, date(2026, 11, 23)))
    with db.reading(runtime.database) as connection:
        plan = explain(connection, first.first(25, "due"), "EXPLAIN QUERY PLAN")
    assert "USING INDEX ix_user_tasks_open_candidate_group (candidate_group=?)" in plan
    assert "TEMP B-TREE FOR ORDER BY" not in plan  # ties alone are sorted


@pytest.mark.own_databases
def test_first_page_of_one_among_several_candidates_comes_in_the_order_of_its_index(runtime: Runtime) -> None:
    *_, last = QUEUES["claimable"].parts(Asker(DEPARTMENT, date(2026, 11, 23)))
    with db.reading(runtime.database) as connection:
        plan = explain(connection, last.first(25, "due"), "EXPLAIN QUERY PLAN")
    assert "USING COVERING INDEX ix_user_task_candidates_queue (kind=? AND name=? AND public=?)" in plan
    assert "TEMP B-TREE FOR ORDER BY" not in plan


def test_a_task_that_several_of_ones_groups_may_do_is_listed_once(runtime: Runtime, played: dict[str, str]) -> None:
    names = ("window.clerk", "hrss.clerk")
    moment = "2026-01-01T00:00:00.000000Z"
    with runtime.database.begin() as connection:
        alone = t.user_tasks.c.candidate_group == "hrss.clerk", t.in_state(t.user_tasks, "open")
        one = connection.execute(sa.select(t.user_tasks.c.id).where(*alone)).scalars().first()
        connection.execute(t.user_tasks.update().where(t.user_tasks.c.id == one).values(candidate_group=None))
        rows = [{"kind": "group", "name": name, "user_task_id": one, "created_at": moment} for name in names]
        connection.execute(t.user_task_candidates.insert(), rows)
    parts = QUEUES["claimable"].parts(Asker(PERSON, date(2026, 11, 23)))
    with db.reading(runtime.database) as connection:
        shown = [row.task_id for part in parts for row in connection.execute(part.first(100, "due"))]
        counted = connection.execute(sa.select(sum(part.count(100) for part in parts))).scalar_one()
    assert shown.count(one) == 1
    assert counted == len(shown) == len(set(shown))


@pytest.mark.own_databases
@pytest.mark.parametrize("prefix", ["", "43", "430105", "99", "4300"])
def test_regions_of_open_cases_are_found_one_from_the_other(
    planned: Callable[[Any], str], runtime: Runtime, grow: Callable[[int], None], prefix: str
) -> None:
    grow(12)
    regions = ["430102", "430105", "429000", "440100", "990000", "990001"]
    with runtime.database.begin() as connection:
        ids = connection.execute(sa.select(t.cases.c.id)).scalars().all()
        for place, one in enumerate(ids):
            connection.execute(t.cases.update().where(t.cases.c.id == one).values(region=regions[place % 6]))
    query = sa.select(open_regions(prefix).c.region)
    with db.reading(runtime.database) as connection:
        found = [region for region in connection.execute(query).scalars() if region]
    assert found == sorted(region for region in regions if region.startswith(prefix))
    assert not re.findall(r"SCAN cases|Seq Scan on cases", planned(query))


@pytest.mark.own_databases
@pytest.mark.parametrize("sort", ["due", "new", "old"])
def test_first_page_of_all_cases_comes_in_the_order_of_an_index(planned: Callable[[Any], str], sort: str) -> None:
    (part,) = CASES["cases"].parts(Asker(PERSON, date(2026, 11, 23)))
    plan = planned(part.first(25, sort))
    assert "ix_cases_opened_at" in plan
    assert "ORDER BY" not in plan
    assert "Sort" not in plan


@pytest.mark.own_databases
def test_page_of_a_case_looks_at_its_own_tasks_alone(runtime: Runtime) -> None:
    mine = sa.select(t.user_tasks.c.id).where(t.user_tasks.c.case_id == "x", t.in_state(t.user_tasks, "open"))
    with db.reading(runtime.database) as connection:
        plan = explain(connection, mine.where(concerns(PERSON)), "EXPLAIN QUERY PLAN")
    assert "ix_user_tasks_case_id" in plan
    assert "ix_user_tasks_open_candidate_group" not in plan
