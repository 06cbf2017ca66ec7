"""How places and choices are written in HTML: names of controls, ids of elements, values of options.

A field's control is named by its place (``heirs[0].name``). Our own controls begin with ``_``:

- ``_intent``: ``submit``, ``draft``, ``refresh``, or ``reveal`` for a refresh by a button; ``_add`` and ``_remove``
  name a list and a row of one instead.
- ``_rows``: how many rows each list has (``heirs=2``), since a list without rows sends no field.
- ``_shown``: the fields of which a browser sends nothing when nothing is chosen.
- ``_faulty``: the fields at which errors stand, so that a refresh keeps those errors and brings no new ones.
"""

from __future__ import annotations

import json
import re

from forms import Component, DataPath, Form

INTENT, ADD, REMOVE, ROWS, SHOWN, FAULTY = "_intent", "_add", "_remove", "_rows", "_shown", "_faulty"
CSRF = "csrf_token"
CONTROLS = frozenset({INTENT, ADD, REMOVE, ROWS, SHOWN, FAULTY, CSRF})
SILENT_WHEN_EMPTY = frozenset({"checkbox", "radio", "checklist", "taglist", "filepicker"})

_PLACE = re.compile(r"[A-Za-z_]\w*(?:\[\d{1,3}\]|\.[A-Za-z_]\w*)*", re.ASCII)
_PART = re.compile(r"\[(\d+)\]|([A-Za-z_]\w*)", re.ASCII)
_NOT_IN_ID = re.compile(r"\W+", re.ASCII)
_JSON = "json:"


def element_id(name: str) -> str:
    """``heirs[0].name`` → ``field-heirs-0-name``; no two places share one: no key begins with a digit."""
    return "field-" + _NOT_IN_ID.sub("-", name).strip("-")


def read_place(name: str) -> DataPath | None:
    """The path that a control's name writes; None if it writes none."""
    if _PLACE.fullmatch(name) is None:
        return None
    return tuple(int(index) if index else key for index, key in _PART.findall(name))


def find_component(form: Form, path: DataPath) -> Component | None:
    """The field or list at ``path``; a row of a list (``heirs[0]``) gives its list. None where the form has nothing."""
    branch = form.keys
    for part in path:
        is_list = branch.component is not None and branch.component.is_list
        if isinstance(part, int):
            if not is_list:
                return None
            continue
        following = branch.children.get(part)
        if following is None:
            return None
        branch = following
    return branch.component if _has_rows_where_lists_are(form, path) else None


def _has_rows_where_lists_are(form: Form, path: DataPath) -> bool:
    """Whether every list on the way is followed by the number of a row, and nothing else is."""
    branch, awaits_row = form.keys, False
    for part in path:
        if isinstance(part, int) is not awaits_row:
            return False
        if isinstance(part, int):
            awaits_row = False
            continue
        branch = branch.children[part]
        awaits_row = branch.component is not None and branch.component.is_list
    return True


def write_choice(value: object) -> str:
    """An option's value as an HTML attribute. Plain texts stay as they are; anything else is JSON with a mark."""
    if isinstance(value, str) and value.isprintable() and not value.startswith(_JSON):
        return value
    return _JSON + json.dumps(value, separators=(",", ":"), sort_keys=True)


def read_choice(text: str) -> object:
    """What ``write_choice`` wrote; a text that it could not have written stays a text, and no form offers that."""
    if not text.startswith(_JSON):
        return text
    try:
        found: object = json.loads(text.removeprefix(_JSON))
    except (ValueError, RecursionError):
        return text
    return found
