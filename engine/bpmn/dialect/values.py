"""Kinds of values that attributes of extension elements and timers may have: literal, FEEL, or both."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from engine.clock import parse_moment
from engine.durations import parse_cycle, parse_duration

_IDENTIFIER = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_RESERVED = {"case": "the read-only record of the case's facts", "switches": "what pack.yaml switches"}

Check = Callable[[str], str]  # a literal value → what is wrong with it, or ""


class Form(Enum):
    """Whether a value is FEEL (begins with ``=``)."""

    STATIC = "static"
    FEEL = "feel"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Value:
    """`expects` says what a FEEL value should give (``Expression.kind``); `check` judges a literal one.

    A `free` literal may be any text; others are names or numbers, in which a blank at an end is a slip of the hand.
    """

    form: Form
    expects: str = "expression"
    check: Check = lambda literal: ""
    free: bool = False

    def fault(self, text: str) -> tuple[str, str, str] | None:
        """(rule, message, remedy) if `text` is not such a value."""
        is_feel = text.lstrip().startswith("=")
        if text != (text.lstrip() if is_feel else text if self.free else text.strip()):
            return "dialect/value", "has a blank at an end", "remove it"
        if is_feel and self.form is Form.STATIC:
            return "dialect/static", "is not evaluated: it must be known when the pack is checked", "write it without ="
        if is_feel and not text[1:].strip():
            return "dialect/expression", "is an empty expression", "write FEEL after the ="
        if not is_feel and self.form is Form.FEEL:
            return "dialect/expression", "must be a FEEL expression", "begin it with ="
        wrong = "" if is_feel else self.check(text)
        return ("dialect/value", wrong, "correct it") if wrong else None


def check_identifier(text: str) -> str:
    """Names of variables: what FEEL can read back without quoting, and never the case facts."""
    if text in _RESERVED:
        return f"{text} is {_RESERVED[text]}"
    return "" if _IDENTIFIER.fullmatch(text) else "must be a plain name of letters, digits and underscores"


def check_path(text: str) -> str:
    """Dotted places in the case facts."""
    parts = text.split(".")
    return "" if all(_IDENTIFIER.fullmatch(part) for part in parts) else "must be names joined by dots"


def check_moment(text: str) -> str:
    return _parsed(parse_moment, text)


def check_duration(text: str) -> str:
    return _parsed(parse_duration, text)


def check_cycle(text: str) -> str:
    return _parsed(parse_cycle, text)


def check_retries(text: str) -> str:
    return "" if re.fullmatch(r"[1-9][0-9]?", text) else "must be a whole number from 1 to 99"


def check_priority(text: str) -> str:
    return "" if re.fullmatch(r"[0-9]{1,2}|100", text) else "must be a whole number from 0 to 100"


def check_boolean(text: str) -> str:
    return "" if text in ("true", "false") else "must be true or false"


def check_latest(text: str) -> str:
    return "" if text == "latest" else "is not supported: a release always uses what it was published with"


def check_list(text: str) -> str:
    return "" if all(part.strip() for part in text.split(",")) else "has an empty entry between commas"


def _parsed(parse: Callable[[str], object], text: str) -> str:
    try:
        parse(text)
    except ValueError as error:
        return f"is wrong: {error}"
    return ""


STATIC = Value(Form.STATIC)
VARIABLE = Value(Form.STATIC, check=check_identifier)
BOOLEAN = Value(Form.STATIC, check=check_boolean)
LATEST = Value(Form.STATIC, check=check_latest)
FREE = Value(Form.STATIC, free=True)
EITHER = Value(Form.EITHER, free=True)
TEXT = Value(Form.EITHER, "text")
LIST = Value(Form.EITHER, "list", check_list)
DATE = Value(Form.EITHER, "date", check_moment)
DURATION = Value(Form.EITHER, "duration", check_duration)
CYCLE = Value(Form.EITHER, "cycle", check_cycle)
RETRIES = Value(Form.EITHER, "number", check_retries)
PRIORITY = Value(Form.EITHER, "number", check_priority)
FACTS_PATH = Value(Form.EITHER, "text", check_path)
FEEL = Value(Form.FEEL)
FEEL_LIST = Value(Form.FEEL, "list")
FEEL_KEY = Value(Form.FEEL, "text")
CONDITION = Value(Form.FEEL, "condition")
