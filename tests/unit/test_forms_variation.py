"""A form laid out for one place: other words, other choices, parts left out; lists that are kept elsewhere."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.form_variations import variation_of
from engine.pack_schema import Manifest
from forms import AS_WRITTEN, Form, FormInvalid, Option, Variation, read_form

ITEMS: dict[str, Any] = {
    "id": "items_field",
    "type": "checklist",
    "key": "items",
    "label": "要办理的事项",
    "values": [{"label": "注销户口", "value": "hukou_cancel"}],
    "properties": {"options": "items"},
}
RELATION: dict[str, Any] = {
    "id": "relation",
    "type": "select",
    "key": "relation",
    "label": "关系",
    "values": [{"label": "配偶", "value": "spouse"}],
}
DAY: dict[str, Any] = {"id": "day", "type": "datetime", "key": "day", "subtype": "date", "dateLabel": "日期"}
BANK: dict[str, Any] = {"id": "bank", "type": "textfield", "key": "bank", "label": "开户行"}
SOCIAL: dict[str, Any] = {"id": "social", "type": "group", "path": "social", "label": "社保", "components": [BANK]}
WORDS: dict[str, Any] = {"id": "heading", "type": "text", "text": "### 申请表"}


def read(variation: Variation = AS_WRITTEN) -> Form:
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in (ITEMS, RELATION, DAY, SOCIAL, WORDS))
    data = f'{{"type": "default", "id": "one", "schemaVersion": 19, "components":\n[\n{lines}\n]}}'
    return read_form(data.encode(), "one.form", variation=variation)


def test_a_form_that_nothing_varies_offers_what_it_writes_down() -> None:
    form = read()
    assert form.fields["items"].options == (Option("hukou_cancel", "注销户口"),)
    assert (form.fields["day"].label, list(form.fields)[-1]) == ("日期", "social.bank")


def test_words_are_replaced_where_each_kind_of_component_keeps_them() -> None:
    texts = {
        "relation": "与死者关系",
        "relation.description": "按户口簿填",
        "day": "申办日期",
        "heading": "### 某省申请表",
    }
    form = read(Variation(texts=texts))
    assert (form.fields["relation"].label, form.fields["day"].label) == ("与死者关系", "申办日期")
    assert form.fields["relation"].component.attributes["description"] == "按户口簿填"
    assert next(c for c in form.components() if c.id == "heading").attributes["text"] == "### 某省申请表"


def test_what_is_left_out_is_no_field_any_more_and_neither_is_what_it_held() -> None:
    form = read(Variation(without=frozenset({"social", "day"})))
    assert list(form.fields) == ["items", "relation"]


def test_choices_are_replaced_whole() -> None:
    form = read(Variation(choices={"relation": {"child": "子女", "other": "其他"}}))
    assert form.fields["relation"].options == (Option("child", "子女"), Option("other", "其他"))


def test_a_list_that_is_kept_elsewhere_fills_the_field_that_names_it() -> None:
    form = read(Variation(lists={"items": {"med_stop": "终止医保"}}))
    assert form.fields["items"].options == (Option("med_stop", "终止医保"),)
    assert form.fields["relation"].options == (Option("spouse", "配偶"),)


def test_an_empty_list_leaves_the_choices_of_the_file() -> None:
    assert read(Variation(lists={"items": {}})).fields["items"].options == (Option("hukou_cancel", "注销户口"),)


def test_a_list_that_nobody_keeps_is_told_with_the_line() -> None:
    with pytest.raises(FormInvalid) as caught:
        read(Variation(lists={"channels": {}}))
    (problem,) = caught.value.problems
    assert (problem.rule, problem.element, problem.line) == ("form/unknown-options", "items_field", 3)
    assert "channels" in problem.remedy


@pytest.mark.parametrize("odd", [[], {}, 7, None, ["social"]])
@pytest.mark.parametrize("key", ["id", "options"])
def test_what_is_no_name_is_told_like_any_other_fault_of_the_file(key: str, odd: object) -> None:
    damaged = ITEMS | ({"id": odd} if key == "id" else {"properties": {"options": odd}})
    document = {"type": "default", "id": "one", "schemaVersion": 19, "components": [damaged, "lost"]}
    with pytest.raises(FormInvalid):
        read_form(document, "one.form", variation=Variation(without=frozenset({"day"}), lists={"items": {"a": "甲"}}))


def test_lines_stay_those_of_the_file() -> None:
    form = read(Variation(texts={"bank": "死者银行卡开户行"}, without=frozenset({"relation"})))
    assert form.fields["social.bank"].component.line == 6


def test_a_packs_items_are_the_choices_in_its_own_order_and_words() -> None:
    item = {"department": "police", "status": "assumed"}
    manifest = Manifest.model_validate(
        {
            "code": "yunze",
            "names": {"short": "云泽", "official": "云泽县"},
            "items": {
                "hukou_cancel": {"name": "户口注销", "plain": "注销户口", **item},
                "licence_cancel": {"name": "注销驾驶证", "plain": "注销驾驶证", **item},
            },
            "forms": {"one": {"texts": {"relation": "与死者关系"}}},
        }
    )
    form = read(variation_of(manifest, "one"))
    assert [option.label for option in form.fields["items"].options] == ["注销户口 —— 户口注销", "注销驾驶证"]
    assert form.fields["relation"].label == "与死者关系"
    assert read(variation_of(manifest, "two")).fields["relation"].label == "关系"


def test_a_provisional_form_marks_every_field_and_keeps_its_other_properties() -> None:
    form = read(Variation(provisional=True))
    assert {one.component.properties.get("x-provisional") for one in form.fields.values()} == {"true"}
    plain = read(Variation()).fields
    for key, marked in form.fields.items():
        assert plain[key].component.properties.items() <= marked.component.properties.items()
        assert plain[key].sensitive == marked.sensitive
