"""Reading .form files: what is understood, and what is refused with its line and a remedy."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from forms import Form, FormInvalid, Option, Problem, read_form
from forms.located_json import MAX_DEPTH, JsonInvalid, parse_located

FIXTURE = Path(__file__).parents[1] / "fixtures" / "forms" / "joint_application.form"

NAME: dict[str, Any] = {"id": "Field_name", "type": "textfield", "key": "name", "label": "姓名"}
LIST: dict[str, Any] = {"id": "L", "type": "dynamiclist", "path": "l", "label": "表", "components": [NAME]}
TOTAL: dict[str, Any] = {"id": "E", "type": "expression", "key": "e", "expression": "=1"}


def source(*components: Any, **root: Any) -> bytes:
    """A .form with each component on a line of its own, the first on line 3."""
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in components)
    head = json.dumps({"type": "default", "id": "one", "schemaVersion": 19, **root}, ensure_ascii=False)[:-1]
    return f'{head}, "components":\n[\n{lines}\n]}}'.encode()


def problems(*components: Any, **keywords: Any) -> list[Problem]:
    with pytest.raises(FormInvalid) as caught:
        read_form(source(*components), "forms/hunan/one.form", **keywords)
    return [problem for problem in caught.value.problems if problem.severity == "error"]


def read(*components: Any) -> Form:
    return read_form(source(*components), "one.form")


def test_a_form_of_the_modeler_is_understood() -> None:
    form = read_form(FIXTURE.read_bytes(), FIXTURE.name)
    assert form.problems == ()
    assert list(form.fields)[:5] == [
        "deceased.name", "deceased.id_number", "deceased.died_on", "deceased.place", "deceased.address",
    ]  # fmt: skip
    card = form.fields["heirs[].bank_card"]
    assert (card.path, card.lists, card.sensitive, card.check, card.required) == (
        ("heirs", "bank_card"), ("heirs",), True, "bank_card", True,
    )  # fmt: skip
    assert form.fields["applicant.kinship"].options[0] == Option("spouse", "配偶")
    assert form.fields["deceased.died_on"].label == "去世日期"
    assert {("heirs",), ("heirs", "share"), ("deceased",), ("total_share",)} <= form.field_paths
    hide = next(one for one in form.expressions if one.component == "Field_address")
    assert (hide.attribute, hide.flavour) == ("conditional.hide", "unary")
    assert FIXTURE.read_text().splitlines()[hide.line - 1].strip().startswith('"conditional"')


def test_a_form_can_be_read_from_json_that_is_already_parsed() -> None:
    form = read_form(json.loads(FIXTURE.read_bytes()), "x")
    assert form.fields.keys() == read_form(FIXTURE.read_bytes(), "x").fields.keys()
    assert {component.line for component in form.components()} == {0}


FAULTS: list[tuple[str, list[Any], str]] = [
    ("unknown-type", [{**NAME, "type": "signature"}], "Field_name"),
    ("refused-type", [NAME, {"id": "Field_x", "type": "iframe", "url": "https://example.org"}], "Field_x"),
    ("refused-type", [NAME, {"id": "Field_x", "type": "documentPreview", "label": "材料"}], "Field_x"),
    ("id", [{**NAME, "id": "姓名"}], ""),
    ("duplicate-id", [NAME, {**NAME, "key": "other"}], "Field_name"),
    ("missing-key", [{**NAME, "key": ""}], "Field_name"),
    ("missing-path", [{"id": "L", "type": "dynamiclist", "label": "表", "components": [NAME]}], "L"),
    ("missing-label", [{**NAME, "label": " "}], "Field_name"),
    ("missing-label", [{"id": "D", "type": "datetime", "key": "d", "subtype": "date"}], "D"),
    ("bad-key", [{**NAME, "key": "a..b"}], "Field_name"),
    ("bad-key", [{**NAME, "key": "姓名"}], "Field_name"),
    ("bad-key", [{**NAME, "key": "0"}], "Field_name"),
    ("bad-key", [{**NAME, "key": "a-b"}], "Field_name"),
    ("protected-key", [{**NAME, "key": "__proto__"}], "Field_name"),
    ("protected-key", [{**NAME, "key": "a.constructor"}], "Field_name"),
    ("protected-key", [{**NAME, "key": "this.name"}], "Field_name"),
    ("protected-key", [{**NAME, "key": "case.name"}], "Field_name"),
    ("protected-key", [{**NAME, "key": "if"}], "Field_name"),
    ("overlapping-path", [NAME, {**NAME, "id": "Field_b"}], "Field_b"),
    ("overlapping-path", [NAME, {**NAME, "id": "Field_b", "key": "name.first"}], "Field_b"),
    ("overlapping-path", [{**NAME, "key": "name.first"}, {**NAME, "id": "Field_b"}], "Field_b"),
    ("conditional", [{**NAME, "conditional": {"hide": "true"}}], "Field_name"),
    ("conditional", [{**NAME, "conditional": {"show": "=true"}}], "Field_name"),
    ("unknown-rule", [{**NAME, "validate": {"requird": True}}], "Field_name"),
    ("unknown-rule", [{**NAME, "validate": {"min": 1}}], "Field_name"),
    ("rule", [{**NAME, "validate": {"required": "=true"}}], "Field_name"),
    ("rule", [{**NAME, "validate": {"pattern": "(a"}}], "Field_name"),
    ("rule", [{**NAME, "validate": {"minLength": -1}}], "Field_name"),
    ("rule", [{**NAME, "validate": {"minLength": "5"}}], "Field_name"),
    ("rule", [{**NAME, "validate": {"minLength": 5, "maxLength": 3}}], "Field_name"),
    ("rule", [{**NAME, "validate": {"validationType": "postcode"}}], "Field_name"),
    ("unknown-property", [{**NAME, "properties": {"sensetive": "true"}}], "Field_name"),
    ("property", [{**NAME, "properties": {"sensitive": "yes"}}], "Field_name"),
    ("property", [{**NAME, "properties": {"check": "passport"}}], "Field_name"),
    ("attribute", [{**NAME, "disabled": "true"}], "Field_name"),
    ("attribute", [{**NAME, "readonly": "true"}], "Field_name"),
    ("default", [{**NAME, "defaultValue": 5}], "Field_name"),
    ("options", [{**NAME, "type": "select"}], "Field_name"),
    ("options", [{**NAME, "type": "select", "values": []}], "Field_name"),
    ("options", [{**NAME, "type": "radio", "values": ["a"], "valuesKey": "b"}], "Field_name"),
    ("options", [{**NAME, "type": "radio", "values": [{"label": "空", "value": ""}]}], "Field_name"),
    ("options", [{**NAME, "type": "taglist", "values": ["a", "a"]}], "Field_name"),
    ("options", [{**NAME, "type": "taglist", "valuesKey": "a.b"}], "Field_name"),
    ("options", [{**NAME, "type": "checklist", "valuesExpression": "offered"}], "Field_name"),
    ("default", [{**NAME, "type": "select", "values": ["a"], "defaultValue": "b"}], "Field_name"),
    ("attribute", [{**NAME, "type": "number", "decimalDigits": -1}], "Field_name"),
    ("attribute", [{**NAME, "type": "number", "increment": 0}], "Field_name"),
    ("attribute", [{**NAME, "type": "datetime", "subtype": "month"}], "Field_name"),
    ("attribute", [{**NAME, "type": "datetime", "timeInterval": 7}], "Field_name"),
    ("accept", [{**NAME, "type": "filepicker", "accept": ".pdf,.exe"}], "Field_name"),
    ("accept", [{**NAME, "type": "filepicker", "accept": "{{kinds}}"}], "Field_name"),
    ("expression", [{**TOTAL, "expression": "1 + 1"}], "E"),
    ("unknown-rule", [{**TOTAL, "validate": {"required": True}}], "E"),
    ("attribute", [{**TOTAL, "computeOn": "never"}], "E"),
    ("list", [{**LIST, "isRepeating": False}], "L"),
    ("empty", [{**LIST, "components": []}], "L"),
    ("property", [{**LIST, "properties": {"minRows": "5", "maxRows": "2"}}], "L"),
    ("property", [{**LIST, "properties": {"maxRows": "201"}}], "L"),
    ("list-readonly", [{**LIST, "components": [{**NAME, "readonly": True}]}], "L"),
    ("html", [NAME, {"id": "H", "type": "html", "content": "<p onclick='x()'>a</p>"}], "H"),
    ("image", [NAME, {"id": "I", "type": "image", "alt": "图", "source": "data:image/svg+xml,<svg/>"}], "I"),
    ("attribute", [NAME, {"id": "B", "type": "button", "action": "javascript"}], "B"),
    ("component", ["text"], ""),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "components", "element"), FAULTS)
def test_a_fault_is_named_with_its_line_and_a_remedy(rule: str, components: list[Any], element: str) -> None:
    (found,) = problems(*components)
    assert found.rule == f"form/{rule}"
    assert found.file == "forms/hunan/one.form"
    assert found.remedy
    if rule != "component":
        assert (found.line, found.element) == (2 + len(components), element or components[0]["id"])


def test_the_form_without_the_faults_is_accepted() -> None:
    form = read(
        NAME,
        {**NAME, "id": "Field_b", "key": "other.first", "properties": {"x-help": "与身份证一致", "sensitive": "false"}},
        {**NAME, "id": "Field_c", "key": "other.last"},
    )
    assert form.problems == ()


def test_a_field_that_form_js_would_not_know_is_a_warning() -> None:
    (found,) = read({**NAME, "placeholder": "请输入"}).problems
    assert (found.severity, found.rule, found.line) == ("warning", "form/unknown-attribute", 3)


def test_the_line_is_that_of_the_attribute() -> None:
    data = json.dumps({"type": "default", "id": "one", "components": [{**NAME, "validate": {"max": 1}}]}, indent=1)
    with pytest.raises(FormInvalid) as caught:
        read_form(data.encode(), "one.form")
    (found,) = caught.value.problems
    assert data.splitlines()[found.line - 1].strip().startswith('"validate"')


def test_every_fault_is_reported_in_line_order() -> None:
    found = problems({**NAME, "label": ""}, {**NAME, "id": "Field_b", "key": "0"}, {"id": "C", "type": "odd"})
    assert [(problem.line, problem.rule) for problem in found] == [
        (3, "form/missing-label"),
        (4, "form/bad-key"),
        (5, "form/unknown-type"),
    ]


def test_groups_may_share_a_path_and_lists_may_not() -> None:
    group = {"id": "G", "type": "group", "path": "a", "components": [NAME]}
    other = {"id": "H", "type": "group", "path": "a", "components": [{**NAME, "id": "Field_b", "key": "b"}]}
    assert set(read(group, other).fields) == {"a.name", "a.b"}
    as_list = {**other, "type": "dynamiclist", "label": "表"}
    assert [problem.rule for problem in problems(group, as_list)] == ["form/overlapping-path"]
    assert [problem.rule for problem in problems(as_list, group)] == ["form/overlapping-path"] * 2
    outside = {**NAME, "id": "Field_c", "key": "a.c"}
    assert [problem.rule for problem in problems(as_list, outside)] == ["form/overlapping-path"]


def test_guarded_names_belong_to_the_domain() -> None:
    component = {**NAME, "key": "hold.released"}
    assert [problem.rule for problem in problems(component, guarded={"hold"})] == ["form/protected-key"]
    assert list(read(component).fields) == ["hold.released"]


@pytest.mark.parametrize("control", ["_intent", "_add", "_remove", "_rows", "_shown", "_faulty", "csrf_token"])
def test_names_of_a_pages_own_controls_are_no_keys(control: str) -> None:
    for taken in ({**NAME, "key": control}, {**NAME, "key": f"{control}.name"}, {**LIST, "path": control}):
        (problem,) = problems(taken)
        assert (problem.rule, problem.element, problem.line) == ("form/protected-key", taken["id"], 3)
        assert problem.remedy
    assert "applicant._intent" in read({**NAME, "key": "applicant._intent"}).fields  # within a path it is no control


def test_feel_is_judged_by_whoever_can() -> None:
    asked: list[tuple[str, str]] = []

    def judge(text: str, flavour: str) -> str:
        asked.append((text, flavour))
        return "wrong" if text == "amount >" else ""

    component = {
        **NAME,
        "conditional": {"hide": "=amount >"},
        "validate": {"maxLength": "=5"},
        "description": "{{name}} 您好",
    }
    (found,) = problems(component, check_feel=judge)
    assert (found.rule, found.element, found.line) == ("form/feel", "Field_name", 3)
    assert asked == [("amount >", "unary"), ("5", "expression"), ("{{name}} 您好", "template")]


def test_expressions_are_listed_for_lint() -> None:
    form = read({**NAME, "type": "select", "valuesKey": "offered", "label": "=title"})
    found = [(one.attribute, one.text, one.flavour) for one in form.expressions]
    assert found == [("valuesKey", "offered", "expression"), ("label", "title", "expression")]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"\xff\xfe", "encoding"),
        (b"", "json"),
        (b"[]", "json"),
        (b"{}", "root"),
        (b'{"type": "default", "id": "a", "components": []}', "empty"),
        (b'{"type": "default", "id": "a"}', "empty"),
        (b" " * (512 * 1024 + 1), "size"),
        (source(*[{**NAME, "id": f"F{n}", "key": f"k{n}"} for n in range(501)]), "size"),
        (b'{"type": "default", "type": "default"}', "json"),
        (b"[" * 100_000, "json"),
        (source({**NAME, "conditional": {"hide": "=" + "1+" * 3000 + "1"}}), "feel"),
    ],
)
def test_a_file_that_is_no_form_is_refused(data: bytes, rule: str) -> None:
    with pytest.raises(FormInvalid) as caught:
        read_form(data, "one.form")
    assert [problem.rule for problem in caught.value.problems] == [f"form/{rule}"]


def test_groups_in_groups_without_end_are_refused() -> None:
    node: dict[str, Any] = NAME
    for level in range(15):
        node = {"id": f"G{level}", "type": "group", "components": [node]}
    assert [problem.rule for problem in problems(node)] == ["form/size"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("{\n'a': 1}", 2),
        ('{"a": 1,\n}', 2),
        ('{"a": 1\n"b": 2}', 2),
        ("[1,\n2,\n]", 3),
        ('{"a": 01}', 1),
        ('{"a": 1}\n\nx', 3),
        ('{"a": "\n"}', 1),
        ('{"a": "\\x"}', 1),
        ('{"a": "\\ud800"}', 1),
        ('{"a": NaN}', 1),
        ('{"a": 1e999}', 1),
        ('{"a": ' + "9" * 41 + "}", 1),
        ('{"a": {"b": 1,\n"b": 2}}', 2),
        ("[" * (MAX_DEPTH + 1), 1),
    ],
)
def test_wrong_json_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(JsonInvalid) as caught:
        parse_located(text)
    assert caught.value.line == line


def test_right_json_is_read_as_json_reads_it() -> None:
    odd = '"\\/\b\f\n\r\t\u00e9𠮷'
    value: dict[str, Any] = {"a": [1, -2.5, 1e3, True, False, None, odd, {}, []], "b": {"c": {"d": " "}}}
    packed = json.dumps(value)
    for text in (packed, json.dumps(value, indent=2, ensure_ascii=False), f" \n{packed}\r\n"):
        assert parse_located(text) == value
    assert parse_located(FIXTURE.read_text()) == json.loads(FIXTURE.read_text())


def test_reading_does_not_change_what_it_is_given() -> None:
    data = json.loads(FIXTURE.read_bytes())
    before = copy.deepcopy(data)
    read_form(data, "x")
    assert data == before
