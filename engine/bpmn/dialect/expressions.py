"""Every FEEL text of a file, for the checks that need a FEEL parser (syntax, names, sealed fields)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lxml.etree import _Element as Element

from engine.bpmn.dialect.tags import kind_of, name_of, owner_id, short_name, text_of
from engine.bpmn.dialect.values import CONDITION, CYCLE, DATE, DURATION, Form, Value
from engine.bpmn.dialect.zeebe import EXTENSIONS, PROPERTIES, Extension
from engine.bpmn.xml import line_of

_TEXTS: dict[str, Value] = {
    "bpmn:conditionExpression": CONDITION,
    "bpmn:completionCondition": CONDITION,
    "bpmn:timeDate": DATE,
    "bpmn:timeDuration": DURATION,
    "bpmn:timeCycle": CYCLE,
}


@dataclass(frozen=True, slots=True)
class Expression:
    """One FEEL text, without its ``=``.

    `place` names the attribute or element (``zeebe:input source``), `target` the variable that a mapping sets, and
    `kind` what the value is used as: ``expression`` (anything), ``condition`` (true or false), ``list``, ``text``,
    ``number``, ``date`` (a day or a moment), ``duration`` or ``cycle``.
    """

    element_id: str
    line: int
    place: str
    text: str
    kind: str
    target: str = ""


def iter_expressions(root: Element) -> Iterator[Expression]:
    """The FEEL texts of the file in its order; unknown elements and attributes have none."""
    for element in root.iter():
        name = name_of(element)
        if name in _TEXTS:
            yield from _expression(element, kind_of(element), text_of(element), _TEXTS[name])
        elif name in _ALL_EXTENSIONS:
            for key, raw in element.attrib.items():
                attribute = short_name(key)
                value = _value_of(element, name, attribute)
                if value and value.form is not Form.STATIC:
                    yield from _expression(element, f"{name} {attribute}", str(raw).strip(), value)


def _expression(element: Element, place: str, text: str, value: Value) -> Iterator[Expression]:
    if not text.startswith("="):
        return
    target = str(element.get("target") or "")
    yield Expression(owner_id(element), line_of(element), place, text[1:].strip(), value.expects, target)


def _value_of(element: Element, name: str, attribute: str) -> Value | None:
    if name == "zeebe:property" and attribute == "value":
        own = PROPERTIES.get(str(element.get("name") or ""))
        return own[1] if own else None
    return _ALL_EXTENSIONS[name].attributes.get(attribute)


def _flatten(extensions: dict[str, Extension]) -> dict[str, Extension]:
    nested = {name: child for extension in extensions.values() for name, child in extension.children.items()}
    return {**extensions, **nested}


_ALL_EXTENSIONS = _flatten(EXTENSIONS)
