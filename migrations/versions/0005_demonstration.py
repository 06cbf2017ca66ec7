"""Which cases the demonstration has made.

Revision ID: 0005
Revises: 0004
Create Date: 2026-11-22
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    """There is no way down: a step back is the restore of a backup, since data may have been dropped."""
    op.create_table(
        "demonstrations",
        sa.Column("serial", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pack", sa.String(length=40), nullable=False),
        sa.Column("story", sa.String(length=80), nullable=False),
        sa.Column("begun_at", sa.String(length=27), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=True),
        sa.Column("finished_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_demonstrations_case_id")),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_demonstrations")),
        sa.UniqueConstraint("case_id", name=op.f("uq_demonstrations_case_id")),
    )
    op.create_index("ix_demonstrations_pack", "demonstrations", ["pack"], unique=False)
