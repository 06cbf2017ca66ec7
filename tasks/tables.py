"""The domain's tables: what the law looks at is in typed columns that no form and no diagram can name.

Personal data stays in the sealed part of the case facts; here are digests for uniqueness, tails for people to
recognise a number by, and sealed bytes where a row must stand alone (a payment, a dispatch). Refusals that must hold
whatever a diagram says are triggers (``tasks.triggers``); the workers refuse first, with words.

One list, and so past the house's limit of lines: the tables refer to each other, and whoever looks for one looks here.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from engine.tables import DIGEST, ID, MOMENT, index_where, metadata, states

CODE = String(80)
PERSON = String(128)
DAY = String(10)  # 2026-11-22: days are text, as moments are, and sort
REASON = Text

deceased = Table(
    "deceased",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("identity_digest", DIGEST, nullable=True),  # None: no document, so a window looks for doubles
    Column("released", Boolean, nullable=False, server_default=false()),  # the case was cancelled: set by a trigger
    Column("died_on", DAY, nullable=True),
    Column("reported_at", MOMENT, nullable=False),
    Column("revoked_at", MOMENT, nullable=True),
    Index(
        "uq_deceased_identity",  # one case a person, also when it is completed
        "identity_digest",
        unique=True,
        sqlite_where=text("revoked_at IS NULL AND NOT released"),
        postgresql_where=text("revoked_at IS NULL AND NOT released"),
    ),
)

filings = Table(
    "filings",
    metadata,
    Column("id", ID, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("name", String(8), nullable=False),  # f1, f2 …: its place in the case facts, ``filings.f1``
    Column("channel", String(16), nullable=False),
    Column("applicant_kind", String(16), nullable=True),
    Column("identity_digest", DIGEST, nullable=True),
    Column("status", String(16), nullable=False),
    Column("filed_at", MOMENT, nullable=True),
    Column("accepted_at", MOMENT, nullable=True),
    Column("ended_at", MOMENT, nullable=True),
    UniqueConstraint("case_id", "name"),
    states("status", "draft", "filed", "supplement", "accepted", "refused", "withdrawn", "lapsed", "not_needed"),
    index_where("ix_filings_supplement", "filed_at", where="status = 'supplement'"),
    CheckConstraint(
        "applicant_kind IN ('first_order', 'second_order', 'testamentary', 'legatee')", name="applicant_kind"
    ),
)

items = Table(
    "items",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("code", CODE, primary_key=True),
    Column("department", CODE, nullable=False),
    Column("filing_id", ForeignKey("filings.id"), nullable=True),
    Column("status", String(16), nullable=False),
    Column("tracked", Boolean, nullable=False, server_default=false()),
    Column("handled_by", String(16), nullable=True),  # clerk or system
    Column("pays", Boolean, nullable=False, server_default=false()),
    Column("selected_at", MOMENT, nullable=False),
    Column("started_at", MOMENT, nullable=True),
    Column("due_on", DAY, nullable=True),
    Column("overdue", Boolean, nullable=False, server_default=false()),
    Column("ended_at", MOMENT, nullable=True),
    Column("ended_by", PERSON, nullable=True),
    Column("reason", LargeBinary, nullable=True, info={"sealed_for": "{case_id}.{code}.reason"}),
    Column("amount_cents", BigInteger, nullable=True),
    Column("recalled_at", MOMENT, nullable=True),  # the death was revoked after the item had ended
    states(
        "status",
        "dormant",
        "processing",
        "supplement",
        "paying",
        "done",
        "refused",
        "withdrawn",
        "offline",
        "not_applicable",
    ),
    Index("ix_items_department_status", "department", "status"),
    index_where("ix_items_supplement", "department", where="status = 'supplement'"),
    index_where("ix_items_offline", "department", where="status = 'offline'"),
)

item_requirements = Table(
    "item_requirements",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("code", CODE, primary_key=True),
    Column("requires", CODE, primary_key=True),
    sqlite_with_rowid=False,
)

standings = Table(
    "standings",
    metadata,
    Column("filing_id", ForeignKey("filings.id"), primary_key=True),
    Column("code", CODE, primary_key=True),
    Column("standing", String(16), nullable=False),
    Column("reason", REASON, nullable=True),
    states("standing", "entitled", "needs_proof", "not_entitled"),
    sqlite_with_rowid=False,
)

materials = Table(
    "materials",
    metadata,
    Column("id", ID, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("filing_id", ForeignKey("filings.id"), nullable=False),
    Column("code", CODE, nullable=False),
    Column("name", String(255), nullable=False),
    Column("items", Text, nullable=False),  # JSON list of the codes that it serves
    Column("source", String(16), nullable=False),
    Column("medium", String(16), nullable=False),
    Column("original", Boolean, nullable=False),
    Column("status", String(16), nullable=False),
    Column("note", Text, nullable=True),
    Column("copies", Integer, nullable=True),
    Column("cure_days", Integer, nullable=True),  # working days after acceptance to bring it; None: not without it
    Column("pledge", Text, nullable=True),  # what the family may declare instead of handing it in
    Column("review", Text, nullable=True),  # what the window looks at
    Column("deferred_until", DAY, nullable=True),
    Column("verified_at", MOMENT, nullable=True),
    Column("verified_by", PERSON, nullable=True),
    UniqueConstraint("filing_id", "code"),
    states("source", "applicant", "shared", "generated", "prior_item", "system"),
    states("medium", "original", "copy", "scan", "elicence", "any", "none"),
    states("status", "needed", "provided", "held", "verified", "deferred", "pledged", "waived", "missing", "refused"),
    index_where("ix_materials_deferred", "deferred_until", where="status = 'deferred'"),
)

files = Table(
    "files",
    metadata,
    Column("id", ID, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("material_id", ForeignKey("materials.id"), nullable=True),
    Column("name", String(255), nullable=False),
    Column("media_type", String(80), nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("sha256", DIGEST, nullable=False),
    Column("uploaded_by", PERSON, nullable=False),
    Column("uploaded_at", MOMENT, nullable=False),
)

certificates = Table(
    "certificates",
    metadata,
    Column("id", ID, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("number", String(64), nullable=False),
    Column("issuer", String(255), nullable=False),
    Column("issued_by", PERSON, nullable=False),
    Column("issued_at", MOMENT, nullable=False),
    Column("status", String(16), nullable=False),
    Column("ended_at", MOMENT, nullable=True),
    UniqueConstraint("kind", "number"),
    states("kind", "medical", "abnormal", "ruling", "cremation"),
    states("status", "recorded", "valid", "superseded", "revoked"),  # recorded: written, not yet in force (H-12, H-20)
    Index("ix_certificates_case_id", "case_id"),
    Index(
        "uq_certificates_valid_death",
        "case_id",
        unique=True,
        sqlite_where=text("status = 'valid' AND kind <> 'cremation'"),
        postgresql_where=text("status = 'valid' AND kind <> 'cremation'"),
    ),
)

holds = Table(
    "holds",
    metadata,
    Column("id", ID, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("name", String(8), nullable=False),  # r1, r2 …: its review's place in the case facts, ``reviews.r1``
    Column("source", String(32), nullable=False),
    Column("reason", LargeBinary, nullable=False, info={"sealed_for": "{id}.reason"}),
    Column("criminal", Boolean, nullable=False, server_default=false()),
    Column("set_at", MOMENT, nullable=False),
    Column("set_by", PERSON, nullable=False),
    Column("released_at", MOMENT, nullable=True),
    Column("released_by", PERSON, nullable=True),
    Column("release_reason", LargeBinary, nullable=True, info={"sealed_for": "{id}.release_reason"}),
    Column("release_document", String(255), nullable=True),
    CheckConstraint(
        "released_at IS NULL OR (released_by IS NOT NULL AND release_reason IS NOT NULL AND release_document <> '')",
        name="release",
    ),
    UniqueConstraint("case_id", "name"),
    index_where("ix_holds_active", "case_id", where="released_at IS NULL"),
)

remains = Table(
    "remains",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("disposition", String(16), nullable=False),
    Column("taken_over_at", MOMENT, nullable=True),
    Column("taken_over_by", PERSON, nullable=True),
    Column("voucher", String(16), nullable=True),  # what the home took the body over against
    Column("storage_place", String(255), nullable=True),
    Column("disposed_at", MOMENT, nullable=True),
    # of a burial, a donation, or that there are no remains (C-25)
    Column("evidence", LargeBinary, nullable=True, info={"sealed_for": "{case_id}.evidence"}),
    states("disposition", "unknown", "cremation", "burial", "donation", "none"),
    CheckConstraint("voucher IN ('paper', 'elicence', 'code', 'police_notice')", name="voucher"),
)

cremations = Table(
    "cremations",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),  # one a case
    Column("certificate_id", ForeignKey("certificates.id"), nullable=False),
    Column("number", String(64), nullable=False, unique=True),
    Column("furnace", String(80), nullable=False),
    Column("cremated_at", MOMENT, nullable=False),
    Column("recorded_by", PERSON, nullable=False),
    Column("recorded_at", MOMENT, nullable=False),
)

commitments = Table(
    "commitments",
    metadata,
    Column("id", ID, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("filing_id", ForeignKey("filings.id"), nullable=False, unique=True),
    Column("version", String(64), nullable=False),
    Column("text_sha256", DIGEST, nullable=False),
    Column("signer_digest", DIGEST, nullable=True),
    Column("signed_by", PERSON, nullable=False),
    Column("signed_at", MOMENT, nullable=False),
)

localities = Table(
    "localities",
    metadata,
    Column("pack", CODE, primary_key=True),
    Column("region", String(6), primary_key=True),
    Column("is_open", Boolean, nullable=False),
    Column("online", Boolean, nullable=False),
    Column("items", Text, nullable=True),  # JSON list of the codes that the place has claimed; None: all
    Column("officer_name", String(64), nullable=True),
    Column("officer_phone", String(32), nullable=True),
    Column("opens_on", DAY, nullable=True),
    Column("changed_at", MOMENT, nullable=False),
    Column("changed_by", PERSON, nullable=False),
)

payments = Table(
    "payments",
    metadata,
    Column("id", ID, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("item", CODE, nullable=False),
    Column("filing_id", ForeignKey("filings.id"), nullable=False),
    Column("payee_kind", String(16), nullable=False),
    Column("payee_digest", DIGEST, nullable=False),
    Column("account_tail", String(32), nullable=False),
    Column("sealed", LargeBinary, nullable=False, info={"sealed_for": "{id}"}),  # payee and account
    Column("amount_cents", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),
    Column("decided_by", PERSON, nullable=False),
    Column("approved_by", PERSON, nullable=False),
    Column("ordered_at", MOMENT, nullable=False),
    Column("ended_at", MOMENT, nullable=True),
    Column("receipt", String(128), nullable=True),
    Column("return_reason", LargeBinary, nullable=True, info={"sealed_for": "{id}.return_reason"}),
    states("payee_kind", "deceased", "family", "heir"),
    states("status", "ordered", "paid", "returned", "cancelled"),
    CheckConstraint("amount_cents > 0", name="amount_cents"),
    CheckConstraint("decided_by <> approved_by", name="two_people"),
    Index("ix_payments_case_id", "case_id"),
    Index(
        "uq_payments_live",
        "case_id",
        "item",
        "payee_digest",
        unique=True,
        sqlite_where=text("status IN ('ordered', 'paid')"),
        postgresql_where=text("status IN ('ordered', 'paid')"),
    ),
)

objections = Table(
    "objections",
    metadata,
    Column("id", ID, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("objector", LargeBinary, nullable=False, info={"sealed_for": "{id}.objector"}),
    Column("reason", LargeBinary, nullable=False, info={"sealed_for": "{id}.reason"}),
    Column("status", String(16), nullable=False),
    Column("filed_at", MOMENT, nullable=False),
    Column("filed_by", PERSON, nullable=False),
    Column("ended_at", MOMENT, nullable=True),
    Column("ended_by", PERSON, nullable=True),
    Column("document", String(255), nullable=True),
    states("status", "open", "rejected", "upheld", "retracted"),
)

pauses = Table(
    "pauses",
    metadata,
    Column("id", ID, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("item", CODE, nullable=True),  # None: every item of the case
    Column("reason", String(16), nullable=False),
    Column("begun_at", MOMENT, nullable=False),
    Column("ended_at", MOMENT, nullable=True),
    states("reason", "frozen", "supplement", "post"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", ID, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("receiver", CODE, nullable=False),  # a push's endpoint, or whom a notice is for: reporter, applicant
    Column("subject", CODE, nullable=False),  # a push's kind, or a notice's template
    Column("item", CODE, nullable=True),
    Column("sealed", LargeBinary, nullable=False, info={"sealed_for": "{id}"}),
    Column("status", String(16), nullable=False),
    Column("recalls", ForeignKey("outbox.id"), nullable=True),
    Column("queued_at", MOMENT, nullable=False),
    Column("delivered_at", MOMENT, nullable=True),
    Column("channel", String(32), nullable=True),
    Column("receipt", String(128), nullable=True),
    states("kind", "push", "notice"),
    states("status", "queued", "delivered", "recalled"),
    Index("ix_outbox_case_id", "case_id"),
    Index("ix_outbox_status_queued_at", "status", "queued_at"),
)

referrals = Table(
    "referrals",
    metadata,
    Column("id", ID, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("filing_id", ForeignKey("filings.id"), nullable=True),
    Column("item", CODE, nullable=True),  # None: the application as a whole
    Column("number", String(32), nullable=False, unique=True),
    Column("reason", LargeBinary, nullable=False, info={"sealed_for": "{id}.reason"}),
    Column("window", String(255), nullable=False),
    Column("materials", Text, nullable=False),
    Column("issued_at", MOMENT, nullable=False),
    Column("issued_by", PERSON, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", ID, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("filing_id", ForeignKey("filings.id"), nullable=False, index=True),
    Column("mode", String(16), nullable=False),
    Column("items", Text, nullable=False),  # JSON list
    Column("tracking_number", String(64), nullable=True),
    Column("delivered_at", MOMENT, nullable=False),
    Column("delivered_by", PERSON, nullable=False),
    states("mode", "online", "post", "window"),
)

evaluations = Table(
    "evaluations",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("item", CODE, primary_key=True),
    Column("filing_id", ForeignKey("filings.id"), primary_key=True),
    Column("department", CODE, nullable=False),
    Column("handler", PERSON, nullable=True),
    Column("score", Integer, nullable=False),
    Column("person_score", Integer, nullable=True),  # of the handler, where the pack asks for it
    Column("comment", LargeBinary, nullable=True, info={"sealed_for": "{case_id}.{item}.{filing_id}.comment"}),
    Column("evaluated_at", MOMENT, nullable=False),
    CheckConstraint("score BETWEEN 1 AND 5", name="score"),
    CheckConstraint("person_score BETWEEN 1 AND 5", name="person_score"),
    sqlite_with_rowid=False,
)

terminations = Table(
    "terminations",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("item", CODE, primary_key=True),  # once a case
    Column("department", CODE, nullable=False),
    Column("applied_at", MOMENT, nullable=False),
    Column("reversed_at", MOMENT, nullable=True),
    sqlite_with_rowid=False,
)

revocations = Table(
    "revocations",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("reason", LargeBinary, nullable=False, info={"sealed_for": "{case_id}.reason"}),
    Column("document", String(255), nullable=False),
    Column("revoked_at", MOMENT, nullable=False),
    Column("revoked_by", PERSON, nullable=False),
)

supervision = Table(
    "supervision",
    metadata,
    Column("id", ID, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("item", CODE, nullable=True),
    Column("kind", String(32), nullable=False),
    Column("noted_at", MOMENT, nullable=False),
    Column("cleared_at", MOMENT, nullable=True),
    states(
        "kind",
        "certificate_late",
        "frozen_long",
        "due_soon",
        "overdue",
        "department_silent",
        "payment_unclear",
        "paid_before_revocation",
        "deferred_uncured",
        "low_rating",
        "untrue",
    ),
)

register_records = Table(
    "register_records",
    metadata,
    Column("register", String(32), primary_key=True),  # population, pension, medical, housing, vehicles …
    Column("identity_digest", DIGEST, primary_key=True),
    Column("sealed", LargeBinary, nullable=False, info={"sealed_for": "{identity_digest}"}),
)
