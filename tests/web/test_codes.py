"""Families sign in by a code sent to their telephone; nobody guesses one, and no answer tells who has been here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from engine import db
from engine.clock import FixedClock
from engine.config import Settings
from engine.runtime import Runtime
from tasks.outbox import Delivered, Dispatch
from tests.web.conftest import Browser
from tests.web.telephones import PHONE, ask_for_code, family_browser
from web.access import codes
from web.access.code_sender import CodeSender
from web.app import create_app
from web.services import Services
from web.settings import WebSettings
from web.tables import families, web_codes


@pytest.fixture
def own(app: Flask) -> Services:
    found: Services = app.extensions["shenhou"]
    return found


def test_right_code_lets_in(browser: Browser) -> None:
    family_browser(browser)
    assert "138****0966" in browser.get("/account").text
    assert browser.get("/staff/account").status_code == 404


def test_family_is_the_same_one_the_next_time(browsers: Callable[..., Browser], rows: Any, clock: FixedClock) -> None:
    family_browser(browsers(), "138 7421-0966")
    clock.advance(timedelta(minutes=1))
    family_browser(browsers(), "+8613874210966")
    assert len(rows(families)) == 1


@pytest.mark.parametrize("phone", ["", "12345", "1387421096", "138742109666", "١٣٨٧٤٢١٠٩٦٦", "13874210966<script>"])
def test_what_is_no_telephone_gets_no_code(browser: Browser, phone: str, rows: Any) -> None:
    answer = browser.post("/sign-in", {"phone": phone})
    assert (answer.status_code, "请填写11位手机号码" in answer.text) == (422, True)
    assert "<script>" not in answer.text
    assert rows(web_codes) == []


def test_answer_does_not_tell_whether_a_telephone_was_here(browsers: Callable[..., Browser]) -> None:
    family_browser(browsers())
    known, unknown = browsers(), browsers()
    answers = [known.post("/sign-in", {"phone": PHONE}), unknown.post("/sign-in", {"phone": "13900000000"})]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert answers[0].status_code == answers[1].status_code


def test_code_lives_300_seconds(browser: Browser, clock: FixedClock) -> None:
    code = ask_for_code(browser)
    clock.advance(timedelta(seconds=300))
    assert browser.post("/sign-in/code", {"code": code}).status_code == 422


def test_code_bears_five_tries(browser: Browser) -> None:
    code = ask_for_code(browser)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(5):
        assert browser.post("/sign-in/code", {"code": wrong}).status_code == 422
    assert browser.post("/sign-in/code", {"code": code}).status_code == 422


def test_code_is_good_once(browsers: Callable[..., Browser]) -> None:
    first, second = browsers(), browsers()
    code = ask_for_code(first)
    with second.client.session_transaction() as held:
        held["phone"] = PHONE
    assert first.post("/sign-in/code", {"code": code}).status_code == 303
    assert second.post("/sign-in/code", {"code": code}).status_code == 422


def test_newer_code_ends_the_older(own: Services, runtime: Runtime) -> None:
    first = _send(own, runtime)
    second = _send(own, runtime)
    if first != second:
        assert codes.try_code(own, "sign_in", PHONE, first, "a") is codes.Refused.WRONG
    assert codes.try_code(own, "sign_in", PHONE, second, "a") is None


def test_code_of_one_purpose_or_telephone_opens_no_other(own: Services, runtime: Runtime) -> None:
    code = _send(own, runtime)
    assert codes.try_code(own, "certificate", PHONE, code, "a") is codes.Refused.WRONG
    assert codes.try_code(own, "lookup", PHONE, code, "a") is codes.Refused.WRONG
    assert codes.try_code(own, "sign_in", "13900000000", code, "a") is codes.Refused.WRONG
    assert codes.try_code(own, "sign_in", PHONE, code, "a") is None


@pytest.mark.parametrize("typed", ["", "abcdef", "１２３４５６", "1234567", "0" * 6000])
def test_nonsense_is_wrong_and_costs_a_try(browser: Browser, typed: str, rows: Any) -> None:
    ask_for_code(browser)
    assert browser.post("/sign-in/code", {"code": typed}).status_code == 422
    assert [row.tries_left for row in rows(web_codes)] == [4]


def test_five_codes_an_hour_for_a_telephone_whoever_asks(own: Services, clock: FixedClock) -> None:
    for number in range(5):
        assert codes.send_code(own, "sign_in", PHONE, f"10.0.0.{number}") is None
    assert codes.send_code(own, "certificate", PHONE, "10.0.0.9") is codes.Refused.TOO_MANY
    assert codes.send_code(own, "sign_in", "13900000000", "10.0.0.9") is None
    clock.advance(timedelta(hours=1, seconds=1))
    assert codes.send_code(own, "sign_in", PHONE, "10.0.0.9") is None


def test_twenty_codes_an_hour_for_an_address(own: Services) -> None:
    for number in range(20):
        assert codes.send_code(own, "sign_in", f"139{number:08}", "10.0.0.1") is None
    assert codes.send_code(own, "sign_in", PHONE, "10.0.0.1") is codes.Refused.TOO_MANY
    assert codes.send_code(own, "sign_in", PHONE, "10.0.0.2") is None


def test_guessing_over_many_codes_ends_too(own: Services, runtime: Runtime) -> None:
    tried = []
    for _ in range(4):
        code = _send(own, runtime)
        wrong = f"{(int(code) + 1) % 10**6:06}"
        tried += [codes.try_code(own, "sign_in", PHONE, wrong, "a") for _ in range(5)]
    assert tried.count(codes.Refused.WRONG) == 10
    assert tried[-1] is codes.Refused.TOO_MANY
    assert codes.try_code(own, "sign_in", PHONE, _send(own, runtime), "b") is codes.Refused.TOO_MANY


def test_code_that_is_not_really_sent_counts_and_answers_alike(own: Services, rows: Any) -> None:
    for _ in range(5):
        assert codes.send_code(own, "lookup", PHONE, "a", really=False) is None
    assert codes.send_code(own, "lookup", PHONE, "a", really=False) is codes.Refused.TOO_MANY
    assert rows(web_codes) == []


def test_outside_the_demonstration_no_code_is_kept_and_the_channel_carries_it(
    settings: Settings, runtime: Runtime, rows: Any
) -> None:
    carried: list[Dispatch] = []

    class Gateway:
        def carry(self, dispatch: Dispatch, key: str) -> Delivered:
            carried.append(dispatch)
            return Delivered("receipt", "http")

    sender = CodeSender(Gateway())
    runtime.resources[CodeSender] = sender
    browser = Browser(create_app(settings, runtime, WebSettings()).test_client())
    assert browser.post("/sign-in", {"phone": PHONE}).status_code == 303
    sender._pool.shutdown(wait=True)
    assert "验证码是" not in browser.get("/sign-in/code").text
    (dispatch,), (row,) = carried, rows(web_codes)
    assert (dispatch.endpoint, dispatch.payload["phone"], row.sealed) == ("notice.applicant", PHONE, None)
    code = dispatch.payload["text"].partition("验证码 ")[2][:6]
    assert code not in repr(row)
    assert browser.post("/sign-in/code", {"code": code}).status_code == 303


def test_telephones_are_stored_sealed(browser: Browser, runtime: Runtime) -> None:
    family_browser(browser)
    with db.reading(runtime.database) as connection:
        stored = repr(connection.execute(families.select()).all()) + repr(connection.execute(web_codes.select()).all())
    assert PHONE not in stored


def test_family_gives_its_name_and_signs_out_everywhere(browsers: Callable[..., Browser]) -> None:
    here, there = family_browser(browsers()), family_browser(browsers())
    here.post("/account/name", {"name": "  谭 䶮 "})
    assert "谭 䶮" in there.get("/account").text
    here.post("/account/sign-out-everywhere")
    assert [each.get("/account").status_code for each in (here, there)] == [303, 303]


def _send(own: Services, runtime: Runtime) -> str:
    assert codes.send_code(own, "sign_in", PHONE, "a") is None
    with db.reading(runtime.database) as connection:
        return codes.list_kept(connection, runtime.sealer, own.clock.now())[0].code
