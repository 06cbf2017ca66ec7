"""An item (事项) on a case: its life from the start at its department to the one status that ends it.

dormant → processing → (supplement ⇄ processing) → paying → done | refused | withdrawn | offline | not_applicable.
The row is what counts; ``items.<code>`` in the case facts mirrors it for diagrams and forms.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from engine.clock import from_text, local_date, to_text
from engine.due_dates import move_due
from engine.errors import RuleViolation
from engine.registry import CaseAccess, Job, worker
from engine.sealing import Sealer
from tasks import filings, gaps, legal_clock, referrals, supervision
from tasks import tables as d
from tasks.command import connection_of, facts_at, stated_at, text_of
from tasks.sealed_texts import open_text, seal_text
from tasks.switches import switch

FINAL = {
    "done": "已办结",
    "refused": "不予办理",
    "withdrawn": "已撤回",
    "offline": "已转线下",
    "not_applicable": "不适用",
}
LIVE_PAYMENT = ("ordered", "paid")
_CODE = re.compile(r"[a-z][a-z0-9_]*")
_MIRRORED = ("status", "department", "due_on")


def find_item(connection: sa.Connection, case_id: str, code: str) -> Any:
    """An item's row; None where the case does not have it."""
    return connection.execute(sa.select(d.items).where(d.items.c.case_id == case_id, d.items.c.code == code)).first()


def get_item(connection: sa.Connection, case_id: str, code: str) -> Any:
    """As ``find_item``. Raises ``unknown_item``."""
    row = find_item(connection, case_id, code)
    if row is None:
        raise RuleViolation("unknown_item", f"本办件没有选择事项“{code}”，请先在申请表中选择")
    return row


def items_of(connection: sa.Connection, filing_id: str) -> list[Any]:
    """The items that came with an application."""
    return list(connection.execute(sa.select(d.items).where(d.items.c.filing_id == filing_id).order_by(d.items.c.code)))


def name_of(case: CaseAccess, code: str) -> str:
    """What officials call the item."""
    item = case.release.manifest.items.get(code)
    return item.name if item else code


def add_item(case: CaseAccess, case_id: str, filing: Any, code: str) -> None:
    """Put a chosen item on the case, dormant, as the manifest describes it. It must not be there yet."""
    item, connection = case.release.manifest.items[code], connection_of(case)
    values = {
        "department": item.department,
        "filing_id": filing.id,
        "status": "dormant",
        "tracked": item.tracked,
        "handled_by": item.handling.by if item.handling else None,
        "pays": item.pays,
        "selected_at": to_text(case.now()),
    }
    connection.execute(d.items.insert().values(case_id=case_id, code=code, **values))
    required = [{"case_id": case_id, "code": code, "requires": name} for name in item.requires]
    if required:
        connection.execute(d.item_requirements.insert(), required)
    _mirror(case, code, {"due_on": None, **values}, filing=filing.name, name=item.name)


def write_item(case: CaseAccess, case_id: str, code: str, **values: Any) -> None:
    """Change an item and its mirror. A final status is not changed here: see ``end_item``. A reason comes sealed."""
    c = d.items.c
    connection_of(case).execute(d.items.update().where(c.case_id == case_id, c.code == code).values(**values))
    _mirror(case, code, values)


def end_item(case: CaseAccess, case_id: str, code: str, outcome: str, reason: str | None) -> None:
    """Give an item its final status: exactly once (INV-6), with who and when; its own pauses end."""
    connection = connection_of(case)
    row = get_item(connection, case_id, code)
    demand_open(case, row)
    legal_clock.end_pause(connection, case_id, case.now(), item=code)
    ended = {"ended_at": to_text(case.now()), "ended_by": case.actor.id}
    write_item(case, case_id, code, status=outcome, reason=seal_reason(case, case_id, code, reason), **ended)
    gaps.close_if_needless(case, case_id, row.filing_id)


def seal_reason(case: CaseAccess, case_id: str, code: str, reason: str | None) -> bytes | None:
    """Why, for the item's row: what clerks and departments write of a family is for those whom it concerns (C-28)."""
    return seal_text(case.sealer, d.items.c.reason, reason, case_id=case_id, code=code) if reason else None


def reason_of(sealer: Sealer, row: Any) -> str:
    """Why an item is as it is; empty where nobody said."""
    return open_text(sealer, d.items.c.reason, row)


def settle_item(
    case: CaseAccess, case_id: str, code: str, outcome: str, reason: str | None = None, written_at: str = ""
) -> None:
    """End an item with the department's result, and tell what waits for it (``item_settled``, the key is its code).

    Why is a ``reason`` in words or by its code, else what somebody wrote at the dotted path ``written_at``.
    Of a benefit that ends by itself the automatic stops hear too (``stops_changed``, P-7).
    What goes offline gets its referral slip (P-14), and so does what nobody supplemented in time.
    Refuses with unknown_outcome, unknown_item, item_settled, payment_missing, payment_made, gap_uncured.
    Rule: INV-6, INV-7; P-14.
    """
    if outcome not in FINAL:
        raise RuleViolation("unknown_outcome", f"“{outcome}”不是办理结果，请选择：{'、'.join(FINAL.values())}")
    row = get_item(connection_of(case), case_id, code)
    demand_open(case, row)
    demand_payment(case, row, outcome)
    if outcome == "done" and not row.tracked:
        gaps.demand_cured(connection_of(case), row.filing_id, code, name_of(case, code))
    words = in_words(case, code, reason, written_at)
    end_item(case, case_id, code, outcome, words)
    to_window = outcome == "offline" or reason == "supplement_lapsed"
    if to_window and not referrals.has_slip(connection_of(case), case_id, code):
        words = words or "该事项需到线下窗口办理"
        referrals.issue_slip(case, case_id, words, filing=_filing_name(case, row), item=code)
    case.publish("item_settled", correlation_key=code)
    if code in switch(case.release, "terminations.items", ()):
        case.publish("stops_changed")


