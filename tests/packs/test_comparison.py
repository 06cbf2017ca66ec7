"""Packs compared: whatever one changes about a pack is told, in the words of the service, the drawing or the table."""

from __future__ import annotations

import copy
import functools
import itertools
import json
import operator
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from lxml import etree

from engine.bpmn.xml import parse_xml
from engine.clock import FixedClock
from engine.feel import Feel
from engine.lint.subject import read_processes
from engine.loaded import LoadedRelease
from engine.packs import Pack, assemble_pack
from forms import FormInvalid, read_form
from tasks.comparison import Comparison, Side, compare_packs
from tasks.comparison.diagrams import ProcessDifference, compare_diagrams, compare_processes
from tasks.comparison.fields import say_fields
from tasks.comparison.lines import Line, merged_order
from tasks.comparison.told import decision_lines, names, process_lines, states, to_json
from tasks.comparison.values import OTHERWISE
from tests.packs.conftest import PACKS, checkout

NOW = FixedClock("2026-11-23T09:00:00+08:00").now()
FEEL = Feel()


def side(pack: Pack, state: str = "") -> Side:
    return Side(LoadedRelease(pack), FEEL, NOW, state)


def changed(name: str, *pairs: tuple[str, str], code: str = "hunan") -> Pack:
    """A pack of the checkout in which one file says something else."""
    pack = checkout(code)
    text = pack.files[name].decode()
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return assemble_pack(code, {**pack.files, name: text.encode()}, pack.origins)


def against(pack: Pack) -> Comparison:
    """The checkout's pack on the left, the changed one on the right."""
    return compare_packs(side(checkout(pack.code), "甲"), side(pack, "乙"))


def differing(found: Comparison) -> dict[str, dict[str, Line]]:
    """By section, the lines that differ, by key."""
    return {part.code: {line.key: line for line in part.differing} for part in found.sections if part.differing}


@pytest.mark.parametrize("code", sorted({*PACKS, "selftest"}))
def test_a_pack_differs_from_itself_in_nothing(code: str) -> None:
    found = against(checkout(code))
    assert found.is_same
    assert differing(found) == {}
    assert {process.standing for process in found.processes} == {"same"}
    assert {decision.standing for decision in found.decisions} == {"same"}
    assert all(section.lines for section in found.sections if section.code in ("overview", "items", "limits", "fields"))


@pytest.mark.parametrize(
    ("old", "new", "section", "key", "words"),
    [
        ("limit_working_days: 25", "limit_working_days: 20", "limits", "", "受理后20个工作日"),
        ("requires: [med_stop]", "requires: [pension_suspend]", "prerequisites", "med_withdraw", "停发养老金"),
        ("plain: 注销驾驶证", "plain: 注销驾照", "items", "licence_cancel", "注销驾照；"),
        ("clerk: police.traffic, job", "clerk: police.household, job", "handling", "licence_cancel", "公安户籍窗口"),
        ("section: 附件3 六", "section: 附件3 七", "overview", "fee", "附件3 七"),
        ("name: 湖南政务服务网, kind", "name: 省政务网, kind", "channels", "portal", "省政务网"),
        ("value: either\n", "value: both\n", "switches", "C-01", "户籍（另"),
        (
            "\n    class: policy\n    note: 正文",
            "\n    class: safety\n    note: 正文",
            "unconfirmed",
            "C-01",
            "安全规则",
        ),
        ("section: '二(一)13'", "section: '二(一)14'", "grounds", "hukou_cancel", "二(一)14"),
    ],
)
def test_what_the_manifest_changes_is_told_under_its_subject(
    old: str, new: str, section: str, key: str, words: str
) -> None:
    found = differing(against(changed("pack.yaml", (old, new))))
    line = found[section][key]
    assert line.state == "differs"
    assert words in line.right and words not in line.left


def test_a_confirmed_rule_is_no_longer_among_the_unconfirmed() -> None:
    signed = (
        "status: 已确认\n    confirmed: {by: 省民政厅, on: 2026-01-05, document: 湘民函〔2026〕1号}\n    class: policy"
    )
    pack = changed("pack.yaml", ("status: 待确认\n    class: policy", signed))
    line = differing(against(pack))["unconfirmed"]["C-01"]
    assert (line.state, line.right) == ("left", "")


