"""The sheets that are printed from a browser, by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask import render_template
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from engine import db
from engine.errors import NotFound
from engine.loaded import LoadedRelease
from tasks import tables as d
from tasks.filings import FIRST, find_filing
from web.languages import official
from web.papers import letters, notices
from web.papers.application import application
from web.papers.derived import derived, derived_names
from web.papers.reading import CaseReading, read_case
from web.papers.sheet import Sheet
from web.services import Services

OF_A_FILING: Mapping[str, Callable[[CaseReading, Any], Sheet]] = {
    "application": application,
    "commitment": letters.commitment,
    "acceptance": notices.acceptance,
    "supplement": notices.supplement,
    "non_acceptance": notices.non_acceptance,
    "control_slip": notices.control_slip,
    "receipt": letters.receipt,
}
NAMES = {
    "application": _("申请表"),
    "commitment": _("承诺函"),
    "acceptance": _("受理通知书"),
    "supplement": _("补正通知书"),
    "non_acceptance": _("不予受理通知书"),
    "referral": _("转线下告知单"),
    "control_slip": _("流转单"),
    "receipt": _("领取回执"),
}
"""Every kind, in the order in which a case comes to it."""
_DUE: Mapping[str, Callable[[Any], bool]] = {
    "acceptance": lambda filing: filing.accepted_at is not None,
    "supplement": lambda filing: filing.status == "supplement",
    "non_acceptance": lambda filing: filing.status == "refused",
    "control_slip": lambda filing: filing.accepted_at is not None,
    "receipt": lambda filing: filing.accepted_at is not None,
}
"""What an application must have come to before the paper is offered; the others can be printed at any time."""


def lay_out(own: Services, case_id: str, kind: str, *, filing: str = FIRST, number: str = "") -> Sheet:
    """The sheet ``kind`` of a case. ``number`` picks a referral slip; without it the newest.

    Raises ``NotFound`` for what there is not, and ``RuleViolation`` (paper_not_due, referral_unknown) with what to do.
    """
    with db.reading(own.database) as connection:
        case = read_case(own.runtime, connection, case_id)
        if kind == "referral":
            return letters.referral(case, number)
        row, build = find_filing(connection, case_id, filing), OF_A_FILING.get(kind)
        own_paper = case.release.manifest.papers.get(kind)
        if row is not None and build is not None:
            return build(case, row)
        if row is not None and own_paper is not None:
            return derived(case, row, own_paper)
        raise NotFound("paper", f"{kind} {filing}")


def names_for(
    connection: sa.Connection, release: LoadedRelease, case_id: str, filings: Sequence[Any]
) -> list[dict[str, LazyString | str]]:
    """What there is to print of each application, in the order of ``filings``: the kinds that it has come to, and the
    pack's own papers for what was applied for."""
    referred = connection.execute(sa.select(d.referrals.c.number).where(d.referrals.c.case_id == case_id).limit(1))
    known = {kind: name for kind, name in NAMES.items() if kind != "referral" or referred.first()}
    return [
        {kind: name for kind, name in known.items() if kind not in _DUE or _DUE[kind](filing)}
        | derived_names(connection, release, filing.id)
        for filing in filings
    ]


def paper(own: Services, case_id: str, kind: str, *, filing: str = FIRST, number: str = "") -> str:
    """The sheet as a page that prints, in full: whoever shows it has asked the policy, and masks nothing."""
    return to_page(lambda: lay_out(own, case_id, kind, filing=filing, number=number))


def to_page(build: Callable[[], Sheet]) -> str:
    """The page of any sheet that is printed, in the language of official papers."""
    with official():
        return render_template("papers/print.html", sheet=build())
