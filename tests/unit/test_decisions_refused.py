"""What is wrong with a DMN file, or not supported, is said with its place and a remedy before anything runs."""

from __future__ import annotations

import pytest

from engine import decisions as module
from engine.decisions import DecisionSet
from engine.errors import PackInvalid, Problem
from engine.feel import Feel
from tests.unit.dmn_drafts import MODEL, decision, definitions, literal, table


@pytest.fixture(scope="module")
def feel() -> Feel:
    return Feel(seconds=0.1)


def problems(feel: Feel, *parts: str, **more: bytes) -> list[Problem]:
    """The problems of a file ``rules.dmn`` made of ``parts``, and of other files."""
    files = {"rules.dmn": definitions(*parts)} if parts else {}
    try:
        return list(DecisionSet.read({**files, **{f"{name}.dmn": data for name, data in more.items()}}, feel).warnings)
    except PackInvalid as error:
        return error.problems


def rules(feel: Feel, *parts: str) -> list[str]:
    return [problem.rule for problem in problems(feel, *parts)]


GOOD = table((["1"], ['"a"']))


def test_good_file_has_no_problem(feel: Feel) -> None:
    assert problems(feel, GOOD) == []
    assert problems(feel) == []


# What is not supported.


@pytest.mark.parametrize(
    ("part", "element", "remedy"),
    [
        (decision("<context/>", id="v"), "context", "literal expression"),
        (decision("<list/>", id="v"), "list", "[a, b]"),
        (decision("<relation/>", id="v"), "relation", "list of contexts"),
        (decision("<invocation/>", id="v"), "invocation", "decision of its own"),
        (decision("<functionDefinition/>", id="v"), "functionDefinition", "function"),
        (decision("<knowledgeRequirement/>", id="v"), "knowledgeRequirement", "decision of its own"),
        ("<businessKnowledgeModel id='b'/>", "businessKnowledgeModel", "decision of its own"),
        ("<decisionService id='s'/>", "decisionService", "by their ids"),
        ("<itemDefinition id='i'/>", "itemDefinition", "allowed values"),
        ("<import/>", "import", "one file"),
        ("<performanceIndicator id='p'/>", "performanceIndicator", "remove it"),
        (table((["1"], ["1"]), inner="<defaultOutputEntry/>"), "defaultOutputEntry", "last rule"),
        (table((["1"], ["1"]), inner="<surprise/>"), "surprise", "remove it"),
        ("<extensionElements><x:y xmlns:x='http://x'/></extensionElements>", "y", "remove it"),
        ("<decision xmlns='http://other' id='d'/>", "decision", "remove it"),
    ],
)
def test_element_that_is_not_supported_is_refused(feel: Feel, part: str, element: str, remedy: str) -> None:
    found = [problem for problem in problems(feel, part) if problem.rule == "dmn/unknown-element"]
    assert len(found) == 1
    assert f"<{element}>" in found[0].message
    assert remedy in found[0].remedy


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("<inputExpression ", '<inputExpression expressionLanguage="juel" ', "dmn/language"),
        ("<inputEntry ", '<inputEntry expressionLanguage="http://www.w3.org/XPath" ', "dmn/language"),
        ("<inputExpression ", '<inputExpression typeRef="tAge" ', "dmn/type"),
        ("<input ", '<input xmlns:c="http://camunda.org/schema/1.0/dmn" c:inputVariable="y" ', "dmn/unknown-attribute"),
        ("<rule ", '<rule priority="1" ', "dmn/unknown-attribute"),
        ('hitPolicy="UNIQUE"', 'hitPolicy="PRIORITY"', "dmn/hit-policy"),
        ('hitPolicy="UNIQUE"', 'hitPolicy="OUTPUT ORDER"', "dmn/hit-policy"),
        ('hitPolicy="UNIQUE"', 'hitPolicy="FIRST" aggregation="SUM"', "dmn/aggregation"),
        ('hitPolicy="UNIQUE"', 'hitPolicy="COLLECT" aggregation="MEAN"', "dmn/aggregation"),
        ('id="verdict"', 'id="Decision_0x1y2z3"', "dmn/id"),
        ('id="verdict"', 'id="结论"', "dmn/id"),
        ('<decision id="verdict"', "<decision", "dmn/id"),
        ("<text>x</text>", "<text> </text>", "dmn/no-expression"),
        ("<text>1</text>", "<text>1</text></inputEntry><inputEntry><text>2</text>", "dmn/cells"),
        ("<output ", '<output id="o2" name="result"/><output ', "dmn/outputs"),
    ],
)
def test_part_that_is_wrong_is_refused(feel: Feel, old: str, new: str, rule: str) -> None:
    assert old in GOOD
    found = problems(feel, GOOD.replace(old, new, 1))
    assert rule in [problem.rule for problem in found]
    assert all(problem.remedy and problem.file == "rules.dmn" and problem.line for problem in found)


