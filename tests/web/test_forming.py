"""Forms as HTML and back: what goes in comes out, and nothing that people or packs write becomes markup."""

from __future__ import annotations

import copy
import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage, MultiDict

from engine.feel import Feel
from forms import Form, FormInvalid, read_form, show, validate
from forms.intake import accept
from forms.values import is_same
from tests.web.form_filling import UPLOADS, fill, names_of, read_page, successful
from tests.web.forming_app import SHIPPED, context_of, read_shipped
from web.forming import Files, Step, handle, parse, render, render_fields, sent_files
from web.forming.names import CONTROLS

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
EVIL = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'{{7*7}}[x](javascript:alert(3))"


@pytest.fixture(scope="module")
def feel() -> Feel:
    return Feel()


def form_of(*components: dict[str, Any], **root: Any) -> Form:
    number = iter(range(1000))

    def with_ids(nodes: Any) -> list[dict[str, Any]]:
        found = [{"id": f"Field_{next(number)}", "label": "这一项", **node} for node in nodes]
        for node in found:
            if "components" in node:
                node["components"] = with_ids(node["components"])
        return found

    return read_form({"type": "default", "id": "one", "components": with_ids(components), **root}, "one.form")


def draw(form: Form, feel: Feel, values: Any = None, errors: Any = None, context: Any = None, **more: Any) -> str:
    return str(render(form, context or {}, feel, values, errors, post_to="/here", now=NOW, **more))


def step(form: Form, feel: Feel, sent: MultiDict[str, str], files: Files | None = None, context: Any = None) -> Step:
    return handle(form, sent, files, context or {}, feel, NOW)


HEIRS = {
    "type": "dynamiclist",
    "path": "heirs",
    "label": "其他亲属",
    "properties": {"maxRows": "3"},
    "components": [
        {"type": "textfield", "key": "name", "label": "姓名", "validate": {"required": True}},
        {"type": "checkbox", "key": "adult", "label": "成年"},
        {"type": "select", "key": "kind", "label": "关系", "values": ["spouse", "child"], "defaultValue": "child"},
    ],
}


# -- round trip ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_shipped_form_gives_back_what_was_put_in(path: Path, feel: Feel) -> None:
    form = read_shipped(path)
    context = context_of(form)
    for seed in range(3):
        values = fill(form, context, feel, random.Random(f"{path.stem}{seed}"))
        html = draw(form, feel, values, context=context, uploads=UPLOADS)
        parsed = parse(form, successful(html))
        shown = show(form, context, feel, values, NOW)
        expected, found = names_of(form, values, shown), names_of(form, parsed, shown)
        assert expected.keys() == found.keys()
        for name, value in expected.items():
            component = next(one.component for one in shown if one.key == name and one.component.is_input)
            assert is_same(accept(component, found[name]), accept(component, value)), name
        direct = validate(form, values, context, feel, UPLOADS, NOW)
        through = validate(form, parsed, context, feel, UPLOADS, NOW)
        assert (through.values, through.sealed, through.errors) == (direct.values, direct.sealed, direct.errors)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_empty_form_has_the_same_errors_through_the_page(path: Path, feel: Feel) -> None:
    form = read_shipped(path)
    context = context_of(form)
    done = step(form, feel, successful(draw(form, feel, context=context)), context=context)
    assert done.intent == "submit"
    assert done.errors == validate(form, {}, context, feel, now=NOW).errors
    page = read_page(draw(form, feel, done.values, done.errors, context=context))
    ids = set(page.xpath("//@id"))
    for href in page.xpath('//*[@id="forming-summary"]//a/@href'):
        assert href.removeprefix("#") in ids
    assert len(page.xpath('//*[@id="forming-summary"]//li')) == sum(map(len, done.errors.values()))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_control_is_named_once_labelled_and_described(path: Path, feel: Feel) -> None:
    form = read_shipped(path)
    context = context_of(form)
    values = fill(form, context, feel, random.Random(7))
    page = read_page(draw(form, feel, values, {"": ["说明"]}, context=context, uploads=UPLOADS, draft_to="/draft"))
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    for said in page.xpath("//@aria-describedby") + page.xpath("//@aria-labelledby"):
        assert set(said.split()) <= set(ids)
    labelled = set(page.xpath("//label/@for"))
    for control in page.xpath("//input[not(@type='hidden')] | //select | //textarea"):
        assert control.get("id") in labelled, control.get("name")
    assert not page.xpath("//@style | //script | //style | //@*[starts-with(name(), 'on')]")
    assert all(fieldset.xpath("./legend") for fieldset in page.xpath("//fieldset"))


