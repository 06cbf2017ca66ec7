"""Hostile FEEL: an error each, no hang, no crash, and the next expression works."""

from __future__ import annotations

import pytest

from engine.errors import ConfigError, FeelError
from engine.feel import MAX_QUESTIONS, Feel


@pytest.fixture(scope="module")
def feel() -> Feel:
    return Feel(seconds=0.05, memory_bytes=16 << 20)


LONG = '{s: for i in 1..22 return if i = 1 then "a" else partial[-1] + partial[-1], r: %s}.r'  # s[22]: two million
BOMBS = [
    ("for i in 1..1000000000 return i", {"memory", "time"}),
    ("some x in 1..1000000000 satisfies false", {"memory", "time"}),
    ("for i in 1..100000, j in 1..100000 return i * j", {"memory", "time"}),
    ("for i in 1..60 return if i = 1 then [1, 2] else concatenate(partial[-1], partial[-1])", {"memory", "time"}),
    ('for i in 1..60 return if i = 1 then "ab" else partial[-1] + partial[-1]', {"memory", "time"}),
    ("sort(for i in 1..3000 return i, function(a, b) count(for k in 1..9999 return k) > 1)", {"time"}),
    ("distinct values(for i in 1..100000 return i)", {"time"}),
    ("flatten(for i in 1..100000 return [i])", {"time", "memory", "depth"}),
    ("(function(f) f(f))(function(f) f(f))", {"depth"}),
    ("(function(f, n) f(f, n + 1))(function(f, n) [f(f, n + 1)], 0)", {"depth"}),
    ("for i in 1..3 return partial", {"depth"}),
    ('matches("' + "a" * 60 + '!", "^(a+)+$")', {"time"}),
    ('matches("' + "x" * 60 + '", "(x+x+)+y")', {"time"}),
    ('replace("' + "a" * 60 + '", "((((a*)*)*)*)*b", "")', {"time"}),
    (LONG % 'contains(s[22], s[21] + "b")', {"time", "memory"}),
    (LONG % 'matches(s[22], s[21] + "b")', {"time", "memory"}),
    (LONG % 'substring before(s[22], s[21] + "b")', {"time", "memory"}),
    (LONG % "replace(s[22], s[2], s[12])", {"time", "memory"}),
    ("(" * 9000 + "1" + ")" * 9000, {"time", "depth"}),
    ("[" * 9000 + "]" * 9000, {"time", "depth"}),
    ("not(" * 3000 + "true" + ")" * 3000, {"time", "depth"}),
    ("if true then " * 900 + "1" + " else 2" * 900, {"time", "depth"}),
    ("1" + "+1" * 9000, {"time", "depth"}),
    ("a" + ".b" * 9000, {"time", "depth"}),
    ("1 +" * 400_000 + "1", {"length"}),
    ('"' + "身" * 1_000_000 + '"', {"length"}),
    ("for i in 1..5000 return working days after(d, i)", {"time", "memory"}),
]


@pytest.mark.parametrize(("text", "limits"), BOMBS, ids=[text[:40] for text, _ in BOMBS])
def test_bomb_ends_at_a_limit_and_the_next_expression_works(feel: Feel, text: str, limits: set[str]) -> None:
    with pytest.raises(FeelError) as caught:
        feel.evaluate(text, {"d": None})
    assert caught.value.limit in limits
    assert len(str(caught.value)) < 300
    assert feel.evaluate("1 + x", {"x": 1}) == 2


TRICKS = [
    "constructor",
    "__proto__",
    "toString",
    "x.constructor",
    "x.__proto__",
    'x.constructor.constructor("return globalThis")()',
    "{}.constructor",
    "[1][1].constructor",
    '"a".constructor',
    "{__proto__: {a: 1}}.b",
    "(function(x) x).constructor",
    "count.constructor",
    "count.caller",
    "count.prototype.constructor.constructor",
    '[1..3].includes.constructor("return 1")()',
    "today().constructor",
    'today().loc.constructor("return 1")()',
    "now().plus",
    'duration("P1D").constructor',
    'get value({}, "constructor")',
    'get value({}, "__proto__")',
    "globalThis",
    "feel",
    "feel.run",
    "{}.polluted",
]


@pytest.mark.parametrize("text", TRICKS)
def test_prototype_trick_finds_nothing(feel: Feel, text: str) -> None:
    pollute = 'context put({}, "__proto__", {polluted: 1, constructor: 2})'
    assert feel.evaluate(pollute, {}) == {"__proto__": {"polluted": 1, "constructor": 2}}
    assert feel.evaluate(text, {"x": {"y": 1}}) is None


@pytest.mark.parametrize(
    "text", ['eval("1")', 'Function("return 1")()', "setPresent(1)", "run(1)", 'require("fs")', "print(1)", "gc()"]
)
def test_javascript_is_not_callable(feel: Feel, text: str) -> None:
    with pytest.raises(FeelError, match="no function"):
        feel.evaluate(text, {})


@pytest.mark.parametrize("text", ["(function(x) x).fn", "[1..3].map", "[1..3].includes", "function() 1"])
def test_function_never_leaves_feel(feel: Feel, text: str) -> None:
    with pytest.raises(FeelError, match="the result is a function"):
        feel.evaluate(text, {})


def test_value_nested_without_end_is_refused(feel: Feel) -> None:
    nested: list[object] = []
    for _ in range(5_000):
        nested = [nested]
    with pytest.raises(FeelError):
        feel.evaluate("count(x)", {"x": nested})
    assert feel.evaluate("count(x)", {"x": [[]]}) == 1


def test_value_bigger_than_the_memory_is_refused(feel: Feel) -> None:
    with pytest.raises(FeelError) as caught:
        feel.evaluate("string length(x)", {"x": "身" * 8_000_000})
    assert caught.value.limit == "memory"


def test_huge_result_is_refused() -> None:
    with pytest.raises(FeelError) as caught:
        Feel().evaluate("for i in 1..20000 return x", {"x": "身后一件事" * 20})
    assert caught.value.limit == "memory"


def test_many_expressions_do_not_use_up_the_memory() -> None:
    feel = Feel(memory_bytes=24 << 20)
    for n in range(500):
        assert feel.evaluate(f"x + {n}", {"x": 1}) == n + 1


def test_mistaken_marks_of_other_kinds_are_values_or_errors(feel: Feel) -> None:
    assert feel.evaluate("x", {"x": {"\0": 1, "y": 2}}) == {"\0": 1, "y": 2}
    assert feel.evaluate("x", {"x": {"\0q": 1}}) is None
    assert feel.evaluate("x.y", {"x": {"\0d": "not a date"}}) is None
    with pytest.raises(FeelError):
        feel.evaluate('{"\0m": "x"}', {})


def test_questions_are_bounded() -> None:
    with pytest.raises(FeelError, match="too often"):
        Feel().evaluate(f"for i in 1..{MAX_QUESTIONS + 1} return done(string(i))", {})


def test_missing_bundle_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine import feel as module

    monkeypatch.setattr(module, "_BUNDLE", module._BUNDLE.with_name("absent.js"))
    module._read_bundle.cache_clear()
    with pytest.raises(ConfigError, match="make setup"):
        Feel().evaluate("1", {})
    monkeypatch.undo()
    assert Feel().evaluate("1", {}) == 1
