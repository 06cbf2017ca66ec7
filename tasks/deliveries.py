"""Delivery (送达): how the results of an application reach its applicant, all of them at once.

Rule: H-37 (hunan-2025, 二(四)6 结果送达), 线上告知、邮政快递或通知申请人到线下窗口领取; P-13: one hand-out for all,
inferred.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson
import sqlalchemy as sa

from engine.clock import to_text
from engine.errors import RuleViolation
from engine.registry import CaseAccess, Job, worker
from tasks import filings, guards, legal_clock
from tasks import tables as d
from tasks.command import connection_of, facts_at, text_of, values_at

MODES = {"online": "线上告知", "post": "邮政快递", "window": "窗口领取"}
CHOICE = "delivery_choice"  # where the form of the message lies until it is taken over
WITH_RESULT = ("done", "refused", "offline")


@worker("delivery.record", in_transaction=True, inputs=("mode", "filing"), outputs=("items",))
def record(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Record that the results were handed over; ``items`` are those that had not been before.

    Each heir's application is delivered for itself (C-26). The clock of its items no longer stands for the post.
    Refuses with delivery_mode_unknown, tracking_number_missing, filing_unknown.
    """
    connection, mode, name = connection_of(case), str(job.inputs["mode"]), str(job.inputs["filing"])
    _demand_mode(mode)
    tracking = text_of(facts_at(case, f"filings.{name}.delivery"), "tracking_number") if mode == "post" else ""
    if mode == "post" and not tracking:
        raise RuleViolation("tracking_number_missing", "请填写邮政快递的运单号后再提交", "H-37")
    filing = filings.get_filing(connection, job.case_id, name)
    codes = _find_undelivered(connection, filing)
    for code in codes:
        legal_clock.end_pause(connection, job.case_id, case.now(), reason="post", item=code)
    if codes:
        row: dict[str, Any] = {
            "id": uuid4().hex,
            "case_id": job.case_id,
            "filing_id": filing.id,
            "mode": mode,
            "items": orjson.dumps(codes).decode(),
        }
        row |= {"tracking_number": tracking or None, "delivered_by": case.actor.id}
        connection.execute(d.deliveries.insert().values(**row, delivered_at=to_text(case.now())))
    return {"items": codes}


@worker("delivery.choose", in_transaction=True, inputs=("filing",))
def choose(job: Job, case: CaseAccess) -> None:
    """Take over how the applicant wants the results (the form of the message, under ``delivery_choice``).

    Possible until they are on their way; who waits to hand them over begins anew (``delivery_chosen``). Refuses with
    filing_unknown, filing_not_yours, filing_settled, death_revoked, delivery_mode_unknown, results_delivered.
    Rule: H-37, P-13; that the choice may be changed after the application is inferred.
    """
    connection, name = connection_of(case), str(job.inputs["filing"])
    guards.check_not_revoked(connection, job.case_id)
    filing = filings.get_filing(connection, job.case_id, name)
    if not filings.is_own(case, job.case_id, name):
        message = "只能更改本人申请的送达方式；请由申请人本人提出，或者到政务服务窗口办理"
        raise RuleViolation("filing_not_yours", message, "C-26")
    filings.demand_status(filing, "filed", "supplement", "accepted")
    stated = values_at(case, CHOICE)
    mode = str(stated.get("mode"))
    _demand_mode(mode)
    _demand_undelivered(connection, filing)
    case.write_facts({"mode": mode}, f"filings.{name}.delivery")
    case.write_sealed({"address": stated.get("address") if mode == "post" else None}, f"filings.{name}.delivery")
    case.write_sealed({"address": None}, CHOICE)
    case.publish("delivery_chosen", correlation_key=name)


def is_delivered(connection: sa.Connection, filing_id: str) -> bool:
    """Whether the results of an application are on their way or handed over."""
    made = sa.select(d.deliveries.c.id).where(d.deliveries.c.filing_id == filing_id)
    return connection.execute(made).first() is not None


def _demand_mode(mode: str) -> None:
    if mode not in MODES:
        message = f"没有“{mode}”这种送达方式，请选择：{'、'.join(MODES.values())}"
        raise RuleViolation("delivery_mode_unknown", message, "H-37")


def _demand_undelivered(connection: sa.Connection, filing: Any) -> None:
    if is_delivered(connection, filing.id):
        message = "办理结果已经送出，不能再改送达方式；没有收到的，请联系办理窗口"
        raise RuleViolation("results_delivered", message, "H-37")


def _find_undelivered(connection: sa.Connection, filing: Any) -> list[str]:
    """Items of the application with a result that no delivery has brought yet."""
    c, made = d.items.c, d.deliveries.c
    ended = sa.select(c.code).where(c.filing_id == filing.id, c.status.in_(WITH_RESULT)).order_by(c.code)
    earlier = connection.execute(sa.select(made["items"]).where(made.case_id == filing.case_id)).scalars()
    brought = {code for codes in earlier for code in orjson.loads(codes)}
    return [code for code in connection.execute(ended).scalars() if code not in brought]
