"""The languages that pages can be read in: Chinese, unless the reader has chosen another.

The choice is kept in a cookie of its own, for a year, so that it outlives the sign-in. What the browser says it prefers
is not asked: staff sit at machines that were set up by somebody else. What a pack says stays in the pack's language.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

from babel import Locale
from flask import Flask, current_app, has_request_context, request
from flask_babel import force_locale, get_locale, gettext
from werkzeug.wrappers import Response

import forms.messages

COOKIE = "language"
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Language:
    """``locale`` is Babel's name, ``tag`` the HTML one (BCP 47), ``name`` what its readers call it."""

    code: str
    locale: str
    tag: str
    name: str


CHINESE = Language("zh", "zh_CN", "zh-CN", "中文")
LANGUAGES = {one.code: one for one in (CHINESE, Language("en", "en", "en", "English"))}
_LOCALES = {code: Locale.parse(one.locale) for code, one in LANGUAGES.items()}


def register(app: Flask) -> None:
    """Give templates ``language()`` and ``other_languages()``, and the sentences of forms the reader's language."""
    app.add_template_global(language)
    app.add_template_global(other_languages)
    forms.messages.translate_with(gettext)


def chosen_locale() -> Locale:
    """What Babel is to use for the present request. Parsed once: a name would be looked up on disk at every request."""
    wanted = request.cookies.get(COOKIE, "") if has_request_context() else ""
    return _LOCALES.get(wanted, _LOCALES[CHINESE.code])


def language() -> Language:
    """The language that the present page is written in."""
    locale = str(get_locale() or CHINESE.locale)
    return next((one for one in LANGUAGES.values() if one.locale == locale), CHINESE)


def other_languages() -> list[Language]:
    """What the present page could be read in instead."""
    here = language()
    return [one for one in LANGUAGES.values() if one is not here]


def keep_choice(response: Response, wanted: Language) -> None:
    """Let the browser remember the choice."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(COOKIE, wanted.code, max_age=_YEAR, secure=secure, httponly=True, samesite="Lax")


def official() -> AbstractContextManager[None]:
    """For as long as it is entered, Chinese: papers are official documents, whatever their printer reads."""
    forced: AbstractContextManager[None] = force_locale(CHINESE.locale)
    return forced
