"""One step of an instance, from the lock to the answer; the order of statements and commits is SpiffArena's."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from SpiffWorkflow.bpmn import BpmnWorkflow  # type: ignore[import-untyped,unused-ignore]
from SpiffWorkflow.util.task import TaskState  # type: ignore[import-untyped,unused-ignore]
from sqlalchemy.orm import Session

from bench.peers.arena import models as m
from bench.peers.arena.whole import Whole, now


class Refused(Exception):
    """The step is not open, or not this user's."""


def start(session: Session, user: m.User, definition_id: int, spec: Any) -> int:
    """A new instance that waits at its first user task; its id."""
    workflow = BpmnWorkflow(spec)
    properties = {"root": str(workflow.task_tree.id), "last_task": None, "success": True, "completed": False}
    process = m.Process(definition_id=definition_id, properties=properties, data_hash="")
    session.add(process)
    session.flush()
    instance = m.Instance(definition_id=definition_id, process_id=process.id, initiator_id=user.id)
    instance.status, instance.updated_at = "not_started", round(now())
    session.add(instance)
    session.flush()
    session.add(m.Queued(instance_id=instance.id, status=instance.status, run_at=0))
    session.commit()
    with locked(session, instance):
        whole = Whole.begin(session, instance, workflow)
        _run_on(session, whole)
    return instance.id


def submit(session: Session, user: m.User, instance_id: int, guid: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Complete the open user task ``guid`` and run on; what the page is told to show next. Raises ``Refused``."""
    instance = session.scalars(sa.select(m.Instance).where(m.Instance.id == instance_id)).one()
    _demand_own(session, user, instance_id, guid)
    with locked(session, instance):
        whole = Whole.load(session, instance)
        task = whole.workflow.get_task_from_id(uuid.UUID(guid))
        if task.state != TaskState.READY:
            raise Refused(guid)
        human = _find_human(session, instance_id, guid)
        _demand_own(session, user, instance_id, guid)
        task.data[task.task_spec.name] = dict(values)
        _complete(session, user, whole, task, human)
        _run_on(session, whole)
    row = session.scalars(sa.select(m.Task).where(m.Task.guid == guid)).one()
    mine = (m.Draft.instance_id == instance_id, m.Draft.task_definition_id == row.definition_id)
    session.scalars(sa.select(m.Draft).where(*mine)).first()
    return _next(session, user, instance_id)


@contextmanager
def locked(session: Session, instance: m.Instance) -> Iterator[None]:
    """Hold the instance's row of the queue; two commits."""
    own = m.Queued.instance_id == instance.id
    taken = sa.update(m.Queued).where(own, m.Queued.locked_by.is_(None))
    session.execute(taken.values(locked_by="bench", locked_at=round(now())))
    session.commit()
    row = session.scalars(sa.select(m.Queued).where(own)).one()
    session.refresh(row)
    if row.locked_by != "bench":
        raise Refused(f"{instance.id} is locked by {row.locked_by}")
    try:
        yield
    finally:
        row = session.scalars(sa.select(m.Queued).where(m.Queued.id == row.id)).one()
        row.locked_by, row.locked_at, row.status, row.run_at = None, None, instance.status, round(now())
        session.add(row)
        session.commit()


def _complete(session: Session, user: m.User, whole: Whole, task: Any, human: m.HumanTask) -> None:
    """The step itself, and its commit."""
    began, guid = now(), str(task.id)
    row = session.scalars(sa.select(m.Task).where(m.Task.guid == guid)).one()
    row.started_at = began
    whole.workflow.run_task_from_id(task.id)
    row.ended_at = now()
    human.completed_by_id, human.completed, human.status = user.id, True, TaskState.get_name(task.state)
    session.add(human)
    _forget_waiting(session, human)
    whole.update(task)
    session.add(whole.event(guid, row.ended_at, user.id))
    changed = [one for one in whole.workflow.get_tasks(updated_ts=began) if one.id != task.id]
    whole.save(changed)
    _save_instance(session, whole)


def _run_on(session: Session, whole: Whole) -> None:
    """Everything that needs nobody, and its commit."""
    workflow, ended, ran = whole.workflow, dict[str, float](), list[Any]()
    while ready := list(workflow.get_tasks(state=TaskState.READY, manual=False)):
        for task in ready:
            task.run()
            ended[str(task.id)] = now()
            ran.append(task)
    awaited = (m.Message.instance_id == whole.instance.id, m.Message.status == "ready")
    session.scalars(sa.select(m.Message).where(*awaited)).all()
    whole.save([*ran, *whole.unfinished()], ended)
    _save_instance(session, whole)


def _save_instance(session: Session, whole: Whole) -> None:
    """The instance's own row, and the user tasks that have come and gone. Commits."""
    instance, workflow = whole.instance, whole.workflow
    instance.status = "complete" if workflow.is_completed() else "user_input_required"
    instance.updated_at = round(now())
    if workflow.is_completed():
        instance.ended_at = round(now())
    of = instance.definition
    known = {"id": of.id, "full_hash": of.full_hash, "identifier": of.identifier, "properties": of.properties}
    session.execute(sa.insert(m.ProcessDefinition).prefix_with("OR IGNORE").values(known))
    session.add(instance)
    mine = sa.select(m.HumanTask).where(m.HumanTask.instance_id == instance.id, m.HumanTask.completed.is_(False))
    gone = {row.task_guid: row for row in session.scalars(mine)}
    for task in workflow.get_tasks(state=TaskState.READY | TaskState.WAITING):
        if task.task_spec.manual and gone.pop(str(task.id), None) is None:
            _add_human(session, instance, task)
    for row in gone.values():
        row.completed = True
        _forget_waiting(session, row)
    session.commit()


def _add_human(session: Session, instance: m.Instance, task: Any) -> None:
    told = {"instance_id": instance.id, "task_guid": str(task.id), "task_name": task.task_spec.name}
    row = m.HumanTask(**told, status=TaskState.get_name(task.state), completed=False)
    session.add(row)
    session.flush()
    session.add(m.HumanTaskUser(human_task_id=row.id, user_id=instance.initiator_id))


def _forget_waiting(session: Session, human: m.HumanTask) -> None:
    listed = m.HumanTaskUserWaiting
    session.execute(sa.delete(listed).where(listed.human_task_id == human.id))


def _demand_own(session: Session, user: m.User, instance_id: int, guid: str) -> None:
    if user.id not in [owner.id for owner in _find_human(session, instance_id, guid).owners]:
        raise Refused(f"{guid} is not for {user.username}")


def _find_human(session: Session, instance_id: int, guid: str) -> m.HumanTask:
    mine = (m.HumanTask.instance_id == instance_id, m.HumanTask.task_guid == guid, m.HumanTask.completed.is_(False))
    found = session.scalars(sa.select(m.HumanTask).where(*mine)).first()
    if found is None:
        raise Refused(guid)
    return found


def _next(session: Session, user: m.User, instance_id: int) -> dict[str, Any]:
    mine = sa.select(m.HumanTask).where(m.HumanTask.instance_id == instance_id, m.HumanTask.completed.is_(False))
    owned = mine.join(m.HumanTaskUser).where(m.HumanTaskUser.user_id == user.id)
    row = session.scalars(owned.order_by(m.HumanTask.id).limit(1)).first()
    if row is None:
        return {"ok": True, "process_instance_id": instance_id}
    return {"id": row.task_guid, "name": row.task_name, "status": row.status, "process_instance_id": instance_id}
