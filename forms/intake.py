"""A submission read against the form: only known keys, only the right kinds of value.

What is submitted is JSON from a stranger. Nothing in it is used before it stands in an ``Intake``; a value of the wrong
kind stands there as the field's empty value, next to the finding that says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from forms.dates import interval_of, read_moment, subtype_of, write_moment
from forms.findings import Finding, fault
from forms.formats import compact
from forms.initial import one_line
from forms.model import MAX_ROWS, MULTIPLE_CHOICES, SINGLE_CHOICES, TEXTS, Branch, Component, DataPath, Form
from forms.values import JS_SPACE, json_number, number_text, plain, to_fraction

MAX_VALUES = 20_000
MAX_DEPTH = 12
MAX_ALL_ROWS = 400
MAX_TEXT = 20_000
MAX_CHOSEN = 500
MAX_UNKNOWN = 50
SHOWN_KEY = 60
FILE_KEY = re.compile(r"[!-~]{1,200}")

CONTROLS = frozenset(map(chr, range(32))) - {"\t", "\n", "\r"} | {"\x7f"}


@dataclass
class Intake:
    """What was submitted, by place. ``faults`` are of fields and lists, ``refused`` of keys that no form has.

    ``rows`` says how many rows were submitted for a list.
    """

    values: dict[DataPath, object] = field(default_factory=dict)
    rows: dict[DataPath, int] = field(default_factory=dict)
    faults: dict[DataPath, Finding] = field(default_factory=dict)
    refused: list[Finding] = field(default_factory=list)


class Refused(Exception):
    """A value is not of its field's kind; ``code`` names the sentence."""

    def __init__(self, code: str, **names: object) -> None:
        self.code, self.names = code, names
        super().__init__(code)


def read_submission(form: Form, submitted: object) -> Intake:
    """Sort ``submitted`` (nested JSON as the form's keys nest) into places. Never raises for its content."""
    intake = Intake()
    if not isinstance(submitted, Mapping) or not _is_moderate(submitted):
        code = "too_much" if isinstance(submitted, Mapping) else "type_object"
        intake.refused.append(Finding((), code, {"label": form.root.label or form.id}))
        return intake
    _read_branch(intake, form.keys, submitted, ())
    return intake


def _is_moderate(submitted: Mapping[object, object]) -> bool:
    """Whether ``submitted`` is small enough to look at, counted without recursion."""
    count = 0
    level: list[object] = [submitted]
    for _ in range(MAX_DEPTH):
        if not level:
            return True
        below: list[object] = []
        for value in level:
            if type(value) is not str:  # most are, and asking whether they are mappings takes time
                below.extend(value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ())
        count += len(below)
        if count > MAX_VALUES:
            return False
        level = below
    return not level


def _read_branch(intake: Intake, branch: Branch, submitted: Mapping[object, object], above: DataPath) -> None:
    for key, value in submitted.items():
        known = branch.children.get(key) if isinstance(key, str) else None
        if known is None:
            _refuse_key(intake, above, str(key))
            continue
        path = (*above, str(key))
        if known.component is None:
            _read_object(intake, known, value, path)
        elif known.component.is_list:
            _read_rows(intake, known, known.component, value, path)
        else:
            _read_field(intake, known.component, value, path)


def _refuse_key(intake: Intake, above: DataPath, key: str) -> None:
    if len(intake.refused) < MAX_UNKNOWN:
        shown = "".join(filter(str.isprintable, key[:SHOWN_KEY])) or "?"
        intake.refused.append(Finding((*above, shown), "unknown", {"label": shown}))


def _read_object(intake: Intake, branch: Branch, value: object, path: DataPath) -> None:
    if isinstance(value, Mapping):
        _read_branch(intake, branch, value, path)
    else:
        intake.refused.append(Finding(path, "type_object", {"label": path[-1]}))


def _read_rows(intake: Intake, branch: Branch, component: Component, value: object, path: DataPath) -> None:
    if not isinstance(value, list):
        intake.rows[path] = 0
        intake.faults[path] = fault(component, path, "type_list")
        return
    left = min(MAX_ROWS, MAX_ALL_ROWS - sum(intake.rows.values()))
    if len(value) > left:
        intake.faults[path] = fault(component, path, "max_rows", limit=min(component.row_limits()[1], left))
    intake.rows[path] = min(len(value), left)
    for index, row in enumerate(value[:left]):
        _read_object(intake, branch, row, (*path, index))


def _read_field(intake: Intake, component: Component, value: object, path: DataPath) -> None:
    try:
        intake.values[path] = accept(component, value)
    except Refused as refused:
        intake.values[path] = component.empty
        intake.faults[path] = fault(component, path, refused.code, **refused.names)


def accept(component: Component, value: object) -> object:
    """``value`` in the shape that form-js would submit it for this kind of field. Raises ``Refused``."""
    kind = component.kind
    if kind == "expression":
        return None  # computed here, whatever was sent
    if kind in TEXTS:
        return _accept_text(component, value)
    if kind == "number":
        return _accept_number(component, value)
    if kind == "datetime":
        return _accept_moment(component, value)
    if kind == "checkbox":
        return _accept_check(value)
    if kind in SINGLE_CHOICES:
        return None if value == "" else value
    return _accept_several(component, value) if kind in MULTIPLE_CHOICES else _accept_files(value)


def _accept_text(component: Component, value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refused("type_text")
    if len(value) > MAX_TEXT:
        raise Refused("too_long", limit=MAX_TEXT)
    if not (value.isprintable() or (CONTROLS.isdisjoint(value) and _is_encodable(value))):
        raise Refused("characters")
    if component.kind == "textfield":
        value = one_line(value)
    return compact(value) if "check" in component.properties else value


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _accept_number(component: Component, value: object) -> object:
    text = value.strip(JS_SPACE) if isinstance(value, str) else value
    if text is None or text == "":
        return None
    number = to_fraction(text)
    if number is None or (isinstance(text, str) and "e" in text.casefold()):
        raise Refused("type_number")  # nobody writes 3e5 in a form but by a slip of the finger
    if component.attributes.get("serializeToString"):
        return text if isinstance(text, str) else number_text(number)
    written = json_number(number)
    if written is None:
        raise Refused("too_large")
    return written


def _accept_moment(component: Component, value: object) -> object:
    if value is None or value == "":
        return None
    subtype = subtype_of(component)
    moment = read_moment(subtype, value)
    if moment is None or not moment.is_whole:
        raise Refused(f"type_{subtype}")
    interval = interval_of(component)
    if moment.minute is not None and moment.minute % interval:
        raise Refused("interval", minutes=interval)
    return write_moment(component, moment)


def _accept_check(value: object) -> bool:
    if value is None or isinstance(value, bool):
        return value is True
    raise Refused("type_check")


def _accept_several(component: Component, value: object) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Refused("type_choice")
    if len(value) > MAX_CHOSEN:
        raise Refused("type_choice")
    if len({json.dumps(plain(one), sort_keys=True) for one in value}) < len(value):
        raise Refused("repeated")
    return list(value)


def _accept_files(value: object) -> object:
    """The keys of uploaded files: a list, one text, or nothing."""
    keys = [value] if isinstance(value, str) and value else value if isinstance(value, list) else []
    if value not in (None, "") and not isinstance(value, str | list):
        raise Refused("type_file")
    if len(keys) > MAX_CHOSEN or not all(isinstance(key, str) and FILE_KEY.fullmatch(key) for key in keys):
        raise Refused("type_file")
    return list(dict.fromkeys(keys)) or None
