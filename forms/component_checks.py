"""What one component of a .form file may say, checked before the form is ever shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from forms import option_checks
from forms.files import KINDS, names_kind
from forms.formats import CHECK_NAMES
from forms.model import CHOICES, INPUTS, MAX_ROWS, TEXTS
from forms.patterns import pattern_fault
from forms.problems import Report
from forms.schema import (
    ATTRIBUTES,
    COMPUTE_ON,
    MAX_PATTERN,
    ONLY_REQUIRED,
    PROPERTIES,
    RULES,
    SUBTYPES,
    TEXT_FORMATS,
    TIME_FORMATS,
    TIME_INTERVALS,
)
from forms.values import to_fraction

Node = Mapping[str, object]
ACTIVE_HTML = re.compile(
    r"<\s*(?:script|iframe|object|embed|form|input|link|meta|base)\b|\bon\w+\s*=|javascript:", re.IGNORECASE
)


def check_component(report: Report, node: Node, kind: str) -> None:
    """Report everything wrong with the attributes of ``node``, a component of a known ``kind``."""
    for name in node.keys() - ATTRIBUTES[kind]:
        report.warn(node, "unknown-attribute", f"{kind} has no attribute {name!r}", "take it out", name)
    _check_label(report, node, kind)
    _check_conditional(report, node)
    _check_switches(report, node)
    _check_properties(report, node, kind)
    if kind in INPUTS:
        _check_rules(report, node, kind)
        _check_default(report, node, kind)
    check = OF_KIND.get(kind)
    if check is not None:
        check(report, node)


def _check_label(report: Report, node: Node, kind: str) -> None:
    names = ("label", "dateLabel", "timeLabel") if kind == "datetime" else ("label",)
    needs_label = (kind in INPUTS and kind != "expression") or kind == "dynamiclist"
    if needs_label and not any(isinstance(text := node.get(name), str) and text.strip() for name in names):
        report.error(
            node, "missing-label", f"{kind} has no label", "say in a few words what is to be filled in", "label"
        )
    if kind == "image" and not node.get("alt"):
        report.warn(node, "missing-label", "an image has no alternative text", "describe it in alt", "alt")


def _check_conditional(report: Report, node: Node) -> None:
    conditional = node.get("conditional")
    if conditional is None:
        return
    hide = conditional.get("hide") if isinstance(conditional, Mapping) else None
    if not isinstance(conditional, Mapping) or conditional.keys() - {"hide"}:
        report.error(
            node, "conditional", "conditional is an object with hide alone", 'write {"hide": "=…"}', "conditional"
        )
    elif hide is not None and not (isinstance(hide, str) and len(hide) > 1 and hide.startswith("=")):
        report.error(node, "conditional", "hide is no FEEL and would never hide", 'begin it with "="', "conditional")


def _check_switches(report: Report, node: Node) -> None:
    for name in ("disabled", "searchable", "serializeToString", "disallowPassedDates", "use24h", "allowAddRemove"):
        if name in node and not isinstance(node[name], bool):
            report.error(node, "attribute", f"{name} is not true or false", "write true or false", name)
    for name in ("readonly", "multiple"):
        value = node.get(name, False)
        if not (isinstance(value, bool) or (isinstance(value, str) and len(value) > 1 and value.startswith("="))):
            report.error(
                node, "attribute", f"{name} is neither true, false nor FEEL", 'write true, false or "=…"', name
            )


def _check_properties(report: Report, node: Node, kind: str) -> None:
    properties = node.get("properties", {})
    if not isinstance(properties, Mapping):
        report.error(node, "properties", "properties is not an object", "add properties in the modeler", "properties")
        return
    for name, value in properties.items():
        kinds = PROPERTIES.get(name, frozenset())
        if name.startswith("x-"):
            continue
        if kind not in kinds:
            known = ", ".join(sorted(one for one in PROPERTIES if kind in PROPERTIES[one]))
            remedy = f"{kind} knows {known or 'none'}; names of your own begin with x-"
            report.error(node, "unknown-property", f"property {name!r} means nothing here", remedy, "properties")
        elif not _is_property(name, value):
            words = {"sensitive": "true or false", "check": ", ".join(CHECK_NAMES), "options": "the name of a list"}
            remedy = words.get(name, f"0 to {MAX_ROWS}, as text")
            report.error(node, "property", f"property {name} cannot be {value!r}", f"write {remedy}", "properties")


def _is_property(name: str, value: object) -> bool:
    if name == "sensitive":
        return value in ("true", "false")
    if name == "check":
        return isinstance(value, str) and value in CHECK_NAMES
    if name == "options":
        return isinstance(value, str) and bool(value)
    return isinstance(value, str) and re.fullmatch(r"\d{1,3}", value, re.ASCII) is not None and int(value) <= MAX_ROWS


def _check_rules(report: Report, node: Node, kind: str) -> None:
    rules = node.get("validate", {})
    if not isinstance(rules, Mapping):
        report.error(node, "validate", "validate is not an object", "set the rules in the modeler", "validate")
        return
    known = RULES.get(kind, ONLY_REQUIRED)
    for name in sorted(rules.keys() - known):
        remedy = f"{kind} knows {', '.join(sorted(known)) or 'no rule'}"
        report.error(node, "unknown-rule", f"rule {name!r} means nothing for {kind}", remedy, "validate")
    for name in sorted(rules.keys() & known):
        fault = _rule_fault(name, rules[name])
        if fault:
            report.error(node, "rule", f"rule {name}: {fault}", "correct the rule", "validate")
    for least, most in (("min", "max"), ("minLength", "maxLength")):
        low, high = to_fraction(rules.get(least)), to_fraction(rules.get(most))
        if low is not None and high is not None and low > high:
            report.error(
                node, "rule", f"{least} is greater than {most}", "nothing could be filled in: swap them", "validate"
            )


def _rule_fault(name: str, value: object) -> str:
    if name == "required":
        return "" if isinstance(value, bool) else "it is not true or false"
    if name == "pattern":
        if not isinstance(value, str) or len(value) > MAX_PATTERN:
            return f"it is not a text of up to {MAX_PATTERN} characters"
        return pattern_fault(value)
    if name == "patternErrorMessage":
        return "" if isinstance(value, str) else "it is not a text"
    if name == "validationType":
        return "" if value in ("", *TEXT_FORMATS) else f"it is none of {', '.join(TEXT_FORMATS)}"
    if isinstance(value, str) and len(value) > 1 and value.startswith("="):
        return ""
    number = None if isinstance(value, str) else to_fraction(value)
    if number is None:
        return 'it is neither a number nor FEEL ("=…")'
    return "it is not a whole number from 0" if "Length" in name and (number < 0 or number.denominator > 1) else ""


def _check_default(report: Report, node: Node, kind: str) -> None:
    if "defaultValue" not in node:
        return
    value = node["defaultValue"]
    fits = {
        "number": value is None or to_fraction(value) is not None,
        "checkbox": isinstance(value, bool),
        "filepicker": value is None,
    }
    if kind in TEXTS:
        fits[kind] = isinstance(value, str)
    if kind in CHOICES:
        fits[kind] = option_checks.is_default(node, kind, value)
    if not fits.get(kind, value is None):
        remedy = "dates, files and results have none: leave it out" if kind not in fits else "give one of its own kind"
        report.error(node, "default", f"defaultValue {value!r} is none for {kind}", remedy, "defaultValue")


def _check_number(report: Report, node: Node) -> None:
    digits, step = node.get("decimalDigits", 0), node.get("increment")
    if not isinstance(digits, int) or isinstance(digits, bool) or not 0 <= digits <= 20:
        report.error(
            node, "attribute", "decimalDigits is not a whole number from 0 to 20", "correct it", "decimalDigits"
        )
    if step is not None and (to_fraction(step) or 0) <= 0:
        report.error(node, "attribute", "increment is not a number above 0", "correct it or leave it out", "increment")


def _check_datetime(report: Report, node: Node) -> None:
    allowed: dict[str, tuple[object, ...]] = {
        "subtype": SUBTYPES,
        "timeSerializingFormat": TIME_FORMATS,
        "timeInterval": TIME_INTERVALS,
    }
    for name, values in allowed.items():
        if name in node and node[name] not in values:
            remedy = f"use one of {', '.join(map(str, values))}"
            report.error(node, "attribute", f"{name} cannot be {node[name]!r}", remedy, name)


def _check_file(report: Report, node: Node) -> None:
    accept = node.get("accept", "")
    if not isinstance(accept, str) or "{{" in accept:
        report.error(
            node, "accept", "accept is neither a list of kinds nor FEEL", 'write ".pdf,.jpg" or "=…"', "accept"
        )
        return
    tokens = [] if accept.startswith("=") or not accept.strip() else accept.lower().split(",")
    for token in (token.strip() for token in tokens):
        if not any(names_kind(token, kind) for kind in KINDS):
            known = ", ".join(kind.extensions[0] for kind in KINDS)
            report.error(node, "accept", f"files of kind {token!r} are never taken", f"use some of {known}", "accept")


def _check_expression(report: Report, node: Node) -> None:
    text = node.get("expression")
    if not isinstance(text, str) or len(text) < 2 or not text.startswith("="):
        report.error(node, "expression", "an expression field computes nothing", 'give it FEEL that begins with "="')
    if node.get("computeOn", "change") not in COMPUTE_ON:
        report.error(node, "attribute", "computeOn cannot be that", f"use one of {', '.join(COMPUTE_ON)}", "computeOn")


def _check_list(report: Report, node: Node) -> None:
    if node.get("isRepeating", True) is not True:
        report.error(node, "list", "a dynamic list that does not repeat", "use a group", "isRepeating")
    if not node.get("components"):
        report.error(node, "empty", "a list has no fields", "add the fields of a row", "components")
    properties = node.get("properties")
    limits = properties if isinstance(properties, Mapping) else {}
    low, high = to_fraction(limits.get("minRows")), to_fraction(limits.get("maxRows"))
    if low is not None and high is not None and low > high:
        report.error(node, "property", "minRows is greater than maxRows", "swap them", "properties")
    if node.get("allowAddRemove", True) is not False and _has_fixed_field(node):
        message = "rows may be removed, but they hold read-only fields, which go by their row's position"
        remedy = 'set "allowAddRemove": false, or let people edit those fields'
        report.error(node, "list-readonly", message, remedy, "allowAddRemove")


def _has_fixed_field(node: Node) -> bool:
    """Whether a field in the rows of ``node`` keeps a value that people do not set."""
    components = node.get("components")
    for child in components if isinstance(components, list) else []:
        if not isinstance(child, Mapping):
            continue
        if child.get("readonly") or child.get("disabled") or _has_fixed_field(child):
            return True
    return False


def _check_html(report: Report, node: Node) -> None:
    content = node.get("content", "")
    if not isinstance(content, str) or ACTIVE_HTML.search(content):
        report.error(
            node, "html", "the HTML holds something active", "keep to headings, paragraphs and lists", "content"
        )


def _check_image(report: Report, node: Node) -> None:
    source = node.get("source")
    if isinstance(source, str) and re.match(r"data:image/svg", source, re.IGNORECASE):
        report.error(node, "image", "an SVG image can run scripts", "use PNG, JPEG or WebP", "source")
    elif isinstance(source, str) and re.match(r"(https?:)?//", source, re.IGNORECASE):
        report.warn(node, "image", "an image from another site is not loaded", "embed it as data:image/png", "source")


def _check_button(report: Report, node: Node) -> None:
    if node.get("action", "submit") not in ("submit", "reset"):
        report.error(node, "attribute", "a button submits or resets", 'use "submit" or "reset"', "action")


OF_KIND: dict[str, Callable[[Report, Node], None]] = {
    "number": _check_number,
    "datetime": _check_datetime,
    "filepicker": _check_file,
    "expression": _check_expression,
    "dynamiclist": _check_list,
    "html": _check_html,
    "image": _check_image,
    "button": _check_button,
    **dict.fromkeys(CHOICES, option_checks.check_options),
}
