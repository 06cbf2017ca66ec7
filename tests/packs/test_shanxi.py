"""What the province's plan says that no single case shows: services against boxes, conditions, where it is silent."""

from __future__ import annotations

import re
from datetime import date

import pytest

from engine.clock import FixedClock
from engine.feel import Feel
from engine.loaded import LoadedRelease
from tasks.guide import Guide, build_guide
from tests.packs.conftest import checkout
from web.portal.suggesting import questions

CODE = "shanxi"
NOW = FixedClock("2026-11-23T09:00:00+08:00").now()
STOPS = {"allowance_stop", "destitute_stop", "elder_stop", "disabled_stop"}
MET = {"paid_up": True, "sealed": True, "frozen": False, "loan": False, "guarantee": False}
BILLS = {"settled": True, "suspended": True, "overcredited": False}
INSURED = {"enterprise": "yes", "state": "retired", "work_injury": "no", "medical": "employee", "pension": "enterprise"}


@pytest.fixture(scope="module")
def guide() -> Guide:
    return build_guide(LoadedRelease(checkout(CODE)), Feel(), NOW)


def offline(items: list[str], registers: dict[str, object], insured: dict[str, str] | None = None) -> set[str]:
    """Which of ``items`` the table sends to a window."""
    release = LoadedRelease(checkout(CODE))
    case = {
        "registers": registers,
        "locality": {"registered_here": True, "unclaimed": []},
        "filings": {"f1": {"insured": insured or INSURED}},
        "items": {},
    }
    scope = {"items": items, "filing": "f1", "case": case, "switches": release.switches}
    rows = release.decisions.decide("items_offline", scope, Feel(), NOW)
    assert isinstance(rows, list)
    return {row["item"] for row in rows}


def stops(registers: dict[str, object], stated: list[str]) -> set[str]:
    """What ends by itself when shared data say one thing and the application another."""
    release = LoadedRelease(checkout(CODE))
    case = {"registers": registers, "locality": {"registered_here": True}, "filings": {"f1": {"benefits": stated}}}
    scope = {"case": case | {"items": {}}, "switches": release.switches}
    rows = release.decisions.decide("automatic_terminations", scope, Feel(), NOW)
    assert isinstance(rows, list)
    return {row["item"] for row in rows}


def test_fourteen_services_stand_against_ten_boxes() -> None:
    """S-1, S-2, C-17: 二 lists fourteen, 附件2 has ten boxes; the four without one are what departments stop."""
    manifest = checkout(CODE).manifest
    assert len(manifest.items) == 14 and len(manifest.offered) == 10
    assert set(manifest.items) - set(manifest.offered) == STOPS
    [switch] = [one for one in manifest.switches.values() if one.key == "terminations.items"]
    assert set(switch.value) == STOPS  # type: ignore[arg-type]


def test_departments_are_those_of_the_plan_and_no_others() -> None:
    """S-3: no justice, no market, no bank."""
    manifest = checkout(CODE).manifest
    departments = {item.department for item in manifest.items.values()}
    assert departments == {"health", "police", "civil_affairs", "hrss", "medical_insurance", "housing_fund"}
    assert {manifest.items[code].department for code in STOPS} == {"civil_affairs"}


@pytest.mark.parametrize("code", ["allowance", "destitute", "elder", "hardship", "severe"])
def test_each_benefit_is_stopped_from_the_form_and_from_shared_data(code: str) -> None:
    """C-17: the field starts it where shared data know nobody; where they do, they count and not the field."""
    known = dict.fromkeys(("allowance", "destitute", "elder", "hardship", "severe", "dependant"), False)
    item = {"hardship": "disabled_stop", "severe": "disabled_stop"}.get(code, f"{code}_stop")
    nobody = {"welfare": {"found": False} | known}
    assert stops(nobody, [code]) == {item} and stops(nobody, ["none"]) == set()
    assert stops({"welfare": {"found": True} | known | {code: True}}, ["none"]) == {item}
    assert stops({"welfare": {"found": True} | known}, [code]) == set()


@pytest.mark.parametrize("term", sorted(MET))
def test_the_fund_is_paid_on_five_conditions_or_goes_to_the_window(term: str) -> None:
    """S-12: 足额缴存、已封存、无冻结、无公积金贷款、无担保; each alone is enough to send it offline."""
    assert offline(["hpf_withdraw"], {"housing_terms": MET}) == set()
    assert offline(["hpf_withdraw"], {"housing_terms": MET | {term: not MET[term]}}) == {"hpf_withdraw"}


@pytest.mark.parametrize("term", sorted(BILLS))
def test_medical_items_go_to_the_window_where_one_condition_is_not_met(term: str) -> None:
    """S-13, S-18."""
    both = ["med_stop", "med_withdraw"]
    assert offline(both, {"medical_terms": BILLS}) == set()
    assert offline(both, {"medical_terms": BILLS | {term: not BILLS[term]}}) == set(both)