def test_choices_keep_their_kind(feel: Feel) -> None:
    odd = [1, True, "1", "true", "json:1", "两\n行", 2.5, {"code": "甲"}]
    values = [{"label": f"第{place}", "value": one} for place, one in enumerate(odd)]
    form = form_of({"type": "checklist", "key": "several", "values": values})
    parsed = parse(form, successful(draw(form, feel, {"several": odd})))
    assert is_same(parsed["several"], odd)


def test_nothing_chosen_is_sent_as_nothing(feel: Feel) -> None:
    form = form_of(
        {"type": "checkbox", "key": "agreed"},
        {"type": "radio", "key": "way", "values": ["a"]},
        {"type": "checklist", "key": "seen", "values": ["a"]},
        {"type": "filepicker", "key": "scan", "multiple": True},
        HEIRS,
    )
    empty: dict[str, Any] = {"agreed": False, "way": None, "seen": [], "scan": None, "heirs": []}
    assert parse(form, successful(draw(form, feel, empty))) == empty


def test_what_cannot_be_accepted_can_be_corrected(feel: Feel) -> None:
    form = form_of({"type": "number", "key": "amount"}, {"type": "datetime", "key": "day", "dateLabel": "日期"})
    done = step(form, feel, MultiDict({"amount": "十二元", "day": "2025-02-30"}))
    assert set(done.errors) == {"amount", "day"}
    page = read_page(draw(form, feel, done.values, done.errors))
    assert page.xpath('//*[@name="amount"]/@value') == ["十二元"]
    assert page.xpath('//*[@name="amount"]/@aria-invalid') == ["true"]
    assert "field-amount-error" in page.xpath('//*[@name="amount"]/@aria-describedby')[0]
    assert page.xpath("//*[@autofocus]/@id") == ["forming-summary"]


# -- what was not asked for ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["hold.released", "hold", "amount.cents", "heirs", "heirs[0]", "heirs[5].name", "é[", ""]
)
def test_a_name_the_form_does_not_have_is_refused(name: str, feel: Feel) -> None:
    form = form_of({"type": "number", "key": "amount"}, HEIRS)
    done = step(form, feel, MultiDict({"amount": "1", "_rows": "heirs=0", name: "true"}))
    assert done.errors


def test_a_control_sent_twice_is_refused(feel: Feel) -> None:
    form = form_of({"type": "textfield", "key": "name"})
    assert step(form, feel, MultiDict([("name", "甲"), ("name", "乙")])).errors.keys() == {"name"}


def test_announced_rows_are_bounded(feel: Feel) -> None:
    form = form_of({**HEIRS, "components": [{**HEIRS, "path": "phones"}]})
    rows = " ".join(["heirs=999", *(f"heirs[{row}].phones=999" for row in range(400)), "heirs=-1", "heirs[0]=4"])
    done = step(form, feel, MultiDict({"_rows": rows}))
    heirs = done.values["heirs"]
    assert isinstance(heirs, list)
    assert len(heirs) == 401
    assert done.errors


def test_a_token_and_our_own_controls_are_no_values() -> None:
    form = form_of({"type": "textfield", "key": "name"})
    sent = MultiDict(
        {"csrf_token": "x", "_intent": "submit", "_shown": "hold nothing[0] ..", "_faulty": "", "name": "甲"}
    )
    assert parse(form, sent) == {"name": "甲"}


