"""Further cases like a recorded one: the same values, but a person and certificates of their own.

A deceased may have one open case only, and a certificate's number is unique. A new identity number keeps the province,
the day of birth and the sex, so that everything that is said beside it still agrees, and its check digit is right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from bench.recording import Recording
from forms.formats import ID_NUMBER

CITIES, SERIALS = 99, 500
_TAIL = re.compile(r"(\d+)(?!.*\d)", re.DOTALL)
_WEIGHTS = [2 ** (17 - place) % 11 for place in range(17)]


def person_like(number: str, copy: int) -> str:
    """The ``copy``-th identity number like ``number``, in a region that ends in 99 and does not exist.

    Any other document's number is counted on. ValueError beyond ``CITIES * SERIALS``.
    """
    if not ID_NUMBER.fullmatch(number):
        return number_like(number, copy)
    city, serial = divmod(copy, SERIALS)
    if city >= CITIES:
        raise ValueError(f"no {copy} people like {number}")
    shifted = (int(number[14:17]) // 2 + serial) % SERIALS * 2 + int(number[16]) % 2
    digits = f"{number[:2]}{(int(number[2:4]) + city) % 100:02}99{number[6:14]}{shifted:03}"
    return digits + "10X98765432"[sum(map(_product, digits, _WEIGHTS)) % 11]


def number_like(number: str, copy: int) -> str:
    """``number`` with its last run of digits counted on by ``copy``; of the same length. ValueError without digits."""
    found = _TAIL.search(number)
    if found is None:
        raise ValueError(f"{number!r} has no digits to count on")
    width = len(found[1])
    return f"{number[: found.start()]}{(int(found[1]) + copy) % 10**width:0{width}}{number[found.end() :]}"


def renaming(recording: Recording, copy: int) -> Callable[[Any], Any]:
    """What turns values of the recorded case into those of its ``copy``-th like; 0 is the recorded case itself."""
    names = {number: number_like(number, copy) for number in recording.numbers}
    if recording.person:
        names[recording.person] = person_like(recording.person, copy)
    return lambda values: _renamed(values, names)


def _renamed(values: Any, names: Mapping[str, str]) -> Any:
    if isinstance(values, str):
        return names.get(values, values)
    if isinstance(values, Mapping):
        return {key: _renamed(value, names) for key, value in values.items()}
    return [_renamed(one, names) for one in values] if isinstance(values, list | tuple) else values


def _product(digit: str, weight: int) -> int:
    return int(digit) * weight
