"""Police: a freeze set from outside the case, the list with its age, the way to the review."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engine import tables as t
from engine.clock import FixedClock
from engine.runtime import Runtime
from tasks import tables as d
from tests.web.conftest import Browser
from tests.web.counter_scenes import awaits, is_held, play
from tests.web.test_window import XSS, post_to

Browsers = Callable[..., Browser]


@pytest.mark.both_databases
def test_police_freeze_a_case_that_is_not_theirs_yet(
    runtime: Runtime, clock: FixedClock, browsers: Browsers, rows: Any
) -> None:
    scene = play(runtime, clock, "01-home-all-items.yaml", awaits("receive_body"))
    browser = browsers("police-officer")
    found = browser.post("/police/find", {"text": scene.number})
    assert found.headers["Location"] == f"/police/cases/{scene.id}"
    page = browser.get(f"/police/cases/{scene.id}/freeze")
    answer = browser.post(post_to(page.text), {"source": "police", "reason": f"群众举报死因可疑{XSS}"})
    assert answer.status_code == 303, answer.text
    [hold] = rows(d.holds, case_id=scene.id)
    assert (hold.source, hold.set_by, hold.released_at) == ("police", "police-officer", None)
    listed = browser.get("/police/").text
    assert scene.code in listed
    assert "<script>alert" not in listed
    assert "已冻结" in browser.get(answer.headers["Location"]).text


def test_the_same_form_sent_twice_is_one_freeze(
    runtime: Runtime, clock: FixedClock, browsers: Browsers, rows: Any
) -> None:
    scene = play(runtime, clock, "01-home-all-items.yaml", awaits("receive_body"))
    browser = browsers("police-officer")
    address = post_to(browser.get(f"/police/cases/{scene.id}/freeze").text)
    for _ in range(2):
        assert browser.post(address, {"source": "police", "reason": "死因可疑"}).status_code == 303
    assert len(rows(d.holds, case_id=scene.id)) == 1


def test_freeze_needs_a_reason(runtime: Runtime, clock: FixedClock, browsers: Browsers, rows: Any) -> None:
    scene = play(runtime, clock, "01-home-all-items.yaml", awaits("receive_body"))
    browser = browsers("police-officer")
    address = post_to(browser.get(f"/police/cases/{scene.id}/freeze").text)
    answer = browser.post(address, {"source": "hospital", "reason": " "})
    assert answer.status_code == 422
    assert "请填写“原因”。" in answer.text
    assert rows(d.holds, case_id=scene.id) == []


@pytest.mark.both_databases
def test_hold_tells_its_age(runtime: Runtime, clock: FixedClock, browsers: Browsers) -> None:
    scene = play(runtime, clock, "03-hospital-referred-natural.yaml", is_held)
    clock.advance(timedelta(days=9))
    page = browsers("police-officer").get("/police/?which=long").text
    assert scene.code in page
    assert "9 天，时间较长" in page
    assert "没有这样的冻结" in browsers("police-officer").get("/police/?which=released").text


def test_others_do_not_see_the_list(runtime: Runtime, clock: FixedClock, browsers: Browsers) -> None:
    scene = play(runtime, clock, "03-hospital-referred-natural.yaml", is_held)
    for login in ("window-clerk", "hrss-clerk", "funeral-clerk", "operator", "supervisor-clerk"):
        browser = browsers(login)
        assert browser.get("/police/").status_code == 404
        assert browser.get(f"/police/cases/{scene.id}").status_code == 404
        assert browser.post(f"/police/cases/{scene.id}/freeze/{'0' * 32}", {}).status_code == 404


def test_household_police_see_and_do_not_freeze(runtime: Runtime, clock: FixedClock, browsers: Browsers) -> None:
    scene = play(runtime, clock, "03-hospital-referred-natural.yaml", is_held)
    browser = browsers("police-household")
    assert browser.get(f"/police/cases/{scene.id}").status_code == 200
    assert browser.get(f"/police/cases/{scene.id}/freeze").status_code == 404


def test_a_name_alone_finds_no_case_that_is_not_ones_own(
    runtime: Runtime, clock: FixedClock, browsers: Browsers
) -> None:
    scene = play(runtime, clock, "01-home-all-items.yaml", awaits("receive_body"))
    assert scene.code not in browsers("police-officer").post("/police/find", {"text": scene.name}).text


def test_every_hold_leads_to_its_own_review(runtime: Runtime, clock: FixedClock, browsers: Browsers, rows: Any) -> None:
    told = "20c-revoked-under-review.yaml"
    scene = play(runtime, clock, told, lambda _, step: getattr(step, "message", "") == "revocation_requested")
    tasks = rows(t.user_tasks, case_id=scene.id, status="open")
    pages = [f"/desk/tasks/{row.id}" for row in tasks if row.facts_path in ("reviews.r1", "reviews.r3")]
    assert len(pages) == 2
    shown = browsers("police-officer").get(f"/police/cases/{scene.id}").text
    assert [shown.count(page) for page in pages] == [1, 1]
    assert shown.count("填写审核结论") == 2  # the second hold waits for a judicial document, not for a review


def test_why_a_case_is_frozen_is_for_police_and_doctors_alone(
    runtime: Runtime, clock: FixedClock, browsers: Browsers
) -> None:
    scene = play(runtime, clock, "03-hospital-referred-natural.yaml", is_held)
    why = "头部外伤原因不明，家属陈述前后不一"
    assert why in browsers("police-officer").get(f"/police/cases/{scene.id}").text
    for login, told in (("police-officer", True), ("hospital-physician", True), ("window-clerk", False)):
        browser = browsers(login)
        page = browser.get(f"/desk/cases/{scene.code}")
        assert page.status_code == 200
        assert "已冻结" in page.text
        assert (why in page.text) is told
        assert (why in browser.get("/desk/?queue=frozen").text) is told
