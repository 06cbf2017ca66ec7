"""What a browser sent, as the nested values that ``forms.validate`` takes.

Only shapes are undone here (rows, ticks, line ends); what a value must be is the validator's to say. A name that the
form does not have stays, so that the validator refuses it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

from forms import Component, DataPath, Form
from forms.intake import MAX_ALL_ROWS
from forms.model import MULTIPLE_CHOICES, SINGLE_CHOICES
from forms.values import get_at, put_at
from web.forming.names import CONTROLS, ROWS, SHOWN, find_component, read_choice, read_place

MAX_NUMBER = 64  # no number that a form takes is longer

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage, MultiDict


def parse(form: Form, sent: MultiDict[str, str]) -> dict[str, object]:
    """The values that ``sent`` (``request.form``) fills in, nested as the form's keys are.

    Rows are those that ``_rows`` announces. A field of which nothing was sent although ``_shown`` lists it has its
    empty value. Numbers and dates stay the texts that were typed, digits of full width (１２) aside. Never raises for
    its content.
    """
    values: dict[str, object] = {}
    _lay_rows(form, values, _announced(sent, ROWS))
    for name in _announced(sent, SHOWN):
        found = _find_field(form, values, name)
        if found is not None:
            put_at(values, found[1], found[0].empty)
    strange: dict[str, object] = {}
    for name in sent:
        if name in CONTROLS:
            continue
        found = _find_field(form, values, name)
        if found is None:
            strange[name] = sent[name]
        else:
            put_at(values, found[1], _read(found[0], sent.getlist(name)))
    return values | strange


def sent_files(form: Form, files: MultiDict[str, FileStorage]) -> list[tuple[str, FileStorage]]:
    """The files that came with the form, each with the name of its field. What no field asks for is passed over."""
    found: list[tuple[str, FileStorage]] = []
    for name in files:
        path = read_place(name)
        component = find_component(form, path) if path is not None else None
        if component is not None and component.kind == "filepicker" and isinstance((path or ("",))[-1], str):
            found.extend((name, file) for file in files.getlist(name) if file.filename)
    return found


def _announced(sent: MultiDict[str, str], control: str) -> list[str]:
    return " ".join(sent.getlist(control)).split()


def _lay_rows(form: Form, values: dict[str, object], announced: Iterable[str]) -> None:
    """Make the rows of every list that was on the page, outer lists first, up to what any submission may hold."""
    counts: dict[DataPath, int] = {}
    for text in announced:
        name, _, count = text.partition("=")
        path = read_place(name)
        if path is not None and count.isdecimal() and len(count) <= 3 and _is_list(form, path):
            counts[path] = int(count)
    left = MAX_ALL_ROWS + 1
    for path in sorted(counts, key=len):
        if not _is_within(values, path):
            continue
        laid = min(counts[path], left)
        left -= laid
        put_at(values, path, [{} for _ in range(laid)])


def _is_list(form: Form, path: DataPath) -> bool:
    component = find_component(form, path)
    return component is not None and component.is_list and isinstance(path[-1], str)


def _is_within(values: dict[str, object], path: DataPath) -> bool:
    """Whether every row on the way to ``path`` was announced."""
    for end, part in enumerate(path):
        if isinstance(part, int):
            rows = get_at(values, path[:end])
            if not isinstance(rows, list) or part >= len(rows):
                return False
    return True


def _find_field(form: Form, values: dict[str, object], name: str) -> tuple[Component, DataPath] | None:
    path = read_place(name)
    component = find_component(form, path) if path is not None else None
    if path is None or component is None or not component.is_input or not _is_within(values, path):
        return None
    return component, path


def _read(component: Component, texts: list[str]) -> object:
    kind = component.kind
    if kind in MULTIPLE_CHOICES:
        return [read_choice(text) for text in texts]
    if kind == "filepicker":
        return [text for text in texts if text] or None
    if len(texts) > 1:
        return list(texts)  # one control was sent twice: the validator refuses it
    text = texts[0]
    if kind == "checkbox":
        return text == "true" or text
    if kind in SINGLE_CHOICES:
        return read_choice(text) if text else None
    if kind == "number":
        return _narrow(text)
    return text.replace("\r\n", "\n") if kind == "textarea" else text


def _narrow(text: str) -> str:
    """What a Chinese keyboard writes in full width, as a number is usually written."""
    return unicodedata.normalize("NFKC", text) if len(text) <= MAX_NUMBER else text
