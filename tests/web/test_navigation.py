"""Everybody finds on: each begins where the own work is, a page says where it lies, and a lost reader is led back."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from flask import Flask

from engine.clock import FixedClock
from engine.config import CODE_ROOT
from engine.packs import read_pack
from engine.releases import publish
from engine.runtime import Runtime
from tests.web.conftest import Browser
from web.desk import board

Browsers = Callable[..., Browser]
TRIAL = "云泽县"  # the county of the trial pack


def test_each_begins_where_the_own_work_is(browsers: Browsers) -> None:
    begins = {
        "window-clerk": "/desk/",
        "lead-clerk": "/desk/",
        "supervisor-clerk": "/supervise/",
        "hotline-operator": "/hotline/",
        "analyst-clerk": "/compare/",
        "operator": "/ops/",
    }
    for login, page in begins.items():
        assert browsers(login).get("/staff/").headers["Location"] == page, login


def test_the_rail_marks_the_page_or_else_its_area(browsers: Browsers) -> None:
    window = browsers("window-clerk")
    assert '<a href="/window/" aria-current="page">' in window.get("/window/").text
    below = window.get("/window/checklist").text
    assert '<a href="/window/" aria-current="true">' in below and 'aria-current="page"' not in below
    assert window.get("/window/report", follow_redirects=True).text.count("aria-current") == 1
    assert "aria-current" not in window.get("/staff/account").text


def test_pages_of_a_pack_lead_on_within_it(browsers: Browsers) -> None:
    page = browsers().get("/guide/hunan").text
    assert '<a href="/?pack=hunan">' in page and '<a href="/guide/hunan" aria-current="page">' in page
    assert '<a href="/guide">' in browsers().get("/lookup").text
    for unknown in ("nowhere", "//example.org", "<script>"):
        answer = browsers().get("/", query_string={"pack": unknown})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/"), unknown


def test_whoever_is_lost_is_led_back_to_the_own_side(browsers: Browsers) -> None:
    for path, back in (("/desk/none", "/staff/"), ("/ops/", "/staff/"), ("/staff/none", "/staff/"), ("/none", "/")):
        answer = browsers("window-clerk").get(path)
        assert (answer.status_code, f'href="{back}">返回首页' in answer.text) == (404, True), path


def test_the_trial_pack_is_offered_to_nobody(browsers: Browsers, runtime: Runtime, clock: FixedClock) -> None:
    with runtime.database.begin() as connection:
        trial = read_pack("selftest", CODE_ROOT / "processes", CODE_ROOT / "forms")
        publish(connection, trial, "tests", clock.now(), check=lambda _: [])
    looked: tuple[tuple[str, str], ...] = (
        ("", "/"),
        ("lead-clerk", "/localities/"),
        ("hotline-operator", "/hotline/knowledge"),
        ("window-clerk", "/window/checklist"),
    )
    for login, path in looked:
        page = browsers(login).get(path, follow_redirects=True)
        assert page.status_code == 200 and TRIAL not in page.text, path
    assert TRIAL in browsers("operator").get("/ops/").text


def test_a_place_without_applications_on_line_is_not_said_to_take_them(
    browsers: Browsers, runtime: Runtime, clock: FixedClock
) -> None:
    with runtime.database.begin() as connection:
        counter = read_pack("yueyang", CODE_ROOT / "processes", CODE_ROOT / "forms")
        publish(connection, counter, "tests", clock.now(), check=lambda _: [])
    lead = browsers("lead-clerk")
    said = lead.get("/localities/").text
    assert said.count("可以线上申报") == 1 and said.count("只在窗口申请") == 1
    for pack, asked in (("hunan", True), ("yueyang", False)):
        assert ('name="online"' in lead.get(f"/localities/{pack}/new").text) is asked, pack


def test_an_account_on_record_is_called_by_its_name(app: Flask) -> None:
    def said(tail: str) -> str:
        row: Any = SimpleNamespace(payee_kind="deceased", status="paid", account_tail=tail)
        with app.test_request_context():
            return board._payee(row)

    assert said("养老金账户").startswith("逝者账户（养老金账户）")
    assert said("0028").startswith("逝者账户（尾号0028）")
