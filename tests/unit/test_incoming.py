"""What comes from outside is refused before anything looks at it when it could not be kept."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from engine.errors import InvalidInput, NotFound
from engine.incoming import MAX_DEPTH, check_id, check_text, fault_of, is_storable, read_context, storable


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


GOOD = [
    {},
    {"逝者": {"姓名": "张䶮", "别名": ["欧阳翀", None]}},
    {"费用": 1.5, "份数": 3, "是否": True, "日期": date(2026, 11, 22)},
    {"大": 2**53 - 1, "小": -(2**53 - 1), "文": "身" * 100_000},
    {"深": nested(MAX_DEPTH - 3)},
]
BAD = {
    "nul": {"x": "a\0b"},
    "nul in a key": {"x\0": 1},
    "half a character": {"x": ["\ud800"]},
    "half a character in a key": {"\udfff": 1},
    "not a number": {"x": float("nan")},
    "infinity": {"x": {"y": float("-inf")}},
    "integer beyond FEEL": {"x": 2**53},
    "integer beyond everything": {"x": 10**400},
    "object": {"x": object()},
    "bytes": {"x": b"a"},
    "set": {"x": {1}},
    "number as key": {1: 2},
    "depth": {"x": nested(100_000)},
    "many values": {"x": list(range(100_000))},
    "many characters": {"x": "身" * 1_000_001},
    "many characters in all": {f"x{n}": "身" * 100_000 for n in range(11)},
}


@pytest.mark.parametrize("value", GOOD)
def test_json_is_taken_as_it_is(value: dict[str, Any]) -> None:
    assert read_context("payload", value) == value


@pytest.mark.parametrize("value", BAD.values(), ids=BAD)
def test_what_could_not_be_kept_is_refused(value: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_context("payload", value)
    assert list(refused.value.fields) == ["payload"] and len(str(refused.value)) < 200


@pytest.mark.parametrize("value", [[], "x", 3, True, [("a", 1)]], ids=repr)
def test_only_an_object_is_a_context(value: object) -> None:
    with pytest.raises(InvalidInput):
        read_context("payload", value)
    assert read_context("payload", None) == {}


def test_a_single_value_has_its_fault_too() -> None:
    assert fault_of("甲") == "" and fault_of(float("inf")) and fault_of({1, 2})


def test_a_text_fits_its_column() -> None:
    assert is_storable("身" * 128, 128) and not is_storable("身" * 129, 128)
    for text in ("a\0", "\ud800", "a" * 129, None, 3):
        with pytest.raises(InvalidInput, match="assignee"):
            check_text("assignee", text)


def test_what_is_no_id_is_not_found() -> None:
    check_id("case", "0123456789abcdef" * 2)
    for key in ("", "\0", "\ud800", "G" * 32, "a" * 33, None, 7):
        with pytest.raises(NotFound):
            check_id("case", key)


def test_a_message_is_made_fit_to_be_stored() -> None:
    assert storable("a\0\ud800张䶮", 4) == "a\ufffd?张"
    assert storable(ValueError("x"), 10) == "x"
