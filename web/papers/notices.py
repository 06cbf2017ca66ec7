"""What the window hands an applicant about an application: accepted, to be completed, not accepted, its way through."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa

from engine.clock import from_text, local_date
from engine.errors import RuleViolation
from engine.loaded import LoadedRelease
from tasks import gaps, materials
from tasks import items as item_rows
from tasks import tables as d
from tasks.command import facts_at, stated_at, text_of, values_at
from tasks.guide import read_fee
from tasks.guide_materials import MEDIA
from tasks.referrals import window_of
from tasks.sealed_texts import open_text
from tasks.switches import switch
from web.papers.reading import CaseReading
from web.papers.sheet import Closing, Grid, Pairs, Prose, Sheet, Signatures
from web.papers.words import in_chinese

ITEM_WORDS = {
    "dormant": "待办", "processing": "办理中", "supplement": "待补正", "paying": "待拨付", "done": "已办结",
    "refused": "不予办理", "withdrawn": "已撤回", "offline": "已转线下", "not_applicable": "不适用",
}  # fmt: skip
MATERIAL_WORDS = {
    "needed": "待提供", "missing": "缺少", "refused": "需重新提供", "provided": "已提交", "held": "系统已取得",
    "verified": "已核验原件", "deferred": "受理后补交", "pledged": "告知承诺",
}  # fmt: skip
_DAYS = re.compile(r"P(\d{1,3})D", re.ASCII)


def acceptance(case: CaseReading, filing: Any) -> Sheet:
    """受理通知书. Raises ``RuleViolation``: paper_not_due before the application was accepted."""
    if filing.accepted_at is None:
        raise RuleViolation("paper_not_due", "申请尚未受理，不能打印受理通知书；请先作出受理决定")
    manifest, stated = case.release.manifest, facts_at(case, f"filings.{filing.name}")
    limit = f"自受理之日起 {manifest.limit_working_days} 个工作日内" if manifest.limit_working_days else "法定期限内"
    due = f"（{in_chinese(text_of(stated, 'due_on'))}前）" if stated.get("due_on") else ""
    chosen = item_rows.items_of(case.connection, filing.id)
    lead = (
        f"您于 {day_of(filing.filed_at)} 为{deceased_name(case)}提出的{manifest.names.official}申请，"
        f"{_complete(case, filing)}，现予受理，{limit}{due}办结。邮寄的时间，以及补正、公安审核期间，不计入办理时限。"
    )
    contact = f"咨询、查询请拨打 {manifest.hotline}，" if manifest.hotline else "咨询、查询"
    return Sheet(
        "受理通知书",
        numbered("SL", case, filing),
        manifest.names.official,
        (
            Prose([lead]),
            Grid(("序号", "受理事项", "办理部门"), _item_lines(case, chosen), (1, 7, 4), "受理事项"),
            Grid(("序号", "材料名称", "形式", "情况"), _material_lines(case, filing), (1, 6, 2, 3), "收到的材料"),
            Prose([f"{contact}请提供办件编号 {case.code}。{_fee(case)}"], flush=True),
            Closing(window_of(manifest, None), day_of(filing.accepted_at)),
            Signatures(("申请人签收", "签收日期")),
        ),
        addressee=applicant_name(case, filing),
        copies="本通知书一式两份，一份交申请人，一份存档。",
    )


def _fee(case: CaseReading) -> str:
    """That nothing is charged, where the release's document says so; else no word."""
    return "办理全程不收费。" if read_fee(case.release).is_free else ""


