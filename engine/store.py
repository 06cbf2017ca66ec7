"""Process instances in the database: blobs of state, and the projections that everybody else queries.

Only what a command changed is written. Live workflows stay in memory by (instance, revision); a copy is taken out for
the length of a command and put back after the commit, so that an exception anywhere simply loses it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
import sqlalchemy as sa

from engine import tables as t
from engine.bpmn import Changes, Workflow, codec
from engine.bpmn.host import IncidentRaised, JobRequest, MessageAwaited, TimerArmed, UserTaskOpened
from engine.clock import to_text
from engine.incoming import storable
from engine.padding import with_room
from engine.prepared import Prepared, insert, upsert

CACHED_INSTANCES = 1_000


class InstanceCache:
    """Live workflows by instance and revision; bounded, the least recently used dropped first."""

    def __init__(self, kept: int = CACHED_INSTANCES) -> None:
        self._kept, self._lock = kept, threading.Lock()
        self._workflows: OrderedDict[str, tuple[int, Workflow]] = OrderedDict()

    def take(self, instance_id: str, revision: int) -> Workflow | None:
        """The workflow if it is cached at ``revision``; it is the caller's alone until it is put back."""
        with self._lock:
            found = self._workflows.pop(instance_id, None)
        return found[1] if found and found[0] == revision else None

    def put(self, instance_id: str, revision: int, workflow: Workflow) -> None:
        with self._lock:
            self._workflows[instance_id] = (revision, workflow)
            self._workflows.move_to_end(instance_id)
            while len(self._workflows) > self._kept:
                self._workflows.popitem(last=False)

    def __len__(self) -> int:
        return len(self._workflows)


_instance = t.process_instances.c.id == sa.bindparam("instance")
_inner = t.inner_scopes.c.instance_id == sa.bindparam("instance")
_SELECT_STATE = Prepared(
    sa.union_all(
        sa.select(sa.literal_column(f"'{codec.ROOT}'").label("scope"), t.process_instances.c.state).where(_instance),
        sa.select(t.inner_scopes.c.scope, t.inner_scopes.c.state).where(_inner),
    )
)
_touched = t.process_instances.update().where(_instance).values(revision=t.process_instances.c.revision + 1)
_TOUCH_INSTANCE = Prepared(_touched)
_SAVE_INSTANCE = Prepared(_touched.values(state=sa.bindparam("root")))
_ended = {"status": sa.bindparam("to_status"), "ended_at": sa.bindparam("now"), "state": sa.null()}
_END_INSTANCE = Prepared(_touched.values(_ended))
_DROP_SCOPES = Prepared(t.inner_scopes.delete().where(_inner))
_DROP_SCOPE = Prepared(t.inner_scopes.delete().where(_inner, t.inner_scopes.c.scope == sa.bindparam("gone")))
_UPSERT_SCOPE = upsert(t.inner_scopes, "instance_id", "scope")


def read_blobs(connection: sa.Connection, instance_id: str) -> dict[str, bytes]:
    """The stored state by scope, as ``codec.load`` takes it."""
    rows = _SELECT_STATE.all(connection, instance=instance_id)
    return {row.scope: bytes(row.state) for row in rows if row.state is not None}


def save_state(connection: sa.Connection, instance_id: str, workflow: Workflow, changes: Changes, now: str) -> None:
    """Write the scopes that changed and count the revision; a finished instance keeps no state."""
    if workflow.finished:
        _DROP_SCOPES.run(connection, {"instance": instance_id})
        ended = {"instance": instance_id, "to_status": "cancelled" if workflow.stopped else "completed", "now": now}
        _END_INSTANCE.run(connection, ended)
        return
    for scope in changes.scopes_gone:
        _DROP_SCOPE.run(connection, {"instance": instance_id, "gone": scope})
    changed = codec.dump(workflow, changed_only=True)
    root = changed.pop(codec.ROOT, None)
    for scope, state in changed.items():
        _UPSERT_SCOPE.run(connection, {"instance_id": instance_id, "scope": scope, "state": with_room(state)})
    if root is None:
        _TOUCH_INSTANCE.run(connection, {"instance": instance_id})
    else:
        _SAVE_INSTANCE.run(connection, {"instance": instance_id, "root": with_room(root)})


