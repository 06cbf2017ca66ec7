"""The administrative divisions of China: what a code of GB/T 2260 is called, and which there are to choose from.

A code has two digits a level: 43 is Hunan, 4301 Changsha, 430102 its district Furong. ``divisions.txt`` is written from
a locked data set; ``docs/decisions.md`` says which and why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

_FILE = Path(__file__).with_name("divisions.txt")
_DIGITS = 6
_GATHERED = ("省直辖县", "自治区直辖县")  # counties under no prefecture: what gathers them is no place


@dataclass(frozen=True, slots=True)
class Choice:
    """A division to choose: its code, what it is called within its province, and the prefecture it stands under."""

    value: str
    label: str
    group: str = ""

    def as_option(self) -> dict[str, str]:
        """As a form's choices are written; form-js passes over the group."""
        return {"value": self.value, "label": self.label} | ({"group": self.group} if self.group else {})


def name_of(code: str) -> str:
    """``430102`` → ``湖南省长沙市芙蓉区``; "" where nobody knows the code."""
    return "".join(_path(code))


def local_name_of(code: str) -> str:
    """The name within its province: ``长沙市芙蓉区``; a province's own name; the code where nobody knows it."""
    path = list(_path(code))
    return "".join(path[1:] or path) or code


@cache
def provinces() -> Sequence[Choice]:
    """All of the first level, in the order of their codes."""
    return tuple(Choice(code, name) for code, name in _names().items() if code.endswith("0000"))


@cache
def within(province: str) -> Sequence[Choice]:
    """What lies in the province of a code: each prefecture with its counties, and what to choose if one is not known.

    Empty for a code that nobody knows.
    """
    head = province[:2]
    whole = _names().get(f"{head}0000")
    if whole is None or len(province) != _DIGITS:
        return ()
    found, inside = [], [code for code in _names() if code.startswith(head) and not code.endswith("0000")]
    for code in inside:
        group = _prefecture(code)
        has_counties = any(other[:4] == code[:4] and other != code for other in inside)
        if not code.endswith("00"):
            found.append(Choice(code, local_name_of(code), group))
        elif has_counties and not _names()[code].startswith(_GATHERED):
            found.append(Choice(code, f"{group}（不清楚哪个区县）", group))
        elif not has_counties:
            found.append(Choice(code, group, group))
    parts = "市县" if any(one.group for one in found) else "区县"
    return (*found, Choice(f"{head}0000", f"{whole}（不清楚哪个{parts}）" if found else whole))


def province_of(code: str) -> str:
    """The code of the province in which a place lies."""
    return f"{code[:2]}0000"


def _path(code: str) -> Iterator[str]:
    """The names from the province down; nothing for a code that nobody knows."""
    names = _names()
    if code not in names:
        return
    for above in dict.fromkeys((f"{code[:2]}0000", f"{code[:4]}00", code)):
        name = names.get(above, "")
        if above == code or not name.startswith(_GATHERED):
            yield name


def _prefecture(code: str) -> str:
    return _names().get(f"{code[:4]}00", "")


@cache
def _names() -> Mapping[str, str]:
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    pairs = (line.split(" ", 1) for line in lines if not line.startswith("#"))
    return MappingProxyType(dict(sorted((code, name) for code, name in pairs)))