def test_what_nobody_knows_is_left_to_the_clerk() -> None:
    """S-12, S-13: a condition that no register tells keeps nobody from applying."""
    unknown = {"housing_terms": dict.fromkeys(MET), "medical_terms": dict.fromkeys(BILLS)}
    assert offline(["hpf_withdraw", "med_stop", "med_withdraw", "pension_account"], unknown) == set()


@pytest.mark.parametrize("scheme", ["work_injury", "unemployment"])
def test_two_of_the_four_schemes_are_claimed_at_the_window(scheme: str) -> None:
    """S-14, S-15, C-19."""
    assert offline(["survivor_benefit"], {}, INSURED | {"scheme": "enterprise"}) == set()
    assert offline(["survivor_benefit"], {}, INSURED | {"scheme": scheme}) == {"survivor_benefit"}


def test_money_goes_to_nobody_but_the_deceased() -> None:
    """S-16: no row of the table names an heir."""
    release = LoadedRelease(checkout(CODE))
    for accounts in (["social_card"], ["bank_card"], ["social_card", "bank_card"]):
        scope = {"case": {"filings": {"f1": {"accounts": accounts}}}, "filing": "f1", "switches": release.switches}
        found = release.decisions.decide("payee_rule", scope, Feel(), NOW)
        assert isinstance(found, dict) and found["kind"] == "deceased" and found["path"] == accounts[0]


def test_the_portal_asks_who_applies_as_the_form_does() -> None:
    """S-4: near relatives and persons of a specific relation; heirs by will are other provinces' words."""
    who = next(one for one in questions(LoadedRelease(checkout("shanxi"))) if one.name == "who")
    assert list(who.choices) == ["first_order", "second_order", "legatee"]
    assert who.choices["legatee"] == "特定关系人"


def test_three_papers_are_enough(guide: Guide) -> None:
    """三(二): nothing that proves kinship or inheritance."""
    brought = {one.code for one in guide.materials if one.is_brought}
    assert brought == {"M01", "M02"}
    assert {one.code for one in guide.materials if not one.is_brought} == {"M05", "M13", "M14", "M17"}


def test_the_form_s_numbers_are_checked_for_what_they_are() -> None:
    """附件2: an employer's account is no card's, and has no check digit."""
    release = LoadedRelease(checkout(CODE))
    fields = {".".join(field.path): field for field in release.form("application").fields.values()}
    assert fields["applicant.id_number"].component.properties["check"] == "identity"
    assert {fields[f"{card}.account"].component.properties["check"] for card in ("social_card", "bank_card")} == {
        "bank_card"
    }
    unit = fields["unit.account"].component
    assert "check" not in unit.properties
    assert re.fullmatch(str(unit.rules["pattern"]), "1402 0214 0902 4587 311")


def test_a_result_comes_as_the_form_offers_it_and_not_by_post() -> None:
    """附件2 knows no address for the post: who thinks again is offered what the application offered."""
    release = LoadedRelease(checkout(CODE))
    modes = [
        {one.value for one in field.component.options}
        for form in ("application", "choose_delivery")
        for field in release.form(form).fields.values()
        if field.path[-1] == "mode"
    ]
    assert modes == [{"online", "window"}] * 2


def test_the_rules_end_after_five_years() -> None:
    """S-20: 有效期为5年，自2024年6月28日起施行."""
    effective = checkout(CODE).manifest.effective
    assert effective is not None
    assert (effective.from_, effective.until) == (date(2024, 6, 28), date(2029, 6, 28))


def test_nothing_of_other_provinces_is_presented_as_the_province_s(guide: Guide) -> None:
    """C-33, S-17: no number of days, no gaps, no evaluation, no fee said, no agent, no telephone, no home visit."""
    manifest = checkout(CODE).manifest
    switches = {one.key: one.value for one in manifest.switches.values()}
    assert manifest.limit_working_days is None and all(item.limit is None for item in guide.items)
    assert switches["evaluation.enabled"] is False and switches["materials.deferral"] is False
    assert not guide.fee.is_stated
    assert {channel.kind for channel in guide.channels} == {"online", "window"}


@pytest.mark.parametrize(
    ("number", "requirement"),
    [("C-01", "S-4"), ("C-17", "S-2"), ("C-18", "S-7"), ("S-05", "S-1"), ("S-16", "S-16"), ("P-24", "S-11")],
)
def test_what_is_open_cites_the_plan_and_waits_for_the_authority(number: str, requirement: str) -> None:
    switch = checkout(CODE).manifest.switches[number]
    assert switch.status == "待确认" and switch.value == switch.default
    assert requirement in {citation.requirement for citation in switch.source}
    assert {citation.source for citation in switch.source} == {"shanxi-2024"}
