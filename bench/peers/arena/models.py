"""The tables of SpiffArena that a completion touches, through SQLAlchemy's mapper as there."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

NAME = String(255)
GUID = String(36)


class Base(DeclarativeBase):
    """What all of them have."""


class User(Base):
    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(NAME, unique=True)


class Principal(Base):
    __tablename__ = "principal"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), unique=True)


class PermissionTarget(Base):
    __tablename__ = "permission_target"
    id: Mapped[int] = mapped_column(primary_key=True)
    uri: Mapped[str] = mapped_column(NAME, unique=True)


class PermissionAssignment(Base):
    __tablename__ = "permission_assignment"
    id: Mapped[int] = mapped_column(primary_key=True)
    principal_id: Mapped[int] = mapped_column(ForeignKey("principal.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("permission_target.id"))
    permission: Mapped[str] = mapped_column(String(50))


class ProcessDefinition(Base):
    __tablename__ = "bpmn_process_definition"
    id: Mapped[int] = mapped_column(primary_key=True)
    full_hash: Mapped[str] = mapped_column(NAME, unique=True)
    identifier: Mapped[str] = mapped_column(NAME, index=True)
    properties: Mapped[dict[str, Any]] = mapped_column(JSON)


class DefinitionLink(Base):
    __tablename__ = "bpmn_process_definition_relationship"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("bpmn_process_definition.id"), index=True)
    child_id: Mapped[int] = mapped_column(ForeignKey("bpmn_process_definition.id"), index=True)


class TaskDefinition(Base):
    __tablename__ = "task_definition"
    __table_args__ = (UniqueConstraint("definition_id", "identifier"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("bpmn_process_definition.id"), index=True)
    identifier: Mapped[str] = mapped_column(NAME, index=True)
    typename: Mapped[str] = mapped_column(NAME, index=True)
    properties: Mapped[dict[str, Any]] = mapped_column(JSON)


class JsonData(Base):
    __tablename__ = "json_data"
    hash: Mapped[str] = mapped_column(NAME, primary_key=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class Process(Base):
    __tablename__ = "bpmn_process"
    id: Mapped[int] = mapped_column(primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("bpmn_process_definition.id"), index=True)
    top_level_id: Mapped[int | None] = mapped_column(ForeignKey("bpmn_process.id"), index=True)
    guid: Mapped[str | None] = mapped_column(GUID, unique=True)
    properties: Mapped[dict[str, Any]] = mapped_column(JSON)
    data_hash: Mapped[str] = mapped_column(NAME, index=True)


class Instance(Base):
    __tablename__ = "process_instance"
    id: Mapped[int] = mapped_column(primary_key=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("bpmn_process_definition.id"), index=True)
    process_id: Mapped[int] = mapped_column(ForeignKey("bpmn_process.id"), index=True)
    initiator_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    status: Mapped[str] = mapped_column(String(50), index=True)
    updated_at: Mapped[int] = mapped_column(index=True)
    ended_at: Mapped[int | None] = mapped_column(index=True)
    definition: Mapped[ProcessDefinition] = relationship()
    process: Mapped[Process] = relationship()


class Queued(Base):
    __tablename__ = "process_instance_queue"
    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), unique=True)
    status: Mapped[str] = mapped_column(String(50), index=True)
    locked_by: Mapped[str | None] = mapped_column(String(80), index=True)
    locked_at: Mapped[int | None] = mapped_column(index=True)
    run_at: Mapped[int]


class Task(Base):
    __tablename__ = "task"
    guid: Mapped[str] = mapped_column(GUID, primary_key=True)
    process_id: Mapped[int] = mapped_column(ForeignKey("bpmn_process.id"), index=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    definition_id: Mapped[int] = mapped_column(ForeignKey("task_definition.id"), index=True)
    state: Mapped[str] = mapped_column(String(10), index=True)
    properties: Mapped[dict[str, Any]] = mapped_column(JSON)
    data_hash: Mapped[str] = mapped_column(NAME, index=True)
    environment_hash: Mapped[str] = mapped_column(NAME, index=True)
    started_at: Mapped[float | None]
    ended_at: Mapped[float | None]


class HumanTask(Base):
    __tablename__ = "human_task"
    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    task_guid: Mapped[str] = mapped_column(ForeignKey("task.guid"), index=True)
    task_name: Mapped[str] = mapped_column(NAME)
    status: Mapped[str] = mapped_column(String(50))
    completed: Mapped[bool] = mapped_column(index=True, default=False)
    completed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    owners: Mapped[list[User]] = relationship(secondary="human_task_user", order_by="User.id")


class HumanTaskUser(Base):
    __tablename__ = "human_task_user"
    human_task_id: Mapped[int] = mapped_column(ForeignKey("human_task.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)


class HumanTaskUserWaiting(Base):
    __tablename__ = "human_task_user_waiting"
    id: Mapped[int] = mapped_column(primary_key=True)
    human_task_id: Mapped[int] = mapped_column(ForeignKey("human_task.id"), index=True)
    username: Mapped[str] = mapped_column(NAME)


class Event(Base):
    __tablename__ = "process_instance_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    task_guid: Mapped[str] = mapped_column(GUID, index=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    event_type: Mapped[str] = mapped_column(String(50), index=True)
    timestamp: Mapped[float] = mapped_column(index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)


class Draft(Base):
    __tablename__ = "task_draft_data"
    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    task_definition_id: Mapped[int] = mapped_column(ForeignKey("task_definition.id"), index=True)


class Message(Base):
    __tablename__ = "message_instance"
    id: Mapped[int] = mapped_column(primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    status: Mapped[str] = mapped_column(String(20), index=True)
