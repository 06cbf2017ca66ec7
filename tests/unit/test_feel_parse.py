"""What is known of an expression before it runs: reads, functions, warnings, where it is wrong."""

from __future__ import annotations

import pytest

from engine.errors import FeelError
from engine.feel import Feel


@pytest.fixture(scope="module")
def feel() -> Feel:
    return Feel()


READS = [
    ("1 + 1", set()),
    ("case.applicant.kind", {"case.applicant.kind"}),
    ("申请人.姓名 = 姓名", {"申请人.姓名", "姓名"}),
    ("if a then b else c", {"a", "b", "c"}),
    ("for x in case.heirs return x.share + y", {"case.heirs", "y"}),
    ("for x in a, z in x.b return z", {"a"}),
    ("for i in 1..n return partial", {"n"}),
    ("some x in a satisfies x = x2", {"a", "x2"}),
    ("{a: b, c: a}", {"b"}),
    ('{"a b": 1, c: a b}', set()),
    ("function(x, y: string) x + y + z", {"z"}),
    ("case.heirs[share > limit].name", {"case.heirs"}),
    ("case.heirs[i]", {"case.heirs", "i"}),
    ('date("2026-01-01").year', set()),
    ("date(x)", {"x"}),
    ("get value(m, key)", {"m", "key"}),
    ("f.g + (h)", {"f.g", "h"}),
    ("count(count)", {"count"}),
    ("x in [low..high]", {"x", "low", "high"}),
    ("today() > due", {"due"}),
    ('selected("hukou")', {"case.items.hukou"}),
    ('done(item: "hukou")', {"case.items.hukou.status"}),
    ("done(code)", {"case.items", "code"}),
    ('done("a\\"b")', {"case.items"}),
    ("working days after(case.died_on, n + 1)", {"case.died_on", "n"}),
    ("a // ignored\n + b", {"a", "b"}),
    ("constructor.prototype", {"constructor.prototype"}),
]


@pytest.mark.parametrize(("text", "expected"), READS, ids=[text for text, _ in READS])
def test_reads_are_the_free_paths(feel: Feel, text: str, expected: set[str]) -> None:
    assert {".".join(path) for path in feel.parse(text).reads} == expected


def test_names_within_a_filter_may_belong_to_the_element(feel: Feel) -> None:
    expression = feel.parse("case.heirs[share > limit and item.living = true]")
    assert expression.reads == {("case", "heirs")}
    assert expression.element_reads == {("share",), ("limit",)}
    assert feel.evaluate(expression.text, {"case": {"heirs": [{"share": 2, "living": True}]}, "limit": 1})


def test_unary_tests_do_not_read_their_value(feel: Feel) -> None:
    expression = feel.parse("? > limit, [low..9]", unary=True)
    assert expression.reads == {("limit",), ("low",)}


def test_functions_are_named_whoever_made_them(feel: Feel) -> None:
    expression = feel.parse("working days after(date(x), count(y)) > today()")
    assert expression.functions == {"working days after", "date", "count", "today"}
    assert expression.reads_clock
    assert not feel.parse("date(x)").reads_clock


@pytest.mark.parametrize("text", ['h[contains(name, "李")]', "h[item.living]", "h[not(done)]"])
def test_filter_that_is_taken_for_an_index_warns(feel: Feel, text: str) -> None:
    (warning,) = feel.parse(text).warnings
    assert "= true" in warning
    assert "line 1, column 3" in warning


@pytest.mark.parametrize("text", ["h[1]", "h[i]", "h[count(h)]", "h[name = 1]", "for item in a return h[item.n]"])
def test_honest_filter_does_not_warn(feel: Feel, text: str) -> None:
    assert feel.parse(text).warnings == ()


WRONG = [
    ("1 +", "line 1, column 4"),
    ("a =\n  b c(", "line 2"),
    ("", "line 1, column 1"),
    ('"张𠮷" = * 1', "line 1, column 8"),
    ("= 5", "operators"),
    ("a => b", "operators"),
    ("if > 5 then 1 else 2", "operators"),
    ("foo(1)", "no function 'foo'"),
    ("is defined(x)", "no function 'is defined'"),
    ("case.name(1) + bar(2)", "no function 'bar'"),
    ("count(1, 2)", "'count' takes list"),
    ("count(liste: 1)", "no parameter 'liste'"),
    ("working days after(x)", "takes date, n"),
    ("done()", "takes item"),
    ("today(1)", "takes no arguments"),
    ("x instance of string", "not available"),
    ("during(1, [1..2])", "not available"),
    ("x; y", "line 1, column 2"),
    ("${amount > 5}", "line 1, column 1"),
    ("a == b", "line 1, column 4"),
    ("a && b", "line 1"),
]


@pytest.mark.parametrize(("text", "said"), WRONG, ids=[text for text, _ in WRONG])
def test_wrong_expression_is_refused_where_it_is_wrong(feel: Feel, text: str, said: str) -> None:
    with pytest.raises(FeelError) as caught:
        feel.parse(text)
    assert said in str(caught.value)
    with pytest.raises(FeelError):
        feel.evaluate(text, {})
