"""Payments: ordered by a second person, once, under every guard; confirmed or returned by the bank.

Rule: INV-5, INV-8; security.md rows 11 and 12. The orders and their receipts are rows; the bank's own work is a job.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from engine.clock import to_text
from engine.errors import RuleViolation
from engine.registry import CaseAccess, Job, worker
from tasks import filings, gaps, guards, items, payees
from tasks import tables as d
from tasks.command import completed_by, connection_of, stated_at, text_of
from tasks.sealed_texts import seal_text

DEPARTMENT = "department"  # who decided, where the department's own system did
_HANDS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("decisions.{item}", ("decide_item",), "作出办理决定"),
    ("filings.{filing}", filings.TASKS, "提交申请"),
    ("filings.{filing}", ("provide_materials",), "提交材料"),
    ("filings.{filing}.acceptance", ("review_application",), "受理申请"),
    ("filings.{filing}.correction.{item}", ("correct_account",), "更正收款账户"),
    ("supplements.{item}", ("supplement_item",), "补正材料"),
)
"""Where a payment passed through somebody's hands: the facts of the step, its tasks, and what it is called."""


@worker(
    "payment.order",
    in_transaction=True,
    inputs=("item", "filing", "kind", "path", "decided_by?", "amount_cents?"),
    outputs=("payment_id", "amount_cents"),
)
def order(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Order the payment of an item that a second person has just approved; the bank is told by the task that follows.

    Refuses with what ``guards.check_payment`` and ``payees.read_payee`` refuse with, and same_person,
    approver_missing, amount_missing, paid_already, filing_settled, item_settled, gap_uncured.
    Rule: INV-5; two persons (inferred from 复核: the documents leave it open).
    """
    connection, code, name = connection_of(case), str(job.inputs["item"]), str(job.inputs["filing"])
    guards.ACTS["order_payment"](connection, job.case_id)
    filing = filings.get_filing(connection, job.case_id, name)
    filings.demand_status(filing, "accepted")
    row = items.get_item(connection, job.case_id, code)
    items.demand_open(case, row)
    decided_by = _decided_by(connection, job.case_id, code) or job.inputs.get("decided_by") or DEPARTMENT
    approved_by = _approved_by(case, job.case_id, code, name, str(decided_by))
    _demand_unpaid(case, job.case_id, code)
    gaps.demand_cured(connection, filing.id, code, items.name_of(case, code))
    amount = _amount(case, code, job.inputs.get("amount_cents"))
    payee = payees.read_payee(case, name, code, str(job.inputs["kind"]), str(job.inputs["path"]))
    if row.pays and row.status in ("processing", "paying"):
        items.write_item(case, job.case_id, code, status="paying", amount_cents=amount)
    guards.check_payment(connection, job.case_id, code, filing.id)
    payment_id = uuid4().hex
    values = {
        "id": payment_id,
        "case_id": job.case_id,
        "item": code,
        "filing_id": filing.id,
        "payee_kind": payee.kind,
        "payee_digest": payee.digest,
        "account_tail": payee.tail,
        "sealed": payee.seal(case, payment_id),
        "amount_cents": amount,
        "status": "ordered",
        "decided_by": str(decided_by),
        "approved_by": approved_by,
        "ordered_at": to_text(case.now()),
    }
    connection.execute(d.payments.insert().values(values))
    shown = {"status": "ordered", "amount_cents": amount, "account_tail": payee.tail}
    case.write_facts(shown, f"payments.{code}")
    return {"payment_id": payment_id, "amount_cents": amount}


@worker("payment.preview", in_transaction=True, inputs=("item", "filing", "kind", "path"))
def preview(job: Job, case: CaseAccess) -> None:
    """Lay the payee before whoever approves: name, bank and the account's tail, sealed under ``payments.<item>``.

    What cannot be paid to stays blank here, and is refused in words when it is approved.
    """
    code, name = str(job.inputs["item"]), str(job.inputs["filing"])
    try:
        payee = payees.read_payee(case, name, code, str(job.inputs["kind"]), str(job.inputs["path"]))
    except RuleViolation:
        shown = {"payee_name": "", "payee_bank": "", "payee_account": ""}
    else:
        shown = {"payee_name": payee.name, "payee_bank": payee.account["bank"], "payee_account": payee.tail}
    case.write_sealed(shown, f"payments.{code}")


@worker("payment.reconsider", in_transaction=True, inputs=("item",))
def reconsider(job: Job, case: CaseAccess) -> None:
    """Tell the clerk who decides again why the second person sent the payment back: sealed, under ``decisions.<item>``.

    Rule: INV-5; that a second person approves, and may send back, is inferred.
    """
    code = str(job.inputs["item"])
    case.write_sealed({"returned_because": stated_at(case, f"payments.{code}.opinion")}, f"decisions.{code}")


@worker("payment.confirm", in_transaction=True, inputs=("payment_id", "receipt"))
def confirm(job: Job, case: CaseAccess) -> None:
    """The bank has paid: its receipt is kept. Refuses with payment_unknown, payment_settled, receipt_missing."""
    receipt = text_of(job.inputs, "receipt")
    if not receipt:
        raise RuleViolation("receipt_missing", "缺少银行回单号，不能确认付款，请向银行核对", "INV-5")
    end_payment(case, _get_ordered(case, job), status="paid", receipt=receipt)


@worker("payment.return", in_transaction=True, inputs=("payment_id", "stated_at?"))
def take_back(job: Job, case: CaseAccess) -> None:
    """The bank has sent the money back: the item stays paying, until the account is corrected or it goes offline.

    Why stands at the dotted path ``stated_at``; it is kept sealed, and shown to whoever corrects the account.
    """
    row = _get_ordered(case, job)
    reason = stated_at(case, text_of(job.inputs, "stated_at")) or "银行退回，未说明原因"
    sealed = seal_text(case.sealer, d.payments.c.return_reason, reason, id=row.id)
    end_payment(case, row, status="returned", return_reason=sealed)
    name = filings.name_of(connection_of(case), row.filing_id)
    case.write_sealed({"return_reason": reason}, f"filings.{name}.correction.{row.item}")


@worker("account.note", in_transaction=True, inputs=("item", "filing", "stated_at?"))
def note_account(job: Job, case: CaseAccess) -> None:
    """Before anything is ordered, the bank says that an account takes no money: why is for whoever corrects it.

    Rule: C-20, S-11 (shanxi-2024, 附件2 注1), 账户需处于激活正常使用状态; that the bank is asked first is inferred.
    """
    reason = stated_at(case, text_of(job.inputs, "stated_at")) or "银行核验没有通过，未说明原因"
    case.write_sealed({"return_reason": reason}, f"filings.{job.inputs['filing']}.correction.{job.inputs['item']}")


@worker("payment.cancel", in_transaction=True, inputs=("payment_id",))
def cancel(job: Job, case: CaseAccess) -> None:
    """The order was recalled before the bank took it: nothing is paid, and the item stays to be paid later.

    Refuses with payment_unknown, payment_settled. Rule: INV-5, INV-8, C-26.
    """
    end_payment(case, _get_ordered(case, job), status="cancelled")


def read_account(case: CaseAccess, row: Any) -> Any:
    """Payee and account of a payment's row, opened: for the bank's job alone."""
    return case.sealer.open(bytes(row.sealed), row.id)


def _get_ordered(case: CaseAccess, job: Job) -> Any:
    """The payment that the job is about, which has no result yet. Raises payment_unknown, payment_settled."""
    connection, c = connection_of(case), d.payments.c
    payment_id = str(job.inputs["payment_id"])
    row = connection.execute(sa.select(d.payments).where(c.case_id == job.case_id, c.id == payment_id)).first()
    if row is None:
        raise RuleViolation("payment_unknown", "本办件没有这笔付款，请核对付款单", "INV-5")
    if row.status != "ordered":
        raise RuleViolation("payment_settled", "这笔付款已有结果，不能重复登记，请与银行核对", "INV-5")
    return row


def end_payment(case: CaseAccess, row: Any, **values: Any) -> None:
    """Give an ordered payment its result (``status``, and what goes with it); ``row`` has its id and item."""
    ended = {"ended_at": to_text(case.now()), **values}
    connection_of(case).execute(d.payments.update().where(d.payments.c.id == row.id).values(ended))
    case.write_facts({"status": values["status"]}, f"payments.{row.item}")


def _decided_by(connection: sa.Connection, case_id: str, code: str) -> str | None:
    """The clerk who completed the item's latest decision; None where the department's system decided."""
    people = completed_by(connection, case_id, ("decide_item",), f"decisions.{code}")
    return people[0] if people else None


def _approved_by(case: CaseAccess, case_id: str, code: str, filing: str, decided_by: str) -> str:
    """Who approves: the person who gives this command, through whose hands nothing of the payment went before."""
    actor = case.actor
    if actor.unbounded:
        raise RuleViolation("approver_missing", "付款须由复核人审批，请交由复核人办理", "INV-5")
    for path, elements, what in _HANDS:
        at = path.format(item=code, filing=filing)
        people = completed_by(connection_of(case), case_id, elements, at)
        if actor.id in people or (what == "作出办理决定" and actor.id == decided_by):
            raise RuleViolation("same_person", f"{what}的人不能复核付款，请由其他人员复核", "INV-5")
    return actor.id


def _demand_unpaid(case: CaseAccess, case_id: str, code: str) -> None:
    """One live payment an item; the database adds one a payee."""
    p = d.payments.c
    query = sa.select(p.status).where(p.case_id == case_id, p.item == code, p.status.in_(items.LIVE_PAYMENT))
    status = connection_of(case).execute(query).scalar()
    if status is not None:
        state = "已经付款" if status == "paid" else "正在付款，等待银行回复"
        message = f"“{items.name_of(case, code)}”{state}，不能重复付款"
        raise RuleViolation("paid_already", message, "INV-5")


def _amount(case: CaseAccess, code: str, stated: object) -> int:
    """Cents: what the department's system stated, else what the clerk decided."""
    amount = stated if stated is not None else items.decided_cents(case, code)
    if isinstance(amount, float) and amount.is_integer():
        amount = int(amount)
    if not isinstance(amount, int) or isinstance(amount, bool) or amount <= 0:
        message = f"“{items.name_of(case, code)}”没有核定应付金额，请退回经办人填写后再复核"
        raise RuleViolation("amount_missing", message, "INV-5")
    return amount
