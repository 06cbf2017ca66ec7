"""The background worker: runs due jobs and timers, takes back expired leases. Embedded in the web process, or alone.

APScheduler only wakes it; what is due stands in the rows. Any number of workers may run beside each other.
"""

from __future__ import annotations

import logging
import os
import socket
import time
import traceback
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import orjson
import sqlalchemy as sa
from apscheduler.events import EVENT_SCHEDULER_SHUTDOWN
from apscheduler.schedulers.background import BackgroundScheduler

from engine import jobs, timers
from engine import tables as t
from engine.actors import WORKER
from engine.clock import to_text
from engine.db import reading
from engine.errors import Conflict, InvalidInput, RuleViolation, Unavailable
from engine.facts import merged, nested
from engine.in_transaction import describe
from engine.incoming import fault_of, storable
from engine.loaded import LoadedRelease
from engine.prepared import upsert
from engine.registry import JobType
from engine.runtime import Runtime
from engine.sealing import Sealer

R = TypeVar("R")
ROUNDS = 50
JUMP = timedelta(hours=1)
TIDY_EVERY = timedelta(hours=1)
KEYS_KEPT = timedelta(days=7)  # how long a repeated command is recognised
BEATS_KEPT = timedelta(days=1)
TRACE_SHOWN = 20_000  # characters
log = logging.getLogger(__name__)
_BEAT = upsert(t.heartbeats, "name")


