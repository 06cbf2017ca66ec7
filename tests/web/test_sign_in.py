"""Staff sign in with login and password; whoever may not learns nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from engine.clock import FixedClock
from engine.config import Settings
from engine.errors import ConfigError
from engine.runtime import Runtime
from engine.tables import users
from tests.web.conftest import Browser
from web.access import sign_in as module
from web.access.demonstration import PASSWORD
from web.accounts import NewUser, add_user
from web.app import create_app
from web.settings import WebSettings, read_web
from web.tables import attempts

WRONG = "not the password"


def test_right_password_lets_in_and_sign_out_ends_it(browser: Browser) -> None:
    assert browser.sign_in("funeral-clerk").headers["Location"] != "/staff/sign-in"
    assert "殡仪馆经办人" in browser.get("/staff/account").text
    assert browser.post("/sign-out").status_code == 303
    assert browser.get("/staff/account").status_code == 303


def test_login_is_taken_in_any_case_and_with_blanks(browser: Browser) -> None:
    assert browser.sign_in(" Funeral-Clerk ").status_code == 303


@pytest.mark.parametrize("login", ["funeral-clerk", "nobody-here", "' OR 1=1 --", "谭䶮", ""])
def test_unknown_login_and_wrong_password_get_one_answer(browser: Browser, login: str) -> None:
    answer = browser.sign_in(login, WRONG)
    assert answer.status_code == 422
    assert "登录名或密码不正确" in answer.text


def test_closed_account_looks_like_a_wrong_password(browser: Browser, runtime: Runtime) -> None:
    with runtime.database.begin() as connection:
        connection.execute(users.update().where(users.c.login == "funeral-clerk").values(active=False))
    assert "登录名或密码不正确" in browser.sign_in("funeral-clerk").text


def test_closing_an_account_ends_what_it_is_doing(browsers: Callable[..., Browser], runtime: Runtime) -> None:
    browser = browsers("funeral-clerk")
    with runtime.database.begin() as connection:
        connection.execute(users.update().where(users.c.login == "funeral-clerk").values(active=False))
    assert browser.get("/staff/account").status_code == 303


@pytest.mark.parametrize("login", ["funeral-clerk", "nobody-here"])
def test_a_password_is_hashed_whether_or_not_the_login_is_known(
    browser: Browser, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []

    def count(password_hash: str, password: str) -> bool:
        checked.append(password_hash)
        return False

    monkeypatch.setattr(module, "matches", count)
    browser.sign_in(login, WRONG)
    assert len(checked) == 1
    assert checked[0].startswith("$argon2id$")


@pytest.mark.parametrize("login", ["funeral-clerk", "nobody-here"])
def test_five_failures_lock_a_login_for_a_quarter_of_an_hour(browser: Browser, clock: FixedClock, login: str) -> None:
    for _ in range(5):
        assert browser.sign_in(login, WRONG).status_code == 422
    locked = browser.sign_in(login)
    assert (locked.status_code, "十五分钟" in locked.text) == (429, True)
    clock.advance(timedelta(minutes=16))
    assert browser.sign_in(login).status_code == (303 if login == "funeral-clerk" else 422)


def test_lock_holds_in_another_browser_and_leaves_other_accounts_alone(browsers: Callable[..., Browser]) -> None:
    first = browsers()
    for _ in range(5):
        first.sign_in("funeral-clerk", WRONG)
    assert browsers().sign_in("funeral-clerk").status_code == 429
    assert browsers().sign_in("window-clerk").status_code == 303


def test_success_forgets_the_failures_before_it(browser: Browser) -> None:
    for _ in range(3):
        for _ in range(4):
            assert browser.sign_in("funeral-clerk", WRONG).status_code == 422
        assert browser.sign_in("funeral-clerk").status_code == 303
        browser.post("/sign-out")


def test_address_that_tries_many_logins_is_locked(browser: Browser) -> None:
    for number in range(20):
        assert browser.sign_in(f"guess-{number}", WRONG).status_code == 422
    assert browser.sign_in("window-clerk").status_code == 429


def test_failures_are_stored_without_the_login(browser: Browser, rows: Any) -> None:
    browser.sign_in("funeral-clerk", WRONG)
    (row,) = rows(attempts)
    assert "funeral" not in repr(row)


@pytest.mark.parametrize("path", ["/desk/?page=2", "/ops/", "/staff/account"])
def test_sign_in_goes_on_to_a_page_here(browser: Browser, path: str) -> None:
    assert browser.sign_in("operator", next=path).headers["Location"] == path


@pytest.mark.parametrize(
    "path",
    [
        *("https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)"),
        *("http:evil.example", "/\t/evil.example", "///evil.example", "evil.example", "/\n/evil.example", ""),
    ],
)
def test_sign_in_never_leads_elsewhere(browser: Browser, path: str) -> None:
    answer = browser.sign_in("operator", next=path)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/ops/")
    assert "evil" not in browser.get("/staff/sign-in", query_string={"next": path}).headers.get("Location", "")


def test_page_names_an_account_for_each_role_in_the_demonstration_only(
    app: Flask, settings: Settings, runtime: Runtime
) -> None:
    shown = app.test_client().get("/staff/sign-in").text
    for login in ("hospital-physician", "funeral-clerk", "medical-insurance-reviewer", "window-clerk", "operator"):
        assert f'value="{login}"' in shown
    assert "applicant" not in shown
    assert PASSWORD in shown
    bare = create_app(settings, runtime, WebSettings()).test_client().get("/staff/sign-in").text
    assert "演示" not in bare
    assert PASSWORD not in bare


def test_the_demonstrations_password_opens_nothing_without_it(settings: Settings, runtime: Runtime) -> None:
    browser = Browser(create_app(settings, runtime, WebSettings()).test_client())
    assert browser.sign_in("operator").status_code == 422
    with runtime.database.begin() as connection:
        add_user(connection, NewUser("tan", "谭䶮", "430000"), "a password of her own", runtime.clock.now())
    assert browser.sign_in("tan", "a password of her own").status_code == 303


def test_production_refuses_the_demonstration(settings: Settings) -> None:
    production = replace(settings, mode="production")
    assert not read_web(production, {}).demonstration
    with pytest.raises(ConfigError, match="SHENHOU_DEMO"):
        read_web(production, {"SHENHOU_DEMO": "1"})


def test_demonstration_is_on_for_this_machine_alone(settings: Settings) -> None:
    assert read_web(settings, {}).demonstration
    assert not read_web(settings, {"SHENHOU_DEMO": "off"}).demonstration


@pytest.mark.both_databases
def test_account_page_changes_the_password_and_ends_other_sessions(browsers: Callable[..., Browser]) -> None:
    here, elsewhere = browsers("window-clerk"), browsers("window-clerk")
    fresh = "湘江北去 2026 橘子洲头"
    form = {"present": PASSWORD, "new": fresh, "again": fresh}
    assert here.post("/staff/account/password", form).status_code == 303
    assert here.get("/staff/account").status_code == 200
    assert elsewhere.get("/staff/account").status_code == 303
    assert browsers().sign_in("window-clerk").status_code == 422
    assert browsers().sign_in("window-clerk", fresh).status_code == 303


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"present": PASSWORD, "new": "short", "again": "short"}, "密码至少12位"),
        ({"present": PASSWORD, "new": "aaaaaaaaaaaaaaaa", "again": "aaaaaaaaaaaaaaaa"}, "过于简单"),
        ({"present": PASSWORD, "new": "a good long one", "again": "another one"}, "不一致"),
        ({"present": WRONG, "new": "a good long one", "again": "a good long one"}, "当前密码不正确"),
        ({}, "密码至少12位"),
    ],
)
def test_password_is_not_changed_carelessly(browsers: Callable[..., Browser], form: dict[str, str], words: str) -> None:
    browser = browsers("window-clerk")
    answer = browser.post("/staff/account/password", form)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert browsers().sign_in("window-clerk").status_code == 303


def test_accounts_are_there_once_and_bounded_by_their_province(rows: Any) -> None:
    found = rows(users)
    assert {row.region for row in found} == {"430000"}
    assert [row.login for row in found if row.administrator] == ["operator"]
    assert len({row.login for row in found}) == len(found) >= 23


def test_nobodys_hash_matches_nothing(app: Flask) -> None:
    assert not module.matches(module._NOBODY, PASSWORD)
    assert not module.matches("not a hash", PASSWORD)
