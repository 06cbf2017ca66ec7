"""Messages from outside: delivered to who waits, else they start what is drawn for them, else they wait themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from engine.actors import Actor
from engine.delivery import KEPT, deliver
from engine.errors import Conflict, InvalidInput, NotFound
from engine.execution import execute
from engine.idempotency import once
from engine.incoming import KEY_LENGTH, check_text, read_context
from engine.payloads import accept, may_send
from engine.runtime import Runtime
from engine.unit import Unit

LONGEST_KEPT = timedelta(days=3660)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: ``delivered`` to so many instances, or ``started`` one, or ``kept`` for later."""

    delivered: int = 0
    started: str | None = None
    kept: bool = False


def publish_message(
    runtime: Runtime,
    actor: Actor,
    case_id: str,
    name: str,
    payload: Mapping[str, Any] | None = None,
    *,
    correlation_key: str | None = None,
    keep: timedelta = KEPT,
    key: str | None = None,
) -> Outcome:
    """Tell a case something. Raises ``NotFound`` for an unknown case or message, also one that is not the actor's to
    send, ``InvalidInput`` for a payload that is not as declared, ``Conflict`` for a cancelled case, ``RuleViolation``.

    In every instance of the case the oldest fitting wait gets it. With none, a message start event of that name begins
    a new instance on the case (also on a completed one: a revocation comes late); else it is kept for ``keep``.
    """

    payload = read_context("payload", payload)
    if correlation_key is not None:
        check_text("correlation_key", correlation_key, KEY_LENGTH)
    if keep > LONGEST_KEPT:
        raise InvalidInput({"keep": [f"最长 {LONGEST_KEPT.days} 天"]})

    def body(unit: Unit) -> dict[str, Any]:
        unit.lock(case_id)
        if unit.case.status == "cancelled":
            raise Conflict("case", case_id, unit.case.status)
        if name not in unit.release.processes.message_names:
            raise NotFound("message", name)
        may_send(unit, name, undeclared=False)
        outcome = deliver(unit, name, accept(unit, name, payload), correlation_key, keep)
        unit.finish("message", name, outcome)
        return outcome

    request = ["message", case_id, name, payload, correlation_key]
    return Outcome(**execute(runtime, actor, once(body, key, request), refusable=True))
