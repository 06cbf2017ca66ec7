"""Papers of departments that are made from the joint application, so that a family fills in one form only (C-23).

A pack's ``papers`` name a form each. It is laid out like the application, with what the application and the record of
the deceased hold; nobody fills it in, the applicant signs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from engine.errors import RuleViolation
from engine.loaded import LoadedRelease
from engine.pack_outputs import Paper
from forms.view import Shown, show
from tasks import tables as d
from tasks.command import values_at
from tasks.items import items_of, name_of
from web.papers.application import sections
from web.papers.notices import day_of, numbered
from web.papers.reading import CaseReading
from web.papers.sheet import Part, Prose, Sheet, Signatures


def derived(case: CaseReading, filing: Any, paper: Paper) -> Sheet:
    """The paper, filled in. Raises ``RuleViolation`` (paper_not_due) where none of its items was applied for."""
    applied = [row.code for row in items_of(case.connection, filing.id) if row.code in paper.items]
    if not applied:
        names = "、".join(name_of(case, code) for code in paper.items)
        raise RuleViolation("paper_not_due", f"这份申请没有办理“{names}”，不用打印“{paper.name}”", "C-23")
    stated = values_at(case, f"filings.{filing.name}")
    values = {**stated, "deceased": {**values_at(case, "deceased"), **(stated.get("deceased") or {})}}
    context = {"case": case.facts, "switches": case.release.switches, "filing": filing.name}
    shown = show(case.release.form(paper.form), context, case.runtime.feel, values, case.at)
    items = Prose(["；".join(name_of(case, code) for code in applied)], "申请事项", flush=True)
    parts: list[Part] = [items, *sections(one for one in shown if one.is_editable), *_declared(shown)]
    parts.append(Signatures(("申请人签名（手印）", "日期")))
    origin = f"本表由系统依据申请表自动生成，不用另填，打印日期 {day_of(case.at)}。"
    return Sheet(paper.name, numbered("ZB", case, filing), "", parts, copies=f"{origin}{paper.note or ''}")


def derived_names(connection: sa.Connection, release: LoadedRelease, filing_id: str) -> dict[str, str]:
    """The papers that an application has come to, by their kind."""
    papers = release.manifest.papers
    if not papers:
        return {}
    c = d.items.c
    applied = set(connection.execute(sa.select(c.code).where(c.filing_id == filing_id)).scalars())
    return {kind: paper.name for kind, paper in papers.items() if applied.intersection(paper.items)}


def _declared(shown: tuple[Shown, ...]) -> Iterator[Prose]:
    """The form's texts, each a part; a first line in bold is its heading."""
    for one in shown:
        text = one.component.attributes.get("text") if one.component.kind == "text" else None
        if isinstance(text, str):
            first, *rest = [line.strip() for line in text.splitlines() if line.strip()]
            is_heading = first.startswith("**") and first.endswith("**")
            yield Prose(rest, first.strip("*")) if is_heading else Prose([first, *rest])
