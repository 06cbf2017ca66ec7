"""Results are remembered by what they were made from: never too long, never for the wrong value."""

from __future__ import annotations

import os
import secrets
import threading
import warnings
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from engine.bounded_cache import BoundedCache
from engine.errors import FeelError
from engine.feel import Feel
from engine.feel_functions import Functions
from engine.feel_values import collapse, project

NOON = datetime(2026, 9, 30, 4, tzinfo=UTC)


class Probe:
    """A pack function that counts how often an evaluation really ran."""

    def __init__(self) -> None:
        self.runs = 0
        functions = Functions()
        functions.register("probe", self, ("value",))
        functions.register("status of", self.status_of, ("item",), reads=[("case", "items", "{item}")])
        self.feel = Feel(functions)

    def __call__(self, value: object) -> object:
        self.runs += 1
        return value

    def status_of(self, facts: Mapping[str, Any], item: str) -> object:
        self.runs += 1
        return facts["case"]["items"].get(item)


class Forgetful(BoundedCache[Any, Any]):
    """Remembers nothing."""

    def put(self, key: Any, value: Any) -> None:
        pass


@pytest.fixture
def probe() -> Probe:
    return Probe()


def test_repeated_expression_does_not_run_again(probe: Probe) -> None:
    scope = {"case": {"applicant": {"kind": "spouse"}}, "other": 1}
    for other in range(5):
        assert probe.feel.evaluate("probe(case.applicant.kind)", scope | {"other": other}) == "spouse"
    assert probe.runs == 1


def test_changed_value_changes_the_result(probe: Probe) -> None:
    scope: dict[str, Any] = {"case": {"applicant": {"kind": "spouse", "tags": ["a"]}}}
    assert probe.feel.evaluate("probe(case.applicant.kind)", scope) == "spouse"
    scope["case"]["applicant"]["kind"] = "child"
    assert probe.feel.evaluate("probe(case.applicant.kind)", scope) == "child"
    assert probe.feel.evaluate("probe(case.applicant).tags", scope) == ["a"]
    scope["case"]["applicant"]["tags"].append("b")
    assert probe.feel.evaluate("probe(case.applicant).tags", scope) == ["a", "b"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (True, 1),
        (1, True),
        (False, 0),
        (0, None),
        ("1", 1),
        ("", None),
        ("2026-09-30", date(2026, 9, 30)),
        (date(2026, 9, 30), datetime(2026, 9, 30, tzinfo=UTC)),
        ([1], 1),
        ([True], [1]),
        ([], None),
        ({}, []),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ([date(2026, 9, 30)], ["2026-09-30"]),
        (timedelta(seconds=1), 1),
    ],
)
def test_values_that_feel_tells_apart_are_kept_apart(first: object, second: object) -> None:
    feel, fresh = Feel(), Feel()
    for text in ("string(x)", "[x = 1, x = true, x = null]", "x", "get entries(x)"):
        feel.evaluate(text, {"x": first})
        result, expected = feel.evaluate(text, {"x": second}), fresh.evaluate(text, {"x": second})
        assert (result, repr(result)) == (expected, repr(expected))


def test_remembered_results_are_those_of_a_fresh_evaluation() -> None:
    seed = secrets.randbits(32)
    chance = Random(seed)
    remembering, forgetful = Feel(), Feel()
    forgetful._results = Forgetful(1)
    texts = [
        "string(a.b)", "a.b = x", "[a.b.c, a.x]", "count(a)", "a.b > x or x", "for i in a return i.b", "a[b = x]",
        "{b: x, r: [a, b]}.r", "if x then a.b else a", "string length(string(x))", "selected(x)", 'done("b")',
    ]  # fmt: skip
    values = [None, True, False, 0, 1, 1.0, 2.5, "", "1", "b", NOON.date(), NOON, timedelta(0), [], [1], [{"b": 1}]]
    for _ in range(600):
        pick = [chance.choice(values) for _ in range(5)]
        inner: Any = chance.choice([{"b": pick[0], "x": pick[1]}, {"b": {"c": pick[2], "status": "done"}}, pick[3]])
        scope = {"a": inner, "x": pick[4], "case": {"items": inner}}
        text = chance.choice(texts)
        outcomes = [_outcome(feel, text, scope) for feel in (remembering, forgetful)]
        assert outcomes[0] == outcomes[1], f"seed {seed}: {text} over {scope}"


def _outcome(feel: Feel, text: str, scope: dict[str, Any]) -> str:
    try:
        return repr(feel.evaluate(text, scope))
    except FeelError as error:
        return str(error)


