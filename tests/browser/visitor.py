"""Somebody at a browser of their own: every page that they come to is looked at before they go on.

A page is sound when the browser had nothing to complain of on its console (the content policy complains there too),
when it is no wider than the window at every width that its readers have, and when axe-core finds nothing. Where
``SHENHOU_TEST_SHOTS`` names a folder, a picture of each page at each width is left there.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Response

from tests.browser.axe import find_violations
from tests.browser.site import Site

WIDE, NARROW = 1300, 360
HEIGHT = 900
SHOTS = os.environ.get("SHENHOU_TEST_SHOTS", "")
LEFT = ("htmx:sendAbort", "htmx:afterRequest")  # htmx logs a request that leaving the page ended; a fault has a status
ANSWERS = (409, 422)  # what a page says in words: no fault of the page
_BUSY = ".htmx-request, .htmx-swapping, .htmx-settling"
_STRUCTURE = """() => {
  const names = one => [...one.attributes].map(each => each.name).filter(name => name !== 'value').sort().join();
  const own = one => [...one.childNodes].some(each => each.nodeType === 3 && each.data.trim());
  const told = one => {
    const kind = ['class', 'role', 'type'].map(name => one.getAttribute(name) || '').join('|');
    const within = [...one.children].map(told).filter((each, place, all) => each !== all[place - 1]);
    return `${one.localName}[${kind}|${names(one)}|${own(one)}]{${within.join('')}}`;
  };
  return told(document.documentElement);
}"""  # what axe-core judges by: elements, classes and attributes, whether there is text; of like rows one
_OVERFLOW = """() => [...document.querySelectorAll('body *')]
  .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .slice(0, 4).map(one => one.outerHTML.slice(0, 120))"""
looked_at: set[str] = set()  # pages of one structure are asked of axe-core once, each time a session


@dataclass
class Visitor:
    """``widths`` are those at which each page is looked at; the visitor works at the first.

    Where the browser runs no script (``scripted`` says whether), axe-core cannot run either.
    """

    site: Site
    context: BrowserContext
    name: str
    widths: Sequence[int] = (WIDE,)
    scripted: bool = True
    page: Page = field(init=False)
    complaints: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=lambda: set(ANSWERS))

    def __post_init__(self) -> None:
        self.page = self.context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))
        self.page.on("response", self._judge)

    def become(self, session: str) -> None:
        """Go on in a session that was begun elsewhere."""
        self.context.add_cookies([{"name": "shenhou", "value": session, "url": self.site.address}])

    # -- going about -------------------------------------------------------------------------------------------------

    def open(self, path: str) -> None:
        """Go to an address of the site."""
        self.page.goto(self.site.address + path)
        self.look()

    def follow(self, words: str, within: Locator | None = None) -> None:
        """Click a link, named by its words, and look at where it leads."""
        self.leave((within or self.page).get_by_role("link", name=words).first)

    def press(self, words: str, within: Locator | None = None) -> None:
        """Press a button that sends a form, and look at what comes."""
        self.leave((within or self.page).get_by_role("button", name=words, exact=True).first)

    def leave(self, control: Locator) -> None:
        """Click what leads to another page, and look at that."""
        with self.page.expect_navigation():
            control.click()
        self.look()

    @contextmanager
    def expecting(self, *statuses: int) -> Iterator[None]:
        """Let answers with these statuses be no complaint meanwhile."""
        before, self.expected = self.expected, self.expected | set(statuses)
        yield
        self.expected = before

    @property
    def path(self) -> str:
        """Where the visitor is."""
        return urlsplit(self.page.url).path

    def text(self) -> str:
        """The words of the page's own part."""
        found: str = self.page.evaluate("() => (document.querySelector('#content') || document.body).innerText")
        return found

    def settle(self) -> None:
        """Wait until htmx has put in what it asked for."""
        if self.scripted:
            self.page.wait_for_function("busy => !document.querySelector(busy)", arg=_BUSY)

    # -- looking -----------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Fail unless the page is sound at every width."""
        self.page.wait_for_load_state("load")
        found = list(dict.fromkeys(self.complaints))
        self.complaints.clear()
        structure = self.page.evaluate(_STRUCTURE)
        for width in reversed(self.widths):  # ends at the width at which the visitor works
            if len(self.widths) > 1 or self.page.viewport_size != {"width": width, "height": HEIGHT}:
                self.page.set_viewport_size({"width": width, "height": HEIGHT})
            found += [f"wider than {width} px: {one}" for one in self._too_wide(width)]
            if self._is_new(f"{width} {self.scripted} {structure}"):
                found += [f"at {width} px: {one}" for one in (find_violations(self.page) if self.scripted else [])]
                self._keep_picture(width)
        assert not found, f"{self.name} at {self.page.url}:\n" + "\n".join(found)

    def _too_wide(self, width: int) -> list[str]:
        wide: int = self.page.evaluate("() => document.documentElement.scrollWidth")
        return [str(wide), *self.page.evaluate(_OVERFLOW)] if wide > width else []

    def _is_new(self, structure: str) -> bool:
        digest = hashlib.sha256(structure.encode()).hexdigest()
        is_new = digest not in looked_at
        looked_at.add(digest)
        return is_new

    def _keep_picture(self, width: int) -> None:
        if SHOTS:
            name = re.sub(r"[0-9a-f]{32}|SH-[0-9A-Z-]+", "x", self.path).strip("/").replace("/", "-") or "start"
            folder = Path(SHOTS) / str(width)
            folder.mkdir(parents=True, exist_ok=True)
            number = len(list(folder.glob(f"{name}.*")))
            self.page.screenshot(path=folder / f"{name}.{number}.png", full_page=True, caret="initial", timeout=60_000)

    def _hear(self, message: ConsoleMessage) -> None:
        is_told_otherwise = message.text.startswith(("Failed to load resource", *LEFT))  # judged by its status
        if message.type in ("error", "warning") and not is_told_otherwise:
            where = message.location
            self.complaints.append(f"console: {message.text} ({where['url']}:{where['lineNumber']})")

    def _judge(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.complaints.append(f"{response.status} for {response.url}")
