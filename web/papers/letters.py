"""Sheets whose words are the pack's own: the referral slip and the letter of commitment; and the hand-out receipt."""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa

from engine.clock import from_text, local_date
from engine.errors import RuleViolation
from engine.texts import render
from tasks import tables as d
from tasks.command import text_of, values_at
from tasks.commitments import TEMPLATE
from tasks.items import items_of
from tasks.materials import rows_of
from tasks.referrals import slip_text, window_of
from web.papers.notices import (
    ITEM_WORDS,
    applicant_name,
    day_of,
    deceased_name,
    department_name,
    item_name,
    numbered,
)
from web.papers.reading import CaseReading
from web.papers.sheet import Closing, Grid, Pairs, Prose, Sheet, Signatures

CERTIFICATES = {"medical": "死亡证明", "abnormal": "非正常死亡证明", "cremation": "火化证明"}
RECEIVED_AS = {"applicant": "申请人本人", "agent": "受托人"}
WITH_RESULT = ("done", "refused", "offline")


def referral(case: CaseReading, number: str) -> Sheet:
    """转线下告知单, in the pack's words; without ``number`` the newest. Raises ``RuleViolation``: referral_unknown."""
    query = sa.select(d.referrals.c.number, d.referrals.c.issued_at, d.referrals.c.item)
    known = query.where(d.referrals.c.case_id == case.case_id).order_by(d.referrals.c.issued_at.desc())
    row = case.connection.execute(known.where(d.referrals.c.number == number) if number else known).first()
    if row is None:
        raise RuleViolation("referral_unknown", "本办件没有转线下告知单，请核对办件")
    title, *lines = [line.strip() for line in slip_text(case, case.case_id, row.number).splitlines() if line.strip()]
    lines = [line for line in lines if line != f"编号：{row.number}"]
    window = window_of(case.release.manifest, None)
    parts = (Prose(lines, flush=True), Closing(window, ""), Signatures(("申请人签收", "签收日期")))
    return Sheet(title, row.number, "", parts, copies="本单交申请人，凭本单到窗口办理。")


def commitment(case: CaseReading, filing: Any) -> Sheet:
    """承诺函 as it was signed, or to be signed by hand before that."""
    c = d.commitments.c
    signed = case.connection.execute(sa.select(d.commitments).where(c.filing_id == filing.id)).first()
    title, *lines = [line.strip() for line in _letter(case, filing, signed).splitlines() if line.strip()]
    if signed is None:
        lines = [line for line in lines if not line.startswith(("承诺人：", "承诺时间："))]
        return Sheet(
            title, numbered("CN", case, filing), "", (Prose(lines), Signatures(("承诺人（签名、手印）", "承诺时间")))
        )
    shown = f"已于 {day_of(signed.signed_at)} 在线签署。文本版本 {signed.version}，"
    shown += f"文本摘要（SHA-256）{signed.text_sha256}。"
    same = hashlib.sha256(_letter(case, filing, signed).encode()).hexdigest() == signed.text_sha256
    doubt = [] if same else ["本页按现有资料重新生成，与签署时的文本不完全一致，以签署时存证的摘要为准。"]
    return Sheet(
        title, numbered("CN", case, filing), "", (Prose(lines), Prose([shown, *doubt], "签署信息", flush=True))
    )


def receipt(case: CaseReading, filing: Any) -> Sheet:
    """领取回执: what was handed out, and to whom; signed at the window."""
    stated = values_at(case, f"filings.{filing.name}.delivery")
    handed = _handed_out(case, filing)
    lines = [(str(number), name, kind, "1") for number, (name, kind) in enumerate(handed, 1)]
    facts = Pairs(
        (
            ("办件编号", case.code),
            ("逝者", deceased_name(case)),
            ("申请人", applicant_name(case, filing)),
            ("领取人", text_of(stated, "received_by")),
            ("领取身份", RECEIVED_AS.get(text_of(stated, "received_as"), "")),
            ("领取人证件号码", text_of(stated, "received_by_id_number")),
        )
    )
    return Sheet(
        "结果物领取回执",
        numbered("LQ", case, filing),
        case.release.manifest.names.official,
        (
            facts,
            Grid(("序号", "结果物", "说明", "份数"), lines, (1, 6, 4, 1), "领取清单"),
            Prose(["以上结果物已当面清点、核对无误，一次领取完毕。"]),
            Closing(window_of(case.release.manifest, None), day_of(_handed_out_at(case, filing) or case.at)),
            Signatures(("领取人签名", "经办人签名", "领取日期")),
        ),
        copies="本回执由窗口存档。",
    )


def _letter(case: CaseReading, filing: Any, signed: Any) -> str:
    """The text with what stood in it when it was signed: the items that were open then, and that day."""
    at = signed.signed_at if signed else None
    rows = items_of(case.connection, filing.id)
    chosen = [row.code for row in rows if _was_open(row, at)]
    documents = rows_of(case.connection, filing.id)
    return render(
        case.release,
        TEMPLATE,
        official_name=case.release.manifest.names.official,
        applicant_name=applicant_name(case, filing),
        applicant_kind=filing.applicant_kind,
        deceased_name=deceased_name(case),
        items=[{"code": code, "name": item_name(case, code)} for code in chosen],
        deferred=[{"name": row.name, "days": row.cure_days} for row in documents if _was_deferred(row)],
        pledged=[{"name": row.name, "text": row.pledge} for row in documents if row.status == "pledged"],
        signed_on=local_date(from_text(at) if at else case.at).isoformat(),
    )


def _was_open(row: Any, at: str | None) -> bool:
    if at is None:
        return row.ended_at is None
    return bool(row.selected_at <= at and (row.ended_at is None or row.ended_at > at))


def _was_deferred(row: Any) -> bool:
    """Whether the letter promised to bring a document later; it may have come since."""
    return row.cure_days is not None and (row.status == "deferred" or row.deferred_until is not None)


def _handed_out(case: CaseReading, filing: Any) -> list[tuple[str, str]]:
    """Certificates in force, then the results of the application's items."""
    c = d.certificates.c
    valid = sa.select(c.kind, c.number).where(c.case_id == case.case_id, c.status == "valid", c.kind.in_(CERTIFICATES))
    found = [(CERTIFICATES[kind], f"编号 {number}") for kind, number in case.connection.execute(valid.order_by(c.kind))]
    for row in items_of(case.connection, filing.id):
        if row.status in WITH_RESULT and not row.tracked:
            name = f"{item_name(case, row.code)}办理结果"
            found.append((name, f"{department_name(case, row.department)}，{ITEM_WORDS[row.status]}"))
    return found


def _handed_out_at(case: CaseReading, filing: Any) -> str | None:
    c = d.deliveries.c
    handed = sa.select(c.delivered_at).where(c.filing_id == filing.id, c.mode == "window")
    found: str | None = case.connection.execute(handed.order_by(c.delivered_at.desc())).scalar()
    return found
