"""Plain JSON values as form-js sees them: JavaScript's lengths, spaces, truth and numbers, written for Python."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from forms.model import DataPath

# What String.prototype.trim removes; str.strip() also takes \x1c-\x1f and \x85 and leaves \ufeff.
JS_SPACE = "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"  # noqa: E501
NUMERIC = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d+))?", re.ASCII)
MAX_DIGITS = 50
MAX_EXPONENT = 300
MAX_BITS = 160
MAX_SAFE = 2**53 - 1


def trimmed_length(text: str) -> int:
    """The length that minLength and maxLength count: UTF-16 units of the trimmed text (𠮷 counts two)."""
    trimmed = text.strip(JS_SPACE)
    return len(trimmed) if trimmed.isascii() else len(trimmed.encode("utf-16-le", "surrogatepass")) // 2


def is_truthy(value: object) -> bool:
    """JavaScript's truth: empty lists and objects are true."""
    return isinstance(value, list | Mapping) or (bool(value) and value == value)


def is_same(left: object, right: object) -> bool:
    """Deep equality by type: ``1`` is not ``true`` and not ``"1"``; ``1`` is ``1.0``."""
    if type(left) is str and type(right) is str:  # as most are
        return left == right
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left == right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(is_same, left, right))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(is_same(left[key], right[key]) for key in left)
    return type(left) is type(right) and left == right


def is_among(value: object, values: list[object]) -> bool:
    return any(is_same(value, one) for one in values)


def to_fraction(value: object) -> Fraction | None:
    """The exact value of a number or of a numeric text as big.js reads it; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, int):
        return Fraction(value) if value.bit_length() <= MAX_BITS and abs(value) < 10**MAX_DIGITS else None
    text = repr(value) if isinstance(value, float) else str(value)
    match = NUMERIC.fullmatch(text)
    if match is None or len(text) > MAX_DIGITS or abs(int(match.group(1) or 0)) > MAX_EXPONENT:
        return None
    return Fraction(Decimal(text))


def count_decimals(number: Fraction | int) -> int:
    """The digits after the point of a number that has finitely many."""
    places, rest = 0, number.denominator
    while rest > 1:
        rest //= 10 if rest % 10 == 0 else 2 if rest % 2 == 0 else 5
        places += 1
    return places


def number_text(number: Fraction | int) -> str:
    """A finite decimal without exponent: ``1500``, ``0.25``, ``-3.5``."""
    places = count_decimals(number)
    digits = str(abs(number.numerator) * 10**places // number.denominator).zfill(places + 1)
    sign = "-" if number < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else sign + digits


def json_number(number: Fraction) -> int | float | None:
    """The JSON number nearest to ``number``, an int where it is whole; None where whole digits would be lost."""
    if number.denominator == 1:
        return int(number) if abs(number) <= MAX_SAFE else None
    return float(number)


def plain(value: object) -> object:
    """A FEEL result as JSON: dates, times and durations become ISO text."""
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"PT{number_text(to_fraction(value.total_seconds()) or Fraction(0))}S"
    if isinstance(value, float) and value.is_integer() and abs(value) <= MAX_SAFE:
        return int(value)
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    return value


def get_at(data: object, path: DataPath) -> object:
    """What stands at ``path``; None where there is nothing."""
    if len(path) == 1 and type(data) is dict:
        return data.get(path[0])
    found = data
    for part in path:
        if isinstance(part, int):
            found = found[part] if isinstance(found, list) and part < len(found) else None
        else:
            found = found.get(part) if type(found) is dict or isinstance(found, Mapping) else None  # dict: quicker
    return found


def has_at(data: object, path: DataPath) -> bool:
    """Whether ``path`` is there, be its value null."""
    above = get_at(data, path[:-1]) if len(path) > 1 else data
    last = path[-1]
    if isinstance(last, int):
        return isinstance(above, list) and last < len(above)
    return (type(above) is dict or isinstance(above, Mapping)) and last in above


def put_at(data: dict[str, object], path: DataPath, value: object) -> None:
    """Set ``path`` to ``value``, making objects and list rows on the way; whatever is neither gives way."""
    if len(path) == 1:
        data[str(path[0])] = value
        return
    place: object = data
    for part, following in pairwise(path):
        inner: object = _child(place, part)
        fits = isinstance(inner, list) if isinstance(following, int) else isinstance(inner, dict)
        if not fits:
            inner = [] if isinstance(following, int) else {}
            _assign(place, part, inner)
        place = inner
    _assign(place, path[-1], value)


def _child(place: object, part: str | int) -> object:
    if isinstance(place, list) and isinstance(part, int):
        return place[part] if part < len(place) else None
    return place.get(part) if isinstance(place, dict) else None


def _assign(place: object, part: str | int, value: object) -> None:
    if isinstance(place, list) and isinstance(part, int):
        place.extend({} for _ in range(part - len(place) + 1))
        place[part] = value
    elif isinstance(place, dict):
        place[part] = value


def clear_at(data: dict[str, object], path: DataPath) -> None:
    """Remove ``path`` and then every object and list around it that this leaves empty (a list keeps its positions)."""
    for end in range(len(path), 0, -1):
        place, last = get_at(data, path[: end - 1]), path[end - 1]
        if isinstance(place, dict):
            place.pop(last, None)
            is_left_empty = not place
        elif isinstance(place, list) and isinstance(last, int) and last < len(place):
            place[last] = None
            is_left_empty = all(row is None for row in place)
        else:
            is_left_empty = place is None
        if not is_left_empty:
            return
