"""Tables of the pages: who is signed in, what they have kept for themselves, and what they said about a case."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, UniqueConstraint
from sqlalchemy import false as sql_false

from engine.tables import DIGEST, ID, MOMENT, metadata, states

ADDRESS = String(64)

user_security = Table(
    "user_security",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("totp", LargeBinary, nullable=True, info={"sealed_for": "{user_id}"}),
    Column("totp_confirmed", Boolean, nullable=False, server_default=sql_false()),
    Column("last_totp_step", Integer, nullable=True),  # a code is good once
    Column("oidc_subject", String(255), nullable=True, unique=True),
    Column("signed_in_at", MOMENT, nullable=True),
)

families = Table(
    "families",
    metadata,
    Column("id", ID, primary_key=True),
    Column("phone_digest", DIGEST, nullable=True, unique=True),
    Column("oidc_subject", String(255), nullable=True, unique=True),
    Column("sealed", LargeBinary, nullable=False, info={"sealed_for": "{id}"}),  # name and telephone
    Column("created_at", MOMENT, nullable=False),
)

# Who of the families has a part in a case: only they see it.
case_parties = Table(
    "case_parties",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("family_id", ForeignKey("families.id"), primary_key=True),
    Column("role", String(16), primary_key=True),
    Column("filing", String(8), nullable=True),
    Column("since", MOMENT, nullable=False),
    states("role", "reporter", "applicant", "agent", "objector"),
    Index("ix_case_parties_family_id", "family_id"),
    sqlite_with_rowid=False,
)

web_sessions = Table(
    "web_sessions",
    metadata,
    Column("id", DIGEST, primary_key=True),  # of the token in the cookie
    Column("kind", String(8), nullable=False),
    Column("owner_id", ID, nullable=False),
    Column("second_factor", Boolean, nullable=False, server_default=sql_false()),
    Column("address", ADDRESS, nullable=False),
    Column("agent", String(255), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("seen_at", MOMENT, nullable=False),
    states("kind", "staff", "family"),
    Index("ix_web_sessions_owner_id", "owner_id"),
    Index("ix_web_sessions_seen_at", "seen_at"),
)

# Failed attempts and sent codes, counted by whom and from where; old rows are tidied away.
attempts = Table(
    "attempts",
    metadata,
    Column("id", ID, primary_key=True),
    Column("purpose", String(16), nullable=False),  # sign_in, code_sent, code_tried, lookup, verify
    Column("subject", DIGEST, nullable=False),
    Column("address", ADDRESS, nullable=False),
    Column("failed", Boolean, nullable=False),
    Column("at", MOMENT, nullable=False),
    Index("ix_attempts_purpose_subject_at", "purpose", "subject", "at"),
    Index("ix_attempts_purpose_address_at", "purpose", "address", "at"),
)

web_codes = Table(
    "web_codes",
    metadata,
    Column("id", ID, primary_key=True),
    Column("purpose", String(16), nullable=False),
    Column("subject", DIGEST, nullable=False),  # the telephone's fingerprint
    Column("case_id", ForeignKey("cases.id"), nullable=True),
    Column("code_digest", DIGEST, nullable=False),
    Column(
        "sealed", LargeBinary, nullable=True, info={"sealed_for": "{id}"}
    ),  # the code, for the demonstration's outbox
    Column("tries_left", Integer, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Column("used_at", MOMENT, nullable=True),
    states("purpose", "sign_in", "certificate", "lookup"),
    Index("ix_web_codes_subject_created_at", "subject", "created_at"),
)

saved_filters = Table(
    "saved_filters",
    metadata,
    Column("id", ID, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("name", String(64), nullable=False),
    Column("query", String(1000), nullable=False),
    UniqueConstraint("user_id", "name"),
)

comments = Table(
    "comments",
    metadata,
    Column("id", ID, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("sealed", LargeBinary, nullable=False, info={"sealed_for": "{id}"}),
    Column("at", MOMENT, nullable=False),
)

tickets = Table(
    "tickets",
    metadata,
    Column("id", ID, primary_key=True),
    Column("number", String(32), nullable=False, unique=True),
    Column("case_id", ForeignKey("cases.id"), nullable=True),
    Column("kind", String(16), nullable=False),
    Column("department", String(80), nullable=False),
    Column("region", String(12), nullable=False),
    Column("sealed", LargeBinary, nullable=False, info={"sealed_for": "{id}"}),  # caller and words
    Column("status", String(16), nullable=False),
    Column("opened_by", String(128), nullable=False),
    Column("opened_at", MOMENT, nullable=False),
    Column("answer", LargeBinary, nullable=True, info={"sealed_for": "{id}.answer"}),
    Column("answered_by", String(128), nullable=True),
    Column("answered_at", MOMENT, nullable=True),
    states("kind", "question", "complaint", "help", "suggestion"),
    states("status", "open", "answered"),
    Index("ix_tickets_department_status", "department", "status"),
)

unmaskings = Table(
    "unmaskings",
    metadata,
    Column("id", ID, primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("field", String(120), nullable=False),
    Column("at", MOMENT, nullable=False),
)

# The last run of each kind of ``web.sweeps``.
sweeps = Table(
    "sweeps",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("began_at", MOMENT, nullable=False),
    Column("ended_at", MOMENT, nullable=True),
    Column("removed", Integer, nullable=False, server_default="0"),
    Column("fault", String(64), nullable=False, server_default=""),
    sqlite_with_rowid=False,
)

papers = Table(
    "papers",
    metadata,
    Column("token", ID, primary_key=True),  # in the QR code: says nothing but which paper it is
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("certificate_id", ForeignKey("certificates.id"), nullable=False, unique=True),
    Column("sha256", DIGEST, nullable=False),
    Column("made_at", MOMENT, nullable=False),
)

demonstrations = Table(
    "demonstrations",
    metadata,
    Column("serial", Integer, primary_key=True, autoincrement=False),
    Column("pack", String(40), nullable=False),
    Column("story", String(80), nullable=False),
    Column("begun_at", MOMENT, nullable=False),  # as the case's own opened_at
    Column("case_id", ForeignKey("cases.id"), nullable=True, unique=True),
    Column("finished_at", MOMENT, nullable=True),
    Index("ix_demonstrations_pack", "pack"),
)
