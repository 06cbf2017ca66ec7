"""Delivery (送达): how the results of an application reach the family, all of them at once.

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
from tasks import filings, legal_clock
from tasks import tables as d
from tasks.command import connection_of, facts_at, text_of

MODES = {"online": "线上告知", "post": "邮政快递", "window": "窗口领取"}
WITH_RESULT = ("done", "refused", "offline")


@worker("delivery.record", in_transaction=True, inputs=("mode", "filing?"), outputs=("items",))
def record(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Record that the results were handed over; ``items`` are those that had not been before.

    Of one application where it is named, else of the case. The clock no longer stands for the post. Refuses with
    delivery_mode_unknown, tracking_number_missing.
    """
    connection, mode = connection_of(case), str(job.inputs["mode"])
    if mode not in MODES:
        message = f"没有“{mode}”这种送达方式，请选择：{'、'.join(MODES.values())}"
        raise RuleViolation("delivery_mode_unknown", message, "H-37")
    tracking = text_of(facts_at(case, "delivery"), "tracking_number") if mode == "post" else ""
    if mode == "post" and not tracking:
        raise RuleViolation("tracking_number_missing", "请填写邮政快递的运单号后再提交", "H-37")
    codes = _find_undelivered(connection, job.case_id, job.inputs.get("filing"))
    legal_clock.end_pause(connection, job.case_id, case.now(), reason="post")
    for code in codes:
        legal_clock.end_pause(connection, job.case_id, case.now(), reason="post", item=code)
    if codes:
        row: dict[str, Any] = {
            "id": uuid4().hex,
            "case_id": job.case_id,
            "mode": mode,
            "items": orjson.dumps(codes).decode(),
        }
        row |= {"tracking_number": tracking or None, "delivered_by": case.actor.id}
        connection.execute(d.deliveries.insert().values(**row, delivered_at=to_text(case.now())))
    return {"items": codes}


def _find_undelivered(connection: sa.Connection, case_id: str, filing: str | None) -> list[str]:
    """Items with a result that no delivery has brought yet."""
    c = d.items.c
    ended = sa.select(c.code).where(c.case_id == case_id, c.status.in_(WITH_RESULT)).order_by(c.code)
    if filing is not None:
        ended = ended.where(c.filing_id == filings.get_filing(connection, case_id, filing).id)
    earlier = connection.execute(sa.select(d.deliveries.c["items"]).where(d.deliveries.c.case_id == case_id)).scalars()
    brought = {code for codes in earlier for code in orjson.loads(codes)}
    return [code for code in connection.execute(ended).scalars() if code not in brought]