def supplement(case: CaseReading, filing: Any) -> Sheet:
    """补正通知书: everything that is missing, said once."""
    manifest, reason = case.release.manifest, stated_at(case, f"filings.{filing.name}.acceptance.reason")
    open_rows = [row for row in materials.rows_of(case.connection, filing.id) if row.status in materials.OPEN]
    days = _supplement_days(case.release)
    within = f"请在收到本通知书之日起 {days} 日内补正" if days else "请尽快补正"
    lines = [
        (str(number), row.name, MEDIA.get(row.medium, ""), row.note or MATERIAL_WORDS.get(row.status, ""))
        for number, row in enumerate(open_rows, 1)
    ]
    lead = (
        f"您于 {day_of(filing.filed_at)} 为{deceased_name(case)}提出的{manifest.names.official}申请，"
        f"有下列材料或内容需要补正，现一次告知。{within}；逾期没有补正的，可到窗口逐项办理。"
    )
    parts = [Prose([lead])]
    more = [Prose([reason], "需要补正的内容")] if reason else []
    listed = [Grid(("序号", "材料名称", "形式", "要求"), lines, (1, 5, 2, 4), "需要补正的材料")] if lines else []
    how = f"可以在线补正，也可以带本通知书到{window_of(manifest, None)}办理。办件编号 {case.code}"
    contact = f"，咨询电话 {manifest.hotline}。" if manifest.hotline else "。"
    return Sheet(
        "补正通知书",
        numbered("BZ", case, filing),
        manifest.names.official,
        (
            *parts,
            *more,
            *listed,
            Prose([how + contact], flush=True),
            Closing(window_of(manifest, None), day_of(case.at)),
            Signatures(("申请人签收", "签收日期")),
        ),
        addressee=applicant_name(case, filing),
        copies="本通知书一式两份，一份交申请人，一份存档。",
    )


def non_acceptance(case: CaseReading, filing: Any) -> Sheet:
    """不予受理通知书, with the way to another authority's judgement. Raises ``RuleViolation``: paper_not_due."""
    if filing.status != "refused":
        raise RuleViolation("paper_not_due", "本申请没有作出不予受理决定，不能打印；请先作出决定")
    manifest = case.release.manifest
    r = d.referrals.c
    referred = sa.select(d.referrals).where(r.filing_id == filing.id, r.item.is_(None)).order_by(r.issued_at.desc())
    slip = case.connection.execute(referred.limit(1)).first()
    known = open_text(case.sealer, r.reason, slip) if slip is not None else ""
    reason = stated_at(case, f"filings.{filing.name}.acceptance.reason") or known or "申请不符合受理条件"
    lead = f"您于 {day_of(filing.filed_at)} 为{deceased_name(case)}提出的{manifest.names.official}申请，"
    lead += "经审查，决定不予受理。"
    remedy = (
        "不予受理只是指本次联办申请，不影响您到有关部门窗口单独办理。对本决定不服的，可以自收到本通知书之日起六十日内依法申请行政复议，"
        "或者自收到之日起六个月内依法向人民法院提起行政诉讼。"
    )
    return Sheet(
        "不予受理通知书",
        numbered("BY", case, filing),
        manifest.names.official,
        (
            Prose([lead]),
            Prose([reason], "不予受理的理由"),
            Prose([remedy], "您的权利"),
            Closing(window_of(manifest, None), day_of(filing.ended_at or case.at)),
            Signatures(("申请人签收", "签收日期")),
        ),
        addressee=applicant_name(case, filing),
        copies="本通知书一式两份，一份交申请人，一份存档。",
    )


