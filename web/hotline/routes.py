"""12345: finding a case to read, knowledge to answer from, and tickets from the caller to the department."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from engine import db
from engine import tables as t
from engine.loaded import LoadedRelease
from engine.releases import published
from tasks import guards
from tasks import tables as d
from tasks.items import reason_of
from web.access import current
from web.access.people import Person
from web.access.policy import allow, case_visible, find_case, group, staff
from web.desk.rows import names_of, teams_of
from web.desk.words import CASE
from web.guides import guide_for, is_joint_service
from web.hotline import tickets as desk
from web.services import services
from web.window.lines import as_line, case_page, find_cases

ITEM_STATUS = {
    "dormant": lazy_gettext("等待开始"),
    "processing": lazy_gettext("办理中"),
    "supplement": lazy_gettext("等家属补正"),
    "paying": lazy_gettext("付款中"),
    "done": lazy_gettext("已办结"),
    "refused": lazy_gettext("不予办理"),
    "withdrawn": lazy_gettext("已撤回"),
    "offline": lazy_gettext("转线下办理"),
    "not_applicable": lazy_gettext("不适用"),
}
blueprint = Blueprint("hotline", __name__, template_folder="templates", url_prefix="/hotline")
hotline = group("hotline.")


@dataclass(frozen=True, slots=True)
class Item:
    """How an item stands, and why."""

    code: str
    department: str
    status: str
    reason: str
    due_on: str


@blueprint.get("/")
@allow(hotline)
def home() -> str:
    """Find a case, or look an item up."""
    return render_template("hotline/home.html", found=None)


@blueprint.post("/")
@allow(hotline)
def find() -> Response | str:
    """By code, telephone, name or number; posted, so that numbers stay out of addresses."""
    found = find_cases(_reader(), request.form.get("text", ""))
    if len(found) == 1:
        return redirect(url_for("hotline.case", case_id=found[0].id), 303)
    return render_template("hotline/home.html", found=found)


@blueprint.get("/cases/<case_id>")
@allow(hotline & case_visible)
def case(case_id: str) -> str:
    """How a case stands, to be read out. Nothing can be changed here."""
    person, row, own = _reader(), current.case(), services()
    with db.reading(own.database) as connection:
        release = own.runtime.releases.get(connection, row.release_id)
        rows = connection.execute(sa.select(d.items).where(d.items.c.case_id == case_id).order_by(d.items.c.code))
        items = [Item(o.code, o.department, o.status, reason_of(own.runtime.sealer, o), o.due_on or "") for o in rows]
        waiting = _waiting(connection, release, case_id)
        held = guards.is_held(connection, case_id)
        certificate = guards.find_death_certificate(connection, case_id)
        listed = desk.tickets_of(connection, own.runtime.sealer, person, case_id)
    return render_template(
        "hotline/case.html",
        line=as_line(person, row),
        case_status=CASE,
        items=items,
        item_status=ITEM_STATUS,
        names=release.manifest,
        facts=orjson.loads(row.facts),
        waiting=waiting,
        held=held,
        certificate=certificate,
        tickets=listed,
        kinds=desk.KINDS,
        status=desk.STATUS,
    )


@blueprint.get("/knowledge")
@allow(hotline)
def knowledge() -> str:
    """Items, documents and limits of the running releases of the region."""
    words = request.args.get("q", "").strip()[:40]
    guides = [guide_for(release) for release in _releases(_reader())]
    found = [(guide, [item for item in guide.items if not words or item.speaks_of(words)]) for guide in guides]
    return render_template("hotline/knowledge.html", found=found, words=words)


@blueprint.get("/tickets/new")
@allow(hotline)
def new_ticket() -> str:
    """The form of a ticket, about a case or about none."""
    return _show_new(_about(request.args.get("case", "")), {}, {})


@blueprint.post("/tickets/new")
@allow(hotline)
def opened() -> Response | tuple[str, int]:
    """Send a ticket to a department."""
    person, own, case = _reader(), services(), _about(request.form.get("case", ""))
    told = {name: request.form.get(name, "").strip() for name in ("kind", "department", "caller", "phone", "words")}
    faults = _faults(told)
    if faults:
        return _show_new(case, told, faults), 422
    with own.database.begin() as connection:
        ticket_id = desk.open_ticket(connection, own.runtime.sealer, person, told, case, own.clock.now())
    flash(_("工单已转给部门。"), "success")
    return redirect(url_for("hotline.ticket", ticket_id=ticket_id), 303)


@blueprint.get("/tickets")
@allow(staff)
def tickets() -> str:
    """The inbox of a department; all of the region for hotline and supervision."""
    person, own = _reader(), services()
    chosen = request.args.get("status", "open")
    chosen = chosen if chosen in desk.STATUS else "open"
    page = max(1, request.args.get("page", 1, type=int))
    with db.reading(own.database) as connection:
        listed = desk.list_tickets(connection, own.runtime.sealer, person, chosen, page)
        counts = desk.count_tickets(connection, person)
    return render_template(
        "hotline/tickets.html",
        listed=listed[: desk.PAGE],
        more=len(listed) > desk.PAGE,
        page=page,
        chosen=chosen,
        counts=counts,
        status=desk.STATUS,
        kinds=desk.KINDS,
        departments=_departments(person),
        may_open=hotline.admits(person, {}),
    )


@blueprint.get("/tickets/<ticket_id>")
@allow(staff)
def ticket(ticket_id: str) -> str:
    """One ticket; whoever answers it finds the form here."""
    return _show_ticket(_find(ticket_id))


@blueprint.post("/tickets/<ticket_id>")
@allow(staff)
def answered(ticket_id: str) -> Response | tuple[str, int]:
    """The department's answer."""
    found, person, own = _find(ticket_id), _reader(), services()
    words = request.form.get("answer", "").strip()
    if found.status == "open" and not desk.may_answer(person, found):
        abort(404)
    if not words or len(words) > desk.WORDS:
        return _show_ticket(found, words, _("请填写答复，不超过四千字。")), 422
    with own.database.begin() as connection:
        taken = desk.answer_ticket(connection, own.runtime.sealer, person, ticket_id, words, own.clock.now())
    if not taken:
        return _show_ticket(_find(ticket_id), words, _("同事已经答复了这张工单，您的答复没有保存。")), 409
    flash(_("已答复。"), "success")
    return redirect(url_for("hotline.ticket", ticket_id=ticket_id), 303)


