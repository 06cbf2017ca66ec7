"""Asking for a home visit from the families' pages, where the pack offers it."""

from __future__ import annotations

import re
from secrets import token_hex

import pytest
from flask import Flask

from engine.config import CODE_ROOT
from engine.packs import read_pack
from engine.releases import publish
from engine.runtime import Runtime
from tests.web.families import REPORT, Family, facts, new_family

PACK = "tianshui"
HERE = {"deceased.died_province": "620000", "deceased.died_region": "620522"}
REGISTERED = {"deceased.registered_province": "620000", "deceased.registered_region": "620522"}
ADDRESS = "秦安县西川镇雒堡村3组12号"
VISIT = {
    "kind": "home_visit", "who": "elderly", "purpose": "originals", "on": "2026-11-25", "half": "am",
    "name": "谭思齐", "phone": "19900000103", "address": ADDRESS,
}  # fmt: skip


@pytest.fixture
def family(app: Flask, runtime: Runtime) -> Family:
    pack = read_pack(PACK, CODE_ROOT / "processes", CODE_ROOT / "forms")
    with runtime.database.begin() as connection:
        publish(connection, pack, "tests", runtime.clock.now(), check=lambda _: [])
    return new_family(app, runtime)


def reported(family: Family) -> str:
    where = family.follow(f"/report/{PACK}/{token_hex(16)}", {**REPORT, **HERE, **REGISTERED, "_intent": "submit"})
    found = re.search(r"/my/cases/([0-9a-f]{32})", where)
    assert found, where
    return found[1]


def test_family_asks_for_a_visit_and_its_address_is_sealed(family: Family, runtime: Runtime) -> None:
    case_id = reported(family)
    here = f"/my/cases/{case_id}/visit"
    assert here in family.get(f"/my/cases/{case_id}").text
    assert "上门地址" not in family.get(here).text
    assert "上门地址" in family.send(f"{here}/refresh", {"kind": "home_visit"}).text
    assert family.send(here, {"kind": "home_visit", "_intent": "submit"}).status_code == 422
    where = family.follow(here, {**VISIT, "_intent": "submit"})
    assert "预约已收到" in family.get(where).text
    stored = facts(runtime, case_id)
    assert stored["visits"]["v1"]["asked"]["kind"] == "home_visit"
    assert ADDRESS not in str(stored) and "19900000103" not in str(stored["visits"])


def test_a_pack_without_the_service_has_no_such_page(app: Flask, runtime: Runtime) -> None:
    family = new_family(app, runtime)
    where = family.follow(f"/report/hunan/{token_hex(16)}", {**REPORT, "_intent": "submit"})
    case_id = where.split("/my/cases/")[1][:32]
    assert family.get(f"/my/cases/{case_id}/visit").status_code == 404
    assert "/visit" not in family.get(f"/my/cases/{case_id}").text
