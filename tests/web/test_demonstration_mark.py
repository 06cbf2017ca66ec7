"""In demonstration mode every page says so, and so does whatever it prints; elsewhere none does."""

from __future__ import annotations

import re

import pytest

from tests.web.conftest import Browser
from tests.web.route_rules import PAGES
from tests.web.route_world import World, web_template, world
from tests.web.test_routes import address
from web.settings import WebSettings

__all__ = ["web_template", "world"]
MARK = re.compile(r'<(?:span|p) class="(?:demonstration|sheet-demonstration)"[^>]*>演示</')


def test_every_page_of_a_demonstration_is_marked(world: World) -> None:
    unmarked, seen, near = [], 0, world.places["near"]
    for endpoint, route in PAGES.items():
        who = next(one for one in reversed(world.everybody) if route.rule(one, near))
        answer = who.browser.get(address(world.app, endpoint, route, near, "GET"))
        if answer.mimetype == "text/html" and answer.status_code in (200, 404):
            seen += 1
            unmarked += [] if len(MARK.findall(answer.text)) == 1 else [endpoint]
    assert seen > 50
    assert unmarked == []


class TestElsewhere:
    @pytest.fixture
    def web_settings(self) -> WebSettings:
        return WebSettings(demonstration=False)

    def test_no_page_is_marked(self, browser: Browser) -> None:
        for path in ("/", "/guide/hunan", "/sign-in", "/staff/sign-in", "/nowhere"):
            assert not MARK.search(browser.get(path).text)
