"""The choices of a radio, select, checklist or taglist, as form-js makes them from ``values`` or from data."""

from __future__ import annotations

from collections.abc import Mapping

from forms.model import MULTIPLE_CHOICES, Component, Option
from forms.values import is_among, number_text, to_fraction


def normalise_options(raw: object) -> tuple[Option, ...]:
    """The usable choices in a list of plain values or of ``{label, value}``; what form-js passes over is left out."""
    if not isinstance(raw, list):
        return ()
    found = (_normalise(one) for one in raw if _is_allowed(one))
    return tuple(option for option in found if option is not None)


def _normalise(raw: object) -> Option | None:
    if not isinstance(raw, Mapping):
        return Option(raw, _text(raw))
    value, label = raw.get("value"), raw.get("label")
    if isinstance(label, str) and label:
        group = raw.get("group")
        return Option(value, label, group if isinstance(group, str) else "") if _is_allowed(value) else None
    return Option(value, _text(value)) if _is_primitive(value) else None


def _is_allowed(value: object) -> bool:
    return bool(value) if isinstance(value, Mapping) else _is_primitive(value)


def _is_primitive(value: object) -> bool:
    if isinstance(value, bool):
        return True
    return isinstance(value, int | float) and value == value if not isinstance(value, str) else bool(value)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    number = None if isinstance(value, str) else to_fraction(value)
    return number_text(number) if number is not None else str(value)


def choose(component: Component, options: tuple[Option, ...], value: object) -> object:
    """``value`` without what is not among ``options``: None for a single choice, the rest of a multiple one."""
    allowed: list[object] = [option.value for option in options]
    if component.kind in MULTIPLE_CHOICES:
        return [one for one in value if is_among(one, allowed)] if isinstance(value, list) else []
    return value if is_among(value, allowed) else None
