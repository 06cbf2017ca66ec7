"""Values on their way between Python and FEEL: as JSON, and as keys under which results are remembered.

What JSON lacks travels as an object with one key that begins with NUL: ``d`` a date, ``m`` a moment, ``t`` a time of
day, ``s`` a span in milliseconds. ``engine/js/values.js`` is the other end.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta

import orjson

from engine.clock import ZONE

Path = tuple[str, ...]

_MARK = "\0"
_ESCAPED_MARK = "\\u0000"
_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_STRICT_INTEGER
_MILLISECOND = timedelta(milliseconds=1)
_TRUE, _FALSE = object(), object()
_OWN_KEY = frozenset({str, int, float, date, datetime, timedelta, type(None)})


def encode(value: object) -> bytes:
    """JSON of ``value``. ``ValueError`` says what FEEL cannot hold (another class, an integer over 53 bits …)."""
    try:
        return orjson.dumps(value, _encode_special, _OPTIONS)
    except orjson.JSONEncodeError as error:
        raise ValueError(str(error.__cause__ or error)) from error


def decode(text: str | bytes) -> object:
    """The value that JavaScript's ``encode`` wrote. ``ValueError`` for text or dates that Python cannot hold."""
    value = orjson.loads(text)
    marked = _ESCAPED_MARK in text if isinstance(text, str) else _ESCAPED_MARK.encode() in text
    return revive(value) if marked else value


def revive(value: object) -> object:
    """``value`` out of parsed JSON, with dates, times and spans in the place of their marks."""
    if isinstance(value, list):
        return [revive(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((key, content),) = value.items()
        if key.startswith(_MARK):
            return _read_special(key[1:], content)
    return {key: revive(item) for key, item in value.items()}


def _encode_special(value: object) -> object:
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=ZONE)
        return {_MARK + "m": aware.astimezone(UTC).isoformat()}
    if isinstance(value, date):
        return {_MARK + "d": value.isoformat()}
    if isinstance(value, time):
        return {_MARK + "t": value.isoformat()}
    if isinstance(value, timedelta):
        return {_MARK + "s": value // _MILLISECOND}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"FEEL has no place for a value of type {type(value).__name__}")


def _read_special(mark: str, content: object) -> object:
    try:
        match mark, content:
            case "d", str():
                return date.fromisoformat(content)
            case "m", str():
                return datetime.fromisoformat(content).astimezone(ZONE)
            case "t", str():
                return time.fromisoformat(content)
            case "s", int() | float():
                return timedelta(milliseconds=content)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{content!r} is outside the calendar") from error
    raise ValueError(f"{mark!r} marks no kind of value")


def key_of(value: object) -> Hashable:
    """What stands for ``value`` in a key: equal keys mean that FEEL cannot tell the values apart.

    Python thinks that ``True == 1``; FEEL does not. ``1 == 1.0`` holds in both.
    """
    kind = type(value)
    if kind in _OWN_KEY:
        return value
    if kind is bool:
        return _TRUE if value else _FALSE
    return encode(value)


def read_path(scope: Mapping[str, object], path: Path) -> tuple[int, object]:
    """The value at ``path`` and how many names of the path lead to it.

    Fewer than all of them when the path meets a list (FEEL goes on in each element) or a date (it has properties).
    A missing name, or a path through a scalar, is None as in FEEL.
    """
    value: object = scope
    for depth, name in enumerate(path):
        if type(value) is not dict and not isinstance(value, Mapping):
            return (depth, value) if isinstance(value, list | tuple | date | time | timedelta) else (len(path), None)
        value = value.get(name)
    return len(path), value


def collapse(paths: Iterable[Path]) -> tuple[Path, ...]:
    """``paths`` without those that another one contains: ``a`` contains ``a.b``."""
    kept: list[Path] = []
    for path in sorted(set(paths)):
        if not kept or path[: len(kept[-1])] != kept[-1]:
            kept.append(path)
    return tuple(kept)


def project(scope: Mapping[str, object], paths: Iterable[Path]) -> dict[str, object]:
    """A nested copy of ``scope`` that holds the values at ``paths`` (collapsed) and nothing else."""
    copy: dict[str, object] = {}
    for path in paths:
        depth, value = read_path(scope, path)
        place = copy
        for name in path[: depth - 1]:
            inner = place.setdefault(name, {})
            if not isinstance(inner, dict):
                break
            place = inner
        else:
            place[path[depth - 1]] = value
    return copy
