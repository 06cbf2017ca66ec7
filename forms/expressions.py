"""Every FEEL text in a component, for checks before the form is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from forms.evaluator import FeelCheck
from forms.located_json import line_of
from forms.model import Expression
from forms.problems import Report
from forms.schema import FEEL_ATTRIBUTES, MAX_FEEL, TEXT_ATTRIBUTES


def collect_expressions(report: Report, node: Mapping[str, object], check_feel: FeelCheck | None) -> list[Expression]:
    """The FEEL texts of ``node``; those that are too long or that ``check_feel`` finds fault with are reported."""
    found = list(_find(node))
    for expression in found:
        fault = f"it is longer than {MAX_FEEL} characters" if len(expression.text) > MAX_FEEL else ""
        if not fault and check_feel is not None:
            fault = check_feel(expression.text, expression.flavour)
        if fault:
            message = f"{expression.attribute} is no usable FEEL: {fault}"
            report.error_at(node, expression.line, "feel", message, "correct it in the modeler's FEEL editor")
    return found


def _find(node: Mapping[str, object]) -> Iterator[Expression]:
    for attribute, flavour in FEEL_ATTRIBUTES.items():
        text = _text_at(node, attribute)
        if text.startswith("="):
            yield _expression(node, attribute, text[1:], flavour)
    if _text_at(node, "valuesKey"):  # names a variable, which is FEEL to read it
        yield _expression(node, "valuesKey", _text_at(node, "valuesKey"), "expression")
    for attribute in TEXT_ATTRIBUTES:
        text = _text_at(node, attribute)
        if text.startswith("="):
            yield _expression(node, attribute, text[1:], "expression")
        elif "{{" in text:
            yield _expression(node, attribute, text, "template")


def _expression(node: Mapping[str, object], attribute: str, text: str, flavour: str) -> Expression:
    inner, _, key = attribute.rpartition(".")
    return Expression(
        str(node.get("id", "")), attribute, text, flavour, line_of(node.get(inner) if inner else node, key)
    )


def _text_at(node: Mapping[str, object], attribute: str) -> str:
    inner, _, key = attribute.rpartition(".")
    where = node.get(inner) if inner else node
    text = where.get(key) if isinstance(where, Mapping) else None
    return text if isinstance(text, str) else ""
