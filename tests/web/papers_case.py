"""A case as the engine and the domain would have left it, whose papers are printed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson
import sqlalchemy as sa

from engine import tables as t
from engine.clock import to_text
from engine.runtime import Runtime
from tasks import tables as d

CODE = "SH-7KQ2M9PXHN"
DECEASED_ID, APPLICANT_ID = "430102194803121313", "430102197505202224"
ITEMS = ("survivor_benefit", "med_stop", "med_withdraw", "hukou_cancel")
FACTS: dict[str, Any] = {
    "place": "institution",
    "deceased": {"id_kind": "resident_id", "sex": "男", "ethnicity": "汉族", "died_on": "2026-11-22"},
    "filings": {
        "f1": {
            "items": list(ITEMS),
            "channel": "window",
            "applicant": {"relation": "child", "kind": "first_order", "id_kind": "resident_id"},
            "social": {"payee": "family", "bank": "中国建设银行长沙芙蓉支行"},
            "medical": {"bank_class": "工商银行", "bank": "长沙司门口支行"},
            "household": {"kind": "member", "city_office": "长沙市公安局", "county_office": "芙蓉分局",
                          "station": "定王台派出所", "filed_on": "2026-11-23", "category": "natural"},
            "delivery": {"mode": "window", "received_as": "applicant"},
            "declared": True,
            "accepted_on": "2026-11-23",
            "due_on": "2026-12-28",
            "acceptance": {"decision": "supplement"},
        }
    },
}  # fmt: skip
SEALED: dict[str, Any] = {
    "deceased": {
        "name": "谭㳘生", "id_number": DECEASED_ID, "registered_address": "湖南省长沙市芙蓉区定王台街道解放西路 18 号",
    },
    "filings": {
        "f1": {
            "applicant": {"name": "谭䶮", "id_number": APPLICANT_ID, "phone": "13807310001",
                          "address": "湖南省长沙市芙蓉区定王台街道解放西路 18 号 2 栋 301 室"},
            "social": {"name": "谭䶮", "id_number": APPLICANT_ID, "card_number": "6217002920100012348",
                       "account_name": "谭䶮"},
            "medical": {"account": "6222021901000123456", "account_name": "谭㳘生"},
            "delivery": {"received_by": "谭䶮", "received_by_id_number": APPLICANT_ID},
            "acceptance": {"reason": "户口簿复印件看不清户主页，请重新提供。"},
        }
    },
}  # fmt: skip
MATERIALS = (
    ("M01", "死者居民身份证", "elicence", "held", None),
    ("M02", "申请人居民身份证", "original", "verified", None),
    ("M03", "死者居民户口簿", "copy", "refused", "首页和死者本人页"),
    ("M05", "死亡证明", "elicence", "held", None),
    ("M07", "亲属关系佐证材料", "original", "missing", "户口簿、结婚证、出生医学证明等任选一种"),
)


def lay_case(runtime: Runtime, *, filing_status: str = "accepted") -> str:
    """Open the case; its id."""
    case_id, now = uuid4().hex, to_text(runtime.clock.now())
    with runtime.database.begin() as connection:
        release = connection.execute(sa.select(t.packs.c.current_release).where(t.packs.c.code == "hunan")).scalar_one()
        row: dict[str, Any] = {"id": case_id, "code": CODE, "pack": "hunan", "release_id": release, "region": "430102"}
        row |= {"facts": orjson.dumps(FACTS).decode(), "sealed": runtime.sealer.seal(SEALED, case_id)}
        row |= {"status": "open", "revision": 1, "audit_seq": 0, "audit_head": "0" * 64, "opened_at": now}
        connection.execute(t.cases.insert().values(row))
        filing: dict[str, Any] = {"id": uuid4().hex, "case_id": case_id, "name": "f1", "channel": "window"}
        filing |= {"applicant_kind": "first_order", "status": filing_status, "filed_at": now}
        filing |= {"accepted_at": now if filing_status == "accepted" else None}
        connection.execute(d.filings.insert().values(filing))
        _lay_items(connection, case_id, filing["id"], now)
        for code, name, medium, status, note in MATERIALS:
            source = "shared" if status == "held" else "applicant"
            values = {"id": uuid4().hex, "case_id": case_id, "filing_id": filing["id"], "code": code, "name": name}
            values |= {"items": "[]", "source": source, "medium": medium, "original": medium == "original"}
            connection.execute(d.materials.insert().values(**values, status=status, note=note))
    return case_id


def add_certificate(runtime: Runtime, case_id: str, kind: str = "medical", status: str = "valid") -> str:
    """A certificate of the case; its id."""
    certificate_id = uuid4().hex
    row = {"id": certificate_id, "case_id": case_id, "kind": kind, "number": f"4301022026{certificate_id[:8]}"}
    row |= {"issuer": "长沙市中心医院", "issued_by": "yishi", "issued_at": to_text(runtime.clock.now())}
    with runtime.database.begin() as connection:
        connection.execute(d.certificates.insert().values(**row, status=status))
    return certificate_id


def end_certificate(runtime: Runtime, certificate_id: str, status: str) -> None:
    with runtime.database.begin() as connection:
        connection.execute(d.certificates.update().where(d.certificates.c.id == certificate_id).values(status=status))


def _lay_items(connection: sa.Connection, case_id: str, filing_id: str, now: str) -> None:
    departments = {"survivor_benefit": "hrss", "hukou_cancel": "police"}
    for code in ITEMS:
        values = {"case_id": case_id, "code": code, "department": departments.get(code, "medical_insurance")}
        values |= {"filing_id": filing_id, "status": "processing", "selected_at": now, "started_at": now}
        connection.execute(d.items.insert().values(**values, due_on="2026-12-28"))
