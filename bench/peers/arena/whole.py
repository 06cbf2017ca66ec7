"""A process instance read back whole, and written in rows: a row a task, its data in a row found by its digest."""

from __future__ import annotations

import copy
import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from typing import Any, Self

import sqlalchemy as sa
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer  # type: ignore[import-untyped,unused-ignore]
from SpiffWorkflow.util.task import TaskState  # type: ignore[import-untyped,unused-ignore]
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from bench.peers.arena import models as m

OVER = ("COMPLETED", "ERROR")
SERIALIZER: Any = BpmnWorkflowSerializer()
UNFINISHED = (
    TaskState.WAITING
    | TaskState.CANCELLED
    | TaskState.READY
    | TaskState.MAYBE
    | TaskState.LIKELY
    | TaskState.FUTURE
    | TaskState.STARTED
    | TaskState.ERROR
)


def store_definition(session: Session, workflow: Any) -> m.ProcessDefinition:
    """The specification of ``workflow`` in rows, once."""
    spec: dict[str, Any] = SERIALIZER.to_dict(workflow)["spec"]
    task_specs = spec.pop("task_specs")
    row = m.ProcessDefinition(full_hash=digest(spec | task_specs), identifier=spec["name"], properties=spec)
    session.add(row)
    session.flush()
    for name, properties in task_specs.items():
        one = {"identifier": name, "typename": properties["typename"], "properties": properties}
        session.add(m.TaskDefinition(definition_id=row.id, **one))
    session.commit()
    return row


def digest(data: Mapping[str, Any]) -> str:
    """By what data is found."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


class Whole:
    """One instance in memory: the workflow, and the rows that it was read from."""

    def __init__(self, session: Session, instance: m.Instance, workflow: Any, rows: Iterable[m.Task]) -> None:
        self.instance, self.workflow = instance, workflow
        self._session = session
        self._rows = {row.guid: row for row in rows}
        self._definitions: dict[str, int] = {}

    @classmethod
    def load(cls, session: Session, instance: m.Instance) -> Self:
        """Read everything, copy it, restore it."""
        spec, definitions = _read_definition(session, instance.definition)
        dct = {"typename": "BpmnWorkflow", "spec": spec, "subprocess_specs": {}, "subprocesses": {}, "bpmn_events": []}
        process = instance.process
        data = session.scalars(sa.select(m.JsonData).where(m.JsonData.hash == process.data_hash)).one()
        rows = session.scalars(sa.select(m.Task).where(m.Task.process_id == process.id)).all()
        dct |= {"data": data.data, **process.properties, "tasks": _read_tasks(session, rows)}
        session.scalars(sa.select(m.Process).where(m.Process.top_level_id == process.id)).all()
        session.scalars(sa.select(m.Task).where(m.Task.process_id.in_([]))).all()  # of calls: none are open
        workflow = SERIALIZER.from_dict(copy.deepcopy(dct))
        whole = cls(session, instance, workflow, rows)
        whole._definitions = definitions
        return whole

    @classmethod
    def begin(cls, session: Session, instance: m.Instance, workflow: Any) -> Self:
        """A new one, of which nothing is stored yet."""
        whole = cls(session, instance, workflow, ())
        whole._definitions = _read_definition(session, instance.definition)[1]
        return whole

    def save(self, changed: Iterable[Any], ended: Mapping[str, float] | None = None) -> None:
        """Write the rows of ``changed`` tasks, with an event for each that is in ``ended``, and the process's own."""
        data: dict[str, Mapping[str, Any]] = {}
        events: list[m.Event] = []
        with self._session.no_autoflush:  # a row that is read again must not write the one before it
            touched = [self._write(task, data) for task in changed]
        for guid, moment in (ended or {}).items():
            self._rows[guid].ended_at = moment
            events.append(self.event(guid, moment))
        process = self.instance.process
        process.properties = self._process_properties()
        process.data_hash = _keep(SERIALIZER.to_dict(self.workflow.data), process.data_hash, data)
        self._session.bulk_save_objects([process])
        self._session.bulk_save_objects(touched)
        self._session.bulk_save_objects(events)
        self.store_data(data)

    def update(self, task: Any) -> None:
        """Write one task and its data."""
        data: dict[str, Mapping[str, Any]] = {}
        self._write(task, data)
        self.store_data(data)

    def event(self, guid: str, moment: float, user_id: int | None = None) -> m.Event:
        """That a task was completed."""
        told = {"task_guid": guid, "instance_id": self.instance.id, "event_type": "task_completed"}
        return m.Event(**told, timestamp=moment, user_id=user_id)

    def unfinished(self) -> list[Any]:
        """Every task that is not completed, predicted ones too: all are written at each save."""
        return list(self.workflow.get_tasks(state=UNFINISHED))

    def store_data(self, data: Mapping[str, Mapping[str, Any]]) -> None:
        """Add what is not there yet."""
        rows = [{"hash": key, "data": value} for key, value in data.items()]
        if rows:
            self._session.execute(insert(m.JsonData).on_conflict_do_nothing(), rows)

    def _write(self, task: Any, data: dict[str, Mapping[str, Any]]) -> m.Task:
        guid = str(task.id)
        row = self._rows.get(guid)
        if row is None:
            row = m.Task(guid=guid, process_id=self.instance.process_id, instance_id=self.instance.id)
            row.definition_id, row.data_hash, row.environment_hash = self._definitions[task.task_spec.name], "", ""
            self._rows[guid] = row
        properties = SERIALIZER.to_dict(task)
        properties.pop("data", None)
        properties.pop("delta", None)
        row.properties, row.state = properties, TaskState.get_name(task.state)
        row.data_hash = _keep(SERIALIZER.registry.convert(task.data), row.data_hash, data)
        row.environment_hash = _keep(SERIALIZER.registry.convert({}), row.environment_hash, data)
        return row

    def _process_properties(self) -> dict[str, Any]:
        workflow = self.workflow
        last = str(workflow.last_task.id) if workflow.last_task else None
        told = {"last_task": last, "success": workflow.success, "completed": workflow.completed}
        return told | {"root": str(workflow.task_tree.id), "correlations": {}}


