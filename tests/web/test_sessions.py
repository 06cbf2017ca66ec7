"""Sessions are the server's: they expire, are renewed at sign-in, and can be ended everywhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engine import db
from engine.clock import FixedClock
from engine.runtime import Runtime
from engine.tables import users
from tests.web.conftest import Browser
from tests.web.telephones import family_browser
from web.access import sessions
from web.tables import web_sessions


def test_staff_stay_signed_in_for_eight_idle_hours(browsers: Callable[..., Browser], clock: FixedClock) -> None:
    browser = browsers("window-clerk")
    clock.advance(timedelta(hours=7, minutes=59))
    assert browser.get("/staff/account").status_code == 200
    clock.advance(timedelta(hours=7, minutes=59))
    assert browser.get("/staff/account").status_code == 200  # the first look renewed it
    clock.advance(timedelta(hours=8, minutes=1))
    assert browser.get("/staff/account").status_code == 303


def test_no_session_outlives_a_day_however_busy(browsers: Callable[..., Browser], clock: FixedClock) -> None:
    browser = browsers("window-clerk")
    for _ in range(24):
        assert browser.get("/staff/account").status_code == 200
        clock.advance(timedelta(hours=1))
    clock.advance(timedelta(minutes=1))
    assert browser.get("/staff/account").status_code == 303


@pytest.mark.both_databases
def test_families_stay_signed_in_for_two_idle_hours(browser: Browser, clock: FixedClock) -> None:
    family_browser(browser)
    clock.advance(timedelta(hours=1, minutes=59))
    assert browser.get("/account").status_code == 200
    clock.advance(timedelta(hours=2, minutes=1))
    assert browser.get("/account").status_code == 303


def test_reading_writes_at_most_once_a_minute(browsers: Callable[..., Browser], clock: FixedClock, rows: Any) -> None:
    browser = browsers("window-clerk")
    before = rows(web_sessions)[0].seen_at
    clock.advance(timedelta(seconds=59))
    browser.get("/staff/account")
    assert rows(web_sessions)[0].seen_at == before
    clock.advance(timedelta(seconds=1))
    browser.get("/staff/account")
    assert rows(web_sessions)[0].seen_at > before


def test_cookie_planted_before_sign_in_is_worth_nothing_after_it(browsers: Callable[..., Browser]) -> None:
    attacker, victim = browsers(), browsers()
    attacker.get("/staff/sign-in")
    planted, token = attacker.cookie(), attacker.token()
    victim.client.set_cookie("shenhou", planted)
    answer = victim.client.post(
        "/staff/sign-in",
        data={"login": "window-clerk", "password": "shenhou-demo-2026", "csrf_token": token},
    )
    assert answer.status_code == 303
    assert victim.cookie() != planted
    assert attacker.get("/staff/account").status_code == 303
    assert victim.token() != token


def test_session_of_somebody_else_ends_when_another_signs_in_over_it(browsers: Callable[..., Browser]) -> None:
    thief, victim = browsers("window-clerk"), browsers()
    stolen = thief.cookie()
    victim.client.set_cookie("shenhou", stolen)
    victim.sign_in("funeral-clerk")
    thief.client.set_cookie("shenhou", stolen)
    assert thief.get("/staff/account").status_code == 303


def test_signed_out_cookie_stays_worthless(browser: Browser) -> None:
    browser.sign_in("window-clerk")
    kept = browser.cookie()
    browser.post("/sign-out")
    browser.client.set_cookie("shenhou", kept)
    assert browser.get("/staff/account").status_code == 303


def test_sign_out_everywhere_ends_every_browser(browsers: Callable[..., Browser]) -> None:
    here, there, other = browsers("window-clerk"), browsers("window-clerk"), browsers("funeral-clerk")
    assert here.post("/staff/account/sign-out-everywhere").status_code == 303
    assert [each.get("/staff/account").status_code for each in (here, there, other)] == [303, 303, 200]


def test_one_session_is_ended_from_another(browsers: Callable[..., Browser], rows: Any) -> None:
    here, there = browsers("window-clerk"), browsers("window-clerk")
    mine = _session_id(here)
    theirs = next(row.id for row in rows(web_sessions) if row.id != mine)
    here.post(f"/staff/account/sessions/{theirs}/end")
    assert [each.get("/staff/account").status_code for each in (here, there)] == [200, 303]


def test_nobody_ends_a_strangers_session(browsers: Callable[..., Browser]) -> None:
    here, stranger = browsers("window-clerk"), browsers("funeral-clerk")
    here.post(f"/staff/account/sessions/{_session_id(stranger)}/end")
    assert stranger.get("/staff/account").status_code == 200


def test_table_holds_no_token(browser: Browser, runtime: Runtime) -> None:
    browser.sign_in("window-clerk")
    with browser.client.session_transaction() as held:
        token = held["token"]
    assert len(token) >= 43  # 256 bits
    with db.reading(runtime.database) as connection:
        stored = repr(connection.execute(web_sessions.select()).all())
        assert token not in stored
        assert sessions.digest(token) in stored


@pytest.mark.parametrize("token", ["", "x", "0" * 64, None, 7, ["x"]])
def test_made_up_token_is_nobodys(browser: Browser, token: Any) -> None:
    with browser.client.session_transaction() as held:
        held["token"] = token
    assert browser.get("/staff/account").status_code == 303


def test_family_and_staff_of_one_id_are_not_mixed_up(browser: Browser, runtime: Runtime, rows: Any) -> None:
    """A session of a family whose id is an account's opens no account."""
    clerk = rows(users, login="window-clerk")[0]
    with runtime.database.begin() as connection:
        token = sessions.open_session(
            connection, "family", clerk.id, runtime.clock.now(), second_factor=False, address="", agent=""
        )
    with browser.client.session_transaction() as held:
        held["token"] = token
    assert browser.get("/staff/account").status_code == 303


def _session_id(browser: Browser) -> str:
    with browser.client.session_transaction() as held:
        return sessions.digest(held["token"])
