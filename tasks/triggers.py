"""The refusals that hold whatever a diagram, a worker or a hand at the database says: triggers, on both databases.

Each raises its stable code, the same that ``tasks.guards`` refuses with in words; it comes as an ``IntegrityError``.
On PostgreSQL what must not be interleaved first locks the case row, so that a second transaction looks only after the
first has ended; on SQLite writers never run at once. The migration spells the statements out, as they were then.

Rule: H-17, H-20 (hunan-2025, 二(四)4(3)); INV-1, INV-3, INV-5, INV-8; security.md rows 12 and 13.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trigger:
    """Before ``event`` on ``table``: lock the case if asked, then refuse with the first code whose condition holds."""

    name: str
    table: str
    event: str
    refusals: tuple[tuple[str, str], ...] = ()
    locks_case: bool = False

    def sqlite(self) -> list[str]:
        if not self.refusals:
            return []  # there is nothing to lock either: a write transaction is alone
        checks = " ".join(f"SELECT RAISE(ABORT, '{code}') WHERE {condition};" for code, condition in self.refusals)
        return [f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} BEGIN {checks} END"]

    def postgresql(self) -> list[str]:
        lock = "PERFORM 1 FROM cases WHERE id = NEW.case_id FOR UPDATE; " if self.locks_case else ""
        checks = "".join(
            f"IF {condition} THEN RAISE EXCEPTION '{code}' USING ERRCODE = 'check_violation'; END IF; "
            for code, condition in self.refusals
        )
        body = f"BEGIN {lock}{checks}RETURN {'OLD' if self.event == 'DELETE' else 'NEW'}; END"
        name, at = self.name, f"BEFORE {self.event} ON {self.table}"
        return [
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
            f"CREATE TRIGGER {name} {at} FOR EACH ROW EXECUTE FUNCTION {name}()",
        ]


def _changed(*columns: str) -> str:
    return " OR ".join(f"NEW.{column} <> OLD.{column}" for column in columns)


ALWAYS = "1 = 1"
HELD = "EXISTS (SELECT 1 FROM holds WHERE case_id = NEW.case_id AND released_at IS NULL)"
REVOKED = "EXISTS (SELECT 1 FROM revocations WHERE case_id = NEW.case_id)"
CREMATED = "EXISTS (SELECT 1 FROM cremations WHERE case_id = NEW.case_id)"
UNCERTIFIED = (
    "NOT EXISTS (SELECT 1 FROM certificates WHERE case_id = NEW.case_id AND status = 'valid' AND kind <> 'cremation')"
)
UNFOUNDED_CREMATION = (
    "NOT EXISTS (SELECT 1 FROM certificates WHERE id = NEW.certificate_id"
    " AND case_id = NEW.case_id AND status = 'valid' AND kind <> 'cremation')"
)
OBJECTED = "EXISTS (SELECT 1 FROM objections WHERE case_id = NEW.case_id AND status IN ('open', 'upheld'))"
UNCOMMITTED = "NOT EXISTS (SELECT 1 FROM commitments WHERE case_id = NEW.case_id AND filing_id = NEW.filing_id)"
UNPREPARED = (
    "EXISTS (SELECT 1 FROM item_requirements AS r WHERE r.case_id = NEW.case_id AND r.code = NEW.item AND NOT EXISTS"
    " (SELECT 1 FROM items AS i WHERE i.case_id = r.case_id AND i.code = r.requires AND i.status = 'done'))"
)
UNPAYABLE = (
    "NOT EXISTS (SELECT 1 FROM items WHERE case_id = NEW.case_id AND code = NEW.item"
    " AND filing_id = NEW.filing_id AND pays AND status = 'paying')"
)
DISPOSED = "NEW.disposed_at IS NOT NULL AND NEW.disposition <> 'none'"
MOVED = f"{DISPOSED} AND (NEW.disposed_at IS DISTINCT FROM OLD.disposed_at OR NEW.disposition <> OLD.disposition)"
ENDED = "OLD.status IN ('done', 'refused', 'withdrawn', 'offline', 'not_applicable')"
PAYMENT_CHANGED = _changed("case_id", "item", "filing_id", "payee_kind", "amount_cents", "decided_by", "approved_by")
PAYMENT_REVIVED = "NEW.status <> OLD.status AND (OLD.status IN ('returned', 'cancelled') OR NEW.status = 'ordered')"
_RELEASE_CHANGED = _changed("released_at", "released_by", "release_document", "criminal")
HOLD_CHANGED = (
    f"(OLD.criminal AND NOT NEW.criminal) OR {_changed('case_id', 'name', 'source', 'set_at', 'set_by')}"
    f" OR (OLD.released_at IS NOT NULL AND (NEW.released_at IS NULL OR {_RELEASE_CHANGED}))"
)
"""What is sealed may be written anew: keys rotate, and nobody without them can make it say something else."""
UNFOUNDED_RELEASE = (
    "NEW.released_at IS NOT NULL AND (COALESCE(NEW.released_by, '') = ''"
    " OR NEW.release_reason IS NULL OR LENGTH(NEW.release_reason) = 0 OR COALESCE(NEW.release_document, '') = '')"
)
CERTIFICATE_REVIVED = "OLD.status IN ('superseded', 'revoked') AND NEW.status <> OLD.status"


def _disposal_refused(when: str) -> tuple[tuple[str, str], ...]:
    return (
        ("death_revoked", f"{when} AND {REVOKED}"),
        ("remains_held", f"{when} AND {HELD}"),
        ("certificate_missing", f"{when} AND {UNCERTIFIED}"),
    )


_CREMATION_REFUSED = (
    ("death_revoked", REVOKED),
    ("cremated_already", CREMATED),
    ("remains_held", HELD),
    ("certificate_missing", UNFOUNDED_CREMATION),
)
_PAYMENT_REFUSED = (
    ("death_revoked", REVOKED),
    ("payments_held", HELD),
    ("payments_objected", OBJECTED),
    ("certificate_missing", UNCERTIFIED),
    ("commitment_missing", UNCOMMITTED),
    ("prerequisite_missing", UNPREPARED),
    ("item_not_payable", UNPAYABLE),
)
_ITEM_CHANGED = f"{ENDED} AND ({_changed('case_id', 'code', 'status')})"
_CERTIFICATE_CHANGED = _changed("case_id", "kind", "number")

TRIGGERS = (
    Trigger("cremations_guarded", "cremations", "INSERT", _CREMATION_REFUSED, locks_case=True),
    Trigger("cremations_unchanged", "cremations", "UPDATE", (("cremation_kept", ALWAYS),)),
    Trigger("cremations_undeleted", "cremations", "DELETE", (("cremation_kept", ALWAYS),)),
    Trigger("remains_guarded_new", "remains", "INSERT", _disposal_refused(DISPOSED), locks_case=True),
    Trigger("remains_guarded", "remains", "UPDATE", _disposal_refused(MOVED), locks_case=True),
    Trigger("payments_guarded", "payments", "INSERT", _PAYMENT_REFUSED, locks_case=True),
    Trigger(
        "payments_kept",
        "payments",
        "UPDATE",
        (("payment_kept", PAYMENT_CHANGED), ("payment_settled", PAYMENT_REVIVED)),
    ),
    Trigger("payments_undeleted", "payments", "DELETE", (("payment_kept", ALWAYS),)),
    Trigger("items_settled", "items", "UPDATE", (("item_settled", _ITEM_CHANGED),)),
    Trigger("items_undeleted", "items", "DELETE", (("item_settled", ENDED),)),
    Trigger("holds_serialised", "holds", "INSERT", locks_case=True),
    Trigger("holds_kept", "holds", "UPDATE", (("hold_kept", HOLD_CHANGED), ("release_unfounded", UNFOUNDED_RELEASE))),
    Trigger("holds_undeleted", "holds", "DELETE", (("hold_kept", ALWAYS),)),
    Trigger("objections_serialised", "objections", "INSERT", locks_case=True),
    Trigger("revocations_serialised", "revocations", "INSERT", locks_case=True),
    Trigger(
        "certificates_kept",
        "certificates",
        "UPDATE",
        (("certificate_kept", _CERTIFICATE_CHANGED), ("certificate_ended", CERTIFICATE_REVIVED)),
        locks_case=True,
    ),
)

_RELEASE = "UPDATE deceased SET released = TRUE WHERE case_id = NEW.id AND NEW.status = 'cancelled';"
_CASE_STATUS = "deceased_released AFTER UPDATE OF status ON cases"
_RELEASES = f"deceased_released() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_RELEASE} RETURN NULL; END $$"

DOMAIN_TRIGGERS: dict[str, list[str]] = {
    "sqlite": [
        *(statement for trigger in TRIGGERS for statement in trigger.sqlite()),
        f"CREATE TRIGGER {_CASE_STATUS} BEGIN {_RELEASE} END",
    ],
    "postgresql": [
        *(statement for trigger in TRIGGERS for statement in trigger.postgresql()),
        f"CREATE FUNCTION {_RELEASES}",
        f"CREATE TRIGGER {_CASE_STATUS} FOR EACH ROW EXECUTE FUNCTION deceased_released()",
    ],
}
"""DDL that ``metadata.create_all`` does not know, by dialect, besides ``engine.tables.AUDIT_TRIGGERS``."""
