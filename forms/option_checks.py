"""The choices that a .form file writes down for a radio, select, checklist or taglist."""

from __future__ import annotations

from collections.abc import Mapping

from forms.model import MULTIPLE_CHOICES, OPTION_SOURCES
from forms.options import normalise_options
from forms.problems import Report
from forms.schema import MAX_OPTIONS
from forms.values import is_among

Node = Mapping[str, object]


def check_options(report: Report, node: Node) -> None:
    """Report choices that are missing, come from two places, or cannot be told apart."""
    given = [source for source in OPTION_SOURCES if source in node]
    if len(given) != 1:
        message = "the choices come from nowhere" if not given else f"the choices come from {' and '.join(given)}"
        report.error(node, "options", message, "give exactly one of values, valuesKey, valuesExpression")
    elif given == ["values"]:
        _check_values(report, node)
    elif given == ["valuesKey"]:
        key = node["valuesKey"]
        if not isinstance(key, str) or not key or "." in key:
            remedy = "name a variable without dots, or use valuesExpression"
            report.error(node, "options", "valuesKey is not one name", remedy, "valuesKey")
    else:
        text = node["valuesExpression"]
        if not isinstance(text, str) or len(text) < 2 or not text.startswith("="):
            report.error(node, "options", "valuesExpression is no FEEL", 'begin it with "="', "valuesExpression")


def _check_values(report: Report, node: Node) -> None:
    values = node["values"]
    if not isinstance(values, list) or not 0 < len(values) <= MAX_OPTIONS:
        report.error(node, "options", f"values is not a list of 1 to {MAX_OPTIONS}", "write the choices", "values")
        return
    options = normalise_options(values)
    if len(options) < len(values):
        remedy = "give each a label and a value that is not empty"
        report.error(node, "options", "some choices are unusable and would not be shown", remedy, "values")
    if not all(isinstance(one, Mapping) and one.get("label") for one in values):
        report.warn(node, "options", "a choice without a label shows its value", "give each choice a label", "values")
    repeated = _first_repeated([option.value for option in options]) or _first_repeated([one.label for one in options])
    if repeated:
        report.error(node, "options", f"{repeated[0]!r} is given twice", "tell the choices apart", "values")


def _first_repeated(values: list[object]) -> list[object]:
    """The first value that stands in the list before, alone in a list; [] if all differ."""
    seen: list[object] = []
    for value in values:
        if is_among(value, seen):
            return [value]
        seen.append(value)
    return []


def is_default(node: Node, kind: str, value: object) -> bool:
    """Whether ``value`` can be chosen from the start."""
    chosen = value if isinstance(value, list) else None
    if kind not in MULTIPLE_CHOICES:
        chosen = [value]
    if chosen is None:
        return False
    if "values" not in node or value is None:
        return True
    allowed: list[object] = [option.value for option in normalise_options(node["values"])]
    return all(is_among(one, allowed) for one in chosen)
