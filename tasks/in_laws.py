"""A widowed child-in-law who mainly supported the parents-in-law inherits as one of the first order.

Rule: 民法典 1129: 丧偶儿媳对公婆，丧偶女婿对岳父母，尽了主要赡养义务的，作为第一顺序继承人.
Assumed: the papers are handed in with the application, and the window confirms what they show.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from engine.errors import RuleViolation
from engine.registry import CaseAccess
from tasks.command import facts_at

RELATION = "child_in_law"
LAW = "民法典1129"
PROOF = "M90"  # a pack's own table may ask for it under this code, in its own words
REASON = "须证明丧偶并对逝者尽了主要赡养义务（民法典第一千一百二十九条），由经办人核定"
_ROW: Mapping[str, Any] = {
    "code": PROOF,
    "name": "丧偶和尽主要赡养义务的证明",
    "source": "applicant",
    "medium": "scan",
    "original": False,
    "note": "结婚证、配偶的死亡证明，以及村（居）委会或单位等出具的赡养证明",
}


def inherits_so(case: CaseAccess, filing: str) -> bool:
    """Whether the applicant claims to inherit for having supported the parents of a late spouse."""
    applicant = facts_at(case, f"filings.{filing}.applicant")
    return applicant.get("relation") == RELATION and applicant.get("kind") == "first_order"


def with_proof(
    case: CaseAccess, filing: str, rows: Iterable[Mapping[str, Any]], items: Collection[str]
) -> list[Mapping[str, Any]]:
    """``rows`` of the table of materials, and the papers of such an applicant for the ``items`` applied for."""
    asked = list(rows)
    if inherits_so(case, filing) and all(row["code"] != PROOF for row in asked):
        asked += [{**_ROW, "item": code} for code in items]
    return asked


def demand_confirmation(case: CaseAccess, filing: str) -> None:
    """Raises ``support_unconfirmed`` until the window has confirmed what the papers show."""
    acceptance = facts_at(case, f"filings.{filing}.acceptance")
    if inherits_so(case, filing) and acceptance.get("support_confirmed") is not True:
        message = "申请人是丧偶儿媳或女婿：请核实其丧偶并对逝者尽了主要赡养义务，勾选确认后再受理"
        raise RuleViolation("support_unconfirmed", message, LAW)
