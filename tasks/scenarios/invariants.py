"""INV-1 … INV-12, checked on the rows alone after every step: neither diagrams nor workers are asked.

What may not happen is judged by two moments of the case, before and after a step, so that a hold and a cremation in one
second are told apart. ``requirements.md`` 9 states the invariants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.clock import from_text
from engine.db import reading
from engine.errors import ShenhouError
from engine.runtime import Runtime
from tasks.scenarios import pushed
from tasks.scenarios.moves import Move
from tasks.scenarios.observing import DEATH_CERTIFICATES, FINAL, Snapshot

DISPOSALS = frozenset({"record_cremation", "record_disposal"})
POLICE_WORK = frozenset({"review_death", "lift_criminal_hold"})
AUTHORISED = ("hospital.", "clinic.", "police.", "window.")  # who may issue a certificate; the window records a ruling


@dataclass(frozen=True, slots=True)
class Breach:
    """An invariant that does not hold, and what was found instead."""

    invariant: str
    found: str


class Watch:
    """Looks at one case after every step."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._before: Snapshot | None = None

    def look(self, after: Snapshot) -> list[Breach]:
        """What does not hold at this moment, given the one before."""
        with reading(self._runtime.database) as connection:
            release = self._runtime.releases.get(connection, after.case.release_id)
        move = Move(self._before, after, release, self._runtime)
        self._before = after
        return [Breach(name, found) for name, check in CHECKS for found in check(move)]


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


def prerequisites_come_first(move: Move) -> Iterator[str]:
    """INV-4, for every item that requires another."""
    items = move.after.items
    for code, row in items.items():
        item = move.release.manifest.items.get(code)
        for required in item.requires if item else ():
            first = items.get(required)
            if row.filing_id and first is None and row.status not in ("offline", "refused", "withdrawn"):
                yield f"{code} was selected without {required}"
            elif row.status in ("processing", "supplement", "paying", "done") and not _came_first(first, row):
                yield f"{code} is {row.status} and {required} is {first.status if first else 'not selected'}"


def _came_first(first: Any, row: Any) -> bool:
    return bool(first and first.status == "done" and (row.started_at is None or first.ended_at <= row.started_at))


def payments_are_founded(move: Move) -> Iterator[str]:
    """INV-5."""
    after = move.after
    signed = {row.filing_id for row in after.rows["commitments"]}
    for row in move.new("payments"):
        if after.valid_certificate is None:
            yield f"{row.item} is paid without a valid certificate"
        if move.was_held:
            yield f"{row.item} is paid under a hold"
        if row.filing_id not in signed:
            yield f"{row.item} is paid without a commitment"
        if any(objection.status in ("open", "upheld") for objection in after.rows["objections"]):
            yield f"{row.item} is paid under an objection"
        if row.decided_by == row.approved_by:
            yield f"{row.item} was decided and approved by one person"
        allowed = _payee(move, row)
        if allowed and allowed != row.payee_kind:
            yield f"{row.item} is paid to {row.payee_kind}, the table says {allowed}"
    paid: dict[tuple[str, str], int] = {}
    for row in after.rows["payments"]:
        if row.status in ("ordered", "paid"):
            paid[row.item, row.payee_digest] = paid.get((row.item, row.payee_digest), 0) + 1
    yield from (f"{item} is paid twice to one payee" for (item, _), count in paid.items() if count > 1)


def _payee(move: Move, payment: Any) -> str:
    """Whom the pack's own table names; "" for a pack without one."""
    filing = next((row.name for row in move.after.rows["filings"] if row.id == payment.filing_id), "")
    scope = {"case": move.after.facts, "switches": move.release.switches, "item": payment.item, "filing": filing}
    now = from_text(payment.ordered_at)
    try:
        found = move.release.decisions.decide("payee_rule", scope, move.runtime.feel, now)
    except ShenhouError:
        return ""
    return str(found.get("kind")) if isinstance(found, Mapping) else ""


