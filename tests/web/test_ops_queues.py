"""The operator's lists: what stopped is tried again, what was not delivered is seen, the audit is verified."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine import tables as t
from engine.clock import FixedClock
from engine.runtime import Runtime
from tests.web.conftest import Browser
from tests.web.counter_scenes import Scene, find_scene, play, staged
from web.settings import WebSettings

Browsers = Callable[..., Browser]
PAGES = ["incidents", "outbox", "jobs", "timers", "audit", "accounts"]


@pytest.fixture
def web_template(request: pytest.FixtureRequest, web_template: Path) -> Path:
    return staged(request, web_template, {"scene": ("01-home-all-items.yaml", "decide_item")})


@pytest.fixture
def scene(web_template: Path, clock: FixedClock) -> Scene:
    return find_scene(web_template, clock)


@pytest.fixture
def failed(runtime: Runtime, clock: FixedClock) -> Scene:
    """A case one of whose pushes was tried until nothing was left of its attempts."""

    def has_incident(player: Any, _step: Any) -> bool:
        return bool(player.state.open_incidents)

    return play(runtime, clock, "22-push-fails.yaml", has_incident)


@pytest.mark.parametrize("page", PAGES)
def test_page_opens_without_personal_data(browsers: Browsers, scene: Scene, page: str) -> None:
    answer = browsers("operator").get(f"/ops/{page}")
    assert answer.status_code == 200
    assert scene.name not in answer.text
    assert scene.number not in answer.text


@pytest.mark.parametrize("page", PAGES)
def test_nobody_else_operates(browsers: Browsers, page: str) -> None:
    for login in ("window-clerk", "supervisor-clerk", "hrss-clerk"):
        assert browsers(login).get(f"/ops/{page}").status_code == 404
        assert browsers(login).post(f"/ops/incidents/{'0' * 32}/retry").status_code == 404


@pytest.mark.both_databases
def test_what_stopped_is_tried_again_once(browsers: Browsers, rows: Any, failed: Scene) -> None:
    browser = browsers("operator")
    overview = browser.get("/ops/").text
    for path in ("/ops/incidents?status=open", "/ops/jobs?status=dead"):  # what is to be seen to is one click away
        assert f'href="{path}"' in overview
        assert browser.get(path).status_code == 200
    [incident] = rows(t.incidents, status="open")
    assert failed.code in browser.get("/ops/incidents").text
    assert "次未成" in browser.get("/ops/outbox").text
    for _ in range(2):
        assert browser.post(f"/ops/incidents/{incident.id}/retry").status_code == 303
    [after] = rows(t.incidents, id=incident.id)
    assert (after.status, after.ended_by) == ("resolved", "operator")
    assert len([row for row in rows(t.audit, case_id=failed.id) if row.verb == "retry"]) == 1


def test_unknown_incident_and_status_are_not_there(browsers: Browsers) -> None:
    browser = browsers("operator")
    assert browser.post(f"/ops/incidents/{'0' * 32}/retry").status_code == 404
    assert browser.get("/ops/jobs?status=<script>").status_code == 404


@pytest.mark.both_databases
def test_audit_is_verified_and_a_changed_line_is_named(runtime: Runtime, browsers: Browsers, scene: Scene) -> None:
    browser = browsers("operator")
    assert "全部核对无误" in browser.post("/ops/audit").text
    with runtime.database.begin() as connection:
        kept = {"sqlite": "audit_no_update", "postgresql": "audit_insert_only ON audit"}[connection.dialect.name]
        connection.execute(sa.text(f"DROP TRIGGER {kept}"))
        changed = t.audit.update().where(t.audit.c.case_id == scene.id, t.audit.c.seq == 2)
        connection.execute(changed.values(actor="somebody"))
    page = browser.post("/ops/audit").text
    assert "记录被改动过" in page
    assert scene.code in page


def test_demonstration_shows_the_code_that_a_telephone_would_get(browsers: Browsers, browser: Browser) -> None:
    assert browser.post("/sign-in", {"phone": "19900000003"}).status_code in (200, 303)
    page = browsers("operator").get("/ops/outbox").text
    assert "演示：短信验证码" in page
    assert "19900000003" in page


class TestOutsideTheDemonstration:
    @pytest.fixture
    def web_settings(self) -> WebSettings:
        return WebSettings(demonstration=False)

    def test_no_code_is_shown(self, runtime: Runtime, app: Any) -> None:
        from web.ops.demonstration import list_codes

        with app.app_context(), runtime.database.connect() as connection:
            assert list_codes(app.extensions["shenhou"], connection) == []
