"""Whatever a pack's manifest says is told by the comparison: one value of every kind of key is changed at a time."""

from __future__ import annotations

import copy
import functools
import json
import operator
from typing import Any

from engine.pack_yaml import read_yaml
from engine.packs import assemble_pack
from tasks.comparison.service import compare_service
from tests.packs.conftest import checkout
from tests.packs.test_comparison import side, values


def test_nothing_that_a_manifest_says_escapes() -> None:
    """One value of every kind of key, changed at a time, in the pack that says most: told in words, or as a field."""
    code, untold = "yueyang", {"note", "description", "requirement", "sensitive", "short"}
    pack, before = checkout(code), side(checkout(code))
    document: Any = read_yaml(pack.files["pack.yaml"], "pack.yaml").value
    kinds: dict[tuple[str, ...], tuple[Any, ...]] = {}
    for path in values(document):
        kinds.setdefault(tuple("*" if known_by_id(path, at) else str(key) for at, key in enumerate(path)), path)
    escaped, tried = [], 0
    for kind, path in kinds.items():
        if kind[-1] in untold or kind[0] in ("code", "extends", "sources"):
            continue
        edited = copy.deepcopy(document)
        *above, last = path
        place: Any = functools.reduce(operator.getitem, above, edited)
        place[last] = another(kind[-1], place[last])
        made = assemble_pack(code, {**pack.files, "pack.yaml": json.dumps(edited).encode()}, pack.origins)
        if made.merged is None:
            continue  # no pack says so
        tried += 1
        lines = [line for section in compare_service(before, side(made)) for line in section.lines]
        if all(line.state == "same" and "／" not in line.label for line in lines):
            escaped.append(kind)
    assert not escaped, escaped
    assert tried > 30


def known_by_id(path: tuple[Any, ...], at: int) -> bool:
    """Whether the key at ``at`` is an id of the pack's own, or a place in a list."""
    return isinstance(path[at], int) or (at == 1 and path[0] not in ("names", "effective", "fee", "guide"))


def another(key: str, value: Any) -> Any:
    """Another value of the same type, where there is one that the schema takes."""
    chosen = {
        "status": "assumed",
        "from": "2021-06-09",
        "class": "safety",
        "clerk": "hrss.clerk",
        "reviewer": "hrss.clerk",
    }
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return chosen.get(key, f"{value}甲")
