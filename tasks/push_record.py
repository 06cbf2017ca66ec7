"""What a case can tell others: its record by the groups of ``tasks.push_fields``, read from its facts and rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.clock import from_text, local_date
from engine.registry import CaseAccess
from tasks import guards
from tasks import tables as d
from tasks.command import case_code, connection_of, values_at
from tasks.items import reason_of

FROZEN = "只可接运安放，不得火化"
UNCERTIFIED = "尚无有效的死亡证明，只可接运安放，不得火化"
CERTIFIED = "核验死亡证明后，可按规定火化"


@dataclass(frozen=True, slots=True)
class Record:
    """One case, and the item that a push is about; groups are read when a field of theirs is wanted."""

    case: CaseAccess
    case_id: str
    item: str | None = None

    def gather(self, fields: tuple[str, ...]) -> dict[str, Any]:
        """The values of ``fields`` (dotted paths), nested; what the case does not know is left out."""
        groups: dict[str, Any] = {}
        found: dict[str, Any] = {}
        for path in fields:
            group, _, name = path.partition(".")
            if group not in groups:
                groups[group] = _READERS[group](self)
            value = groups[group].get(name) if name else groups[group]
            if value in (None, "", [], {}):
                continue
            if name:
                found.setdefault(group, {})[name] = value
            else:
                found[group] = value
        return found

    @property
    def connection(self) -> sa.Connection:
        return connection_of(self.case)

    def at(self, path: str) -> Mapping[str, Any]:
        return values_at(self.case, path)

    def row(self, query: Any) -> Any:
        return self.connection.execute(query).first()

    def item_row(self) -> Any:
        return self.row(sa.select(d.items).where(d.items.c.case_id == self.case_id, d.items.c.code == self.item))

    def filing_row(self) -> Any:
        """The application that the item belongs to."""
        item = self.item_row() if self.item else None
        if item is None or item.filing_id is None:
            return None
        return self.row(sa.select(d.filings).where(d.filings.c.id == item.filing_id))

    def filing(self, group: str) -> Mapping[str, Any]:
        """What the application says of ``group``."""
        row = self.filing_row()
        return self.at(f"filings.{row.name}.{group}") if row is not None else {}


def _case_code(record: Record) -> Any:
    return case_code(record.connection, record.case_id)


def _death(record: Record) -> dict[str, Any]:
    facts, certification = record.case.facts, record.at("certification")
    manner = certification.get("manner") or facts.get("reported_manner")
    cause = (certification.get("causes") or {}).get("direct")
    told = {"place": facts.get("place"), "manner": manner, "cause_class": certification.get("cause_class")}
    return {**told, "cause": cause}


def _deceased(record: Record) -> Mapping[str, Any]:
    """The record of the deceased; the moment of death is the physician's, where one has certified it."""
    certified = record.at("certification").get("died_at")
    return {**record.at("deceased"), **({"died_at": certified} if certified else {})}


def _certificate(record: Record) -> dict[str, Any]:
    row = guards.find_death_certificate(record.connection, record.case_id)
    if row is None:
        return {}
    return {"kind": row.kind, "number": row.number, "issuer": row.issuer, "issued_on": _day(row.issued_at)}


def _hold(record: Record) -> dict[str, Any]:
    """Rule: C-29, P-4: what the funeral home may do with the body now (the wording is ours)."""
    if guards.is_held(record.connection, record.case_id):
        return {"frozen": True, "since": record.at("hold").get("since"), "instruction": FROZEN}
    certified = guards.find_death_certificate(record.connection, record.case_id) is not None
    return {"frozen": False, "instruction": CERTIFIED if certified else UNCERTIFIED}


def _filing(record: Record) -> dict[str, Any]:
    row = record.filing_row()
    return {"channel": row.channel, "accepted_on": _day(row.accepted_at)} if row is not None else {}


def _materials(record: Record) -> list[str]:
    row = record.filing_row()
    if row is None:
        return []
    query = sa.select(d.materials.c.name, d.materials.c["items"]).where(d.materials.c.filing_id == row.id)
    rows = record.connection.execute(query.order_by(d.materials.c.code)).all()
    return [material.name for material in rows if record.item in json.loads(material.items)]


def _item(record: Record) -> dict[str, Any]:
    declared = record.case.release.manifest.items.get(record.item or "")
    row = record.item_row()
    department = row.department if row is not None else declared.department if declared else None
    return {"code": record.item, "name": declared.name if declared else None, "department": department}


def _result(record: Record) -> dict[str, Any]:
    row = record.item_row()
    if row is None:
        return {}
    return {"status": row.status, "ended_on": _day(row.ended_at), "reason": reason_of(record.case.sealer, row) or None}


def _cremation(record: Record) -> dict[str, Any]:
    row = record.row(sa.select(d.cremations).where(d.cremations.c.case_id == record.case_id))
    if row is None:
        return {}
    place = record.at("cremation").get("issuer")
    return {"number": row.number, "cremated_on": _day(row.cremated_at), "cremated_at": row.cremated_at, "place": place}


def _revocation(record: Record) -> dict[str, Any]:
    row = record.row(sa.select(d.revocations).where(d.revocations.c.case_id == record.case_id))
    return {"document": row.document, "revoked_on": _day(row.revoked_at)} if row is not None else {}


def _day(moment: str | None) -> str | None:
    return local_date(from_text(moment)).isoformat() if moment else None


def _part_of_filing(group: str) -> Callable[[Record], Mapping[str, Any]]:
    return lambda record: record.filing(group)


_READERS: Mapping[str, Callable[[Record], Any]] = {
    "case_code": _case_code,
    "deceased": _deceased,
    "reporter": lambda record: record.at("reporter"),
    "death": _death,
    "certificate": _certificate,
    "hold": _hold,
    "filing": _filing,
    "materials": _materials,
    "item": _item,
    "result": _result,
    "cremation": _cremation,
    "revocation": _revocation,
    "recalled": lambda _: {},
    **{
        group: _part_of_filing(group)
        for group in (
            *("applicant", "social", "payout", "medical", "housing", "deposit", "notary", "household"),
            *("social_card", "bank_card", "unit", "insured"),
        )
    },
}
