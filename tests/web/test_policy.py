"""Every route says who may come in, and answers nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.web.conftest import Browser
from web.access import policy


def test_every_route_carries_a_policy(app: Flask) -> None:
    bare = {rule.endpoint for rule in app.url_map.iter_rules() if not policy.policies_of(app, rule.endpoint)}
    assert bare == set()


def test_route_without_a_policy_answers_nobody(app: Flask, browsers: Callable[..., Browser]) -> None:
    app.add_url_rule("/forgotten", view_func=lambda: "seen")
    assert Browser(app.test_client()).get("/forgotten").status_code == 404
    assert browsers("operator").get("/forgotten").status_code == 404


def test_signed_out_is_led_to_sign_in_and_back(browser: Browser) -> None:
    answer = browser.get("/staff/account")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/staff/sign-in?next=/staff/account")
    answer = browser.sign_in("funeral-clerk", next="/staff/account")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/staff/account")


@pytest.mark.parametrize(("login", "status"), [("operator", 200), ("funeral-clerk", 404)])
def test_what_one_may_not_see_is_not_there(browsers: Callable[..., Browser], login: str, status: int) -> None:
    assert browsers(login).get("/ops/").status_code == status
