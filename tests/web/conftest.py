"""The application on a database that holds a published pack and the demonstration's accounts, copied for each test."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import tasks  # noqa: F401 - registers every worker
from engine import db
from engine.clock import FixedClock
from engine.config import CODE_ROOT, Settings, read_settings
from engine.packs import Pack, read_pack
from engine.releases import publish
from engine.runtime import Runtime
from migrations import upgrade
from tasks.adapters import make_resources
from tasks.settings import read_outside
from tests.conftest import postgres_database
from tests.integration.conftest import KEYS
from tests.templates import Templates
from tests.web.pouring import Poured
from web import asset_urls
from web.access import demonstration
from web.access.demonstration import PASSWORD
from web.app import create_app
from web.settings import WebSettings

NOW = "2026-11-23T09:00:00+08:00"
PACK = "hunan"
SOAK = os.environ.get("SHENHOU_SOAK") == "1"
_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What is marked ``both_databases`` runs on PostgreSQL too; ``SHENHOU_SOAK=1`` takes every test there."""
    marked = {mark.name for mark in metafunc.definition.iter_markers()}
    wanted = "both_databases" in marked or (SOAK and "own_databases" not in marked)
    if "database_kind" in metafunc.fixturenames and wanted:
        metafunc.parametrize("database_kind", ["sqlite", "postgresql"])


@pytest.fixture(scope="session")
def web_template(templates: Templates) -> Path:
    """A migrated SQLite file with the pack published and every demonstration account, to be copied."""
    return templates.made("pages", lambda folder: lay_out(folder, PACK)) / "shenhou.db"


def lay_out(folder: Path, pack: Pack | str) -> None:
    """Make a database in ``folder`` with ``pack`` published and an account for each of its roles."""
    if isinstance(pack, str):
        pack = read_pack(pack, CODE_ROOT / "processes", CODE_ROOT / "forms")
    engine = db.connect(f"sqlite:///{folder / 'shenhou.db'}")
    upgrade(engine)
    now = FixedClock(NOW).now()
    with engine.begin() as connection, pytest.MonkeyPatch.context() as patched:
        publish(connection, pack, "tests", now, check=lambda _: [])
        patched.setattr(demonstration, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        demonstration.ensure_accounts(connection, now)  # its hashes are cheap here: tests sign in all the time
    engine.dispose()  # the last connection to close writes the WAL back


@pytest.fixture
def clock() -> FixedClock:
    """Stands still until the test moves it."""
    return FixedClock(NOW)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({}, home=tmp_path)


@pytest.fixture
def database_kind() -> str:
    """SQLite, unless ``pytest_generate_tests`` gives the test both kinds."""
    return "sqlite"


@pytest.fixture
def web_url(request: pytest.FixtureRequest, database_kind: str, web_template: Path, tmp_path: Path) -> Iterator[str]:
    """A database of the test's own that holds what the template holds."""
    if database_kind == "sqlite":
        shutil.copy(web_template, tmp_path / "shenhou.db")
        yield f"sqlite:///{tmp_path / 'shenhou.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    with postgres_database(server, request.getfixturevalue("poured").template_of(web_template)) as url:
        yield url


@pytest.fixture(scope="session")
def poured(postgres_server: str, postgres_template: str) -> Iterator[Poured]:
    made = Poured(postgres_server, postgres_template)
    yield made
    made.drop()


@pytest.fixture
def runtime(web_url: str, clock: FixedClock, settings: Settings) -> Iterator[Runtime]:
    """The engine on a copy of the template; its keys are those of the other tests."""
    made = Runtime(db.connect(web_url), KEYS, clock=clock)
    made.resources.update(make_resources(made.database, made.sealer, made.clock, read_outside({})))
    yield made
    made.close()


@pytest.fixture
def web_settings() -> WebSettings:
    """What a test file may override."""
    return WebSettings(demonstration=True)


@pytest.fixture
def app(settings: Settings, runtime: Runtime, web_settings: WebSettings, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setattr(asset_urls, "_digest", lambda path: "0")  # nothing needs to be built
    return create_app(settings, runtime, web_settings)


@dataclass
class Browser:
    """A client that keeps its cookies and sends the CSRF token with every form, as a page does."""

    client: FlaskClient

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def post(self, path: str, data: Any = None, **options: Any) -> TestResponse:
        headers = {"X-CSRFToken": self.token(), **options.pop("headers", {})}
        return self.client.post(path, data=data, headers=headers, **options)

    def token(self) -> str:
        """The token of this browser's session, read from a page that everybody may see."""
        found = _TOKEN.search(self.client.get("/").text)
        assert found
        return found[1]

    def cookie(self) -> str:
        """What the browser holds of its session."""
        held = self.client.get_cookie("shenhou")
        return held.value if held else ""

    def sign_in(self, login: str, password: str = PASSWORD, **options: Any) -> TestResponse:
        return self.post("/staff/sign-in", {"login": login, "password": password, **options})


@pytest.fixture
def browser(app: Flask) -> Browser:
    """Nobody has signed in yet."""
    return Browser(app.test_client())


@pytest.fixture
def browsers(app: Flask) -> Any:
    """``browsers()`` opens another browser; with a login it is signed in: ``browsers("funeral-clerk")``."""

    def open_browser(login: str = "") -> Browser:
        opened = Browser(app.test_client())
        if login:
            sign_in(opened, login)
        return opened

    return open_browser


def sign_in(browser: Browser, login: str) -> Browser:
    """``browser``, with the demonstration account ``login`` signed in."""
    answer = browser.sign_in(login)
    assert answer.status_code == 303, answer.text
    return browser


@pytest.fixture
def rows(runtime: Runtime) -> Any:
    """``rows(table, column=value)`` reads the database."""

    def read(table: sa.Table, **equal: Any) -> list[Any]:
        query = sa.select(table).where(*(table.c[name] == value for name, value in equal.items()))
        with db.reading(runtime.database) as connection:
            return list(connection.execute(query))

    return read
