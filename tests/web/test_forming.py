"""Forms as HTML and back: what goes in comes out, and what was not asked for is refused."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from engine.feel import Feel
from forms import show, validate
from forms.intake import accept
from forms.values import is_same
from tests.small_forms import form_of
from tests.web.form_filling import UPLOADS, fill, names_of, read_page, successful
from tests.web.forming_app import SHIPPED, context_of, read_shipped
from tests.web.forming_forms import HEIRS, NOW, draw, feel, step
from web.forming import parse

__all__ = ["feel"]
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")


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


def test_an_amount_is_read_as_it_is_meant(feel: Feel) -> None:
    form = form_of({"type": "number", "key": "amount", "decimalDigits": 2})
    for typed, taken in (("１２３．４", 123.4), (" 0.05 ", 0.05), ("3e5", None), ("-", None), ("1,234", None)):
        done = step(form, feel, MultiDict({"amount": typed}))
        assert set(done.errors) == (set() if taken else {"amount"}), typed
        assert taken is None or validate(form, done.values, {}, feel, now=NOW).values == {"amount": taken}
    fixed = form_of({"type": "number", "key": "amount", "decimalDigits": 2, "readonly": True})
    assert "300,000.00" in draw(fixed, feel, context={"amount": 300_000})
    assert "1,234.567" in draw(fixed, feel, context={"amount": 1_234.567})


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
