"""Freezing a case, at any time before cremation, and the list of what is frozen.

A freeze is the message ``police_referred``; lifting it is the review's own task, to which the list leads. Police find
any case of their region by its code or by the number of the deceased: to freeze must not hang on having a part in it.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from engine import db
from engine.errors import RuleViolation
from engine.loaded import LoadedRelease
from tasks import guards
from web.access import current, policy
from web.access.people import Person
from web.access.policy import allow, group
from web.desk.words import HOLD_SOURCE
from web.police.holds import PAGE, count_holds, holds_of, list_holds
from web.services import services
from web.window.acts import fresh_key, pick, receive_act, show_act
from web.window.lines import as_line, case_page, find_cases
from web.window.sending import Act, list_acts

MESSAGE = "police_referred"
TABS = {"active": _("冻结中"), "long": _("超过七日"), "criminal": _("涉嫌犯罪"), "released": _("已解除")}
blueprint = Blueprint("police", __name__, template_folder="templates", url_prefix="/police")
police = group("police.")


@blueprint.get("/")
@allow(police)
def holds() -> str:
    """The holds of the region with their age, and the way to freeze another case."""
    person, own = _reader(), services()
    chosen = request.args.get("which", "active")
    chosen = chosen if chosen in TABS else "active"
    page, now = max(1, request.args.get("page", 1, type=int)), own.clock.now()
    with db.reading(own.database) as connection:
        counts = count_holds(connection, person, now)
        listed = list_holds(connection, person, chosen, page, now)
    return render_template(
        "police/holds.html",
        tabs=TABS,
        counts=counts,
        chosen=chosen,
        listed=listed[:PAGE],
        page=page,
        more=len(listed) > PAGE,
        sources=HOLD_SOURCE,
    )


@blueprint.post("/find")
@allow(police)
def find() -> Response | str:
    """A case of the region by its code or the number of the deceased, whole."""
    found = find_cases(_reader(), request.form.get("text", ""), everywhere=True)
    if len(found) == 1:
        return redirect(url_for("police.freeze", case_id=found[0].id), 303)
    return render_template("police/found.html", found=found)


@blueprint.get("/cases/<case_id>")
@allow(police)
def freeze(case_id: str) -> str:
    """How the case stands, its holds, and the form that freezes it."""
    person, case, release = _prepare(case_id)
    return _show(person, case, release)


@blueprint.post("/cases/<case_id>/freeze/<key>")
@allow(police)
def frozen(case_id: str, key: str) -> Response | str | tuple[str, int]:
    """Freeze it: from now on the body is not disposed of and no money leaves."""
    person, case, release = _prepare(case_id)
    chosen = pick(_acts(person, case, release), MESSAGE)
    post_to = url_for("police.frozen", case_id=case_id, key=key)
    done = url_for("police.freeze", case_id=case_id)
    return receive_act(person, case, release, chosen, key, post_to, done, done)


@blueprint.get("/cases/<case_id>/freeze")
@allow(police)
def freeze_form(case_id: str) -> str:
    """The fields of the freeze. 404 for whoever the pack does not let refer."""
    person, case, release = _prepare(case_id)
    chosen = pick(_acts(person, case, release), MESSAGE)
    post_to = url_for("police.frozen", case_id=case_id, key=fresh_key())
    return show_act(person, case, release, chosen, post_to, back=url_for("police.freeze", case_id=case_id))


def _show(person: Person, case: Any, release: LoadedRelease) -> str:
    own = services()
    with db.reading(own.database) as connection:
        listed = holds_of(connection, person, case.id, own.clock.now())
    may_freeze = any(act.name == MESSAGE for act in _acts(person, case, release))
    return render_template(
        "police/case.html",
        line=as_line(person, case),
        page=_page(person, case),
        listed=listed,
        is_frozen=any(one.released_at is None for one in listed),
        may_freeze=may_freeze,
        barred=_barred(case.id),
        sources=HOLD_SOURCE,
    )


def _page(person: Person, case: Any) -> str:
    with db.reading(services().database) as connection:
        return case_page(case.code) if policy.can_see_case(connection, person, case) else ""


def _barred(case_id: str) -> str:
    """Why the case cannot be frozen any more; "" where it can."""
    with db.reading(services().database) as connection:
        try:
            guards.check_not_revoked(connection, case_id)
        except RuleViolation as refusal:
            return refusal.message
    return ""


def _acts(person: Person, case: Any, release: LoadedRelease) -> list[Act]:
    with db.reading(services().database) as connection:
        return list_acts(connection, release, person, case)


def _reader() -> Person:
    person = current.person()
    assert person is not None
    return person


def _prepare(case_id: str) -> tuple[Person, Any, LoadedRelease]:
    person, own = _reader(), services()
    with db.reading(own.database) as connection:
        case = policy.find_case(connection, {"case_id": case_id})
        if case is None or not person.act().covers(case.region):
            abort(404)
        return person, case, own.runtime.releases.get(connection, case.release_id)
