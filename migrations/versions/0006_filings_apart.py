"""Deliveries and ratings of each application, applications that need no acceptance, and the list of broken commitments.

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-24
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision: str | None = "0005"
branch_labels: Any = None
depends_on: Any = None


def upgrade() -> None:
    """There is no way down: a step back is the restore of a backup, since data may have been dropped."""
    with op.batch_alter_table("deliveries", copy_from=_deliveries()) as deliveries:
        deliveries.add_column(sa.Column("filing_id", sa.String(length=32), nullable=True))
        deliveries.create_foreign_key(op.f("fk_deliveries_filing_id"), "filings", ["filing_id"], ["id"])
    op.create_index("ix_deliveries_filing_id", "deliveries", ["filing_id"], unique=False)
    with op.batch_alter_table("evaluations", copy_from=_evaluations()) as evaluations:
        evaluations.add_column(sa.Column("person_score", sa.Integer(), nullable=True))
        evaluations.create_check_constraint(op.f("ck_evaluations_person_score"), "person_score BETWEEN 1 AND 5")
    with op.batch_alter_table("filings", copy_from=_filings()) as filings:
        filings.drop_constraint(op.f("ck_filings_status"), type_="check")
        filings.create_check_constraint(
            op.f("ck_filings_status"),
            "status IN ('draft', 'filed', 'supplement', 'accepted', 'refused', 'withdrawn', 'lapsed', 'not_needed')",
        )
    op.create_table(
        "listed_signers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("identity_digest", sa.String(length=64), nullable=False),
        sa.Column("tail", sa.String(length=4), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("since", sa.String(length=10), nullable=False),
        sa.Column("until", sa.String(length=10), nullable=True),
        sa.Column("listed_at", sa.String(length=27), nullable=False),
        sa.Column("listed_by", sa.String(length=128), nullable=False),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.Column("ended_by", sa.String(length=128), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listed_signers")),
    )
    op.create_index(
        "uq_listed_signers_live",
        "listed_signers",
        ["identity_digest", "region"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _deliveries() -> sa.Table:
    return sa.Table(
        "deliveries",
        sa.MetaData(),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("tracking_number", sa.String(length=64), nullable=True),
        sa.Column("delivered_at", sa.String(length=27), nullable=False),
        sa.Column("delivered_by", sa.String(length=128), nullable=False),
        sa.CheckConstraint("mode IN ('online', 'post', 'window')", name=op.f("ck_deliveries_mode")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_deliveries_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.Index("ix_deliveries_case_id", "case_id"),
    )


def _evaluations() -> sa.Table:
    return sa.Table(
        "evaluations",
        sa.MetaData(),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("department", sa.String(length=80), nullable=False),
        sa.Column("handler", sa.String(length=128), nullable=True),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("evaluated_at", sa.String(length=27), nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_evaluations_score")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_evaluations_case_id")),
        sa.ForeignKeyConstraint(["filing_id"], ["filings.id"], name=op.f("fk_evaluations_filing_id")),
        sa.PrimaryKeyConstraint("case_id", "item", "filing_id", name=op.f("pk_evaluations")),
        sqlite_with_rowid=False,
    )


def _filings() -> sa.Table:
    return sa.Table(
        "filings",
        sa.MetaData(),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=8), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("applicant_kind", sa.String(length=16), nullable=True),
        sa.Column("identity_digest", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("filed_at", sa.String(length=27), nullable=True),
        sa.Column("accepted_at", sa.String(length=27), nullable=True),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.CheckConstraint(
            "applicant_kind IN ('first_order', 'second_order', 'testamentary', 'legatee')",
            name=op.f("ck_filings_applicant_kind"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'filed', 'supplement', 'accepted', 'refused', 'withdrawn', 'lapsed')",
            name=op.f("ck_filings_status"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_filings_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filings")),
        sa.UniqueConstraint("case_id", "name", name=op.f("uq_filings_case_id_name")),
    )
