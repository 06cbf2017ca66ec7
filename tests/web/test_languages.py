"""Pages can be read in English: whoever chooses it gets every page in it, and nobody gets it without choosing."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from flask import Flask

from tests.web.conftest import Browser
from tests.web.route_rules import PAGES
from tests.web.route_world import Persona, World, web_template, world
from tests.web.test_routes import address
from web import translating
from web.languages import COOKIE
from web.papers.prints import to_page
from web.papers.sheet import Sheet

__all__ = ["web_template", "world"]
CHINESE_PAGE, ENGLISH_PAGE = '<html lang="zh-CN">', '<html lang="en">'


def choose(browser: Browser, language: str, **data: str) -> str:
    """Where the reader who chooses ends up."""
    answer = browser.post("/language", {"language": language, **data})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_pages_are_chinese_until_somebody_chooses(browser: Browser) -> None:
    page = browser.get("/staff/sign-in", headers={"Accept-Language": "en-GB,en;q=0.9"}).text
    assert CHINESE_PAGE in page and "登录名" in page
    assert '<button class="language" name="language" value="en" lang="en">English</button>' in page


def test_choice_holds_on_every_page_and_beyond_the_sign_in(browser: Browser) -> None:
    assert choose(browser, "en", next="/lookup?code=SH-1") == "/lookup?code=SH-1"
    page = browser.get("/lookup").text
    assert ENGLISH_PAGE in page and "Check progress" in page and "查进度" not in page
    assert browser.sign_in("window-clerk").status_code == 303
    desk = browser.get("/desk/").text
    assert ENGLISH_PAGE in desk and "Unclaimed" in desk
    browser.post("/sign-out")
    assert ENGLISH_PAGE in browser.get("/staff/sign-in").text
    choose(browser, "zh", next="/staff/sign-in")
    assert CHINESE_PAGE in browser.get("/staff/sign-in").text


@pytest.mark.parametrize("language", ["", "de", "en-GB", "../en", "zh_CN"])
def test_unknown_language_is_refused(browser: Browser, language: str) -> None:
    assert browser.post("/language", {"language": language, "next": "/"}).status_code == 400
    browser.client.set_cookie(COOKIE, language)
    assert CHINESE_PAGE in browser.get("/").text


@pytest.mark.parametrize(
    "path", ["https://example.org/", "//example.org", "/\\example.org", "/nowhere", "/sign-out", "/language", ""]
)
def test_choice_leads_to_a_page_of_ours_that_can_be_opened(browser: Browser, path: str) -> None:
    assert choose(browser, "en", next=path) == "/"


def test_answer_to_a_form_leads_back_to_the_reader_s_first_page(browser: Browser) -> None:
    browser.sign_in("window-clerk")
    page = browser.post("/window/find", {"text": "nobody"}).text
    form = page.partition('action="/language"')[2].partition("</form>")[0]
    assert "csrf_token" in form and 'name="next"' not in form
    assert choose(browser, "en") == "/desk/"


def own_sentences() -> set[str]:
    """What only a page says: whole sentences without a name in them."""
    said = (message.id for message in translating.extract() if isinstance(message.id, str))
    return {words for words in said if words.endswith("。") and len(words) > 6 and "%(" not in words}


def test_every_page_opens_in_english(world: World) -> None:
    """As whoever may see it first; forms, packs and papers keep their Chinese, the page's own sentences do not."""
    wrong, said, seen = [], own_sentences(), 0
    near = world.places["near"]
    for endpoint, route in PAGES.items():
        who: Persona = next(one for one in reversed(world.everybody) if route.rule(one, near))
        who.browser.client.set_cookie(COOKIE, "en")
        answer = who.browser.get(address(world.app, endpoint, route, near, "GET"))
        if answer.status_code != route.answer:
            wrong.append(f"{endpoint}: {answer.status_code}, not {route.answer}")
        is_page = answer.mimetype == "text/html" and answer.status_code == 200
        if not is_page or endpoint in ("window.sheet", "window.print_checklist"):
            continue
        seen += 1
        if ENGLISH_PAGE not in answer.text:
            wrong.append(f"{endpoint}: not in English")
        wrong += [f"{endpoint}: {words}" for words in said if words in answer.text]
    assert seen > 50
    assert not wrong, "\n".join(wrong)


def test_fault_of_a_form_is_said_in_the_reader_s_language(world: World) -> None:
    who = next(one for one in world.others if one.name == "near")
    who.browser.client.set_cookie(COOKIE, "en")
    page = who.browser.get("/report/hunan").text
    assert re.search(r'<div lang="zh-CN">\s*<div class="forming-', page), "the form itself speaks Chinese"
    sent = re.search(r'action="(/report/[^"]+)"', page)
    assert sent
    answer = who.browser.post(sent[1], {"_intent": "submit"})
    assert answer.status_code == 422
    assert "To be changed: " in answer.text and "Please fill in “" in answer.text


def test_papers_are_official_and_stay_chinese(app: Flask) -> None:
    with app.test_request_context(headers={"Cookie": f"{COOKIE}=en"}):
        page = to_page(lambda: Sheet("受理通知书", "SH-1", "申请人", ()))
    assert CHINESE_PAGE in page and "编号：SH-1" in page and "打印" in page


def test_days_are_written_as_the_language_has_them(app: Flask) -> None:
    text = "{{ day | long_day }}|{{ day | week_day }}|{{ day | short_moment }}"
    at = datetime.fromisoformat("2026-11-22T09:05+08:00")
    expected = {"zh": "2026年11月22日|11月22日周日|11月22日 09:05", "en": "November 22, 2026|Sun, Nov 22|Nov 22 09:05"}
    for language, words in expected.items():
        with app.test_request_context(headers={"Cookie": f"{COOKIE}={language}"}):
            assert app.jinja_env.from_string(text).render(day=at) == words