def _keep(found: Mapping[str, Any], before: str, data: dict[str, Mapping[str, Any]]) -> str:
    """The digest of ``found``, which goes into ``data`` where it is not the digest ``before``."""
    key = digest(found)
    if key != before:
        data[key] = found
    return key


def _read_definition(session: Session, row: m.ProcessDefinition) -> tuple[dict[str, Any], dict[str, int]]:
    """The specification as the serializer wrote it, and the ids of its tasks' definitions by name."""
    of = m.TaskDefinition.definition_id
    found = session.scalars(sa.select(m.TaskDefinition).where(of == row.id)).all()
    spec = copy.deepcopy(row.properties) | {"task_specs": {one.identifier: one.properties for one in found}}
    called = sa.select(m.ProcessDefinition).join(m.DefinitionLink, m.DefinitionLink.child_id == m.ProcessDefinition.id)
    session.scalars(called.where(m.DefinitionLink.parent_id == row.id)).all()
    session.scalars(sa.select(m.TaskDefinition).where(of.in_([]))).all()
    return spec, {one.identifier: one.id for one in found}


def _read_tasks(session: Session, rows: Iterable[m.Task]) -> dict[str, Any]:
    """Every task; with its data those that go on, and the parents that these come from."""
    by_guid = {row.guid: row for row in rows}
    wanted = {guid for guid, row in by_guid.items() if row.state not in OVER}
    wanted |= {parent for guid in wanted if (parent := by_guid[guid].properties["parent"]) in by_guid}
    hashes = {by_guid[guid].data_hash for guid in wanted}
    data = {one.hash: one.data for one in session.scalars(sa.select(m.JsonData).where(m.JsonData.hash.in_(hashes)))}
    return {
        guid: row.properties | {"data": data[row.data_hash] if guid in wanted else {}} for guid, row in by_guid.items()
    }


def now() -> float:
    """The moment, in seconds."""
    return time.time()
