"""Which fields are shown, what may be edited, what is computed: by what the server knows and what was submitted."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.feel import Feel
from forms import Submission, path_text, show, validate, validate_draft
from forms.conditions import walk, walk_still
from forms.evaluator import Reading
from tests.small_forms import form_of


@pytest.fixture(scope="module")
def feel() -> Feel:
    return Feel()


def text(key: str, hide: str = "", **attributes: Any) -> dict[str, Any]:
    shown = {"conditional": {"hide": hide}} if hide else {}
    return {"type": "textfield", "key": key, **shown, **attributes}


def number(key: str, **attributes: Any) -> dict[str, Any]:
    return {"type": "number", "key": key, **attributes}


def heirs(*components: dict[str, Any], **attributes: Any) -> dict[str, Any]:
    return {"type": "dynamiclist", "path": "heirs", "components": list(components), **attributes}


REQUIRED: dict[str, Any] = {"validate": {"required": True}}


def codes(submission: Submission) -> dict[str, list[str]]:
    """Place → codes."""
    found: dict[str, list[str]] = {}
    for finding in submission.findings:
        found.setdefault(path_text(finding.path), []).append(finding.code)
    return found


def test_a_hidden_field_is_neither_demanded_nor_kept(feel: Feel) -> None:
    form = form_of(number("amount"), text("reason", "=amount < 500", **REQUIRED))
    hidden = validate(form, {"amount": 100, "reason": "趁机写入"}, {}, feel)
    assert (hidden.values, hidden.errors) == ({"amount": 100}, {})
    assert hidden.visible == ("amount",)
    shown = validate(form, {"amount": 600}, {}, feel)
    assert codes(shown) == {"reason": ["required"]}
    assert shown.visible == ("amount", "reason")


def test_a_condition_that_comes_to_null_hides(feel: Feel) -> None:
    form = form_of(number("amount"), text("reason", "=amount > 500", **REQUIRED))
    assert validate(form, {"amount": None}, {}, feel).visible == ("amount",)
    assert validate(form, {"amount": 1}, {}, feel).visible == ("amount", "reason")


@pytest.mark.parametrize(("hide", "is_shown"), [("=true", False), ("=false", True), ("=not(case.insured)", True)])
def test_plain_conditions(feel: Feel, hide: str, is_shown: bool) -> None:
    submission = validate(form_of(text("a", hide)), {"a": "x"}, {"case": {"insured": True}}, feel)
    assert submission.values == ({"a": "x"} if is_shown else {})


def test_everything_in_a_hidden_group_is_hidden(feel: Feel) -> None:
    group = {"type": "group", "path": "agent", "conditional": {"hide": '=kind != "agent"'}}
    inner = {"type": "group", "components": [text("name", **REQUIRED), heirs(text("name", **REQUIRED))]}
    form = form_of(text("kind"), {**group, "components": [inner]})
    values = {"kind": "heir", "agent": {"name": "", "heirs": [{"name": ""}]}}
    assert validate(form, values, {}, feel).values == {"kind": "heir"}
    assert validate(form, values, {}, feel).errors == {}
    shown = validate(form, {**values, "kind": "agent"}, {}, feel)
    assert codes(shown) == {"agent.name": ["required"], "agent.heirs[0].name": ["required"]}


def test_conditions_chain_through_fields_that_are_hidden_themselves(feel: Feel) -> None:
    form = form_of(text("a"), text("b", '=a != "show"'), text("c", '=b = null or b = ""'))
    assert validate(form, {"a": "show", "b": "x", "c": "y"}, {}, feel).values == {"a": "show", "b": "x", "c": "y"}
    assert validate(form, {"a": "hide", "b": "x", "c": "y"}, {}, feel).values == {"a": "hide"}


def test_a_hidden_field_cannot_steer_a_limit(feel: Feel) -> None:
    """form-js judges conditions on raw data first; a value sent for a field that is never shown must not count."""
    form = form_of(
        text("never", "=true"),
        number("known", conditional={"hide": '=never = "x"'}),
        number("sum", validate={"max": "=known"}),
    )
    honest = validate(form, {"known": 10, "sum": 99}, {}, feel)
    forged = validate(form, {"known": 10, "sum": 99, "never": "x"}, {}, feel)
    assert codes(honest) == codes(forged) == {"sum": ["max"]}
    assert forged.values == {"known": 10, "sum": 99}


def test_rows_have_their_own_conditions_and_limits(feel: Feel) -> None:
    form = form_of(
        number("total"),
        heirs(
            text("name", **REQUIRED),
            number("share", conditional={"hide": '=this.name = "弃权人"'}, validate={"max": "=parent.total / 2"}),
            text("note", "=i[1] > 1"),
        ),
    )
    values = {
        "total": 10,
        "heirs": [{"name": "王五", "share": 6, "note": "一"}, {"name": "弃权人", "share": 9, "note": "二"}],
    }
    submission = validate(form, values, {}, feel)
    assert submission.values["heirs"] == [{"name": "王五", "share": 6, "note": "一"}, {"name": "弃权人"}]
    assert codes(submission) == {"heirs[0].share": ["max"]}
    assert submission.visible == ("total", "heirs[0].name", "heirs[0].share", "heirs[0].note", "heirs[1].name")


def test_rows_within_rows_see_their_parents(feel: Feel) -> None:
    inner = {"type": "dynamiclist", "path": "cards", "components": [number("part", validate={"max": "=parent.share"})]}
    form = form_of(heirs(number("share"), inner))
    submission = validate(form, {"heirs": [{"share": 5, "cards": [{"part": 5}, {"part": 6}]}]}, {}, feel)
    assert codes(submission) == {"heirs[0].cards[1].part": ["max"]}


def test_a_list_that_is_left_out_keeps_its_rows_and_one_that_is_emptied_has_none(feel: Feel) -> None:
    form = form_of(heirs(text("name")))
    context = {"heirs": [{"name": "王五"}, {"name": "李㐂"}]}
    assert validate(form, {}, context, feel).values == context
    assert validate(form, {"heirs": []}, context, feel).values == {"heirs": []}
    assert validate(form, {}, {}, feel).values == {"heirs": []}


@pytest.mark.parametrize(("rows", "expected"), [(0, ["min_rows"]), (1, []), (3, []), (4, ["max_rows"])])
def test_a_list_has_as_many_rows_as_its_properties_say(feel: Feel, rows: int, expected: list[str]) -> None:
    form = form_of(heirs(text("name"), properties={"minRows": "1", "maxRows": "3"}))
    submission = validate(form, {"heirs": [{"name": "王"}] * rows}, {}, feel)
    assert [finding.code for finding in submission.findings] == expected


def test_nobody_sends_more_than_two_hundred_rows(feel: Feel) -> None:
    form = form_of(heirs(text("name")))
    assert validate(form, {"heirs": [{"name": "王"}] * 200}, {}, feel).errors == {}
    assert codes(validate(form, {"heirs": [{"name": "王"}] * 201}, {}, feel)) == {"heirs": ["max_rows"]}


def test_a_fixed_list_keeps_its_length_and_its_read_only_values(feel: Feel) -> None:
    form = form_of(heirs(text("name", readonly=True), number("share"), allowAddRemove=False))
    context = {"heirs": [{"name": "王五"}, {"name": "李㐂"}]}
    sent = {"heirs": [{"name": "伪造", "share": 1}, {"name": "伪造", "share": 2}]}
    assert validate(form, sent, context, feel).values == {
        "heirs": [{"name": "王五", "share": 1}, {"name": "李㐂", "share": 2}]
    }
    longer = {"heirs": [*sent["heirs"], {"name": "第三人", "share": 3}]}
    assert codes(validate(form, longer, context, feel)) == {"heirs": ["fixed_rows"]}


def test_what_people_may_not_set_keeps_what_the_server_knows(feel: Feel) -> None:
    """form-js sends read-only values and no disabled ones; what a submission says of either is dropped."""
    form = form_of(text("name", readonly=True), text("office", disabled=True), text("unknown", readonly=True))
    sent = {"name": "伪造", "office": "伪造", "unknown": "伪造"}
    submission = validate(form, sent, {"name": "王小明", "office": "平江县民政局"}, feel)
    assert (submission.values, submission.errors) == ({"name": "王小明"}, {})


def test_a_locked_group_locks_what_it_holds(feel: Feel) -> None:
    group = {"type": "group", "readonly": "=case.closed", "components": [text("name")]}
    for is_closed, name in ((True, "王小明"), (False, "改名")):
        context = {"name": "王小明", "case": {"closed": is_closed}}
        assert validate(form_of(group), {"name": "改名"}, context, feel).values == {"name": name}


def test_a_field_does_not_unlock_itself_by_what_is_sent_for_it(feel: Feel) -> None:
    form = form_of(text("status", readonly='=status = "approved"'), text("hidden_key", "=true"))
    sent = {"status": "draft", "hidden_key": "approved"}
    assert validate(form, sent, {"status": "approved"}, feel).values == {"status": "approved"}
    assert validate(form, sent, {"status": "draft"}, feel).values == {"status": "draft"}


def test_a_forged_choice_is_refused_even_where_the_field_locks_itself_later(feel: Feel) -> None:
    choice = {"type": "select", "key": "office", "values": ["甲", "乙"], "readonly": "=is_final"}
    form = form_of(
        {"type": "checkbox", "key": "is_final"}, choice, number("n", validate={"max": '=if office = "x" then 9 else 1'})
    )
    submission = validate(form, {"is_final": True, "office": "x", "n": 5}, {}, feel)
    assert codes(submission) == {"office": ["option"], "n": ["max"]}
    assert submission.values["office"] is None
    assert validate(form, {"is_final": True, "office": "乙"}, {}, feel).values["office"] == "乙"


def test_an_expression_is_computed_here_and_never_taken_from_the_submission(feel: Feel) -> None:
    form = form_of(
        heirs(number("share"), {"type": "expression", "key": "half", "expression": "=this.share / 2"}),
        {"type": "expression", "key": "total", "expression": "=sum(heirs.share)"},
        {"type": "expression", "key": "double", "expression": "=total * 2"},
        {"type": "expression", "key": "late", "expression": "=total + 1", "computeOn": "presubmit"},
        text("note", "=double > 10"),
    )
    sent = {"heirs": [{"share": 2, "half": 99}, {"share": 4}], "total": 0, "double": 0, "late": 0, "note": "x"}
    assert validate(form, sent, {"total": 7}, feel).values == {
        "heirs": [{"share": 2, "half": 1}, {"share": 4, "half": 2}],
        "total": 6,
        "double": 12,
        "late": 7,
    }


def test_dates_that_an_expression_computes_are_iso_text(feel: Feel) -> None:
    form = form_of({"type": "expression", "key": "due", "expression": '=date("2025-04-05") + duration("P1M")'})
    assert validate(form, {}, {}, feel).values == {"due": "2025-05-05"}


def test_conditions_that_never_come_to_rest_are_an_error_and_no_hang(feel: Feel) -> None:
    form = form_of({"type": "expression", "key": "n", "expression": "=if n = null then 1 else n + 1"}, text("name"))
    submission = validate(form, {"name": "王"}, {}, feel)
    assert [finding.code for finding in submission.findings] == ["unsettled"]
    assert (submission.values, submission.sealed) == ({}, {})


def test_defaults_and_known_values_stand_where_nothing_was_sent(feel: Feel) -> None:
    form = form_of(
        text("a", defaultValue="默认"), text("b", defaultValue="默认"), {"type": "checkbox", "key": "c"}, text("d")
    )
    assert validate(form, {}, {"b": "已知", "c": "yes"}, feel).values == {"a": "默认", "b": "已知", "c": False, "d": ""}


def test_sensitive_values_are_sealed_wherever_they_stand(feel: Feel) -> None:
    sealed: dict[str, Any] = {"properties": {"sensitive": "true"}}
    form = form_of(
        text("applicant.name"),
        text("applicant.id_number", **sealed),
        heirs(text("name"), text("card", **sealed)),
        {"type": "group", "path": "bank", **sealed, "components": [text("account"), number("amount")]},
    )
    submission = validate(
        form,
        {
            "applicant": {"name": "王小明", "id_number": "43010319380214001X"},
            "heirs": [{"name": "李㐂", "card": "62"}, {"name": "王五", "card": "63"}],
            "bank": {"account": "62", "amount": 5},
        },
        {},
        feel,
    )
    assert submission.values == {"applicant": {"name": "王小明"}, "heirs": [{"name": "李㐂"}, {"name": "王五"}]}
    assert submission.sealed == {
        "applicant": {"id_number": "43010319380214001X"},
        "heirs": [{"card": "62"}, {"card": "63"}],
        "bank": {"account": "62", "amount": 5},
    }


def test_a_sealed_value_that_was_not_sent_is_not_wiped_out(feel: Feel) -> None:
    form = form_of(text("phone", properties={"sensitive": "true"}))
    assert validate(form, {}, {}, feel).sealed == {}
    assert validate(form, {"phone": ""}, {}, feel).sealed == {"phone": ""}


def test_a_draft_may_be_incomplete_but_not_foreign(feel: Feel) -> None:
    form = form_of(
        text("name", validate={"required": True, "minLength": 2}), number("age"), heirs(text("name", **REQUIRED))
    )
    draft = validate_draft(form, {"name": "王", "heirs": [{"name": ""}]}, {}, feel)
    assert draft.errors == {}
    assert draft.values == {"name": "王", "age": None, "heirs": [{"name": ""}]}
    assert codes(validate_draft(form, {"age": "viel", "hold": {}}, {}, feel)) == {
        "age": ["type_number"],
        "hold": ["unknown"],
    }


def test_a_page_gets_everything_that_is_shown_in_order(feel: Feel) -> None:
    choice = {"type": "select", "key": "office", "valuesExpression": "=offices", "validate": {"required": True}}
    form = form_of(
        {"type": "text", "text": "说明"},
        {
            "type": "group",
            "path": "a",
            "components": [number("sum", validate={"max": "=limit"}), text("gone", "=true")],
        },
        heirs(text("name", readonly=True), allowAddRemove=False),
        choice,
    )
    context = {"limit": 9, "offices": ["甲", "乙"], "heirs": [{"name": "王"}]}
    shown = {one.key or one.component.kind: one for one in show(form, context, feel, {"a": {"sum": 12}})}
    assert list(shown) == ["text", "a", "a.sum", "heirs", "heirs[0].name", "office"]
    assert (shown["a.sum"].value, shown["a.sum"].limits) == (12, {"max": 9})
    assert not shown["heirs[0].name"].is_editable
    assert [option.label for option in shown["office"].options] == ["甲", "乙"]


def test_a_still_forms_places_are_what_a_walk_finds(feel: Feel) -> None:
    """The short way through a form without conditions must show, lock and order as the long one does."""
    inner = {"type": "group", "path": "b", "components": [{"type": "textfield", "key": "c"}]}
    form = form_of(
        {"type": "textfield", "key": "a", "readonly": True},
        {"type": "group", "path": "x", "readonly": True, "components": [inner]},
        {"type": "group", "disabled": True, "components": [{"type": "number", "key": "d"}]},
        {"type": "text", "text": "说明"},
        {"type": "checkbox", "key": "e", "disabled": True},
    )
    assert form.is_still
    reading = Reading(form, {}, feel, datetime.now(UTC))
    short = [(one.component.id, one.path, one.is_locked) for one in walk_still(reading, {})]
    assert short == [(one.component.id, one.path, one.is_locked) for one in walk(reading, {}, {})]
    assert [path for _, path, _ in short] == [("a",), ("x", "b", "c"), ("d",), ("e",)]


def test_a_limit_in_feel_reads_what_was_submitted_with_it(feel: Feel) -> None:
    form = form_of(
        {"type": "number", "key": "sum"},
        {"type": "number", "key": "share", "validate": {"max": "=sum / 2"}},
    )
    assert form.is_still
    assert validate(form, {"sum": 10, "share": 5}, {}, feel).errors == {}
    assert list(validate(form, {"sum": 10, "share": 6}, {}, feel).errors) == ["share"]
    assert list(validate(form, {"share": 6}, {"sum": 10}, feel).errors) == ["share"]
    assert validate(form, {"sum": 20, "share": 6}, {"sum": 10}, feel).errors == {}