@worker("items.settle", in_transaction=True, inputs=("item", "outcome", "reason?", "stated_at?", "amount_cents?"))
def settle(job: Job, case: CaseAccess) -> None:
    """Record an item's result; see ``settle_item``. An amount of 0 says that there is nothing to pay.

    An item that is blocked by its prerequisite, and was withdrawn while it waited, has its result already. What was
    refused as untrue, a written pledge (告知承诺) among it, is brought before the supervisors.
    Rule: G-8 (guizhou-2025) for pledges; that somebody must see to a broken one is inferred.
    """
    code, row = str(job.inputs["item"]), get_item(connection_of(case), job.case_id, str(job.inputs["item"]))
    if row.status in FINAL and job.inputs.get("reason") == "prerequisite":
        return
    if job.inputs.get("amount_cents") == 0 and row.status not in FINAL:
        write_item(case, job.case_id, code, amount_cents=0)
    written_at = text_of(job.inputs, "stated_at")
    settle_item(case, job.case_id, code, str(job.inputs["outcome"]), job.inputs.get("reason"), written_at)
    if job.inputs["outcome"] == "refused" and facts_at(case, f"decisions.{code}").get("reason_code") == "untrue":
        supervision.mark(case, job.case_id, "untrue", code)


def refresh_due(case: CaseAccess, row: Any) -> date | None:
    """Reckon an item's due date again (a pause may have moved it) and keep it; None without a limit.

    What is to be decided on the item by then is due with it: lists are sorted by it.
    """
    due = due_on(case, row.case_id, row.code)
    after = date.fromisoformat(due) if due else None
    if due != row.due_on:
        write_item(case, row.case_id, row.code, due_on=due)
        if after and row.due_on:
            move_due(connection_of(case), row.case_id, row.code, date.fromisoformat(row.due_on), after)
    return after


def refresh_all_due(case: CaseAccess, case_id: str) -> None:
    """Reckon the due dates of all items at work again, as when a pause of the whole case has ended."""
    c = d.items.c
    at_work = sa.select(d.items).where(c.case_id == case_id, c.due_on.is_not(None), c.status.not_in(FINAL))
    for row in connection_of(case).execute(at_work).all():
        refresh_due(case, row)


def due_on(case: CaseAccess, case_id: str, code: str) -> str | None:
    """An item's due date, from the acceptance of its own application on."""
    connection, f, i = connection_of(case), d.filings.c, d.items.c
    query = sa.select(f.accepted_at).where(i.case_id == case_id, i.code == code, i.filing_id == f.id)
    accepted_at = connection.execute(query).scalar()
    if accepted_at is None:
        return None
    limit = legal_clock.limit_of(case.release.manifest, code)
    accepted_on = local_date(from_text(accepted_at))
    due = legal_clock.due_on(connection, case_id, code, accepted_on, limit, case.now())
    return due.isoformat() if due else None


def demand_payment(case: CaseAccess, row: Any, outcome: str) -> None:
    """A paying item is done when it is paid, and not otherwise ended once money is on its way (INV-5)."""
    p = d.payments.c
    query = sa.select(p.status).where(p.case_id == row.case_id, p.item == row.code, p.status.in_(LIVE_PAYMENT))
    live = connection_of(case).execute(query).scalar()
    if outcome != "done" and live is not None:
        message = f"“{name_of(case, row.code)}”已经付款或正在付款，不能作此处理，请先与银行核对"
        raise RuleViolation("payment_made", message, "INV-5")
    nothing_due = 0 in (row.amount_cents, decided_cents(case, row.code))
    if outcome == "done" and row.pays and live != "paid" and not nothing_due:
        message = f"“{name_of(case, row.code)}”尚未付款成功，不能办结"
        raise RuleViolation("payment_missing", message, "INV-5")


def decided_cents(case: CaseAccess, code: str) -> int | None:
    """What the clerk has fixed as due, in cents: forms ask for yuan, the rows and the bank have whole cents."""
    yuan = facts_at(case, f"decisions.{code}").get("amount_yuan")
    if isinstance(yuan, bool) or not isinstance(yuan, int | float):
        return None
    cents = Decimal(str(yuan)) * 100
    return int(cents) if cents == int(cents) else None


def demand_open(case: CaseAccess, row: Any) -> None:
    if row.status in FINAL:
        message = f"“{name_of(case, row.code)}”{FINAL[row.status]}，结果不再更改；如有异议请到办理部门窗口提出"
        raise RuleViolation("item_settled", message, "INV-6")


def in_words(case: CaseAccess, code: str, reason: object, written_at: str = "") -> str | None:
    """Why, for people: what a known code means, else what somebody wrote, else the reason as it stands.

    What was written stands at ``written_at``; by default it is the clerk's opinion of the item.
    """
    words = referrals.in_words(reason)
    if words and not _CODE.fullmatch(words):
        return words
    return stated_at(case, written_at or f"decisions.{code}.opinion") or words or None


def _filing_name(case: CaseAccess, row: Any) -> str | None:
    return filings.name_of(connection_of(case), row.filing_id) if row.filing_id else None


def _mirror(case: CaseAccess, code: str, values: dict[str, Any], **more: Any) -> None:
    shown = {name: values[name] for name in _MIRRORED if name in values} | more
    if shown:
        case.write_facts(shown, f"items.{code}")
