"""The packs' texts: what is filled in, and what a hostile template is refused for."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from engine.texts import MAX_TEXT, TextFault, check_template, read_version, render
from tests.texts_of_packs import PROCESSES, shipped_texts


@dataclass
class Pack:
    files: dict[str, bytes] = field(default_factory=dict)


def pack(source: str) -> Pack:
    return Pack({"templates/letter.j2": source.encode()})


def fill(source: str, /, **values: Any) -> str:
    return render(pack(source), "letter", **values)


def test_values_are_filled_in_and_rare_characters_stay() -> None:
    text = fill("{{ name }}家属：{% if code %}办件编号 {{ code }}。{% endif %}\n", name="㛃𬱖", code="SH-1")
    assert text == "㛃𬱖家属：办件编号 SH-1。"


def test_a_list_is_written_line_by_line() -> None:
    source = "{% for each in materials %}\n{{ loop.index }}. {{ each.name }}\n{% endfor %}"
    assert fill(source, materials=[{"name": "死亡证明"}, {"name": "户口簿"}]) == "1. 死亡证明\n2. 户口簿"


def test_entries_win_over_methods_of_the_same_name() -> None:
    assert fill("{{ filing.items|join('、') }}", filing={"items": ["户口注销", "驾驶证注销"]}) == "户口注销、驾驶证注销"


def test_what_is_not_known_reads_as_empty_but_what_is_not_given_is_a_fault() -> None:
    assert fill("热线{{ hotline }}", hotline=None) == "热线"
    with pytest.raises(TextFault, match="'hotline' is undefined"):
        fill("热线{{ hotline }}")


def test_text_is_plain_so_nothing_is_escaped() -> None:
    assert fill("{{ reason }}", reason="缺少<户口簿>&身份证") == "缺少<户口簿>&身份证"


def test_a_missing_template_is_named() -> None:
    with pytest.raises(TextFault, match=r"the pack has no file templates/letter\.j2") as fault:
        render(Pack(), "letter")
    assert (fault.value.code, fault.value.name) == ("text", "letter")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("{{ ''.__class__ }}", "undefined|no element|has no attribute"),
        ("{{ x.__init__ }}", "has no attribute"),
        ("{{ x.keys }}", "has no attribute"),
        ("{{ x['__class__'] }}", "has no attribute"),
        ("{{ x.keys() }}", "line 1: Call is not taken"),
        ("{% set a = 1 %}", "Assign is not taken"),
        ("{% macro a() %}{% endmacro %}", "Macro is not taken"),
        ("{% include 'pack.yaml' %}", "Include is not taken"),
        ("{% extends 'pack.yaml' %}", "Extends is not taken"),
        ("\n{{ 'a' * 1000000000 }}", "line 2: Mul is not taken"),
        ("{{ 'a' ~ 'b' }}", "Concat is not taken"),
        ("{{ '%1000000000d' % 1 }}", "Mod is not taken"),
        ("{{ 2 ** 99999999 }}", "Pow is not taken"),
        ("{{ x|center(1000000000) }}", "filter 'center' is none of"),
        ("{{ x|join(x|join) }}", "takes plain words only"),
        ("{{ x|join('a')|join('b') }}", "a filter on a filter"),
        ("{{ x|join('%s') }}" % ("a" * 41), "its word is too long"),
        ("{% for a in x %}{% for b in x %}{% endfor %}{% endfor %}", "a loop within a loop"),
        ("{% for a in x recursive %}{{ a }}{% endfor %}", "a loop within a loop"),
        ("{% for a in range(1000000000) %}{% endfor %}", "Call is not taken"),
        ("{{ x is nothing_known }}", "No test named"),
        ("{{ x", "unexpected end of template"),
        ("{#" + "a" * 20_000 + "#}", "larger than 20000 bytes"),
        ("{{" + "(" * 2_000 + "x" + ")" * 2_000 + "}}", "nested too deeply|too many"),
    ],
)
def test_hostile_and_broken_templates_are_refused(source: str, says: str) -> None:
    with pytest.raises(TextFault, match=says):
        fill(source, x={"name": "谭"})


def test_a_text_without_end_is_stopped() -> None:
    with pytest.raises(TextFault, match=f"longer than {MAX_TEXT}"):
        fill("{% for a in x %}{{ x }}{% endfor %}", x="长" * 2_000)


def test_a_template_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(TextFault, match="not UTF-8"):
        check_template("letter", "受理通知".encode("gbk"))


def test_the_version_stands_in_the_first_line() -> None:
    assert read_version(pack("{# version: 2025.1 #}\n承诺书"), "letter") == "2025.1"
    with pytest.raises(TextFault, match="states no version"):
        read_version(pack("承诺书\n{# version: 2025.1 #}"), "letter")


LETTER: dict[str, Any] = {
    "official_name": "湖南省个人身后“一件事”",
    "applicant_name": "谭甪",
    "deceased_name": "谭㳘生",
    "items": [{"code": "hpf_withdraw", "name": "住房公积金提取"}, {"code": "hukou_cancel", "name": "户口注销"}],
    "deferred": [],
    "pledged": [],
    "signed_on": "2026-11-23",
}
SLIP: dict[str, Any] = {
    "number": "ZX-1",
    "case_code": "SH-1",
    "official_name": "湖南省个人身后“一件事”",
    "applicant_name": "谭甪",
    "deceased_name": "谭㳘生",
    "item": "住房公积金提取",
    "reason": "申请人不是第一顺位继承人",
    "window": "住房公积金管理中心办事窗口",
    "materials": ["申请人有效身份证件", "继承公证书"],
    "hotline": "12345",
    "issued_on": "2026-11-23",
}


@pytest.mark.parametrize("kind", ["first_order", "second_order", "testamentary", "legatee"])
def test_the_provinces_letter_has_six_clauses_for_every_kind_of_heir(kind: str) -> None:
    """Rule: H-32 (hunan-2025, 附件4); C-03: its second clause goes by the kind of heir."""
    text = render(Pack(shipped_texts("common", "hunan")), "commitment", **LETTER, applicant_kind=kind)
    clauses = [line for line in text.splitlines() if line[1:2] == "、"]
    assert [clause[0] for clause in clauses] == list("一二三四五六")
    assert ("受遗赠人" in clauses[1], "没有第一顺位" in clauses[1]) == (kind == "legatee", kind == "second_order")
    assert "查询黑名单" in clauses[5]
    assert "住房公积金提取、户口注销。" in text


def test_the_neutral_letter_threatens_with_nothing_that_one_document_alone_knows() -> None:
    pack_ = Pack(shipped_texts("common"))
    assert "黑名单" not in render(pack_, "commitment", **LETTER, applicant_kind="first_order")
    assert read_version(pack_, "commitment") != read_version(Pack(shipped_texts("common", "hunan")), "commitment")


def test_the_slip_says_why_where_and_with_what() -> None:
    """Rule: P-14, INV-12."""
    text = render(Pack(shipped_texts("common")), "referral", **SLIP)
    for said in ("ZX-1", "不是第一顺位继承人", "请到：住房公积金管理中心办事窗口", "2. 继承公证书", "12345"):
        assert said in text
    whole = render(
        Pack(shipped_texts("common")), "referral", **SLIP | {"item": "", "applicant_name": "", "hotline": ""}
    )
    assert "事项：本次申请的全部事项" in whole
    assert "申请人：" not in whole and "拨打" not in whole


@pytest.mark.parametrize(
    "path", sorted(PROCESSES.glob("*/templates/*.j2")), ids=lambda path: f"{path.parts[-3]}/{path.stem}"
)
def test_every_shipped_template_is_one_that_we_take(path: Path) -> None:
    check_template(path.stem, path.read_bytes())
