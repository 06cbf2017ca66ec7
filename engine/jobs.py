"""Jobs: service tasks that wait for a worker, here or at a department's system.

A worker leases a job, does it, and reports under its lease; a lease that runs out makes the job available again and
costs a retry, so a job that kills its worker ends in an incident like any that fails. Reports under a lost lease are
refused: exactly one of them moves the token.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import sqlalchemy as sa

from engine import store
from engine import tables as t
from engine.actors import WORKER, Actor
from engine.bpmn.host import IncidentRaised
from engine.clock import to_text
from engine.declared import check_declared
from engine.errors import Conflict, InvalidInput, NotFound
from engine.execution import execute
from engine.incoming import NAME_LENGTH, check_id, check_text, is_storable, read_context, storable
from engine.pack_schema import Declared
from engine.payloads import seal_sensitive
from engine.registry import Job
from engine.runtime import Runtime
from engine.unit import Unit

LONGEST_WAIT = timedelta(days=366)  # of a lease, and before another attempt
MESSAGE_LENGTH = 4_000
SAID = {"error": Declared(type="string", sensitive=True)}  # what a system outside says to the error that it ends in
BACK_OFF = (10, 30, 120, 600, 1_800, 3_600, 14_400)  # seconds before the 2nd, 3rd … attempt


@dataclass(frozen=True, slots=True)
class Lease:
    """A job that is the holder's until ``until``; every report names ``token``."""

    job: Job
    token: str
    until: datetime


def lease(
    runtime: Runtime,
    types: Iterable[str],
    owner: str,
    *,
    limit: int = 10,
    seconds: float = 60,
    now: datetime | None = None,
    case_id: str = "",
) -> list[Lease]:
    """Take up to ``limit`` due jobs of ``types`` (of one case), the longest due first; two callers never the same."""
    check_text("owner", owner)
    moment = now or runtime.clock.now()
    until = moment + _wait(seconds)
    types = [type_ for type_ in types if is_storable(type_, NAME_LENGTH)]
    with runtime.database.connect() as connection, connection.begin():
        rows = connection.execute(_due(sorted(types), to_text(moment), limit, case_id)).all()
        return [_take(connection, row, owner, until) for row in rows]