# -- steps -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("control", sorted(CONTROLS))
def test_no_form_has_a_field_by_the_name_of_our_own_controls(control: str) -> None:
    with pytest.raises(FormInvalid, match="reserved"):
        form_of({"type": "textfield", "key": control, "label": "姓名"})


def test_rows_come_and_go_without_a_script(feel: Feel) -> None:
    form = form_of(HEIRS)
    html = draw(form, feel, {"heirs": [{"name": "谢琬", "adult": True, "kind": "spouse"}]})
    added = step(form, feel, successful(html, _add="heirs"))
    assert (added.intent, added.focus, added.errors) == ("add", "heirs[1]", {})
    html = draw(form, feel, added.values, focus=added.focus)
    assert read_page(html).xpath("//*[@autofocus]/@name") == ["heirs[1].name"]
    removed = step(form, feel, successful(html, _remove="heirs[0]"))
    assert (removed.intent, removed.focus) == ("remove", "heirs")
    assert removed.values == {"heirs": [{"name": "", "adult": False, "kind": "child"}]}


def test_a_new_row_never_shows_what_the_server_knew_of_one_that_was_removed(feel: Feel) -> None:
    form = form_of(HEIRS)
    known = {"heirs": [{"name": "谢琬", "adult": True}, {"name": "欧阳𬭎", "adult": True}]}
    html = draw(form, feel, context=known)
    removed = step(form, feel, successful(html, _remove="heirs[0]"), context=known)
    html = draw(form, feel, removed.values, context=known)
    added = step(form, feel, successful(html, _add="heirs"), context=known)
    html = draw(form, feel, added.values, context=known)
    assert read_page(html).xpath("//input[contains(@name, '.name')]/@value") == ["欧阳𬭎", ""]


def test_rows_stay_within_their_limits(feel: Feel) -> None:
    form = form_of(HEIRS)
    html = draw(form, feel, {"heirs": [{"name": "甲"}] * 3})
    assert 'name="_add"' not in html
    assert len(step(form, feel, successful(html, _add="heirs")).values["heirs"]) == 3  # type: ignore[arg-type]
    fixed = form_of({**HEIRS, "allowAddRemove": False})
    html = draw(fixed, feel, context={"heirs": [{"name": "甲"}]})
    assert 'name="_remove"' not in html
    assert step(fixed, feel, successful(html, _remove="heirs[0]")).values["heirs"] != []


def test_a_refresh_shows_what_the_choice_needs_and_keeps_old_errors(feel: Feel) -> None:
    form = form_of(
        {"type": "radio", "key": "way", "values": ["post", "window"]},
        {"type": "textfield", "key": "name", "label": "收件人", "validate": {"required": True}},
        {
            "type": "textfield",
            "key": "address",
            "label": "地址",
            "validate": {"required": True},
            "conditional": {"hide": '=way != "post"'},
        },
    )
    failed = step(form, feel, successful(draw(form, feel)))
    assert failed.errors.keys() == {"name"}
    html = draw(form, feel, failed.values | {"way": "post"}, failed.errors)
    again = step(form, feel, successful(html, _intent="refresh"))
    assert (again.intent, set(again.errors)) == ("refresh", {"name"})
    fragment = str(render_fields(form, {}, feel, again.values, again.errors, post_to="/here", now=NOW))
    assert fragment.startswith('<div id="forming-fields"')
    assert 'name="address"' in fragment
    assert "autofocus" not in fragment


def test_only_fields_that_steer_ask_for_a_refresh(feel: Feel) -> None:
    form = form_of(
        {"type": "textfield", "key": "name"},
        {"type": "checkbox", "key": "other"},
        {"type": "textfield", "key": "which", "conditional": {"hide": "=not(other)"}},
    )
    page = read_page(draw(form, feel))
    assert page.xpath("//*[@hx-post]//input/@name") == ["other"]
    assert page.xpath("//*[@hx-post]/@hx-post") == ["/here/refresh"]
    assert page.xpath("//noscript//button/@value") == ["refresh"]
    still = read_page(draw(form_of({"type": "textfield", "key": "name"}), feel))
    assert not still.xpath("//*[@hx-post] | //noscript")


