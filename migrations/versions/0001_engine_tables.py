"""The engine's tables, and the triggers that keep the audit insert-only.

Revision ID: 0001
Revises: nothing
Create Date: 2026-11-22
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels: Any = None
depends_on: Any = None

_AUDIT_TRIGGERS = {
    "sqlite": [
        "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is insert-only'); END",
        "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is insert-only'); END",
        "CREATE TRIGGER audit_notes_no_delete BEFORE DELETE ON audit_notes BEGIN SELECT RAISE(ABORT, 'audit is insert-only'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION audit_insert_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'audit is insert-only'; END $$",
        "CREATE TRIGGER audit_insert_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_insert_only()",
        "CREATE TRIGGER audit_notes_no_delete BEFORE DELETE ON audit_notes FOR EACH ROW EXECUTE FUNCTION audit_insert_only()",
    ],
}


def _index_where(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def upgrade() -> None:
    """There is no way down: a step back is the restore of a backup, since data may have been dropped."""
    op.create_table(
        "contents",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_contents")),
    )
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("response", sa.Text(), nullable=True),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("pk_idempotency_keys")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"], unique=False)

    op.create_table(
        "releases",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("pack", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("published_at", sa.String(length=27), nullable=False),
        sa.Column("published_by", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
        sa.UniqueConstraint("pack", "number", name=op.f("uq_releases_pack_number")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=False),
        sa.Column("region", sa.String(length=12), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("administrator", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("login", name=op.f("uq_users_login")),
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("pack", sa.String(length=64), nullable=False),
        sa.Column("release_id", sa.String(length=64), nullable=False),
        sa.Column("region", sa.String(length=12), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("audit_seq", sa.Integer(), nullable=False),
        sa.Column("audit_head", sa.String(length=64), nullable=False),
        sa.Column("opened_at", sa.String(length=27), nullable=False),
        sa.Column("closed_at", sa.String(length=27), nullable=True),
        sa.CheckConstraint("status IN ('open', 'completed', 'cancelled')", name=op.f("ck_cases_status")),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_cases_release_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("code", name=op.f("uq_cases_code")),
    )
    op.create_index("ix_cases_opened_at", "cases", ["opened_at", "id"], unique=False)
    _index_where("ix_cases_open_region", "cases", ["region"], "status = 'open'")
    op.create_index("ix_cases_pack_status", "cases", ["pack", "status"], unique=False)

    op.create_table(
        "packs",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("current_release", sa.String(length=64), nullable=True),
        sa.Column("changed_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["current_release"], ["releases.id"], name=op.f("fk_packs_current_release")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_packs")),
    )
    op.create_table(
        "release_files",
        sa.Column("release_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name=op.f("fk_release_files_release_id")),
        sa.ForeignKeyConstraint(["sha256"], ["contents.sha256"], name=op.f("fk_release_files_sha256")),
        sa.PrimaryKeyConstraint("release_id", "name", name=op.f("pk_release_files")),
    )
    op.create_table(
        "user_groups",
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_groups_user_id")),
        sa.PrimaryKeyConstraint("user_id", "name", name=op.f("pk_user_groups")),
    )
    op.create_table(
        "audit",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("verb", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_audit_case_id")),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_audit")),
    )
    op.create_table(
        "audit_notes",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id", "seq"], ["audit.case_id", "audit.seq"], name=op.f("fk_audit_notes_case_id_seq")
        ),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_audit_notes")),
        sqlite_with_rowid=False,
    )

    op.create_table(
        "message_inbox",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("correlation_key", sa.String(length=255), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("received_at", sa.String(length=27), nullable=False),
        sa.Column("expires_at", sa.String(length=27), nullable=False),
        sa.Column("delivered_at", sa.String(length=27), nullable=True),
        sa.CheckConstraint("status IN ('waiting', 'delivered', 'expired')", name=op.f("ck_message_inbox_status")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_message_inbox_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_inbox")),
    )
    op.create_index(
        "ix_message_inbox_case_id_status_name", "message_inbox", ["case_id", "status", "name"], unique=False
    )

    op.create_table(
        "process_instances",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("process_id", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=True),
        sa.Column("started_at", sa.String(length=27), nullable=False),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.CheckConstraint("status IN ('active', 'completed', 'cancelled')", name=op.f("ck_process_instances_status")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_process_instances_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_instances")),
    )
    op.create_index("ix_process_instances_case_id", "process_instances", ["case_id"], unique=False)

    op.create_table(
        "sealed_index",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_sealed_index_case_id")),
        sa.PrimaryKeyConstraint("name", "digest", "case_id", name=op.f("pk_sealed_index")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sealed_index_case_id", "sealed_index", ["case_id"], unique=False)

    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("instance_id", sa.String(length=32), nullable=False),
        sa.Column("process_id", sa.String(length=64), nullable=False),
        sa.Column("element_id", sa.String(length=128), nullable=False),
        sa.Column("type", sa.String(length=128), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("retries_left", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.String(length=27), nullable=False),
        sa.Column("lease_owner", sa.String(length=128), nullable=True),
        sa.Column("lease_token", sa.String(length=32), nullable=True),
        sa.Column("lease_until", sa.String(length=27), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.CheckConstraint(
            "status IN ('available', 'leased', 'completed', 'dead', 'cancelled', 'thrown')", name=op.f("ck_jobs_status")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_jobs_case_id")),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instances.id"], name=op.f("fk_jobs_instance_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index("ix_jobs_case_id", "jobs", ["case_id"], unique=False)
    _index_where("ix_jobs_available", "jobs", ["type", "due_at"], "status = 'available'")
    _index_where("ix_jobs_dead", "jobs", ["due_at"], "status = 'dead'")
    _index_where("ix_jobs_leased", "jobs", ["lease_until"], "status = 'leased'")

    op.create_table(
        "message_waits",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("instance_id", sa.String(length=32), nullable=False),
        sa.Column("element_id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("correlation_key", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_message_waits_case_id")),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instances.id"], name=op.f("fk_message_waits_instance_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_waits")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_message_waits_case_id_name", "message_waits", ["case_id", "name"], unique=False)

    op.create_table(
        "timers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("instance_id", sa.String(length=32), nullable=False),
        sa.Column("element_id", sa.String(length=128), nullable=False),
        sa.Column("due_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_timers_case_id")),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instances.id"], name=op.f("fk_timers_instance_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timers")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_timers_case_id", "timers", ["case_id"], unique=False)
    op.create_index("ix_timers_due_at", "timers", ["due_at"], unique=False)

    op.create_table(
        "user_tasks",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("instance_id", sa.String(length=32), nullable=False),
        sa.Column("process_id", sa.String(length=64), nullable=False),
        sa.Column("element_id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("form_id", sa.String(length=128), nullable=False),
        sa.Column("facts_path", sa.String(length=255), nullable=False),
        sa.Column("locals", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("assignee", sa.String(length=128), nullable=True),
        sa.Column("candidate_group", sa.String(length=128), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.String(length=27), nullable=True),
        sa.Column("follow_up_at", sa.String(length=27), nullable=True),
        sa.Column("draft", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("claimed_at", sa.String(length=27), nullable=True),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.Column("completed_by", sa.String(length=128), nullable=True),
        sa.CheckConstraint("status IN ('open', 'completed', 'cancelled')", name=op.f("ck_user_tasks_status")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_user_tasks_case_id")),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instances.id"], name=op.f("fk_user_tasks_instance_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_tasks")),
    )
    _index_where("ix_user_tasks_open_assignee", "user_tasks", ["assignee"], "status = 'open' AND assignee IS NOT NULL")
    queue = ["candidate_group", "due_at", "created_at"]
    _index_where("ix_user_tasks_open_candidate_group", "user_tasks", queue, "status = 'open'")
    _index_where("ix_user_tasks_open_due_at", "user_tasks", ["due_at"], "status = 'open' AND due_at IS NOT NULL")
    op.create_index("ix_user_tasks_case_id", "user_tasks", ["case_id"], unique=False)

    op.create_table(
        "inner_scopes",
        sa.Column("instance_id", sa.String(length=32), nullable=False),
        sa.Column("scope", sa.String(length=32), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instances.id"], name=op.f("fk_inner_scopes_instance_id")),
        sa.PrimaryKeyConstraint("instance_id", "scope", name=op.f("pk_inner_scopes")),
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("instance_id", sa.String(length=32), nullable=False),
        sa.Column("process_id", sa.String(length=64), nullable=False),
        sa.Column("element_id", sa.String(length=128), nullable=False),
        sa.Column("token_id", sa.String(length=32), nullable=False),
        sa.Column("job_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("raised_at", sa.String(length=27), nullable=False),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.Column("ended_by", sa.String(length=128), nullable=True),
        sa.CheckConstraint("status IN ('open', 'resolved', 'cancelled')", name=op.f("ck_incidents_status")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_incidents_case_id")),
        sa.ForeignKeyConstraint(["instance_id"], ["process_instances.id"], name=op.f("fk_incidents_instance_id")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_incidents_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    op.create_index("ix_incidents_case_id", "incidents", ["case_id"], unique=False)
    op.create_index("ix_incidents_status_raised_at", "incidents", ["status", "raised_at"], unique=False)

    op.create_table(
        "user_task_candidates",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("user_task_id", sa.String(length=32), nullable=False),
        sa.Column("public", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("due_at", sa.String(length=27), nullable=True),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.CheckConstraint("kind IN ('group', 'user')", name=op.f("ck_user_task_candidates_kind")),
        sa.ForeignKeyConstraint(["user_task_id"], ["user_tasks.id"], name=op.f("fk_user_task_candidates_user_task_id")),
        sa.PrimaryKeyConstraint("kind", "name", "user_task_id", name=op.f("pk_user_task_candidates")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_user_task_candidates_user_task_id", "user_task_candidates", ["user_task_id"], unique=False)
    queue = ["kind", "name", "public", "due_at", "created_at"]
    op.create_index("ix_user_task_candidates_queue", "user_task_candidates", queue, unique=False)
    for statement in _AUDIT_TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)
