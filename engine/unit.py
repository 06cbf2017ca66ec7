"""The unit of work: one command on one case, in one transaction.

It locks the case, lends the kernel its facts, clock, FEEL, decisions and in-transaction workers, and at the end writes
what changed: workflow state, projections, facts, one audit line. ``engine.execution`` runs it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import uuid4

import orjson
import sqlalchemy as sa

from engine import audit, delivery, early_messages, store
from engine import tables as t
from engine.actors import Actor
from engine.audit import FIRST, Line
from engine.bpmn import JobRequest, Workflow, codec
from engine.bpmn.elements import find_catcher
from engine.clock import to_text
from engine.errors import LimitExceeded, NotFound, ShenhouError
from engine.facts import Facts
from engine.feel import Feel
from engine.in_transaction import run_worker
from engine.incoming import check_id, fault_of
from engine.loaded import LoadedRelease
from engine.prepared import Prepared, insert
from engine.runtime import Runtime
from engine.sealing import Sealer
from engine.timed_feel import TimedFeel

T = TypeVar("T")
R = TypeVar("R")
Holds = dict[int, dict[int, tuple[str, ShenhouError]]]  # the how-manieth act of the unit → step → (element, cause)
NO_HOST: Any = None
PATH_SHOWN = 200  # elements named in one audit line
SUBJECT_SHOWN = 160  # characters of its subject


class Unit:
    """One command at work. ``body`` functions of the verbs get it; nothing outside this package makes one."""

    def __init__(
        self, runtime: Runtime, connection: sa.Connection, actor: Actor, now: datetime, holds: Holds | None
    ) -> None:
        self.runtime, self._connection, self.actor, self._now = runtime, connection, actor, now
        self.now_text = to_text(now)
        self._holds, self._acts = holds, 0
        self.feel = TimedFeel(runtime.feel, float("inf") if _stops_at_limit(holds) else runtime.limits.seconds)
        self._touched: dict[str, tuple[int, Workflow]] = {}
        self.published: list[delivery.Published] = []
        self._passed: list[str] = []
        self.unlisted: set[str] = set()  # user tasks known to have no row in ``user_task_candidates``
        self._known: dict[str, tuple[int, Mapping[str, bytes] | None]] = {}
        self.case: Any = None
        self._case_values: dict[str, Any] = {}
        self._facts: Facts | None = None
        self._release: LoadedRelease | None = None

    # -- the case ------------------------------------------------------------------------------------------------------

    def lock(self, case_id: str) -> None:
        """Take the case; its row is read under the lock. Raises ``NotFound``, also for a region not the actor's."""
        check_id("case", case_id)
        self.take_case(_LOCK_CASE.first(self._connection, case=case_id), case_id)

    def take_case(self, row: Any, sought: str) -> None:
        """Take the case whose row was read and locked just now. Raises ``NotFound`` as ``lock`` does."""
        if row is None or not self.actor.covers(row.region):
            raise NotFound("case", sought)
        self.case = row

    def know_instance(self, instance_id: str, revision: int, blobs: Mapping[str, bytes] | None) -> None:
        """Spare reading what was read of an instance under the lock with something else; ``blobs`` if it was all."""
        self._known[instance_id] = revision, blobs

    def adopt(self, row: Mapping[str, Any]) -> None:
        """Begin a case: ``row`` is inserted, and locked by that."""
        self._connection.execute(t.cases.insert(), row)
        self.case = _LOCK_CASE.first(self._connection, case=row["id"])

    @property
    def connection(self) -> sa.Connection:
        return self._connection

    @property
    def case_id(self) -> str:
        return str(self.case.id)

    @property
    def release(self) -> LoadedRelease:
        if self._release is None:
            self._release = self.runtime.releases.get(self._connection, self.case.release_id)
        return self._release

    @property
    def record(self) -> Facts:
        if self._facts is None:
            self._facts = Facts(self.case_id, self.case.facts, self.case.sealed, self.runtime.sealer)
        return self._facts

    def set_case(self, **values: Any) -> None:
        """Columns of the case row to write at the end."""
        self._case_values.update(values)

    # -- what the kernel asks (``engine.bpmn.Host``) and workers see (``engine.registry.CaseAccess``) ----------------

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.record.open

    @property
    def switches(self) -> Mapping[str, Any]:
        return self.release.switches

    @property
    def sealed(self) -> Mapping[str, Any]:
        return self.record.sealed

    @property
    def region(self) -> str:
        return str(self.case.region)

    @property
    def sealer(self) -> Sealer:
        return self.runtime.sealer

    def resource(self, kind: type[R]) -> R:
        return self.runtime.resource(kind)

    def now(self) -> datetime:
        return self._now

    def write_facts(self, values: Mapping[str, Any], path: str = "") -> None:
        if fault := fault_of(values):
            raise ValueError(f"case facts: {fault}")
        self.record.merge(values, path)

    def write_sealed(self, values: Mapping[str, Any], path: str = "") -> None:
        if fault := fault_of(values):
            raise ValueError(f"sealed case facts: {fault}")
        self.record.merge_sealed(values, path)

    def publish(
        self,
        name: str,
        payload: Mapping[str, Any] | None = None,
        *,
        correlation_key: str | None = None,
        keep: bool = False,
    ) -> None:
        self.published.append(delivery.Published(name, dict(payload or {}), correlation_key, keep))

    def evaluate(self, text: str, scope: Mapping[str, Any]) -> Any:
        return self.feel.evaluate(text, scope, self._now)

    def decide(self, decision_id: str, scope: Mapping[str, Any]) -> Any:
        return self.release.decisions.decide(decision_id, scope, cast(Feel, self.feel), self._now)

    def run_in_transaction(self, request: JobRequest) -> Mapping[str, Any] | None:
        outside = self.release.manifest.jobs
        if outside and request.type not in outside and self.runtime.workers.find(request.type) is None:
            raise NotFound("job type", request.type)  # FEEL computed it: a job that nobody takes would wait for ever
        return run_worker(self.runtime.workers, request, self)

    # -- moving tokens -------------------------------------------------------------------------------------------------

    def begin_instance(
        self,
        process_id: str,
        variables: Mapping[str, Any] | None = None,
        *,
        message: str = "",
        payload: Mapping[str, Any] | None = None,
    ) -> str:
        """Start a process instance on the case and step it until it waits; its id."""
        self.release.processes.executable(process_id)
        instance_id = uuid4().hex
        row: dict[str, Any] = {"id": instance_id, "case_id": self.case_id, "process_id": process_id}
        row |= {"status": "active", "revision": 0, "started_at": self.now_text}
        self._connection.execute(t.process_instances.insert(), row)
        if message:
            start = self.release.processes.specs[process_id].message_start(message)
            payload = self._what_is_read(process_id, start.bpmn_id, payload or {})
        workflow = Workflow.start(
            self.release.processes,
            process_id,
            self,
            variables,
            message=message,
            payload=payload,
            limits=self.runtime.limits,
            holds=self._next_holds(),
        )
        self._touched[instance_id] = (0, workflow)
        return instance_id

    def act(self, instance_id: str, act: Callable[[Workflow], None]) -> None:
        """Do ``act`` on an instance and step it until it waits. Raises ``StepFailed``."""
        workflow = self._take(instance_id)
        workflow.holds = self._next_holds()
        act(workflow)

    def deliver(self, instance_id: str, token_id: str, payload: Mapping[str, Any]) -> None:
        """Hand a message to the token that waits for it."""

        def act(workflow: Workflow) -> None:
            token = workflow.get_task_from_id(token_id)
            read = self._what_is_read(token.workflow.process_id, token.task_spec.bpmn_id, payload)
            workflow.deliver(token_id, read)

        self.act(instance_id, act)

    def throw_error(self, instance_id: str, token_id: str, code: str, values: Mapping[str, Any], message: str) -> None:
        """End the work of a token in a BPMN error; of ``values``, only what the event that catches it reads is kept."""

        def act(workflow: Workflow) -> None:
            found = find_catcher(workflow.get_task_from_id(token_id), code)
            read = self._what_is_read(found[0].workflow.process_id, found[1].bpmn_id, values) if found else {}
            workflow.throw_error(token_id, code, read, message=message)

        self.act(instance_id, act)

    def _what_is_read(self, process_id: str, element_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """The part of ``values`` that an element's output mappings read: an incident may keep it in the state."""
        needed = self.release.output_reads(process_id, element_id, self.runtime.feel)
        return {name: value for name, value in values.items() if name in needed}

    def move_to(self, release: LoadedRelease, rename: codec.Rename, instance_ids: Iterable[str]) -> None:
        """Go on with the case under another release. Raises ``StateUnreadable`` where a token has no place in it."""
        self._release = release
        self.set_case(release_id=release.id)
        for instance_id in instance_ids:
            revision = _READ_REVISION.scalar(self._connection, instance=instance_id)
            blobs = store.read_blobs(self._connection, instance_id)
            workflow = codec.load(blobs, release.processes, self, self.runtime.limits, rename)
            self._touched[instance_id] = (revision, workflow)
            self.act(instance_id, Workflow.look_again)

    def _take(self, instance_id: str) -> Workflow:
        touched = self._touched.get(instance_id)
        if touched:
            return touched[1]
        revision, blobs = self._known.get(instance_id, (None, None))
        if revision is None:
            revision = _READ_REVISION.scalar(self._connection, instance=instance_id)
        workflow = self.runtime.instances.take(instance_id, revision) if self._holds is None else None
        if workflow is None:
            blobs = blobs or store.read_blobs(self._connection, instance_id)
            workflow = codec.load(blobs, self.release.processes, self, self.runtime.limits)
        workflow.host = self
        self._touched[instance_id] = (revision, workflow)
        return workflow

    def _next_holds(self) -> dict[int, tuple[str, ShenhouError]]:
        self._acts += 1
        return (self._holds or {}).get(self._acts, {})

    @property
    def act_number(self) -> int:
        return self._acts

    @property
    def touched(self) -> dict[str, Workflow]:
        """The instances that this command has moved, by id."""
        return {instance_id: workflow for instance_id, (_, workflow) in self._touched.items()}

    # -- the end -------------------------------------------------------------------------------------------------------

    def finish(self, verb: str, subject: str, detail: Mapping[str, Any], note: str = "") -> None:
        """Write what changed, and the audit line with a ``note`` in somebody's own words. The caller commits."""
        delivery.come_to_rest(self)
        finished = self._save_instances()
        status = self._case_values.get("status", self.case.status)
        if finished and status == "open" and not self._has_active_instance():
            status = "completed"
            self.set_case(status=status, closed_at=self.now_text)
        if status != "open" and status != self.case.status:
            early_messages.expire(self._connection, self.case_id)
        if self._facts is not None:
            self._save_facts(self._facts)
        told = {**detail, "path": self._passed[:PATH_SHOWN]} if self._passed else dict(detail)
        self._write_audit(verb, subject, {**told, "noted": True} if note else told)
        if note:
            audit.keep_note(self._connection, self.sealer, self.case_id, self.case.audit_seq + 1, note)

    def remember(self) -> None:
        """After the commit: the workflows go to the cache under their new revisions."""
        for instance_id, (revision, workflow) in self._touched.items():
            workflow.host = NO_HOST  # a cached workflow must not keep the unit and its connection alive
            if not workflow.finished:
                self.runtime.instances.put(instance_id, revision + 1, workflow)

    def _save_instances(self) -> bool:
        finished, public = False, self.release.public_groups
        for instance_id, (_, workflow) in self._touched.items():
            changes = workflow.take_changes()
            self._passed.extend(changes.passed)
            place = store.Place(self.case_id, instance_id, self.actor.id, self.now_text, self.unlisted, public)
            store.save_projections(self._connection, place, changes)
            store.save_state(self._connection, instance_id, workflow, changes, self.now_text)
            finished = finished or workflow.finished
        return finished

    def _has_active_instance(self) -> bool:
        return _ACTIVE_INSTANCE.first(self._connection, case=self.case_id) is not None

    def _save_facts(self, facts: Facts) -> None:
        if facts.changed:
            self.set_case(facts=facts.text())
        if facts.sealed_changed:
            self.set_case(sealed=facts.sealed_bytes())
            self._connection.execute(t.sealed_index.delete().where(t.sealed_index.c.case_id == self.case_id))
            rows = [dict(row) for row in {tuple(sorted(row.items())) for row in facts.index_rows()}]
            if rows:
                self._connection.execute(t.sealed_index.insert(), rows)

    def _write_audit(self, verb: str, subject: str, detail: Mapping[str, Any]) -> None:
        seq = self.case.audit_seq + 1
        text = orjson.dumps(detail).decode()
        subject = subject[:SUBJECT_SHOWN]
        line = Line(self.case_id, seq, self.now_text, self.actor.id, verb, subject, text)
        mac = line.mac(self.runtime.keys.audit, self.case.audit_head or FIRST)
        row = {"case_id": line.case_id, "seq": seq, "at": line.at, "actor": line.actor, "verb": verb}
        _INSERT_AUDIT.run(self._connection, {**row, "subject": subject, "detail": text, "mac": mac})
        values = {"revision": self.case.revision + 1, "audit_seq": seq, "audit_head": mac, **self._case_values}
        _update_case(tuple(values)).run(self._connection, {"case": self.case_id, **values})


_LOCK_CASE = Prepared(sa.select(t.cases).where(t.cases.c.id == sa.bindparam("case")).with_for_update())
_READ_REVISION = Prepared(
    sa.select(t.process_instances.c.revision).where(t.process_instances.c.id == sa.bindparam("instance"))
)
_INSERT_AUDIT = insert(t.audit)
_ACTIVE_INSTANCE = Prepared(
    sa.select(t.process_instances.c.id)
    .where(t.process_instances.c.case_id == sa.bindparam("case"), t.process_instances.c.status == "active")
    .limit(1)
)


@functools.cache
def _update_case(columns: tuple[str, ...]) -> Prepared:
    """The UPDATE of these columns of one case; there are few combinations, and each is built once."""
    values: dict[str, Any] = {name: sa.bindparam(name) for name in columns}
    return Prepared(t.cases.update().where(t.cases.c.id == sa.bindparam("case")).values(values))


def _stops_at_limit(holds: Holds | None) -> bool:
    """Whether a replay stops at the step that went over a limit; it need not hurry there."""
    return any(isinstance(cause, LimitExceeded) for steps in (holds or {}).values() for _, cause in steps.values())