def _due(types: list[str], now: str, limit: int, case_id: str = "") -> Any:
    columns = t.jobs.c
    asked = sa.true() if not case_id else columns.case_id == case_id
    return (
        sa.select(t.jobs)
        .where(columns.type.in_(types), t.in_state(t.jobs, "available"), columns.due_at <= now, asked)
        .order_by(columns.due_at, columns.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


def _take(connection: sa.Connection, row: Any, owner: str, until: datetime) -> Lease:
    token = uuid4().hex
    values = {"status": "leased", "lease_owner": owner, "lease_token": token, "lease_until": to_text(until)}
    values["attempts"] = row.attempts + 1
    connection.execute(t.jobs.update().where(t.jobs.c.id == row.id).values(values))
    return Lease(read_job(row, row.attempts + 1), token, until)


def read_job(row: Any, attempt: int) -> Job:
    return Job(
        id=row.id,
        case_id=row.case_id,
        process_id=row.process_id,
        element_id=row.element_id,
        type=row.type,
        inputs=orjson.loads(row.inputs),
        headers=orjson.loads(row.headers),
        attempt=attempt,
    )


def extend(runtime: Runtime, job_id: str, token: str, seconds: float) -> None:
    """Keep a job ``seconds`` longer from now. Raises ``Conflict`` when the lease is lost, else as ``complete``."""
    check_id("job", job_id)
    check_text("lease", token)
    until = to_text(runtime.clock.now() + _wait(seconds))
    held = (t.jobs.c.id == job_id, t.jobs.c.lease_token == token, t.jobs.c.status == "leased")
    with runtime.database.connect() as connection, connection.begin():
        if connection.execute(t.jobs.update().where(*held).values(lease_until=until)).rowcount != 1:
            raise Conflict("job", job_id, "no longer leased to you")


def complete(
    runtime: Runtime,
    job_id: str,
    token: str,
    variables: Mapping[str, Any] | None = None,
    *,
    facts: Mapping[str, Any] | None = None,
    actor: Actor = WORKER,
) -> None:
    """Report a job done with its result ``variables``. Raises ``NotFound``, ``Conflict`` (lease lost, or done before).

    Of a registered type, and of one that the manifest declares, only the declared outputs are taken, sensitive ones
    into the sealed facts alone; ``facts`` are merged into the case facts. Raises ``InvalidInput`` for what is no JSON
    or not of its declared type, and ``RuleViolation`` when the case facts would grow too large.
    """
    result, facts = read_context("variables", variables), read_context("facts", facts)

    def body(unit: Unit) -> None:
        row = _lock(unit, job_id, token)
        unit.record.merge(facts)
        taken = _declared_part(unit, row.type, result)
        unit.act(row.instance_id, lambda workflow: workflow.complete(job_id, taken))
        unit.finish("job", f"{row.process_id}/{row.element_id}", {"type": row.type, "attempt": row.attempts})

    execute(runtime, actor, body)


def _declared_part(unit: Unit, type_: str, result: dict[str, Any]) -> dict[str, Any]:
    job_type, outside = unit.runtime.workers.find(type_), unit.release.manifest.jobs.get(type_)
    if job_type is not None:
        return {name: value for name, value in result.items() if name in job_type.outputs}
    if outside is not None:
        result = {name: value for name, value in result.items() if name in outside.outputs}
        check_declared(result, outside.outputs)
        return dict(seal_sensitive(unit, result, outside.outputs, f"answers.{type_}"))
    return result


def _open_part(unit: Unit, type_: str, message: str) -> str:
    """What of an error's message the diagram and the operator see: all that a registered worker says."""
    if unit.runtime.workers.find(type_) is not None or type_ not in unit.release.manifest.jobs:
        return message
    seal_sensitive(unit, {"error": message or None}, SAID, f"answers.{type_}")
    return ""


def throw_error(
    runtime: Runtime,
    job_id: str,
    token: str,
    code: str,
    message: str = "",
    variables: Mapping[str, Any] | None = None,
    *,
    actor: Actor = WORKER,
) -> None:
    """End a job with a BPMN error, which the diagram catches by ``code``; uncaught it becomes an incident.

    What a system outside says to it goes sealed to the case, under ``answers.<type>.error``, and nowhere else.
    """
    variables = read_context("variables", variables)
    check_text("code", code)
    message = storable(message, MESSAGE_LENGTH)

    def body(unit: Unit) -> None:
        row = _lock(unit, job_id, token)
        told = _open_part(unit, row.type, message)
        unit.throw_error(row.instance_id, job_id, code, variables, told)
        ended: dict[str, Any] = {
            "status": "thrown",
            "error": f"{code}: {told}"[:MESSAGE_LENGTH] if told else code,
            "ended_at": unit.now_text,
        }
        ended |= {"lease_token": None, "lease_until": None}
        unit.connection.execute(t.jobs.update().where(t.jobs.c.id == job_id).values(ended))
        unit.finish("job error", f"{row.process_id}/{row.element_id}", {"type": row.type, "error": code})

    execute(runtime, actor, body)


def fail(
    runtime: Runtime,
    job_id: str,
    token: str,
    message: str,
    *,
    retry_after: timedelta | None = None,
    final: bool = False,
    actor: Actor = WORKER,
) -> None:
    """Report that an attempt failed. It is tried again after a back-off; spent (or ``final``), it is an incident."""
    if retry_after is not None:
        retry_after = _wait(retry_after.total_seconds())

    def body(unit: Unit) -> None:
        row = _lock(unit, job_id, token)
        _count_failure(unit, row, message, retry_after, final=final)

    execute(runtime, actor, body)


def reclaim_expired(runtime: Runtime, limit: int = 100) -> int:
    """Take back the jobs whose lease ran out; how many. Each counts as a failed attempt."""
    now = to_text(runtime.clock.now())
    columns = t.jobs.c
    query = sa.select(columns.id, columns.lease_token).where(t.in_state(t.jobs, "leased"), columns.lease_until < now)
    with runtime.database.connect().execution_options(read_only=True) as connection, connection.begin():
        rows = connection.execute(query.order_by(columns.lease_until).limit(limit)).all()
    return sum(execute(runtime, WORKER, lambda unit, row=row: _reclaim(unit, row)) for row in rows)  # type: ignore[misc]


def _reclaim(unit: Unit, expired: Any) -> bool:
    try:
        row = _lock(unit, expired.id, expired.lease_token)
    except Conflict:
        return False
    if row.lease_until >= unit.now_text:
        return False
    _count_failure(unit, row, f"worker {row.lease_owner} did not report in time", None, final=False)
    return True


def _count_failure(unit: Unit, row: Any, message: str, retry_after: timedelta | None, *, final: bool) -> None:
    left = 0 if final else max(0, row.retries_left - 1)
    wait = retry_after or timedelta(seconds=BACK_OFF[min(row.attempts, len(BACK_OFF)) - 1])
    message = storable(message, MESSAGE_LENGTH)
    values = {"retries_left": left, "error": message, "lease_token": None, "lease_until": None}
    values |= {"status": "available", "due_at": to_text(unit.now() + wait)} if left else {"status": "dead"}
    unit.connection.execute(t.jobs.update().where(t.jobs.c.id == row.id).values(values))
    if not left:
        raised = IncidentRaised(row.id, row.process_id, row.element_id, "job_retries_spent", message)
        place = store.Place(row.case_id, row.instance_id, unit.actor.id, unit.now_text)
        unit.connection.execute(t.incidents.insert(), store.incident_row(raised, place, job_id=row.id))
    unit.finish("job failed", f"{row.process_id}/{row.element_id}", {"type": row.type, "retries_left": left})


def _wait(seconds: float) -> timedelta:
    if not 0 <= seconds <= LONGEST_WAIT.total_seconds():
        raise InvalidInput({"seconds": [f"应在 0 与 {LONGEST_WAIT.total_seconds():.0f} 之间"]})
    return timedelta(seconds=seconds)


def _lock(unit: Unit, job_id: str, token: str) -> Any:
    check_id("job", job_id)
    case_id = unit.connection.execute(sa.select(t.jobs.c.case_id).where(t.jobs.c.id == job_id)).scalar()
    if case_id is None:
        raise NotFound("job", job_id)
    try:
        unit.lock(case_id)
    except NotFound:
        raise NotFound("job", job_id) from None
    mine = sa.select(t.jobs).where(t.jobs.c.id == job_id).with_for_update()  # ``extend`` does not lock the case
    row = unit.connection.execute(mine).one()
    if row.status != "leased" or row.lease_token != token:
        raise Conflict("job", job_id, row.status if row.status != "leased" else "leased to another worker")
    return row
