"""What the comparison tells of five provinces is what their documents say, and says where they are silent."""

from __future__ import annotations

import re

from tasks.comparison import compare_packs
from tasks.comparison.condition_words import shown_when
from tasks.comparison.service import compare_service
from tasks.comparison.told import decision_lines, row_cells, states
from tasks.comparison.values import OTHERWISE
from tests.packs.conftest import PACKS, checkout
from tests.packs.test_comparison import side


def test_rules_are_told_without_codes() -> None:
    """No value of a register, a form or a switch stands among the service's words as the tables write it."""
    told = [
        (code, part.code, line.key, words)
        for code in PACKS
        for part in compare_service(side(checkout(code)), side(checkout(code)))
        if part.code in ("payees", "eligibility", "offline", "terminations")
        for line in part.lines
        if (words := re.search(r"[a-z_]{3,}|\(\?", line.left))
    ]
    assert not told, told


def test_clauses_meet_by_what_they_are_about() -> None:
    """出证 stands beside 出证, wherever each guide puts it; and the switches' rows tell when they are not in force."""
    found = {part.code: part for part in compare_service(side(checkout("hunan")), side(checkout("tianshui")))}
    for code in ("conditions", "steps"):
        for line in found[code].lines:
            assert "／" not in line.label and "第" not in line.label
            assert all(words.startswith(f"{line.label}：") for words in (line.left, line.right) if words)
    stops = found["terminations"].lines
    assert all(not line.left.startswith(OTHERWISE) and line.right.startswith(OTHERWISE) for line in stops)


def test_what_no_document_says_is_told_so() -> None:
    found = {part.code: part for part in compare_service(side(checkout("hunan")), side(checkout("guizhou")))}
    lines = {code: {line.key: line for line in part.lines} for code, part in found.items()}
    assert "文件没有写明" not in lines["overview"]["hotline"].left and "没有写明" in lines["overview"]["hotline"].right
    assert "文件没有写明" in lines["switches"]["P-15"].left and "没有写明" not in lines["switches"]["P-15"].right
    assert lines["limits"][""].left == "受理后25个工作日（不含邮寄）" and "没有写明" in lines["limits"][""].right
    assert all("暂定" in line.right for line in found["payees"].lines if line.right)
    assert all("暂定" in line.right for line in found["materials"].lines if line.right)


def test_rules_on_one_fact_meet_in_one_line() -> None:
    """Refusals and referrals of two packs stand side by side only where they turn on the same fact."""
    found = {part.code: part for part in compare_service(side(checkout("yueyang")), side(checkout("shanxi")))}
    hukou = [line for line in found["offline"].lines if line.key.startswith("hukou_cancel/")]
    assert [(bool(line.left), bool(line.right)) for line in hukou] == [(True, False), (False, True)]
    medical = next(line for line in found["offline"].lines if line.key == "med_withdraw/registers.medical.scheme")
    assert "不是职工" in medical.left and "不是职工" in medical.right
    refused = [line for line in found["eligibility"].lines if line.key == "不予受理/locality.registered_here"]
    assert [bool(line.right) for line in refused] == [False], "there the household is what is left over"


def test_durations_are_told_in_words() -> None:
    found = {part.code: part for part in compare_service(side(checkout("hunan")), side(checkout("shanxi")))}
    switches = {line.key: line for line in found["switches"].lines}
    assert switches["P-08"].left.startswith("30天") and switches["P-08"].right.startswith("不等待")


def test_decisions_are_told_in_the_words_of_either_pack() -> None:
    """No code of an item, register, switch or account stands in a row; a column is called what both packs call it."""
    told = compare_packs(side(checkout("yueyang")), side(checkout("guizhou"))).decisions
    said = [
        words
        for decision in told
        for row in decision.differing
        for cell in row_cells(decision, row)
        for words in (cell.left, cell.right)
        if re.search(r"[a-z_]{3,}|\(\?", words)
    ]
    assert said == []
    eligibility = next(one for one in told if one.decision == "eligibility")
    assert "户籍在本县／户籍在本省" in eligibility.labels and eligibility.labels[-1] == "备注"
    assert eligibility.labels.index("以何为准") < eligibility.labels.index("可以受理"), "what is asked, then the answer"
    hunan = compare_packs(side(checkout("hunan")), side(checkout("guizhou"))).decisions
    payees = next(one for one in hunan if one.decision == "payee_rule")
    assert [row.state for row in payees.rows] == ["differs"] * 5, "laid beside each other, whatever their notes say"
    other = payees.labels.index("账户不能用时可改付")
    assert [row.changed[other] for row in payees.rows] == [True, False, False, False, False], "null is nothing"


