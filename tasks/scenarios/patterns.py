"""Texts that fit a form's pattern: what a pattern is made of, read by Python's own parser, and one way through it.

Patterns are JavaScript's; what both languages write alike is all that forms use. A text is offered, not promised: the
form itself checks it.
"""

from __future__ import annotations

import importlib
import random
from typing import Any

_PARSER: Any = importlib.import_module("re._parser")
_SIGNS = {"CATEGORY_DIGIT": "0123456789", "CATEGORY_WORD": "ABCDEFGHJK0123456789", "CATEGORY_SPACE": " "}
_PLAIN = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789甲乙丙丁"
MOST_REPEATS = 6


def invent_text(chance: random.Random, pattern: str) -> str:
    """A text that ``pattern`` matches from beginning to end. ValueError for a pattern that is not understood."""
    try:
        return "".join(_write(chance, op, argument) for op, argument in _PARSER.parse(pattern))
    except (_PARSER.error, KeyError) as error:
        raise ValueError(f"no text can be made for the pattern {pattern}: {error}") from None


def _write(chance: random.Random, op: Any, argument: Any) -> str:
    name = str(op)
    if name == "LITERAL":
        return chr(argument)
    if name == "ANY":
        return chance.choice(_PLAIN)
    if name == "NOT_LITERAL":
        return chance.choice(_PLAIN.replace(chr(argument), ""))
    if name == "IN":
        return _choose(chance, argument)
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        fewest, most, inside = argument
        times = chance.randint(fewest, min(int(most), max(fewest, MOST_REPEATS)))
        return "".join(_all(chance, inside) for _ in range(times))
    if name == "SUBPATTERN":
        return _all(chance, argument[-1])
    if name == "BRANCH":
        return _all(chance, chance.choice(argument[1]))
    if name in ("AT", "ASSERT", "ASSERT_NOT"):
        return ""
    raise KeyError(name)


def _all(chance: random.Random, parts: Any) -> str:
    return "".join(_write(chance, op, argument) for op, argument in parts)


def _choose(chance: random.Random, parts: Any) -> str:
    if str(parts[0][0]) == "NEGATE":
        taken = {sign for op, argument in parts[1:] for sign in _signs(op, argument)}
        return chance.choice([sign for sign in _PLAIN if sign not in taken])
    return chance.choice(_signs(*chance.choice(parts)))


def _signs(op: Any, argument: Any) -> str:
    name = str(op)
    if name == "RANGE":
        low, high = argument
        return "".join(map(chr, range(low, min(high, low + 200) + 1)))
    return _SIGNS[str(argument)] if name == "CATEGORY" else chr(argument)
