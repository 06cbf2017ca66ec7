"""pack.yaml: what is accepted, and that every refusal names the line and the key path."""

from __future__ import annotations

from datetime import date

import pytest

from engine.errors import PackInvalid, Problem
from engine.manifests import merge_manifests, read_manifest
from engine.pack_yaml import MAX_BYTES, MAX_DEPTH, read_yaml

WHOLE = """\
code: hunan
names: {short: 湖南, official: 湖南省个人身后“一件事”}
version: 2025.10
region: 430000
extends: common
main: after_death
effective:
  from: 2025-10-01
  until: 2030-09-30
hotline: 12345
limit_working_days: 25
sources:
  hunan-2025: {title: 湖南省推进个人身后“高效办成一件事”实施方案, number: 湘政办发〔2025〕0号, date: 2025-03-01}
channels:
  portal: {name: 湖南政务服务网, kind: online, open: false}
groups:
  medical_insurance: {name: 省医保局, kind: department}
  window_clerk: {name: 综合窗口}
messages:
  death_reported:
    name: 报告死亡
    description: 家属或医疗机构报告
    correlation: 办件编号
    variables:
      manner: string
      cause: {type: string, sensitive: true}
variables:
  rehearsal: boolean
facts:
  certificate.number: {type: string, description: 死亡证明编号}
jobs:
  dept.medical.stop:
    description: 通知医保系统终止参保
    inputs: [item]
    outputs: {receipt: string}
    errors: {ALREADY_STOPPED: 已终止}
items:
  med_stop:
    name: 基本医疗保险减少登记（终止参保）
    plain: 停掉医保
    department: medical_insurance
    standard_code: "000736"
    limit_working_days: 5
    basis:
      - {source: hunan-2025, section: 附件3 一, requirement: H-1}
    status: stated
  med_withdraw:
    name: 职工基本医疗保险个人账户余额一次性支取
    plain: 取出医保个人账户的钱
    department: medical_insurance
    requires: [med_stop]
    status: inferred
switches:
  C-01:
    title: 受理范围
    key: eligibility.basis
    value: either
    default: either
    options: {died_in: 在省内死亡, registered: 省内户籍, either: 两者之一}
    source: [{source: hunan-2025, section: 二}]
    status: 待确认
    class: policy
"""


def problems_of(text: str) -> list[Problem]:
    with pytest.raises(PackInvalid) as caught:
        read_manifest(text.encode())
    return caught.value.problems


def only(text: str) -> Problem:
    problems = problems_of(text)
    assert len(problems) == 1, problems
    return problems[0]


def test_a_whole_manifest_is_read_with_its_types() -> None:
    manifest = read_manifest(WHOLE.encode()).manifest
    assert (manifest.region, manifest.hotline, manifest.version) == ("430000", "12345", "2025.10")
    assert manifest.effective is not None
    assert manifest.effective.from_ == date(2025, 10, 1)
    assert manifest.items["med_withdraw"].requires == ("med_stop",)
    assert manifest.items["med_stop"].standard_code == "000736"
    assert manifest.messages["death_reported"].variables["cause"].sensitive
    assert manifest.messages["death_reported"].variables["manner"].type == "string"
    assert manifest.switches["C-01"].class_ == "policy"
    assert list(manifest.items) == ["med_stop", "med_withdraw"]