def test_conditions_of_forms_are_told_in_chinese_or_not_at_all() -> None:
    """No code stands among the words; what has no words is told by its FEEL alone, and is little."""
    told: dict[str, str] = {}
    for code in PACKS:
        own = side(checkout(code))
        for form in own.forms.values():
            told |= {one.hide: shown_when(one.hide, form, own) for one in form.components() if one.hide}
    assert len(told) > 90 and sum(not words for words in told.values()) < 16
    assert not [words for words in told.values() if re.search(r"[a-z_]{3,}", words)]
    assert told['disposition = "none"'] == "“家属选择的处置方式”不是“没有遗体”"
    assert told['finding = null or finding != "abnormal"'] == "“文书认定的死亡性质”是“非正常死亡，由公安出证”"
    either = 'not(list contains(items, "med_stop") or list contains(items, "med_withdraw"))'
    assert told[either] == "选了“终止医保”；或者选了“取出医保个人账户余额”"
    counted = told[next(feel for feel in told if "count(benefits)" in feel)]
    assert counted.endswith("包括“都不是”，并且“死亡人员享受福利、补贴待遇情况”选了不止一项")


def test_fields_of_one_label_are_told_apart_and_papers_by_their_name() -> None:
    """附件2 of the one asks for three accounts; 附件2 6 of the other names two papers that are made."""
    found = {part.code: part for part in compare_service(side(checkout("shanxi")), side(checkout("tianshui")))}
    labels = {line.key: line.label for line in found["fields"].lines}
    accounts = [labels[f"application/{place}.account"] for place in ("social_card", "bank_card", "unit")]
    assert [label.partition("：")[2].partition("·") for label in accounts] == [
        ("死亡人员社保卡账户", "·", "账号"),
        ("死亡人员银行 I 类账户", "·", "账号"),
        ("生前工作单位结算账户", "·", "账号"),
    ]
    assert labels["resident_cancel/payout.card"].startswith("城乡居民基本养老保险注销登记表及承诺书（")
    assert not [label for label in labels.values() if label.partition("：")[0].isascii()]


def test_what_one_table_alone_looks_at_is_told_as_its_own() -> None:
    """C-21 is a column of one table; what could stop by itself has a name also where it is no item (P-07)."""
    found = compare_packs(side(checkout("shanxi")), side(checkout("tianshui")))
    told = {one.decision: list(decision_lines(one, states(found))) for one in found.decisions}
    assert "列 居民医保个人账户（switches.medical.resident）：只在天水，是或否" in told["items_offline"]
    assert "    事项：养老保险待遇暂停" in told["automatic_terminations"]
    assert not [line for lines in told.values() for line in lines if re.search("：[a-z_]{3,}$", line)]


def test_a_choice_that_a_switch_holds_back_is_not_told() -> None:
    """C-33: 容缺 is the word of one document."""
    found = {part.code: part for part in compare_service(side(checkout("hunan")), side(checkout("guizhou")))}
    [line] = [line for line in found["fields"].lines if line.key == "acceptance/decision"]
    assert (line.state, "容缺" in line.left, "容缺" in line.right) == ("differs", False, True)
    assert "容缺" in line.left_source, "the form itself is the same"


def test_rows_meet_by_what_they_ask_not_by_asking_no_register() -> None:
    found = {part.code: part for part in compare_service(side(checkout("yueyang")), side(checkout("guizhou")))}
    assert not [line for line in found["eligibility"].lines if line.left and line.right]
    found = {part.code: part for part in compare_service(side(checkout("guizhou")), side(checkout("tianshui")))}
    both = [line for line in found["offline"].lines if line.left and line.right]
    assert both and not [line for line in both if OTHERWISE in line.left or OTHERWISE in line.right]
