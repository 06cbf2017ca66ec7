"""Checks extension elements against the ``zeebe`` tables, and that every element has those it needs."""

from __future__ import annotations

from collections import Counter

from lxml.etree import _Element as Element

from engine.bpmn.dialect.report import Report, shown
from engine.bpmn.dialect.tags import children, extension, kind_of, name_of, short_name
from engine.bpmn.dialect.values import Value
from engine.bpmn.dialect.zeebe import (
    EXTENSIONS,
    PROPERTIES,
    PROPERTY_PREFIX,
    REFUSED_ATTRIBUTES,
    REFUSED_EXTENSIONS,
    REQUIRED,
    Extension,
)


def check_extensions(holder: Element, report: Report) -> None:
    """Check what a ``bpmn:extensionElements`` holds: each element known, at its place, once, with lawful values."""
    owner = holder.getparent()
    if owner is None:
        return
    place = kind_of(owner)
    _check_stray_text(holder, report)
    counts = Counter(name_of(child) for child in holder)
    for child in holder:
        name = name_of(child)
        if name not in EXTENSIONS:
            _refuse_unknown(child, report)
        elif _is_misplaced(EXTENSIONS[name], place):
            report.error(child, "dialect/misplaced", f"{name} has no place in a {place}", "remove it")
        elif counts[name] > 1 and child is not next(children(holder, name)):
            report.error(child, "dialect/repeated", f"{name} occurs {counts[name]} times", "keep one")
        else:
            _check_extension(child, EXTENSIONS[name], place, report)


def check_required_extensions(element: Element, report: Report) -> None:
    """Report the extension elements that a kind of BPMN element cannot do without."""
    for name in REQUIRED.get(kind_of(element), ()):
        if extension(element, name) is None:
            message = f"{kind_of(element)} needs {name}"
            report.error(element, "dialect/missing-extension", message, _remedy_for(name))


def check_value(element: Element, what: str, text: str, value: Value, report: Report) -> None:
    """Report a `text` that is not such a `value`; `what` names its place."""
    fault = value.fault(text)
    if fault:
        rule, message, remedy = fault
        report.error(element, rule, f"{what} {shown(text)} {message}", remedy)


def _check_extension(element: Element, rule: Extension, place: str, report: Report) -> None:
    name = name_of(element)
    _check_stray_text(element, report)
    for key, raw in element.attrib.items():
        attribute, text = short_name(key), str(raw)
        value = _value_of(element, rule, attribute)
        if value is None:
            remedy = REFUSED_ATTRIBUTES.get((name, attribute), "remove it")
            report.error(element, "dialect/unknown-attribute", f"{name} has no attribute {shown(attribute)}", remedy)
        elif text.strip():
            check_value(element, f"{name} {attribute}", text, value, report)
    for attribute in rule.required:
        if not (element.get(attribute) or "").strip():
            report.error(element, "dialect/missing-attribute", f"{name} needs {attribute}", f"fill in {attribute}")
    for child in element:
        _check_child(child, rule, place, report)
    _check_pairs(element, place, report)


def _check_child(child: Element, parent: Extension, place: str, report: Report) -> None:
    name = name_of(child)
    rule = parent.children.get(name)
    if rule is None:
        _refuse_unknown(child, report)
    elif _is_misplaced(rule, place):
        report.error(child, "dialect/misplaced", f"{name} has no place in a {place}", "remove it")
    else:
        _check_extension(child, rule, place, report)


def _check_pairs(element: Element, place: str, report: Report) -> None:
    """Rules that span attributes or siblings."""
    name = name_of(element)
    if name == "zeebe:loopCharacteristics" and ("outputCollection" in element.attrib) != (
        "outputElement" in element.attrib
    ):
        message = "outputCollection and outputElement are of use only together"
        report.error(element, "dialect/missing-attribute", message, "fill in both, or neither")
    elif name == "zeebe:property":
        _check_own_property(element, place, report)
    elif name == "zeebe:taskHeaders":
        _check_unique(element, "zeebe:header", "key", report)
    elif name == "zeebe:properties":
        _check_unique(element, "zeebe:property", "name", report)


def _check_own_property(element: Element, place: str, report: Report) -> None:
    name = str(element.get("name") or "")
    if not name.startswith(PROPERTY_PREFIX):
        return
    known = PROPERTIES.get(name)
    if known is None:
        names = ", ".join(PROPERTIES)
        report.error(element, "dialect/unknown-property", f"{shown(name)} is not a setting", f"known: {names}")
    elif place not in known[0]:
        report.error(element, "dialect/misplaced", f"{name} has no place in a {place}", "remove it")


def _value_of(element: Element, rule: Extension, attribute: str) -> Value | None:
    own = PROPERTIES.get(str(element.get("name") or "")) if name_of(element) == "zeebe:property" else None
    if own and attribute == "value":
        return own[1]
    return rule.attributes.get(attribute)


def _check_unique(element: Element, child_name: str, attribute: str, report: Report) -> None:
    seen: set[str] = set()
    for child in children(element, child_name):
        key = str(child.get(attribute) or "")
        if key in seen:
            report.error(child, "dialect/repeated", f"{attribute} {shown(key)} occurs more than once", "keep one")
        seen.add(key)


def _check_stray_text(element: Element, report: Report) -> None:
    stray = "".join([element.text or "", *(child.tail or "" for child in element)]).strip()
    if stray:
        report.error(element, "dialect/stray-text", f"{kind_of(element)} holds the text {shown(stray)}", "remove it")


def _is_misplaced(rule: Extension, place: str) -> bool:
    return bool(rule.places) and place not in rule.places


def _refuse_unknown(element: Element, report: Report) -> None:
    name = name_of(element)
    if not name.startswith("zeebe:"):
        message = f"{shown(name)} is an extension that nobody reads"
        report.error(element, "dialect/foreign", message, "remove it, or write a zeebe: extension element")
        return
    remedy = REFUSED_EXTENSIONS.get(name, "remove it")
    report.error(element, "dialect/unknown-extension", f"{name} is not accepted", remedy)


def _remedy_for(name: str) -> str:
    attributes = EXTENSIONS[name].required
    return f"add {name} with {' and '.join(attributes)}" if attributes else f"add {name}"
