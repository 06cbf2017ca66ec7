"""Evaluation (评价): what the applicant thinks of each item and of whoever handled it.

Rule: P-15. Only one of the documents asks for it (C-33), so it is a switch of the pack; that two stars or fewer are a
bad rating, which somebody follows up, is assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine import tables as t
from engine.clock import to_text
from engine.errors import RuleViolation
from engine.registry import CaseAccess, Job, worker
from tasks import filings, supervision
from tasks import tables as d
from tasks.command import connection_of, text_of, values_at
from tasks.items import name_of
from tasks.sealed_texts import seal_text

LOW = 2
HANDLED_AT = "decisions."  # where the forms of the departments' user tasks store what they decided, item by item


@worker("evaluation.record", in_transaction=True, inputs=("filing",), outputs=("low",))
def record(job: Job, case: CaseAccess) -> dict[str, Any]:
    """Keep what the applicant said of its items; ``low`` if one of the ratings is bad.

    A rating of the form (``filings.<name>.evaluation.ratings``) has item, score, comment and, where the pack asks for
    it, person_score: how the one who handled the item did. What was not rated is left out. Refuses with score_invalid,
    item_not_on_case, rated_already.
    """
    filing, low = str(job.inputs["filing"]), False
    for rating in values_at(case, f"filings.{filing}.evaluation").get("ratings") or []:
        if rating.get("score") is None:
            continue
        score = _read_score(case, rating, "score")
        person = _read_score(case, rating, "person_score") if rating.get("person_score") is not None else None
        _keep(case, job.case_id, filing, rating, {"score": score, "person_score": person})
        if min(score, person or score) <= LOW:
            low = True
            supervision.mark(case, job.case_id, "low_rating", str(rating["item"]))
    return {"low": low}


def _read_score(case: CaseAccess, rating: Mapping[str, Any], name: str) -> int:
    score = rating[name]
    stars = int(score) if str(score).isdigit() else 0
    if not 1 <= stars <= 5:
        message = f"“{name_of(case, str(rating.get('item')))}”的评分应为一至五分，请重新选择"
        raise RuleViolation("score_invalid", message, "P-15")
    return stars


def _keep(
    case: CaseAccess, case_id: str, filing: str, rating: Mapping[str, Any], scores: Mapping[str, int | None]
) -> None:
    connection, code, i, e = connection_of(case), str(rating.get("item")), d.items.c, d.evaluations.c
    row = connection.execute(sa.select(d.items).where(i.case_id == case_id, i.code == code)).first()
    if row is None:
        raise RuleViolation("item_not_on_case", f"本办件没有办理“{name_of(case, code)}”，请只评价已办理的事项", "P-15")
    filing_id = row.filing_id or filings.get_filing(connection, case_id, filing).id
    rated = sa.select(e.item).where(e.case_id == case_id, e.item == code, e.filing_id == filing_id)
    if connection.execute(rated).first() is not None:
        raise RuleViolation(
            "rated_already", f"“{name_of(case, code)}”已经评价过，每个事项只评价一次；如有意见请拨打热线", "P-15"
        )
    values = {"department": row.department, "handler": _find_handler(connection, case_id, code), **scores}
    key, comment = {"case_id": case_id, "item": code, "filing_id": filing_id}, text_of(rating, "comment")
    sealed = seal_text(case.sealer, d.evaluations.c.comment, comment, **key) if comment else None
    values |= {"comment": sealed, "evaluated_at": to_text(case.now())}
    connection.execute(d.evaluations.insert().values(**key, **values))


def _find_handler(connection: sa.Connection, case_id: str, code: str) -> str | None:
    """The clerk who decided the item last; None where a department's system did."""
    c = t.user_tasks.c
    decided = (c.case_id == case_id, c.status == "completed", c.facts_path == f"{HANDLED_AT}{code}")
    query = sa.select(c.completed_by).where(*decided).order_by(c.ended_at.desc()).limit(1)
    name: str | None = connection.execute(query).scalar()
    return name
