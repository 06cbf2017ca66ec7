"""What a department's own system is told when it leases a job: what the manifest promises it."""

from __future__ import annotations

import pytest
from lxml import etree

from tests.packs.conftest import PACKS, checkout

NS = {"bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL", "zeebe": "http://camunda.org/schema/zeebe/1.0"}


@pytest.mark.parametrize("code", PACKS)
def test_job_of_a_department_is_given_all_that_the_manifest_promises(code: str) -> None:
    pack = checkout(code)
    asked = etree.fromstring(pack.files["handle_item.bpmn"]).find(".//bpmn:serviceTask[@id='ask_department']", NS)
    assert asked is not None
    given = {mapping.get("target") for mapping in asked.iterfind(".//zeebe:input", NS)}
    handled = [item.handling for item in pack.manifest.items.values() if item.handling]
    promised = {name for each in handled if each.job for name in pack.manifest.jobs[each.job].inputs}
    assert promised - given == set()