def _show_ticket(found: desk.Ticket, words: str = "", fault: str = "") -> str:
    person, line = _reader(), None
    with db.reading(services().database) as connection:
        case = find_case(connection, {"case_id": found.case_id}) if found.case_id else None
        names = names_of(connection, [found.opened_by, found.answered_by])
    if case is not None and person.act().covers(case.region):
        line = as_line(person, case)
    page = case_page(case.code) if case is not None else ""
    if found.case_id and person.is_in("hotline."):
        page = url_for("hotline.case", case_id=found.case_id)
    return render_template(
        "hotline/ticket.html",
        ticket=found,
        line=line,
        page=page,
        kinds=desk.KINDS,
        status=desk.STATUS,
        departments=_departments(person),
        names=names,
        may_answer=desk.may_answer(person, found),
        words=words,
        fault=fault,
    )


def _show_new(case: Any, told: dict[str, str], faults: dict[str, str]) -> str:
    person = _reader()
    return render_template(
        "hotline/new_ticket.html",
        line=as_line(person, case) if case is not None else None,
        told=told,
        faults=faults,
        kinds=desk.KINDS,
        departments=_departments(person),
    )


def _faults(told: dict[str, str]) -> dict[str, str]:
    faults = {}
    if told["kind"] not in desk.KINDS:
        faults["kind"] = _("请选择类别。")
    if told["department"] not in _departments(_reader()):
        faults["department"] = _("请选择转办的部门。")
    if not told["caller"] or len(told["caller"]) > 60:
        faults["caller"] = _("请填写来电人的称呼。")
    digits = told["phone"].replace("-", "").replace(" ", "")
    if not (digits.isascii() and digits.isdigit() and 5 <= len(digits) <= 15):
        faults["phone"] = _("请填写可以回复的电话号码。")
    if not told["words"] or len(told["words"]) > desk.WORDS:
        faults["words"] = _("请写明诉求，不超过四千字。")
    return faults


def _about(case_id: str) -> Any:
    """The case that a ticket is about; None for none. 404 for one that is not there to be seen."""
    if not case_id:
        return None
    if not case_visible.admits(_reader(), {"case_id": case_id}):
        abort(404)
    return current.case()


def _find(ticket_id: str) -> desk.Ticket:
    own = services()
    with db.reading(own.database) as connection:
        found = desk.find_ticket(connection, own.runtime.sealer, _reader(), ticket_id)
    if found is None:
        abort(404)
    return found


def _waiting(connection: sa.Connection, release: LoadedRelease, case_id: str) -> list[tuple[str, str]]:
    """What the case waits for, and with whom: one group, or any of several."""
    c = t.user_tasks.c
    mine = (c.case_id == case_id, t.in_state(t.user_tasks, "open"))
    query = sa.select(c.id, c.name, c.candidate_group, c.locals).where(*mine).order_by(c.created_at, c.id)
    rows = connection.execute(query).all()
    groups = {row.id: [row.candidate_group] for row in rows if row.candidate_group}
    groups |= teams_of(connection, {row.id for row in rows if row.candidate_group is None})
    known = release.manifest.groups
    return [
        (
            _about_item(release, row.name, orjson.loads(row.locals).get("item")),
            "、".join(known[group].name for group in groups.get(row.id, []) if group in known),
        )
        for row in rows
    ]


def _about_item(release: LoadedRelease, step: str, code: object) -> str:
    item = release.manifest.items.get(code) if isinstance(code, str) else None
    return f"{step}：{item.plain}" if item else step


def _releases(person: Person) -> list[LoadedRelease]:
    own = services()
    with db.reading(own.database) as connection:
        running = [own.runtime.releases.get(connection, one.id) for one in published(connection)]
    province = person.act().region_prefix[:2]
    return [one for one in running if is_joint_service(one) and (one.manifest.region or "")[:2] == province]


def _departments(person: Person) -> dict[str, str]:
    """The departments that a ticket can go to, by code."""
    found: dict[str, str] = {}
    for release in _releases(person):
        groups = release.manifest.groups
        roles = {code.partition(".")[0] for code, one in groups.items() if one.kind == "role" and "." in code}
        for code in sorted(roles):
            named = groups.get(code)
            found.setdefault(code, named.name if named else _EXTRA.get(code, code))
    return {code: str(name) for code, name in found.items() if code not in _UNASKED}


_UNASKED = ("hotline", "supervisor", "analyst")
_EXTRA = {
    "lead": lazy_gettext("牵头部门"),
    "hospital": lazy_gettext("医疗机构"),
    "clinic": lazy_gettext("基层医疗卫生机构"),
    "funeral": lazy_gettext("殡仪馆"),
    "court": lazy_gettext("司法机关"),
}


def _reader() -> Person:
    person = current.person()
    assert person is not None
    return person
