"""What decisions say of the service, in words: who is paid, who may apply, what goes offline, what ends by itself."""

from __future__ import annotations

from engine.dmn.model import Clause, Rule, Table, Text
from engine.errors import FeelError
from tasks.comparison.cells import PAYEES
from tasks.comparison.lines import Saying, Sayings
from tasks.comparison.sides import Side
from tasks.comparison.values import (
    OTHERWISE,
    bare,
    cell_words,
    column,
    conditions,
    in_force,
    reads_switches_alone,
    subject,
)

_ITEM = "item"


def payees(side: Side) -> Sayings:
    """For every item that pays, the rows of ``payee_rule`` that may decide on it."""
    table = table_of(side, "payee_rule")
    if table is None:
        return {}
    found = {}
    for code, item in side.release.manifest.items.items():
        if item.pays:
            words = [_payee_words(side, table, rule) for rule in table.rules if _concerns(side, table, rule, code)]
            found[code] = Saying(item.plain, "；".join(words) or "没有规则，不能付款")
    return found


def eligibility(side: Side) -> Sayings:
    """The rows of ``eligibility``: by what they give as their basis, else by their number."""
    table = table_of(side, "eligibility")
    if table is None:
        return {}
    found: dict[str, Saying] = {}
    for rule in table.rules:
        answer = outputs_of(table, rule)
        verdict = {"true": "可以受理", "false": "不予受理"}.get(answer.get("eligible", ""), "")
        about = subject(table, rule) if answer.get("eligible") == "false" else answer.get("basis") or rule.number
        key = _free_key(f"{verdict}/{about}", found)
        when = "，".join(conditions(side, table, rule)) or "其他情形"
        reason = bare(answer.get("reason", ""))
        label = f"{verdict}：{rule.note or reason}" if verdict else rule.note or reason
        found[key] = Saying(label, f"{_proviso(side, table, rule)}{when} → {reason or verdict}")
    return found


def offline(side: Side) -> Sayings:
    """What ``items_offline`` sends to a window, item by item; what no switch lets decide stands apart."""
    return _by_item(side, "items_offline", apart=True)


def terminations(side: Side) -> Sayings:
    """What ``automatic_terminations`` ends without an application."""
    return _by_item(side, "automatic_terminations")


def table_of(side: Side, decision_id: str) -> Table | None:
    """The table of a decision of the pack; None where there is none, or where it is an expression."""
    decision = side.release.decisions.decisions.get(decision_id)
    return decision.logic if decision is not None and isinstance(decision.logic, Table) else None


def outputs_of(table: Table, rule: Rule) -> dict[str, str]:
    """The FEEL of a row's outputs by their names."""
    return {clause.name: cell.feel for clause, cell in zip(table.outputs, rule.outputs, strict=True)}


def _by_item(side: Side, decision_id: str, *, apart: bool = False) -> Sayings:
    table = table_of(side, decision_id)
    if table is None:
        return {}
    found: dict[str, Saying] = {}
    for rule in table.rules:
        answer = outputs_of(table, rule)
        code = bare(answer.get(_ITEM, ""))
        item = side.release.manifest.items.get(code)
        when = "，".join(conditions(side, table, rule)) or "一律"
        reason = bare(answer.get("reason", "")) or rule.note
        aside = "?" if apart and not in_force(side, table, rule) else ""
        key = _free_key(f"{code}/{subject(table, rule)}{aside}", found)
        words = f"{when} → {reason}" if reason else when
        found[key] = Saying(item.plain if item else reason, f"{_proviso(side, table, rule)}{words}")
    return found


def _payee_words(side: Side, table: Table, rule: Rule) -> str:
    answer = outputs_of(table, rule)
    kind, place = bare(answer.get("kind", "")), bare(answer.get("path", ""))
    paid = f"付给{PAYEES.get(kind, kind)}（{side.account_name(place)}）"
    others = [c for c in table.inputs if c.expression is None or c.expression.feel != _ITEM]
    when = [
        f"{column(clause)}：{cell_words(side, cell)}"
        for clause, cell in zip(table.inputs, rule.inputs, strict=True)
        if clause in others and not cell.matches_all and not reads_switches_alone(clause)
    ]
    other = bare(answer.get("other_kind", "null"))
    if other != "null":
        paid += f"，账户不能用时可改付{PAYEES.get(other, other)}"
    said = _proviso(side, table, rule) + (f"{'，'.join(when)}时{paid}" if when else paid)
    return f"{said}——{rule.note}" if rule.note else said


def _proviso(side: Side, table: Table, rule: Rule) -> str:
    return "" if in_force(side, table, rule) else OTHERWISE


def _concerns(side: Side, table: Table, rule: Rule, code: str) -> bool:
    cells = zip(table.inputs, rule.inputs, strict=True)
    return all(_lets_pass(side, cell, code) for clause, cell in cells if _looks_at_item(clause))


def _looks_at_item(clause: Clause) -> bool:
    return clause.expression is not None and clause.expression.feel == _ITEM


def _lets_pass(side: Side, cell: Text, code: str) -> bool:
    if cell.matches_all:
        return True
    try:
        return side.feel.unary_test(cell.feel, code, {"switches": side.release.switches, "case": {}}, side.now)
    except FeelError:
        return True  # it hangs on the case: the row may decide


def _free_key(key: str, taken: Sayings) -> str:
    """Several rows of one item are several lines: ``med_withdraw``, ``med_withdraw#2``."""
    if key not in taken:
        return key
    return next(name for number in range(2, len(taken) + 3) if (name := f"{key}#{number}") not in taken)
