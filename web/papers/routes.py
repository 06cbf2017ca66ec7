"""The public page that tells whether a paper is valid, and the download of a certificate against a code."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from engine import db
from engine.clock import to_text
from engine.errors import RuleViolation
from web.access import codes, current
from web.access.masking import mask
from web.access.policy import allow, family_case, public
from web.access.turning import see_other
from web.papers.certificates import TITLES, certificate_paper, read_certificate
from web.papers.families import downloads, phone_of
from web.papers.looking import may_look
from web.papers.reading import read_case
from web.papers.records import find_paper
from web.services import services
from web.store.serving import answer_bytes

blueprint = Blueprint("papers", __name__, template_folder="templates")

STANDINGS = {
    "valid": lazy_gettext("有效"),
    "superseded": lazy_gettext("已被新的证明取代"),
    "revoked": lazy_gettext("已撤销"),
}
PURPOSE = "certificate"
WORDS = {
    codes.Refused.WRONG: lazy_gettext("验证码不正确或已失效，请核对短信，或重新获取。"),
    codes.Refused.TOO_MANY: lazy_gettext("次数过多，请一小时后再试，或到就近窗口办理。"),
}


@blueprint.get("/verify/<token>")
@allow(public)
def verify(token: str) -> tuple[str, int]:
    """Whether the paper of ``token`` is valid now; nothing that the paper does not show."""
    own = services()
    with db.reading(own.database) as connection:
        paper = find_paper(connection, token)
        shown = read_certificate(read_case(own.runtime, connection, paper.case_id), paper) if paper else None
    if not may_look(own, current.address(), found=paper is not None):
        return render_template("papers/verify.html", standing="busy"), 429
    if paper is None:
        return render_template("papers/verify.html", standing="unknown"), 404
    return render_template(
        "papers/verify.html", standing=paper.status, words=STANDINGS, facts=shown, title=TITLES[paper.kind],
        looked_at=to_text(own.clock.now()),
    ), 200  # fmt: skip


@blueprint.get("/cases/<case_id>/certificates/<certificate_id>")
@allow(family_case)
def download_form(case_id: str, certificate_id: str) -> str | tuple[str, int]:
    """Ask for the code that the certificate is handed out against."""
    return _show(case_id, certificate_id)


@blueprint.post("/cases/<case_id>/certificates/<certificate_id>/code")
@allow(family_case)
def send_code(case_id: str, certificate_id: str) -> Response | tuple[str, int]:
    """Send the code to the telephone that the family signed in with."""
    own, row = services(), _find(case_id, certificate_id)
    try:
        phone = phone_of(own, current.family_id())
    except RuleViolation as refusal:
        return _show(case_id, certificate_id, [refusal.message], can_send=False), 422
    refused = codes.send_code(own, PURPOSE, phone, current.address(), case_id=row.case_id)
    if refused:
        return _show(case_id, certificate_id, [str(WORDS[refused])]), 429
    return see_other(url_for("papers.download_form", case_id=case_id, certificate_id=certificate_id, sent=1))


@blueprint.post("/cases/<case_id>/certificates/<certificate_id>")
@allow(family_case)
def download(case_id: str, certificate_id: str) -> Response | tuple[str, int]:
    """Hand the certificate out, once for a code."""
    own, row = services(), _find(case_id, certificate_id)
    phone, typed = phone_of(own, current.family_id()), request.form.get("code", "")
    refused = codes.try_code(own, PURPOSE, phone, typed, current.address(), case_id=row.case_id)
    if refused:
        return _show(case_id, certificate_id, [str(WORDS[refused])]), 422 if refused is codes.Refused.WRONG else 429
    name = f"{TITLES.get(row.kind, '')}_{row.number}.pdf"
    return answer_bytes(certificate_paper(own, row.id), "application/pdf", name)


def _find(case_id: str, certificate_id: str) -> Any:
    """The certificate in force of the case, for a family that may have it; 404 for any other."""
    with db.reading(services().database) as connection:
        found = downloads(connection, case_id, current.family_id())
    row = next((one for one in found if one.id == certificate_id), None)
    if row is None:
        abort(404)
    return row


def _show(case_id: str, certificate_id: str, errors: list[str] | None = None, *, can_send: bool = True) -> str:
    row = _find(case_id, certificate_id)
    sent = can_send and ("sent" in request.args or bool(errors))
    phone = phone_of(services(), current.family_id()) if sent else ""
    return render_template(
        "papers/download.html", case_id=case_id, row=row, title=TITLES[row.kind], errors=errors or [],
        can_send=can_send, sent=sent, phone=mask(None, "phone", phone),
        shown=codes.code_shown(services(), PURPOSE, phone) if sent else "",
        page_title=_("下载%(title)s", title=TITLES[row.kind]),
    )  # fmt: skip
