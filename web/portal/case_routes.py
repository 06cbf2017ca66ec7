"""A family's cases: the list, the page of one with what is to be done first, the clock, the confirmation."""

from __future__ import annotations

import orjson
from flask import abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from engine import db
from tasks import legal_clock
from tasks.deliveries import MODES
from web.access import current
from web.access.policy import allow, family, family_case
from web.access.turning import see_other
from web.papers.certificates import TITLES
from web.papers.families import downloads
from web.portal import packs, parties
from web.portal.blueprint import blueprint
from web.portal.progress import Progress, deceased_name, my_cases, read_progress
from web.portal.visit_routes import VISIT
from web.services import services

DONE_WORDS = {
    "evaluated": _l("谢谢您的评价。"),
    "supplemented": _l("补充的内容已经交给办理部门。"),
    "corrected": _l("账户已更正，会再次审核付款。"),
    "withdrawn": _l("已撤回。"),
    "delivery": _l("已改好，结果会按新的方式给您。"),
    "objected": _l("异议已收到，相关付款已暂停，窗口或公证机构会与您联系。"),
    "visit": _l("预约已收到，窗口会打电话同您约定时间。"),
}


@blueprint.get("/my/cases")
@allow(family)
def cases() -> str:
    """All of them, with what waits for the family."""
    own, family_id = services(), current.family_id()
    with db.reading(own.database) as connection:
        listed = [
            (
                row,
                deceased_name(own.runtime.sealer, row),
                len(parties.applicant_tasks(connection, row.id, parties.filings_of(connection, row.id, family_id))),
            )
            for row in my_cases(connection, family_id)
        ]
    return render_template("portal/cases.html", listed=listed)


@blueprint.get("/my/cases/<case_id>")
@allow(family_case)
def case(case_id: str) -> str:
    """需要您办理 first, then a line an item, then what has happened."""
    progress = _read()
    release = packs.release_by_id(progress.case.release_id)
    guide, can_visit = packs.guide_for(release), VISIT in release.manifest.messages
    done = DONE_WORDS.get(request.args.get("done", ""), "")
    with db.reading(services().database) as connection:
        papers = downloads(connection, case_id, current.family_id())
    shown = {"progress": progress, "guide": guide, "modes": MODES, "done": done, "papers": papers, "titles": TITLES}
    shown |= {"can_visit": can_visit}
    return render_template("portal/case.html", **shown)


@blueprint.get("/my/cases/<case_id>/reported")
@allow(family_case)
def reported_page(case_id: str) -> str:
    """After the report: the code, what happens now, whom to call."""
    progress = _read()
    guide = packs.guide_for(packs.release_by_id(progress.case.release_id))
    return render_template("portal/reported.html", progress=progress, guide=guide)


@blueprint.get("/my/cases/<case_id>/confirmation/<filing>")
@allow(family_case)
def confirmation(case_id: str, filing: str) -> str:
    """After the application: the code, what happens next, by when, whom to call."""
    progress = _read()
    if filing not in {one.name for one in progress.filings}:
        abort(404)
    guide = packs.guide_for(packs.release_by_id(progress.case.release_id))
    shown = {"filing": filing, "bring": _to_bring(progress, filing), "is_needless": _is_needless(progress, filing)}
    return render_template("portal/confirmation.html", progress=progress, guide=guide, **shown)


@blueprint.get("/my/cases/<case_id>/clock/<item>")
@allow(family_case)
def clock(case_id: str, item: str) -> str:
    """How an item comes to its last day, a line a day."""
    progress, own = _read(), services()
    line = next((one for one in progress.items if one.code == item and one.has_clock), None)
    if line is None:
        abort(404)
    with db.reading(own.database) as connection:
        days = legal_clock.explain(connection, case_id, item, own.clock.now())
    return render_template("portal/clock.html", progress=progress, line=line, days=days)


@blueprint.post("/my/cases/<case_id>/apply")
@allow(family_case)
def apply(case_id: str) -> Response:
    """The family that reported becomes the first applicant, and begins its application."""
    own, person, row = services(), current.person(), current.case()
    assert person is not None
    with db.reading(own.database) as connection:
        roles = parties.roles_of(connection, case_id, person.id)
    if roles == {"objector"} or not parties.take_first(own.runtime, person, row):
        flash(_("这个办件现在不能由您开始申请：可能还没有开出死亡证明，或者已有家人在申请。"), "warning")
        return see_other(url_for("portal.case", case_id=case_id))
    with db.reading(own.database) as connection:
        tasks = parties.applicant_tasks(connection, case_id, parties.filings_of(connection, case_id, person.id))
    if not tasks:
        return see_other(url_for("portal.case", case_id=case_id))
    return see_other(url_for("portal.task", user_task_id=tasks[0].id))


def _read() -> Progress:
    own, row = services(), current.case()
    release = packs.release_by_id(row.release_id)
    with db.reading(own.database) as connection:
        return read_progress(connection, own.runtime.sealer, release, row, current.family_id(), own.clock.now())


def _is_needless(progress: Progress, filing: str) -> bool:
    """Whether all that was chosen is on the case by another application, so that no window looks at this one (C-26)."""
    told = (orjson.loads(progress.case.facts).get("filings") or {}).get(filing) or {}
    others = {line.code for line in progress.items if not line.is_mine}
    return bool(told.get("items")) and others.issuperset(told["items"])


def _to_bring(progress: Progress, filing: str) -> list[str]:
    """The originals that the family said it would bring to the window."""
    told = (orjson.loads(progress.case.facts).get("filings") or {}).get(filing) or {}
    rows = told.get("materials") or []
    return [str(row.get("name") or "") for row in rows if isinstance(row, dict) and row.get("how") == "bring_original"]
