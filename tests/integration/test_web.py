"""The operator's first page, the monitor's address, errors and headers."""

from __future__ import annotations

import hashlib
import logging
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from engine import db, errors, tables
from engine.clock import FixedClock
from engine.config import Settings, read_settings
from engine.keyring import draw_keys
from engine.registry import JobType, Workers
from engine.runtime import Runtime
from web import accounts, asset_urls
from web.access.policy import allow, public
from web.accounts import NewUser, add_user
from web.app import create_app
from web.errors import STATUS, status_of
from web.headers import CONTENT_POLICY
from web.ops.routes import FINDING_WORDS

NOW = "2026-11-22T02:00:00.000000Z"
EARLIER = "2026-11-22T01:00:00.000000Z"
DAYS_AGO = "2026-11-20T01:00:00.000000Z"
PASSWORD = "a password for tests"
RELEASE = hashlib.sha256(b"selftest").hexdigest()


@pytest.fixture(autouse=True)
def built_assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page links its assets by digest; what is in them does not matter here."""
    for name in ("app.css", "app.js"):
        (tmp_path / name).write_text("")
    monkeypatch.setattr(asset_urls, "BUILT", tmp_path)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({}, home=tmp_path)


@pytest.fixture
def anybody(settings: Settings, database: sa.Engine) -> FlaskClient:
    """Nobody is signed in."""
    return make_app(settings, database).test_client()


@pytest.fixture
def client(anybody: FlaskClient, database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """The operator is signed in, by a hash that costs little."""
    monkeypatch.setattr(accounts, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    with database.begin() as connection:
        add_user(connection, NewUser("yunwei", "彭翀", "430000", administrator=True), PASSWORD, FixedClock(NOW).now())
    token = re.search(r'csrf-token" content="([^"]+)"', anybody.get("/staff/sign-in").text)
    assert token
    form = {"login": "yunwei", "password": PASSWORD, "csrf_token": token[1]}
    assert anybody.post("/staff/sign-in", data=form).status_code == 303
    return anybody


@pytest.fixture
def one_database(sqlite_template: Path, tmp_path: Path) -> Iterator[sa.Engine]:
    """SQLite alone, for what happens before any query."""
    shutil.copy(sqlite_template, tmp_path)
    engine = db.connect(f"sqlite:///{tmp_path / sqlite_template.name}")
    yield engine
    engine.dispose()


@pytest.fixture
def one_client(settings: Settings, one_database: sa.Engine) -> FlaskClient:
    return make_app(settings, one_database).test_client()


@pytest.fixture
def with_cases(database: sa.Engine) -> Iterator[sa.Engine]:
    with database.begin() as connection:
        publish(connection)
        for number, status in enumerate(("open", "open", "completed", "cancelled")):
            open_case(connection, f"c{number}", status)
    yield database


def test_empty_installation_says_how_to_publish(client: FlaskClient) -> None:
    page = client.get("/ops/")
    assert page.status_code == 200
    assert "shenhou packs publish --changed" in page.text
    assert "还没有发布版本" in page.text


def test_page_shows_packs_releases_and_open_cases(client: FlaskClient, with_cases: sa.Engine) -> None:
    text = client.get("/ops/").text
    assert '<div class="fs-3" id="open-cases">2</div>' in text
    assert "自检流程包" in text
    assert "第 1 版（2026.11）" in text
    assert RELEASE[:12] in text
    assert "2026-11-22 09:00" in text  # Shanghai's time, not UTC


def test_page_never_shows_a_case(client: FlaskClient, with_cases: sa.Engine) -> None:
    text = client.get("/ops/").text
    assert "430102-c0" not in text
    assert "谭䶮" not in text


def test_names_from_packs_are_escaped(client: FlaskClient, database: sa.Engine) -> None:
    with database.begin() as connection:
        publish(connection, name="<script>alert(1)</script>")
    assert "<script>" not in client.get("/ops/").text


def test_health_is_fit_while_everything_runs_in_time(anybody: FlaskClient, with_cases: sa.Engine) -> None:
    answer = anybody.get("/health")
    assert (answer.status_code, answer.json["fit"]) == (200, True)


def test_health_fails_when_a_timer_is_overdue(client: FlaskClient, with_cases: sa.Engine) -> None:
    with with_cases.begin() as connection:
        connection.execute(
            tables.timers.insert().values(id="t1", case_id="c0", instance_id="i-c0", element_id="late", due_at=EARLIER)
        )
    answer = client.get("/health")
    assert (answer.status_code, answer.json["findings"]["overdue_timers"]) == (503, 1)
    assert "须立即处理" in client.get("/ops/").text


def test_health_fails_when_the_worker_has_stopped_for_a_clock_jump(anybody: FlaskClient, database: sa.Engine) -> None:
    beats = [{"name": "worker a", "at": NOW, "note": "the clock jumped"}]
    beats += [{"name": "worker b", "at": NOW, "note": ""}, {"name": "gone", "at": EARLIER, "note": "the clock jumped"}]
    with database.begin() as connection:
        connection.execute(tables.heartbeats.insert(), beats)
    answer = anybody.get("/health")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["findings"]["stopped_workers"] == 1


JOBS: list[tuple[dict[str, str], str | None, int]] = [
    ({"status": "available", "due_at": EARLIER}, "overdue_jobs", 503),
    ({"status": "available", "due_at": EARLIER, "type": "outside.ask"}, None, 200),
    ({"status": "available", "due_at": DAYS_AGO, "type": "outside.ask"}, "uncollected_jobs", 200),
    ({"status": "leased", "lease_until": EARLIER}, "lost_leases", 503),
    ({"status": "dead"}, "dead_jobs", 200),
    ({"status": "available", "due_at": NOW}, None, 200),
    ({"status": "leased", "due_at": EARLIER, "lease_until": NOW}, None, 200),
]


def test_health_of_jobs(anybody: FlaskClient, with_cases: sa.Engine) -> None:
    """What is found while there is one job, of each kind in turn."""
    for columns, finding, status in JOBS:
        with with_cases.begin() as connection:
            connection.execute(tables.jobs.delete())
            add_job(connection, columns)
        answer = anybody.get("/health")
        found = {code for code, count in answer.json["findings"].items() if count}
        assert (answer.status_code, found) == (status, {finding} if finding else set()), columns


def test_every_finding_has_words(one_client: FlaskClient) -> None:
    assert set(one_client.get("/health").json["findings"]) == set(FINDING_WORDS)


@pytest.mark.parametrize("path", ["/", "/health", "/nowhere"])
def test_every_answer_carries_the_security_headers(one_client: FlaskClient, path: str) -> None:
    headers = one_client.get(path).headers
    assert headers["Content-Security-Policy"] == CONTENT_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store"
    assert "unsafe" not in CONTENT_POLICY
    assert "Strict-Transport-Security" not in headers


def test_page_needs_nothing_that_its_policy_forbids(client: FlaskClient, with_cases: sa.Engine) -> None:
    text = client.get("/ops/").text
    assert re.findall(r"<script(?![^>]* src=)", text) == []
    assert not re.search(r"<[^>]* on[a-z]+=", text)
    assert "style=" not in text
    assert "http://" not in text
    assert "https://" not in text


def test_production_demands_tls_and_marks_its_cookie(tmp_path: Path, one_database: sa.Engine) -> None:
    keys = {f"SHENHOU_{kind.upper()}_KEY": text for kind, text in draw_keys().items()}
    given = {"SHENHOU_MODE": "production", "SHENHOU_TRUSTED_HOSTS": "shenhou.example"}
    app = make_app(read_settings(given | keys, home=tmp_path), one_database)
    answer = app.test_client().get("/", base_url="https://shenhou.example")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert app.config["SESSION_COOKIE_SECURE"]
    assert app.config["SESSION_COOKIE_NAME"] == "__Host-shenhou"


def test_foreign_host_name_is_refused(one_client: FlaskClient) -> None:
    answer = one_client.get("/", headers={"Host": "rebound.example"})
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")


def test_unknown_page_is_told_in_chinese_to_people_and_as_a_problem_to_systems(one_client: FlaskClient) -> None:
    assert "没有找到您要的页面或记录" in one_client.get("/nowhere").text
    answer = one_client.get("/nowhere", headers={"Accept": "application/json"})
    assert answer.mimetype == "application/problem+json"
    assert (answer.json["status"], answer.json["code"]) == (404, "not_found")


def test_wrong_method_keeps_its_allow_header(one_client: FlaskClient) -> None:
    answer = one_client.post("/health")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.NotFound("case", "c1"), 404, "not_found"),
        (errors.Conflict("user task", "u1", "completed"), 409, "conflict"),
        (errors.KeyReused("k1"), 422, "idempotency_key_reused"),
        (errors.InvalidInput({"deceased.name": ["请填写姓名"]}), 422, "invalid_input"),
        (errors.RuleViolation("frozen", "遗体已被冻结，不得火化", "H-17"), 422, "rule_violation"),
        (errors.PackInvalid([]), 422, "pack_invalid"),
        (errors.Unavailable("殡葬系统"), 503, "unavailable"),
        (errors.LimitExceeded("steps", 2000), 422, "limit"),
        (errors.TamperedData("谭䶮 430102193802290017"), 500, "internal"),
        (errors.FeelError("case.deceased.name", "谭䶮 is not a number"), 500, "internal"),
        (ZeroDivisionError("谭䶮 430102193802290017"), 500, "internal"),
    ],
)
def test_errors_become_statuses_and_ours_say_nothing(
    settings: Settings,
    one_database: sa.Engine,
    error: Exception,
    status: int,
    code: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    client = failing_app(settings, one_database, error).test_client()
    with caplog.at_level(logging.ERROR):
        answer = client.get("/fails", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json["code"]) == (status, code)
    page = client.get("/fails")
    assert page.status_code == status
    if code == "internal":
        told = answer.text + page.text + caplog.text
        assert "谭䶮" not in told
        assert answer.json["reference"] in caplog.text


def test_field_errors_reach_people_and_systems(settings: Settings, one_database: sa.Engine) -> None:
    client = failing_app(settings, one_database, errors.InvalidInput({"deceased.name": ["请填写姓名"]})).test_client()
    assert "请填写姓名" in client.get("/fails").text
    answer = client.get("/fails", headers={"Accept": "application/json"})
    assert answer.json["fields"] == {"deceased.name": ["请填写姓名"]}


def test_every_class_of_the_error_tree_has_a_status() -> None:
    def descend(kind: type[errors.ShenhouError]) -> Iterator[type[errors.ShenhouError]]:
        yield kind
        for child in kind.__subclasses__():
            yield from descend(child)

    for kind in descend(errors.ShenhouError):
        assert status_of(kind.__new__(kind)) in STATUS.values()


def test_missing_assets_are_named_with_their_remedy(one_client: FlaskClient, settings: Settings) -> None:
    with one_client.application.test_request_context(), pytest.raises(FileNotFoundError, match="make setup"):
        asset_urls.asset_url("missing.css")


def make_app(settings: Settings, database: sa.Engine) -> Flask:
    workers = Workers()
    workers.register(JobType("notice.send", lambda job, case: None))
    return create_app(settings, Runtime(database, settings.keys, clock=FixedClock(NOW), workers=workers))


def failing_app(settings: Settings, database: sa.Engine, error: Exception) -> Flask:
    app = make_app(settings, database)

    @allow(public)
    def fail() -> str:
        raise error

    app.add_url_rule("/fails", view_func=fail)
    return app


def publish(connection: sa.Connection, name: str = "自检流程包") -> None:
    connection.execute(
        tables.releases.insert().values(
            id=RELEASE, pack="selftest", number=1, version="2026.11", manifest="{}", published_at=EARLIER,
            published_by="cli:analyst",
        )
    )  # fmt: skip
    connection.execute(
        tables.packs.insert().values(code="selftest", name=name, current_release=RELEASE, changed_at=EARLIER)
    )


def open_case(connection: sa.Connection, case_id: str, status: str) -> None:
    connection.execute(
        tables.cases.insert().values(
            id=case_id, code=f"430102-{case_id}", pack="selftest", release_id=RELEASE, region="430102", status=status,
            facts='{"deceased": {"name": "谭䶮"}}', revision=1, audit_seq=0, audit_head="0" * 64, opened_at=EARLIER,
        )
    )  # fmt: skip
    connection.execute(
        tables.process_instances.insert().values(
            id=f"i-{case_id}", case_id=case_id, process_id="main", status="active", revision=1, started_at=EARLIER
        )
    )


def add_job(connection: sa.Connection, columns: dict[str, Any]) -> None:
    row = {
        "id": "j1", "case_id": "c0", "instance_id": "i-c0", "process_id": "main", "element_id": "notify_heirs",
        "type": "notice.send", "inputs": "{}", "headers": "{}", "retries_left": 3, "attempts": 0, "due_at": EARLIER,
        "created_at": EARLIER,
    }  # fmt: skip
    connection.execute(tables.jobs.insert().values(**(row | columns)))
