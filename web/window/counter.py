"""The counter: finding a family's case, what the window may do in it, the list of acceptance, originals seen once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
import sqlalchemy as sa
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from engine import calendar, db, inbox
from engine import tables as t
from engine.clock import local_date, parse_moment
from engine.loaded import LoadedRelease
from tasks import tables as d
from web.access import current
from web.access.people import Person
from web.access.policy import allow, case_visible, group
from web.access.visibility import visible_cases
from web.desk.rows import names_of
from web.desk.words import item_name
from web.papers.prints import names_for
from web.services import services
from web.window import originals
from web.window.blueprint import blueprint
from web.window.lines import CaseLine, as_line, case_page, find_cases, lines_of, task_page

PAGE = 30
STATUS = {
    "filed": lazy_gettext("待受理"),
    "supplement": lazy_gettext("待补正"),
    "accepted": lazy_gettext("已受理"),
    "refused": lazy_gettext("不予受理"),
    "withdrawn": lazy_gettext("已撤回"),
    "lapsed": lazy_gettext("逾期未办"),
    "not_needed": lazy_gettext("无须受理"),
    "draft": lazy_gettext("未提交"),
}
CHANNELS = {
    "online": lazy_gettext("网上"),
    "window": lazy_gettext("窗口"),
    "phone": lazy_gettext("电话"),
    "agent": lazy_gettext("代办"),
    "institution": lazy_gettext("机构"),
}
window = group("window.")


@dataclass(frozen=True, slots=True)
class Todo:
    """An open user task of a case that the person may do; ``item`` is what it is about, if it is about one."""

    name: str
    item: str
    url: str
    holder: str


@dataclass(frozen=True, slots=True)
class FilingLine:
    """One application in the list of acceptance."""

    case: CaseLine
    number: str
    status: str
    channel: str
    filed_on: str
    accepted_on: str
    items: int
    due_on: str
    working_days: int


@blueprint.get("/")
@allow(window)
def home() -> str:
    """Find a case, or go through the applications by their state."""
    person = _reader()
    chosen = request.args.get("status", "filed")
    chosen = chosen if chosen in STATUS else "filed"
    page = max(1, request.args.get("page", 1, type=int))
    with db.reading(services().database) as connection:
        counts = _count(connection, person)
        listed = _list(connection, person, chosen, page)
    return render_template(
        "window/home.html",
        statuses=STATUS,
        channels=CHANNELS,
        counts=counts,
        chosen=chosen,
        listed=listed[:PAGE],
        page=page,
        more=len(listed) > PAGE,
    )


@blueprint.post("/find")
@allow(window)
def find() -> Response | str | tuple[str, int]:
    """Numbers stay out of addresses and logs, so this is a form that is posted."""
    text = request.form.get("text", "")
    found = find_cases(_reader(), text)
    if len(found) == 1:
        return redirect(url_for("window.case", case_id=found[0].id), 303)
    return render_template("window/found.html", found=found, asked=bool(text.strip())), 200


@blueprint.get("/cases/<case_id>")
@allow(window & case_visible)
def case(case_id: str) -> str:
    """One case at the counter: what can be done for the family here and now, and the originals."""
    person, row, own = _reader(), current.case(), services()
    tasks = inbox.list_open(own.runtime, person.act(), inbox.Query(case_id=case_id))
    with db.reading(own.database) as connection:
        c, release = d.filings.c, own.runtime.releases.get(connection, row.release_id)
        filed = connection.execute(sa.select(d.filings).where(c.case_id == case_id).order_by(c.name)).all()
        names = names_for(connection, release, case_id, filed)
        sheets = {one.name: offered for one, offered in zip(filed, names, strict=True)}
        materials = originals.list_documents(connection, own.runtime, row)
        people = names_of(connection, [one.assignee for one in tasks])
    todo = [
        Todo(one.name, _item_of(release, one), task_page(one.id), people.get(one.assignee, one.assignee or ""))
        for one in tasks
    ]
    return render_template(
        "window/case.html",
        line=as_line(person, row),
        page=case_page(row.code),
        todo=todo,
        materials=materials,
        sheets=sheets,
    )


@blueprint.post("/cases/<case_id>/originals")
@allow(window & case_visible)
def verify_originals(case_id: str) -> Response:
    """The window has seen these originals: once, for every item and every heir (C-32)."""
    own, person = services(), _reader()
    names = originals.verify(own.runtime, person.act(), case_id, request.form.getlist("code"))
    if names:
        flash(_("已核验原件：%(names)s。", names="、".join(names)), "success")
    else:
        flash(_("没有选择可以核验的材料。"), "warning")
    return redirect(url_for("window.case", case_id=case_id), 303)


def _reader() -> Person:
    person = current.person()
    assert person is not None
    return person


def _item_of(release: LoadedRelease, task: Any) -> str:
    return item_name(release.manifest, orjson.loads(task.locals).get("item"))


def _filings(person: Person) -> Any:
    return d.filings.join(t.cases, t.cases.c.id == d.filings.c.case_id), visible_cases(person)


def _count(connection: sa.Connection, person: Person) -> dict[str, int]:
    source, seen = _filings(person)
    query = sa.select(d.filings.c.status, sa.func.count()).select_from(source).where(seen)
    return {status: int(count) for status, count in connection.execute(query.group_by(d.filings.c.status))}


def _list(connection: sa.Connection, person: Person, status: str, page: int) -> list[FilingLine]:
    source, seen = _filings(person)
    c, i = d.filings.c, d.items.c
    mine = (i.filing_id == c.id, ~i.tracked)
    columns = (
        sa.select(sa.func.count()).select_from(d.items).where(*mine).scalar_subquery().label("items"),
        sa.select(sa.func.min(i.due_on)).where(*mine, i.ended_at.is_(None)).scalar_subquery().label("due_on"),
    )
    oldest_first = status in ("filed", "supplement", "draft")
    moment = sa.func.coalesce(c.accepted_at, c.filed_at)
    query = sa.select(d.filings, *columns).select_from(source).where(seen, c.status == status)
    query = query.order_by(sa.nulls_last(moment if oldest_first else moment.desc()), c.id)
    rows = connection.execute(query.limit(PAGE + 1).offset((page - 1) * PAGE)).all()
    named = lines_of(connection, person, (row.case_id for row in rows))
    today = local_date(services().clock.now())
    return [_line(named[row.case_id], row, today) for row in rows]


def _line(case: CaseLine, row: Any, today: date) -> FilingLine:
    return FilingLine(
        case,
        row.name.removeprefix("f"),
        row.status,
        row.channel,
        _day(row.filed_at),
        _day(row.accepted_at),
        row.items,
        row.due_on or "",
        _days_left(today, row.due_on),
    )


def _day(moment: str | None) -> str:
    return local_date(parse_moment(moment)).isoformat() if moment else ""


def _days_left(today: date, due_on: str | None) -> int:
    """Working days from today to the due day; negative when it is past."""
    if not due_on:
        return 0
    due = date.fromisoformat(due_on)
    return calendar.working_days_between(today, due)
