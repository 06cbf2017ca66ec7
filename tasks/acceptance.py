"""What the window does with documents when it accepts: originals seen once, gaps allowed or not, things sent back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import orjson

from engine import calendar
from engine.clock import local_date, to_text
from engine.errors import RuleViolation
from engine.registry import CaseAccess
from tasks import gaps, materials
from tasks.command import connection_of
from tasks.items import FINAL, items_of


def take_in(case: CaseAccess, filing: Any, acceptance: Mapping[str, Any]) -> None:
    """Take in the documents of an application that is being accepted.

    ``acceptance``: the window's form, ``decision`` (accept or deferred) and ``verified``, the codes whose originals
    it has seen. Raises material_missing, original_unverified, deferral_not_offered.
    Rule: C-32: the window verifies the paper once, for all items; an e-licence counts as an original. 附件3 四, 需原件.
    C-23: where the pack says so, only the items that want a paper wait for it to be shown.
    """
    verified = set(acceptance.get("verified") or ())
    deferring = acceptance.get("decision") == "deferred"
    if deferring and not gaps.are_accepted(case):
        raise RuleViolation("deferral_not_offered", "本地没有先受理、后补交材料的规定，请改为受理或退回补正", "C-33")
    missing, unseen = [], []
    for row in materials.rows_of(connection_of(case), filing.id):
        if row.source != "applicant" or row.status in ("verified", "waived", "pledged"):
            continue
        if row.code in verified:
            _verify(case, row)
        elif row.medium == gaps.ORIGINAL and gaps.wait_for_originals(case):
            _await_original(case, filing, row)
        elif row.status == "deferred" or (deferring and row.status in materials.OPEN and row.cure_days is not None):
            _defer(case, row)
        elif row.status in materials.OPEN:
            missing.append(row.name)
        elif row.original:
            unseen.append(row.name)
    _demand_none("material_missing", "以下材料尚未提供，请退回补正", missing)
    _demand_none("original_unverified", "以下材料须由窗口核验原件，核验后再受理", unseen)
    materials.show(case, filing)
    if lacking := gaps.of_filing(connection_of(case), filing.id):
        case.publish("gaps_left", {"filing": filing.name, "until": lacking[0].deferred_until})


def return_materials(case: CaseAccess, filing: Any, codes: Collection[str]) -> None:
    """Ask for documents anew that the window found wanting; the family reads which in its form."""
    for row in materials.rows_of(connection_of(case), filing.id):
        if row.code in codes and row.source == "applicant":
            materials.change_material(connection_of(case), row.id, status="refused")
    materials.show(case, filing, {})


def cure(case: CaseAccess, filing_id: str, item: str, how: object) -> None:
    """The family has answered the department with papers: what was deferred for the item counts as come (assumed).

    An original that only the window can see still waits for the window.
    """
    if how in ("upload", "bring_original"):
        for row in gaps.of_item(connection_of(case), filing_id, item):
            if row.medium != gaps.ORIGINAL:
                materials.change_material(connection_of(case), row.id, status="provided")


def _verify(case: CaseAccess, row: Any) -> None:
    seen = {"verified_at": to_text(case.now()), "verified_by": case.actor.id}
    materials.change_material(connection_of(case), row.id, status="verified", **seen)


def _defer(case: CaseAccess, row: Any) -> None:
    days = gaps.CURE_DAYS if row.cure_days is None else row.cure_days
    until = calendar.working_days_after(local_date(case.now()), days).isoformat()
    materials.change_material(connection_of(case), row.id, status="deferred", deferred_until=until)


def _await_original(case: CaseAccess, filing: Any, row: Any) -> None:
    """An original that nobody has shown yet holds up the open items that want it; without any it is not wanted.

    Rule: C-23.
    """
    served = orjson.loads(row.items)
    if any(item.code in served and item.status not in FINAL for item in items_of(connection_of(case), filing.id)):
        days = gaps.days_to_show(case) if row.cure_days is None else row.cure_days
        until = calendar.working_days_after(local_date(case.now()), days).isoformat()
        materials.change_material(connection_of(case), row.id, status="deferred", deferred_until=until)
    else:
        materials.change_material(connection_of(case), row.id, status="waived")


def _demand_none(rule: str, message: str, names: list[str]) -> None:
    if names:
        raise RuleViolation(rule, f"{message}：{'、'.join(names)}", "C-32" if rule == "original_unverified" else "H-28")
