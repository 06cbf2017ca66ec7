"""What a form says: nothing that people or packs write becomes markup, and values are shown as people read them."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from engine.feel import Feel
from forms import Form, validate
from tests.small_forms import form_of
from tests.web.form_filling import UPLOADS, read_page, successful
from tests.web.forming_forms import NOW, draw, feel, step

__all__ = ["feel"]
EVIL = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'{{7*7}}[x](javascript:alert(3))"


# -- nothing becomes markup ------------------------------------------------------------------------------------------


def hostile_form() -> Form:
    """Every kind, with hostile text wherever a form file takes text."""
    said = {"label": EVIL, "description": EVIL}
    options = {"values": [{"label": EVIL, "value": EVIL}, {"label": f"甲 —— {EVIL}", "value": "b"}]}
    edge = {"appearance": {"prefixAdorner": EVIL, "suffixAdorner": EVIL}}
    fields: list[dict[str, Any]] = [
        {"type": "textfield", "key": "line", **said, **edge},
        {"type": "textfield", "key": "fixed", "readonly": True, **said, **edge},
        {"type": "textarea", "key": "area", **said, "validate": {"maxLength": 900}},
        {"type": "number", "key": "number", **said, **edge},
        {"type": "datetime", "key": "day", "dateLabel": EVIL, "description": EVIL},
        {"type": "checkbox", "key": "tick", **said},
        *({"type": kind, "key": kind, **said, **options} for kind in ("radio", "select", "checklist", "taglist")),
        {"type": "select", "key": "fixed_choice", "readonly": True, **said, **options},
        {"type": "filepicker", "key": "scan", "multiple": True, **said},
        {"type": "filepicker", "key": "fixed_scan", "multiple": True, "readonly": True, **said},
        {"type": "expression", "key": "computed", "expression": "=line", **said},
        {"type": "text", "text": f"# {EVIL}\n<b>粗</b> ![x](http://a/b.png) <https://a.example>\n\n**{{{{line}}}}**"},
        {"type": "table", "dataSource": "=rows", "columns": [{"key": "a", "label": EVIL}], **said},
        {"type": "image", "source": "=line", "alt": EVIL},
        {"type": "html", "content": "<p title='<b>'>说明 &lt;script&gt;alert(4)&lt;/script&gt; <b>粗</b></p>"},
        {"type": "button", "label": EVIL},
    ]
    for field in fields:
        for name in ("label", "description", "dateLabel", "alt", "text"):
            if name in field:
                field[name] = field[name].replace("{{7*7}}", "")
        if "appearance" in field:
            field["appearance"] = {key: text.replace("{{7*7}}", "") for key, text in field["appearance"].items()}
    rows: dict[str, Any] = {"type": "dynamiclist", "path": "list", "label": "<b>", "allowAddRemove": False}
    rows["components"] = copy.deepcopy(fields[:2])
    group = {"type": "group", "path": "group", "label": "<i>甲</i>", "components": [{"type": "textfield", "key": "x"}]}
    return form_of(*fields, rows, group)


def test_no_text_of_people_or_packs_becomes_markup(feel: Feel) -> None:
    form = hostile_form()
    context: dict[str, Any] = {"fixed": EVIL, "fixed_choice": EVIL, "rows": [{"a": EVIL}], "list": [{"fixed": EVIL}]}
    context["fixed_scan"] = ["known"]
    values = {
        "line": EVIL,
        "area": f"</textarea>{EVIL}",
        "number": EVIL,
        "day": EVIL,
        "scan": ["upload-0"],
        "radio": EVIL,
        "select": EVIL,
        "checklist": [EVIL],
        "taglist": [EVIL],
        "list": [{"line": EVIL}],
    }
    errors = {name: [EVIL] for name in ("", "line", "number", "day", "radio", "tick", "list", EVIL)}
    uploads = {"upload-0": replace(UPLOADS["upload-0"], name=EVIL)}
    html = draw(form, feel, values, errors, context, uploads=uploads, csrf=EVIL, file_url=lambda key: f"/f/{key}")
    page = read_page(html)
    assert not page.xpath("//script | //style | //b | //i | //iframe | //svg")
    assert not page.xpath("//img | //@src")
    assert not [name for element in page.iter() for name in element.attrib if str(name).startswith("on")]
    hrefs = page.xpath("//@href | //@action | //@formaction")
    assert hrefs
    assert all(href.startswith(("#", "/", "https://a.example", "http://a/b.png")) for href in hrefs)
    assert page.xpath('//*[@name="line"]/@value') == [EVIL]
    assert page.xpath('//*[@name="number"]/@value') == [EVIL]
    assert EVIL in page.xpath('//textarea[@name="area"]')[0].text
    assert page.xpath('//input[@name="csrf_token"]/@value') == [EVIL]
    assert EVIL in page.xpath('//*[@id="field-fixed"]')[0].text_content()


def test_a_name_in_a_text_is_no_markdown(feel: Feel) -> None:
    form = form_of({"type": "text", "text": "征求对象：{{heir}}（{{#if known}}已通知{{/if}}）"})
    context: dict[str, Any] = {"heir": "# [甲](https://evil.example) **乙**\n- `丙`", "known": True}
    page = read_page(draw(form, feel, context=context))
    assert not page.xpath("//a | //strong | //code | //li | //h2")
    assert "征求对象：# [甲](https://evil.example) **乙** - `丙`（已通知）" in page.text_content()


@pytest.mark.parametrize(
    "source", ["https://evil.example/a.png", "//evil.example", "/\\evil", "data:image/svg+xml,<svg>"]
)
def test_only_our_own_images_are_shown(source: str, feel: Feel) -> None:
    form = form_of({"type": "image", "source": "=one", "alt": "示意图"})
    page = read_page(draw(form, feel, context={"one": source}))
    assert not page.xpath("//img")
    assert "示意图" in page.text_content()


# -- details ---------------------------------------------------------------------------------------------------------


def test_values_from_the_server_are_marked_until_they_are_changed(feel: Feel) -> None:
    form = form_of({"type": "textfield", "key": "name"}, {"type": "textfield", "key": "phone"})
    known = {"name": "谢琬", "phone": ""}
    assert draw(form, feel, context=known).count("来自登记信息") == 1
    assert "来自登记信息" not in draw(form, feel, {"name": "谢婉"}, context=known)


def test_a_form_whose_only_button_is_hidden_cannot_be_submitted(feel: Feel) -> None:
    hidden = {"type": "button", "label": "提交", "conditional": {"hide": "=blocked"}}
    form = form_of({"type": "textfield", "key": "name"}, hidden)
    assert 'value="submit"' in draw(form, feel, context={"blocked": False})
    assert 'value="submit"' not in draw(form, feel, context={"blocked": True})


def test_plain_name_first_official_name_beneath(feel: Feel) -> None:
    values = [{"label": "终止医保 —— 基本医疗保险减少登记", "value": "med_stop"}]
    page = read_page(draw(form_of({"type": "checklist", "key": "items", "values": values}), feel))
    assert page.xpath('//*[@class="forming-official"]/text()') == ["基本医疗保险减少登记"]


def test_moments_are_shown_in_the_products_zone(feel: Feel) -> None:
    moment = {"type": "datetime", "subtype": "datetime", "dateLabel": "死亡日期", "timeSerializingFormat": "utc_offset"}
    form = form_of({**moment, "key": "at", "timeInterval": 1}, {**moment, "key": "fixed", "readonly": True})
    known = {"at": "2025-04-05T17:30:00Z", "fixed": "2025-04-05T17:30:00Z"}
    page = read_page(draw(form, feel, context=known))
    assert page.xpath('//*[@name="at"]/@value') == ["2025-04-06T01:30"]
    assert "2025年4月6日 01:30" in page.text_content()
    done = step(form, feel, successful(draw(form, feel, context=known)), context=known)
    assert validate(form, done.values, known, feel, now=NOW).values["at"] == "2025-04-06T01:30+08:00"


def test_choices_of_a_group_stand_under_its_name(feel: Feel) -> None:
    offered = [
        {"value": "430102", "label": "长沙市芙蓉区", "group": "长沙市"},
        {"value": "430104", "label": "长沙市岳麓区", "group": "长沙市"},
        {"value": "430621", "label": "岳阳市岳阳县", "group": f"岳阳市{EVIL}"},
        {"value": "430000", "label": "湖南省"},
    ]
    form = form_of({"type": "select", "key": "place", "valuesKey": "places"})
    page = read_page(draw(form, feel, {"place": "430104"}, context={"places": offered}))
    groups = page.xpath("//select/optgroup")
    assert [group.get("label") for group in groups] == ["长沙市", f"岳阳市{EVIL}"]
    assert groups[0].xpath("option/text()") == ["芙蓉区", "岳麓区"], "what the group says is not said again"
    assert page.xpath("//select/option/@value") == ["", "430000"]
    assert page.xpath("//option[@selected]/@value") == ["430104"]
