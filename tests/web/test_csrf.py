"""A form is taken only from a page of this browser's own session."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.web.conftest import Browser
from web.access import policy

WRITES = {"POST", "PUT", "PATCH", "DELETE"}


def writing(app: Flask) -> list[tuple[str, Rule]]:
    """Every route that changes something, with a path to it."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.methods and rule.methods & WRITES:
            arguments = dict.fromkeys(rule.arguments, "0" * 32)
            with app.test_request_context():
                adapter = app.url_map.bind("localhost")
                found.append((adapter.build(rule.endpoint, arguments, method="POST", force_external=False), rule))
    return found


@pytest.mark.parametrize("login", ["", "window-clerk", "operator"])
def test_no_route_takes_a_form_without_the_token(app: Flask, browsers: Callable[..., Browser], login: str) -> None:
    browser = browsers(login)
    assert len(writing(app)) > 8
    for path, rule in writing(app):
        answer = browser.client.post(path, data={"login": "operator"})
        if policy.policies_of(app, rule.endpoint) == (policy.public,):
            assert answer.status_code == 400, rule
        else:  # turned away before that, or refused for it
            assert answer.status_code in (303, 400, 404), rule


def test_signed_in_form_without_token_changes_nothing(browsers: Callable[..., Browser]) -> None:
    browser = browsers("window-clerk")
    assert browser.client.post("/staff/account/sign-out-everywhere").status_code == 400
    assert browser.client.post("/sign-out").status_code == 400
    assert browser.get("/staff/account").status_code == 200


def test_token_of_another_browser_is_worth_nothing(browsers: Callable[..., Browser]) -> None:
    foreign = browsers("funeral-clerk").token()
    browser = browsers("window-clerk")
    for headers in ({"X-CSRFToken": foreign}, {"X-CSRFToken": "made up"}, {"X-CSRFToken": ""}):
        assert browser.client.post("/sign-out", headers=headers).status_code == 400
    assert browser.client.post("/sign-out", data={"csrf_token": browser.token()}).status_code == 303


def test_token_from_before_sign_in_is_worth_nothing_after_it(browser: Browser) -> None:
    before = browser.token()
    browser.sign_in("window-clerk")
    assert browser.client.post("/sign-out", headers={"X-CSRFToken": before}).status_code == 400


def test_no_page_changes_anything_by_being_looked_at(app: Flask) -> None:
    """What writes answers to POST alone."""
    for path, rule in writing(app):
        assert not rule.methods or "GET" not in rule.methods, path


def test_cookie_is_kept_from_scripts_and_from_other_sites(browser: Browser) -> None:
    set_cookie = browser.get("/staff/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in set_cookie
    assert "SameSite=Lax" in set_cookie
