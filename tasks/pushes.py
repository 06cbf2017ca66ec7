"""Pushes: what the case tells other systems, each with the fields that its receiver's duty needs.

Receivers are logical endpoints (C-07): ``platform``, ``elicence``, ``funeral``, ``bank`` and
``dept.<department>``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from engine.errors import RuleViolation
from engine.facts import merged
from engine.registry import CaseAccess, Job, worker
from tasks import guards, outbox
from tasks import tables as d
from tasks.push_fields import AFTER_REVOCATION, KINDS, Rule, find_rule
from tasks.push_record import Record

NEEDS_CERTIFICATE = frozenset({"certificate", "application", "terminate"})


@worker("push.queue", in_transaction=True, inputs=("receiver", "kind", "item?"))
def queue(job: Job, case: CaseAccess) -> None:
    """Queue a push, built from the case's record, to be sent after the commit."""
    queue_push(case, job.case_id, job.inputs["receiver"], job.inputs["kind"], item=job.inputs.get("item"))


def queue_push(
    case: CaseAccess,
    case_id: str,
    receiver: str,
    kind: str,
    payload: Mapping[str, Any] | None = None,
    *,
    item: str | None = None,
    recalls: str | None = None,
) -> str:
    """Queue a push; the id of its row. ``payload`` (nested) adds to what the case's record gives, or replaces it.

    Refused: a kind, a receiver or a field that no rule allows; an item that is not the receiver's; anything but a
    recall and its like once the death is revoked.

    Rule: P-11, INV-9, C-28 (``tasks.push_fields``).
    """
    rule = _find_rule(case, kind, receiver)
    _check_fields(rule, payload or {})
    record = Record(case, case_id, item)
    _check_case(record, kind)
    _check_item(record, rule, receiver)
    values = merged(record.gather(rule.fields), payload or {})
    return outbox.put(
        case, case_id, kind="push", receiver=receiver, subject=kind, payload=values, item=item, recalls=recalls
    )


def _find_rule(case: CaseAccess, kind: str, receiver: str) -> Rule:
    if kind not in KINDS:
        raise RuleViolation("push_kind_unknown", f"没有“{kind}”这种推送，请联系流程管理员修改流程包", "P-11")
    rule = find_rule(kind, receiver, case.release.manifest.pushes.values())
    if rule is None:
        message = f"“{kind}”不得推送给 {receiver}，请联系流程管理员修改流程包"
        raise RuleViolation("receiver_not_allowed", message, "INV-9")
    return rule


def _check_fields(rule: Rule, payload: Mapping[str, Any]) -> None:
    allowed = set(rule.fields)
    for path in _paths(payload):
        parts = path.split(".")
        if not any(".".join(parts[:length]) in allowed for length in range(1, len(parts) + 1)):
            message = f"“{rule.kind}”推送不得包含 {path}，请联系流程管理员修改流程包"
            raise RuleViolation("field_not_allowed", message, "INV-9")


def _paths(values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in values.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from _paths(value, f"{path}.")
        else:
            yield path


def _check_case(record: Record, kind: str) -> None:
    if kind not in AFTER_REVOCATION:
        guards.check_not_revoked(record.connection, record.case_id)
    if kind in NEEDS_CERTIFICATE and guards.find_death_certificate(record.connection, record.case_id) is None:
        raise RuleViolation("certificate_missing", "还没有有效的死亡证明，请在出具证明后再推送", "H-5")


def _check_item(record: Record, rule: Rule, receiver: str) -> None:
    """Rule: INV-9. A department hears of its own items only: selected ones, or those that end by themselves."""
    if not any(field.startswith("item.") for field in rule.fields):
        return
    if rule.kind in ("terminate", "restore"):
        columns = d.terminations.c
        found = record.row(
            sa.select(columns.department).where(columns.case_id == record.case_id, columns.item == record.item)
        )
    else:
        found = record.item_row()
    if found is None:
        raise RuleViolation("item_not_on_case", "办件里没有这个事项，请核对事项后再推送", "INV-9")
    if receiver.startswith("dept.") and receiver != f"dept.{found.department}":
        raise RuleViolation("receiver_not_allowed", f"该事项不归 {receiver}，请推送给承办部门", "INV-9")
