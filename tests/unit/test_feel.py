"""What FEEL expressions mean: the kinds of values, nulls, dates in the product's zone, unary tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from engine.clock import ZONE, FixedClock
from engine.errors import FeelError
from engine.feel import NO_VALUE, Feel

NOW = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)  # 01:30 on the 22nd in Shanghai
SCOPE = {
    "manner": "natural",
    "amount": 500,
    "rate": 0.25,
    "urgent": True,
    "nothing": None,
    "申请人": {"姓名": "张㐂", "关系": "配偶"},
    "case": {
        "died_on": date(2026, 9, 30),
        "reported_at": datetime(2026, 9, 30, 22, 15, tzinfo=UTC),
        "applicant": {"kind": "spouse", "birth": "1958-04-12"},
        "items": {"hukou": {"status": "done"}, "pension": {"status": "sent"}},
        "heirs": [
            {"name": "李𠮷", "share": 2, "living": True},
            {"name": "李䶮", "share": 1, "living": False},
            {"name": "王五", "share": 3, "living": True},
        ],
    },
}


@pytest.fixture(scope="module")
def feel() -> Feel:
    return Feel(clock=FixedClock(NOW))


VALUES = [
    # numbers
    ("1 + 2 * 3", 7),
    ("2 ** 10", 1024),
    ("-amount", -500),
    ("amount / 4", 125),
    ("amount * rate", 125),
    ("10 / 0", None),
    ("modulo(-7, 3)", 2),
    ("decimal(1.25, 1)", 1.2),
    ("floor(-1.5)", -2),
    ("round half up(2.5, 0)", 3),
    ('number("1234.5")', 1234.5),
    ('number("1,234.5", ",", ".")', 1234.5),
    ('number("")', None),
    ('number("12岁")', None),
    ("sum([1, 2, 3])", 6),
    ("median([10, 9, 1])", 9),
    ("mean([1, 2, 6])", 3),
    # strings
    ('"身后" + "一件事"', "身后一件事"),
    ('string length("张𠮷㐂")', 3),
    ('substring("张𠮷㐂", 2, 1)', "𠮷"),
    ('substring("张𠮷㐂", -1)', "㐂"),
    ('upper case("abc")', "ABC"),
    ('contains("长沙市雨花区", "雨花")', True),
    ('starts with("430104", "43")', True),
    ('matches("43010419580412001X", "^[0-9]{17}[0-9X]$")', True),
    ('replace("2026-09-30", "-", "/")', "2026/09/30"),
    ('split("甲、乙、丙", "、")', ["甲", "乙", "丙"]),
    ('string join(["甲", "乙"], "、")', "甲、乙"),
    ("string(amount)", "500"),
    # names in Chinese, with spaces, in backticks
    ("申请人.姓名", "张㐂"),
    ('申请人.关系 = "配偶"', True),
    ("申请人.`姓名`", "张㐂"),
    ("{逝者 姓名: 申请人.姓名, 称谓: 逝者 姓名 + 申请人.关系}.称谓", "张㐂配偶"),
    # logic with null
    ("urgent and amount > 100", True),
    ("nothing and false", False),
    ("nothing and true", None),
    ("nothing or true", True),
    ("not(nothing)", None),
    ("nothing = null", True),
    ("missing.deeper.still = null", True),
    ("missing > 3", None),
    ("1 = true", None),
    ("5 > true", None),
    ("case < 3", False),
    ('amount = "500"', None),
    ("if nothing then 1 else 2", 2),
    ('if amount >= 500 then "大额" else "小额"', "大额"),
    ("amount between 1 and 500", True),
    ("amount in [1..500)", False),
    ('manner in ("natural", "accident")', True),
    # lists and contexts
    ("[1, 2, 3][2]", 2),
    ("[1, 2, 3][-1]", 3),
    ("[1, 2, 3][9]", None),
    ("[1, 2, 3][item > 1]", [2, 3]),
    ("count(case.heirs)", 3),
    ("case.heirs.name", ["李𠮷", "李䶮", "王五"]),
    ("case.heirs[living = true].name", ["李𠮷", "王五"]),
    ("sum(case.heirs[living = true].share)", 5),
    ("case.heirs[1].name", "李𠮷"),
    ("for h in case.heirs return h.share * 2", [4, 2, 6]),
    ("for i in 1..4 return i * i", [1, 4, 9, 16]),
    ("for i in 1..4 return if i = 1 then 1 else i * partial[-1]", [1, 2, 6, 24]),
    ("for a in [1, 2], b in [10, 20] return a + b", [11, 21, 12, 22]),
    ("some h in case.heirs satisfies h.share > 2", True),
    ("every h in case.heirs satisfies h.living", False),
    ('list contains(["甲", "乙"], "乙")', True),
    ('list contains([date("2026-09-30")], case.died_on)', True),
    ("index of([1, 2, 1], 1)", [1, 3]),
    ("distinct values([1, 2, 1])", [1, 2]),
    ("sort([3, 1, 2], function(a, b) a < b)", [1, 2, 3]),
    ("concatenate([1], [2, 3])", [1, 2, 3]),
    ("{a: 1, b: a + 1}", {"a": 1, "b": 2}),
    ('get value(case.applicant, "kind")', "spouse"),
    ('context put({a: 1}, "b", 2)', {"a": 1, "b": 2}),
    ("get entries({a: 1})[1].key", "a"),
    ("(function(x, y) x + y)(1, 2)", 3),
    # dates, times, durations
    ("case.died_on", date(2026, 9, 30)),
    ("case.died_on.year", 2026),
    ('date("2026-09-30") = case.died_on', True),
    ("date(2026, 2, 30)", None),
    ("date(case.reported_at)", date(2026, 10, 1)),
    ('date("2026-09-30T23:30:00")', date(2026, 9, 30)),
    ('date and time("2026-09-30T08:00:00")', datetime(2026, 9, 30, 8, tzinfo=ZONE)),
    ('date and time("2026-09-30T08:00:00@Asia/Shanghai")', datetime(2026, 9, 30, 8, tzinfo=ZONE)),
    ('date and time("2026-09-30T00:00:01Z")', datetime(2026, 9, 30, 8, 0, 1, tzinfo=ZONE)),
    ('date and time(case.died_on, time("08:30:00"))', datetime(2026, 9, 30, 8, 30, tzinfo=ZONE)),
    ('time("08:30:00")', time(8, 30)),
    ('duration("P1DT2H")', timedelta(days=1, hours=2)),
    ('duration("P1Y2M")', "P1Y2M"),
    ('case.died_on + duration("P3D")', date(2026, 10, 3)),
    ('date("2026-01-31") + duration("P1M")', date(2026, 2, 28)),
    ('case.died_on - date("2026-09-01")', timedelta(days=29)),
    ('years and months duration(date("1938-10-01"), case.died_on).years', 87),
    ('years and months duration(date("2025-01-31"), date("2026-03-15"))', "P1Y1M"),
    ('max(date("2026-09-30"), date("2026-10-08"))', date(2026, 10, 8)),
    ('min(["乙", "甲"]) = "乙"', True),
    ('max(duration("PT1H"), duration("P1D"))', timedelta(days=1)),
    ("day of week(case.died_on)", "Wednesday"),
    ("now()", NOW),
    ("today()", date(2026, 11, 22)),
    ("date(now()) = today()", True),
    ('today() > case.died_on + duration("P30D")', True),
    ("today() - case.died_on", timedelta(days=53)),
    ("now() > case.reported_at", True),
    ('duration("P200D") = duration("P201D")', False),
    ('duration("P1Y") = duration("P12M")', True),
    ('duration("P1D") = duration("PT24H")', True),
    ('case.reported_at < date("2026-10-01")', None),  # a date is neither before nor after a moment
    ("case.reported_at = date(case.reported_at)", None),
    ('case.reported_at = date and time("2026-10-01T06:15:00")', True),
    ('case.reported_at = date and time("2026-09-30T22:15:00Z")', True),
    ('time("10:00:00") > time("09:30:00")', True),
    ("case.reported_at", datetime(2026, 10, 1, 6, 15, tzinfo=ZONE)),
    ("string(case.reported_at)", "2026-10-01T06:15:00"),
]


@pytest.mark.parametrize(("text", "expected"), VALUES, ids=[text for text, _ in VALUES])
def test_expression_has_its_value(feel: Feel, text: str, expected: object) -> None:
    result = feel.evaluate(text, SCOPE)
    assert result == expected
    assert type(result) is type(expected)


UNARY = [
    ('"a","b"', "b", True),
    ('"a","b"', "c", False),
    ('not("x")', "x", False),
    ('not("x")', "y", True),
    ("[18..60]", 18, True),
    ("[18..60)", 60, False),
    ("]18..60]", 18, False),
    ("> 5", 6, True),
    ("> 5", None, False),
    ("<= amount", 500, True),
    ("null", None, True),
    ("not(null)", None, False),
    ("not(null)", 0, True),
    ("-", None, True),
    ("true", True, True),
    ("true", 1, False),
    ("true", None, False),
    ("30", 30, True),
    ('"30"', 30, False),
    ("30", True, False),
    ('date("2026-09-30")', date(2026, 9, 30), True),
    ('< date("2026-10-01")', date(2026, 9, 30), True),
    ("? > 3 and ? < 9", 5, True),
    ('contains(?, "市")', "岳阳市", True),
    ('"死亡医学证明（推断）书","火化证明"', "火化证明", True),
    ("申请人.关系", "配偶", True),
    ("case.heirs.name", "王五", True),
    ('starts with(?, "43"), starts with(?, "52")', "520000", True),
]


@pytest.mark.parametrize(("text", "value", "expected"), UNARY)
def test_unary_test_passes_or_not(feel: Feel, text: str, value: object, expected: bool) -> None:
    assert feel.unary_test(text, value, SCOPE) is expected


def test_condition_of_a_form_has_no_value_to_compare_with(feel: Feel) -> None:
    assert feel.unary_test("true", NO_VALUE, {})
    assert not feel.unary_test("true", None, {})
    assert feel.unary_test("amount > 500", NO_VALUE, {"amount": None})  # as form-js does: null tests null
    assert not feel.unary_test("amount > 500", NO_VALUE, {"amount": 20})


def test_given_time_wins_over_the_clock(feel: Feel) -> None:
    assert feel.evaluate("today()", {}, datetime(2027, 1, 1, tzinfo=ZONE)) == date(2027, 1, 1)


def test_zone_does_not_follow_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    assert Feel().evaluate("string(at)", {"at": NOW}) == "2026-11-22T01:30:00"


def test_function_is_not_hidden_by_a_missing_variable_of_its_name(feel: Feel) -> None:
    assert feel.evaluate("count", {}) is None
    assert feel.evaluate("count > 1", {"count": 2}) is True
    assert feel.evaluate("count([1]) = 1 and count != 5", {}) is True  # here the name means the function
    assert feel.evaluate("count([1]) = 1", {"count": 2}) is True


def test_names_that_look_like_operations_can_be_announced(feel: Feel) -> None:
    scope = {"fee-class": "A", "fee": 3, "class": 1}
    assert feel.evaluate("fee-class", scope) == 2
    assert feel.evaluate("fee-class", scope, names=("fee-class",)) == "A"


@pytest.mark.parametrize("value", [2**60, {1, 2}, object(), {1: "x"}, 1j, "\ud800"])
def test_value_that_feel_cannot_hold_is_refused(feel: Feel, value: object) -> None:
    with pytest.raises(FeelError):
        feel.evaluate("[x]", {"x": value})


@pytest.mark.parametrize("text", ["function(x) x", "[1..3]", '"\\ud800"'])
def test_run_time_error_is_a_feel_error(feel: Feel, text: str) -> None:
    with pytest.raises(FeelError) as caught:
        feel.evaluate(text, {})
    assert caught.value.expression == text
    assert caught.value.limit == ""


def test_values_cross_and_come_back_unchanged(feel: Feel) -> None:
    value = {
        "数": [1, 2.5, -3, True, None],
        "文": '张㐂\u0000\n"引号"',
        "日": [date(1938, 2, 3), time(8, 30, 15), timedelta(days=-2), datetime(2026, 1, 1, 8, tzinfo=ZONE)],
        "__proto__": {"constructor": [{}]},
    }
    assert feel.evaluate("x", {"x": value}) == value
