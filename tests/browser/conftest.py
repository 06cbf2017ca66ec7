"""One Chromium a session, the machine's own; a site for each test, and as many visitors as it wants."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from engine.config import CODE_ROOT
from tests.browser.scenes import Scenes, furnish, open_furnished
from tests.browser.site import GoingClock, Site
from tests.browser.visitor import HEIGHT, WIDE, Visitor
from tests.templates import Templates
from tests.web.conftest import NOW
from tests.web.conftest import web_template as web_template

# What a whole browser says itself, as in an empty field of a date, is in Chinese with its package chromium-l10n.
CHINESE: dict[str, str | float | bool] = {**os.environ, "LANG": "zh_CN.UTF-8", "LANGUAGE": "zh_CN"}
OpenVisitor = Callable[..., Visitor]
OPENED = pytest.StashKey[list[Visitor]]()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium; ``.ci/chromium`` finds it, or says how to get it.

    It is closed before another package's tests: while it is open its event loop runs in this thread, and signing a
    paper wants one of its own there.
    """
    found = subprocess.run([CODE_ROOT / ".ci" / "chromium"], capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found.stdout.strip(), env=CHINESE)
        yield browser
        browser.close()


@pytest.fixture
def site(web_template: Path, tmp_path: Path) -> Iterator[Site]:
    """Serves the published pack; nobody has signed in and no case is open."""
    opened = Site.open(web_template, tmp_path, GoingClock(NOW))
    yield opened
    opened.stop()


@pytest.fixture(scope="session")
def furnished(web_template: Path, templates: Templates) -> Path:
    """A database with a case at every stage, to be copied."""
    return templates.made("furnished", lambda folder: furnish(web_template, folder)) / "shenhou.db"


@pytest.fixture
def scenes(furnished: Path, tmp_path: Path) -> Iterator[Scenes]:
    """Serves what ``furnished`` holds."""
    opened = open_furnished(furnished, tmp_path)
    yield opened
    opened.site.stop()


@pytest.fixture
def visitor(site: Site, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[OpenVisitor]:
    """``visitor("hospital", widths=(360, 1300))`` opens a browser that shares nothing with the others."""
    with ExitStack() as opened:
        yield partial(_open_visitor, opened, request, chromium, site)


@pytest.fixture
def inside(scenes: Scenes, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[OpenVisitor]:
    """The same at the furnished site."""
    with ExitStack() as opened:
        yield partial(_open_visitor, opened, request, chromium, scenes.site)


def _open_visitor(
    opened: ExitStack,
    request: pytest.FixtureRequest,
    chromium: Browser,
    site: Site,
    name: str,
    widths: Sequence[int] = (WIDE,),
) -> Visitor:
    options: dict[str, Any] = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "reduced_motion": "reduce"}
    context = chromium.new_context(viewport={"width": widths[0], "height": HEIGHT}, **options)
    opened.callback(context.close)
    context.set_default_timeout(10_000)
    one = Visitor(site, context, name, widths)
    request.node.stash.setdefault(OPENED, []).append(one)
    return one


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What the visitors of a failed test had before them goes into its report."""
    report = yield
    if report.when == "call" and report.failed:
        for one in item.stash.get(OPENED, []):
            report.sections.append((f"{one.name} at {one.page.url}", one.text()))
    return report
