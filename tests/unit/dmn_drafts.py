"""Small DMN files for tests, written from lists of cells."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

MODEL = "https://www.omg.org/spec/DMN/20191111/MODEL/"

Row = tuple[Sequence[str], Sequence[str]]


def definitions(*parts: str) -> bytes:
    return f'<definitions xmlns="{MODEL}" id="rules" name="规则" namespace="d">{"".join(parts)}</definitions>'.encode()


def table(
    *rows: Row,
    id: str = "verdict",  # noqa: A002 - it becomes the attribute
    name: str = "结论",
    policy: str = "UNIQUE",
    aggregation: str = "",
    inputs: Sequence[tuple[str, str, str]] = (("x", "", ""),),
    outputs: Sequence[tuple[str, str, str]] = (("result", "", ""),),
    requires: Sequence[str] = (),
    inner: str = "",
) -> str:
    """A decision with a table. Inputs are (expression, type, allowed), outputs (name, type, allowed), rows cells."""
    clauses = [_input(f"{id}_i{n}", *each) for n, each in enumerate(inputs, 1)]
    clauses += [_output(f"{id}_o{n}", *each) for n, each in enumerate(outputs, 1)]
    rules = [_rule(f"{id}_r{n}", *row) for n, row in enumerate(rows, 1)]
    aggregated = f' aggregation="{aggregation}"' if aggregation else ""
    attributes = f'id="{id}_t" hitPolicy="{policy}"{aggregated}'
    body = f"<decisionTable {attributes}>{''.join(clauses + rules)}{inner}</decisionTable>"
    return decision(body, id=id, name=name, requires=requires)


def literal(text: str, *, id: str, name: str = "", requires: Sequence[str] = ()) -> str:  # noqa: A002
    body = f'<literalExpression id="{id}_e">{_text(text)}</literalExpression>'
    return decision(body, id=id, name=name, requires=requires)


def decision(body: str, *, id: str, name: str = "", requires: Sequence[str] = ()) -> str:  # noqa: A002
    needed = "".join(
        f'<informationRequirement id="{id}_q{n}"><requiredDecision href="#{each}"/></informationRequirement>'
        for n, each in enumerate(requires, 1)
    )
    return f'\n<decision id="{id}" name="{escape(name)}">{needed}{body}</decision>'


def _input(at: str, expression: str, kind: str, allowed: str) -> str:
    typed = f' typeRef="{kind}"' if kind else ""
    values = f'<inputValues id="{at}_v">{_text(allowed)}</inputValues>' if allowed else ""
    return f'<input id="{at}"><inputExpression id="{at}_e"{typed}>{_text(expression)}</inputExpression>{values}</input>'


def _output(at: str, name: str, kind: str, allowed: str) -> str:
    typed = f' typeRef="{kind}"' if kind else ""
    values = f'<outputValues id="{at}_v">{_text(allowed)}</outputValues>' if allowed else ""
    return f'<output id="{at}" name="{name}"{typed}>{values}</output>'


def _rule(at: str, inputs: Sequence[str], outputs: Sequence[str]) -> str:
    cells = [f'<inputEntry id="{at}_i{n}">{_text(cell)}</inputEntry>' for n, cell in enumerate(inputs, 1)]
    cells += [f'<outputEntry id="{at}_o{n}">{_text(cell)}</outputEntry>' for n, cell in enumerate(outputs, 1)]
    return f'\n<rule id="{at}">{"".join(cells)}</rule>'


def _text(text: str) -> str:
    return f"<text>{escape(text)}</text>"
