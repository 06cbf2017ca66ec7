"""Places in submitted values by the key that a form shows them under: ``heirs[0].name``."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Any

Path = list[str | int]
_STEP = re.compile(r"[^.\[\]]+")


def read_path(key: str) -> Path:
    """``heirs[0].name`` → ``["heirs", 0, "name"]``."""
    return [int(part) if part.isdigit() else part for part in _STEP.findall(key)]


def has_value(values: Any, path: Path) -> bool:
    """Whether something, null included, stands at ``path``."""
    for part in path:
        fits = isinstance(values, list) and part < len(values) if isinstance(part, int) else _holds(values, part)
        if not fits:
            return False
        values = values[part]
    return True


def _holds(values: Any, name: str) -> bool:
    return isinstance(values, Mapping) and name in values


def put_value(values: Any, path: Path, value: object) -> None:
    """Put ``value`` at ``path``; mappings, lists and rows on the way are made."""
    for part, following in itertools.pairwise(path):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(part, int):
            _reach(values, part)
            values = values[part]
        else:
            values = values.setdefault(part, empty)
    if isinstance(path[-1], int):
        _reach(values, path[-1])
    values[path[-1]] = value


def _reach(rows: list[Any], index: int) -> None:
    while len(rows) <= index:
        rows.append({})


def take_value(values: Any, path: Path) -> None:
    """Remove what stands at ``path``; nothing there is no fault."""
    if not has_value(values, path):
        return
    for part in path[:-1]:
        values = values[part]
    if isinstance(values, dict):
        values.pop(path[-1], None)
