"""Leftovers go by themselves, each kind in its time, and the operator sees how it went."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from engine.clock import FixedClock, to_text
from engine.db import connect, reading
from engine.runtime import Runtime
from tests.integration.conftest import KEYS
from tests.web.conftest import NOW
from web import sweeps, tables
from web.access import sessions
from web.services import Services
from web.store.settings import file_store
from web.sweeps import SWEEPS, Sweep, read_runs, run_due, schedule

PATIENCE = 30.0
HOURLY = {"sessions", "codes", "attempts"}


@pytest.fixture
def own(schema_url: str, tmp_path: Path) -> Any:
    class Settings:
        var_dir, production = tmp_path / "var", False

    runtime = Runtime(connect(schema_url), KEYS, clock=FixedClock(NOW))
    yield Services(Settings(), runtime)  # type: ignore[arg-type]
    runtime.close()


def advance(own: Services, **span: float) -> None:
    assert isinstance(own.clock, FixedClock)
    own.clock.advance(timedelta(**span))


def count(own: Services, table: sa.Table) -> int:
    with reading(own.database) as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def began(own: Services) -> dict[str, str]:
    with reading(own.database) as connection:
        return {row.name: row.began_at for row in connection.execute(sa.select(tables.sweeps))}


def removed(own: Services) -> dict[str, int]:
    with reading(own.database) as connection:
        return {run.name: run.removed for run in read_runs(connection, own.clock.now())}


@pytest.mark.both_databases
def test_each_runs_at_once_and_then_in_its_time(own: Services) -> None:
    assert run_due(own) == len(SWEEPS)
    assert run_due(own) == 0
    first = began(own)
    advance(own, hours=1)
    assert run_due(own) == len(HOURLY)
    assert {name for name, at in began(own).items() if at != first[name]} == HOURLY
    advance(own, hours=23)
    assert run_due(own) == len(SWEEPS)


def test_what_has_expired_goes_and_what_has_not_stays(own: Services) -> None:
    now = own.clock.now()
    with own.database.begin() as connection:
        opened = {"second_factor": False, "address": "127.0.0.1", "agent": "tests"}
        for age in (timedelta(), timedelta(hours=9)):
            sessions.open_session(connection, "staff", "u1", now - age, **opened)
        old = {"purpose": "sign_in", "subject": "0" * 64, "address": "127.0.0.1", "failed": True}
        connection.execute(tables.attempts.insert().values(**old, id="a" * 32, at=to_text(now - timedelta(days=40))))
        connection.execute(tables.attempts.insert().values(**old, id="b" * 32, at=to_text(now)))
        code = {"purpose": "sign_in", "subject": "0" * 64, "code_digest": "0" * 64, "tries_left": 5}
        for number, age in (("a", timedelta(days=2)), ("b", timedelta())):
            at = to_text(now - age)
            connection.execute(tables.web_codes.insert().values(**code, id=number * 32, created_at=at, expires_at=at))
    run_due(own)
    assert {name: number for name, number in removed(own).items() if name in HOURLY} == dict.fromkeys(HOURLY, 1)
    assert [count(own, table) for table in (tables.web_sessions, tables.attempts, tables.web_codes)] == [1, 1, 1]


@pytest.mark.both_databases
def test_orphans_and_broken_off_writes_go_after_a_day(own: Services) -> None:
    store, folder = file_store(own), own.settings.var_dir / "files"
    orphan, fresh = store.put([b"nobody knows me"]), store.put([b"on its way"])
    draft = folder / "drafts" / "0123"
    draft.write_bytes(b"half")
    broken_off, now = time.time() - 3 * 24 * 3600, own.clock.now()
    os.utime(draft, (broken_off, broken_off))
    for kept, age in ((orphan, timedelta(days=3)), (fresh, timedelta())):
        for path in folder.glob(f"*/{kept.id}.*"):
            os.utime(path, ((now - age).timestamp(),) * 2)
    run_due(own)
    assert list(store.names()) == [fresh.id]
    assert not draft.exists()
    assert (removed(own)["uploads"], removed(own)["drafts"]) == (1, 1)


def test_one_that_fails_is_told_of_and_keeps_no_other_back(own: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_own: Services, _now: object) -> int:
        raise OSError("谭㳘生 430102194803121313")

    monkeypatch.setattr(sweeps, "SWEEPS", {**SWEEPS, "uploads": Sweep(timedelta(days=1), fail)})
    assert run_due(own) == len(SWEEPS)
    with reading(own.database) as connection:
        runs = read_runs(connection, own.clock.now())
    assert {run.name: run.fault for run in runs if not run.is_well} == {"uploads": "OSError"}
    assert all(run.ended_at for run in runs)


def test_sweep_that_stays_away_is_not_well(own: Services) -> None:
    run_due(own)
    advance(own, hours=3)
    with reading(own.database) as connection:
        assert {run.name for run in read_runs(connection, own.clock.now()) if not run.is_well} == HOURLY


def test_of_many_that_look_at_once_one_runs_each(own: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    monkeypatch.setattr(
        sweeps,
        "SWEEPS",
        {name: Sweep(one.every, lambda *_, name=name: ran.append(name) or 0) for name, one in SWEEPS.items()},
    )
    for _ in range(2):
        ran.clear()
        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(lambda _: run_due(own), range(8))) == len(SWEEPS)
        assert sorted(ran) == sorted(SWEEPS)
        advance(own, days=1)


def test_scheduler_looks_as_soon_as_it_runs(own: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = threading.Event()
    monkeypatch.setattr(sweeps, "run_due", lambda _own: looked.set())
    scheduler = BackgroundScheduler(timezone="UTC")
    schedule(scheduler, own)
    scheduler.start()
    try:
        assert looked.wait(PATIENCE)
    finally:
        scheduler.shutdown()


def test_operator_sees_the_last_run(app: Flask, browsers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    own: Services = app.extensions["shenhou"]
    browser = browsers("operator")
    assert "还没有运行过" in browser.get("/ops/").text
    run_due(own)
    page = browser.get("/ops/").text
    assert page.count("完成</span>") == len(SWEEPS)
    assert "过期的登录" in page
    with own.database.begin() as connection:
        connection.execute(tables.sweeps.update().where(tables.sweeps.c.name == "codes").values(fault="OSError"))
    assert "未成（OSError）" in browser.get("/ops/").text
    assert browser.get("/health").json["findings"]["failed_sweeps"] == 1
    assert browser.get("/health").status_code == 200
