"""Sign-in by an identity platform: it is believed only for what it signed, for us, now, for this browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from engine.clock import FixedClock
from engine.config import Settings
from engine.errors import ConfigError
from engine.runtime import Runtime
from engine.tables import users
from tests.web.conftest import Browser
from tests.web.platform import CLIENT, ISSUER, SECRET, Platform
from web.access.oidc import subject_digest
from web.settings import OidcSettings, WebSettings, read_web
from web.tables import families, user_security, web_sessions


@pytest.fixture
def web_settings() -> WebSettings:
    platform = OidcSettings(ISSUER, CLIENT, SECRET)
    return WebSettings(demonstration=True, oidc_staff=platform, oidc_family=platform)


@pytest.fixture
def platform(app: Flask, clock: FixedClock) -> Platform:
    made = Platform(clock)
    app.extensions["oidc_transport"] = made
    return made


@pytest.fixture
def linked(runtime: Runtime, rows: Any) -> str:
    """The window clerk's account is linked to the person p-1 of the platform; its id."""
    account = str(rows(users, login="window-clerk")[0].id)
    subject = subject_digest(runtime.sealer, ISSUER, "p-1")
    with runtime.database.begin() as connection:
        connection.execute(user_security.insert().values(user_id=account, oidc_subject=subject))
    return account


def come_back(browser: Browser, platform: Platform, whose: str = "staff", path: str = "") -> TestResponse:
    begun = browser.get(f"/oidc/{whose}", query_string={"next": path} if path else {})
    assert begun.status_code == 303
    assert begun.headers["Location"].startswith(f"{ISSUER}/authorize?")
    return browser.get(platform.authorize(begun.headers["Location"]))


def test_linked_staff_sign_in(browser: Browser, platform: Platform, linked: str) -> None:
    assert "统一身份认证" in browser.get("/staff/sign-in").text
    answer = come_back(browser, platform, path="/staff/account")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/staff/account")
    assert "综合窗口经办人" in browser.get("/staff/account").text


def test_person_without_a_linked_account_stays_out(browser: Browser, platform: Platform, rows: Any) -> None:
    platform.person = {"sub": "stranger", "preferred_username": "window-clerk"}
    assert come_back(browser, platform).headers["Location"] == "/staff/sign-in"
    assert "未关联" in browser.get("/staff/sign-in").text
    assert rows(web_sessions) == []


def test_closed_account_stays_out(browser: Browser, platform: Platform, linked: str, runtime: Runtime) -> None:
    with runtime.database.begin() as connection:
        connection.execute(users.update().where(users.c.id == linked).values(active=False))
    assert come_back(browser, platform).headers["Location"] == "/staff/sign-in"


def test_family_is_made_once_and_named_as_the_platform_says(
    browsers: Callable[..., Browser], platform: Platform, rows: Any
) -> None:
    platform.person = {"sub": "f-1", "name": "谭䶮", "phone_number": "+86 13874210966", "phone_number_verified": True}
    for _ in range(2):
        browser = browsers()
        assert come_back(browser, platform, "family").status_code == 303
        page = browser.get("/account").text
        assert "谭䶮" in page
        assert "138****0966" in page
    assert len(rows(families)) == 1


@pytest.mark.both_databases
def test_platforms_word_for_staff_is_none_for_families_account(
    browser: Browser, platform: Platform, linked: str
) -> None:
    come_back(browser, platform, "family")
    assert browser.get("/staff/account").status_code == 404


@pytest.mark.both_databases
def test_sign_in_never_leads_elsewhere(browser: Browser, platform: Platform, linked: str) -> None:
    assert "evil" not in come_back(browser, platform, path="//evil.example").headers["Location"]


def test_session_is_a_new_one(browser: Browser, platform: Platform, linked: str) -> None:
    browser.get("/staff/sign-in")
    before, token = browser.cookie(), browser.token()
    come_back(browser, platform)
    assert browser.cookie() != before
    assert browser.token() != token


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "somebody-else"},
        {"aud": [CLIENT, "somebody-else"], "azp": "somebody-else"},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"iat": 99999999999},
    ],
)
def test_token_that_is_not_for_us_now_is_refused(
    browser: Browser, platform: Platform, linked: str, changes: dict[str, Any], rows: Any
) -> None:
    platform.changes = changes
    assert come_back(browser, platform).headers["Location"] == "/staff/sign-in"
    assert rows(web_sessions) == []


