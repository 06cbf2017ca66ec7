"""Verifying a certificate by number, code or QR; at once one sees whether the body may be cremated, and why not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response

from engine import db, inbox
from tasks import guards
from tasks import tables as d
from web.access import current, policy
from web.access.attempts import Limit, begin_attempt, forgive
from web.access.people import Person
from web.access.policy import allow, group
from web.desk.words import HOLD_SOURCE
from web.funeral import checking
from web.police.holds import holds_of, in_region
from web.services import services
from web.window.lines import as_line, case_page, find_cases, task_page

KINDS = {
    "medical": lazy_gettext("居民死亡医学证明（推断）书"),
    "abnormal": lazy_gettext("非正常死亡证明"),
    "ruling": lazy_gettext("宣告死亡判决"),
    "cremation": lazy_gettext("火化证明"),
}
STATUS = {
    "recorded": lazy_gettext("已填写，尚未生效"),
    "valid": lazy_gettext("有效"),
    "superseded": lazy_gettext("已被替换"),
    "revoked": lazy_gettext("已撤销"),
}
CODES = Limit("verify", 5, 20, timedelta(minutes=15))
_SEEN, _MOST_SEEN = "checked_certificates", 20
blueprint = Blueprint("funeral", __name__, template_folder="templates", url_prefix="/funeral")
funeral = group("funeral.")


@blueprint.get("/verify")
@allow(funeral)
def verify() -> str:
    """Three ways to verify: the number, the family's code, the QR code."""
    return _show_form()


@blueprint.post("/verify")
@allow(funeral)
def verified() -> Response | tuple[str, int]:
    """Look the certificate up. Wrong codes are counted: six digits are few."""
    way = request.form.get("way", "number")
    person, own = _reader(), services()
    texts = {name: request.form.get(name, "").strip()[:400] for name in ("number", "case_code", "code", "token")}
    attempt, subject = None, own.runtime.sealer.fingerprint("verify", texts["case_code"])
    if way == "code":
        with own.database.begin() as connection:
            attempt = begin_attempt(connection, CODES, subject, person.id, own.clock.now())
        if attempt is None:
            return _show_form(gettext("验证码核对次数过多，请十五分钟后再试，或改用证明编号核验。"), way), 429
    found = _find(person, way, texts)
    if found is None:
        return _show_form(
            gettext("没有找到相符的死亡证明。请对照原件核对；核对无误仍找不到的，请联系出具单位。"), way
        ), 404
    if attempt is not None:
        with own.database.begin() as connection:
            forgive(connection, CODES, subject, attempt)
    session[_SEEN] = [*session.get(_SEEN, []), found.id][-_MOST_SEEN:]
    return redirect(url_for("funeral.certificate", certificate_id=found.id), 303)


@blueprint.get("/certificates/<certificate_id>")
@allow(funeral)
def certificate(certificate_id: str) -> str:
    """The certificate as it stands, and the verdict. Only for whoever has verified it, or has the case anyway."""
    person, own = _reader(), services()
    with db.reading(own.database) as connection:
        row = connection.execute(sa.select(d.certificates).where(d.certificates.c.id == certificate_id)).first()
        case = policy.find_case(connection, {"case_id": row.case_id}) if row is not None else None
        if row is None or case is None or not person.act().covers(case.region):
            abort(404)
        if certificate_id not in session.get(_SEEN, []) and not policy.can_see_case(connection, person, case):
            abort(404)
    return _show_case(person, case, row)


@blueprint.get("/cases/<case_id>")
@allow(funeral & policy.case_visible)
def case(case_id: str) -> str:
    """The verdict on a case that the home has already."""
    with db.reading(services().database) as connection:
        row = guards.find_death_certificate(connection, case_id)
    return _show_case(_reader(), current.case(), row)


@blueprint.post("/find")
@allow(funeral)
def find() -> Response | str:
    """Cases that the home has already, by code, name or number."""
    found = find_cases(_reader(), request.form.get("text", ""))
    if len(found) == 1:
        return redirect(url_for("funeral.case", case_id=found[0].id), 303)
    return render_template("funeral/found.html", found=found)


def _find(person: Person, way: str, texts: dict[str, str]) -> Any:
    inside = in_region(person)
    with db.reading(services().database) as connection:
        if way == "code":
            return checking.find_by_code(connection, texts["case_code"], texts["code"], inside)
        if way == "token":
            return checking.find_by_token(connection, texts["token"], inside)
        return checking.find_by_number(connection, texts["number"], inside)


def _show_form(fault: str = "", way: str = "number") -> str:
    return render_template("funeral/verify.html", fault=fault, way=way)


def _show_case(person: Person, case: Any, certificate: Any) -> str:
    own = services()
    tasks = inbox.list_open(own.runtime, person.act(), inbox.Query(case_id=case.id))
    with db.reading(own.database) as connection:
        holds = [one for one in holds_of(connection, person, case.id, own.clock.now()) if one.released_at is None]
        seen = policy.can_see_case(connection, person, case)
    return render_template(
        "funeral/verdict.html",
        line=as_line(person, case),
        page=case_page(case.code) if seen else "",
        seen=seen,
        certificate=certificate,
        kinds=KINDS,
        status=STATUS,
        verdict=checking.judge(own, case.id),
        holds=holds,
        sources=HOLD_SOURCE,
        todo=[(one.name, task_page(one.id)) for one in tasks],
    )


def _reader() -> Person:
    person = current.person()
    assert person is not None
    return person
