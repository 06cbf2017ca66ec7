"""INV-4 to INV-7, INV-11 and INV-12: items, payments, automatic stops, applications."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from engine.clock import from_text
from engine.errors import ShenhouError
from tasks.scenarios.moves import Move
from tasks.scenarios.observing import FINAL, Snapshot


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
        allowed = _payees(move, row)
        if allowed and row.payee_kind not in allowed:
            yield f"{row.item} is paid to {row.payee_kind}, the table says {' or '.join(allowed)}"
    paid: dict[tuple[str, str], int] = {}
    for row in after.rows["payments"]:
        if row.status in ("ordered", "paid"):
            paid[row.item, row.payee_digest] = paid.get((row.item, row.payee_digest), 0) + 1
    yield from (f"{item} is paid twice to one payee" for (item, _), count in paid.items() if count > 1)


def orders_are_recalled(move: Move) -> Iterator[str]:
    """INV-5, INV-8: under a hold or an objection no money leaves, unless the bank had its job before."""
    if move.after.barred:
        for row in move.after.rows["payments"]:
            if row.status == "ordered" and _at_bank(move.after, row.id) == "available":
                yield f"{row.item} stays ordered while payments are barred, and the bank may still take it"
    if move.before is None or not (move.before.barred and move.after.barred):
        return
    ordered = {row.id for row in move.before.rows["payments"] if row.status == "ordered"}
    for row in move.after.rows["payments"]:
        if row.id in ordered and row.status == "paid" and _at_bank(move.before, row.id) != "leased":
            yield f"{row.item} was paid while payments were barred"


def _at_bank(snapshot: Snapshot, payment_id: str) -> str:
    """How the newest job of a payment stands; "" without one."""
    found = [row for row in snapshot.rows["jobs"] if orjson.loads(row.inputs).get("payment_id") == payment_id]
    live = [row.status for row in found if row.status in ("available", "leased", "dead")]
    return str(live[-1]) if live else ""


def _payees(move: Move, payment: Any) -> list[str]:
    """Whom the pack's own table names, and where the account was exchanged the other; none for a pack without one."""
    filing = next((row.name for row in move.after.rows["filings"] if row.id == payment.filing_id), "")
    scope = {"case": move.after.facts, "switches": move.release.switches, "item": payment.item, "filing": filing}
    now = from_text(payment.ordered_at)
    try:
        found = move.release.decisions.decide("payee_rule", scope, move.runtime.feel, now)
    except ShenhouError:
        return []
    if not isinstance(found, Mapping):
        return []
    changed = ((scope["case"].get("filings") or {}).get(filing) or {}).get("payees") or {}
    names = ["kind", "other_kind"] if payment.item in changed else ["kind"]
    return [str(found[name]) for name in names if found.get(name)]


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