@pytest.mark.parametrize(
    ("old", "new", "path", "rule"),
    [
        ("hotline: 12345", "hotlines: 12345", "hotlines", "unknown-key"),
        ("plain: 停掉医保", "plane: 停掉医保", "items.med_stop.plane", "unknown-key"),
        ("region: 430000", "region: 43000", "region", "bad-value"),
        ("region: 430000", "region: 990000", "region", "bad-value"),
        ("from: 2025-10-01", "from: 2025-13-01", "effective.from", "bad-value"),
        ("from: 2025-10-01", "from: 2025/10/01", "effective.from", "bad-value"),
        ("until: 2030-09-30", "until: 2020-09-30", "effective", "bad-value"),
        ("limit_working_days: 5", "limit_working_days: 5.5", "items.med_stop.limit_working_days", "bad-value"),
        ("limit_working_days: 5", "limit_working_days: -1", "items.med_stop.limit_working_days", "bad-value"),
        ("status: stated", "status: certain", "items.med_stop.status", "bad-value"),
        ("status: inferred", "status: stated", "items.med_withdraw", "bad-value"),
        ("manner: string", "manner: text", "messages.death_reported.variables.manner.type", "bad-value"),
        ("manner: string", "man ner: string", "messages.death_reported.variables.man ner", "bad-value"),
        ("certificate.number:", "case..number:", "facts.case..number", "bad-value"),
        ("value: either", "value: neither", "switches.C-01", "bad-value"),
        ("value: either", "value: {a: b}", "switches.C-01.value", "bad-value"),
        ("C-01:", "C1:", "switches.C1", "bad-value"),
        ("status: 待确认", "status: 未定", "switches.C-01.status", "bad-value"),
        ("kind: online", "kind: fax", "channels.portal.kind", "bad-value"),
    ],
)
def test_a_fault_names_its_line_and_key_path(old: str, new: str, path: str, rule: str) -> None:
    assert WHOLE.count(old) == 1
    text = WHOLE.replace(old, new)
    found = [p for p in problems_of(text) if p.element == path]
    assert [p.rule for p in found] == [f"manifest/{rule}"]
    key = path.rsplit(".", 1)[-1] if path != "facts.case..number" else "case..number"
    if key == "type":
        key = "manner"
    assert key in text.splitlines()[found[0].line - 1]


def test_a_missing_key_is_reported_at_its_parent() -> None:
    problem = only(WHOLE.replace("    plain: 停掉医保\n", ""))
    assert (problem.rule, problem.element) == ("manifest/missing-key", "items.med_stop.plain")
    assert WHOLE.splitlines()[problem.line - 1] == "  med_stop:"


def test_a_misspelt_key_gets_a_suggestion() -> None:
    assert "'hotline'" in only(WHOLE.replace("hotline:", "hotlin:")).remedy


def test_every_fault_is_reported_not_only_the_first() -> None:
    broken = WHOLE.replace("region: 430000", "region: 1").replace("kind: online", "kind: fax")
    assert {p.element for p in problems_of(broken)} == {"region", "channels.portal.kind"}


@pytest.mark.parametrize(
    ("addition", "rule"),
    [
        ("code: guizhou\n", "duplicate-key"),
        ("hotline: &h 1\n", "yaml-form"),
        ("main: *h\n", "yaml-form"),
        ("x: !!python/object/apply:os.system [id]\n", "yaml-form"),
        ("<<: {a: b}\n", "yaml-form"),
        ("? [a, b]\n: c\n", "yaml-form"),
        ("---\ncode: x\n", "yaml-form"),
        ("x: [1, 2\n", "yaml-syntax"),
        ("\tx: 1\n", "yaml-syntax"),
        ("x: \x00\n", "yaml-syntax"),
        ("x: " + "[" * 20_000 + "\n", "too-large"),
        ("x: " + "{a: " * (MAX_DEPTH + 1) + "\n", "too-large"),
    ],
)
def test_yaml_that_another_reader_could_take_otherwise_is_refused(addition: str, rule: str) -> None:
    base = "code: hunan\nnames: {short: 湖南, official: 湖南省}\n"
    problem = only(base + addition)
    assert problem.rule == f"manifest/{rule}"
    if "\x00" not in addition:
        assert problem.line >= 3


def test_bytes_that_are_not_utf8_are_located() -> None:
    with pytest.raises(PackInvalid) as caught:
        read_manifest(b"code: hunan\nnames: " + "湖南".encode("gb18030"))
    assert (caught.value.problems[0].rule, caught.value.problems[0].line) == ("manifest/yaml-syntax", 2)


def test_a_file_over_the_limit_is_refused_unparsed() -> None:
    with pytest.raises(PackInvalid, match="larger than"):
        read_yaml(b"#" * (MAX_BYTES + 1), "pack.yaml")


@pytest.mark.parametrize("data", [b"", b"- a\n", b"text", b"# only a comment\n"])
def test_a_file_that_is_no_mapping_is_refused(data: bytes) -> None:
    with pytest.raises(PackInvalid) as caught:
        read_manifest(data)
    assert [p.rule for p in caught.value.problems] == ["manifest/yaml-form"]


