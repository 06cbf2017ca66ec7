"""``validate.pattern``: an unanchored JavaScript regular expression, so JavaScript runs it.

Each thread has one small QuickJS context with nothing in it but this one function, a memory and a time limit; the
interpreter looks at its clock inside a match, so that a pattern that explodes ends as ``None``, not as a hang.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import cast

import quickjs

SECONDS = 0.25
MEMORY_BYTES = 8 * 1024 * 1024
LONGEST_TEXT = 20_000

TEST = "(input) => { const [pattern, text] = JSON.parse(input); return new RegExp(pattern).test(text); }"

_threads = threading.local()


def matches(pattern: str, text: str) -> bool | None:
    """Whether ``new RegExp(pattern).test(text)``; None if that cannot be told within the limits."""
    if len(text) > LONGEST_TEXT:
        return None
    try:
        return bool(_tester()(json.dumps([pattern, text])))
    except quickjs.JSException:
        del _threads.test  # a context that ran out of memory or time is not used again
        return None


def pattern_fault(pattern: str) -> str:
    """Why ``pattern`` is no JavaScript regular expression; "" if it is one."""
    try:
        _tester()(json.dumps([pattern, ""]))
    except quickjs.JSException as error:
        del _threads.test
        return str(error).partition("\n")[0]
    return ""


def _tester() -> Callable[[str], object]:
    if not hasattr(_threads, "test"):
        context = quickjs.Context()
        context.set_memory_limit(MEMORY_BYTES)
        context.set_time_limit(SECONDS)
        _threads.test = context.eval(TEST)
    return cast("Callable[[str], object]", _threads.test)
