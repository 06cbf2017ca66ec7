"""The guide of a release: one reading of its manifest and its decision, whatever it is printed on."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from engine.clock import FixedClock
from engine.feel import Feel
from engine.loaded import LoadedRelease
from engine.packs import Pack, assemble_pack
from tasks.guide import UNSAID_FEE, Guide, build_guide, list_materials
from tasks.guide_materials import DEPENDS, Applicants
from tasks.guide_text import material_words, to_html, to_json, to_markdown
from tests.packs.conftest import PACKS, checkout

NOW = FixedClock("2026-11-23T09:00:00+08:00").now()
FEEL = Feel()


@cache
def guide_of(code: str) -> Guide:
    return build_guide(LoadedRelease(checkout(code)), FEEL, NOW)


def changed(code: str, name: str, old: str, new: str) -> Pack:
    """A pack of the checkout with one thing said otherwise."""
    pack = checkout(code)
    text = pack.files[name].decode()
    assert old in text
    return assemble_pack(code, {**pack.files, name: text.replace(old, new).encode()}, pack.origins)


@pytest.mark.parametrize("code", PACKS)
def test_everything_a_family_reads_stands_in_the_guide(code: str) -> None:
    guide, text = guide_of(code), to_markdown(guide_of(code))
    assert guide.official.replace("_", "\\_") in text
    for item in guide.items:
        assert item.plain in text and item.official in text
        assert item.grounds or item.status != "stated"
    for material in guide.materials:
        assert material.name in text and material.items


def test_a_service_is_free_only_where_a_document_says_so() -> None:
    assert guide_of("hunan").fee.is_free
    assert "全程无收费（《" in to_markdown(guide_of("hunan"))
    silent = build_guide(LoadedRelease(checkout("selftest")), FEEL, NOW)
    assert not silent.fee.is_free
    assert UNSAID_FEE in to_markdown(silent)
    assumed = changed(
        "hunan", "pack.yaml", "requirement: H-35}]\n  status: stated", "requirement: H-35}]\n  status: inferred"
    )
    assert not build_guide(LoadedRelease(assumed), FEEL, NOW).fee.is_free


def test_the_checklist_of_one_family_is_a_part_of_the_guide() -> None:
    release, guide = LoadedRelease(checkout("hunan")), guide_of("hunan")
    whole = {one.code for one in guide.materials}
    family = list_materials(release, FEEL, NOW, ["survivor_benefit"], "first_order", "family")
    own = list_materials(release, FEEL, NOW, ["survivor_benefit"], "first_order", "deceased")
    assert {one.code for one in own} < {one.code for one in family} < whole
    assert not any(one.only_for for one in family)
    assert any(one.only_for for one in list_materials(release, FEEL, NOW, ["hpf_withdraw"]))
    assert {one.code for one in list_materials(release, FEEL, NOW, list(release.manifest.items))} == whole


def test_who_needs_a_document_is_said_in_the_words_of_the_form() -> None:
    applicants = Applicants(LoadedRelease(checkout("hunan")))
    assert list(applicants.kinds) == ["first_order", "second_order", "testamentary", "legatee"]
    assert list(applicants.payees) == ["deceased", "family"]
    [kin] = [one for one in guide_of("hunan").items if one.code == "survivor_benefit"]
    needed = [one for one in kin.materials if one.only_for]
    assert needed and needed[0].only_for == (f"拨付对象为{applicants.payees['family']}",)


def test_a_document_that_hangs_on_the_case_is_not_left_out() -> None:
    """Nobody knows the register when the guide is printed; the row is there and says that it depends."""
    row = '<dmn:text>list contains(?, "licence_cancel")</dmn:text>'
    pack = changed("hunan", "materials.dmn", row, row.replace("list", "case.registers.vehicles.found = true and list"))
    [item] = [one for one in build_guide(LoadedRelease(pack), FEEL, NOW).items if one.code == "licence_cancel"]
    before = guide_of("hunan").find("licence_cancel")
    assert before is not None
    assert [one.code for one in item.materials] == [one.code for one in before.materials] != []
    assert all(one.only_for == (DEPENDS,) for one in item.materials)


def test_what_a_pack_says_is_never_markup() -> None:
    guide = replace(guide_of("hunan"), hotline="<script>alert(1)</script>|*x*")
    assert "<script>" not in to_html(guide)
    assert "\\<script\\>alert(1)\\</script\\>\\|\\*x\\*" in to_markdown(guide)


def test_json_holds_what_the_text_says() -> None:
    told = to_json(guide_of("hunan"))
    assert told["fee"]["words"] == "全程无收费"
    assert [item["code"] for item in told["items"]] == [item.code for item in guide_of("hunan").items]
    assert told["channels"][0]["name"] == "湖南政务服务网"


def test_a_document_that_may_come_later_says_so() -> None:
    deferral = "    key: materials.deferral\n    value: false"
    assert not any(one.terms for one in guide_of("hunan").materials)
    pack = checkout("hunan")
    base = pack.files["bases/common.yaml"].decode()
    assert deferral in base
    files = {**pack.files, "bases/common.yaml": base.replace(deferral, deferral.replace("false", "true")).encode()}
    late = build_guide(LoadedRelease(assemble_pack("hunan", files, pack.origins)), FEEL, NOW)
    assert all("可以先受理，10个工作日内补交" in one.terms for one in late.materials if one.is_brought)
    assert "可以先受理，10个工作日内补交" in to_markdown(late)


def test_a_document_in_a_line_says_who_brings_it() -> None:
    by_name = {one.name: material_words(one) for one in guide_of("hunan").materials}
    assert by_name["死亡证明"] == "死亡证明（不用您交）"
    assert by_name["申请人居民身份证"] == "申请人居民身份证（扫描件，看原件）"