@pytest.mark.parametrize(
    "namespace",
    [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    ],
)
def test_other_version_of_dmn_is_refused(feel: Feel, namespace: str) -> None:
    (problem,) = problems(feel, other=definitions(GOOD).replace(MODEL.encode(), namespace.encode()))
    assert problem.rule == "dmn/version"
    assert "DMN 1.3" in problem.remedy


def test_file_that_is_no_xml_is_refused_beside_the_others(feel: Feel) -> None:
    diagram = b'<definitions xmlns="http://b" id="x"/>'
    found = problems(feel, literal("1 +", id="v"), broken=b"<definitions", bpmn=diagram)
    assert [(problem.file, problem.rule) for problem in found] == [
        ("bpmn.dmn", "dmn/version"),
        ("broken.dmn", "xml/malformed"),
        ("rules.dmn", "dmn/feel"),
    ]


def test_what_only_people_read_is_accepted(feel: Feel) -> None:
    notes = (
        '<knowledgeSource id="law" name="条例"><type>法规</type></knowledgeSource>'
        '<textAnnotation id="note"><text>说明</text></textAnnotation><association id="a"/>'
        '<inputData id="deceased" name="逝者"><variable id="d" name="逝者"/></inputData>'
    )
    body = (
        "<description>说明</description><question>可否？</question>"
        '<informationRequirement id="q"><requiredInput href="#deceased"/></informationRequirement>'
        '<authorityRequirement id="r"><requiredAuthority href="#law"/></authorityRequirement>'
        '<literalExpression id="e"><text>1</text></literalExpression>'
    )
    assert problems(feel, notes, decision(body, id="v")) == []


# Expressions.


def test_wrong_expression_is_located(feel: Feel) -> None:
    draft = table((["1"], ['"a"']), (["> > 2"], ['"b"']), (["3"], ["foo(1)"]), inputs=[("x +", "", "")])
    found = problems(feel, "\n", draft)
    assert [(problem.line, problem.element) for problem in found] == [
        (3, "verdict_i1_e"),
        (5, "verdict_r2_i1"),
        (6, "verdict_r3_o1"),
    ]
    assert "no function 'foo'" in found[2].message


@pytest.mark.parametrize("cell", ["", "-"])
def test_empty_output_is_refused(feel: Feel, cell: str) -> None:
    (problem,) = problems(feel, table((["1"], [cell])))
    assert "null" in problem.remedy


def test_empty_literal_expression_is_refused(feel: Feel) -> None:
    assert rules(feel, literal("", id="v")) == ["dmn/no-expression"]


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ("string", "30"),
        ("string", '"a", true'),
        ("number", '"30"'),
        ("number", 'not("x")'),
        ("boolean", '"true"'),
        ("integer", "1.5"),
        ("date", '"2026-09-30"'),
        ("date", 'date and time("2026-09-30T00:00:00")'),
        ("dateTime", 'date("2026-09-30")'),
        ("dayTimeDuration", '"P1D"'),
    ],
)
def test_cell_that_never_fits_the_type_of_its_column_is_refused(feel: Feel, kind: str, cell: str) -> None:
    assert rules(feel, table(([cell], ["1"]), inputs=[("x", kind, "")])) == ["dmn/type"]


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ("string", '"a", not_a_literal, null'),
        ("string", 'not("a", "b")'),
        ("number", "[1..5], > 9, 7"),
        ("boolean", "true, null"),
        ("date", '[date("2026-01-01")..date("2026-12-31")], date("2027-01-01")'),
        ("dateTime", '< date and time("2026-09-30T00:00:00")'),
        ("dayTimeDuration", 'duration("P1D")'),
        ("Any", '1, "a"'),
        ("", '1, "a"'),
    ],
)
def test_cell_that_may_fit_its_column_is_accepted(feel: Feel, kind: str, cell: str) -> None:
    assert rules(feel, table(([cell], ["1"]), inputs=[("x", kind, "")])) == []


def test_output_of_another_type_is_refused(feel: Feel) -> None:
    draft = table((["1"], ['"500"']), (["2"], ["amount"]), (["3"], ["null"]), outputs=[("fee", "number", "")])
    (problem,) = problems(feel, draft)
    assert (problem.rule, problem.element) == ("dmn/type", "verdict_r1_o1")


