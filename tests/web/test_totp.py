"""The second factor: set up by a first code, asked for at sign-in, and never passed by half."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest

from engine.clock import FixedClock
from engine.runtime import Runtime
from engine.tables import users
from tests.web.conftest import Browser
from web.access import totp
from web.access.demonstration import PASSWORD
from web.settings import WebSettings
from web.tables import user_security

LOGIN = "window-clerk"
_SECRET = re.compile(r'<span class="digest">([A-Z2-7 ]{39})</span>')


@pytest.fixture
def code_now(clock: FixedClock) -> Callable[[str], str]:
    """What an authenticator shows for a secret at the test's time."""
    return lambda secret: pyotp.TOTP(secret).at(clock.now())


@pytest.fixture
def secret(browsers: Callable[..., Browser], clock: FixedClock, code_now: Callable[[str], str]) -> str:
    """The secret of ``LOGIN``, whose second factor is on; a minute has passed since."""
    made = _enrol(browsers(LOGIN), code_now)
    clock.advance(timedelta(minutes=1))
    return made


def test_page_shows_the_secret_as_a_picture_and_as_text(browsers: Callable[..., Browser]) -> None:
    page = browsers(LOGIN).get("/staff/account/second-factor").text
    assert 'src="data:image/svg+xml' in page
    assert _SECRET.search(page)


def test_secret_stays_the_same_until_it_is_confirmed(browsers: Callable[..., Browser]) -> None:
    browser = browsers(LOGIN)
    assert _shown_secret(browser) == _shown_secret(browser)


def test_wrong_code_does_not_set_it_up(browsers: Callable[..., Browser]) -> None:
    browser = browsers(LOGIN)
    browser.get("/staff/account/second-factor")
    assert browser.post("/staff/account/second-factor", {"code": "000000"}).status_code == 422
    assert browsers(LOGIN).get("/staff/account").status_code == 200


def test_setting_it_up_ends_other_sessions_and_keeps_this_one(
    browsers: Callable[..., Browser], code_now: Callable[[str], str]
) -> None:
    here, there = browsers(LOGIN), browsers(LOGIN)
    before = here.cookie()
    _enrol(here, code_now)
    assert [each.get("/staff/account").status_code for each in (here, there)] == [200, 303]
    assert here.cookie() != before


def test_password_alone_opens_nothing_any_more(browser: Browser, secret: str) -> None:
    answer = browser.sign_in(LOGIN, next="/staff/account")
    assert answer.headers["Location"] == "/staff/second-factor?next=/staff/account"
    for path in ("/staff/account", "/staff/", "/ops/"):
        assert browser.get(path).headers["Location"].startswith("/staff/second-factor"), path
    assert browser.post("/staff/account/sign-out-everywhere").status_code == 303