def test_materials_are_compared_item_by_item() -> None:
    found = differing(
        against(
            changed("materials.dmn", ('<dmn:text>"死者银行卡复印件"</dmn:text>', '<dmn:text>"死者存折"</dmn:text>'))
        )
    )
    [line] = found["materials"].values()
    assert (
        line.key.startswith("med_withdraw/")
        and line.left.startswith("死者银行卡复印件")
        and line.right.startswith("死者存折")
    )


def test_payees_are_told_in_words() -> None:
    pack = changed("payees.dmn", ('<dmn:text>"heir"</dmn:text>', '<dmn:text>"deceased"</dmn:text>'))
    line = differing(against(pack))["payees"]["deposit_small"]
    assert "付给申请人" in line.left and "付给逝者本人" in line.right
    assert list(differing(against(pack))["payees"]) == ["deposit_small"]


def test_eligibility_is_told_by_what_it_rests_on() -> None:
    pack = changed("eligibility.dmn", ('"either","died_in"</dmn:text>', '"died_in"</dmn:text>'))
    [line] = [one for one in differing(against(pack))["eligibility"].values() if one.state == "differs"]
    assert line.right == f"{OTHERWISE}{line.left}", "the switch is set to either"


def test_a_field_tells_what_it_takes_and_when_it_is_shown() -> None:
    form = "forms/decide_item.form"
    text = checkout("hunan").files[form].decode()
    label = re.search(r'"label": "([^"]+)"', text)
    assert label
    found = differing(against(changed(form, (f'"label": "{label[1]}"', '"label": "改了名的字段"'))))
    assert any("改了名的字段" in line.right for line in found["fields"].values())
    required = differing(against(changed(form, ('"required": true', '"required": false'))))["fields"]
    [line] = required.values()
    assert "必填" in line.left and "必填" not in line.right


@pytest.mark.parametrize("form_id", ["application", "death_report"])
def test_nothing_that_a_form_says_escapes(form_id: str) -> None:
    """Every value of every component, changed one at a time; where it lies in the grid is layout."""
    data = json.loads(checkout("hunan").files[f"forms/{form_id}.form"])
    before, tried = say_fields({form_id: read_form(data, form_id)}, {}), 0
    escaped = []
    for number, path in enumerate(list(values(data))):
        changed = copy.deepcopy(data)
        *above, last = path
        place = functools.reduce(operator.getitem, above, changed)
        place[last] = other(place[last], number)
        try:
            after = say_fields({form_id: read_form(changed, form_id)}, {})
        except FormInvalid:
            continue  # no pack has such a form
        tried += 1
        if after == before:
            escaped.append(path)
    assert not escaped, escaped
    assert tried > 100


_LAYOUT = {"layout", "id", "type", "schemaVersion", "exporter", "executionPlatform", "executionPlatformVersion"}