def test_value_that_its_column_does_not_allow_is_refused(feel: Feel) -> None:
    draft = table(
        (['"spouse"'], ['"A"']),
        (['"child", "cousin"'], ['"C"']),
        (['not("friend")'], ["tier"]),
        inputs=[("kind", "string", '"spouse","child"')],
        outputs=[("tier", "string", '"A","B"')],
    )
    found = problems(feel, draft)
    assert [(problem.rule, problem.element) for problem in found] == [
        ("dmn/not-allowed", "verdict_r2_i1"),
        ("dmn/not-allowed", "verdict_r2_o1"),
        ("dmn/not-allowed", "verdict_r3_i1"),
    ]
    assert "'cousin'" in found[0].message


def test_hostile_cell_is_refused(feel: Feel) -> None:
    draft = table((['matches("' + "a" * 50 + '!", "^(a+)+$")'], ["for i in 1..1000000000 return i"]))
    assert rules(feel, draft) == ["dmn/feel", "dmn/feel"]


def test_warning_does_not_refuse(feel: Feel) -> None:
    draft = table((["-"], ["1"]), (["> 1"], ['h[contains(name, "李")]']), policy="FIRST")
    found = problems(feel, draft)
    assert {problem.severity for problem in found} == {"warning"}
    assert [problem.rule for problem in found] == ["dmn/feel", "dmn/unreachable"]


def test_table_without_rules_is_refused(feel: Feel) -> None:
    assert rules(feel, table()) == ["dmn/no-rules"]


def test_aggregation_of_several_outputs_is_refused(feel: Feel) -> None:
    draft = table((["1"], ["1", "2"]), policy="COLLECT", aggregation="SUM", outputs=[("a", "", ""), ("b", "", "")])
    assert rules(feel, draft) == ["dmn/aggregation"]


# Decisions among each other.


def test_decision_without_logic_or_with_two_is_refused(feel: Feel) -> None:
    expression = "<literalExpression><text>1</text></literalExpression>"
    assert rules(feel, decision("", id="v")) == ["dmn/no-logic"]
    assert rules(feel, decision(expression * 2, id="v")) == ["dmn/no-logic"]


def test_same_id_twice_is_refused(feel: Feel) -> None:
    found = problems(feel, GOOD, zweite=definitions(GOOD))
    assert [(problem.file, problem.rule) for problem in found] == [("zweite.dmn", "dmn/duplicate")]


def test_circle_is_refused(feel: Feel) -> None:
    parts = (
        literal("b", id="a", requires=["b"]),
        literal("c", id="b", requires=["c"]),
        literal("a", id="c", requires=["a"]),
        literal("a", id="outside", requires=["a"]),
    )
    found = problems(feel, *parts)
    assert [(problem.rule, problem.element) for problem in found] == [("dmn/circle", each) for each in "abc"]
    assert "a → b → c → a" in found[0].message
    assert rules(feel, literal("a", id="a", requires=["a"])) == ["dmn/circle"]


def test_requirement_that_leads_nowhere_is_refused(feel: Feel) -> None:
    assert rules(feel, literal("1", id="v", requires=["gone"])) == ["dmn/unknown-decision"]
    assert rules(feel, literal("1", id="v", requires=["w"]), decision("", id="w")) == ["dmn/no-logic"]
    other = GOOD.replace("<decisionTable", '<informationRequirement><requiredDecision href="o.dmn#x"/>'
                         "</informationRequirement><decisionTable", 1)  # fmt: skip
    assert rules(feel, other) == ["dmn/other-file"]
    assert rules(feel, other.replace('Decision href="o.dmn#x"', 'Input href="#x"')) == ["dmn/unknown-input"]


def test_two_required_results_of_one_name_are_refused(feel: Feel) -> None:
    parts = (literal("1", id="a", name="费用"), literal("2", id="b", name="费用"))
    assert rules(feel, *parts, literal("费用", id="v", requires=["a", "b"])) == ["dmn/ambiguous"]
    assert rules(feel, *parts, literal("费用", id="v", requires=["a"])) == []


def test_too_many_decisions_are_refused(feel: Feel) -> None:
    chain = [literal("1", id=f"d{n}", requires=[f"d{n - 1}"] if n else []) for n in range(module.MAX_DECISIONS + 1)]
    assert rules(feel, *chain) == ["dmn/limit"]


def test_longest_chain_of_decisions_is_decided(feel: Feel) -> None:
    count = module.MAX_DECISIONS
    chain = [literal(f"d{n - 1}" if n else "7", id=f"d{n}", requires=[f"d{n - 1}"] if n else []) for n in range(count)]
    read = DecisionSet.load({"rules.dmn": definitions(*chain)})
    assert read.decide(f"d{count - 1}", {}, feel) == 7


def test_check_that_takes_too_long_is_broken_off(feel: Feel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CHECK_SECONDS", -1)
    assert rules(feel, GOOD, literal("1 +", id="other")) == ["dmn/limit"]