def test_path_through_a_list_is_not_a_path_through_a_context() -> None:
    feel = Feel()
    assert feel.evaluate("a.b", {"a": {"b": [5]}}) == [5]
    assert feel.evaluate("a.b", {"a": [{"b": 5}]}) == [5]
    assert feel.evaluate("a.b", {"a": [5]}) == [None]
    assert feel.evaluate("a.b", {"a": {"b": 5}}) == 5
    assert feel.evaluate("a.b", {"a": 5}) is None
    assert feel.evaluate("a.b", {}) is None


def test_time_is_part_of_what_a_result_is_made_from(probe: Probe) -> None:
    morning, evening = datetime(2026, 9, 30, 1, tzinfo=UTC), datetime(2026, 9, 30, 12, tzinfo=UTC)
    assert probe.feel.evaluate("now()", {}, morning) != probe.feel.evaluate("now()", {}, evening)
    assert probe.feel.evaluate("probe(today())", {}, morning) == date(2026, 9, 30)
    assert probe.feel.evaluate("probe(today())", {}, evening) == date(2026, 9, 30)
    assert probe.runs == 1  # a day is all that today() tells
    assert probe.feel.evaluate("probe(today())", {}, evening + timedelta(hours=4)) == date(2026, 10, 1)


def test_result_belongs_to_its_caller() -> None:
    feel = Feel()
    for _ in range(3):
        result = feel.evaluate("{list: [1, x]}", {"x": 2})
        assert result == {"list": [1, 2]}
        assert isinstance(result, dict)
        result["list"].append(3)


def test_expression_and_unary_test_of_one_text_are_different() -> None:
    feel = Feel()
    assert feel.evaluate('"a"', {}) == "a"
    assert feel.unary_test('"a"', "b", {}) is False
    assert feel.evaluate('"a"', {}) == "a"


def test_function_sees_the_paths_it_declares_and_is_asked_again_when_they_change(probe: Probe) -> None:
    items = {"hukou": "done", "pension": "sent"}
    scope = {"case": {"items": items, "secret": 1}}
    assert probe.feel.evaluate('status of("hukou")', scope) == "done"
    items["pension"] = "done"
    assert probe.feel.evaluate('status of("hukou")', scope) == "done"
    assert probe.runs == 1
    items["hukou"] = "back"
    assert probe.feel.evaluate('status of("hukou")', scope) == "back"
    assert probe.feel.evaluate("status of(code)", scope | {"code": "pension"}) == "done"
    items["pension"] = "back"
    assert probe.feel.evaluate("status of(code)", scope | {"code": "pension"}) == "back"


def test_projection_holds_the_paths_and_nothing_else() -> None:
    scope = {"a": {"b": 1, "c": 2}, "d": [{"e": 3}], "f": 4}
    paths = collapse([("a", "b"), ("d", "e"), ("a", "b", "x"), ("g", "h")])
    assert paths == (("a", "b"), ("d", "e"), ("g", "h"))
    assert project(scope, paths) == {"a": {"b": 1}, "d": [{"e": 3}], "g": {"h": None}}


def test_cache_keeps_what_is_used_and_stays_within_its_bound() -> None:
    cache: BoundedCache[int, str] = BoundedCache(10)
    cache.put(-1, "used")
    for number in range(1_000):
        cache.put(number, "x")
        assert cache.get(-1) == "used"
        assert len(cache) <= 20
    assert cache.get(0) is None
    assert cache.get(999) == "x"


def test_each_thread_evaluates_on_its_own() -> None:
    feel = Feel()
    results: dict[int, object] = {}

    def evaluate(number: int) -> None:
        results[number] = [feel.evaluate("sum(for i in 1..n return i)", {"n": n}) for n in range(number, number + 9)]

    threads = [threading.Thread(target=evaluate, args=(number,)) for number in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {k: [n * (n + 1) // 2 for n in range(k, k + 9)] for k in range(1, 6)}


def test_fork_leaves_both_sides_able_to_evaluate() -> None:
    feel = Feel()
    assert feel.evaluate("x + 1", {"x": 1}) == 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # later Pythons warn when other threads are about
        child = os.fork()
    if child == 0:
        try:
            good = feel.evaluate("x + 1", {"x": 2}) == 3 and feel.evaluate("y * 2", {"y": 4}) == 8
        except FeelError:
            good = False
        os._exit(0 if good else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert feel.evaluate("x + 1", {"x": 3}) == 4
