"""Places are chosen and shown by name, on the family's report, at the window and in the desk's lists."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from lxml import html

from engine.runtime import Runtime
from tests.web.conftest import PACK
from tests.web.families import REPORT, Family, facts, new_family
from tests.web.test_police import Browsers
from tests.web.test_portal_journey import report

DIED, REGISTERED = "deceased.died_region", "deceased.registered_region"


@pytest.fixture
def family(app: Flask, runtime: Runtime) -> Family:
    return new_family(app, runtime)


def offered(text: str, name: str) -> dict[str, list[str]]:
    """The choices of a select by the name of their group."""
    [select] = html.fromstring(text).xpath("//select[@name=$name]", name=name)
    found: dict[str, list[str]] = {"": select.xpath("option/text()")}
    return found | {group.get("label"): group.xpath("option/text()") for group in select.xpath("optgroup")}


def test_a_family_chooses_a_county_of_the_packs_province(family: Family) -> None:
    page = family.get(f"/report/{PACK}").text
    assert "行政区划代码" not in page
    for name in (DIED, REGISTERED):
        counties = offered(page, name)
        assert "芙蓉区" in counties["长沙市"]
        assert "（不清楚哪个区县）" in counties["长沙市"]
        assert len(counties) == 15  # 14 prefectures, and what is under none


def test_another_province_offers_its_own_without_a_script(family: Family) -> None:
    page = family.get(f"/report/{PACK}").text
    found = re.search(r'action="(/report/[^"]+)"', page)
    assert found
    sent = {**REPORT, "deceased.registered_province": "440000", "_intent": "refresh"}
    again = family.send(found[1], sent).text
    assert "荔湾区" in offered(again, REGISTERED)["广州市"]
    assert "芙蓉区" in offered(again, DIED)["长沙市"]
    refused = family.send(found[1], {**REPORT, "deceased.registered_province": "440000"})
    assert refused.status_code == 422, "a county of Hunan lies in no other province"


def test_whoever_was_registered_elsewhere_can_be_reported(family: Family, runtime: Runtime) -> None:
    elsewhere = {"deceased.registered_province": "440000", REGISTERED: "440103"}
    case_id = report(family, **elsewhere)
    person = facts(runtime, case_id)["deceased"]
    assert (person["registered_region"], person["died_region"]) == ("440103", "430102")
    locality = facts(runtime, case_id)["locality"]
    assert (locality["died_here"], locality["registered_here"]) == (True, False)


def test_a_county_that_nobody_knows_can_be_left_to_the_window(family: Family, runtime: Runtime) -> None:
    case_id = report(family, **{DIED: "430100"})
    assert facts(runtime, case_id)["locality"]["died_here"] is True


def test_the_desk_and_the_accounts_name_places(family: Family, browsers: Browsers) -> None:
    report(family)
    report(family, **{DIED: "430621", "deceased.id_number": "430199193810288220", "deceased.sex": "female"})
    listed = browsers("supervisor-clerk").get("/desk/cases").text
    assert html.fromstring(listed).xpath("//select[@name='region']/option/text()") == [
        "全部",
        "长沙市芙蓉区",
        "岳阳市岳阳县",
    ]
    assert html.fromstring(listed).xpath("//select[@name='region']/option/@value") == ["", "430102", "430621"]
    assert '<td data-label="区划">湖南省</td>' in browsers("operator").get("/ops/accounts").text
