"""What a page needs to draw a form: everything that is shown, in order, with its values and choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from forms.conditions import Instance, Scope, visible_data, walk
from forms.evaluator import Evaluator, Reading
from forms.intake import read_submission
from forms.model import CHOICES, Component, Form, Option, path_text
from forms.rules import evaluate_limits
from forms.settling import settle
from forms.values import get_at


@dataclass(frozen=True)
class Shown:
    """A component at one place. ``key`` is its place (``heirs[0].name``; a container's is its path).

    ``value`` is a field's value or a list's rows, ``options`` the choices offered, ``limits`` its rules with FEEL
    computed, ``is_editable`` whether people may change it, ``scope`` what the texts of a display may read.
    """

    component: Component
    key: str
    value: object
    options: tuple[Option, ...]
    limits: Mapping[str, object]
    is_editable: bool
    scope: Scope


def show(
    form: Form,
    context: Mapping[str, object],
    feel: Evaluator,
    values: object = None,
    now: datetime | None = None,
) -> tuple[Shown, ...]:
    """The form as it stands with ``values`` filled in (a draft, or a submission that had errors) over ``context``.

    Containers come before what they hold. Nothing is shown of a form whose conditions never come to rest.
    """
    reading = Reading(form, context, feel, now or datetime.now(UTC))
    settled = settle(reading, read_submission(form, values if values is not None else {}))
    if settled is None:
        return ()
    visible = visible_data(reading, settled.data)
    shown = walk(reading, settled.data, visible, with_displays=True)
    return tuple(_describe(reading, settled.data, one) for one in shown)


def _describe(reading: Reading, data: Mapping[str, object], one: Instance) -> Shown:
    component = one.component
    has_value = component.is_input or component.is_list
    return Shown(
        component=component,
        key=path_text(one.path),
        value=get_at(data, one.path) if has_value else None,
        options=one.options(reading) if component.kind in CHOICES else (),
        limits=evaluate_limits(reading, component, one.scope),
        is_editable=one.is_editable,
        scope=one.scope,
    )
