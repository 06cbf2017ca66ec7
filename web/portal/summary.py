"""The answers of a form in words, for the page on which they are checked. No Flask here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import forms
from forms import Evaluator, Form, Option, Shown
from forms.model import CHOICES, MULTIPLE_CHOICES
from web.forming.model import Label
from web.forming.names import element_id

NONE = "—"


@dataclass(frozen=True, slots=True)
class Answer:
    """A question and what was answered; ``lines`` has several where several were chosen. ``anchor`` is the field's."""

    label: str
    lines: tuple[str, ...]
    anchor: str


def answers(form: Form, context: Mapping[str, Any], values: Mapping[str, Any], feel: Evaluator) -> list[Answer]:
    """What is shown of ``form`` with ``values``, each field once, in its order."""
    shown = forms.show(form, context, feel, {**values} if values else None)
    return [
        Answer(Label.read(one.component.label).text or one.key, _lines(one), element_id(one.key))
        for one in shown
        if one.component.is_input and one.component.kind != "filepicker" and one.is_editable
    ]


def _lines(one: Shown) -> tuple[str, ...]:
    value = one.value
    if value in (None, "", []):
        return (NONE,)
    if one.component.kind in MULTIPLE_CHOICES and isinstance(value, list):
        return tuple(_word(one.options, each) for each in value)
    if one.component.kind in CHOICES:
        return (_word(one.options, value),)
    if isinstance(value, bool):
        return ("是" if value else "否",)
    return (str(value),)


def _word(options: tuple[Option, ...], value: object) -> str:
    found = next((option.label for option in options if option.value == value), str(value))
    return Label.read(found).text
