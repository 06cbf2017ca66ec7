"""Values from outside against what the manifest declares of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from engine.durations import parse_duration
from engine.errors import InvalidInput
from engine.pack_schema import Declared

_WORDS = {
    "string": "文字",
    "number": "数字",
    "boolean": "是或否",
    "date": "日期（如 2026-04-05）",
    "time": "时间（如 09:30:00）",
    "date and time": "日期和时间（如 2026-04-05T09:30:00+08:00）",
    "duration": "时长（如 P3D）",
    "list": "列表",
    "context": "对象",
}
_PLAIN: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, float),
    "boolean": bool,
    "list": list,
    "context": dict,
}


def check_declared(values: Mapping[str, Any], declared: Mapping[str, Declared]) -> None:
    """Every value is declared and of its type; null and what is left out are lawful. Raises ``InvalidInput``."""
    faults: dict[str, list[str]] = {}
    for name, value in values.items():
        if name not in declared:
            faults[name] = ["流程包没有声明这一项"]
        elif value is not None and not _fits(value, declared[name].type):
            faults[name] = [f"应为{_WORDS[declared[name].type]}"]
    if faults:
        raise InvalidInput(faults)


def _fits(value: Any, type_: str) -> bool:
    if type_ == "any":
        return True
    if type_ in _PLAIN:
        return isinstance(value, _PLAIN[type_]) and (type_ == "boolean" or not isinstance(value, bool))
    return isinstance(value, str) and _reads_as(value, type_)


def _reads_as(text: str, type_: str) -> bool:
    try:
        if type_ == "date":
            return re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is not None and bool(date.fromisoformat(text))
        if type_ == "time":
            return isinstance(time.fromisoformat(text), time)
        if type_ == "date and time":
            return "T" in text and bool(datetime.fromisoformat(text))
        parse_duration(text)
    except ValueError:
        return False
    return True
