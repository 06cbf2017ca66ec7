"""The buttons of a form: rows, drafts, refreshes and files."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.datastructures import FileStorage, MultiDict

from engine.feel import Feel
from forms import Form, FormInvalid
from tests.small_forms import form_of
from tests.web.form_filling import UPLOADS, read_page, successful
from tests.web.forming_forms import HEIRS, NOW, draw, feel, step
from web.forming import Files, parse, render_fields, sent_files
from web.forming.names import CONTROLS

__all__ = ["feel"]


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
    assert page.xpath("//noscript//button/@value") == ["reveal"]
    still = read_page(draw(form_of({"type": "textfield", "key": "name"}), feel))
    assert not still.xpath("//*[@hx-post] | //noscript")
    elsewhere = {"conditional": {"hide": "=case.settled"}}
    steered = read_page(draw(form_of({"type": "textfield", "key": "name", **elsewhere}), feel))
    assert not steered.xpath("//noscript"), "nothing that is chosen here changes it"


def test_the_summary_says_in_which_row_a_fault_is(feel: Feel) -> None:
    form = form_of(HEIRS)
    failed = step(form, feel, successful(draw(form, feel, {"heirs": [{"name": "甲"}, {}, {}]})))
    page = read_page(draw(form, feel, failed.values, failed.errors))
    said = [link.text_content() for link in page.xpath('//*[@id="forming-summary"]//a')]
    assert said == ["第 2 项：请填写“姓名”。", "第 3 项：请填写“姓名”。"]


def test_without_a_script_the_cursor_goes_to_what_a_choice_brought_up(feel: Feel) -> None:
    hidden: dict[str, Any] = {"conditional": {"hide": "=not(other)"}}
    form = form_of(
        {"type": "checkbox", "key": "other"},
        {"type": "checkbox", "key": "sure"},
        {"type": "radio", "key": "which", "values": ["a", "b"], **hidden},
        {"type": "textfield", "key": "why", **hidden},
    )
    chosen = successful(draw(form, feel, {"other": True}), _intent="reveal")
    assert step(form, feel, chosen).focus == "", "all of it was there before"
    for name in ("which", "why"):
        chosen.poplist(name)
    chosen["_shown"] = "other sure"
    revealed = step(form, feel, chosen)
    assert (revealed.intent, revealed.focus, revealed.errors) == ("refresh", "which", {})
    page = read_page(draw(form, feel, revealed.values, focus=revealed.focus))
    assert page.xpath("//*[@autofocus]/@name") == ["which"]


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
