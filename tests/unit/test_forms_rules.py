"""Each rule of a field: what it lets through and what it refuses, as in form-js."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.feel import Feel
from forms import Form, read_form, validate

NOW = datetime(2025, 4, 5, 16, 30, tzinfo=UTC)  # past midnight in Shanghai: the 6th


@pytest.fixture(scope="module")
def feel() -> Feel:
    return Feel()


def form_of(*components: dict[str, Any]) -> Form:
    """A form of the given fields; ids are made from keys."""
    numbered = [{"id": f"Field_{number}", **component} for number, component in enumerate(components)]
    return read_form({"type": "default", "id": "one", "schemaVersion": 19, "components": numbered}, "one.form")


def field(kind: str, **attributes: Any) -> dict[str, Any]:
    if kind in ("radio", "select", "checklist", "taglist") and not any(
        name.startswith("values") for name in attributes
    ):
        attributes["values"] = [{"label": "配偶", "value": "spouse"}, {"label": "二", "value": 2}]
    return {"type": kind, "key": "answer", "label": "这一项", **attributes}


def codes(feel: Feel, component: dict[str, Any], value: Any, context: dict[str, Any] | None = None) -> list[str]:
    """The codes of what is wrong with ``value`` in a form of one field."""
    submission = validate(form_of(component), {"answer": value}, context or {}, feel, now=NOW)
    assert set(submission.errors) <= {"answer"}
    return [finding.code for finding in submission.findings]


RULES: list[tuple[str, dict[str, Any], list[Any], list[Any], str]] = [
    # kind, attributes, good values, bad values, code
    ("textfield", {"validate": {"required": True}}, ["王", " ", "0"], ["", None], "required"),
    ("number", {"validate": {"required": True}}, [0, -1], [None, ""], "required"),
    ("checkbox", {"validate": {"required": True}}, [True], [False, None], "required_check"),
    ("radio", {"validate": {"required": True}}, ["spouse", 2], [None, ""], "required_choice"),
    ("checklist", {"validate": {"required": True}}, [["spouse"]], [[], None], "required_choice"),
    ("datetime", {"validate": {"required": True}}, ["2025-04-05"], [None, ""], "required_choice"),
    ("filepicker", {"validate": {"required": True}}, [], [None, "", []], "required_file"),
    ("textfield", {"validate": {"minLength": 2}}, ["", "王五", "𠮷"], [" 王 ", "a", "　王　"], "min_length"),
    ("textarea", {"validate": {"maxLength": 3}}, ["", "一二三", " 一二三\n"], ["一二三四", "𠮷𠮷"], "max_length"),
    ("textfield", {"validate": {"pattern": "\\d"}}, ["", "甲1乙"], ["甲乙"], "pattern"),
    ("textfield", {"validate": {"pattern": "^.{2}$"}}, ["甲乙", "𠮷"], ["甲", "甲𠮷"], "pattern"),
    ("textfield", {"validate": {"pattern": "(a+)+$"}}, ["", "a"], ["a" * 60 + "b"], "pattern_slow"),
    (
        "textfield",
        {"validate": {"validationType": "email"}},
        ["", "w@x.cn"],
        ["w@", "w x@y"],
        "email",
    ),
    (
        "textfield",
        {"validate": {"validationType": "phone"}},
        ["", "+8613800138000"],
        ["13800138000"],
        "international_phone",
    ),
    ("number", {"validate": {"min": 0}}, [0, 3, None], [-1, -0.01], "min"),
    ("number", {"validate": {"max": 9.5}}, [9.5, 0, -20], [9.51, 10], "max"),
    ("number", {"validate": {"min": 1}}, [1, "1", "2.0"], [0, "0"], "min"),
    ("number", {"decimalDigits": 0}, [3, 3.0, "3.0"], [3.5, "0.1"], "integer"),
    ("number", {"decimalDigits": 2}, [0.25, 1, 1e2], [0.125], "decimals"),
    ("number", {"increment": 0.1}, [0.3, 0.7, 1, 0], [0.35], "increment"),
    ("number", {"increment": "2", "serializeToString": True}, ["4", 6], ["5", 7], "increment"),
    ("number", {"validate": {"min": "=1 + 1"}}, [2, 3], [1], "min"),
    ("number", {"validate": {"max": "=null"}}, [10**9], [], "max"),
    ("number", {"validate": {"max": '="viel"'}}, [None], [0, 5], "limit_broken"),
    ("textfield", {"validate": {"minLength": "=2 + 1"}}, ["王小明", ""], ["王五"], "min_length"),
    (
        "textfield",
        {"properties": {"check": "phone"}},
        ["", "138 0013 8000", "１３８００１３８０００"],
        ["123"],
        "phone",
    ),
    ("textfield", {"properties": {"check": "id_number"}}, ["43010319380214001 2"], ["430103193802140013"], "id_number"),
    ("datetime", {"disallowPassedDates": True}, ["2025-04-06", None], ["2025-04-05"], "past"),
    ("datetime", {}, ["1900-01-01"], ["1899-12-31"], "early"),
    ("select", {}, ["spouse", 2, None, ""], ["child", "2", True, 0, {"a": 1}, ["spouse"]], "option"),
    ("radio", {"values": [{"label": "是", "value": True}]}, [True, None], [1, "true"], "option"),
    ("taglist", {}, [["spouse", 2], []], [["spouse", "forged"], [True]], "option"),
    ("checklist", {"valuesKey": "offered"}, [["a"]], [["b"]], "option"),
    ("select", {"valuesExpression": '=offered[item != "x"]'}, ["a"], ["x"], "option"),
]


@pytest.mark.parametrize(("kind", "attributes", "good", "bad", "code"), RULES)
def test_a_rule_lets_good_values_pass_and_names_the_fault_of_bad_ones(
    feel: Feel, kind: str, attributes: dict[str, Any], good: list[Any], bad: list[Any], code: str
) -> None:
    component = field(kind, **attributes)
    context = {"offered": ["a", "x"] if "valuesExpression" in attributes else ["a"]}
    for value in good:
        assert codes(feel, component, value, context) == [], value
    for value in bad:
        assert codes(feel, component, value, context) == [code], value


@pytest.mark.parametrize(
    ("kind", "attributes", "value", "code"),
    [
        ("textfield", {}, 5, "type_text"),
        ("textfield", {}, ["王"], "type_text"),
        ("textarea", {}, {"a": 1}, "type_text"),
        ("textarea", {}, True, "type_text"),
        ("textfield", {}, "王\x00", "characters"),
        ("textfield", {}, "王\ud800", "characters"),
        ("textarea", {}, "王" * 20_001, "too_long"),
        ("number", {}, "zwölf", "type_number"),
        ("number", {}, "0x10", "type_number"),
        ("number", {}, "1,5", "type_number"),
        ("number", {}, True, "type_number"),
        ("number", {}, [1], "type_number"),
        ("number", {}, float("nan"), "type_number"),
        ("number", {}, float("inf"), "type_number"),
        ("number", {}, 10**400, "type_number"),
        ("number", {}, "9" * 40, "too_large"),
        ("number", {}, 2**53, "too_large"),
        ("checkbox", {}, "true", "type_check"),
        ("checkbox", {}, 1, "type_check"),
        ("checklist", {}, "spouse", "type_choice"),
        ("checklist", {}, ["spouse", "spouse"], "repeated"),
        ("taglist", {}, list(range(501)), "type_choice"),
        ("datetime", {}, "2025-02-30", "type_date"),
        ("datetime", {}, "2025-4-5", "type_date"),
        ("datetime", {}, "2025-04-05T10:00", "type_date"),
        ("datetime", {}, 20250405, "type_date"),
        ("datetime", {"subtype": "time"}, "24:00", "type_time"),
        ("datetime", {"subtype": "time"}, "9:30", "type_time"),
        ("datetime", {"subtype": "time"}, "09:31", "interval"),
        ("datetime", {"subtype": "datetime"}, "2025-04-05", "type_datetime"),
        ("datetime", {"subtype": "datetime"}, "2025-04-05T10:00:30", "type_datetime"),
        ("filepicker", {}, 7, "type_file"),
        ("filepicker", {}, [{}], "type_file"),
        ("filepicker", {}, ["\ud800"], "type_file"),
        ("filepicker", {}, ["u1"] * 501, "type_file"),
        ("filepicker", {}, "nobody-sent-this", "file_missing"),
    ],
)
def test_a_value_of_the_wrong_kind_is_an_error_at_its_field_and_is_not_kept(
    feel: Feel, kind: str, attributes: dict[str, Any], value: Any, code: str
) -> None:
    component = field(kind, validate={"required": True}, **attributes)
    submission = validate(form_of(component), {"answer": value}, {}, feel, now=NOW)
    assert [finding.code for finding in submission.findings] == [code]
    assert submission.values["answer"] in ("", None, False, [], ["nobody-sent-this"])


@pytest.mark.parametrize(
    ("attributes", "sent", "kept"),
    [
        ({"subtype": "date"}, "2025-04-05", "2025-04-05"),
        ({"subtype": "time"}, "09:30", "09:30"),
        ({"subtype": "time", "timeSerializingFormat": "utc_offset"}, "09:30", "09:30+08:00"),
        ({"subtype": "time", "timeSerializingFormat": "utc_normalized"}, "09:30+08:00", "01:30Z"),
        ({"subtype": "time", "timeSerializingFormat": "no_timezone"}, "01:30Z", "09:30"),
        ({"subtype": "datetime"}, "2025-04-05T16:30Z", "2025-04-06T00:30"),
        (
            {"subtype": "datetime", "timeSerializingFormat": "utc_offset"},
            "2025-04-05T09:30:00",
            "2025-04-05T09:30+08:00",
        ),
        ({"subtype": "datetime", "timeSerializingFormat": "utc_normalized"}, "2025-04-05T07:30", "2025-04-04T23:30Z"),
    ],
)
def test_times_are_kept_in_the_field_s_own_format(feel: Feel, attributes: dict[str, Any], sent: str, kept: str) -> None:
    submission = validate(form_of(field("datetime", **attributes)), {"answer": sent}, {}, feel, now=NOW)
    assert submission.errors == {}
    assert submission.values == {"answer": kept}


@pytest.mark.parametrize(
    ("component", "sent", "kept"),
    [
        (field("number"), "1.50", 1.5),
        (field("number"), 4.0, 4),
        (field("number"), "", None),
        (field("number", serializeToString=True), "1.50", "1.50"),
        (field("number", serializeToString=True), 0.1, "0.1"),
        (field("textfield"), "一\n二\t三", "一 二 三"),
        (field("textarea"), "一\n二", "一\n二"),
        (field("textfield"), None, ""),
        (field("textfield", properties={"check": "id_number"}), "11010519491231002x", "11010519491231002X"),
        (field("textfield", properties={"check": "bank_card"}), "6222 0219 0100 1234 564", "6222021901001234564"),
        (field("checkbox"), None, False),
        (field("select"), "", None),
        (field("checklist"), None, []),
    ],
)
def test_values_take_the_shape_that_form_js_gives_them(feel: Feel, component: Any, sent: Any, kept: Any) -> None:
    submission = validate(form_of(component), {"answer": sent}, {}, feel, now=NOW)
    assert submission.errors == {}
    assert submission.values == {"answer": kept}
    assert type(submission.values["answer"]) is type(kept)


@pytest.mark.parametrize(
    ("kind", "number", "fits"),
    [
        ("resident_id", "1101 0519 4912 3100 2x", True),
        ("resident_id", "110105194912310021", False),
        ("passport", "e12345678", True),
        ("passport", "110105194912310021", False),
        (None, "11010519491231002X", True),
        (None, "E12345678", False),
    ],
)
def test_a_document_is_judged_by_the_kind_chosen_beside_it(
    feel: Feel, kind: str | None, number: str, fits: bool
) -> None:
    kinds = [{"label": kind, "value": kind} for kind in ("resident_id", "passport")]
    chosen = {"type": "select", "id": "kind", "key": "heir.id_kind", "label": "证件类型", "values": kinds}
    asked = field("textfield", key="heir.id_number", label="证件号码", properties={"check": "identity"})
    sent = {"heir": {"id_number": number} | ({"id_kind": kind} if kind else {})}
    submission = validate(form_of(chosen, asked), sent, {}, feel, now=NOW)
    wrong = {"heir.id_number": ["“证件号码”与证件类型不符或者有误，请对照证件逐位核对。"]}
    assert submission.errors == ({} if fits else wrong)
    known = validate(form_of(asked), {"heir": {"id_number": number}}, {"heir": {"id_kind": kind}}, feel, now=NOW)
    assert bool(known.errors) is not fits, "the kind may also be known from another page"


def test_a_pattern_s_own_message_is_shown(feel: Feel) -> None:
    component = field("textfield", validate={"pattern": "^湘", "patternErrorMessage": "请填写湘字开头的编号 {1}"})
    submission = validate(form_of(component), {"answer": "京A"}, {}, feel)
    assert submission.errors == {"answer": ["请填写湘字开头的编号 {1}"]}


def test_messages_are_chinese_and_say_what_is_needed(feel: Feel) -> None:
    component = field("number", label="领取金额（元）", increment=50, validate={"max": 1000})
    submission = validate(form_of(component), {"answer": 1020}, {}, feel)
    assert submission.errors == {
        "answer": [
            "“领取金额（元）”须为 50 的整倍数，最接近的是 1000 或 1050。",
            "“领取金额（元）”不能大于 1000。",
        ]
    }


def test_a_faulty_value_is_still_there_to_show_again(feel: Feel) -> None:
    submission = validate(form_of(field("textfield", validate={"minLength": 5})), {"answer": "王五"}, {}, feel)
    assert submission.errors
    assert submission.values == {"answer": "王五"}


def test_a_limit_that_cannot_be_computed_is_not_dropped() -> None:
    class Broken:
        def evaluate(self, *_: object, **__: object) -> object:
            raise TimeoutError

        def unary_test(self, *_: object, **__: object) -> bool:
            return False

    with pytest.raises(TimeoutError):
        validate(form_of(field("number", validate={"max": "=slow()"})), {"answer": 5}, {}, Broken())
