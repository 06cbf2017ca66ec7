"""What the codes in a decision's cells mean to people, and which rows a pack's switches leave out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from engine.dmn.model import Clause, Rule, Table, Text
from engine.errors import FeelError
from tasks.comparison.sides import Side

OTHERWISE = "开关另定时："
"""Before a row that the switches, as they are set, leave out."""
_CHOSEN = "items"
_UNKNOWN = "unknown"
_TEXT = r'"[^",]*"'
_TEXTS = re.compile(rf"{_TEXT}(\s*,\s*{_TEXT})*")
_NEGATED = re.compile(rf"not\(({_TEXT}(?:,{_TEXT})*)\)")
_CONTAINS = re.compile(r'list contains\(\?, "([^"]+)"\)')
_NOT = re.compile(r"not\(([^()]*)\)")
_OF_SWITCHES = re.compile(r'switches(\.\w+)+( = ("[^"]*"|true|false))?')
_FACT = re.compile(r"\bcase\.((?:registers|locality|certificate|remains)\.[\w.]+)(?![\w.]| = true then)")
_PLAIN = {"true": "是", "false": "否", "not(true)": "不是，或者不明"}
_WORDS = {
    _UNKNOWN: "登记查不到",
    "yes": "是",
    "no": "否",
    "none": "没有参保",
    "enterprise": "企业职工",
    "institution": "机关事业单位",
    "resident": "城乡居民",
    "employee": "职工",
    "retired": "退休",
    "employed": "在职",
    "enterprise_retired": "企业退休职工",
    "enterprise_employed": "企业在职职工",
    "institution_retired": "机关事业单位退休人员",
    "institution_employed": "机关事业单位在职人员",
    "resident_retired": "领取待遇的城乡居民",
    "resident_employed": "缴费的城乡居民",
    "resident_none": "参保的城乡居民",
    "deceased": "逝者本人",
    "family": "家属",
    "heir": "申请人",
    "social_card": "社会保障卡账户",
    "bank_card": "银行账户",
    "normal": "正常死亡",
    "abnormal": "非正常死亡证明",
    "ruling": "宣告死亡判决书",
    "here": "在本地",
    "not_here": "不在本地",
    "work_injury": "工伤保险",
    "unemployment": "失业保险",
    "overcredited": "多划拨的没有退回",
    "unsettled": "费用没有报销完结",
    "unsuspended": "死亡当月没有办理暂停",
    "unsealed": "没有封存",
    "unpaid": "没有足额缴存",
    "frozen": "被冻结",
    "loan": "有贷款",
    "guarantee": "有担保",
    "allowance": "低保",
    "destitute": "特困",
    "elder": "老年人福利",
    "hardship": "困难残疾人生活补贴",
    "severe": "重度残疾人护理补贴",
    "dependant": "企业离退休人员遗属生活困难补助费",
}


def in_force(side: Side, table: Table, rule: Rule) -> bool:
    """Whether the pack's switches, as they are set, let a row decide; what hangs on a case is open."""
    cells = zip(table.inputs, rule.inputs, strict=True)
    return all(_passes(side, clause, cell) for clause, cell in cells if reads_switches_alone(clause))


def reads_switches_alone(clause: Clause) -> bool:
    """Whether a column looks at a switch and at nothing of a case: its answer is known without one."""
    return clause.expression is not None and _OF_SWITCHES.fullmatch(clause.expression.feel) is not None


def subject(table: Table, rule: Rule) -> str:
    """The fact of a case that a row turns on, its last: rows of two packs on one fact are told in one line.

    "" for a row that looks at nothing of a case. A row that reads no plain fact turns on its last expression: two packs
    that ask the application different things do not meet because neither is in a register.
    """
    cells = [(clause, cell) for clause, cell in zip(table.inputs, rule.inputs, strict=True) if not cell.matches_all]
    read = [clause.expression.feel for clause, _ in cells if clause.expression and not reads_switches_alone(clause)]
    asked = [feel for feel in read if feel != _CHOSEN]
    facts = [found[1] for feel in asked if (found := _FACT.search(feel))]
    return (facts or asked or [""])[-1]


def conditions(side: Side, table: Table, rule: Rule) -> Iterator[str]:
    """What a row looks at in a case, in the words of its columns: not the switches, not which items are chosen."""
    for clause, cell in zip(table.inputs, rule.inputs, strict=True):
        chosen = clause.expression is not None and clause.expression.feel == _CHOSEN
        if not (cell.matches_all or chosen or reads_switches_alone(clause)):
            yield f"{column(clause)}：{cell_words(side, cell)}"


def cell_words(side: Side, cell: Text, known: Mapping[str, str] = MappingProxyType({})) -> str:
    """A cell for people: 是 and 否, 甲或乙, 不是甲, 甲，没有乙; FEEL that is none of these stays as it is.

    ``known`` are the codes that the column has words for itself.
    """

    def said(code: str) -> str:
        return known.get(code) or word(side, code)

    feel = cell.feel
    if feel in _PLAIN:
        return _PLAIN[feel]
    negated = _NEGATED.fullmatch(feel)
    if negated:
        codes = [bare(code.strip()) for code in negated[1].split(",")]
        others = "或".join(said(code) for code in codes if code != _UNKNOWN)
        return f"不是{others}" + (f"（{_WORDS[_UNKNOWN]}的除外）" if _UNKNOWN in codes else "")
    if _TEXTS.fullmatch(feel):
        return "或".join(said(bare(code.strip())) for code in feel.split(","))
    if not _CONTAINS.search(feel):
        return feel
    told = _NOT.sub(r"没有\1", _CONTAINS.sub(lambda found: said(found[1]), feel))
    return told.replace(" and ", "，").replace(" or ", "或")


def word(side: Side, code: str) -> str:
    """What a code means: an item by its plain name, else a known answer of the registers and forms, else the code."""
    item = side.release.manifest.items.get(code)
    return item.plain if item else _WORDS.get(code, code)


def column(clause: Clause) -> str:
    """What people call a column."""
    return clause.label or clause.name or (clause.expression.feel if clause.expression else "")


def bare(feel: str) -> str:
    """A FEEL text without its quotes; any other FEEL as it is."""
    quoted = len(feel) > 1 and feel[0] == feel[-1] == '"' and '"' not in feel[1:-1]
    return feel[1:-1] if quoted else feel


def _passes(side: Side, clause: Clause, cell: Text) -> bool:
    if cell.matches_all or clause.expression is None:
        return True
    scope = {"switches": side.release.switches}
    try:
        value = side.feel.evaluate(clause.expression.feel, scope, side.now)
        return side.feel.unary_test(cell.feel, value, scope, side.now)
    except FeelError:
        return True