class CaseView:
    """What a worker that runs after the commit sees of its case: a copy, read when it is asked for."""

    connection = None
    actor = WORKER

    def __init__(self, runtime: Runtime, case_id: str) -> None:
        self._runtime, self._case_id = runtime, case_id
        self.written: dict[str, Any] = {}

    @property
    def facts(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = orjson.loads(self._row().facts)
        return found

    @property
    def sealed(self) -> Mapping[str, Any]:
        row = self._row()
        return self._runtime.sealer.open(bytes(row.sealed), self._case_id) if row.sealed else {}

    @property
    def release(self) -> LoadedRelease:
        with reading(self._runtime.database) as connection:
            return self._runtime.releases.get(connection, self._row().release_id)

    @property
    def region(self) -> str:
        return str(self._row().region)

    @property
    def sealer(self) -> Sealer:
        return self._runtime.sealer

    def now(self) -> datetime:
        return self._runtime.clock.now()

    def resource(self, kind: type[R]) -> R:
        return self._runtime.resource(kind)

    def write_facts(self, values: Mapping[str, Any], path: str = "") -> None:
        """Kept until the job is reported done, and merged then."""
        if fault := fault_of(values):
            raise ValueError(f"case facts: {fault}")
        self.written = merged(self.written, nested(path, values))

    def write_sealed(self, values: Mapping[str, Any], path: str = "") -> None:
        raise RuntimeError("a worker that runs after the commit seals nothing: let one inside a transaction follow")

    def publish(self, name: str, payload: object = None, *, correlation_key: object = None, keep: bool = False) -> None:
        raise RuntimeError("a worker that runs after the commit sends no messages: let one inside a transaction follow")

    def _row(self) -> Any:
        with reading(self._runtime.database) as connection:
            return connection.execute(sa.select(t.cases).where(t.cases.c.id == self._case_id)).one()


class ClockGuard:
    """Notices that the wall clock was set while we ran: time on the wall and time passed must agree.

    Source: security.md row 16. A machine that slept is not told apart from a clock set forward, and need not be: in
    either case somebody should look before a year of deadlines passes at once.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._wall, self._passed = runtime.clock.now(), time.monotonic()

    def jumped(self) -> bool:
        """Whether the wall clock ran more than ``JUMP`` off since the last time it was found sound."""
        wall, passed = self._runtime.clock.now(), time.monotonic()
        drift = (wall - self._wall) - timedelta(seconds=passed - self._passed)
        if abs(drift) > JUMP:
            return True
        self._wall, self._passed = wall, passed
        return False


class Worker:
    """One worker. ``run_once`` does everything that is due now. Without ``beats`` nobody is told that it is at work."""

    def __init__(
        self, runtime: Runtime, *, guard: ClockGuard | None = None, batch: int = 10, beats: bool = True
    ) -> None:
        self._runtime, self._batch, self._beats = runtime, batch, beats
        self._guard = guard or ClockGuard(runtime)
        self._tidied = runtime.clock.now()
        self.name = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:6]}"

    def run_once(self) -> int:
        """Take back what was lost, fire timers, run jobs, until nothing is due or for ``ROUNDS``; how much was done."""
        if self._guard.jumped():
            self._beat("the clock jumped: nothing is run; set the clock right, then restart the worker")
            log.critical("the clock jumped by more than an hour: timers and jobs are stopped; restart to go on")
            return 0
        done = jobs.reclaim_expired(self._runtime)
        for _ in range(ROUNDS):  # a diagram may make work for ever: the heartbeat must come nevertheless
            step = timers.fire_due(self._runtime) + self._run_jobs()
            if not step:
                break
            done += step
        self._beat("")
        self._tidy()
        return done

    def _tidy(self) -> None:
        """Drop idempotency keys and other workers' heartbeats that are past their time."""
        now = self._runtime.clock.now()
        if now - self._tidied < TIDY_EVERY:
            return
        self._tidied = now
        keys, beats = t.idempotency_keys, t.heartbeats
        with self._runtime.database.connect() as connection, connection.begin():
            connection.execute(keys.delete().where(keys.c.created_at < to_text(now - KEYS_KEPT)))
            connection.execute(beats.delete().where(beats.c.at < to_text(now - BEATS_KEPT)))

    def _run_jobs(self) -> int:
        """One batch of each lease time. A batch is leased for as long as all of it may take."""
        done = 0
        by_seconds: dict[int, list[str]] = {}
        for type_ in self._runtime.workers.after_commit():
            job_type = self._runtime.workers.find(type_)
            assert job_type is not None
            by_seconds.setdefault(job_type.lease_seconds, []).append(type_)
        for seconds, types in by_seconds.items():
            held = seconds * self._batch
            for lease in jobs.lease(self._runtime, types, self.name, limit=self._batch, seconds=held):
                try:
                    run_leased(self._runtime, lease)
                except Exception:  # the others of the batch are leased too, and would lose an attempt each
                    log.exception("what came of job %s cannot be reported", lease.job.id)
                done += 1
        return done

    def retire(self) -> None:
        """Leave in order: no heartbeat stays behind that looks like a worker at work."""
        with self._runtime.database.connect() as connection, connection.begin():
            connection.execute(t.heartbeats.delete().where(t.heartbeats.c.name == self._heartbeat))

    @property
    def _heartbeat(self) -> str:
        return f"worker {self.name}"[:64]

    def _beat(self, note: str) -> None:
        if not self._beats:
            return
        row = {"name": self._heartbeat, "at": to_text(self._runtime.clock.now()), "note": note}
        with self._runtime.database.connect() as connection, connection.begin():
            _BEAT.run(connection, row)


def run_leased(runtime: Runtime, lease: jobs.Lease) -> None:
    """Run the worker of a leased job and report what came of it; a lost lease leaves the report to its new holder."""
    job_type = runtime.workers.find(lease.job.type)
    assert job_type is not None
    try:
        _run(runtime, lease, job_type)
    except Conflict:
        log.warning("job %s was taken over while it ran", lease.job.id)


def _run(runtime: Runtime, lease: jobs.Lease, job_type: JobType) -> None:
    view = CaseView(runtime, lease.job.case_id)
    try:
        result = job_type.function(lease.job, view)
        if fault := fault_of(result):
            raise ValueError(f"its result: {fault}")
    except RuleViolation as refusal:
        jobs.throw_error(runtime, lease.job.id, lease.token, refusal.rule, refusal.message)
    except Unavailable as outage:
        jobs.fail(runtime, lease.job.id, lease.token, str(outage))
    except Exception as error:  # noqa: BLE001 - whatever a worker raises fails its job, and is logged
        told = storable(traceback.format_exc(), TRACE_SHOWN)  # a worker's error may quote what no log can hold
        log.error("job %s (%s) failed:\n%s", lease.job.id, lease.job.type, told)
        jobs.fail(runtime, lease.job.id, lease.token, describe(error))
    else:
        _report(runtime, lease, result, view.written)


def _report(runtime: Runtime, lease: jobs.Lease, result: Mapping[str, Any] | None, facts: Mapping[str, Any]) -> None:
    """A result that cannot be taken (its facts are too many, say) is a failure like any other, and seen as one."""
    try:
        jobs.complete(runtime, lease.job.id, lease.token, result, facts=facts)
    except (InvalidInput, RuleViolation) as refusal:
        jobs.fail(runtime, lease.job.id, lease.token, str(refusal))


def start_embedded(runtime: Runtime, poll_seconds: float) -> BackgroundScheduler:
    """Wake a worker every ``poll_seconds`` in a thread of this process; ``shutdown()`` of the result stops it."""
    worker = Worker(runtime)
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(worker.run_once, "interval", seconds=poll_seconds, max_instances=1, coalesce=True, id="worker")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    scheduler.add_listener(lambda _: worker.retire(), EVENT_SCHEDULER_SHUTDOWN)
    scheduler.start()
    return scheduler


def run_alone(runtime: Runtime, poll_seconds: float) -> None:
    """Work until the process is told to stop."""
    worker = Worker(runtime)
    try:
        while True:
            if not _run_round(worker):
                time.sleep(poll_seconds)
    finally:
        worker.retire()


def _run_round(worker: Worker) -> int:
    try:
        return worker.run_once()
    except Exception:  # a database that restarts, say: the embedded worker outlives it too
        log.exception("a round of the worker failed")
        return 0
