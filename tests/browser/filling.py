"""Filling in a form that is on the page, control by control, as a person does."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import FilePayload

from engine import db, inbox
from engine import tables as t
from engine.actors import SYSTEM
from engine.execution import execute
from engine.unit import Unit
from tasks import tables as d
from tasks.scenarios.filling import Filler
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.web.pictures import photo
from web.forming.names import write_choice

ROUNDS = 6
_KINDS = """() => Object.fromEntries([...document.querySelectorAll(
  '#content input[name], #content select[name], #content textarea[name]')].filter(one => one.type !== 'hidden')
  .map(one => [one.name, one.tagName === 'INPUT' ? one.type : one.tagName.toLowerCase()]))"""
PICTURE: FilePayload = {"name": "户口簿首页.jpg", "mimeType": "image/jpeg", "buffer": photo(640, 480)}


def fill_in(visitor: Visitor, values: Mapping[str, Any], *, wholly: bool = True) -> None:
    """Write ``values``, nested as the form's keys are; what appears on the way is filled in too.

    What has no control on the page is a fault, unless it is not meant ``wholly``: a page may show a part of a form.
    """
    waiting = dict(_leaves(values))
    for _ in range(ROUNDS):
        visitor.settle()
        kinds: dict[str, str] = visitor.page.evaluate(_KINDS)
        here = [name for name in waiting if name in kinds]
        for name in here:
            _write(visitor, name, kinds[name], waiting.pop(name))
        if not waiting or not here or not _asked_anew(visitor):
            break
    visitor.settle()
    missing = {name for name, value in waiting.items() if value not in (None, "", [])}
    assert not wholly or not missing, f"{visitor.page.url} has no field for {sorted(missing)}"


def _asked_anew(visitor: Visitor) -> bool:
    """Whether the fields are those for what is filled in by now: htmx has seen to it, else the button for it does."""
    refresh = visitor.page.locator("#content noscript button")
    if visitor.scripted:
        return True
    if refresh.count():
        visitor.leave(refresh)
    return bool(refresh.count())


def sensible(site: Site, task_id: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What somebody with the papers before them writes into an open task's form; ``given`` stays."""

    def read(unit: Unit) -> Any:
        row = inbox.lock_open(unit, task_id)
        form = unit.release.form(row.form_id)
        known = unit.sealed.get("deceased") or {}
        return form, inbox.form_context(unit, form, row), {"account_name": str(known.get("name") or "")}

    form, context, known = execute(site.runtime, SYSTEM, read)
    filler = Filler(random.Random(7), site.clock.now())
    filler.known = known | _certificate(site, task_id)
    return filler.fill(form, context, site.runtime.feel, given)


def _certificate(site: Site, task_id: str) -> dict[str, str]:
    """The number on the certificate that lies before them."""
    cases = sa.select(t.user_tasks.c.case_id).where(t.user_tasks.c.id == task_id).scalar_subquery()
    found = sa.select(d.certificates.c.number).where(d.certificates.c.case_id == cases)
    with db.reading(site.runtime.database) as connection:
        number = connection.execute(found).scalar()
    return {"voucher_number": str(number)} if number else {}


def _leaves(values: object, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(values, Mapping):
        for key, value in values.items():
            yield from _leaves(value, f"{name}.{key}" if name else key)
    elif isinstance(values, list) and values and all(isinstance(row, Mapping) for row in values):
        for index, row in enumerate(values):
            yield from _leaves(row, f"{name}[{index}]")
    else:
        yield name, values


def _write(visitor: Visitor, name: str, kind: str, value: Any) -> None:
    visitor.settle()
    controls = visitor.page.locator(f'#content [name="{name}"]:not([type=hidden])')
    if kind == "radio":
        visitor.page.locator(f'#content [name="{name}"][value="{write_choice(value)}"]').check()
    elif kind == "checkbox" and isinstance(value, list | tuple):
        wanted = {write_choice(one) for one in value}
        for control in controls.all():
            control.set_checked(control.get_attribute("value") in wanted)
            visitor.settle()
    elif kind == "checkbox":
        controls.first.set_checked(bool(value))
    elif kind == "select":
        controls.first.select_option(write_choice(value))
    elif kind == "file":
        controls.first.set_input_files(PICTURE)
    elif kind == "datetime-local":
        controls.first.fill(str(value)[:16])
    else:
        controls.first.fill("" if value is None else str(value))
