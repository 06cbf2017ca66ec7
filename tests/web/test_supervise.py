"""Supervision: what is late and frozen, who carries how much, and workbooks without formulas."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from lxml import etree

from engine.clock import FixedClock, to_text
from engine.runtime import Runtime
from tasks import tables as d
from tests.web.conftest import Browser
from tests.web.counter_scenes import Scene, awaits, is_held, play
from web.supervise.lists import LISTS
from web.supervise.sheets import safe, write_workbook

Browsers = Callable[..., Browser]
FORMULAS = ["=1+1", "+1+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '  =HYPERLINK("http://x")']


@pytest.fixture
def accepted(runtime: Runtime, clock: FixedClock) -> Scene:
    """A case whose departments are at work."""
    return play(runtime, clock, "01-home-all-items.yaml", awaits("decide_item"))


def sheet_of(data: bytes) -> tuple[str, str]:
    """The sheet and the shared strings of a workbook, as XML."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return book.read("xl/worksheets/sheet1.xml").decode(), book.read("xl/sharedStrings.xml").decode()


def test_late_items_are_counted_and_listed(clock: FixedClock, browsers: Browsers, accepted: Scene) -> None:
    clock.advance(timedelta(days=60))
    browser = browsers("supervisor-clerk")
    board = browser.get("/supervise/").text
    late = re.search(r'href="/supervise/lists/overdue"><span>超期</span><span class="[^"]*">(\d+)<', board)
    assert late
    assert int(late[1]) > 0
    listed = browser.get("/supervise/lists/overdue").text
    assert accepted.code in listed
    assert accepted.number not in listed


def test_frozen_long_is_listed(runtime: Runtime, clock: FixedClock, browsers: Browsers) -> None:
    scene = play(runtime, clock, "03-hospital-referred-natural.yaml", is_held)
    assert scene.code not in browsers("supervisor-clerk").get("/supervise/lists/frozen").text
    clock.advance(timedelta(days=8))
    assert scene.code in browsers("supervisor-clerk").get("/supervise/lists/frozen").text


def test_push_without_receipt_is_listed_and_exported_as_text(
    runtime: Runtime, clock: FixedClock, browsers: Browsers, accepted: Scene
) -> None:
    row = {
        "id": "a" * 32,
        "case_id": accepted.id,
        "kind": "push",
        "receiver": "=cmd|' /C calc'!A0",
        "subject": "result",
    }
    row |= {"sealed": b"", "status": "queued", "queued_at": to_text(clock.now() - timedelta(hours=5))}
    with runtime.database.begin() as connection:
        connection.execute(d.outbox.insert().values(**row))
    browser = browsers("supervisor-clerk")
    assert "=cmd" in browser.get("/supervise/lists/undelivered").text
    answer = browser.get("/supervise/lists/undelivered.xlsx")
    sheet, strings = sheet_of(answer.data)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "<f>" not in sheet
    assert "'=cmd" in strings


def test_uncured_gap_is_listed(
    runtime: Runtime, clock: FixedClock, browsers: Browsers, rows: Any, accepted: Scene
) -> None:
    material = rows(d.materials, case_id=accepted.id)[0]
    with runtime.database.begin() as connection:
        gap = {"status": "deferred", "deferred_until": "2020-01-02"}
        connection.execute(d.materials.update().where(d.materials.c.id == material.id).values(gap))
    assert material.name in browsers("supervisor-clerk").get("/supervise/lists/deferred").text


@pytest.mark.parametrize("name", sorted(LISTS))
def test_every_list_opens_and_is_exported(browsers: Browsers, accepted: Scene, name: str) -> None:
    browser = browsers("supervisor-clerk")
    assert browser.get(f"/supervise/lists/{name}").status_code == 200
    sheet, _strings = sheet_of(browser.get(f"/supervise/lists/{name}.xlsx").data)
    etree.fromstring(sheet.encode())


@pytest.mark.parametrize("text", FORMULAS)
def test_text_is_never_a_formula(text: str) -> None:
    sheet, strings = sheet_of(write_workbook("表[1]", ["列", "数"], [(text, 7)]))
    assert "<f>" not in sheet
    assert "<v>7</v>" in sheet
    assert safe(text).startswith("'")
    assert "'" in strings


def test_plain_text_stays_as_it_is() -> None:
    assert safe("湘西㵐䶮 430199") == "湘西㵐䶮 430199"
    assert safe("bell\x07") == "bell"


def test_nobody_else_supervises(browsers: Browsers) -> None:
    for login in ("window-clerk", "hrss-clerk", "funeral-clerk", "hotline-operator", "operator"):
        browser = browsers(login)
        for path in ("/supervise/", "/supervise/lists/overdue", "/supervise/lists/overdue.xlsx"):
            assert browser.get(path).status_code == 404
    assert browsers("supervisor-clerk").get("/supervise/lists/nothing").status_code == 404
