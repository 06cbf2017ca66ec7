"""Two ways to a case: a family reports a death, or joins a case by its code."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask import abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import db
from engine import tables as t
from engine.actors import Actor
from engine.errors import Conflict, InvalidInput, NotFound, RuleViolation
from engine.facts import merged
from engine.loaded import LoadedRelease
from engine.messages import publish_message
from tasks.reports import MESSAGE, begun_in, report_death
from web.access import attempts, current
from web.access.people import Person
from web.access.policy import allow, family
from web.access.turning import see_other
from web.forming import Texts
from web.forming.steps import ERRORS_FOCUS
from web.placed_forms import PlacedForm
from web.portal import packs, parties
from web.portal.blueprint import blueprint
from web.portal.start_routes import offered_or_404
from web.services import services

JOIN = attempts.Limit("join", 5, 20, attempts.CODE_SENT.span)
_ONCE = re.compile(r"[0-9a-f]{32}", re.ASCII)
_ROLES = {"heir": "applicant", "agent": "agent", "objector": "objector"}


# -- reporting a death -----------------------------------------------------------------------------------------------


@blueprint.get("/report")
@allow(family)
def report_anywhere() -> Response | str:
    """On to the only pack's report, or a choice of packs."""
    found = packs.offered()
    if len(found) == 1:
        return see_other(url_for("portal.report", pack=found[0].pack))
    guides = [packs.guide_for(release) for release in found]
    return render_template("portal/guides.html", guides=guides, to="portal.report")


@blueprint.get("/report/<pack>")
@allow(family)
def report(pack: str) -> str:
    """The form of the message that begins a case; where families cannot begin one, the window that does."""
    release = offered_or_404(pack)
    if not release.manifest.takes_online:
        return render_template("portal/window_only.html", guide=packs.guide_for(release))
    return _show_report(release, secrets.token_hex(16), _begun(release), {})


@blueprint.get("/report/<pack>/<once>")
@allow(family)
def report_again(pack: str, once: str) -> Response:
    """An address that only takes a filled-in form: on to a fresh one."""
    return see_other(url_for("portal.report", pack=pack))


@blueprint.post("/report/<pack>/<once>")
@allow(family)
def reported(pack: str, once: str) -> Response | tuple[str, int] | str:
    """Begin the case; the family is its reporter. The same page sent twice (``once``) begins one case."""
    release, own, person = offered_or_404(pack), services(), _person()
    if not _ONCE.fullmatch(once) or not release.manifest.takes_online:
        abort(404)
    step = _form(release, once).read()
    if step.intent != "submit":
        return _show_report(release, once, step.values, step.errors, step.focus)
    if step.errors:
        return _show_report(release, once, step.values, step.errors, step.focus), 422
    region = _region_for(release, step.values)
    actor = person.act(region=release.manifest.region or "")
    try:
        key = f"{person.actor_id}:report:{once}"
        case_id = report_death(own.runtime, actor, release.pack, step.values, region=region, key=key)
    except InvalidInput as error:
        return _show_report(release, once, step.values, error.fields), 422
    except RuleViolation as error:
        flash(str(error), "error")
        return _show_report(release, once, step.values, {}), 422
    with own.database.begin() as connection:
        parties.add_party(connection, case_id, person.id, "reporter", None, own.clock.now())
    return see_other(url_for("portal.reported_page", case_id=case_id))


@blueprint.post("/report/<pack>/<once>/refresh")
@allow(family)
def report_refreshed(pack: str, once: str) -> str:
    """The fields anew, for htmx."""
    form = _form(offered_or_404(pack), once)
    return form.redraw(form.read())


def _form(release: LoadedRelease, once: str) -> PlacedForm:
    declared = release.manifest.messages[MESSAGE]
    assert declared.form is not None
    return PlacedForm(
        release.form(declared.form),
        {"case": {}, "switches": release.switches},
        url_for("portal.reported", pack=release.pack, once=once),
        texts=Texts(submit=_("提交报告")),
    )


def _begun(release: LoadedRelease) -> dict[str, Any]:
    """What is known before anybody has typed: the family's own telephone, the province that the pack is of."""
    own = {"reporter": {"kind": "relative", "phone": parties.own_phone()}}
    return merged(begun_in(release.manifest.region or ""), own)


def _region_for(release: LoadedRelease, values: Mapping[str, Any]) -> str:
    """The place that handles the case: where the death was, else where the deceased was registered, if it is here."""
    own = Actor("", region=release.manifest.region or "")
    deceased = values.get("deceased")
    told = deceased if isinstance(deceased, Mapping) else {}
    places = [str(told.get(name) or "") for name in ("died_region", "registered_region")]
    return next((place for place in places if re.fullmatch("[0-9]{6}", place) and own.covers(place)), "")


