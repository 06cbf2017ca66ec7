"""The catalogues hold what the pages say, and English says all of it."""

from __future__ import annotations

import configparser
import re

from babel.messages.catalog import Catalog, Message
from setuptools import find_namespace_packages

from engine.config import CODE_ROOT
from web import translating

RENEW = "run make words, which writes the catalogues anew"
CHINESE, QUOTED = re.compile("[一-鿿]"), re.compile("“[^”]*”")


def ids_of(catalogue: Catalog) -> set[object]:
    return {message.id for message in catalogue if message.id}


def words_of(catalogue: Catalog) -> dict[str, str]:
    """Single sentences with what they are in the other language."""
    return {message.id: message.string for message in catalogue if isinstance(message.id, str) and message.id}


def texts_of(message: Message) -> list[str]:
    """The translation, one text for each plural form."""
    return [message.string] if isinstance(message.string, str) else list(message.string)


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


def test_english_is_whole() -> None:
    missing = [message.id for message in english() if message.id and not all(texts_of(message))]
    assert missing == []


def test_translation_says_the_same_names() -> None:
    names = re.compile(r"%\(\w+\)\w|\{\w+\}")
    for message in english():
        if message.id:
            said = message.id if isinstance(message.id, str) else message.id[0]
            for translation in texts_of(message):
                assert sorted(names.findall(said)) == sorted(names.findall(translation)), said


def test_translation_keeps_chinese_only_where_it_quotes_a_form() -> None:
    kept = [text for one in english() if one.id for text in texts_of(one) if CHINESE.search(QUOTED.sub("", text))]
    assert kept == []


def test_catalogues_are_packaged() -> None:
    packages = find_namespace_packages(str(CODE_ROOT), include=["web", "web.*"])
    assert "web.translations.en.LC_MESSAGES" in packages
    packaging = configparser.ConfigParser()
    packaging.read(CODE_ROOT / "setup.cfg", "utf-8")
    assert {"*.po", "*.mo"} <= set(packaging["options.package_data"]["*"].split())