@dataclass(slots=True)
class Place:
    """Whose rows are written, by whom and when."""

    case_id: str
    instance_id: str
    actor: str
    now: str
    unlisted: Collection[str] = ()  # user tasks known to have no row in ``user_task_candidates``
    public: Collection[str] = ()  # groups of people outside the office

    @property
    def columns(self) -> dict[str, str]:
        return {"case_id": self.case_id, "instance_id": self.instance_id}


def save_projections(connection: sa.Connection, place: Place, changes: Changes) -> None:
    """Open and close the rows of user tasks, jobs, timers, message waits and incidents."""
    _close(connection, place, changes)
    _open(connection, changes, place)
    if changes.incidents:
        rows = [incident_row(raised, place) for raised in changes.incidents.values()]
        connection.execute(t.incidents.insert(), rows)


def _open(connection: sa.Connection, changes: Changes, whose: Place) -> None:
    place, now = whose.columns, whose.now
    rows: dict[sa.Table, list[dict[str, Any]]] = {}
    for opened in changes.opened.values():
        if isinstance(opened, UserTaskOpened):
            row = _user_task_row(opened, place, now)
            rows.setdefault(t.user_tasks, []).append(row)
            if row["candidate_group"] is None:
                rows.setdefault(t.user_task_candidates, []).extend(_candidate_rows(opened, row, whose.public))
        elif isinstance(opened, JobRequest):
            rows.setdefault(t.jobs, []).append(_job_row(opened, place, now))
        elif isinstance(opened, TimerArmed):
            row = {"id": opened.token_id, "element_id": opened.element_id, "due_at": to_text(opened.due_at), **place}
            rows.setdefault(t.timers, []).append(row)
        else:
            rows.setdefault(t.message_waits, []).append(_wait_row(opened, place, now))
    for table, entries in rows.items():
        _INSERTS[table].run_all(connection, entries)


_INSERTS = {
    t.user_tasks: insert(
        t.user_tasks,
        *("id", "case_id", "instance_id", "process_id", "element_id", "name", "form_id", "facts_path", "locals"),
        *("status", "assignee", "candidate_group", "priority", "due_at", "follow_up_at", "created_at"),
    ),
    t.user_task_candidates: insert(t.user_task_candidates),
    t.jobs: upsert(t.jobs, "id"),  # one whose error nothing caught is opened anew on a retry
    t.timers: insert(t.timers),
    t.message_waits: insert(t.message_waits),
}


def _user_task_row(opened: UserTaskOpened, place: dict[str, str], now: str) -> dict[str, Any]:
    return {
        "id": opened.token_id,
        "process_id": opened.process_id,
        "element_id": opened.element_id,
        "name": opened.name[:255],
        "form_id": opened.form_id,
        "facts_path": opened.facts_path,
        "locals": orjson.dumps(opened.locals).decode(),
        "status": "open",
        "assignee": opened.assignee,
        "candidate_group": _only_group(opened),
        "priority": opened.priority,
        "due_at": to_text(opened.due_at) if opened.due_at else None,
        "follow_up_at": to_text(opened.follow_up_at) if opened.follow_up_at else None,
        "created_at": now,
        **place,
    }


def _only_group(opened: UserTaskOpened) -> str | None:
    """The one candidate of most tasks, which is kept in the task's own row."""
    groups = set(opened.candidate_groups)
    return groups.pop() if len(groups) == 1 and not opened.candidate_users else None


def _candidate_rows(opened: UserTaskOpened, row: Mapping[str, Any], public: Collection[str]) -> list[dict[str, Any]]:
    alike = {"due_at": row["due_at"], "created_at": row["created_at"]}
    alike["public"] = not set(public).isdisjoint(opened.candidate_groups)
    kinds = (("group", opened.candidate_groups), ("user", opened.candidate_users))
    return [
        {"kind": kind, "name": name, "user_task_id": opened.token_id, **alike}
        for kind, names in kinds
        for name in dict.fromkeys(names)
    ]