def values(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values that say something."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key not in _LAYOUT:
                yield from values(value, (*path, key))
    elif isinstance(part, list):
        for number, value in enumerate(part):
            yield from values(value, (*path, number))
    elif path and part is not None:
        yield path


def other(value: Any, number: int) -> Any:
    """Something of the same type that the reader takes as well."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    toggled = {"true": "false", "false": "true"}.get(value, f"{value}{number}")
    return f"{value} + {number}" if value.startswith("=") else toggled


def test_a_template_is_compared_as_text() -> None:
    found = differing(against(changed("templates/referral.j2", ("{{ hotline }}", "12345"))))
    assert list(found) == ["texts"]


# -- diagrams --------------------------------------------------------------------------------------------------------


def drawn(name: str, *pairs: tuple[str, str]) -> ProcessDifference:
    pack = changed(f"{name}.bpmn", *pairs)
    [found] = [one for one in compare_diagrams(side(checkout("hunan")), side(pack)) if one.standing != "same"]
    return found


@pytest.mark.parametrize(
    ("name", "old", "new", "aspect"),
    [
        ("police_review", "R/P7D", "R/P3D", "定时"),
        ("apply_together", ">=switches.application.window<", '>="P1M"<', "定时"),
        ("apply_together", 'dueDate="=switches.application.window"', 'dueDate="P1M"', "到期"),
        ("funeral", 'formId="receive_body"', 'formId="record_disposal"', "表单"),
        (
            "handle_item",
            'zeebe:taskDefinition type="items.start"',
            'zeebe:taskDefinition type="items.watch"',
            "任务类型",
        ),
        ("police_review", 'candidateGroups="police.officer"', 'candidateGroups="police.household"', "办理岗位"),
    ],
)
def test_what_stands_in_an_element_is_told(name: str, old: str, new: str, aspect: str) -> None:
    found = drawn(name, (old, new))
    assert found.standing == "differs"
    [change] = found.changes
    assert (change.change, [one.name for one in change.aspects]) == ("changed", [aspect])
    lines = list(process_lines(found))
    assert lines[0].startswith("修改 ") and "→" in lines[1]


def test_a_condition_belongs_to_its_flow() -> None:
    text = checkout("hunan").files["funeral.bpmn"].decode()
    condition = re.search(r"=\s*case\.certificate\.valid[^<]*", text)
    assert condition
    found = drawn("funeral", (condition[0], "=case.certificate.valid"))
    [change] = found.changes
    assert change.kind == "sequenceFlow"
    assert [(one.name, one.right) for one in change.aspects] == [("条件", "=case.certificate.valid")]


def test_a_moved_shape_is_layout_alone() -> None:
    text = checkout("hunan").files["funeral.bpmn"].decode()
    bounds = re.search(r'<dc:Bounds [^>]*x="(\d+)"', text)
    assert bounds
    found = drawn("funeral", (bounds[0], bounds[0].replace(f'x="{bounds[1]}"', f'x="{int(bounds[1]) + 5}"')))
    assert (found.standing, found.changes) == ("layout", ())


def test_added_and_removed_elements_are_told_with_all_they_say() -> None:
    pack = checkout("hunan")
    renamed = (
        pack.files["funeral.bpmn"].decode().replace("receive_body_done", "x").replace('"receive_body"', '"take_body"')
    )
    renamed = renamed.replace('formId="take_body"', 'formId="receive_body"')
    files = {**pack.files, "funeral.bpmn": renamed.encode()}
    [found] = [
        one
        for one in compare_diagrams(side(pack), side(assemble_pack("hunan", files, pack.origins)))
        if one.standing != "same"
    ]
    changes = {change.element: change for change in found.changes}
    assert changes["receive_body"].change == "removed" and changes["take_body"].change == "added"
    assert ("表单", "", "receive_body") in [(a.name, a.left, a.right) for a in changes["take_body"].aspects]


def test_a_process_that_one_pack_has_alone() -> None:
    pack = checkout("hunan")
    files = {name: data for name, data in pack.files.items() if name != "evaluate.bpmn"}
    found = {
        one.process: one for one in compare_diagrams(side(pack), side(assemble_pack("hunan", files, pack.origins)))
    }
    assert found["evaluate"].standing == "left"


@pytest.mark.parametrize("name", ["handle_item.bpmn", "pay_benefit.bpmn", "certify_death.bpmn"])
def test_no_attribute_and_no_text_of_a_diagram_escapes(name: str) -> None:
    """Every attribute and text below the process, and of messages, changed one at a time."""
    data = checkout("hunan").files[name]
    [before] = read_processes(parse_xml(data, name), name)
    escaped = []
    for number in range(len(places(etree.fromstring(data)))):
        root = etree.fromstring(data)
        element, attribute = places(root)[number]
        if attribute:
            told = element.get(attribute, "")
            element.set(attribute, {"true": "false", "false": "true"}.get(told, f"other_{told}"))
        else:
            element.text = f"{element.text}x"
        [after] = read_processes(parse_xml(etree.tostring(root), name), name)
        if not list(compare_processes(before, after)):
            escaped.append((element.tag, attribute, element.get("id")))
    assert not escaped, escaped


UNREAD = {"id", "name"}
"""Ids of what is no element of the flow (definitions of events) and the names of roots say nothing to the engine."""


def places(root: etree._Element) -> list[tuple[etree._Element, str]]:
    """What can be changed: (element, attribute), or (element, "") for its text."""
    found = []
    for element in root.iter(etree.Element):
        tag, around = (
            etree.QName(element).localname,
            {etree.QName(above).localname for above in element.iterancestors()},
        )
        if tag in ("incoming", "outgoing", "definitions") or "BPMNDiagram" in {tag, *around}:
            continue
        is_node = "process" in around and "extensionElements" not in around and not tag.endswith("Definition")
        passive = set() if is_node or "extensionElements" in around else UNREAD
        found += [(element, name) for name in map(str, element.attrib) if name not in passive and "}" not in name]
        if (element.text or "").strip():
            found.append((element, ""))
    return found


# -- decisions -------------------------------------------------------------------------------------------------------


def decided(file: str, *pairs: tuple[str, str]) -> tuple[list[str], Mapping[str, str]]:
    found = against(changed(file, *pairs))
    [decision] = [one for one in found.decisions if one.standing != "same"]
    return list(decision_lines(decision, states(found))), states(found)


def test_a_changed_cell_is_told_with_its_row_and_column() -> None:
    lines, _words = decided("payees.dmn", ('<dmn:text>"deposit"</dmn:text>', '<dmn:text>"housing"</dmn:text>'))
    assert lines == ["不同 第5行", "    账户在申请表的哪一组：已故存款人小额存款提取 → 住房公积金提取"]


def test_a_row_that_is_gone_does_not_shift_the_others() -> None:
    text = checkout("hunan").files["payees.dmn"].decode()
    row = re.search(r'<dmn:rule id="payee_rule_rule_medical">.*?</dmn:rule>', text, re.DOTALL)
    assert row
    lines, _words = decided("payees.dmn", (row[0], ""))
    assert lines[0] == "只在湖南（甲） 第3行"
    assert not any(line.startswith(("不同", "只在湖南（乙）")) for line in lines)


def test_where_order_decides_a_row_in_another_place_is_told() -> None:
    text = checkout("hunan").files["eligibility.dmn"].decode()
    rows = re.findall(r"<dmn:rule .*?</dmn:rule>", text.partition('id="items_offline"')[0], re.DOTALL)
    lines, _words = decided("eligibility.dmn", (rows[0], "@"), (rows[1], rows[0]), ("@", rows[1]))
    assert [line for line in lines if not line.startswith(" ")] == ["顺序不同 第1行 → 第2行"]


def test_a_hit_policy_and_a_type_are_told() -> None:
    lines, _words = decided(
        "payees.dmn",
        ('<dmn:decisionTable id="payee_rule_table">', '<dmn:decisionTable id="payee_rule_table" hitPolicy="FIRST">'),
    )
    assert lines == ["命中规则：UNIQUE → FIRST"]
    lines, _words = decided("payees.dmn", ('name="kind" typeRef="string"', 'name="kind" typeRef="Any"'))
    assert lines == ["列 收款人（kind）：文字 → 任意"]


def test_two_packs_with_nothing_in_common_are_told_as_two() -> None:
    found = compare_packs(side(checkout("hunan")), side(checkout("selftest")))
    assert names(found) == ("湖南", "自检")
    assert {process.standing for process in found.processes} == {"left", "right"}
    assert states(found)["left"] == "只在湖南"
    told = to_json(found)
    assert (told["left"]["pack"], told["right"]["pack"]) == ("hunan", "selftest")


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(PACKS, 2)))
def test_every_two_provinces_are_compared_the_same_both_ways(one: str, other: str) -> None:
    found, back = (compare_packs(side(checkout(a)), side(checkout(b))) for a, b in ((one, other), (other, one)))
    mirrored = {"left": "right", "right": "left"}
    for section, turned in zip(found.sections, back.sections, strict=True):
        forth = {line.key: (mirrored.get(line.state, line.state), line.left, line.right) for line in section.lines}
        assert forth == {line.key: (line.state, line.right, line.left) for line in turned.lines}, section.code
    for process in found.processes:
        [same] = [one for one in back.processes if one.process == process.process]
        assert mirrored.get(process.standing, process.standing) == same.standing
        assert {change.element for change in process.changes} == {change.element for change in same.changes}
    states_of = {one.decision: mirrored.get(one.standing, one.standing) for one in found.decisions}
    assert states_of == {one.decision: one.standing for one in back.decisions}
    differing_sections = {section.code for section in found.sections if section.differing}
    assert {"overview", "items", "grounds", "channels"} <= differing_sections


def test_keys_of_both_stand_once_behind_what_they_follow() -> None:
    assert merged_order("abc", "axbyc") == list("axbyc")
    assert merged_order("abc", "xyz") == list("abcxyz")
    assert merged_order("", "ab") == list("ab")
    assert merged_order("ab", "ba") == list("ab")
