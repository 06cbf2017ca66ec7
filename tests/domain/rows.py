"""Cases and rows for tests of the domain, as workers would leave them: with their mirrors in the facts."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import orjson
import sqlalchemy as sa

from engine import tables as t
from engine.clock import FixedClock, to_text
from engine.facts import merged, nested
from engine.sealing import Sealer
from tasks import tables as d
from tasks.identity import digest
from tasks.reports import MIRRORS
from tasks.sealed_texts import seal_text
from tests.domain.stand_in import Case, Release
from tests.integration.conftest import KEYS

NOW = "2026-11-23T09:00:00+08:00"  # a Monday
REGION = "430102"
DECEASED_ID = "430102194803121313"
FACTS: Mapping[str, Any] = {
    "place": "institution",
    "reported_manner": "natural",
    "reporter": {"relation": "子女", "kind": "relative"},
    "deceased": {
        "id_kind": "resident_id",
        "sex": "male",
        "ethnicity": "汉族",
        "died_on": "2026-11-22",
        "died_region": REGION,
        "registered_region": REGION,
    },
}
SEALED: Mapping[str, Any] = {
    "reporter": {"name": "谭䶮", "phone": "13800000001"},
    "deceased": {
        "name": "谭㳘生",
        "id_number": DECEASED_ID,
        "born_on": "1948-03-12",
        "died_at": "2026-11-22T21:40:00+08:00",
        "registered_address": "长沙市芙蓉区定王台街道",
    },
}


def open_case(
    connection: sa.Connection,
    clock: FixedClock,
    release: Release,
    facts: Mapping[str, Any] | None = None,
    sealed: Mapping[str, Any] | None = None,
) -> Case:
    """A new case row with the facts of a report; ``facts`` and ``sealed`` are laid over them."""
    case_id, now = uuid4().hex, to_text(clock.now())
    if connection.execute(sa.select(t.releases.c.id)).first() is None:
        released = {"id": "0" * 64, "pack": "pack", "number": 1, "version": "1", "manifest": "{}"}
        connection.execute(t.releases.insert().values(**released, published_at=now, published_by="test"))
    row: dict[str, Any] = {
        "id": case_id,
        "code": f"SH-{case_id[:12]}",
        "pack": "pack",
        "release_id": "0" * 64,
        "region": REGION,
    }
    row |= {"status": "open", "revision": 1, "audit_seq": 0, "audit_head": "0" * 64, "opened_at": now}
    shown = merged(copy.deepcopy(dict(FACTS)), facts or {})
    hidden = merged(copy.deepcopy(dict(SEALED)), sealed or {})
    row |= {"facts": orjson.dumps(shown).decode(), "sealed": Sealer(KEYS).seal(hidden, case_id)}
    connection.execute(t.cases.insert().values(row))
    return Case(connection, case_id, clock, release)


def register(case: Case) -> Case:
    """What ``report.register`` leaves behind, laid out by hand: tests of other workers do not stand on it."""
    number = case.sealed["deceased"].get("id_number") or ""
    identity = digest(case.sealer, case.facts["deceased"]["id_kind"], number)
    case.insert(d.deceased, identity_digest=identity, died_on="2026-11-22", reported_at=case.now_text)
    case.insert(d.remains, disposition="unknown")
    case.write_facts(copy.deepcopy(dict(MIRRORS)))
    return case


def add_certificate(case: Case, kind: str = "medical", status: str = "valid", number: str = "") -> str:
    """A certificate row and its mirror, as ``certificate.issue`` would leave them; its id."""
    certificate_id = uuid4().hex
    values = {
        "kind": kind,
        "number": number or f"NO-{certificate_id[:10]}",
        "issuer": "长沙市定王台街道社区卫生服务中心",
    }
    values |= {"issued_by": "yishi", "issued_at": case.now_text, "status": status}
    case.insert(d.certificates, id=certificate_id, **values)
    if status == "valid" and kind != "cremation":
        case.write_facts({"valid": True, "kind": kind, "issued_on": "2026-11-23"}, "certificate")
    return certificate_id


def add_hold(case: Case, source: str = "hospital.physician", criminal: bool = False) -> str:
    """An active hold and its mirror; its id."""
    hold_id, name = uuid4().hex, f"r{len(case.rows(d.holds)) + 1}"
    reason = seal_text(case.sealer, d.holds.c.reason, "死因存疑", id=hold_id)
    values = {"source": source, "criminal": criminal, "set_at": case.now_text, "set_by": "yishi"}
    case.insert(d.holds, id=hold_id, name=name, reason=reason, **values)
    case.write_facts({"active": True, "criminal": criminal, "since": "2026-11-23", "count": 1}, "hold")
    return hold_id


def add_filing(case: Case, name: str = "f1", status: str = "accepted", **values: Any) -> str:
    """An application (办件申请) row; its id."""
    filing_id = uuid4().hex
    row = {"channel": "window", "applicant_kind": "first_order", "filed_at": case.now_text} | values
    case.insert(d.filings, id=filing_id, name=name, status=status, **row)
    return filing_id


def add_item(case: Case, code: str, filing_id: str | None = None, status: str = "processing", **values: Any) -> None:
    """An item row and its mirror; one that is in state ``paying`` pays."""
    row = {"department": "hrss", "selected_at": case.now_text, "pays": status == "paying"} | values
    case.insert(d.items, code=code, filing_id=filing_id, status=status, **row)
    case.write_facts(nested(code, {"status": status, "department": row["department"]}), "items")


def add_commitment(case: Case, filing_id: str) -> str:
    """A signed commitment letter; its id."""
    commitment_id = uuid4().hex
    values = {"version": "2025-1", "text_sha256": "a" * 64, "signed_by": "applicant", "signed_at": case.now_text}
    case.insert(d.commitments, id=commitment_id, filing_id=filing_id, **values)
    return commitment_id


def payment_values(case: Case, item: str, filing_id: str, **values: Any) -> dict[str, Any]:
    """The columns of an ordered payment."""
    row: dict[str, Any] = {"id": uuid4().hex, "item": item, "filing_id": filing_id, "payee_kind": "deceased"}
    row |= {"payee_digest": "b" * 64, "account_tail": "1234", "sealed": b"sealed", "amount_cents": 120_000}
    row |= {"status": "ordered", "decided_by": "jingban", "approved_by": "fuhe", "ordered_at": case.now_text}
    return row | values
