"""What the comparison tells of five provinces is what their documents say, and says where they are silent."""

from __future__ import annotations

import re

from tasks.comparison.service import compare_service
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
