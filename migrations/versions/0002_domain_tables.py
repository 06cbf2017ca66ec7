"""The domain's tables, and the triggers that refuse what no diagram may allow.

Longer than the house's limit: a migration spells its DDL out, and these tables came in one step.

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-22
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels: Any = None
depends_on: Any = None

_TRIGGERS = {
    "sqlite": [
        "CREATE TRIGGER cremations_guarded BEFORE INSERT ON cremations BEGIN SELECT RAISE(ABORT, 'death_revoked') WHERE EXISTS (SELECT 1 FROM revocations WHERE case_id = NEW.case_id); SELECT RAISE(ABORT, 'cremated_already') WHERE EXISTS (SELECT 1 FROM cremations WHERE case_id = NEW.case_id); SELECT RAISE(ABORT, 'remains_held') WHERE EXISTS (SELECT 1 FROM holds WHERE case_id = NEW.case_id AND released_at IS NULL); SELECT RAISE(ABORT, 'certificate_missing') WHERE NOT EXISTS (SELECT 1 FROM certificates WHERE id = NEW.certificate_id AND case_id = NEW.case_id AND status = 'valid' AND kind <> 'cremation'); END",
        "CREATE TRIGGER cremations_unchanged BEFORE UPDATE ON cremations BEGIN SELECT RAISE(ABORT, 'cremation_kept') WHERE 1 = 1; END",
        "CREATE TRIGGER cremations_undeleted BEFORE DELETE ON cremations BEGIN SELECT RAISE(ABORT, 'cremation_kept') WHERE 1 = 1; END",
        "CREATE TRIGGER remains_guarded_new BEFORE INSERT ON remains BEGIN SELECT RAISE(ABORT, 'death_revoked') WHERE NEW.disposed_at IS NOT NULL AND NEW.disposition <> 'none' AND EXISTS (SELECT 1 FROM revocations WHERE case_id = NEW.case_id); SELECT RAISE(ABORT, 'remains_held') WHERE NEW.disposed_at IS NOT NULL AND NEW.disposition <> 'none' AND EXISTS (SELECT 1 FROM holds WHERE case_id = NEW.case_id AND released_at IS NULL); SELECT RAISE(ABORT, 'certificate_missing') WHERE NEW.disposed_at IS NOT NULL AND NEW.disposition <> 'none' AND NOT EXISTS (SELECT 1 FROM certificates WHERE case_id = NEW.case_id AND status = 'valid' AND kind <> 'cremation'); END",
        "CREATE TRIGGER remains_guarded BEFORE UPDATE ON remains BEGIN SELECT RAISE(ABORT, 'death_revoked') WHERE NEW.disposed_at IS NOT NULL AND NEW.disposition <> 'none' AND (NEW.disposed_at IS DISTINCT FROM OLD.disposed_at OR NEW.disposition <> OLD.disposition) AND EXISTS (SELECT 1 FROM revocations WHERE case_id = NEW.case_id); SELECT RAISE(ABORT, 'remains_held') WHERE NEW.disposed_at IS NOT NULL AND NEW.disposition <> 'none' AND (NEW.disposed_at IS DISTINCT FROM OLD.disposed_at OR NEW.disposition <> OLD.disposition) AND EXISTS (SELECT 1 FROM holds WHERE case_id = NEW.case_id AND released_at IS NULL); SELECT RAISE(ABORT, 'certificate_missing') WHERE NEW.disposed_at IS NOT NULL AND NEW.disposition <> 'none' AND (NEW.disposed_at IS DISTINCT FROM OLD.disposed_at OR NEW.disposition <> OLD.disposition) AND NOT EXISTS (SELECT 1 FROM certificates WHERE case_id = NEW.case_id AND status = 'valid' AND kind <> 'cremation'); END",
        "CREATE TRIGGER payments_guarded BEFORE INSERT ON payments BEGIN SELECT RAISE(ABORT, 'death_revoked') WHERE EXISTS (SELECT 1 FROM revocations WHERE case_id = NEW.case_id); SELECT RAISE(ABORT, 'payments_held') WHERE EXISTS (SELECT 1 FROM holds WHERE case_id = NEW.case_id AND released_at IS NULL); SELECT RAISE(ABORT, 'payments_objected') WHERE EXISTS (SELECT 1 FROM objections WHERE case_id = NEW.case_id AND status IN ('open', 'upheld')); SELECT RAISE(ABORT, 'certificate_missing') WHERE NOT EXISTS (SELECT 1 FROM certificates WHERE case_id = NEW.case_id AND status = 'valid' AND kind <> 'cremation'); SELECT RAISE(ABORT, 'commitment_missing') WHERE NOT EXISTS (SELECT 1 FROM commitments WHERE case_id = NEW.case_id AND filing_id = NEW.filing_id); SELECT RAISE(ABORT, 'prerequisite_missing') WHERE EXISTS (SELECT 1 FROM item_requirements AS r WHERE r.case_id = NEW.case_id AND r.code = NEW.item AND NOT EXISTS (SELECT 1 FROM items AS i WHERE i.case_id = r.case_id AND i.code = r.requires AND i.status = 'done')); SELECT RAISE(ABORT, 'item_not_payable') WHERE NOT EXISTS (SELECT 1 FROM items WHERE case_id = NEW.case_id AND code = NEW.item AND filing_id = NEW.filing_id AND pays AND status = 'paying'); END",
        "CREATE TRIGGER payments_kept BEFORE UPDATE ON payments BEGIN SELECT RAISE(ABORT, 'payment_kept') WHERE NEW.case_id <> OLD.case_id OR NEW.item <> OLD.item OR NEW.filing_id <> OLD.filing_id OR NEW.payee_kind <> OLD.payee_kind OR NEW.amount_cents <> OLD.amount_cents OR NEW.decided_by <> OLD.decided_by OR NEW.approved_by <> OLD.approved_by; SELECT RAISE(ABORT, 'payment_settled') WHERE NEW.status <> OLD.status AND (OLD.status IN ('returned', 'cancelled') OR NEW.status = 'ordered'); END",
        "CREATE TRIGGER payments_undeleted BEFORE DELETE ON payments BEGIN SELECT RAISE(ABORT, 'payment_kept') WHERE 1 = 1; END",
        "CREATE TRIGGER items_settled BEFORE UPDATE ON items BEGIN SELECT RAISE(ABORT, 'item_settled') WHERE OLD.status IN ('done', 'refused', 'withdrawn', 'offline', 'not_applicable') AND (NEW.case_id <> OLD.case_id OR NEW.code <> OLD.code OR NEW.status <> OLD.status); END",
        "CREATE TRIGGER items_undeleted BEFORE DELETE ON items BEGIN SELECT RAISE(ABORT, 'item_settled') WHERE OLD.status IN ('done', 'refused', 'withdrawn', 'offline', 'not_applicable'); END",
        "CREATE TRIGGER holds_kept BEFORE UPDATE ON holds BEGIN SELECT RAISE(ABORT, 'hold_kept') WHERE (OLD.criminal AND NOT NEW.criminal) OR NEW.case_id <> OLD.case_id OR NEW.name <> OLD.name OR NEW.source <> OLD.source OR NEW.set_at <> OLD.set_at OR NEW.set_by <> OLD.set_by OR (OLD.released_at IS NOT NULL AND (NEW.released_at IS NULL OR NEW.released_at <> OLD.released_at OR NEW.released_by <> OLD.released_by OR NEW.release_document <> OLD.release_document OR NEW.criminal <> OLD.criminal)); SELECT RAISE(ABORT, 'release_unfounded') WHERE NEW.released_at IS NOT NULL AND (COALESCE(NEW.released_by, '') = '' OR NEW.release_reason IS NULL OR LENGTH(NEW.release_reason) = 0 OR COALESCE(NEW.release_document, '') = ''); END",
        "CREATE TRIGGER holds_undeleted BEFORE DELETE ON holds BEGIN SELECT RAISE(ABORT, 'hold_kept') WHERE 1 = 1; END",
        "CREATE TRIGGER certificates_kept BEFORE UPDATE ON certificates BEGIN SELECT RAISE(ABORT, 'certificate_kept') WHERE NEW.case_id <> OLD.case_id OR NEW.kind <> OLD.kind OR NEW.number <> OLD.number; SELECT RAISE(ABORT, 'certificate_ended') WHERE OLD.status IN ('superseded', 'revoked') AND NEW.status <> OLD.status; END",
        "CREATE TRIGGER deceased_released AFTER UPDATE OF status ON cases BEGIN UPDATE deceased SET released = TRUE WHERE case_id = NEW.id AND NEW.status = 'cancelled'; END",
    ],
    "postgresql": [
        "CREATE FUNCTION cremations_guarded() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM cases WHERE id = NEW.case_id FOR UPDATE; IF EXISTS (SELECT 1 FROM revocations WHERE case_id = NEW.case_id) THEN RAISE EXCEPTION 'death_revoked' USING ERRCODE = 'check_violation'; END IF; IF EXISTS (SELECT 1 FROM cremations WHERE case_id = NEW.case_id) THEN RAISE EXCEPTION 'cremated_already' USING ERRCODE = 'check_violation'; END IF; IF EXISTS (SELECT 1 FROM holds WHERE case_id = NEW.case_id AND released_at IS NULL) THEN RAISE EXCEPTION 'remains_held' USING ERRCODE = 'check_violation'; END IF; IF NOT EXISTS (SELECT 1 FROM certificates WHERE id = NEW.certificate_id AND case_id = NEW.case_id AND status = 'valid' AND kind <> 'cremation') THEN RAISE EXCEPTION 'certificate_missing' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER cremations_guarded BEFORE INSERT ON cremations FOR EACH ROW EXECUTE FUNCTION cremations_guarded()",
        "CREATE FUNCTION cremations_unchanged() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'cremation_kept' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER cremations_unchanged BEFORE UPDATE ON cremations FOR EACH ROW EXECUTE FUNCTION cremations_unchanged()",
        "CREATE FUNCTION cremations_undeleted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'cremation_kept' USING ERRCODE = 'check_violation'; END IF; RETURN OLD; END $$",
        "CREATE TRIGGER cremations_undeleted BEFORE DELETE ON cremations FOR EACH ROW EXECUTE FUNCTION cremations_undeleted()",
        "CREATE FUNCTION remains_guarded_new() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM cases WHERE id = NEW.case_id FOR UPDATE; IF NEW.disposed_at IS NOT NULL AND NEW.disposition <> 'none' AND EXISTS (SELECT 1 FROM revocations WHERE case_id = NEW.case_id) THEN RAISE EXCEPTION 'death_revoked' USING ERRCODE = 'check_violation'; END IF; IF NEW.disposed_at IS NOT NULL AND NEW.disposition <> 'none' AND EXISTS (SELECT 1 FROM holds WHERE case_id = NEW.case_id AND released_at IS NULL) THEN RAISE EXCEPTION 'remains_held' USING ERRCODE = 'check_violation'; END IF; IF NEW.disposed_at IS NOT NULL AND NEW.disposition <> 'none' AND NOT EXISTS (SELECT 1 FROM certificates WHERE case_id = NEW.case_id AND status = 'valid' AND kind <> 'cremation') THEN RAISE EXCEPTION 'certificate_missing' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER remains_guarded_new BEFORE INSERT ON remains FOR EACH ROW EXECUTE FUNCTION remains_guarded_new()",
        "CREATE FUNCTION remains_guarded() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM cases WHERE id = NEW.case_id FOR UPDATE; IF NEW.disposed_at IS NOT NULL AND NEW.disposition <> 'none' AND (NEW.disposed_at IS DISTINCT FROM OLD.disposed_at OR NEW.disposition <> OLD.disposition) AND EXISTS (SELECT 1 FROM revocations WHERE case_id = NEW.case_id) THEN RAISE EXCEPTION 'death_revoked' USING ERRCODE = 'check_violation'; END IF; IF NEW.disposed_at IS NOT NULL AND NEW.disposition <> 'none' AND (NEW.disposed_at IS DISTINCT FROM OLD.disposed_at OR NEW.disposition <> OLD.disposition) AND EXISTS (SELECT 1 FROM holds WHERE case_id = NEW.case_id AND released_at IS NULL) THEN RAISE EXCEPTION 'remains_held' USING ERRCODE = 'check_violation'; END IF; IF NEW.disposed_at IS NOT NULL AND NEW.disposition <> 'none' AND (NEW.disposed_at IS DISTINCT FROM OLD.disposed_at OR NEW.disposition <> OLD.disposition) AND NOT EXISTS (SELECT 1 FROM certificates WHERE case_id = NEW.case_id AND status = 'valid' AND kind <> 'cremation') THEN RAISE EXCEPTION 'certificate_missing' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER remains_guarded BEFORE UPDATE ON remains FOR EACH ROW EXECUTE FUNCTION remains_guarded()",
        "CREATE FUNCTION payments_guarded() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM cases WHERE id = NEW.case_id FOR UPDATE; IF EXISTS (SELECT 1 FROM revocations WHERE case_id = NEW.case_id) THEN RAISE EXCEPTION 'death_revoked' USING ERRCODE = 'check_violation'; END IF; IF EXISTS (SELECT 1 FROM holds WHERE case_id = NEW.case_id AND released_at IS NULL) THEN RAISE EXCEPTION 'payments_held' USING ERRCODE = 'check_violation'; END IF; IF EXISTS (SELECT 1 FROM objections WHERE case_id = NEW.case_id AND status IN ('open', 'upheld')) THEN RAISE EXCEPTION 'payments_objected' USING ERRCODE = 'check_violation'; END IF; IF NOT EXISTS (SELECT 1 FROM certificates WHERE case_id = NEW.case_id AND status = 'valid' AND kind <> 'cremation') THEN RAISE EXCEPTION 'certificate_missing' USING ERRCODE = 'check_violation'; END IF; IF NOT EXISTS (SELECT 1 FROM commitments WHERE case_id = NEW.case_id AND filing_id = NEW.filing_id) THEN RAISE EXCEPTION 'commitment_missing' USING ERRCODE = 'check_violation'; END IF; IF EXISTS (SELECT 1 FROM item_requirements AS r WHERE r.case_id = NEW.case_id AND r.code = NEW.item AND NOT EXISTS (SELECT 1 FROM items AS i WHERE i.case_id = r.case_id AND i.code = r.requires AND i.status = 'done')) THEN RAISE EXCEPTION 'prerequisite_missing' USING ERRCODE = 'check_violation'; END IF; IF NOT EXISTS (SELECT 1 FROM items WHERE case_id = NEW.case_id AND code = NEW.item AND filing_id = NEW.filing_id AND pays AND status = 'paying') THEN RAISE EXCEPTION 'item_not_payable' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER payments_guarded BEFORE INSERT ON payments FOR EACH ROW EXECUTE FUNCTION payments_guarded()",
        "CREATE FUNCTION payments_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.case_id <> OLD.case_id OR NEW.item <> OLD.item OR NEW.filing_id <> OLD.filing_id OR NEW.payee_kind <> OLD.payee_kind OR NEW.amount_cents <> OLD.amount_cents OR NEW.decided_by <> OLD.decided_by OR NEW.approved_by <> OLD.approved_by THEN RAISE EXCEPTION 'payment_kept' USING ERRCODE = 'check_violation'; END IF; IF NEW.status <> OLD.status AND (OLD.status IN ('returned', 'cancelled') OR NEW.status = 'ordered') THEN RAISE EXCEPTION 'payment_settled' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER payments_kept BEFORE UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION payments_kept()",
        "CREATE FUNCTION payments_undeleted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'payment_kept' USING ERRCODE = 'check_violation'; END IF; RETURN OLD; END $$",
        "CREATE TRIGGER payments_undeleted BEFORE DELETE ON payments FOR EACH ROW EXECUTE FUNCTION payments_undeleted()",
        "CREATE FUNCTION items_settled() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.status IN ('done', 'refused', 'withdrawn', 'offline', 'not_applicable') AND (NEW.case_id <> OLD.case_id OR NEW.code <> OLD.code OR NEW.status <> OLD.status) THEN RAISE EXCEPTION 'item_settled' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER items_settled BEFORE UPDATE ON items FOR EACH ROW EXECUTE FUNCTION items_settled()",
        "CREATE FUNCTION items_undeleted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.status IN ('done', 'refused', 'withdrawn', 'offline', 'not_applicable') THEN RAISE EXCEPTION 'item_settled' USING ERRCODE = 'check_violation'; END IF; RETURN OLD; END $$",
        "CREATE TRIGGER items_undeleted BEFORE DELETE ON items FOR EACH ROW EXECUTE FUNCTION items_undeleted()",
        "CREATE FUNCTION holds_serialised() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM cases WHERE id = NEW.case_id FOR UPDATE; RETURN NEW; END $$",
        "CREATE TRIGGER holds_serialised BEFORE INSERT ON holds FOR EACH ROW EXECUTE FUNCTION holds_serialised()",
        "CREATE FUNCTION holds_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF (OLD.criminal AND NOT NEW.criminal) OR NEW.case_id <> OLD.case_id OR NEW.name <> OLD.name OR NEW.source <> OLD.source OR NEW.set_at <> OLD.set_at OR NEW.set_by <> OLD.set_by OR (OLD.released_at IS NOT NULL AND (NEW.released_at IS NULL OR NEW.released_at <> OLD.released_at OR NEW.released_by <> OLD.released_by OR NEW.release_document <> OLD.release_document OR NEW.criminal <> OLD.criminal)) THEN RAISE EXCEPTION 'hold_kept' USING ERRCODE = 'check_violation'; END IF; IF NEW.released_at IS NOT NULL AND (COALESCE(NEW.released_by, '') = '' OR NEW.release_reason IS NULL OR LENGTH(NEW.release_reason) = 0 OR COALESCE(NEW.release_document, '') = '') THEN RAISE EXCEPTION 'release_unfounded' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER holds_kept BEFORE UPDATE ON holds FOR EACH ROW EXECUTE FUNCTION holds_kept()",
        "CREATE FUNCTION holds_undeleted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF 1 = 1 THEN RAISE EXCEPTION 'hold_kept' USING ERRCODE = 'check_violation'; END IF; RETURN OLD; END $$",
        "CREATE TRIGGER holds_undeleted BEFORE DELETE ON holds FOR EACH ROW EXECUTE FUNCTION holds_undeleted()",
        "CREATE FUNCTION objections_serialised() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM cases WHERE id = NEW.case_id FOR UPDATE; RETURN NEW; END $$",
        "CREATE TRIGGER objections_serialised BEFORE INSERT ON objections FOR EACH ROW EXECUTE FUNCTION objections_serialised()",
        "CREATE FUNCTION revocations_serialised() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM cases WHERE id = NEW.case_id FOR UPDATE; RETURN NEW; END $$",
        "CREATE TRIGGER revocations_serialised BEFORE INSERT ON revocations FOR EACH ROW EXECUTE FUNCTION revocations_serialised()",
        "CREATE FUNCTION certificates_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM cases WHERE id = NEW.case_id FOR UPDATE; IF NEW.case_id <> OLD.case_id OR NEW.kind <> OLD.kind OR NEW.number <> OLD.number THEN RAISE EXCEPTION 'certificate_kept' USING ERRCODE = 'check_violation'; END IF; IF OLD.status IN ('superseded', 'revoked') AND NEW.status <> OLD.status THEN RAISE EXCEPTION 'certificate_ended' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER certificates_kept BEFORE UPDATE ON certificates FOR EACH ROW EXECUTE FUNCTION certificates_kept()",
        "CREATE FUNCTION deceased_released() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE deceased SET released = TRUE WHERE case_id = NEW.id AND NEW.status = 'cancelled'; RETURN NULL; END $$",
        "CREATE TRIGGER deceased_released AFTER UPDATE OF status ON cases FOR EACH ROW EXECUTE FUNCTION deceased_released()",
    ],
}


def _index_where(name: str, table: str, column: str, where: str) -> None:
    op.create_index(name, table, [column], unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def upgrade() -> None:
    """There is no way down: a step back is the restore of a backup, since data may have been dropped."""
    op.create_table(
        "register_records",
        sa.Column("register", sa.String(length=32), nullable=False),
        sa.Column("identity_digest", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("register", "identity_digest", name=op.f("pk_register_records")),
    )
    op.create_table(
        "certificates",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("issued_by", sa.String(length=128), nullable=False),
        sa.Column("issued_at", sa.String(length=27), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.CheckConstraint("kind IN ('medical', 'abnormal', 'ruling', 'cremation')", name=op.f("ck_certificates_kind")),
        sa.CheckConstraint(
            "status IN ('recorded', 'valid', 'superseded', 'revoked')", name=op.f("ck_certificates_status")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_certificates_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
        sa.UniqueConstraint("kind", "number", name=op.f("uq_certificates_kind_number")),
    )
    op.create_index("ix_certificates_case_id", "certificates", ["case_id"], unique=False)
    op.create_index(
        "uq_certificates_valid_death",
        "certificates",
        ["case_id"],
        unique=True,
        sqlite_where=sa.text("status = 'valid' AND kind <> 'cremation'"),
        postgresql_where=sa.text("status = 'valid' AND kind <> 'cremation'"),
    )
    op.create_table(
        "deceased",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("identity_digest", sa.String(length=64), nullable=True),
        sa.Column("released", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("died_on", sa.String(length=10), nullable=True),
        sa.Column("reported_at", sa.String(length=27), nullable=False),
        sa.Column("revoked_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_deceased_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_deceased")),
    )
    op.create_index(
        "uq_deceased_identity",
        "deceased",
        ["identity_digest"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL AND NOT released"),
        postgresql_where=sa.text("revoked_at IS NULL AND NOT released"),
    )
    op.create_table(
        "filings",
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
            "status IN ('draft', 'filed', 'supplement', 'accepted', 'refused', 'withdrawn', 'lapsed', 'not_needed')",
            name=op.f("ck_filings_status"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_filings_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filings")),
        sa.UniqueConstraint("case_id", "name", name=op.f("uq_filings_case_id_name")),
    )
    _index_where("ix_filings_supplement", "filings", "filed_at", "status = 'supplement'")
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("tracking_number", sa.String(length=64), nullable=True),
        sa.Column("delivered_at", sa.String(length=27), nullable=False),
        sa.Column("delivered_by", sa.String(length=128), nullable=False),
        sa.CheckConstraint("mode IN ('online', 'post', 'window')", name=op.f("ck_deliveries_mode")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_deliveries_case_id")),
        sa.ForeignKeyConstraint(["filing_id"], ["filings.id"], name=op.f("fk_deliveries_filing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index(op.f("ix_deliveries_case_id"), "deliveries", ["case_id"], unique=False)
    op.create_index(op.f("ix_deliveries_filing_id"), "deliveries", ["filing_id"], unique=False)
    op.create_table(
        "holds",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=8), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("criminal", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("set_at", sa.String(length=27), nullable=False),
        sa.Column("set_by", sa.String(length=128), nullable=False),
        sa.Column("released_at", sa.String(length=27), nullable=True),
        sa.Column("released_by", sa.String(length=128), nullable=True),
        sa.Column("release_reason", sa.LargeBinary(), nullable=True),
        sa.Column("release_document", sa.String(length=255), nullable=True),
        sa.CheckConstraint(
            "released_at IS NULL OR (released_by IS NOT NULL AND release_reason IS NOT NULL AND release_document <> '')",
            name=op.f("ck_holds_release"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_holds_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
        sa.UniqueConstraint("case_id", "name", name=op.f("uq_holds_case_id_name")),
    )
    _index_where("ix_holds_active", "holds", "case_id", "released_at IS NULL")
    op.create_table(
        "item_requirements",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("requires", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_item_requirements_case_id")),
        sa.PrimaryKeyConstraint("case_id", "code", "requires", name=op.f("pk_item_requirements")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "objections",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("objector", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("filed_at", sa.String(length=27), nullable=False),
        sa.Column("filed_by", sa.String(length=128), nullable=False),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.Column("ended_by", sa.String(length=128), nullable=True),
        sa.Column("document", sa.String(length=255), nullable=True),
        sa.CheckConstraint("status IN ('open', 'rejected', 'upheld', 'retracted')", name=op.f("ck_objections_status")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_objections_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objections")),
    )
    op.create_index(op.f("ix_objections_case_id"), "objections", ["case_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("receiver", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("recalls", sa.String(length=32), nullable=True),
        sa.Column("queued_at", sa.String(length=27), nullable=False),
        sa.Column("delivered_at", sa.String(length=27), nullable=True),
        sa.Column("channel", sa.String(length=32), nullable=True),
        sa.Column("receipt", sa.String(length=128), nullable=True),
        sa.CheckConstraint("kind IN ('push', 'notice')", name=op.f("ck_outbox_kind")),
        sa.CheckConstraint("status IN ('queued', 'delivered', 'recalled')", name=op.f("ck_outbox_status")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_outbox_case_id")),
        sa.ForeignKeyConstraint(["recalls"], ["outbox.id"], name=op.f("fk_outbox_recalls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_case_id", "outbox", ["case_id"], unique=False)
    op.create_index("ix_outbox_status_queued_at", "outbox", ["status", "queued_at"], unique=False)
    op.create_table(
        "pauses",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("begun_at", sa.String(length=27), nullable=False),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.CheckConstraint("reason IN ('frozen', 'supplement', 'post')", name=op.f("ck_pauses_reason")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_pauses_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pauses")),
    )
    op.create_index(op.f("ix_pauses_case_id"), "pauses", ["case_id"], unique=False)
    op.create_table(
        "remains",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("disposition", sa.String(length=16), nullable=False),
        sa.Column("taken_over_at", sa.String(length=27), nullable=True),
        sa.Column("taken_over_by", sa.String(length=128), nullable=True),
        sa.Column("voucher", sa.String(length=16), nullable=True),
        sa.Column("storage_place", sa.String(length=255), nullable=True),
        sa.Column("disposed_at", sa.String(length=27), nullable=True),
        sa.Column("evidence", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "disposition IN ('unknown', 'cremation', 'burial', 'donation', 'none')", name=op.f("ck_remains_disposition")
        ),
        sa.CheckConstraint(
            "voucher IN ('paper', 'elicence', 'code', 'police_notice')", name=op.f("ck_remains_voucher")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_remains_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_remains")),
    )
    op.create_table(
        "revocations",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("document", sa.String(length=255), nullable=False),
        sa.Column("revoked_at", sa.String(length=27), nullable=False),
        sa.Column("revoked_by", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_revocations_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_revocations")),
    )
    op.create_table(
        "supervision",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("noted_at", sa.String(length=27), nullable=False),
        sa.Column("cleared_at", sa.String(length=27), nullable=True),
        sa.CheckConstraint(
            "kind IN ('certificate_late', 'frozen_long', 'due_soon', 'overdue', 'department_silent', 'payment_unclear', 'paid_before_revocation', 'deferred_uncured', 'low_rating', 'untrue')",
            name=op.f("ck_supervision_kind"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_supervision_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision")),
    )
    op.create_index(op.f("ix_supervision_case_id"), "supervision", ["case_id"], unique=False)
    op.create_table(
        "terminations",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("department", sa.String(length=80), nullable=False),
        sa.Column("applied_at", sa.String(length=27), nullable=False),
        sa.Column("reversed_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_terminations_case_id")),
        sa.PrimaryKeyConstraint("case_id", "item", name=op.f("pk_terminations")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "commitments",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("signer_digest", sa.String(length=64), nullable=True),
        sa.Column("signed_by", sa.String(length=128), nullable=False),
        sa.Column("signed_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_commitments_case_id")),
        sa.ForeignKeyConstraint(["filing_id"], ["filings.id"], name=op.f("fk_commitments_filing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitments")),
        sa.UniqueConstraint("filing_id", name=op.f("uq_commitments_filing_id")),
    )
    op.create_table(
        "cremations",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("certificate_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("furnace", sa.String(length=80), nullable=False),
        sa.Column("cremated_at", sa.String(length=27), nullable=False),
        sa.Column("recorded_by", sa.String(length=128), nullable=False),
        sa.Column("recorded_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_cremations_case_id")),
        sa.ForeignKeyConstraint(["certificate_id"], ["certificates.id"], name=op.f("fk_cremations_certificate_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_cremations")),
        sa.UniqueConstraint("number", name=op.f("uq_cremations_number")),
    )
    op.create_table(
        "evaluations",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("department", sa.String(length=80), nullable=False),
        sa.Column("handler", sa.String(length=128), nullable=True),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("person_score", sa.Integer(), nullable=True),
        sa.Column("comment", sa.LargeBinary(), nullable=True),
        sa.Column("evaluated_at", sa.String(length=27), nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_evaluations_score")),
        sa.CheckConstraint("person_score BETWEEN 1 AND 5", name=op.f("ck_evaluations_person_score")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_evaluations_case_id")),
        sa.ForeignKeyConstraint(["filing_id"], ["filings.id"], name=op.f("fk_evaluations_filing_id")),
        sa.PrimaryKeyConstraint("case_id", "item", "filing_id", name=op.f("pk_evaluations")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "items",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("department", sa.String(length=80), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("tracked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("handled_by", sa.String(length=16), nullable=True),
        sa.Column("pays", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("selected_at", sa.String(length=27), nullable=False),
        sa.Column("started_at", sa.String(length=27), nullable=True),
        sa.Column("due_on", sa.String(length=10), nullable=True),
        sa.Column("overdue", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.Column("ended_by", sa.String(length=128), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=True),
        sa.Column("recalled_at", sa.String(length=27), nullable=True),
        sa.CheckConstraint(
            "status IN ('dormant', 'processing', 'supplement', 'paying', 'done', 'refused', 'withdrawn', 'offline', 'not_applicable')",
            name=op.f("ck_items_status"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_items_case_id")),
        sa.ForeignKeyConstraint(["filing_id"], ["filings.id"], name=op.f("fk_items_filing_id")),
        sa.PrimaryKeyConstraint("case_id", "code", name=op.f("pk_items")),
    )
    op.create_index("ix_items_department_status", "items", ["department", "status"], unique=False)
    _index_where("ix_items_offline", "items", "department", "status = 'offline'")
    _index_where("ix_items_supplement", "items", "department", "status = 'supplement'")
    op.create_table(
        "localities",
        sa.Column("pack", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(length=6), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("items", sa.Text(), nullable=True),
        sa.Column("officer_name", sa.String(length=64), nullable=True),
        sa.Column("officer_phone", sa.String(length=32), nullable=True),
        sa.Column("opens_on", sa.String(length=10), nullable=True),
        sa.Column("changed_at", sa.String(length=27), nullable=False),
        sa.Column("changed_by", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("pack", "region", name=op.f("pk_localities")),
    )
    op.create_table(
        "materials",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("items", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("medium", sa.String(length=16), nullable=False),
        sa.Column("original", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("copies", sa.Integer(), nullable=True),
        sa.Column("cure_days", sa.Integer(), nullable=True),
        sa.Column("pledge", sa.Text(), nullable=True),
        sa.Column("review", sa.Text(), nullable=True),
        sa.Column("deferred_until", sa.String(length=10), nullable=True),
        sa.Column("verified_at", sa.String(length=27), nullable=True),
        sa.Column("verified_by", sa.String(length=128), nullable=True),
        sa.CheckConstraint(
            "medium IN ('original', 'copy', 'scan', 'elicence', 'any', 'none')", name=op.f("ck_materials_medium")
        ),
        sa.CheckConstraint(
            "source IN ('applicant', 'shared', 'generated', 'prior_item', 'system')", name=op.f("ck_materials_source")
        ),
        sa.CheckConstraint(
            "status IN ('needed', 'provided', 'held', 'verified', 'deferred', 'pledged', 'waived', 'missing', 'refused')",
            name=op.f("ck_materials_status"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_materials_case_id")),
        sa.ForeignKeyConstraint(["filing_id"], ["filings.id"], name=op.f("fk_materials_filing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_materials")),
        sa.UniqueConstraint("filing_id", "code", name=op.f("uq_materials_filing_id_code")),
    )
    op.create_index(op.f("ix_materials_case_id"), "materials", ["case_id"], unique=False)
    _index_where("ix_materials_deferred", "materials", "deferred_until", "status = 'deferred'")
    op.create_table(
        "payments",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("payee_kind", sa.String(length=16), nullable=False),
        sa.Column("payee_digest", sa.String(length=64), nullable=False),
        sa.Column("account_tail", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.String(length=128), nullable=False),
        sa.Column("approved_by", sa.String(length=128), nullable=False),
        sa.Column("ordered_at", sa.String(length=27), nullable=False),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.Column("receipt", sa.String(length=128), nullable=True),
        sa.Column("return_reason", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("payee_kind IN ('deceased', 'family', 'heir')", name=op.f("ck_payments_payee_kind")),
        sa.CheckConstraint("status IN ('ordered', 'paid', 'returned', 'cancelled')", name=op.f("ck_payments_status")),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_payments_amount_cents")),
        sa.CheckConstraint("decided_by <> approved_by", name=op.f("ck_payments_two_people")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_payments_case_id")),
        sa.ForeignKeyConstraint(["filing_id"], ["filings.id"], name=op.f("fk_payments_filing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
    )
    op.create_index("ix_payments_case_id", "payments", ["case_id"], unique=False)
    op.create_index(
        "uq_payments_live",
        "payments",
        ["case_id", "item", "payee_digest"],
        unique=True,
        sqlite_where=sa.text("status IN ('ordered', 'paid')"),
        postgresql_where=sa.text("status IN ('ordered', 'paid')"),
    )
    op.create_table(
        "referrals",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("filing_id", sa.String(length=32), nullable=True),
        sa.Column("item", sa.String(length=80), nullable=True),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("window", sa.String(length=255), nullable=False),
        sa.Column("materials", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.String(length=27), nullable=False),
        sa.Column("issued_by", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_referrals_case_id")),
        sa.ForeignKeyConstraint(["filing_id"], ["filings.id"], name=op.f("fk_referrals_filing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals")),
        sa.UniqueConstraint("number", name=op.f("uq_referrals_number")),
    )
    op.create_index(op.f("ix_referrals_case_id"), "referrals", ["case_id"], unique=False)
    op.create_table(
        "standings",
        sa.Column("filing_id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("standing", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "standing IN ('entitled', 'needs_proof', 'not_entitled')", name=op.f("ck_standings_standing")
        ),
        sa.ForeignKeyConstraint(["filing_id"], ["filings.id"], name=op.f("fk_standings_filing_id")),
        sa.PrimaryKeyConstraint("filing_id", "code", name=op.f("pk_standings")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "files",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("material_id", sa.String(length=32), nullable=True),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("uploaded_by", sa.String(length=128), nullable=False),
        sa.Column("uploaded_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_files_case_id")),
        sa.ForeignKeyConstraint(["material_id"], ["materials.id"], name=op.f("fk_files_material_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
    )
    op.create_index(op.f("ix_files_case_id"), "files", ["case_id"], unique=False)
    for statement in _TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)
