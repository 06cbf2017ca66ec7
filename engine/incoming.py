"""What comes from outside, checked before anything else looks at it: JSON and texts that every database can hold.

Columns are as wide here as in the tables; PostgreSQL refuses NUL in a text, and no database takes half a character.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, time
from typing import Any

from engine.errors import InvalidInput, NotFound

NAME_LENGTH = 128  # of actors, groups, keys, job types, error codes
KEY_LENGTH = 255  # of correlation keys and paths of facts
MAX_DEPTH = 32
MAX_VALUES = 20_000
MAX_CHARACTERS = 1_000_000
MAX_INTEGER = 2**53 - 1  # beyond it FEEL cannot tell two integers apart

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def is_storable(text: str, length: int) -> bool:
    """Whether ``text`` fits into a column of ``length`` characters on every database."""
    return len(text) <= length and "\0" not in text and (text.isascii() or _is_whole(text))


def storable(text: object, length: int) -> str:
    """``text`` made fit to be stored and shown: for messages of errors, which may quote anything."""
    return str(text).replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()[:length]


def check_text(field: str, text: object, length: int = NAME_LENGTH) -> None:
    """Raises ``InvalidInput`` for ``field`` unless ``text`` is one that can be stored."""
    if not isinstance(text, str) or not is_storable(text, length):
        raise InvalidInput({field: [f"应为不超过 {length} 个字符的文字，且不含控制字符"]})


def check_id(kind: str, key: object) -> None:
    """Raises ``NotFound`` for what cannot be an id: nothing is ever stored under it."""
    if not isinstance(key, str) or not _ID.fullmatch(key):
        raise NotFound(kind, repr(key)[:40])


def read_context(field: str, value: object) -> dict[str, Any]:
    """``value``, a JSON object or None, as a dict. Raises ``InvalidInput`` for ``field``."""
    if value is None:
        return {}
    fault = fault_of(value) if isinstance(value, Mapping) else "应为对象"
    if fault:
        raise InvalidInput({field: [fault]})
    return dict(value)  # type: ignore[call-overload, no-any-return]


def fault_of(value: object) -> str:
    """What is wrong with ``value`` as JSON (dates may stand in it too), ``""`` when nothing is. Does not recurse."""
    level, count, characters = [value], 0, 0
    for _ in range(MAX_DEPTH):
        if not level:
            return ""
        below: list[object] = []
        for one in level:
            if type(one) is dict or isinstance(one, Mapping):
                below.extend(one.keys() if all(isinstance(key, str) for key in one) else [object()])
                below.extend(one.values())
            elif isinstance(one, list | tuple):
                below.extend(one)
            elif not isinstance(one, date | time) and is_odd(one):
                return f"{repr(one)[:40]} 无法保存"
            elif isinstance(one, str):
                characters += len(one)
        count += len(below)
        if count > MAX_VALUES or characters > MAX_CHARACTERS:
            return "内容过大"
        level = below
    return "嵌套过深" if level else ""


def is_odd(value: object) -> bool:
    """Whether a single value is none of JSON's, or one that is lost on the way through the database or FEEL."""
    if isinstance(value, str):
        return not is_storable(value, MAX_CHARACTERS)
    if isinstance(value, float):
        return not math.isfinite(value)
    if isinstance(value, int):
        return abs(value) > MAX_INTEGER
    return value is not None


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