def items_end_once(move: Move) -> Iterator[str]:
    """INV-6: one end for each item, and a case that can always go on."""
    after = move.after
    for code, earlier in (move.before.items if move.before else {}).items():
        row = after.items.get(code)
        if row is None:
            yield f"item {code} has vanished"
        elif earlier.status in FINAL and row.status != earlier.status:
            yield f"item {code} was {earlier.status} and is {row.status}"
    for code, row in after.items.items():
        shown = after.facts.get("items", {}).get(code, {}).get("status")
        if shown != row.status:
            yield f"item {code} is {row.status}, the facts say {shown}"
    if after.status == "closed":
        yield from (
            f"the case is closed, item {c} is {r.status}" for c, r in after.items.items() if r.status not in FINAL
        )
    waiting = after.open_tasks or after.waiting_jobs or after.rows["timers"] or after.rows["message_waits"]
    if after.status == "open" and not waiting and not after.open_incidents:
        yield "the case is open and waits for nothing"


def results_are_told(move: Move) -> Iterator[str]:
    """INV-7: whatever way an item ends, its department's result is pushed and the family is told."""
    told = [row for row in move.after.rows["outbox"] if row.item]
    for code, row in move.after.items.items():
        if row.tracked or row.status not in FINAL or row.started_at is None or move.after.revoked:
            continue
        for kind in ("push", "notice"):
            if not any(sent.kind == kind and sent.item == code for sent in told):
                yield f"item {code} is {row.status} and no {kind} tells of it"


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


def pushes_are_due(move: Move) -> Iterator[str]:
    """INV-9."""
    yield from pushed.find_faults(move.runtime, move.release, move.after, move.new("outbox"))


def work_is_equipped(move: Move) -> Iterator[str]:
    """INV-10, of what stands open: a form, groups that may do it, and somebody for every job."""
    for row in move.after.open_tasks.values():
        if f"forms/{row.form_id}.form" not in move.release.files:
            yield f"{row.element_id} has no form {row.form_id}"
        unknown = [name for name in move.groups_of(row) if not name.startswith("=")]
        if not move.groups_of(row) or any(name not in move.release.manifest.groups for name in unknown):
            yield f"{row.element_id} is nobody's: {unknown}"
    for job in move.after.waiting_jobs:
        if move.runtime.workers.find(job.type) is None and job.type not in move.release.manifest.jobs:
            yield f"nobody does the job {job.type} at {job.element_id}"


def stops_come_once(move: Move) -> Iterator[str]:
    """INV-11."""
    if move.new("terminations") and move.after.valid_certificate is None:
        yield "benefits were stopped without a valid certificate"
    if move.after.revoked:
        yield from (f"{r.item} stays stopped after the revocation" for r in _unreversed(move.after))


def _unreversed(after: Snapshot) -> list[Any]:
    return [row for row in after.rows["terminations"] if row.reversed_at is None]


def ineligible_are_referred(move: Move) -> Iterator[str]:
    """INV-12: who is not eligible gets a slip and reaches no department."""
    slips = {row.filing_id for row in move.after.rows["referrals"]}
    for filing in move.after.rows["filings"]:
        window = (move.after.facts.get("filings", {}).get(filing.name) or {}).get("acceptance") or {}
        if filing.status != "refused":
            continue
        if window.get("decision") != "refuse" and filing.id not in slips:
            yield f"filing {filing.name} is refused and no referral slip was issued"
        for code, row in move.after.items.items():
            if row.filing_id == filing.id and not row.tracked and row.status in ("processing", "paying", "done"):
                yield f"filing {filing.name} is refused and its item {code} is {row.status}"


CHECKS: tuple[tuple[str, Callable[[Move], Iterator[str]]], ...] = (
    ("INV-1", no_cremation_under_hold),
    ("INV-2", hold_is_the_police_s),
    ("INV-3", cremation_is_certified),
    ("INV-4", prerequisites_come_first),
    ("INV-5", payments_are_founded),
    ("INV-6", items_end_once),
    ("INV-7", results_are_told),
    ("INV-8", crime_stops_all),
    ("INV-9", pushes_are_due),
    ("INV-10", work_is_equipped),
    ("INV-11", stops_come_once),
    ("INV-12", ineligible_are_referred),
)
