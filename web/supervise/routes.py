"""The supervisor's board: counts, charts with their numbers, and each list to read and to take away."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, abort, render_template, request
from flask_babel import gettext as _

from engine import db
from engine.clock import local_date
from web.access import current
from web.access.people import Person
from web.access.policy import allow, group
from web.services import services
from web.supervise import lists, load
from web.supervise.naming import Names
from web.supervise.sheets import write_workbook
from web.window.lines import case_page, lines_of

PAGE = 50
DONE_WITHIN = timedelta(days=30)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
blueprint = Blueprint("supervise", __name__, template_folder="templates", url_prefix="/supervise")
supervisor = group("supervisor.")


@blueprint.get("/")
@allow(supervisor)
def board() -> str:
    """How much of everything, and who carries it."""
    person, own = _reader(), services()
    now = own.clock.now()
    with db.reading(own.database) as connection:
        names = Names(own, connection)
        counts = {name: lists.count(connection, person, name, now) for name in lists.LISTS}
        departments = load.by_department(connection, person, local_date(now), names)
        clerks = load.by_clerk(connection, person, now, now - DONE_WITHIN)
        waiting = load.waiting_by_group(connection, person, now, names)
    return render_template(
        "supervise/board.html",
        lists=lists.LISTS,
        counts=counts,
        departments=departments,
        clerks=clerks,
        waiting=waiting,
    )


@blueprint.get("/lists/<name>")
@allow(supervisor)
def listing(name: str) -> str:
    """One list, page by page."""
    person, own, page = _reader(), services(), max(1, request.args.get("page", 1, type=int))
    if name not in lists.LISTS:
        abort(404)
    now = own.clock.now()
    with db.reading(own.database) as connection:
        names = Names(own, connection)
        found = lists.read(connection, person, name, now, names, limit=PAGE + 1, offset=(page - 1) * PAGE)
        named = lines_of(connection, person, (row.case_id for row in found))
    return render_template(
        "supervise/list.html",
        lists=lists.LISTS,
        name=name,
        chosen=lists.LISTS[name],
        rows=[(named[row.case_id], case_page(named[row.case_id].code), row.cells) for row in found[:PAGE]],
        page=page,
        more=len(found) > PAGE,
    )


@blueprint.get("/lists/<name>.xlsx")
@allow(supervisor)
def export(name: str) -> Response:
    """The whole list as a workbook, numbers masked as on the page."""
    person, own = _reader(), services()
    if name not in lists.LISTS:
        abort(404)
    chosen, now = lists.LISTS[name], own.clock.now()
    with db.reading(own.database) as connection:
        found = lists.read(connection, person, name, now, Names(own, connection))
        named = lines_of(connection, person, (row.case_id for row in found))
    columns = [_("办件编号"), _("逝者"), *map(str, chosen.columns)]
    rows = [(named[row.case_id].code, named[row.case_id].name, *map(_cell, row.cells)) for row in found]
    answer = Response(write_workbook(str(chosen.title), columns, rows), mimetype=XLSX)
    answer.headers.set("Content-Disposition", "attachment", filename=f"{name}-{local_date(now).isoformat()}.xlsx")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _cell(text: str) -> str | int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def _reader() -> Person:
    person = current.person()
    assert person is not None
    return person
