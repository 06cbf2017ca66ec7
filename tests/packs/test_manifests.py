"""What every province's manifest owes its readers: names in two registers, sources, and words for what is open."""

from __future__ import annotations

import json
import re

import pytest

from engine.clock import SystemClock
from engine.feel import Feel
from engine.lint import check_pack
from engine.loaded import LoadedRelease
from engine.registry import WORKERS
from forms.view import show
from tasks.push_fields import find_rule
from tests.packs.conftest import PACKS, checkout

FEES = re.compile("收费|缴费|手续费|工本费")


@pytest.mark.parametrize("code", PACKS)
def test_pack_is_clean(code: str) -> None:
    problems = check_pack(checkout(code), job_types=WORKERS.by_type(), feel=Feel(), now=SystemClock().now())
    assert [str(problem) for problem in problems] == []


@pytest.mark.parametrize("code", PACKS)
def test_every_rule_says_where_it_is_written_and_how_sure_it_is(code: str) -> None:
    """P-19: stated with a section of the document, or inferred, or assumed; what is open waits for the authority."""
    manifest = checkout(code).manifest
    for item in manifest.items.values():
        assert item.basis or item.status != "stated"
        assert all(citation.source in manifest.sources for citation in item.basis)
    assert all(switch.status in ("待确认", "已确认") for switch in manifest.switches.values())


@pytest.mark.parametrize("code", PACKS)
def test_every_item_has_its_official_and_a_plain_name(code: str) -> None:
    """P-20."""
    items = checkout(code).manifest.items
    assert [key for key, item in items.items() if not item.plain or item.plain == item.name] == []


@pytest.mark.parametrize("code", PACKS)
def test_families_apply_on_line_exactly_where_such_a_channel_is_open(code: str) -> None:
    """P-8, P-18: the switch that opens forms to families says the same as the channels that the guide lists."""
    manifest = checkout(code).manifest
    [switch] = [one for one in manifest.switches.values() if one.key == "application.online"]
    assert switch.value is manifest.takes_online


@pytest.mark.parametrize("code", PACKS)
def test_items_are_known_by_the_codes_that_all_provinces_share(code: str) -> None:
    """P-6."""
    assert set(checkout(code).manifest.items) <= set(checkout("common").manifest.items)


@pytest.mark.parametrize("code", PACKS)
def test_hotline_stands_in_the_manifest_and_on_what_the_family_keeps(code: str) -> None:
    """H-30: one number answers."""
    pack = checkout(code)
    assert pack.manifest.hotline == "12345"
    assert "{{ hotline }}" in pack.files["templates/referral.j2"].decode()


@pytest.mark.parametrize("code", PACKS)
def test_nobody_is_asked_for_a_fee(code: str) -> None:
    """H-35: free of charge."""
    pack = checkout(code)
    drawn = {name: data.decode() for name, data in pack.files.items() if name.endswith((".bpmn", ".form"))}
    assert [name for name, text in drawn.items() if FEES.search(json.dumps(text, ensure_ascii=False))] == []


@pytest.mark.parametrize("code", PACKS)
def test_the_letter_asks_for_no_proof_that_the_pack_does_not_want(code: str) -> None:
    """C-03, P-23: who signs reads of a proof where the switches ask for one, and of none where they leave it open."""
    release = LoadedRelease(checkout(code))
    standing = release.switches["standing"]
    for kind, rule in {"second_order": standing["second_order"], "legatee": standing["by_will"]}.items():
        context = {"switches": release.switches, "applicant_kind": kind, "items": ["hpf_withdraw"]}
        shown = {one.component.id for one in show(release.form("commitment"), context, Feel())}
        told = shown & {"commitment_second_order", "commitment_by_will"}
        assert "commitment_agreed" in shown and bool(told) is (rule == "proof"), (kind, rule, told)


@pytest.mark.parametrize("code", PACKS)
def test_every_label_is_in_the_words_of_the_service(code: str) -> None:
    """P-20: none is left as the form editor made it."""
    release = LoadedRelease(checkout(code))
    names = [name.removeprefix("forms/").removesuffix(".form") for name in release.files if name.endswith(".form")]
    labels = {(name, one.id): one.label for name in names for one in release.form(name).components()}
    assert {place: label for place, label in labels.items() if label and label.isascii()} == {}


@pytest.mark.parametrize("code", PACKS)
def test_every_push_that_a_pack_words_anew_is_one_that_there_is(code: str) -> None:
    """INV-9, C-28: no kind, no receiver and no field beyond those that the library knows."""
    for name, push in checkout(code).manifest.pushes.items():
        base, rule = find_rule(push.kind, push.receiver), find_rule(push.kind, push.receiver, [push])
        assert base is not None and rule is not None, name
        assert rule.fields == push.fields, name


def test_hunan_gives_every_item_its_section_of_the_document() -> None:
    """C-10: the text is cited as it stands, with sections that are numbered twice."""
    manifest = checkout("hunan").manifest
    assert len(manifest.items) == 13
    for key, item in manifest.items.items():
        sections = [citation.section for citation in item.basis if citation.source == "hunan-2025"]
        assert sections, key


def test_hunan_s_departments_are_those_of_its_document() -> None:
    """H-2."""
    departments = {key: item.department for key, item in checkout("hunan").manifest.items.items()}
    assert departments == {
        "cert_normal": "health",
        "cert_abnormal": "police",
        "cremation": "civil_affairs",
        "pension_suspend": "hrss",
        "survivor_benefit": "hrss",
        "med_stop": "medical_insurance",
        "med_withdraw": "medical_insurance",
        "hpf_withdraw": "housing_fund",
        "will_check": "justice",
        "equity_query": "market",
        "deposit_small": "finance",
        "licence_cancel": "police",
        "hukou_cancel": "police",
    }
