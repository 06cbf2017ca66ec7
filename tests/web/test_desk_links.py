"""What a case's page leads on to: each reader is shown the pages that are open to them, and no others."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest

from engine.runtime import Runtime
from tests.web.conftest import Browser
from tests.web.desk_cases import code_of, played, web_template

__all__ = ["played", "web_template"]
Open = Callable[..., Browser]


def links_of(browser: Browser, code: str) -> list[str]:
    """Where the section of further pages leads, in its order."""
    page = browser.get(f"/desk/cases/{code}").text
    _, found, rest = page.partition('aria-labelledby="more"')
    return [unescape(link) for link in re.findall(r'href="([^"]+)"', rest.partition("</section>")[0])] if found else []


@pytest.mark.parametrize(
    ("login", "scene", "pages"),
    [
        ("window-clerk", "at_window", ["/window/cases/{}", "/window/cases/{}/acts"]),
        ("police-officer", "frozen", ["/window/cases/{}/acts", "/police/cases/{}"]),
        ("funeral-clerk", "frozen", ["/window/cases/{}/acts", "/funeral/cases/{}"]),
        ("hrss-clerk", "deciding", []),
        ("supervisor-clerk", "frozen", []),
    ],
)
def test_reader_is_led_to_the_counters_open_to_them(
    browsers: Open, played: dict[str, str], runtime: Runtime, login: str, scene: str, pages: list[str]
) -> None:
    browser, case_id = browsers(login), played[scene]
    links = [link for link in links_of(browser, code_of(runtime, case_id)) if "/print/" not in link]
    assert links == [page.format(case_id) for page in pages]
    assert {browser.get(link).status_code for link in links} <= {200}


@pytest.mark.parametrize(
    ("scene", "kinds"),
    [
        ("at_window", ["application", "commitment"]),
        ("deciding", ["application", "commitment", "acceptance", "control_slip", "receipt"]),
    ],
)
def test_window_prints_what_the_case_has_come_to(
    browsers: Open, played: dict[str, str], runtime: Runtime, scene: str, kinds: list[str]
) -> None:
    browser, case_id = browsers("window-clerk"), played[scene]
    sheets = [link for link in links_of(browser, code_of(runtime, case_id)) if "/print/" in link]
    assert [re.sub(r".*/print/(\w+)\?.*", r"\1", sheet) for sheet in sheets] == kinds
    assert {browser.get(sheet).status_code for sheet in sheets} == {200}
    assert f"/window/cases/{case_id}/print/{kinds[-1]}" in browser.get(f"/window/cases/{case_id}").text


@pytest.mark.parametrize("login", ["hrss-clerk", "police-officer", "supervisor-clerk", "hotline-operator"])
def test_nobody_else_is_offered_prints(browsers: Open, played: dict[str, str], runtime: Runtime, login: str) -> None:
    code = code_of(runtime, played["deciding"])
    answer = browsers(login).get(f"/desk/cases/{code}")
    assert answer.status_code == 200
    assert "/print/" not in answer.text
