"""What pages say of a pack before anybody begins with it: a trial, over, not yet in force, not open here."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from engine import db
from engine import tables as t
from engine.clock import FixedClock
from engine.config import CODE_ROOT
from engine.launches import launch
from engine.packs import Pack, assemble_pack, read_pack
from engine.releases import current_release, load_pack, publish
from engine.runtime import Runtime
from tests.web.conftest import PACK, Browser
from tests.web.telephones import family_browser

TRIAL = "这里办理的没有效力"


def publish_until(runtime: Runtime, until: str, begins: str = "2024-06-28") -> Pack:
    pack = read_pack(PACK, CODE_ROOT / "processes", CODE_ROOT / "forms")
    text = pack.files["pack.yaml"].decode() + f"\neffective: {{from: {begins}, until: {until}}}\n"
    made = assemble_pack(PACK, {**pack.files, "pack.yaml": text.encode()}, pack.origins)
    with runtime.database.begin() as connection:
        publish(connection, made, "tests", runtime.clock.now(), check=lambda _: [])
    return made


def go_live(runtime: Runtime) -> None:
    with runtime.database.begin() as connection:
        pack = load_pack(connection, current_release(connection, PACK).id)
        launch(connection, pack, "tests", runtime.clock.now())


@pytest.mark.parametrize("path", ["/", f"/guide/{PACK}"])
def test_a_pack_that_is_not_live_is_marked_as_a_trial(browser: Browser, runtime: Runtime, path: str) -> None:
    page = browser.get(path).text
    assert TRIAL in page and "演示" in page and f"/report/{PACK}" in page
    go_live(runtime)
    page = browser.get(path).text
    assert TRIAL not in page and f"/report/{PACK}" in page


def test_in_production_a_pack_that_is_not_live_offers_nothing(browser: Browser, runtime: Runtime) -> None:
    runtime.trial = False
    page = browser.get("/").text
    assert "这里还没有正式开通" in page and f"/report/{PACK}" not in page


def test_an_expired_pack_says_so_and_takes_no_report(browser: Browser, runtime: Runtime, clock: FixedClock) -> None:
    publish_until(runtime, "2026-11-30")
    go_live(runtime)
    assert f"/report/{PACK}" in browser.get("/").text
    assert "至 2026-11-30" in browser.get(f"/guide/{PACK}").text
    clock.move_to("2026-12-01T09:00:00+08:00")
    for path in ("/", f"/guide/{PACK}"):
        page = browser.get(path).text
        assert "本办法已于2026-11-30到期" in page and f'href="/report/{PACK}"' not in page
    relative = family_browser(browser)
    assert "本办法已于2026-11-30到期" in relative.get(f"/report/{PACK}").text
    with db.reading(runtime.database) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(t.cases)).scalar_one() == 0


def test_a_pack_that_has_not_begun_says_from_when(browser: Browser, runtime: Runtime) -> None:
    publish_until(runtime, "2030-01-01", begins="2027-01-01")
    page = browser.get("/").text
    assert "自2027-01-01起施行" in page and f'href="/report/{PACK}"' not in page


def test_window_and_operator_see_what_is_a_trial(browsers: Callable[..., Browser], runtime: Runtime) -> None:
    assert TRIAL in browsers("window-clerk").get(f"/window/report/{PACK}").text
    assert "<strong>演示</strong>" in browsers("operator").get("/ops/").text
    go_live(runtime)
    assert "正式" in browsers("operator").get("/ops/").text