def test_expired_token_is_refused(browser: Browser, platform: Platform, linked: str, clock: FixedClock) -> None:
    platform.changes = {"exp": int((clock.now() - timedelta(minutes=2)).timestamp())}
    assert come_back(browser, platform).headers["Location"] == "/staff/sign-in"


def test_token_of_another_key_or_of_none_is_refused(browser: Browser, platform: Platform, linked: str) -> None:
    platform.signing = ECKey.generate_key("P-256", {"kid": "k1"})
    assert come_back(browser, platform).headers["Location"] == "/staff/sign-in"
    platform.signing, platform.algorithm = None, "none"
    assert come_back(browser, platform).headers["Location"] == "/staff/sign-in"


def test_platform_that_names_another_issuer_is_not_asked(browser: Browser, platform: Platform) -> None:
    platform.issuer = "https://evil.example"
    assert browser.get("/oidc/staff").headers["Location"] == "/staff/sign-in"


def test_platform_that_is_down_is_told_kindly(browser: Browser, platform: Platform, linked: str) -> None:
    begun = browser.get("/oidc/staff").headers["Location"]
    platform.down = True
    assert browser.get("/oidc/staff").headers["Location"] == "/staff/sign-in"
    assert browser.get(platform.authorize(begun)).headers["Location"] == "/staff/sign-in"
    assert "统一身份认证没有完成" in browser.get("/staff/sign-in").text


def test_answer_counts_once_and_in_the_browser_that_asked(
    browsers: Callable[..., Browser], platform: Platform, linked: str
) -> None:
    asking, other = browsers(), browsers()
    back = platform.authorize(asking.get("/oidc/staff").headers["Location"])
    assert other.get(back).headers["Location"] == "/staff/sign-in"  # somebody else's link
    other.get("/oidc/staff")
    assert other.get(back).headers["Location"] == "/staff/sign-in"  # the state is another's
    assert asking.get(back).headers["Location"] != "/staff/sign-in"
    assert asking.get(back).headers["Location"] == "/staff/sign-in"  # a second time


def test_answer_for_families_does_not_sign_staff_in(browser: Browser, platform: Platform, linked: str) -> None:
    back = platform.authorize(browser.get("/oidc/family").headers["Location"])
    assert browser.get(back.replace("/family/", "/staff/")).headers["Location"] == "/staff/sign-in"
    assert browser.get("/staff/account").status_code == 303


@pytest.mark.parametrize("arguments", ["", "?code=x", "?state=x", "?error=access_denied&state=x", "?code=&state="])
def test_answer_that_nobody_asked_for_is_refused(browser: Browser, platform: Platform, arguments: str) -> None:
    assert browser.get(f"/oidc/staff/callback{arguments}").headers["Location"] == "/staff/sign-in"


def test_unknown_platform_is_not_there(browser: Browser) -> None:
    assert browser.get("/oidc/nobody").status_code == 404


def test_settings_of_a_platform_are_whole_or_refused(settings: Settings) -> None:
    given = {"SHENHOU_OIDC_STAFF_ISSUER": f"{ISSUER}/"}
    with pytest.raises(ConfigError, match="SHENHOU_OIDC_STAFF_CLIENT"):
        read_web(settings, given)
    given["SHENHOU_OIDC_STAFF_CLIENT"] = CLIENT
    with pytest.raises(ConfigError, match="SHENHOU_OIDC_STAFF_SECRET"):
        read_web(settings, given)
    given["SHENHOU_OIDC_STAFF_SECRET"] = SECRET
    found = read_web(settings, given)
    assert found.oidc_staff == OidcSettings(ISSUER, CLIENT, SECRET)
    assert found.oidc_family is None
    assert SECRET not in repr(found)
    with pytest.raises(ConfigError, match="takes the URL"):
        read_web(settings, given | {"SHENHOU_OIDC_STAFF_ISSUER": "id.example"})