def test_words_and_numbers_that_yaml_likes_to_convert_stay_what_was_written() -> None:
    value = read_yaml(
        b"a: no\nb: 007\nc: 1.10\nd: 12:30\ne: 2025-10-01\nf: '5'\ng: 5\nh: true\ni: null\nj: 0x1F", "f"
    ).value
    assert value == {
        "a": "no",
        "b": "007",
        "c": "1.10",
        "d": "12:30",
        "e": "2025-10-01",
        "f": "5",
        "g": 5,
        "h": True,
        "i": None,
        "j": "0x1F",
    }


def test_a_base_gives_vocabulary_and_the_nearest_entry_of_an_id_counts() -> None:
    base = read_manifest(
        "code: common\nlibrary: true\nnames: {short: 通用, official: 通用}\nmain: after_death\nhotline: 12345\n"
        "groups:\n  police: {name: 公安机关}\n  window_clerk: {name: 窗口}\n".encode(),
        "bases/common.yaml",
    )
    own = read_manifest(
        "code: hunan\nnames: {short: 湖南, official: 湖南省}\nextends: common\nhotline: 96888\n"
        "groups:\n  window_clerk: {name: 综合窗口}\n".encode()
    )
    merged = merge_manifests([own, base])
    manifest = merged.manifest
    assert {key: group.name for key, group in manifest.groups.items()} == {
        "police": "公安机关",
        "window_clerk": "综合窗口",
    }
    assert (manifest.main, manifest.hotline, manifest.library, manifest.code) == (
        "after_death",
        "96888",
        False,
        "hunan",
    )
    assert merged.place_of("groups", "police").file == "bases/common.yaml"
    assert merged.place_of("groups", "window_clerk").file == "pack.yaml"
    assert merged.place_of("groups", "police").line == 7


def test_a_pack_that_lists_items_offers_only_those() -> None:
    item = "{name: 户口注销, plain: 注销户口, department: police, status: assumed}"
    names = "names: {short: 通, official: 通}"
    base = read_manifest(f"code: common\n{names}\nitems:\n  hukou_cancel: {item}\n  licence_cancel: {item}\n".encode())
    heir = read_manifest("code: a\nnames: {short: 甲, official: 甲}\nextends: common\n".encode())
    chooser = read_manifest(f"code: b\nnames: {{short: 乙, official: 乙}}\nitems:\n  hukou_cancel: {item}\n".encode())
    assert set(merge_manifests([heir, base]).manifest.items) == {"hukou_cancel", "licence_cancel"}
    assert set(merge_manifests([chooser, base]).manifest.items) == {"hukou_cancel"}


HEAD = "code: a\nnames: {short: 甲, official: 甲}\n"
SWITCH = f"{HEAD}switches:\n  C-05: {{title: 冻结, value: x, default: x, class: safety, "
SIGNED = "confirmed: {by: 省公安厅, on: 2026-02-27, document: 公函〔2026〕3号}}\n"


def test_a_confirmed_rule_says_by_whom_when_and_in_which_document() -> None:
    manifest = read_manifest(f"{SWITCH}status: 已确认, {SIGNED}".encode()).manifest
    confirmed = manifest.switches["C-05"].confirmed
    assert confirmed is not None
    assert (confirmed.by, confirmed.on.isoformat(), confirmed.document) == ("省公安厅", "2026-02-27", "公函〔2026〕3号")
    assert "needs confirmed" in only(f"{SWITCH}status: 已确认}}\n").message
    assert "belongs to status" in only(f"{SWITCH}status: 待确认, {SIGNED}").message


def test_a_fee_that_a_document_states_is_cited() -> None:
    fee = f"{HEAD}fee: {{charged: false, note: 全程无收费, status: stated"
    assert "needs a citation" in only(f"{fee}}}\n").message
    manifest = read_manifest(f"{fee}, basis: [{{source: a-2025, section: 六}}]}}\n".encode()).manifest
    assert manifest.fee is not None and not manifest.fee.charged