def _job_row(opened: JobRequest, place: dict[str, str], now: str) -> dict[str, Any]:
    return {
        "id": opened.token_id,
        "process_id": opened.process_id,
        "element_id": opened.element_id,
        "type": opened.type,
        "status": "available",
        "inputs": orjson.dumps(opened.inputs).decode(),
        "headers": orjson.dumps(opened.headers).decode(),
        "retries_left": opened.retries,
        "attempts": 0,
        "due_at": now,
        "lease_owner": None,
        "lease_token": None,
        "lease_until": None,
        "error": None,
        "created_at": now,
        "ended_at": None,
        **place,
    }


def _wait_row(opened: MessageAwaited, place: dict[str, str], now: str) -> dict[str, Any]:
    return {
        "id": opened.token_id,
        "element_id": opened.element_id,
        "name": opened.name,
        "correlation_key": opened.correlation_key,
        "created_at": now,
        **place,
    }


_CLOSE_USER_TASK = Prepared(
    t.user_tasks.update()
    .where(t.user_tasks.c.id == sa.bindparam("token"), t.user_tasks.c.status == "open")
    .values(
        status=sa.bindparam("outcome"),
        ended_at=sa.bindparam("now"),
        completed_by=sa.bindparam("actor"),
        draft=sa.null(),
    )
)
_DROP_CANDIDATES = Prepared(
    t.user_task_candidates.delete().where(t.user_task_candidates.c.user_task_id == sa.bindparam("token"))
)
_UNDONE = ("available", "leased", "dead")
_CLOSE_JOB = Prepared(
    t.jobs.update()
    .where(t.jobs.c.id == sa.bindparam("token"), sa.or_(*(t.jobs.c.status == status for status in _UNDONE)))
    .values(status=sa.bindparam("outcome"), ended_at=sa.bindparam("now"), lease_token=sa.null(), lease_until=sa.null())
)
_DROP_TIMER = Prepared(t.timers.delete().where(t.timers.c.id == sa.bindparam("token")))
_DROP_WAIT = Prepared(t.message_waits.delete().where(t.message_waits.c.id == sa.bindparam("token")))
_CANCEL_INCIDENT = Prepared(
    t.incidents.update()
    .where(t.incidents.c.token_id == sa.bindparam("token"), t.incidents.c.status == "open")
    .values(status="cancelled", ended_at=sa.bindparam("now"))
)
_CLOSING = {"job": _CLOSE_JOB, "timer": _DROP_TIMER, "message": _DROP_WAIT}


def _close(connection: sa.Connection, place: Place, changes: Changes) -> None:
    for token_id, (kind, done) in changes.closed.items():
        row: dict[str, Any] = {"token": token_id, "outcome": "completed" if done else "cancelled", "now": place.now}
        if kind == "user":
            _CLOSE_USER_TASK.run(connection, {**row, "actor": place.actor if done else None})
            if token_id not in place.unlisted:
                _DROP_CANDIDATES.run(connection, row)
        else:
            _CLOSING[kind].run(connection, row)
    void_jobs = {token for token, (kind, done) in changes.closed.items() if kind == "job" and not done}
    dead = changes.incidents_gone | void_jobs
    if dead:
        _CANCEL_INCIDENT.run_all(connection, [{"token": token, "now": place.now} for token in sorted(dead)])


def incident_row(raised: IncidentRaised, place: Place, job_id: str | None = None) -> dict[str, Any]:
    """An open incident; its id is drawn here."""
    return {
        "id": uuid4().hex,
        "process_id": raised.process_id,
        "element_id": raised.element_id,
        "token_id": raised.token_id,
        "job_id": job_id,
        "kind": raised.kind,
        "message": storable(raised.message, 4000),
        "status": "open",
        "raised_at": place.now,
        **place.columns,
    }
