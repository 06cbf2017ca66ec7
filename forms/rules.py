"""The rules of one shown field: form-js' ``validate`` to the letter, and our own checks of dates and formats."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction

from forms.conditions import Instance, Scope
from forms.dates import EARLIEST, read_moment, subtype_of, today_in_zone
from forms.evaluator import Reading
from forms.findings import Finding, fault
from forms.formats import CHECKS, IDENTITY, is_document, is_email, is_international_phone
from forms.model import CHOICES, LIMITS, Component
from forms.patterns import matches
from forms.values import MAX_SAFE, count_decimals, get_at, is_truthy, number_text, plain, to_fraction, trimmed_length

Rules = Mapping[str, object]  # form-js' ``validate``, its limits computed

FORMATS: Mapping[object, tuple[Callable[[str], bool] | None, str]] = {
    "phone": (is_international_phone, "international_phone"),
    "email": (is_email, "email"),
}


def check_rules(reading: Reading, one: Instance, value: object) -> list[Finding]:
    """Everything that is wrong with ``value`` where ``one`` stands, in form-js' order."""
    found: list[Finding] = []
    names = one.component.checks
    if names:
        rules = evaluate_limits(reading, one.component, one.scope)
        for name in names:
            found.extend(_CHECKS[name](reading, one, value, rules))
    return found


@functools.lru_cache(maxsize=1024, typed=True)
def _read_limit(limit: object) -> Fraction | None:
    return to_fraction(limit)


def read_limit(limit: object) -> Fraction | int | None:
    """The limit as an exact number; forms repeat the same few, most of them small whole ones."""
    if type(limit) is int and abs(limit) <= MAX_SAFE:
        return limit
    return _read_limit(limit) if isinstance(limit, str | int | float) else None


def evaluate_limits(reading: Reading, component: Component, scope: Scope) -> Mapping[str, object]:
    """The rules of ``component`` with the FEEL limits computed; a limit that is null is none."""
    if component.fixed_rules is not None:
        return component.fixed_rules
    evaluated = dict(component.rules)
    for name in LIMITS:
        if name not in component.rules:
            continue
        limit = evaluated.pop(name, None)
        if isinstance(limit, str) and limit.startswith("="):
            limit = plain(reading.evaluate(limit[1:], scope))
        if limit is not None:
            evaluated[name] = limit
    return evaluated


def is_missing(component: Component, value: object) -> bool:
    """Whether a required field has no value: spaces are one, an unticked box is none."""
    return value is None or value == "" or value == [] or (component.kind == "checkbox" and value is False)


def required_code(component: Component) -> str:
    if component.kind in CHOICES or component.kind == "datetime":
        return "required_choice"
    return {"checkbox": "required_check", "filepicker": "required_file"}.get(component.kind, "required")


def _check_required(_: Reading, one: Instance, value: object, rules: Rules) -> Iterable[Finding]:
    component = one.component
    return (fault(component, one.path, required_code(component)),) if is_missing(component, value) else ()


def _check_number(_: Reading, one: Instance, value: object, rules: Rules) -> Iterator[Finding]:
    if not is_truthy(value):
        return
    number = to_fraction(value)
    if number is None:
        return
    digits = one.component.attributes.get("decimalDigits")
    if isinstance(digits, int) and count_decimals(number) > digits:
        yield fault(one.component, one.path, "decimals" if digits else "integer", digits=digits)
    step = to_fraction(one.component.attributes.get("increment"))
    if step and number % step:
        below = number - number % step
        nearest = {"below": number_text(below), "above": number_text(below + step)}
        yield fault(one.component, one.path, "increment", step=number_text(step), **nearest)


def _check_pattern(_: Reading, one: Instance, value: object, rules: Rules) -> Iterator[Finding]:
    fits = matches(str(rules["pattern"]), value) if isinstance(value, str) and value else True
    if fits is None:
        yield fault(one.component, one.path, "pattern_slow")
    elif not fits:
        message = rules.get("patternErrorMessage")
        yield fault(one.component, one.path, "pattern_own" if message else "pattern", message=message)


def _check_bounds(_: Reading, one: Instance, value: object, rules: Rules) -> Iterator[Finding]:
    if not (is_truthy(value) or (value == 0 and not isinstance(value, bool))):
        return
    number = to_fraction(value)
    for name in ("min", "max"):
        if name not in rules:
            continue
        limit = read_limit(rules[name])
        if limit is None or number is None:
            yield fault(one.component, one.path, "limit_broken")
        elif number < limit if name == "min" else number > limit:
            yield fault(one.component, one.path, name, limit=number_text(limit))


def _check_lengths(_: Reading, one: Instance, value: object, rules: Rules) -> Iterable[Finding]:
    if not isinstance(value, str) or not value:
        return ()
    least, most = read_limit(rules.get("minLength")), read_limit(rules.get("maxLength"))
    if least is None and (most is None or 2 * len(value) <= most):  # a character counts two at most
        return ()
    length = trimmed_length(value)
    found = []
    if least is not None and length < least:
        found.append(fault(one.component, one.path, "min_length", limit=number_text(least)))
    if most is not None and length > most:
        found.append(fault(one.component, one.path, "max_length", limit=number_text(most)))
    return found


def _check_format(reading: Reading, one: Instance, value: object, rules: Rules) -> Iterator[Finding]:
    text = value if isinstance(value, str) else ""
    if not text:
        return
    fits, code = FORMATS.get(rules.get("validationType"), (None, ""))
    if fits is not None and not fits(text):
        yield fault(one.component, one.path, code)
    check = one.component.properties.get("check", "")
    if check and not _passes(check, text, one, today_in_zone(reading.now)):
        yield fault(one.component, one.path, check)


def _passes(check: str, text: str, one: Instance, today: date) -> bool:
    if check != IDENTITY:
        return CHECKS[check](text, today)
    *above, name = one.path
    kind = get_at(one.scope, (*above, str(name).replace("number", "kind")))
    return is_document(kind if isinstance(kind, str) else "", text, today)


def _check_day(reading: Reading, one: Instance, value: object, rules: Rules) -> Iterable[Finding]:
    moment = read_moment(subtype_of(one.component), value) if one.is_editable else None
    if moment is None or moment.day is None:
        return ()
    if moment.day < EARLIEST:
        return (fault(one.component, one.path, "early"),)
    if one.component.attributes.get("disallowPassedDates") and moment.day < today_in_zone(reading.now):
        return (fault(one.component, one.path, "past"),)
    return ()


_CHECKS: Mapping[str, Callable[[Reading, Instance, object, Rules], Iterable[Finding]]] = {
    "number": _check_number,
    "pattern": _check_pattern,
    "required": _check_required,
    "bounds": _check_bounds,
    "lengths": _check_lengths,
    "format": _check_format,
    "day": _check_day,
}
