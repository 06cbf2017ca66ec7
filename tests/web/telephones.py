"""A family signs in, as it does in the demonstration: the page shows the code."""

from __future__ import annotations

import re

from tests.web.conftest import Browser

PHONE = "13874210966"
_SHOWN = re.compile(r'<strong class="digest">(\d{6})</strong>')


def ask_for_code(browser: Browser, phone: str = PHONE) -> str:
    """The code that was sent to ``phone``."""
    answer = browser.post("/sign-in", {"phone": phone})
    assert answer.status_code == 303, answer.text
    found = _SHOWN.search(browser.get("/sign-in/code").text)
    assert found
    return found[1]


def family_browser(browser: Browser, phone: str = PHONE) -> Browser:
    """``browser``, with the family of ``phone`` signed in."""
    assert browser.post("/sign-in/code", {"code": ask_for_code(browser, phone)}).status_code == 303
    return browser