def control_slip(case: CaseReading, filing: Any) -> Sheet:
    """流转单: goes with the paper originals from desk to desk; whoever takes them over signs."""
    manifest = case.release.manifest
    chosen = item_rows.items_of(case.connection, filing.id)
    lines = [
        (item_name(case, row.code), department_name(case, row.department), ITEM_WORDS[row.status],
         local_day(row.started_at), row.due_on or "", "", "", "")
        for row in chosen
    ]  # fmt: skip
    stated = facts_at(case, f"filings.{filing.name}")
    facts = Pairs(
        (
            ("办件编号", case.code),
            ("逝者", deceased_name(case)),
            ("申请人", applicant_name(case, filing)),
            ("受理日期", day_of(filing.accepted_at)),
            ("整体办结期限", in_chinese(text_of(stated, "due_on"))),
            ("打印日期", day_of(case.at)),
        )
    )
    columns = ("事项", "办理部门", "状态", "开始", "期限", "经办意见", "经办人签字", "移交时间")
    return Sheet(
        "办件流转单",
        numbered("LZ", case, filing),
        manifest.names.official,
        (
            facts,
            Grid(columns, lines, (3, 2, 1, 1, 1, 2, 1, 1), "事项流转"),
            Grid(("序号", "随件材料", "形式", "情况"), _material_lines(case, filing), (1, 6, 2, 3), "随件材料"),
            Signatures(("移交人", "接收人", "交接时间")),
        ),
        copies="本单随纸质材料流转，办结后存档；内含个人信息，请妥善保管。",
        wide=True,
    )


# -- words about a case ----------------------------------------------------------------------------------------------


def numbered(prefix: str, case: CaseReading, filing: Any) -> str:
    """The number of a notice: one a kind and application, so that a second print is the same paper."""
    return f"{prefix}-{case.code.partition('-')[2] or case.code}-{filing.name.removeprefix('f')}"


def deceased_name(case: CaseReading) -> str:
    return text_of(values_at(case, "deceased"), "name")


def applicant_name(case: CaseReading, filing: Any) -> str:
    return text_of(values_at(case, f"filings.{filing.name}.applicant"), "name")


def item_name(case: CaseReading, code: str) -> str:
    item = case.release.manifest.items.get(code)
    return item.name if item else code


def department_name(case: CaseReading, department: str) -> str:
    group = case.release.manifest.groups.get(department)
    return group.name if group else department


def day_of(moment: Any) -> str:
    """The day of a stored moment or of a datetime, in Chinese; empty for None."""
    if not moment:
        return ""
    return in_chinese(local_date(from_text(moment) if isinstance(moment, str) else moment).isoformat())


def local_day(moment: str | None) -> str:
    """The day of a stored moment in figures, for narrow columns."""
    return local_date(from_text(moment)).isoformat() if moment else ""


def _item_lines(case: CaseReading, rows: list[Any]) -> list[tuple[str, str, str]]:
    return [
        (str(number), item_name(case, row.code), department_name(case, row.department))
        for number, row in enumerate(rows, 1)
    ]


def _complete(case: CaseReading, filing: Any) -> str:
    """What the window found; an application with gaps is not complete, and the letter does not say so."""
    later = [row for row in materials.rows_of(case.connection, filing.id) if row.status == "deferred"]
    to_show = [row.name for row in later if row.medium == gaps.ORIGINAL]
    lacking = [row.name for row in later if row.medium != gaps.ORIGINAL]
    told = [f"{'、'.join(lacking)}受理后补交"] if lacking else []
    told += [f"{'、'.join(to_show)}须到窗口核验"] if to_show else []
    return f"符合受理条件，其中{'，'.join(told)}" if told else "材料齐全、符合受理条件"


def _material_lines(case: CaseReading, filing: Any) -> list[tuple[str, str, str, str]]:
    rows = [row for row in materials.rows_of(case.connection, filing.id) if row.status != "waived"]
    return [(str(number), row.name, MEDIA.get(row.medium, ""), _standing(row)) for number, row in enumerate(rows, 1)]


def _standing(row: Any) -> str:
    if row.status == "deferred" and row.medium == gaps.ORIGINAL:
        return "待到窗口核验"
    return MATERIAL_WORDS.get(row.status, str(row.status))


def _supplement_days(release: LoadedRelease) -> int:
    """The days of ``supplement.window`` (ISO 8601, whole days); 0 where the pack gives none."""
    found = _DAYS.fullmatch(str(switch(release, "supplement.window", "")))
    return int(found[1]) if found else 0
