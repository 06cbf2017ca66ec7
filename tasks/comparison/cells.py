"""A decision's cells in words: what a switch offers, a form's choices, items, departments, accounts; FEEL else."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.dmn.model import Clause, Text
from tasks.comparison.sides import Side
from tasks.comparison.values import bare, cell_words, word
from tasks.guide_materials import MEDIA

PAYEES = {"deceased": "逝者本人", "family": "家属", "heir": "申请人"}
_LISTED = re.compile(r'\[("[^"]*"(?:, *"[^"]*")*)\]')
_SWITCH = re.compile(r"switches\.([\w.]+)")
_ANSWERS = {"true": "是", "false": "否", "null": ""}
_SOURCES = {
    "applicant": "家属提供",
    "shared": "共享取得",
    "generated": "系统生成",
    "prior_item": "前一事项办结后取得",
    "system": "系统提供",
}
_GROUNDS = {
    "none": "都不符合",
    "declared": "宣告死亡",
    "all": "条件都具备",
    "died_in": "死亡地",
    "registered_in": "户籍地",
    "both": "死亡地和户籍地",
}
_FIXED: Mapping[str, Mapping[str, str]] = {
    "source": _SOURCES,
    "medium": {**MEDIA, "none": "不用交件"},
    "kind": PAYEES,
    "other_kind": PAYEES,
    "basis": _GROUNDS,
}
_ACCOUNTS = frozenset({"path", "other_path"})
_STOPS = "terminations.items"  # the switch that names what may end by itself without being an item of the pack
_OFFICES = frozenset({"department", "clerk"})


def asked_words(side: Side, clause: Clause, cell: Text) -> str:
    """What a cell of an input column lets pass; "" for anything."""
    return "" if cell.matches_all else cell_words(side, cell, _codes(side, clause))


def answer_words(side: Side, clause: Clause, cell: Text) -> str:
    """What a cell of an output column answers; "" for nothing."""
    feel = cell.feel
    if feel in _ANSWERS:
        return _ANSWERS[feel]
    listed = _LISTED.fullmatch(feel)
    codes = [bare(code.strip()) for code in (listed[1].split(",") if listed else [feel])]
    return "、".join(_answer(side, clause.name, code) for code in codes)


def _answer(side: Side, name: str, code: str) -> str:
    if name in _ACCOUNTS:
        return side.account_name(code)
    if name in _OFFICES:
        return side.group_name(code)
    item = side.release.manifest.items.get(code)
    return item.plain if item else {**_FIXED.get(name, {}), **side.choices(_STOPS)}.get(code) or word(side, code)


def _codes(side: Side, clause: Clause) -> Mapping[str, str]:
    """What the codes of an input column mean: by the switch that it reads, or the form that asks it."""
    feel = clause.expression.feel if clause.expression else ""
    switch = _SWITCH.fullmatch(feel)
    if switch:
        return side.choices(switch[1])
    if feel == "applicant_kind":
        return side.applicants.kinds
    return side.applicants.payees if feel == "payee" else {}
