"""Every table of the engine. Moments are UTC text of fixed width (``clock.to_text``), so they sort as they are.

State that a form or a diagram must never set (status, leases, revisions) has a column of its own with a CHECK; free
JSON appears only where its writer is the engine itself (facts, inputs, headers, audit detail).
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    FromClause,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    literal_column,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

ID = String(32)  # 128 random bits in hex: not guessable
MOMENT = String(27)  # 2026-11-22T02:03:04.000005Z
DIGEST = String(64)


def states(column: str, *values: str) -> CheckConstraint:
    """The values that a column may hold."""
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)


def index_where(name: str, *columns: str, where: str) -> Index:
    """An index of what is at work alone: it stays small, and what is done costs it nothing."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


def in_state(table: FromClause, status: str) -> ColumnElement[bool]:
    """``status`` written out, not bound: only then does SQLite use an index of that state alone."""
    assert status.isidentifier()
    return table.c.status == literal_column(f"'{status}'")


contents = Table(
    "contents",
    metadata,
    Column("sha256", DIGEST, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

releases = Table(
    "releases",
    metadata,
    Column("id", DIGEST, primary_key=True),  # content address
    Column("pack", String(64), nullable=False),
    Column("number", Integer, nullable=False),  # 1, 2, 3 … within the pack, for people
    Column("version", String(64), nullable=False),
    Column("manifest", Text, nullable=False),
    Column("published_at", MOMENT, nullable=False),
    Column("published_by", String(128), nullable=False),
    UniqueConstraint("pack", "number"),
)

release_files = Table(
    "release_files",
    metadata,
    Column("release_id", ForeignKey("releases.id"), primary_key=True),
    Column("name", String(255), primary_key=True),
    Column("sha256", ForeignKey("contents.sha256"), nullable=False),
    Column("origin", String(64), nullable=False),  # the pack of the overlay chain that it came from
)

packs = Table(
    "packs",
    metadata,
    Column("code", String(64), primary_key=True),
    Column("name", String(255), nullable=False),
    Column("current_release", ForeignKey("releases.id"), nullable=True),
    Column("changed_at", MOMENT, nullable=False),
)

launches = Table(
    "launches",
    metadata,
    Column("release_id", ForeignKey("releases.id"), primary_key=True),  # a release goes live once, and stays so
    Column("at", MOMENT, nullable=False),
    Column("by", String(128), nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("id", ID, primary_key=True),
    Column("code", String(32), nullable=False, unique=True),  # what people read out on the telephone
    Column("pack", String(64), nullable=False),
    Column("release_id", ForeignKey("releases.id"), nullable=False),
    Column("region", String(12), nullable=False),  # GB/T 2260
    Column("status", String(16), nullable=False),
    Column("facts", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=True),
    Column("revision", Integer, nullable=False),
    Column("audit_seq", Integer, nullable=False),
    Column("audit_head", DIGEST, nullable=False),
    Column("opened_at", MOMENT, nullable=False),
    Column("closed_at", MOMENT, nullable=True),
    states("status", "open", "completed", "cancelled"),
    Index("ix_cases_pack_status", "pack", "status"),
    Index("ix_cases_opened_at", "opened_at", "id"),
    index_where("ix_cases_open_region", "region", where="status = 'open'"),
)

sealed_index = Table(
    "sealed_index",
    metadata,
    Column("name", String(128), primary_key=True),  # dotted path of the sealed fact
    Column("digest", DIGEST, primary_key=True),  # keyed hash of its value
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Index("ix_sealed_index_case_id", "case_id"),
    sqlite_with_rowid=False,
)

process_instances = Table(
    "process_instances",
    metadata,
    Column("id", ID, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("process_id", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("state", LargeBinary, nullable=True),  # of its outermost scope; none before its first save and at its end
    Column("started_at", MOMENT, nullable=False),
    Column("ended_at", MOMENT, nullable=True),
    states("status", "active", "completed", "cancelled"),
)

# State of the calls and sub-processes that are open inside an instance: a row each, so that only what moved is written.
inner_scopes = Table(
    "inner_scopes",
    metadata,
    Column("instance_id", ForeignKey("process_instances.id"), primary_key=True),
    Column("scope", String(32), primary_key=True),  # the token of the call or sub-process
    Column("state", LargeBinary, nullable=False),
)

user_tasks = Table(
    "user_tasks",
    metadata,
    Column("id", ID, primary_key=True),  # the token's id
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("instance_id", ForeignKey("process_instances.id"), nullable=False),
    Column("process_id", String(64), nullable=False),
    Column("element_id", String(128), nullable=False),
    Column("name", String(255), nullable=False),
    Column("form_id", String(128), nullable=False),
    Column("facts_path", String(255), nullable=False),  # where the form's values go in the case facts
    Column("locals", Text, nullable=False),  # input mappings and loop variables, for the form's FEEL
    Column("status", String(16), nullable=False),
    Column("assignee", String(128), nullable=True),
    Column("candidate_group", String(128), nullable=True),  # where one group is the only candidate, as it mostly is
    Column("priority", Integer, nullable=False),
    Column("due_at", MOMENT, nullable=True),
    Column("follow_up_at", MOMENT, nullable=True),
    Column("draft", LargeBinary, nullable=True, info={"sealed_for": "{id}"}),
    Column("created_at", MOMENT, nullable=False),
    Column("claimed_at", MOMENT, nullable=True),
    Column("ended_at", MOMENT, nullable=True),
    Column("completed_by", String(128), nullable=True),
    states("status", "open", "completed", "cancelled"),
    # In the order in which a group's list shows them: however many there are, its first page is read and no more.
    index_where(
        "ix_user_tasks_open_candidate_group", "candidate_group", "due_at", "created_at", where="status = 'open'"
    ),
    index_where("ix_user_tasks_open_due_at", "due_at", where="status = 'open' AND due_at IS NOT NULL"),
    index_where("ix_user_tasks_open_assignee", "assignee", where="status = 'open' AND assignee IS NOT NULL"),
)

# Several candidates of one task. Only of open tasks: the rows go when the task ends, so that a queue's index stays as
# small as the queue.
user_task_candidates = Table(
    "user_task_candidates",
    metadata,
    Column("kind", String(8), primary_key=True),
    Column("name", String(128), primary_key=True),
    Column("user_task_id", ForeignKey("user_tasks.id"), primary_key=True),
    Column("public", Boolean, nullable=False, server_default=false()),  # a public group is among the candidates
    Column("due_at", MOMENT, nullable=True),  # the task's own moments, by which a list is sorted
    Column("created_at", MOMENT, nullable=False),
    states("kind", "group", "user"),
    Index("ix_user_task_candidates_user_task_id", "user_task_id"),
    Index("ix_user_task_candidates_queue", "kind", "name", "public", "due_at", "created_at"),
    sqlite_with_rowid=False,
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", ID, primary_key=True),  # the token's id, and the idempotency key of its effect
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("instance_id", ForeignKey("process_instances.id"), nullable=False),
    Column("process_id", String(64), nullable=False),
    Column("element_id", String(128), nullable=False),
    Column("type", String(128), nullable=False),
    Column("status", String(16), nullable=False),
    Column("inputs", Text, nullable=False),
    Column("headers", Text, nullable=False),
    Column("retries_left", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", MOMENT, nullable=False),
    Column("lease_owner", String(128), nullable=True),
    Column("lease_token", ID, nullable=True),
    Column("lease_until", MOMENT, nullable=True),
    Column("error", Text, nullable=True),
    Column("created_at", MOMENT, nullable=False),
    Column("ended_at", MOMENT, nullable=True),
    states("status", "available", "leased", "completed", "dead", "cancelled", "thrown"),
    index_where("ix_jobs_available", "type", "due_at", where="status = 'available'"),
    index_where("ix_jobs_leased", "lease_until", where="status = 'leased'"),
    index_where("ix_jobs_dead", "due_at", where="status = 'dead'"),
)

timers = Table(
    "timers",
    metadata,
    Column("id", ID, primary_key=True),  # the token's id; the row goes when the timer has fired or is cancelled
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("instance_id", ForeignKey("process_instances.id"), nullable=False),
    Column("element_id", String(128), nullable=False),
    Column("due_at", MOMENT, nullable=False, index=True),
    sqlite_with_rowid=False,
)

message_waits = Table(
    "message_waits",
    metadata,
    Column("id", ID, primary_key=True),  # the token's id
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("instance_id", ForeignKey("process_instances.id"), nullable=False),
    Column("element_id", String(128), nullable=False),
    Column("name", String(128), nullable=False),
    Column("correlation_key", String(255), nullable=True),
    Column("created_at", MOMENT, nullable=False),
    Index("ix_message_waits_case_id_name", "case_id", "name"),
    sqlite_with_rowid=False,
)

message_inbox = Table(
    "message_inbox",
    metadata,
    Column("id", ID, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("name", String(128), nullable=False),
    Column("correlation_key", String(255), nullable=True),
    Column("payload", LargeBinary, nullable=False, info={"sealed_for": "{id}"}),
    Column("status", String(16), nullable=False),
    Column("received_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Column("delivered_at", MOMENT, nullable=True),
    states("status", "waiting", "delivered", "expired"),
    Index("ix_message_inbox_case_id_status_name", "case_id", "status", "name"),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", ID, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("instance_id", ForeignKey("process_instances.id"), nullable=False),
    Column("process_id", String(64), nullable=False),
    Column("element_id", String(128), nullable=False),
    Column("token_id", ID, nullable=False),
    Column("job_id", ForeignKey("jobs.id"), nullable=True),
    Column("kind", String(32), nullable=False),  # an error's code, or job_retries_spent
    Column("message", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("raised_at", MOMENT, nullable=False),
    Column("ended_at", MOMENT, nullable=True),
    Column("ended_by", String(128), nullable=True),
    states("status", "open", "resolved", "cancelled"),
    Index("ix_incidents_status_raised_at", "status", "raised_at"),
)

# Insert-only: triggers of the first migration refuse UPDATE and DELETE on both databases. Lines are read by case; no
# index by time, since every command would pay for it.
audit = Table(
    "audit",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("at", MOMENT, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("verb", String(64), nullable=False),
    Column("subject", String(160), nullable=False),
    Column("detail", Text, nullable=False),
    Column("mac", DIGEST, nullable=False),
)

audit_notes = Table(
    "audit_notes",  # why, in the words of whoever acted, of the few lines that have one: ``detail`` says ``noted``
    metadata,
    Column("case_id", String(32), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("sealed", LargeBinary, nullable=False, info={"sealed_for": "{case_id}.{seq}.note"}),
    ForeignKeyConstraint(["case_id", "seq"], ["audit.case_id", "audit.seq"]),
    sqlite_with_rowid=False,
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("actor", String(128), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("request_hash", DIGEST, nullable=False),
    Column("response", Text, nullable=True),
    Column("created_at", MOMENT, nullable=False, index=True),
    sqlite_with_rowid=False,
)

users = Table(
    "users",
    metadata,
    Column("id", ID, primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", String(128), nullable=False),
    Column("password_hash", String(255), nullable=False),
    Column("region", String(12), nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("administrator", Boolean, nullable=False, server_default=false()),
    Column("created_at", MOMENT, nullable=False),
)

user_groups = Table(
    "user_groups",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("name", String(128), primary_key=True),
)

# One row a background duty: when it last ran (the guard against clock jumps reads it).
heartbeats = Table(
    "heartbeats",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("at", MOMENT, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    sqlite_with_rowid=False,
)

AUDIT_TRIGGERS = {
    "sqlite": [
        "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is insert-only'); END",
        "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is insert-only'); END",
        """CREATE TRIGGER audit_notes_no_delete BEFORE DELETE ON audit_notes
        BEGIN SELECT RAISE(ABORT, 'audit is insert-only'); END""",
    ],
    "postgresql": [
        """CREATE FUNCTION audit_insert_only() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'audit is insert-only'; END $$""",
        """CREATE TRIGGER audit_insert_only BEFORE UPDATE OR DELETE ON audit
        FOR EACH ROW EXECUTE FUNCTION audit_insert_only()""",
        """CREATE TRIGGER audit_notes_no_delete BEFORE DELETE ON audit_notes
        FOR EACH ROW EXECUTE FUNCTION audit_insert_only()""",
    ],
}
"""DDL that ``metadata.create_all`` does not know, by dialect; the migration runs the same statements."""
