"""The desk in the benchmark: what is compared does the same work, what is listed is there, and the sums are right."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bench.desk.measuring import complete_case
from bench.desk.pages import CLERKS, Pages
from bench.desk.pressing import press
from bench.desk.report import OURS, PEER, Desk, Shown, as_data, lines, section
from bench.desk.steps import WorkloadDesk
from bench.peers.arena.server import Arena
from bench.report import Line, Sample
from bench.served import Served
from bench.subject import Incomplete
from bench.visitor import Unexpected, Visitor
from bench.workload import completions_of, steps_of
from engine import db
from engine import tables as t


class Near:
    """A subject in this process, asked as one in another."""

    def __init__(self, subject: Served) -> None:
        self.ask_about = subject

    def ask(self, **request: Any) -> dict[str, Any]:
        reply: dict[str, Any] = json.loads(json.dumps(self.ask_about.reply_to(request)))
        return reply


@pytest.fixture(params=[WorkloadDesk, Arena])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Either side of the comparison, serving the workload with two branches."""
    made = request.param()
    told = made.open(tmp_path, [2])
    yield Near(made), told
    made.close()


def test_both_sides_take_a_case_to_its_end_over_http(subject: tuple[Any, dict[str, Any]]) -> None:
    talk, told = subject
    sample = Sample()
    with Visitor(told["port"]).enter(told) as clerk:
        statements, commits = complete_case(talk, clerk, 2, sample, is_counted=True)
    assert len(sample.milliseconds) == len(sample.cpu_milliseconds) == completions_of(2)
    assert sample.bytes_open > 0
    assert statements > commits >= completions_of(2)


def test_a_step_is_done_once_and_only_by_who_is_signed_in(subject: tuple[Any, dict[str, Any]]) -> None:
    talk, told = subject
    case = talk.ask(do="start", branches=2)["case"]
    step = talk.ask(do="locate", case=case, step=steps_of(2)[0])
    with Visitor(told["port"]) as nobody, contextlib.suppress(Unexpected):
        nobody.send(step)  # refused, or led to the sign-in page
    assert talk.ask(do="outcome", case=case)["completions"] == 0
    with Visitor(told["port"]).enter(told) as clerk:
        clerk.send(step)
        with pytest.raises(Unexpected, match="answered 4"):
            clerk.send(step)
    assert talk.ask(do="outcome", case=case)["completions"] == 1


def test_lost_work_is_an_error_and_not_a_time(subject: tuple[Any, dict[str, Any]], monkeypatch: Any) -> None:
    talk, told = subject
    monkeypatch.setattr("bench.desk.measuring.steps_of", lambda branches: steps_of(branches)[:-1])
    with Visitor(told["port"]).enter(told) as clerk, pytest.raises(Incomplete, match="instead of"):
        complete_case(talk, clerk, 2, Sample())


# -- pages -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Pages, dict[str, Any]]]:
    """Thirty cases, two of them to be submitted."""
    made = Pages()
    told = made.fill(tmp_path_factory.mktemp("pages"), 30, {"at_window": 2, "deciding": 2})
    yield made, told
    made.close()


def visit(told: dict[str, Any], login: str) -> Visitor:
    return Visitor(told["port"]).enter({"login": login, "password": told["password"]})


def test_as_many_cases_are_open_as_were_asked_for(pages: tuple[Pages, dict[str, Any]]) -> None:
    made, _ = pages
    query = sa.select(sa.func.count()).where(t.cases.c.status == "open")
    with db.reading(made._office.runtime.database) as connection:
        assert connection.execute(query).scalar_one() == 30
        assert not connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()


def test_copies_are_listed_with_their_people_and_open(pages: tuple[Pages, dict[str, Any]]) -> None:
    _, told = pages
    with visit(told, "window") as clerk:
        page = clerk.get("/desk/?queue=claimable").text
        assert page.count("窗口受理审查") > 12
        assert page.count("SH-0000") > 9
        assert clerk.get(told["case"]).status == 200
    with visit(told, "hrss") as clerk:
        assert "<form" in clerk.get(told["task"]).text