def test_a_draft_may_be_incomplete(feel: Feel) -> None:
    form = form_of(
        {"type": "textfield", "key": "name", "validate": {"required": True}}, {"type": "number", "key": "sum"}
    )
    html = draw(form, feel, draft_to="/draft")
    assert read_page(html).xpath('//button[@value="draft"]/@formaction') == ["/draft"]
    assert step(form, feel, successful(html, _intent="draft")).errors == {}
    wrong = step(form, feel, MultiDict({"name": "", "sum": "十", "_intent": "draft"}))
    assert (wrong.intent, set(wrong.errors)) == ("draft", {"sum"})


def test_enter_submits_and_presses_no_other_button(feel: Feel) -> None:
    html = draw(form_of(HEIRS), feel, {"heirs": [{"name": "甲"}]}, draft_to="/draft")
    first = read_page(html).xpath("//button")[0]
    assert (first.get("name"), first.get("value")) == ("_intent", "submit")


# -- files -----------------------------------------------------------------------------------------------------------


def file_form(**attributes: Any) -> Form:
    return form_of({"type": "filepicker", "key": "scan", "label": "户口簿", "accept": ".pdf,.jpg", **attributes})


def test_files_are_kept_by_reference_and_can_be_given_up(feel: Feel) -> None:
    form = file_form(multiple=True)
    html = draw(form, feel, {"scan": ["upload-0", "upload-1", "stranger"]}, uploads=UPLOADS)
    page = read_page(html)
    assert page.xpath('//input[@type="checkbox"]/@value') == ["upload-0", "upload-1"]
    sent = MultiDict([("_shown", "scan"), ("scan", "upload-1")])
    done = step(form, feel, sent, Files(UPLOADS, {"scan": ["upload-2"]}))
    assert (done.values, done.errors) == ({"scan": ["upload-1", "upload-2"]}, {})
    assert parse(form, MultiDict({"_shown": "scan"})) == {"scan": None}


def test_where_one_file_is_taken_the_new_one_replaces(feel: Feel) -> None:
    done = step(file_form(), feel, MultiDict({"scan": "upload-0"}), Files(UPLOADS, {"scan": ["upload-1"]}))
    assert (done.values, done.errors) == ({"scan": ["upload-1"]}, {})


def test_a_strangers_file_and_one_the_store_refused_are_errors(feel: Feel) -> None:
    form = file_form(multiple=True)
    assert step(form, feel, MultiDict({"scan": "stranger"})).errors.keys() == {"scan"}
    done = step(form, feel, MultiDict({"_shown": "scan", "_intent": "draft"}), Files(refused={"scan": ["太大"]}))
    assert done.errors == {"scan": ["太大"]}


def test_the_kinds_and_the_camera_are_offered(feel: Feel) -> None:
    page = read_page(draw(file_form(multiple=True), feel))
    picker, camera = page.xpath('//input[@type="file"]')
    assert (picker.get("accept"), camera.get("accept")) == (".pdf,.jpg,.jpeg", "image/jpeg")
    assert camera.get("capture") == "environment"
    assert "PDF、JPG，每个不超过 20 MB" in page.text_content()
    assert page.xpath("//form/@enctype") == ["multipart/form-data"]


def test_only_files_that_the_form_asks_for_are_taken() -> None:
    files = MultiDict(
        [(name, FileStorage(filename="a.pdf", name=name)) for name in ("scan", "other", "scan[0]", "..")]
        + [("scan", FileStorage(filename="", name="scan"))]
    )
    assert [name for name, _ in sent_files(file_form(), files)] == ["scan"]


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
