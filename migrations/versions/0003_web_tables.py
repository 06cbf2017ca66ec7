"""The tables of the pages: sessions, second factors, families, codes, comments, tickets, papers.

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-22
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    """There is no way down: a step back is the restore of a backup, since data may have been dropped."""
    op.create_table(
        "attempts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index("ix_attempts_purpose_address_at", "attempts", ["purpose", "address", "at"], unique=False)
    op.create_index("ix_attempts_purpose_subject_at", "attempts", ["purpose", "subject", "at"], unique=False)
    op.create_table(
        "families",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("phone_digest", sa.String(length=64), nullable=True),
        sa.Column("oidc_subject", sa.String(length=255), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_families")),
        sa.UniqueConstraint("oidc_subject", name=op.f("uq_families_oidc_subject")),
        sa.UniqueConstraint("phone_digest", name=op.f("uq_families_phone_digest")),
    )
    op.create_table(
        "web_sessions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("owner_id", sa.String(length=32), nullable=False),
        sa.Column("second_factor", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("seen_at", sa.String(length=27), nullable=False),
        sa.CheckConstraint("kind IN ('staff', 'family')", name=op.f("ck_web_sessions_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_sessions")),
    )
    op.create_index("ix_web_sessions_owner_id", "web_sessions", ["owner_id"], unique=False)
    op.create_index("ix_web_sessions_seen_at", "web_sessions", ["seen_at"], unique=False)
    op.create_table(
        "saved_filters",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("query", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_filters_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filters")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_saved_filters_user_id_name")),
    )
    op.create_table(
        "user_security",
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("totp", sa.LargeBinary(), nullable=True),
        sa.Column("totp_confirmed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("last_totp_step", sa.Integer(), nullable=True),
        sa.Column("oidc_subject", sa.String(length=255), nullable=True),
        sa.Column("signed_in_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_security_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_user_security")),
        sa.UniqueConstraint("oidc_subject", name=op.f("uq_user_security_oidc_subject")),
    )
    op.create_table(
        "case_parties",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("family_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("filing", sa.String(length=8), nullable=True),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.CheckConstraint("role IN ('reporter', 'applicant', 'agent', 'objector')", name=op.f("ck_case_parties_role")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_parties_case_id")),
        sa.ForeignKeyConstraint(["family_id"], ["families.id"], name=op.f("fk_case_parties_family_id")),
        sa.PrimaryKeyConstraint("case_id", "family_id", "role", name=op.f("pk_case_parties")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_case_parties_family_id", "case_parties", ["family_id"], unique=False)
    op.create_table(
        "comments",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_comments_case_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_comments_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index(op.f("ix_comments_case_id"), "comments", ["case_id"], unique=False)
    op.create_table(
        "tickets",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("department", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(length=12), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("opened_by", sa.String(length=128), nullable=False),
        sa.Column("opened_at", sa.String(length=27), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("answered_by", sa.String(length=128), nullable=True),
        sa.Column("answered_at", sa.String(length=27), nullable=True),
        sa.CheckConstraint("kind IN ('question', 'complaint', 'help', 'suggestion')", name=op.f("ck_tickets_kind")),
        sa.CheckConstraint("status IN ('open', 'answered')", name=op.f("ck_tickets_status")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_tickets_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("number", name=op.f("uq_tickets_number")),
    )
    op.create_index("ix_tickets_department_status", "tickets", ["department", "status"], unique=False)
    op.create_table(
        "unmaskings",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("field", sa.String(length=120), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_unmaskings_case_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_unmaskings_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unmaskings")),
    )
    op.create_index(op.f("ix_unmaskings_case_id"), "unmaskings", ["case_id"], unique=False)
    op.create_table(
        "web_codes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("code_digest", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("tries_left", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("expires_at", sa.String(length=27), nullable=False),
        sa.Column("used_at", sa.String(length=27), nullable=True),
        sa.CheckConstraint("purpose IN ('sign_in', 'certificate', 'lookup')", name=op.f("ck_web_codes_purpose")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_web_codes_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_codes")),
    )
    op.create_index("ix_web_codes_subject_created_at", "web_codes", ["subject", "created_at"], unique=False)
    op.create_table(
        "papers",
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("certificate_id", sa.String(length=32), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_papers_case_id")),
        sa.ForeignKeyConstraint(["certificate_id"], ["certificates.id"], name=op.f("fk_papers_certificate_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_papers")),
        sa.UniqueConstraint("certificate_id", name=op.f("uq_papers_certificate_id")),
    )
    op.create_index(op.f("ix_papers_case_id"), "papers", ["case_id"], unique=False)