def _show_report(
    release: LoadedRelease, once: str, values: Mapping[str, Any], errors: Mapping[str, list[str]], focus: str = ""
) -> str:
    form = _form(release, once).draw(values, errors, focus or (ERRORS_FOCUS if errors else ""))
    return render_template("portal/report.html", guide=packs.guide_for(release), form=form)


# -- joining a case --------------------------------------------------------------------------------------------------


@blueprint.get("/join")
@allow(family)
def join() -> str:
    """Ask for the case's code and the name of the deceased."""
    return render_template("portal/join.html", typed={}, fault="")


@blueprint.post("/join")
@allow(family)
def joined() -> Response | tuple[str, int]:
    """Give the family a part in the case: its own application, or that of somebody who objects."""
    own, person = services(), _person()
    typed = {name: request.form.get(name, "").strip() for name in ("code", "name", "as")}
    subject = own.runtime.sealer.fingerprint("join", person.id)
    with own.database.begin() as connection:
        attempt = attempts.begin_attempt(connection, JOIN, subject, current.address(), own.clock.now())
    if attempt is None:
        return _refuse_join(typed, _("尝试次数过多，请一小时后再试，或到窗口办理。"), 429)
    case = _find_case(typed["code"], typed["name"])
    if case is None or typed["as"] not in _ROLES:
        return _refuse_join(typed, _("没有找到这个办件。请核对办件编号和逝者姓名，并选择您要办的事。"), 422)
    with own.database.begin() as connection:
        attempts.forgive(connection, JOIN, subject, attempt)
    if typed["as"] == "objector":
        with own.database.begin() as connection:
            parties.add_party(connection, case.id, person.id, "objector", None, own.clock.now())
        return see_other(url_for("portal.objection", case_id=case.id))
    if fault := _join_with_application(case, person, _ROLES[typed["as"]]):
        return _refuse_join(typed, fault, 422)
    return see_other(url_for("portal.case", case_id=case.id))


def _find_case(code: str, name: str) -> Any | None:
    own = services()
    code = code.upper().replace(" ", "")
    index = t.sealed_index.c
    digests = own.runtime.sealer.look_up("deceased.name", name)
    query = (
        sa.select(t.cases)
        .join(t.sealed_index, index.case_id == t.cases.c.id)
        .where(t.cases.c.code == code[:40], index.name == "deceased.name", index.digest.in_(digests))
    )
    with db.reading(own.database) as connection:
        return connection.execute(query).first() if code and name else None


def _join_with_application(case: Any, person: Person, role: str) -> str:
    """Why the family, or whoever acts for one (代办员, H-29), cannot apply on this case; "" where they now can."""
    own, channel = services(), "online"
    with db.reading(own.database) as connection:
        if parties.filings_of(connection, case.id, person.id):
            return ""
    manifest = packs.release_by_id(case.release_id).manifest
    if not manifest.takes_online:
        windows = "、".join(channel.name for channel in manifest.channels.values() if channel.open)
        return str(_("本地只在窗口受理申请，请到%(windows)s办理。", windows=windows))
    if role == "agent":
        channel = parties.agent_channel(manifest)
        if not channel:
            return str(_("本地没有开通代办，请由继承人本人申请，或到窗口办理。"))
    if parties.take_first(own.runtime, person, case, role):
        return ""
    actor = person.act(region=case.region)
    try:
        outcome = publish_message(own.runtime, actor, case.id, "heir_joined", {"channel": channel})
    except RuleViolation as error:
        return str(error)
    except (NotFound, Conflict):
        return str(_("这个办件已经不能再加入，请到政务服务窗口办理。"))
    with own.database.begin() as connection:
        query = sa.select(t.user_tasks).where(t.user_tasks.c.instance_id == outcome.started)
        rows = [row for row in connection.execute(query) if row.status == "open"]
        filing = next((parties.filing_of(connection, row) for row in rows), None)
        if filing is None:
            return str(_("申请暂时没有打开，请稍后再试。"))
        parties.add_party(connection, case.id, person.id, role, filing, own.clock.now())
    return ""


def _refuse_join(typed: Mapping[str, str], fault: str, status: int) -> tuple[str, int]:
    return render_template("portal/join.html", typed=typed, fault=fault), status


def _person() -> Person:
    person = current.person()
    assert person is not None
    return person
