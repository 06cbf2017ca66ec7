"""The data a form begins with: what the server knows, brought to the shape of the fields, plus defaults."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass

from forms.dates import read_moment, subtype_of
from forms.model import CHOICES, MULTIPLE_CHOICES, TEXTS, Component, DataPath, Form
from forms.options import normalise_options
from forms.values import get_at, has_at, is_among, json_number, number_text, plain, put_at, to_fraction

_ONE_LINE = str.maketrans("\r\n\t", "   ")


@dataclass
class _Start:
    context: Mapping[str, object]
    rows: Mapping[DataPath, int]
    data: dict[str, object]


def initialise(form: Form, context: Mapping[str, object], rows: Mapping[DataPath, int]) -> dict[str, object]:
    """``context`` with every field of the form in it.

    A field the context lacks gets its default or its empty value. A list has the rows of the context, or as many as
    ``rows`` says: cut, or filled up with new ones.
    """
    data = own_data(form, context)
    start = _Start(context, rows, data)
    for child in form.root.children:
        _fill(start, child, ())
    return data


def own_data(form: Form, context: Mapping[str, object]) -> dict[str, object]:
    """``context``, in which the form's fields can be put without altering it."""
    data = dict(context)
    for key in form.groups & data.keys():
        data[key] = copy.deepcopy(data[key])
    return data


def _fill(start: _Start, component: Component, above: DataPath) -> None:
    path = above + component.local
    if component.is_input:
        put_at(start.data, path, initial_value(component, start.context, path))
    elif component.is_list:
        known = get_at(start.context, path)
        count = start.rows.get(path, len(known) if isinstance(known, list) else 0)
        kept = known[:count] if isinstance(known, list) else []
        filled = [copy.deepcopy(row) if isinstance(row, dict) else {} for row in kept]
        put_at(start.data, path, filled + [{} for _ in range(count - len(filled))])
        for row in range(count):
            for child in component.children:
                _fill(start, child, (*path, row))
    else:
        for child in component.children:
            _fill(start, child, path)


def is_known(component: Component, context: Mapping[str, object], path: DataPath) -> bool:
    """Whether the server has a value of its own for the field at ``path``."""
    return component.has_default or has_at(context, path)


def initial_value(component: Component, context: Mapping[str, object], path: DataPath) -> object:
    """The value of a field before anybody touched it, as form-js would show it."""
    if has_at(context, path):
        return _shaped(component, context, plain(get_at(context, path)))
    return component.attributes["defaultValue"] if component.has_default else component.empty


def _shaped(component: Component, context: Mapping[str, object], value: object) -> object:
    kind = component.kind
    if kind in TEXTS:
        return _text(value, kind == "textfield")
    if kind == "number":
        return _number(component, value)
    if kind == "datetime":
        return value if read_moment(subtype_of(component), value) is not None else None
    if kind == "checkbox":
        return value is True
    return _chosen(component, context, value) if kind in CHOICES else value


def _text(value: object, is_one_line: bool) -> str:
    if value is None or isinstance(value, list | Mapping):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return one_line(value) if is_one_line else value
    number = to_fraction(value)
    return number_text(number) if number is not None else str(value)


def one_line(text: str) -> str:
    """``text`` as a text field shows it."""
    return text if text.isprintable() else text.translate(_ONE_LINE)


def _number(component: Component, value: object) -> object:
    number = to_fraction(value)
    if number is None:
        return None
    if component.attributes.get("serializeToString"):
        return value if isinstance(value, str) else number_text(number)
    return json_number(number)


def _chosen(component: Component, context: Mapping[str, object], value: object) -> object:
    source = component.options_source
    if source == "valuesExpression":
        return value
    is_fixed = source == "values"
    options = component.options if is_fixed else normalise_options(context.get(str(component.attributes[source])))
    allowed: list[object] = [option.value for option in options]
    if component.kind in MULTIPLE_CHOICES:
        return [one for one in value if is_among(one, allowed)] if isinstance(value, list) else []
    return value if is_among(value, allowed) else None
