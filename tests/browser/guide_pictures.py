"""Takes the pictures of docs/guides anew: ``python -m tests.browser.guide_pictures [beginning of a name …]``.

The whole demonstration is told in a temporary folder, every role signs in, and each picture is the page as the role
sees it. Colours are few, so that a picture stays small.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from engine import db
from engine.clock import FixedClock
from engine.config import CODE_ROOT, read_settings
from engine.packs import list_packs, read_pack
from engine.releases import publish
from engine.runtime import Runtime
from migrations import upgrade
from tasks.adapters import make_resources
from tests.browser.site import GoingClock, Site
from tests.integration.conftest import KEYS
from tests.web.conftest import NOW
from web.access.demonstration import ensure_accounts
from web.demonstration.filling import fill, find_listings
from web.services import Services
from web.settings import WebSettings

FOLDER = CODE_ROOT / "docs" / "guides" / "pictures"
WIDE, NARROW, HEIGHT = 1300, 360, 860
COLOURS = 48
MOST_BYTES = 150 * 1024
CHINESE = os.environ | {"LANGUAGE": "zh_CN"}  # what the browser says itself, as in a field of a date
Going = Callable[[Page], None]


@dataclass(frozen=True, slots=True)
class Picture:
    """``who`` is an account's login, or the name of a family that the sign-in page lists; "" is nobody."""

    name: str
    who: str
    going: Sequence[Going]
    width: int = WIDE
    height: int = HEIGHT


def at(path: str) -> Going:
    return lambda page: go(page, path)


def link(words: str) -> Going:
    """Follow the link with these words."""
    return lambda page: leave(page, lambda: page.get_by_role("link", name=words).first.click())


def button(words: str) -> Going:
    return lambda page: leave(page, lambda: page.get_by_role("button", name=words).first.click())


def row(words: str, action: str) -> Going:
    """In the row of a list that holds ``words``, press the button or link ``action``."""

    def press(page: Page) -> None:
        found = page.get_by_role("row").filter(has_text=words).first
        leave(
            page,
            lambda: found.get_by_role("button", name=action).or_(found.get_by_role("link", name=action)).first.click(),
        )

    return press


def case_in(words: str) -> Going:
    """From a list, on to the page of the case in the row that holds ``words``."""

    def follow(page: Page) -> None:
        found = page.get_by_role("row").filter(has_text=words).first
        leave(page, lambda: found.get_by_role("link", name=re.compile("^SH-")).first.click())

    return follow


def scroll_to(words: str) -> Going:
    return lambda page: page.get_by_text(words).first.scroll_into_view_if_needed()


def choose(*words: str) -> Going:
    """In the page's lists of choices, one after the other, choose what holds these words."""

    def select(page: Page) -> None:
        for place, text in enumerate(words):
            found = page.locator("#content select").nth(place)
            found.select_option(found.locator("option").filter(has_text=text).first.get_attribute("value"))

    return select


def wait(selector: str) -> Going:
    return lambda page: page.locator(selector).first.wait_for()


def leave(page: Page, act: Callable[[], None]) -> None:
    with page.expect_navigation():
        act()
    page.wait_for_load_state("networkidle")


def go(page: Page, path: str) -> None:
    page.goto(re.match(r"https?://[^/]+", page.url)[0] + path)  # type: ignore[index]
    page.wait_for_load_state("networkidle")


