"""The sentences: all there, all Chinese, all fit to be translated."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

import forms
from forms import MESSAGES, say, translate_with

SOURCES = sorted(Path(forms.__file__).parent.glob("*.py"))


@pytest.fixture
def untranslated() -> Iterator[None]:
    yield
    translate_with(str)


@pytest.mark.parametrize("code", MESSAGES)
def test_every_sentence_is_chinese_and_ends(code: str) -> None:
    if code == "pattern_own":  # the form's own words
        return
    assert re.search(r"[\u4e00-\u9fff]", MESSAGES[code])
    assert MESSAGES[code].endswith("。")
    names = {name for _, name, _, _ in string.Formatter().parse(MESSAGES[code]) if name}
    assert "{" not in say(code, **dict.fromkeys(names, "x"))


def test_every_code_that_is_used_has_a_sentence_and_every_sentence_is_used() -> None:
    text = "\n".join(path.read_text() for path in SOURCES if path.name != "messages.py")
    used = set(re.findall(r'"(\w+)"', text)) | {f"type_{subtype}" for subtype in ("date", "time", "datetime")}
    assert MESSAGES.keys() - used == set()
    raised = set(re.findall(r'(?:Refused\(|path, )"(\w+)"', text))
    assert len(raised) > 20
    assert raised <= MESSAGES.keys()


def test_sentences_can_be_translated(untranslated: None) -> None:
    translate_with({MESSAGES["required"]: "Please fill in {label}."}.get)  # type: ignore[arg-type]
    assert say("required", label="姓名") == "Please fill in 姓名."


def test_braces_in_a_label_are_only_text() -> None:
    assert say("required", label="{0.__class__}") == "请填写“{0.__class__}”。"
