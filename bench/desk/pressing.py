"""A page's form as a browser would send it once it is filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import lxml.html

from web.forming.names import write_choice

_FORM = "//form[.//*[@name='_shown']]"
_CONTROLS = ".//*[self::input or self::select or self::textarea][@name]"
_OWN = {"_intent", "csrf_token"}


def press(html: str, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and values of the controls of the task's form on ``html``, with ``values`` (nested as the form's keys)
    written into them; also into those that come up only then."""
    filled = dict(_leaves(values))
    root: Any = lxml.html.fromstring(html)
    (form,) = root.xpath(_FORM)
    left = [each for each in form.xpath(_CONTROLS) if each.get("name") not in _OWN | set(filled)]
    sent = [(control.get("name"), value) for control in left for value in _standing(control)]
    sent += [(name, text) for name, value in filled.items() for text in _texts(value)]
    return [*sent, ("_intent", "submit")]


def _standing(control: Any) -> list[str]:
    """What the control holds already."""
    if control.tag == "textarea":
        return [(control.text or "").removeprefix("\n")]
    if control.tag == "select":
        chosen = control.xpath("./option[@selected]") or control.xpath("./option")[:1]
        return [option.get("value") for option in chosen]
    if control.get("type") in ("checkbox", "radio"):
        return [control.get("value")] if control.get("checked") is not None else []
    return [] if control.get("type") == "file" else [control.get("value", "")]


def _texts(value: Any) -> list[str]:
    if isinstance(value, bool):
        return ["true"] if value else []
    if isinstance(value, list | tuple):
        return [write_choice(one) for one in value]
    return ["" if value is None else write_choice(value) if isinstance(value, str) else str(value)]


def _leaves(values: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(values, Mapping):
        for key, value in values.items():
            yield from _leaves(value, f"{name}.{key}" if name else key)
    elif isinstance(values, list) and values and all(isinstance(row, Mapping) for row in values):
        for index, row in enumerate(values):
            yield from _leaves(row, f"{name}[{index}]")
    else:
        yield name, values
