"""Decision tables and literal expressions: hit policies, required decisions, errors while deciding."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.clock import ZONE
from engine.decisions import DecisionSet
from engine.errors import DecisionError
from engine.feel import Feel
from tests.unit.dmn_drafts import definitions, literal, table

FIXTURES = Path(__file__).parents[1] / "fixtures" / "dmn"


@pytest.fixture(scope="module")
def feel() -> Feel:
    return Feel()


@pytest.fixture(scope="module")
def decisions(feel: Feel) -> DecisionSet:
    return DecisionSet.read({file.name: file.read_bytes() for file in FIXTURES.glob("*.dmn")}, feel)


def decide(feel: Feel, *parts: str, wanted: str = "verdict", **scope: object) -> object:
    return DecisionSet.read({"rules.dmn": definitions(*parts)}, feel).decide(wanted, scope, feel)


def case(kind: str = "child", died_at: str = "hospital", age: int = 44, **deceased: object) -> dict[str, Any]:
    applicant = {"kind": kind, "age": age, "name": "张㐂"}
    rates = {"monthly_income_cents": 410000}
    return {"case": {"applicant": applicant, "deceased": {"died_at": died_at, **deceased}, "rates": rates}}


# The faults of SpiffWorkflow's own DMN (row 22 of the findings), each as it should be.


@pytest.mark.parametrize(
    ("cell", "value", "fits"),
    [
        pytest.param('"a","b"', "a", True, id="list of strings was silently false"),
        pytest.param('"a","b"', "b", True, id="list of strings was silently false for the second"),
        pytest.param('"a","b"', "c", False, id="list of strings"),
        pytest.param('not("x")', "y", True, id="not of a string was silently false"),
        pytest.param('not("x")', "x", False, id="not of a string"),
        pytest.param("[18..60]", 18, True, id="interval raised"),
        pytest.param("[18..60]", 61, False, id="interval raised outside"),
        pytest.param("= 30", 30, True, id="comparison with = raised"),
        pytest.param("= 30", 31, False, id="comparison with ="),
        pytest.param("true", True, True, id="true raised"),
        pytest.param("true", False, False, id="true raised for false"),
    ],
)
def test_stock_fault_22_cell_is_a_feel_unary_test(feel: Feel, cell: str, value: object, fits: bool) -> None:
    assert decide(feel, table(([cell], ['"yes"'])), x=value) == ("yes" if fits else None)


def test_stock_fault_22_unique_is_checked(feel: Feel) -> None:
    overlapping = table((["> 5"], ['"big"']), (["> 3"], ['"some"']), (["-"], ['"any"']))
    assert decide(feel, overlapping, x=1) == "any"
    with pytest.raises(DecisionError, match="rules 2, 3 all fit, but the hit policy is UNIQUE"):
        decide(feel, overlapping, x=4)


def test_stock_fault_22_first_any_and_rule_order_exist(feel: Feel) -> None:
    rows = ((["> 5"], ['"a"']), (["> 3"], ['"a"']), (["> 1"], ['"b"']))
    assert decide(feel, table(*rows, policy="FIRST"), x=9) == "a"
    assert decide(feel, table(*rows[:2], policy="ANY"), x=9) == "a"
    assert decide(feel, table(*rows, policy="RULE ORDER"), x=9) == ["a", "a", "b"]


def test_stock_fault_22_python_is_not_evaluated(feel: Feel) -> None:
    rows = ((["__import__ > 1"], ['"a"']), (["-"], ["len"]))
    assert decide(feel, table(*rows, policy="FIRST"), x=9) is None


# Hit policies over a realistic file.


def test_unique_gives_one_context_of_all_outputs(feel: Feel, decisions: DecisionSet) -> None:
    scope = case(employee_pension=True, contribution_years=22)
    assert decisions.decide("funeral_grant", scope, feel) == {"tier": "A", "amount_cents": 820000}
    scope = case(employee_pension=True, contribution_years=14)
    assert decisions.decide("funeral_grant", scope, feel) == {"tier": "B", "amount_cents": 410000}


def test_first_takes_the_first_that_fits(feel: Feel, decisions: DecisionSet) -> None:
    both = case(employee_pension=True, resident_pension=True)
    assert decisions.decide("insured_kind", both, feel) == "employee"
    assert decisions.decide("insured_kind", case(resident_pension=True), feel) == "resident"
    assert decisions.decide("insured_kind", case(), feel) == "none"


def test_any_lets_rules_agree_and_refuses_a_difference(feel: Feel, decisions: DecisionSet) -> None:
    assert decisions.decide("payee_check", case("child", age=30), feel) is True
    assert decisions.decide("payee_check", case("other", age=70), feel) is False
    assert decisions.decide("payee_check", case("sibling", age=70), feel) is None
    differing = case("child", age=8)
    differing["case"]["court_decided"] = 1  # true and 1 differ in FEEL
    with pytest.raises(DecisionError, match="rules 1, 4 all fit and differ"):
        decisions.decide("payee_check", differing, feel)
    differing["case"]["court_decided"] = True
    assert decisions.decide("payee_check", differing, feel) is True


def test_rule_order_lists_in_the_order_of_rules(feel: Feel, decisions: DecisionSet) -> None:
    assert decisions.decide("notices", case(age=70), feel) == [
        {"channel": "letter", "to": "张㐂"},
        {"channel": "sms", "to": "张㐂"},
        {"channel": "letter", "to": "医院"},
    ]


def test_collect_lists_what_fits(feel: Feel, decisions: DecisionSet) -> None:
    assert decisions.decide("required_materials", case("child", "home", 16), feel) == [
        "id_card",
        "kinship_proof",
        "village_statement",
        "guardian_id",
    ]


@pytest.mark.parametrize(
    ("decision_id", "died_at", "expected"),
    [
        ("fees", "abroad", 17000),
        ("fees", "home", 2000),
        ("highest_fee", "abroad", 15000),
        ("lowest_fee", "home", 1500),
        ("lowest_fee", "abroad", None),
        ("fee_count", "home", 2),
        ("fee_count", "abroad", 0),
    ],
)
def test_collect_aggregates(
    feel: Feel, decisions: DecisionSet, decision_id: str, died_at: str, expected: object
) -> None:
    assert decisions.decide(decision_id, case(died_at=died_at), feel) == expected


@pytest.mark.parametrize(
    ("policy", "aggregation", "expected"),
    [
        ("UNIQUE", "", None),
        ("FIRST", "", None),
        ("ANY", "", None),
        ("RULE ORDER", "", []),
        ("COLLECT", "", []),
        ("COLLECT", "SUM", None),
        ("COLLECT", "COUNT", 0),
    ],
)
def test_nothing_fits(feel: Feel, policy: str, aggregation: str, expected: object) -> None:
    assert decide(feel, table((["1"], ["1"]), policy=policy, aggregation=aggregation), x=2) == expected


# Required decisions and scope.


def test_required_result_is_seen_by_id_name_and_variable(feel: Feel, decisions: DecisionSet) -> None:
    scope = case(employee_pension=True, contribution_years=22)
    assert decisions.decide("grant_notice", scope, feel) == "应发8200元（employee）"
    assert decisions.decide("grant_notice", case(), feel) == "不发放"
    assert set(scope) == {"case"}


def test_required_result_hides_a_variable_of_the_same_name(feel: Feel) -> None:
    parts = (literal("x + 1", id="base"), literal("base * 10", id="verdict", requires=["base"]))
    assert decide(feel, *parts, x=1, base=99) == 20
    assert decide(feel, literal("base", id="verdict"), base=99) == 99


def test_result_of_a_decision_that_is_not_required_is_not_seen(feel: Feel) -> None:
    parts = (literal("1", id="one"), literal("one", id="two", requires=["one"]))
    assert decide(feel, *parts, literal("[one, two]", id="verdict", requires=["two"])) == [None, 1]


def test_name_that_looks_like_an_operation_is_seen(feel: Feel) -> None:
    parts = (literal('"A"', id="fee_class", name="收费-类别"), literal("1", id="other", name="收费"))
    verdict = table((['"A"'], ["收费-类别"]), inputs=[("收费-类别", "string", "")], requires=["fee_class", "other"])
    assert decide(feel, *parts, verdict) == "A"


def test_shared_requirement_is_decided_once(feel: Feel) -> None:
    calls: list[str] = []

    class Counting(Feel):
        def evaluate(self, text: str, *args: Any, **options: Any) -> object:
            calls.append(text)
            return super().evaluate(text, *args, **options)

    parts = (
        literal("x + 0", id="base"),
        literal("base + 1", id="left", requires=["base"]),
        literal("base + 2", id="right", requires=["base"]),
        literal("left * right", id="verdict", requires=["left", "right"]),
    )
    read = DecisionSet.read({"rules.dmn": definitions(*parts)}, feel)
    assert read.decide("verdict", {"x": 1}, Counting()) == 6
    assert calls.count("x + 0") == 1


def test_time_reaches_every_expression(feel: Feel) -> None:
    read = DecisionSet.read({"rules.dmn": definitions(table((["< today()"], ["today()"])))}, feel)
    now = datetime(2026, 10, 1, 0, 30, tzinfo=ZONE)
    assert read.decide("verdict", {"x": date(2026, 9, 30)}, feel, now) == date(2026, 10, 1)
    assert read.decide("verdict", {"x": date(2026, 10, 1)}, feel, now) is None


def test_cell_sees_variables_and_the_value_under_test(feel: Feel) -> None:
    rows = ((["? > limit and ? < 2 * limit"], ['"near"']), ([">= 2 * limit"], ['"far"']))
    assert [decide(feel, table(*rows), x=x, limit=5) for x in (4, 6, 10)] == [None, "near", "far"]


def test_scope_may_be_any_mapping(feel: Feel) -> None:
    class Facts(Mapping[str, object]):
        def __getitem__(self, key: str) -> object:
            return {"kind": "spouse"}[key]

        def __iter__(self) -> Any:
            return iter(["kind"])

        def __len__(self) -> int:
            return 1

    rows = table((['"spouse"'], ["1"]), inputs=[("case.kind", "", "")])
    assert decide(feel, rows, case=Facts()) == 1


def test_decisions_of_several_files_are_one_set(decisions: DecisionSet) -> None:
    assert {"funeral_grant", "required_materials"} <= decisions.ids
    assert decisions.warnings == ()


def test_reads_are_the_variables_of_the_decision_and_what_it_requires(decisions: DecisionSet) -> None:
    assert {".".join(path) for path in decisions.reads("grant_notice")} == {
        "case.deceased.employee_pension",
        "case.deceased.resident_pension",
        "case.deceased.contribution_years",
        "case.rates.monthly_income_cents",
    }
    assert {".".join(path) for look in decisions.looks("grant_notice") for path in look.reads} == set()
    assert {".".join(path) for path in decisions.reads("insured_kind")} == {
        "case.deceased.employee_pension",
        "case.deceased.resident_pension",
    }


def test_result_fields_name_the_outputs_when_there_are_several(decisions: DecisionSet) -> None:
    assert decisions.result_fields("funeral_grant") == ("tier", "amount_cents")
    assert decisions.result_fields("notices") == ("channel", "to")
    assert decisions.result_fields("insured_kind") == ()
    assert decisions.result_fields("grant_notice") == ()


def test_loaded_release_decides_without_checking_again(feel: Feel) -> None:
    loaded = DecisionSet.load({file.name: file.read_bytes() for file in FIXTURES.glob("*.dmn")})
    assert loaded.decide("insured_kind", case(resident_pension=True), feel) == "resident"
    assert loaded.looks("insured_kind") == ()


# Errors while deciding.


def test_unknown_decision_is_an_error(feel: Feel, decisions: DecisionSet) -> None:
    for ask in (lambda: decisions.decide("nope", {}, feel), lambda: decisions.reads("nope")):
        with pytest.raises(DecisionError) as caught:
            ask()
        assert caught.value.decision_id == "nope"


def test_value_that_its_input_does_not_allow_is_an_error(feel: Feel, decisions: DecisionSet) -> None:
    with pytest.raises(DecisionError, match="'friend' is not among the values allowed"):
        decisions.decide("required_materials", case("friend"), feel)
    nobody: dict[str, Any] = {"case": {"applicant": {"kind": None}}}
    assert decisions.decide("required_materials", nobody, feel) == ["id_card"]


def test_computed_output_that_is_not_allowed_is_an_error(feel: Feel) -> None:
    rows = table((["-"], ["x"]), outputs=[("tier", "string", '"A","B"')])
    assert decide(feel, rows, x="A") == "A"
    with pytest.raises(DecisionError, match="rule 1 gives 'C'"):
        decide(feel, rows, x="C")


@pytest.mark.parametrize("value", ["甲", True, None, [1]])
def test_aggregate_of_what_is_no_number_is_an_error(feel: Feel, value: object) -> None:
    rows = table((["-"], ["x"]), (["-"], ["1"]), policy="COLLECT", aggregation="SUM")
    with pytest.raises(DecisionError, match="SUM needs numbers"):
        decide(feel, rows, x=value)


def test_failing_expression_is_an_error_that_names_the_rule(feel: Feel) -> None:
    rows = table((["1"], ["1"]), (["2"], ["for i in x..1000000000 return i"]))
    assert decide(feel, rows, x=1) == 1
    with pytest.raises(DecisionError, match="rule 2: ") as caught:
        decide(feel, rows, x=2)
    assert caught.value.decision_id == "verdict"