QUEUE = "/desk/?queue=claimable"
PICTURES = (
    Picture("staff-sign-in", "", [at("/staff/sign-in")]),
    Picture("family-case", "彭珺", [link("彭松筠")], NARROW, 780),
    Picture("family-materials", "彭珺", [link("彭松筠"), link("准备材料")], NARROW, 780),
    Picture("family-account", "澹台雪", [link("澹台明远")], NARROW, 780),
    Picture("window-queue", "window-clerk", [at(QUEUE)]),
    Picture("window-review", "window-clerk", [at(QUEUE), row("王＊", "领取并办理")]),
    Picture("window-counter", "window-clerk", [at("/window/")]),
    Picture("physician-queue", "hospital-physician", [at(QUEUE)]),
    Picture("physician-certify", "hospital-physician", [at(QUEUE), row("向＊", "领取并办理")]),
    Picture("clinic-queue", "clinic-doctor", [at(QUEUE)]),
    Picture("clinic-investigate", "clinic-doctor", [at(QUEUE), row("谭＊", "领取并办理")]),
    Picture("police-holds", "police-officer", [at("/police/")]),
    Picture("police-review", "police-officer", [at(QUEUE), row("匡＊", "领取并办理")]),
    Picture("funeral-queue", "funeral-clerk", [at(QUEUE)]),
    Picture("funeral-frozen", "funeral-clerk", [at("/desk/?queue=frozen"), case_in("昝＊")]),
    Picture("department-queue", "housing-fund-clerk", [at(QUEUE)]),
    Picture("department-decide", "housing-fund-clerk", [at(QUEUE), row("诸＊", "领取并办理")]),
    Picture("department-approve", "hrss-reviewer", [at(QUEUE), row("亓＊", "领取并办理")]),
    Picture(
        "department-diagram", "hrss-clerk", [at("/desk/cases"), case_in("诸＊"), link("流程图"), wait(".djs-shape")]
    ),
    Picture("supervisor-board", "supervisor-clerk", [at("/supervise/"), wait("#content canvas")]),
    Picture("supervisor-frozen", "supervisor-clerk", [at("/supervise/"), link("冻结过久")]),
    Picture("hotline-home", "hotline-operator", [at("/hotline/")]),
    Picture("hotline-knowledge", "hotline-operator", [at("/hotline/knowledge")]),
    Picture("hotline-tickets", "hotline-operator", [at("/hotline/tickets")]),
    Picture("operator-overview", "operator", [at("/ops/")]),
    Picture("operator-incidents", "operator", [at("/ops/incidents")]),
    Picture("operator-outbox", "operator", [at("/ops/outbox")]),
    Picture("analyst-compare", "analyst-clerk", [at("/compare/"), choose("湖南", "贵州"), button("比较")]),
)


def main(beginnings: Sequence[str]) -> None:
    """Take those pictures whose name begins so; all without any."""
    wanted = [one for one in PICTURES if not beginnings or one.name.startswith(tuple(beginnings))]
    FOLDER.mkdir(parents=True, exist_ok=True)
    found = subprocess.run([CODE_ROOT / ".ci" / "chromium", "--whole"], capture_output=True, text=True, check=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = open_demonstration(Path(folder))
        browser = playwright.chromium.launch(executable_path=found.stdout.strip(), env=CHINESE)
        try:
            for one in wanted:
                size = take(browser, site, one)
                sys.stdout.write(f"{one.name}: {size // 1024} KiB\n")
        finally:
            browser.close()
            site.stop()


def open_demonstration(folder: Path) -> Site:
    """Every pack published, every story told, and the pages served."""
    clock = FixedClock(NOW)
    runtime = Runtime(db.connect(f"sqlite:///{folder / 'shenhou.db'}"), KEYS, clock=clock)
    upgrade(runtime.database)
    runtime.resources.update(make_resources(runtime.database, runtime.sealer, clock))
    with runtime.database.begin() as connection:
        for code in list_packs(CODE_ROOT / "processes"):
            pack = read_pack(code, CODE_ROOT / "processes", CODE_ROOT / "forms")
            if not pack.manifest.library:
                publish(connection, pack, "guides", clock.now(), check=lambda _: [])
        ensure_accounts(connection, clock.now())
    own = Services(read_settings({}, home=folder), runtime, WebSettings(demonstration=True, invented_cases=True))
    fill(own, find_listings(own), lambda _: None)
    runtime.close()
    site = Site(folder, GoingClock(NOW))
    site.start()
    return site


def take(browser: Browser, site: Site, one: Picture) -> int:
    """Take one picture and return its size in bytes."""
    size = {"width": one.width, "height": one.height}
    context = browser.new_context(viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(15_000)
    sign_in(page, site, one)
    for going in one.going:
        going(page)
    data = small(page.screenshot(full_page=False))
    assert len(data) <= MOST_BYTES, f"{one.name}: {len(data)} bytes"
    (FOLDER / f"{one.name}.png").write_bytes(data)
    context.close()
    return len(data)


def sign_in(page: Page, site: Site, one: Picture) -> None:
    if one.who.isascii():
        page.goto(f"{site.address}/staff/sign-in")
        if one.who:
            leave(page, lambda: page.get_by_role("button", name=re.compile(rf"(?:^|\s|[^a-z-]){one.who}$")).click())
        return
    page.goto(f"{site.address}/sign-in")
    leave(page, lambda: page.get_by_role("button", name=re.compile(f"^{one.who}")).click())
    page.locator("[name=code]").fill(page.locator("strong.digest").inner_text())
    leave(page, lambda: page.get_by_role("button", name="登录", exact=True).click())


def small(data: bytes) -> bytes:
    """The picture in a few colours."""
    out = io.BytesIO()
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


if __name__ == "__main__":
    main(sys.argv[1:])
