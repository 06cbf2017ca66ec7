"""Supervision: what is late and frozen, who carries how much, and workbooks without formulas."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from lxml import etree

from engine import db
from engine import tables as t
from engine.clock import FixedClock, to_text
from engine.config import CODE_ROOT
from engine.pack_schema import Manifest
from engine.packs import read_pack
from engine.releases import publish
from engine.runtime import Runtime
from tasks import tables as d
from tests.web.conftest import Browser
from tests.web.counter_scenes import Scene, awaits, find_scene, is_held, play, staged
from web.services import services
from web.supervise.lists import LISTS
from web.supervise.naming import Names
from web.supervise.sheets import safe, write_workbook

Browsers = Callable[..., Browser]
FORMULAS = ["=1+1", "+1+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '  =HYPERLINK("http://x")']


@pytest.fixture
def web_template(request: pytest.FixtureRequest, web_template: Path) -> Path:
    return staged(request, web_template, {"accepted": ("01-home-all-items.yaml", "decide_item")})


@pytest.fixture
def accepted(web_template: Path, clock: FixedClock) -> Scene:
    """A case whose departments are at work."""
    return find_scene(web_template, clock)


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


@pytest.mark.both_databases
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


def publish_pack(runtime: Runtime, code: str) -> tuple[str, Manifest]:
    pack = read_pack(code, CODE_ROOT / "processes", CODE_ROOT / "forms")
    with runtime.database.begin() as connection:
        publish(connection, pack, "tests", runtime.clock.now(), check=lambda _: [])
    return pack.digest, pack.manifest


def move_to(runtime: Runtime, scene: Scene, release_id: str) -> None:
    """Let the case run on another pack's release, as far as the board can tell."""
    with runtime.database.begin() as connection:
        connection.execute(t.cases.update().where(t.cases.c.id == scene.id).values(release_id=release_id))


def test_groups_are_called_as_the_case_s_own_pack_does(runtime: Runtime, clock: FixedClock, browsers: Browsers) -> None:
    scene = play(runtime, clock, "01-home-all-items.yaml", awaits("assign_doctor"))
    release_id, manifest = publish_pack(runtime, "yueyang")
    own, common = manifest.groups["clinic.head"].name, "基层医疗卫生机构负责人"
    board = browsers("supervisor-clerk").get("/supervise/").text
    assert common in board and own not in board
    move_to(runtime, scene, release_id)
    board = browsers("supervisor-clerk").get("/supervise/").text
    assert own in board and common not in board


def test_groups_of_several_packs_are_called_as_most_of_them_do(app: Flask, runtime: Runtime) -> None:
    releases = [publish_pack(runtime, code)[0] for code in ("yueyang", "guizhou")]
    with app.app_context(), db.reading(runtime.database) as connection:
        names = Names(services(), connection)
        releases += [one for one in names.running() if one not in releases]
        assert names.shared("clinic.head", releases[:1]) == "村（社区）卫生室负责人"
        assert names.shared("clinic.head", releases) == "基层医疗卫生机构负责人"
        assert names.shared("hospital.nobody", releases) == "hospital.nobody"


def test_items_are_called_as_the_case_s_own_pack_does(
    runtime: Runtime, clock: FixedClock, browsers: Browsers, accepted: Scene, rows: Any
) -> None:
    release_id, other = publish_pack(runtime, "yueyang")
    mine = read_pack("hunan", CODE_ROOT / "processes", CODE_ROOT / "forms").manifest
    late = {row.code for row in rows(d.items, case_id=accepted.id) if row.due_on}
    code = next(one for one in sorted(late & set(other.items)) if other.items[one].name != mine.items[one].name)
    clock.advance(timedelta(days=60))
    move_to(runtime, accepted, release_id)
    browser = browsers("supervisor-clerk")
    assert other.items[code].name in browser.get("/supervise/lists/overdue").text
    _sheet, strings = sheet_of(browser.get("/supervise/lists/overdue.xlsx").data)
    assert other.items[code].name in strings and mine.items[code].name not in strings


@pytest.mark.both_databases
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
