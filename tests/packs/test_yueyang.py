"""What the county's notice says that no single case shows: its services, six departments, and where it is silent."""

from __future__ import annotations

import pytest

from engine.clock import FixedClock
from engine.feel import Feel
from engine.loaded import LoadedRelease
from tasks.guide import Guide, build_guide
from tests.packs.conftest import checkout

NOW = FixedClock("2026-11-23T09:00:00+08:00").now()
BODY_ALONE = {"inst_stop_active", "inst_stop_retired", "assist_stop"}
FORM_ALONE = {"resident_pension", "veteran_claim"}
BOTH = {"hukou_cancel", "survivor_benefit", "survivor_employed", "med_withdraw", "hpf_withdraw"}


@pytest.fixture(scope="module")
def guide() -> Guide:
    return build_guide(LoadedRelease(checkout("yueyang")), Feel(), NOW)


def test_services_are_those_of_the_notice_and_of_its_form() -> None:
    """Y-1, Y-2, Y-4, C-11: eight in the body, seven on the form; no licence, no will, no shares, no deposit."""
    manifest = checkout("yueyang").manifest
    assert set(manifest.offered) == BOTH | FORM_ALONE
    assert len(BOTH | BODY_ALONE) == 8 and len(manifest.offered) == 7
    assert all(manifest.items[code].automatic for code in BODY_ALONE)


def test_six_departments_stop_what_the_notice_names() -> None:
    """Y-16, Y-19: 三(三), thirteen stops; two of the departments have no part in 五(一) and act all the same."""
    manifest = checkout("yueyang").manifest
    stops: dict[str, set[str]] = {}
    for code, item in manifest.items.items():
        if item.automatic:
            stops.setdefault(item.department, set()).add(code)
    assert stops == {
        "medical_insurance": {"med_credit_stop", "med_chronic_stop", "med_drug_stop"},
        "housing_fund": {"hpf_seal"},
        "hrss": {
            "pension_suspend",
            "contribution_stop",
            "pension_credit_stop",
            "inst_stop_active",
            "inst_stop_retired",
        },
        "civil_affairs": {"assist_stop", "elder_stop"},
        "disabled_federation": {"disabled_stop"},
        "veterans": {"veteran_stop"},
    }
    [switch] = [one for one in manifest.switches.values() if one.key == "terminations.items"]
    assert set(switch.value) == set().union(*stops.values())  # type: ignore[arg-type]


def test_five_papers_are_brought_and_the_cremation_is_pulled(guide: Guide) -> None:
    """三(二)2: 逝者户口簿、身份证、银行卡及直系亲属户口簿、身份证; no kinship proof, no certificate."""
    everybody = {one.code for one in guide.materials if one.is_brought and not one.only_for}
    either = {one.code for one in guide.materials if one.is_brought and one.only_for}
    assert everybody == {"M01", "M02", "M03", "M04"}
    assert either == {"M12", "M19", "M10", "M18"}
    assert {one.code for one in guide.materials if not one.is_brought} == {"M06", "M13", "M14", "M17"}


def test_nothing_of_other_provinces_is_presented_as_the_county_s(guide: Guide) -> None:
    """C-33, Y-17: no number of days, no gaps, no evaluation, no fee said, no way in but the county's window."""
    manifest = checkout("yueyang").manifest
    switches = {one.key: one.value for one in manifest.switches.values()}
    assert manifest.limit_working_days is None and all(item.limit is None for item in guide.items)
    assert switches["evaluation.enabled"] is False and switches["materials.deferral"] is False
    assert not guide.fee.is_stated
    assert [channel.kind for channel in guide.channels] == ["window"]
    signed = LoadedRelease(checkout("yueyang")).form("commitment")
    said = " ".join(str(one.attributes.get("text")) for one in signed.components())
    assert "个人承诺" in said and not any(words in said for words in ("承诺函", "监督检查", "法律效力")), "附件1: 两条"


@pytest.mark.parametrize(
    ("number", "requirement"), [("C-11", "Y-1"), ("C-12", "Y-16"), ("C-13", "Y-15"), ("Y-05", "Y-6")]
)
def test_what_the_notice_leaves_open_cites_it_and_waits_for_the_authority(number: str, requirement: str) -> None:
    switch = checkout("yueyang").manifest.switches[number]
    assert switch.status == "待确认" and switch.value == switch.default
    assert requirement in {citation.requirement for citation in switch.source}
    assert {citation.source for citation in switch.source} == {"yueyang-2021"}