def test_code_completes_the_sign_in_with_a_new_session(
    browser: Browser, secret: str, code_now: Callable[[str], str]
) -> None:
    browser.sign_in(LOGIN)
    before = browser.cookie()
    answer = browser.post("/staff/second-factor", {"code": code_now(secret), "next": "/staff/account"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/staff/account")
    assert browser.get("/staff/account").status_code == 200
    after = browser.cookie()
    browser.client.set_cookie("shenhou", before)
    assert browser.get("/staff/account").status_code == 303
    assert before != after


def test_code_is_good_once(browsers: Callable[..., Browser], secret: str, code_now: Callable[[str], str]) -> None:
    first, second = browsers(), browsers()
    first.sign_in(LOGIN)
    second.sign_in(LOGIN)
    code = code_now(secret)
    assert first.post("/staff/second-factor", {"code": code}).status_code == 303
    assert second.post("/staff/second-factor", {"code": code}).status_code == 422


@pytest.mark.parametrize(("seconds", "status"), [(-30, 303), (0, 303), (30, 303), (-90, 422), (90, 422)])
def test_phones_clock_may_be_a_step_off(
    browser: Browser, clock: FixedClock, secret: str, seconds: int, status: int
) -> None:
    browser.sign_in(LOGIN)
    code = pyotp.TOTP(secret).at(clock.now() + timedelta(seconds=seconds))
    assert browser.post("/staff/second-factor", {"code": code}).status_code == status


def test_five_wrong_codes_lock_it(
    browsers: Callable[..., Browser], secret: str, code_now: Callable[[str], str], clock: FixedClock
) -> None:
    browser = browsers()
    browser.sign_in(LOGIN)
    for _ in range(5):
        assert browser.post("/staff/second-factor", {"code": "abc"}).status_code == 422
    assert browser.post("/staff/second-factor", {"code": code_now(secret)}).status_code == 429
    again = browsers()
    again.sign_in(LOGIN)
    assert again.post("/staff/second-factor", {"code": code_now(secret)}).status_code == 429
    clock.advance(timedelta(minutes=16))
    assert again.post("/staff/second-factor", {"code": code_now(secret)}).status_code == 303


def test_half_a_sign_in_cannot_replace_or_drop_the_factor(browser: Browser, secret: str, rows: Any) -> None:
    browser.sign_in(LOGIN)
    assert browser.get("/staff/account/second-factor").status_code == 303
    assert browser.post("/staff/account/second-factor", {"code": "000000"}).status_code == 404
    form = {"present_password": PASSWORD, "code": "000000"}
    assert browser.post("/staff/account/second-factor/drop", form).status_code == 303
    assert [row.totp_confirmed for row in rows(user_security) if row.totp] == [True]


def test_factor_is_dropped_with_password_and_code(
    browsers: Callable[..., Browser], secret: str, code_now: Callable[[str], str], clock: FixedClock
) -> None:
    browser = browsers()
    browser.sign_in(LOGIN)
    browser.post("/staff/second-factor", {"code": code_now(secret)})
    clock.advance(timedelta(minutes=1))
    drop = "/staff/account/second-factor/drop"
    assert browser.post(drop, {"present_password": "wrong", "code": code_now(secret)}).status_code == 422
    assert browser.post(drop, {"present_password": PASSWORD, "code": "000000"}).status_code == 422
    assert browser.post(drop, {"present_password": PASSWORD, "code": code_now(secret)}).status_code == 303
    assert browsers(LOGIN).get("/staff/account").status_code == 200


@pytest.mark.both_databases
def test_secret_is_stored_sealed_for_its_account(secret: str, rows: Any, runtime: Runtime) -> None:
    row = next(row for row in rows(user_security) if row.totp)
    assert secret.encode() not in row.totp
    assert runtime.sealer.open(bytes(row.totp), row.user_id) == secret


def test_operator_resets_a_lost_factor(
    browsers: Callable[..., Browser], secret: str, runtime: Runtime, rows: Any
) -> None:
    account = rows(users, login=LOGIN)[0]
    with runtime.database.begin() as connection:
        assert totp.drop(connection, account.id)
        assert not totp.drop(connection, account.id)
    assert browsers(LOGIN).get("/staff/account").status_code == 200


class TestRequired:
    """Where the installation demands a second factor of everybody."""

    @pytest.fixture
    def web_settings(self) -> WebSettings:
        return WebSettings(demonstration=True, second_factor_required=True)

    def test_who_has_none_sets_it_up_before_anything_else(
        self, browser: Browser, code_now: Callable[[str], str]
    ) -> None:
        browser.sign_in(LOGIN, next="/staff/account")
        assert browser.get("/staff/account").headers["Location"].startswith("/staff/second-factor")
        answer = browser.get("/staff/second-factor?next=/staff/account")
        assert answer.headers["Location"] == "/staff/account/second-factor?next=/staff/account"
        _enrol(browser, code_now)
        assert browser.get("/staff/account").status_code == 200

    def test_nobody_drops_it(self, browser: Browser, code_now: Callable[[str], str], clock: FixedClock) -> None:
        browser.sign_in(LOGIN)
        made = _enrol(browser, code_now)
        clock.advance(timedelta(minutes=1))
        form = {"present_password": PASSWORD, "code": code_now(made)}
        assert browser.post("/staff/account/second-factor/drop", form).status_code == 422


def _shown_secret(browser: Browser) -> str:
    found = _SECRET.search(browser.get("/staff/account/second-factor").text)
    assert found
    return found[1].replace(" ", "")


def _enrol(browser: Browser, code_now: Callable[[str], str]) -> str:
    secret = _shown_secret(browser)
    answer = browser.post("/staff/account/second-factor", {"code": code_now(secret)})
    assert answer.status_code == 303, answer.text
    return secret