def test_waiting_tasks_are_submitted_at_their_pages(pages: tuple[Pages, dict[str, Any]]) -> None:
    made, told = pages
    for one in made.reply_to({"do": "waiting"})["tasks"]:
        with visit(told, one["login"]) as clerk:
            fields = press(clerk.get(one["path"]).text, one["values"])
            assert clerk.post(one["path"], fields).location == "/desk/"
    assert {one["login"] for one in made._submittable()} == set(CLERKS)


FORM = """<main id="content"><form action="/other"><input name="tab" value="work"></form>
<form><input type="hidden" name="_shown" value="decision"><input type="hidden" name="csrf_token" value="x">
<input type="radio" name="decision" value="accept"><input type="radio" name="decision" value="return" checked>
<input type="checkbox" name="told" value="true" checked><select name="way"><option value="">-</option>
<option value="post" selected>post</option></select><textarea name="note">
as it was</textarea><input type="file" name="scan"></form></main>"""


def test_form_is_sent_as_a_browser_does() -> None:
    sent = press(FORM, {"decision": "accept", "verified": ["M02", "M07"], "heirs": [{"name": "王䶮", "minor": False}]})
    assert sent == [
        ("_shown", "decision"),
        ("told", "true"),
        ("way", "post"),
        ("note", "as it was"),
        ("decision", "accept"),
        ("verified", "M02"),
        ("verified", "M07"),
        ("heirs[0].name", "王䶮"),
        ("_intent", "submit"),
    ]


# -- the report ------------------------------------------------------------------------------------------------------


def shown(median: float, statements: int = 9) -> Shown:
    return Shown([median] * 3, 0.003, statements, 1_000)


def desk(ours: float = 3.3) -> Desk:
    pages = {kind: {60: shown(10.0), 10_000: shown(12.0)} for kind in ("list", "task", "case", "department")}
    completed = {OURS: {10: Sample([ours], [ours], [1])}, PEER: {10: Sample([30.0], [30.0], [9])}}
    asked = {OURS: {10: (6.0, 2.0)}, PEER: {10: (99.0, 4.0)}}
    return Desk(pages=pages, completed=completed, asked=asked, naive={10: 214.0}, requests_per_second=40.0, clerks=4)


def by_name(measured: Desk) -> dict[str, Line]:
    return {line.name: line for line in lines(measured)}


def test_targets_hold_at_their_bounds() -> None:
    found = by_name(desk())
    assert found["page of a task, 10,000 cases in store to 60"].measured == pytest.approx(1.2)
    assert found["completions/s over HTTP, ours to SpiffArena, N=10"].measured == pytest.approx(30.003, rel=1e-3)
    beside = found["… to SpiffArena's approach, run here without its own tables and checks, N=10"]
    assert beside.measured == pytest.approx(30.0 / 3.3)
    assert not beside.is_target
    assert all(line.holds for line in found.values() if line.is_target)


def test_growing_pages_more_statements_and_slow_completions_are_missed() -> None:
    grown = desk(ours=3.31)
    grown.pages["list"][10_000] = shown(15.1, 10)
    missed = {line.name for line in lines(grown) if line.is_target and not line.holds}
    assert missed == {
        "list of claimable tasks, window, 10,000 cases in store to 60",
        "list of claimable tasks, window, 10,000 cases in store to 60, statements",
        "completions/s over HTTP, ours to SpiffArena, N=10",
    }


def test_what_was_not_measured_is_missed() -> None:
    targets = [line for line in lines(Desk()) if line.is_target]
    assert targets
    assert not any(line.holds for line in targets)


def test_section_and_data_have_every_figure() -> None:
    text, data = section(desk()), as_data(desk())
    assert "40 pages/s with 10,000 cases in store and 4 clerks at once" in text
    assert text.count("SpiffArena's approach, PUT of a task") == 1
    assert data["completed"]["ours"][10]["per_second"] == pytest.approx(303.03, rel=1e-3)
    assert data["pages"]["list"][10_000]["statements"] == 9
