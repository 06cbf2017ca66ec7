"""INV-1, INV-2, INV-3 and INV-8: the body, the police hold, the certificate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tasks.scenarios.moves import Move
from tasks.scenarios.observing import DEATH_CERTIFICATES

DISPOSALS = frozenset({"record_cremation", "record_disposal"})
POLICE_WORK = frozenset({"review_death", "lift_criminal_hold"})
AUTHORISED = ("hospital.", "clinic.", "police.", "window.")  # who may issue a certificate; the window records a ruling


def no_cremation_under_hold(move: Move) -> Iterator[str]:
    """INV-1."""
    if move.new("cremations") and move.was_held:
        yield "a cremation was recorded while the police hold was in force"
    for row in move.after.rows["cremations"]:
        for hold in move.after.rows["holds"]:
            if hold.set_at < row.recorded_at and (hold.released_at is None or hold.released_at > row.recorded_at):
                yield f"cremation {row.number} lies between the setting and the release of a hold"


def hold_is_the_police_s(move: Move) -> Iterator[str]:
    """INV-2: set on every path to the police, released by them alone, and shown in the facts as it is."""
    after, facts = move.after, move.after.facts
    shown = bool(facts.get("hold", {}).get("active"))
    if not after.revoked and shown != after.held:
        yield f"the facts say hold.active = {shown}, the rows {after.held}"
    if not after.held and not after.revoked:
        for row in after.open_tasks.values():
            if row.element_id in POLICE_WORK:
                yield f"{row.element_id} is open and nothing is held"
    if _was_referred(facts) and not after.rows["holds"]:
        yield "the police were told and no hold was ever set"
    released_before = {row.id for row in move.before.rows["holds"] if row.released_at} if move.before else set()
    for hold in after.rows["holds"]:
        if hold.released_at and hold.id not in released_before and not _released_by_police(move, hold):
            yield f"a hold was released by {hold.released_by}, who completed no task of the police"


def _was_referred(facts: Mapping[str, Any]) -> bool:
    finding = facts.get("investigation", {}).get("finding")
    place, manner = facts.get("place"), facts.get("reported_manner")
    asked = facts.get("certification", {}).get("refer_to_police") is True
    return asked or finding in ("doubtful", "abnormal") or (place == "elsewhere" and manner == "abnormal")


def _released_by_police(move: Move, hold: Any) -> bool:
    for row in move.done_since():
        groups = move.groups_of(row)
        if row.completed_by == hold.released_by and groups and all(name.startswith("police.") for name in groups):
            return True
    return False


def cremation_is_certified(move: Move) -> Iterator[str]:
    """INV-3."""
    issued = {row.id: row for row in move.after.rows["certificates"]}
    for row in move.new("cremations"):
        certificate = issued.get(row.certificate_id)
        if certificate is None or certificate.kind not in DEATH_CERTIFICATES:
            yield f"cremation {row.number} rests on no certificate of death of this case"
        elif certificate.status != "valid":
            yield f"cremation {row.number} rests on a certificate that is {certificate.status}"
    tasks = [row for row in move.after.rows["user_tasks"] if row.status == "completed"]
    able = {row.completed_by for row in tasks if any(name.startswith(AUTHORISED) for name in move.groups_of(row))}
    for certificate in move.new("certificates"):
        if certificate.kind in DEATH_CERTIFICATES and certificate.issued_by not in able:
            yield f"certificate {certificate.number} was issued by {certificate.issued_by}, who is no issuer"


def crime_stops_all(move: Move) -> Iterator[str]:
    """INV-8, and its ground INV-1 and INV-5: under a hold neither disposal nor payment is even open."""
    if not move.after.held:
        return
    for row in move.after.open_tasks.values():
        if row.element_id in DISPOSALS or row.element_id == "approve_payment":
            yield f"{row.element_id} is open under a hold"
    earlier = {row.case_id: row.disposed_at for row in move.before.rows["remains"]} if move.before else {}
    for row in move.after.rows["remains"]:
        if row.disposed_at and row.disposition != "none" and not earlier.get(row.case_id) and move.was_held:
            yield "the remains were disposed of under a hold"
