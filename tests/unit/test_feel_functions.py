"""Functions that packs call besides FEEL's own."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from engine.errors import FeelError, RuleViolation
from engine.feel import Feel
from engine.feel_functions import Functions, standard_functions

SCOPE = {
    "case": {
        "died_on": date(2026, 9, 30),
        "filed_at": datetime(2026, 9, 29, 23, tzinfo=UTC),  # the 30th in Shanghai
        "items": {"hukou": {"status": "done"}, "pension": {"status": "sent"}, "bank": None},
    },
    "days": 5,
}


@pytest.fixture(scope="module")
def feel() -> Feel:
    return Feel()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("working days after(case.died_on, 1)", date(2026, 10, 8)),
        ("working days after(case.filed_at, 1)", date(2026, 10, 8)),
        ('working days after(date("2026-10-09"), days)', date(2026, 10, 15)),  # the 10th, a Saturday, is worked
        ("working days after(date: case.died_on, n: 10 / 5)", date(2026, 10, 9)),
        ("working days after(case.nothing, 1)", None),
        ("working days after(case.died_on, null)", None),
        ("working days between(case.died_on, working days after(case.died_on, 7))", 7),
        ('working days between(date("2026-10-08"), case.died_on)', -1),
        ("working days between(from: case.died_on, to: null)", None),
        ("for n in 1..3 return working days after(case.died_on, n).day", [8, 9, 10]),
        ('selected("hukou")', True),
        ('selected("bank")', False),
        ('selected("medical")', False),
        ('done("hukou")', True),
        ('done("pension")', False),
        ('done("medical")', False),
        ('done("hukou") and not(done("pension"))', True),
        ('every code in ["hukou", "pension"] satisfies selected(code)', True),
        ('for code in ["hukou", "pension"] return done(code)', [True, False]),
        ('if false then working days after("a text", 1) else 0', 0),
    ],
)
def test_function_answers(feel: Feel, text: str, expected: object) -> None:
    assert feel.evaluate(text, SCOPE) == expected


@pytest.mark.parametrize("case", [None, {}, {"items": None}, {"items": []}, "text"])
def test_case_without_items_has_none_selected_or_done(feel: Feel, case: object) -> None:
    text = '[selected("hukou"), done("hukou"), selected(x)]'
    assert feel.evaluate(text, {"case": case, "x": "y"}) == [False] * 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('working days after("2026-09-30", 1)', "write date(...)"),
        ("working days after(case.died_on, 1.5)", "whole number"),
        ("working days after(case.died_on, true)", "whole number"),
        ("working days after(case.died_on, -1)", "0 to"),
        ("working days after(case.died_on, 1000000000)", "0 to"),
        ('working days after(date("1890-01-01"), 1)', "outside the calendar"),
        ("selected(5)", "an item's code is a string"),
        ("done(case.died_on)", "an item's code is a string"),
    ],
)
def test_misuse_is_an_error_that_says_what_is_wrong(feel: Feel, text: str, said: str) -> None:
    with pytest.raises(FeelError) as caught:
        feel.evaluate(text, SCOPE)
    assert said in str(caught.value)
    assert caught.value.expression == text


def test_registered_function_is_called_by_its_name_with_spaces() -> None:
    functions = standard_functions()
    functions.register("fee in cents", lambda items, rate: len(items) * rate * 100, ("items", "rate"))
    functions.register("answer", lambda: 42)
    feel = Feel(functions)
    assert feel.evaluate("fee in cents(items, 2)", {"items": ["a", "b"]}) == 400
    assert feel.evaluate('answer() + count(["x"])', {}) == 43
    assert feel.unary_test("fee in cents(?, 1)", ["a"], {"x": 1}) is False
    assert feel.evaluate("working days after(null, 1)", {}) is None


def test_exception_of_a_function_becomes_a_feel_error_with_its_cause() -> None:
    functions = Functions()

    def refuse(value: object) -> object:
        raise RuleViolation("frozen", "该办件已冻结")

    functions.register("check", refuse, ("value",))
    with pytest.raises(FeelError, match="该办件已冻结") as caught:
        Feel(functions).evaluate("check(1)", {})
    assert isinstance(caught.value.__cause__, RuleViolation)


def test_answer_that_feel_cannot_hold_is_a_feel_error() -> None:
    functions = Functions()
    functions.register("thing", object)
    feel = Feel(functions)
    with pytest.raises(FeelError, match="not a value"):
        feel.evaluate("thing()", {})
    assert feel.evaluate("1", {}) == 1


def test_function_that_declares_no_reads_gets_no_facts() -> None:
    functions = Functions()
    functions.register("first", lambda *args: len(args), ("a", "b"))
    functions.register("kind", lambda facts: facts, (), reads=[("case", "applicant", "kind")])
    feel = Feel(functions)
    scope = {"case": {"applicant": {"kind": "spouse", "id_number": "43010419580412001X"}}}
    assert feel.evaluate("first(1, 2)", scope) == 2
    assert feel.evaluate("kind()", scope) == {"case": {"applicant": {"kind": "spouse"}}}


@pytest.mark.parametrize(
    ("name", "params", "reads"),
    [
        ("Bad Name", (), ()),
        ("two  spaces", (), ()),
        ("dash-ed", (), ()),
        ("selected", (), ()),
        ("fine", ("a",), [("case", "{b}")]),
        ("fine", ("a",), [("{a}",)]),
        ("fine", (), [()]),
    ],
)
def test_registration_that_cannot_work_is_refused(
    name: str, params: tuple[str, ...], reads: list[tuple[str, ...]]
) -> None:
    with pytest.raises(ValueError, match=r".+"):
        standard_functions().register(name, print, params, reads)
