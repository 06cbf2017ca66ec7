"""The catalogues hold what the pages say; English can follow, and has begun where everybody begins."""

from __future__ import annotations

import configparser
import re

from babel.messages.catalog import Catalog
from setuptools import find_namespace_packages

from engine.config import CODE_ROOT
from web import translating

RENEW = "run make words, which writes the catalogues anew"
ENGLISH = (
    *("access/navigation.py", "access/staff_routes.py", "access/family_routes.py", "access/entering.py", "errors.py"),
    *("access/oidc_routes.py", "portal/templates/portal/home.html", "templates/error.html", "templates/base.html"),
    *("templates/desk_base.html", "templates/portal_base.html", "templates/macros/page.html"),
    *("templates/macros/forms.html", "access/templates/access/staff_sign_in.html", "access/templates/access/code.html"),
    *("access/templates/access/sign_in.html", "access/templates/access/second_factor.html"),
    "access/templates/access/enrol.html",
)
"""Navigation, sign-in, errors and the families' first page: what is translated as a whole."""


def ids_of(catalogue: Catalog) -> set[object]:
    return {message.id for message in catalogue if message.id}


def words_of(catalogue: Catalog) -> dict[str, str]:
    """Single sentences with what they are in the other language."""
    return {message.id: message.string for message in catalogue if isinstance(message.id, str) and message.id}


def english() -> Catalog:
    return translating.read(translating.CATALOGUES / "en" / "LC_MESSAGES" / "messages.po")


def test_catalogues_hold_what_code_and_templates_say() -> None:
    said = ids_of(translating.extract())
    assert len(said) > 1_000
    assert ids_of(translating.read(translating.TEMPLATE)) == said, RENEW
    assert {path.parent.parent.name for path in translating.languages()} >= {"en", translating.SOURCE}
    for path in translating.languages():
        assert ids_of(translating.read(path)) == said, RENEW


def test_source_translates_nothing() -> None:
    source = translating.read(translating.CATALOGUES / translating.SOURCE / "LC_MESSAGES" / "messages.po")
    assert set(words_of(source).values()) == {""}


def test_english_is_whole_where_everybody_begins() -> None:
    begun = words_of(translating.extract(*(translating.ROOT / name for name in ENGLISH)))
    translated = words_of(english())
    assert len(begun) > 100
    assert [words for words in begun if not translated[words]] == []


def test_translation_says_the_same_names() -> None:
    for words, translation in words_of(english()).items():
        if translation:
            assert sorted(re.findall(r"%\(\w+\)\w", words)) == sorted(re.findall(r"%\(\w+\)\w", translation)), words
            assert not re.search("[一-鿿]", translation), words


def test_catalogues_are_packaged() -> None:
    packages = find_namespace_packages(str(CODE_ROOT), include=["web", "web.*"])
    assert "web.translations.en.LC_MESSAGES" in packages
    packaging = configparser.ConfigParser()
    packaging.read(CODE_ROOT / "setup.cfg", "utf-8")
    assert {"*.po", "*.mo"} <= set(packaging["options.package_data"]["*"].split())
