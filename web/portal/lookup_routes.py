"""Progress without signing in: by the case's code and a telephone that the case knows. Little is told, numbers not at
all, and whoever tries too often waits."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import orjson
import sqlalchemy as sa
from flask import render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine import db
from engine import tables as t
from engine.clock import from_text, to_text
from tasks import tables as d
from web.access import attempts, current
from web.access.policy import allow, public
from web.access.turning import see_other
from web.portal import packs
from web.portal.blueprint import blueprint
from web.portal.progress import ITEM_WORDS, deceased_name
from web.services import services

LOOKUP = attempts.Limit("lookup", 5, 20, timedelta(hours=1))
KEPT = timedelta(minutes=10)
_PHONE_OF = re.compile(r"reporter\.phone|filings\.f[0-9]+\.(applicant|agent)\.phone")
_SEEN = "lookup"


@blueprint.get("/lookup")
@allow(public)
def lookup() -> str:
    """Ask for code and telephone."""
    return render_template("portal/lookup.html", typed={}, fault="")


@blueprint.post("/lookup")
@allow(public)
def looked_up() -> Response | tuple[str, int]:
    """Right or wrong, an attempt is counted, by case and by address."""
    own = services()
    typed = {name: request.form.get(name, "").strip()[:40] for name in ("code", "phone")}
    code = typed["code"].upper().replace(" ", "")
    subject = own.runtime.sealer.fingerprint("lookup", code)
    now = own.clock.now()
    with own.database.begin() as connection:
        attempt = attempts.begin_attempt(connection, LOOKUP, subject, current.address(), now)
    if attempt is None:
        fault = _("尝试次数过多，请一小时后再试，或拨打热线查询。")
        return render_template("portal/lookup.html", typed=typed, fault=fault), 429
    case_id = _find(code, typed["phone"])
    if case_id is None:
        fault = _("没有查到。请核对办件编号和电话：电话要与报告或申请时留的一致。")
        return render_template("portal/lookup.html", typed=typed, fault=fault), 422
    with own.database.begin() as connection:
        attempts.forgive(connection, LOOKUP, subject, attempt)
    session[_SEEN] = {"case": case_id, "until": to_text(now + KEPT)}
    return see_other(url_for("portal.lookup_result"))


@blueprint.get("/lookup/result")
@allow(public)
def lookup_result() -> Response | str:
    """What may be told to whoever knows code and telephone; for some minutes."""
    own, seen = services(), session.get(_SEEN)
    if not isinstance(seen, dict) or from_text(str(seen.get("until"))) < own.clock.now():
        session.pop(_SEEN, None)
        return see_other(url_for("portal.lookup"))
    with db.reading(own.database) as connection:
        case = connection.execute(sa.select(t.cases).where(t.cases.c.id == str(seen["case"]))).first()
        if case is None:
            return see_other(url_for("portal.lookup"))
        rows = connection.execute(sa.select(d.items).where(d.items.c.case_id == case.id)).all()
    release = packs.release_by_id(case.release_id)
    statuses = {row.code: row for row in rows}
    items = [
        (item.plain, ITEM_WORDS.get(statuses[code].status, ""), statuses[code].due_on or "")
        for code, item in release.manifest.items.items()
        if code in statuses
    ]
    name = mask_name(deceased_name(own.runtime.sealer, case))
    return render_template(
        "portal/lookup_result.html",
        case=case,
        name=name,
        items=items,
        certified=bool((_facts(case).get("certificate") or {}).get("valid")),
        guide=packs.guide_for(release),
    )


def mask_name(name: str) -> str:
    """谭○○: the first sign, and that there are others."""
    return name[:1] + "○" * min(len(name) - 1, 2) if name else ""


def _facts(case: Any) -> dict[str, Any]:
    facts: dict[str, Any] = orjson.loads(case.facts)
    return facts


def _find(code: str, phone: str) -> str | None:
    """The case of that code, if the telephone is its reporter's, an applicant's or an agent's."""
    own = services()
    if not code or not phone:
        return None
    index = t.sealed_index.c
    query = (
        sa.select(t.cases.c.id, index.name, index.digest)
        .join(t.sealed_index, index.case_id == t.cases.c.id)
        .where(t.cases.c.code == code)
    )
    with db.reading(own.database) as connection:
        for row in connection.execute(query):
            if _PHONE_OF.fullmatch(row.name) and row.digest in own.runtime.sealer.look_up(row.name, phone):
                return str(row.id)
    return None
