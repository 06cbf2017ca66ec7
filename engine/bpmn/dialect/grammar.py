"""Walks a file and reports every element, attribute and text that the vocabulary does not hold."""

from __future__ import annotations

from lxml.etree import _Element as Element

from engine.bpmn.dialect.extensions import check_extensions
from engine.bpmn.dialect.refusals import ATTRIBUTE_REMEDIES, ATTRIBUTE_VALUES, REFUSED_ELEMENTS
from engine.bpmn.dialect.report import Report, shown
from engine.bpmn.dialect.tags import PREFIXES, kind_of, name_of, short_name
from engine.bpmn.dialect.vocabulary import SINGLE, VOCABULARY

_PLATFORM = "modeler:executionPlatform"
_CAMUNDA_8 = "Camunda Cloud"
_TYPES = {
    "bpmn:timeDate": "bpmn:tFormalExpression",
    "bpmn:timeDuration": "bpmn:tFormalExpression",
    "bpmn:timeCycle": "bpmn:tFormalExpression",
    "bpmn:conditionExpression": "bpmn:tFormalExpression",
    "bpmn:completionCondition": "bpmn:tFormalExpression",
    "di:waypoint": "dc:Point",
}


def check_grammar(root: Element, report: Report) -> list[Element]:
    """Report what is not in the vocabulary, and return the elements that are.

    Nothing is said about what lies inside a refused element.
    """
    _check_platform(root, report)
    accepted: list[Element] = []
    stack = [root]
    while stack:
        element = stack.pop()
        name = name_of(element)
        check_attributes(element, VOCABULARY[name].attributes, VOCABULARY[name].required, report)
        accepted.append(element)
        if name == "bpmn:extensionElements":
            check_extensions(element, report)
            continue
        if is_event_subprocess(element):
            continue
        check_text(element, report, allowed=VOCABULARY[name].text)
        stack.extend(_accept_children(element, report))
    return accepted


def _accept_children(element: Element, report: Report) -> list[Element]:
    allowed = VOCABULARY[name_of(element)].children
    accepted: list[Element] = []
    seen: set[str] = set()
    for child in element:
        name = name_of(child)
        if name not in allowed:
            _refuse_child(child, element, report)
        elif name in seen and name in SINGLE:
            report.error(child, "dialect/repeated", f"a {kind_of(element)} has one {kind_of(child)}", "keep one")
        else:
            accepted.append(child)
        seen.add(name)
    return accepted


def is_event_subprocess(element: Element) -> bool:
    return element.get("triggeredByEvent") == "true"


def check_attributes(element: Element, allowed: frozenset[str], required: frozenset[str], report: Report) -> None:
    """Report attributes that are unknown, have a value that is not accepted, or are missing."""
    what = kind_of(element)
    stated = {short_name(key): str(value) for key, value in element.attrib.items()}
    for attribute, value in stated.items():
        if attribute not in allowed:
            remedy = ATTRIBUTE_REMEDIES.get(attribute, "remove it")
            report.error(element, "dialect/unknown-attribute", f"{what} has no attribute {shown(attribute)}", remedy)
        elif attribute == "xsi:type":
            _check_type(element, value, report)
        else:
            _check_value(element, attribute, value, report)
    for attribute in sorted(required):
        if not stated.get(attribute, "").strip():
            report.error(element, "dialect/missing-attribute", f"{what} needs {attribute}", f"fill in {attribute}")


def check_text(element: Element, report: Report, *, allowed: bool) -> None:
    """Report character data where BPMN has none: it would be read by nobody."""
    texts = [child.tail for child in element] if allowed else [element.text, *(child.tail for child in element)]
    stray = "".join(text or "" for text in texts).strip()
    if stray:
        report.error(element, "dialect/stray-text", f"{kind_of(element)} holds the text {shown(stray)}", "remove it")


def _check_platform(root: Element, report: Report) -> None:
    platform = next((str(value) for key, value in root.attrib.items() if short_name(key) == _PLATFORM), None)
    remedy = f'write {_PLATFORM}="{_CAMUNDA_8}" at definitions'
    if platform is None:
        report.warn(root, "dialect/platform", "the file does not say for which platform it is drawn", remedy)
    elif platform != _CAMUNDA_8:
        report.error(root, "dialect/platform", f"the file is drawn for {shown(platform)}", remedy)


def _check_value(element: Element, attribute: str, value: str, report: Report) -> None:
    rule = ATTRIBUTE_VALUES.get((name_of(element), attribute)) or ATTRIBUTE_VALUES.get(("*", attribute))
    if rule and value not in rule[0]:
        message = f"{attribute}={shown(value)} is not accepted at a {kind_of(element)}"
        report.error(element, "dialect/attribute-value", message, rule[1])


def _check_type(element: Element, value: str, report: Report) -> None:
    prefix, _, local = value.rpartition(":")
    uri = str(element.nsmap.get(prefix or None) or "")
    expected = _TYPES[name_of(element)]
    if f"{PREFIXES.get(uri, uri)}:{local}" != expected:
        report.error(element, "dialect/attribute-value", f"the type {shown(value)} is not accepted", f"use {expected}")


def _refuse_child(child: Element, parent: Element, report: Report) -> None:
    name, kind = name_of(child), kind_of(child)
    if name.startswith("bpmn:") and kind in REFUSED_ELEMENTS:
        reason, remedy = REFUSED_ELEMENTS[kind]
        report.error(child, "dialect/refused", f"{kind} is not accepted: {reason}", remedy)
    elif name in VOCABULARY:
        report.error(child, "dialect/misplaced", f"{kind} has no place in a {kind_of(parent)}", "remove it")
    elif name.startswith(("bpmn:", "bpmndi:", "dc:", "di:")):
        report.error(child, "dialect/unknown-element", f"{kind} is not known", "remove it")
    else:
        message = f"{shown(name)} is an extension that nobody reads"
        report.error(child, "dialect/foreign", message, "remove it, or write a zeebe: extension element")
