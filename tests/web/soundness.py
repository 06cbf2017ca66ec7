"""What every page owes its reader: the content policy, and nothing that would need a weaker one."""

from __future__ import annotations

import re

import lxml.html
from werkzeug.test import TestResponse

from tests.web.hostile_pack import MARKUP
from web.headers import CONTENT_POLICY

_INLINE = re.compile(r"<script(?![^>]*\ssrc=)[\s>]|<style[\s>]|<[a-z][^<>]*\s(?:on\w+|style)\s*=", re.IGNORECASE)


def faults_of(answer: TestResponse) -> list[str]:
    """What is wrong with a page; nothing for what is no page."""
    if answer.mimetype != "text/html" or "attachment" in answer.headers.get("Content-Disposition", ""):
        return []
    faults = []
    if answer.headers.get("Content-Security-Policy") != CONTENT_POLICY:
        faults.append("another content policy")
    if found := _INLINE.search(answer.text):
        faults.append(f"inline: {answer.text[max(0, found.start() - 40) : found.end() + 40]}")
    return faults


def markup_of(answer: TestResponse) -> list[str]:
    """What in a page came from words: elements and attributes that no template of ours has."""
    if answer.mimetype != "text/html" or not answer.text.strip():
        return []
    return markup_in(lxml.html.fromstring(answer.text))


def markup_in(page: lxml.html.HtmlElement) -> list[str]:
    """The same of a part of a page."""
    found = []
    for element in page.iter():
        if not isinstance(element.tag, str):
            continue
        inline = element.tag == "script" and not (element.get("src") or "").startswith("/static/")
        active = [name for name in element.attrib if str(name).startswith("on")]
        led = [value for name in ("href", "src", "action", "formaction") if (value := element.get(name) or "")]
        if (
            inline
            or active
            or element.get("src") == "x"
            or any(v.lower().strip().startswith("javascript:") for v in led)
        ):
            found.append(lxml.html.tostring(element, encoding="unicode")[:160])
    return found


def shows_words(answer: TestResponse) -> bool:
    """Whether the words with markup stand on the page, as words."""
    return answer.mimetype == "text/html" and MARKUP.replace("<", "&lt;").replace(">", "&gt;") in answer.text
