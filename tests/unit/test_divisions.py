"""Places by their codes: what they are called, and what a form offers."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from engine import divisions
from engine.config import CODE_ROOT
from engine.feel import Feel
from engine.feel_functions import standard_functions
from forms.options import normalise_options


@pytest.mark.parametrize(
    ("code", "name", "local"),
    [
        ("430000", "湖南省", "湖南省"),
        ("430100", "湖南省长沙市", "长沙市"),
        ("430102", "湖南省长沙市芙蓉区", "长沙市芙蓉区"),
        ("110101", "北京市东城区", "东城区"),
        ("500229", "重庆市城口县", "城口县"),
        ("429004", "湖北省仙桃市", "仙桃市"),  # under no prefecture
        ("441900", "广东省东莞市", "东莞市"),  # has no counties
        ("810000", "香港特别行政区", "香港特别行政区"),
        ("439901", "", "439901"),
        ("", "", ""),
    ],
)
def test_a_place_has_a_name(code: str, name: str, local: str) -> None:
    assert divisions.name_of(code) == name
    assert divisions.local_name_of(code) == local


def test_every_province_offers_its_places_and_itself() -> None:
    provinces = divisions.provinces()
    assert len(provinces) == 34
    for province in provinces:
        offered = divisions.within(province.value)
        codes = [one.value for one in offered]
        assert len(set(codes)) == len(codes) <= 210
        assert codes[-1] == province.value
        assert all(code[:2] == province.value[:2] and divisions.name_of(code) for code in codes)


def test_counties_stand_under_their_prefecture() -> None:
    offered = divisions.within("430000")
    assert len([one for one in offered if not one.value.endswith("00")]) == 122
    [furong] = [one for one in offered if one.value == "430102"]
    assert (furong.label, furong.group) == ("长沙市芙蓉区", "长沙市")
    groups = [one.group for one in offered if one.group]
    assert groups == sorted(groups, key=groups.index), "a group stands together"
    assert [one.value for one in offered if one.label == "长沙市（不清楚哪个区县）"] == ["430100"]


@pytest.mark.parametrize("code", ["", "43", "990000", "430"])
def test_an_unknown_province_offers_nothing(code: str) -> None:
    assert divisions.within(code) == ()


def test_forms_ask_for_places_in_feel() -> None:
    feel = Feel(standard_functions())
    offered = normalise_options(feel.evaluate('divisions within("520000")', {}))
    assert ("520102", "贵阳市南明区", "贵阳市") in {(one.value, one.label, one.group) for one in offered}
    assert len(normalise_options(feel.evaluate("provinces()", {}))) == 34
    assert feel.evaluate("divisions within(null)", {}) == []
    assert feel.evaluate('division name("440103")', {}) == "广东省广州市荔湾区"
    assert feel.evaluate('division name("000000")', {}) is None


def test_the_list_is_what_the_locked_data_set_gives() -> None:
    node = shutil.which("node")
    assert node, "Node 20 or later is needed; see README.md"
    command = [node, "engine/js/divisions.mjs", "--check"]
    done = subprocess.run(command, cwd=CODE_ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
