"""The page of a case: its heading, and tabs that are addresses of their own."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from engine import db
from engine.clock import local_date
from tasks import legal_clock
from tasks import tables as d
from tasks.notices import TITLES
from web.access import current
from web.access.people import Person
from web.access.policy import allow
from web.desk import masks, words
from web.desk.blueprint import blueprint
from web.desk.board import read_board, read_waiting
from web.desk.comments import read_comments
from web.desk.diagrams import read_overview
from web.desk.gates import case_by_code, concerns
from web.desk.heading import read_heading
from web.desk.links import case_links, print_links
from web.desk.opened import loose_files, read_materials
from web.desk.timeline import read_timeline
from web.services import Services, services
from web.store.serving import answer_file, answer_thumbnail
from web.store.uploads import find_file

TABS = {
    "work": lazy_gettext("办理"),
    "materials": lazy_gettext("材料"),
    "timeline": lazy_gettext("时间线"),
    "diagram": lazy_gettext("流程图"),
    "pushes": lazy_gettext("推送回执"),
    "notices": lazy_gettext("通知"),
}


@blueprint.get("/desk/cases/<code>")
@blueprint.get("/desk/cases/<code>/<any(work, materials, timeline, diagram, pushes, notices):tab>")
@allow(case_by_code)
def case(code: str, tab: str = "work") -> str:
    """One tab of the case; the first without a name in the address."""
    own, person, row = services(), current.person(), current.case()
    assert person is not None
    with db.reading(own.database) as connection:
        sealed = masks.open_sealed(own.runtime.sealer, row)
        heading = read_heading(connection, own, person, row, sealed)
        release = own.runtime.releases.get(connection, row.release_id)
        shown = _TABS[tab](connection, own, person, row, release)
    names = {"heading": heading, "tab": tab, "tabs": TABS, "manifest": release.manifest, "words": words}
    return render_template(f"desk/case_{tab}.html", **names, **shown)


def _work(connection: sa.Connection, own: Services, person: Person, case: Any, release: Any) -> dict[str, Any]:
    today = local_date(own.clock.now())
    f = d.filings.c
    filings = connection.execute(sa.select(d.filings).where(f.case_id == case.id).order_by(f.name)).all()
    return {
        "board": read_board(connection, own.runtime.sealer, release.manifest, case.id, today),
        "waiting": read_waiting(connection, release.manifest, case.id, person.actor_id, concerns(person)),
        "filings": filings,
        "links": case_links(connection, release, person, case),
        "sheets": print_links(connection, release, person, case, filings),
        "comments": read_comments(connection, own.runtime.sealer, case.id),
    }


def _materials(connection: sa.Connection, own: Services, person: Person, case: Any, release: Any) -> dict[str, Any]:
    return {"materials": read_materials(connection, case.id), "loose": loose_files(connection, case.id)}


def _timeline(connection: sa.Connection, own: Services, person: Person, case: Any, release: Any) -> dict[str, Any]:
    asked = request.args.get("page", "1")
    page = int(asked) if asked.isdecimal() and 0 < int(asked[:5]) < 10_000 else 1
    return {"timeline": read_timeline(connection, own.runtime.sealer, release, case.id, page)}


def _diagram(connection: sa.Connection, own: Services, person: Person, case: Any, release: Any) -> dict[str, Any]:
    waiting = read_waiting(connection, release.manifest, case.id, person.actor_id, concerns(person))
    overview = read_overview(connection, case, release, request.args.get("process", ""), waiting)
    return {"overview": overview, "waiting": waiting}


def _pushes(connection: sa.Connection, own: Services, person: Person, case: Any, release: Any) -> dict[str, Any]:
    return {"rows": _outbox(connection, case.id, "push"), "said": words.PUSH}


def _notices(connection: sa.Connection, own: Services, person: Person, case: Any, release: Any) -> dict[str, Any]:
    return {"rows": _outbox(connection, case.id, "notice"), "said": TITLES}


def _outbox(connection: sa.Connection, case_id: str, kind: str) -> list[Any]:
    """What was told to others, the newest first, without what it says."""
    o = d.outbox
    columns = (
        "id",
        "receiver",
        "subject",
        "item",
        "status",
        "recalls",
        "queued_at",
        "delivered_at",
        "channel",
        "receipt",
    )
    query = sa.select(*(o.c[name] for name in columns)).where(o.c.case_id == case_id, o.c.kind == kind)
    return list(connection.execute(query.order_by(o.c.queued_at.desc(), o.c.id)))


_TABS = {
    "work": _work,
    "materials": _materials,
    "timeline": _timeline,
    "diagram": _diagram,
    "pushes": _pushes,
    "notices": _notices,
}


@blueprint.get("/desk/cases/<code>/clock/<item>")
@allow(case_by_code)
def clock(code: str, item: str) -> str:
    """How an item comes to its due date, day by day."""
    own, person, row = services(), current.person(), current.case()
    assert person is not None
    with db.reading(own.database) as connection:
        found = connection.execute(
            sa.select(d.items).where(d.items.c.case_id == row.id, d.items.c.code == item[:80])
        ).first()
        if found is None:
            abort(404)
        heading = read_heading(connection, own, person, row, masks.open_sealed(own.runtime.sealer, row))
        release = own.runtime.releases.get(connection, row.release_id)
        limit = legal_clock.limit_of(release.manifest, found.code)
        lines = legal_clock.explain(connection, row.id, found.code, own.clock.now(), limit=limit)
    return render_template(
        "desk/clock.html",
        heading=heading,
        name=words.item_name(release.manifest, found.code),
        found=found,
        limit=limit,
        lines=lines,
        tab="work",
        tabs=TABS,
        today=local_date(own.clock.now()),
        due=lines[-1].day if lines else None,
        is_provisional=any(line.is_provisional for line in lines),
    )


@blueprint.post("/desk/cases/<code>/unmask")
@allow(case_by_code)
def unmask(code: str) -> Response:
    """Show name and number for some minutes, and write down who asked."""
    person = current.person()
    assert person is not None
    masks.note_unmasking(services(), current.case().id, person.id)
    flash(_("已显示逝者信息，5分钟后自动遮盖；本次查看已记入审计。"), "warning")
    tab = request.form.get("tab", "")
    return redirect(url_for("desk.case", code=code, tab=tab if tab in TABS and tab != "work" else None), 303)


@blueprint.get("/desk/cases/<code>/files/<file_id>")
@allow(case_by_code)
def file(code: str, file_id: str) -> Any:
    """A file of the case, in place where a browser can show it safely; ``?small`` for the picture in a list."""
    own = services()
    with db.reading(own.database) as connection:
        row = find_file(connection, file_id[:32], current.case().id)
    return answer_thumbnail(own, row) if "small" in request.args else answer_file(own, row, in_place=True)
