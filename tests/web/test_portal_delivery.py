"""How a family chooses, after its application, how the results come to it; until they are on their way."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from engine import db
from engine.runtime import Runtime
from tasks import tables as d
from tests.web.families import Family, Staff, facts, new_family
from tests.web.test_portal_journey import to_materials

ADDRESS = "长沙市芙蓉区定王台街道9号，谭思齐收"


@pytest.fixture
def family(app: Flask, runtime: Runtime) -> Family:
    return new_family(app, runtime)


@pytest.fixture
def staff(runtime: Runtime) -> Staff:
    return Staff(runtime)


def test_family_changes_how_the_results_come(family: Family, staff: Staff, runtime: Runtime) -> None:
    case_id, _task = to_materials(family, staff)
    here = f"/my/cases/{case_id}/delivery/f1"
    assert here in family.get(f"/my/cases/{case_id}").text
    page = family.get(here).text
    assert "结果怎样给您" in page and "哪一份申请" not in page and "邮寄地址" not in page
    asked = family.send(f"{here}/refresh", {"mode": "post"})
    assert "邮寄地址和收件人" in asked.text and ">保存</button>" in asked.text
    where = family.follow(here, {"mode": "post", "address": ADDRESS, "_intent": "submit"})
    assert where == f"/my/cases/{case_id}?done=delivery"
    hub = family.get(where).text
    assert "已改好" in hub and "邮政快递" in hub and "天心区" not in hub
    assert facts(runtime, case_id)["filings"]["f1"]["delivery"] == {"mode": "post"}
    assert ADDRESS not in str(facts(runtime, case_id))
    with db.reading(runtime.database) as connection:
        told = connection.execute(sa.select(d.outbox.c.subject).where(d.outbox.c.case_id == case_id)).scalars()
        assert "delivery_changed" in set(told)


def test_what_is_missing_is_said_at_its_field(family: Family, staff: Staff) -> None:
    case_id, _task = to_materials(family, staff)
    answer = family.send(f"/my/cases/{case_id}/delivery/f1", {"mode": "post", "address": "", "_intent": "submit"})
    assert answer.status_code == 422
    assert "邮寄地址和收件人" in answer.text


def test_nobody_chooses_for_another_family_and_nobody_after_the_end(
    app: Flask, family: Family, staff: Staff, runtime: Runtime
) -> None:
    case_id, _task = to_materials(family, staff)
    here = f"/my/cases/{case_id}/delivery/f1"
    other = new_family(app, runtime, "13907310002", "彭小满")
    assert other.browser.get(here).status_code == 404
    assert family.browser.get(f"/my/cases/{case_id}/delivery/f2").status_code == 404
    with runtime.database.begin() as connection:
        filing = connection.execute(sa.select(d.filings.c.id).where(d.filings.c.case_id == case_id)).scalar_one()
        row = {"id": "d" * 32, "case_id": case_id, "filing_id": filing, "mode": "post", "items": "[]"}
        made = "2026-11-23T02:00:00.000000Z"
        connection.execute(d.deliveries.insert().values(**row, delivered_at=made, delivered_by="window"))
    assert family.browser.get(here).status_code == 404
    assert here not in family.get(f"/my/cases/{case_id}").text
