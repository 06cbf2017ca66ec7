"""Words are words: markup in a pack's labels and in everything that people type is shown, and does nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lxml.html
import orjson
import pytest
import sqlalchemy as sa
from flask import Flask, render_template_string
from flask_babel import lazy_gettext
from lxml.html import FormElement
from markupsafe import escape
from werkzeug.test import TestResponse

from engine import tables as t
from engine.runtime import Runtime
from forms import read_form
from tasks import tables as d
from tests.templates import Templates
from tests.web.conftest import PACK, lay_out
from tests.web.forming_app import CONTEXT, SHIPPED
from tests.web.hostile_pack import MARKUP, read_hostile_pack
from tests.web.route_rules import PAGES
from tests.web.route_world import Persona, World, play_scenes, world
from tests.web.soundness import markup_in, markup_of, shows_words
from tests.web.test_routes import address
from web.forming import render
from web.papers.prints import NAMES
from web.tables import saved_filters, tickets

__all__ = ["world"]
TYPED = f"\"'>{MARKUP}<script>alert(2)</script>"
ROWS = 3
TEXTS = ("text", "search", "tel", "email", "number", "date", "url")
LEAVING = ("sign-out", "/report/", "second-factor")  # what ends the session; what begins another case


@pytest.fixture(scope="module")
def web_template(templates: Templates) -> Path:
    """The scenes of the routes, on a pack all of whose words end in markup."""

    def make(folder: Path) -> None:
        lay_out(folder, read_hostile_pack(PACK))
        play_scenes(folder / "shenhou.db")

    return templates.made("hostile", make) / "shenhou.db"


def readers(world: World) -> Iterator[tuple[str, Persona, str]]:
    """Every page with its address and the first who may read it, of the near place."""
    place = world.places["near"]
    for endpoint, route in PAGES.items():
        who = next(one for one in world.everybody if route.rule(one, place))
        yield endpoint, who, address(world.app, endpoint, route, place, "GET")


def read(who: Persona, path: str) -> TestResponse:
    return who.browser.get(path, follow_redirects=True)


def test_words_of_a_pack_are_no_markup_on_any_page(world: World) -> None:
    shown = set()
    for endpoint, who, path in readers(world):
        answer = read(who, path)
        assert markup_of(answer) == [], path
        if shows_words(answer):
            shown.add(endpoint)
    expected = {
        "desk.home",
        "desk.case",
        "desk.user_task",
        "desk.clock",
        "portal.case",
        "portal.guide_of",
        "window.case",
    }
    expected |= {"portal.application", "portal.suggest", "hotline.case", "hotline.knowledge"}
    assert expected <= shown


@pytest.mark.parametrize("tab", ["materials", "timeline", "diagram", "pushes", "notices"])
def test_labels_of_diagrams_are_no_markup_on_any_tab(world: World, tab: str) -> None:
    clerk = next(one for one in world.everybody if one.name == "window-clerk")
    path = f"/desk/cases/{world.places['near'].arguments['code']}"
    answer = clerk.browser.get(f"{path}/{tab}")
    assert markup_of(answer) == []
    assert shows_words(answer) or tab in ("materials", "pushes", "notices")
    marks = clerk.browser.get(f"{path}/diagram/after_death.json")
    assert marks.mimetype == "application/json"
    assert any(MARKUP in mark["name"] for mark in marks.json["marks"])


def test_sentence_that_is_translated_late_escapes_what_is_put_into_it(app: Flask) -> None:
    with app.test_request_context():
        page = render_template_string("{{ words }}", words=lazy_gettext("“%(name)s”：已办好", name=MARKUP))
    assert page == f"“{MARKUP}”：已办好".replace("<", "&lt;").replace(">", "&gt;")


def forms_of(answer: TestResponse) -> list[FormElement]:
    if answer.mimetype != "text/html" or not answer.text.strip():
        return []
    forms = lxml.html.fromstring(answer.text).forms
    return [form for form in forms if not any(part in (form.action or "") for part in LEAVING)]


def fill(form: FormElement) -> list[tuple[str, str]]:
    """Every text field with markup; the first of what is offered elsewhere, and what the page itself sends along."""
    sent = []
    for control in form.xpath(".//input | .//textarea | .//select"):
        name, kind = control.get("name"), (control.get("type") or "text").lower()
        if not name or control.get("disabled") is not None:
            continue
        if control.tag == "textarea" or (control.tag == "input" and kind in TEXTS):
            sent.append((name, TYPED))
        elif control.tag == "select":
            options = [one for one in control.value_options if one]
            sent += [(name, options[0])] if options else []
        elif kind == "hidden" or (kind in ("radio", "checkbox") and name not in dict(sent)):
            sent.append((name, control.get("value") or "on"))
        elif kind == "password":
            sent.append((name, "not my password"))
    return sent


def send(who: Persona, form: FormElement, here: str) -> TestResponse:
    path, data = form.action or here, fill(form)
    values: dict[str, list[str]] = {}
    for name, value in data:
        values.setdefault(name, []).append(value)
    if (form.method or "GET").upper() == "GET":
        return who.browser.get(path, query_string=values, follow_redirects=True)
    return who.browser.post(path, values, follow_redirects=True)


@pytest.mark.both_databases
def test_what_people_type_is_no_markup_where_it_comes_back_or_is_kept(world: World) -> None:
    typed = 0
    for _endpoint, who, path in list(readers(world)):
        for form in forms_of(read(who, path)):
            typed += sum(value == TYPED for _name, value in fill(form))
            answer = send(who, form, path)
            assert markup_of(answer) == [], (path, form.action)
            assert answer.status_code != 500, (path, form.action)
    assert typed > 30
    kept = 0
    for _endpoint, who, path in readers(world):
        answer = read(who, path)
        assert markup_of(answer) == [], path
        kept += shows_words(answer)
    assert kept >= 5


# -- what is kept in a case, however it came there ---------------------------------------------------------------------

WORDS = {
    d.materials: ("name", "note"), d.files: ("name",), d.certificates: ("issuer",),
    d.referrals: ("window",), d.outbox: ("receipt",), t.user_tasks: ("name",), t.users: ("name",),
    t.jobs: ("error",), t.incidents: ("message",), saved_filters: ("name",),
}  # fmt: skip
SEALED_WORDS = (
    d.items.c.reason, d.referrals.c.reason, d.payments.c.return_reason, d.evaluations.c.comment, d.remains.c.evidence,
    d.holds.c.reason, d.objections.c.reason, d.objections.c.objector, t.audit_notes.c.sealed, tickets.c.answer,
)  # fmt: skip


def test_what_a_case_holds_is_no_markup_wherever_it_is_shown(world: World) -> None:
    place, runtime = world.places["near"], world.runtime
    case_id, code = place.arguments["case_id"], place.arguments["code"]
    with runtime.database.begin() as connection:
        for table, columns in WORDS.items():
            connection.execute(table.update().values(dict.fromkeys(columns, TYPED)))
        for column in SEALED_WORDS:
            _seal_words(connection, runtime, column)
        row = connection.execute(sa.select(t.cases).where(t.cases.c.id == case_id)).one()
        sealed = _with_markup(runtime.sealer.open(bytes(row.sealed), case_id), lambda _: True)
        facts = _with_markup(orjson.loads(row.facts), lambda text: not text.isascii())
        values = {"facts": orjson.dumps(facts).decode(), "sealed": runtime.sealer.seal(sealed, case_id)}
        connection.execute(t.cases.update().where(t.cases.c.id == case_id).values(values))
    clerk = next(one for one in world.everybody if one.name == "window-clerk")
    clerk.browser.post(f"/desk/cases/{code}/comments", {"text": TYPED})
    clerk.browser.post(f"/desk/cases/{code}/unmask")
    tabs = [f"/desk/cases/{code}/{tab}" for tab in ("materials", "timeline", "diagram", "pushes", "notices")]
    sheets = [f"/window/cases/{case_id}/print/{kind}" for kind in NAMES]
    shown = 0
    for who, path in [
        *((who, path) for _endpoint, who, path in readers(world)),
        *((clerk, one) for one in tabs + sheets),
    ]:
        answer = read(who, path)
        assert answer.status_code != 500, path
        assert markup_of(answer) == [], path
        shown += shows_words(answer)
    assert shown > 30


def _seal_words(connection: sa.Connection, runtime: Runtime, column: sa.Column[Any]) -> None:
    """Put the words into every row of a sealed column."""
    for row in connection.execute(sa.select(column.table)).all():
        sealed = runtime.sealer.seal(TYPED, column.info["sealed_for"].format_map(row._mapping))
        same = (key == row._mapping[key] for key in column.table.primary_key.columns)
        connection.execute(column.table.update().where(*same).values({column.name: sealed}))


def _with_markup(value: Any, is_text: Callable[[str], bool]) -> Any:
    if isinstance(value, dict):
        return {key: _with_markup(one, is_text) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_markup(one, is_text) for one in value]
    return TYPED if isinstance(value, str) and is_text(value) else value


# -- every text field of every form ------------------------------------------------------------------------------------


def test_no_text_field_of_a_form_takes_words_for_markup(app: Flask) -> None:
    """All fields at once, those too that a condition would hide: filled in, faulty, and with their sources."""
    for path in SHIPPED:
        _draw_with_markup(app, path)


def _draw_with_markup(app: Flask, path: Path) -> None:
    form = read_form(_unconditional(orjson.loads(path.read_bytes())), path.stem)
    values: dict[str, Any] = {}
    texts = [field for field in form.fields.values() if field.kind in ("textfield", "textarea")]
    for field in texts:
        inner: Any = values
        for name in field.path[:-1]:
            inner = inner.setdefault(name, {})
        inner[field.path[-1]] = TYPED
    for name in {name for field in texts for name in field.lists}:
        values[name] = [values[name]] * ROWS
    errors = {field.key: [TYPED] for field in texts}
    runtime = app.extensions["shenhou"].runtime
    with app.test_request_context():
        drawn = render(form, {**CONTEXT, **values}, runtime.feel, values, errors, post_to="/", now=runtime.clock.now())
    page = lxml.html.fromstring(f"<div>{drawn}</div>")
    assert markup_in(page) == [], path
    assert drawn.count(escape(TYPED)) >= len(texts), path
    keys = {field.key for field in texts}
    controls = [one for one in page.iter("textarea", "input") if re.sub(r"\[\d+\]", "[]", one.get("name", "")) in keys]
    held = [one.get("value") if one.tag == "input" else one.text_content() for one in controls]
    assert [one.get("name") for one, value in zip(controls, held, strict=True) if not _is_typed(value)] == [], path


def _is_typed(value: str | None) -> bool:
    """Telephone numbers lose their spaces and small letters on the way."""
    return TYPED.replace(" ", "").upper() in (value or "").replace(" ", "").upper()


def _unconditional(value: Any) -> Any:
    if isinstance(value, list):
        return [_unconditional(one) for one in value]
    if isinstance(value, dict):
        return {key: _unconditional(one) for key, one in value.items() if key != "conditional"}
    return value
