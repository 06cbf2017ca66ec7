"""One round trip of a form: what was meant, the values now, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from forms import Component, DataPath, Evaluator, Form, Upload, path_text, show, validate, validate_draft
from forms.values import get_at, has_at, put_at
from web.forming.names import ADD, FAULTY, INTENT, REMOVE, SHOWN, find_component, read_place
from web.forming.parse import parse

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

SUBMIT, DRAFT, REFRESH = "submit", "draft", "refresh"
REVEAL = "reveal"  # a refresh by a button, where no script runs
ERRORS_FOCUS = "#errors"


@dataclass(frozen=True)
class Files:
    """The files of this round trip. ``uploads`` are all that this person may refer to in the form, by key.

    ``added`` are the keys of those just stored, ``refused`` sentences about those that were not, by field name.
    """

    uploads: Mapping[str, Upload] = field(default_factory=dict)
    added: Mapping[str, Sequence[str]] = field(default_factory=dict)
    refused: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """What a POST comes to. ``intent`` is submit, draft, refresh, add or remove.

    ``values`` is for the engine if there are no ``errors`` (by field name, "" for the form as a whole), and for the
    page; ``focus`` is for the page: where the cursor goes.
    """

    values: dict[str, object]
    intent: str
    errors: dict[str, list[str]]
    focus: str = ""


def handle(
    form: Form,
    request_form: MultiDict[str, str],
    files: Files | None,
    context: Mapping[str, object],
    feel: Evaluator,
    now: datetime,
    *,
    judged: bool = True,
) -> Step:
    """Read and judge one POST; a submission only if it is to be ``judged``. Raises what ``feel`` raises, nothing for
    what was sent."""
    files = files or Files()
    values = parse(form, request_form)
    _take_files(form, values, files)
    intent, focus = _read_intent(form, request_form, values)
    if request_form.get(INTENT) == REVEAL and intent == REFRESH:
        focus = _first_new(form, request_form, values, context, feel, now)
    if intent == DRAFT:
        errors = dict(validate_draft(form, values, context, feel, now).errors)
    elif intent == SUBMIT and not judged:
        errors = {}
    else:
        moved = focus if REMOVE in request_form else ""
        wanted = None if intent == SUBMIT else _still_faulty(request_form, moved)
        errors = _check(form, values, context, feel, files, now, wanted)
    for name, sentences in files.refused.items():
        errors[name] = [*errors.get(name, ()), *sentences]
    return Step(values, intent, errors, ERRORS_FOCUS if errors and intent in (SUBMIT, DRAFT) else focus)


def _first_new(
    form: Form,
    sent: MultiDict[str, str],
    values: dict[str, object],
    context: Mapping[str, object],
    feel: Evaluator,
    now: datetime,
) -> str:
    """The first field that what was chosen brings up: the page that comes begins at its top, and it may be far down."""
    known = {*sent, *sent.get(SHOWN, "").split()}
    shown = show(form, context, feel, values, now)
    return next((one.key for one in shown if one.component.is_input and one.is_editable and one.key not in known), "")


def _check(
    form: Form,
    values: dict[str, object],
    context: Mapping[str, object],
    feel: Evaluator,
    files: Files,
    now: datetime,
    wanted: frozenset[str] | None,
) -> dict[str, list[str]]:
    """The errors of a submission; only those at the fields ``wanted``, if any are given."""
    if wanted is not None and not wanted:
        return {}
    errors = validate(form, values, context, feel, files.uploads, now).errors
    return {name: found for name, found in errors.items() if wanted is None or name in wanted}


def _still_faulty(sent: MultiDict[str, str], moved: str) -> frozenset[str]:
    """The fields that showed errors, without those of the list ``moved``, whose rows have just changed places."""
    names = " ".join(sent.getlist(FAULTY)).split()
    return frozenset(name for name in names if not (moved and name.startswith(f"{moved}[")))


# -- files -----------------------------------------------------------------------------------------------------------


def _take_files(form: Form, values: dict[str, object], files: Files) -> None:
    """Put the keys of new files beside those that are kept; where a field takes one file, the new one replaces."""
    for name, added in files.added.items():
        path = read_place(name)
        component = find_component(form, path) if path is not None else None
        if path is None or component is None or not added:
            continue
        known = get_at(values, path)
        is_single = component.attributes.get("multiple") in (None, False)
        kept = known if isinstance(known, list) and not is_single else []
        put_at(values, path, list(dict.fromkeys([*kept, *added])))


# -- rows ------------------------------------------------------------------------------------------------------------


def _read_intent(form: Form, sent: MultiDict[str, str], values: dict[str, object]) -> tuple[str, str]:
    """What the pressed button meant, done to ``values`` if it changes rows; and where the cursor goes."""
    for control, change in ((ADD, _add_row), (REMOVE, _remove_row)):
        path = read_place(sent.get(control, ""))
        component = find_component(form, path) if path is not None else None
        if path is not None and component is not None and component.is_list:
            return control.removeprefix("_"), change(component, path, values)
    if control := sent.get(INTENT, ""):
        return (control if control in (SUBMIT, DRAFT, REFRESH) else REFRESH), ""
    return (REFRESH if ADD in sent or REMOVE in sent else SUBMIT), ""


def _add_row(component: Component, path: DataPath, values: dict[str, object]) -> str:
    rows = _changeable_rows(component, path, values)
    if rows is None or len(rows) >= component.row_limits()[1]:
        return ""
    rows.append({})
    _fill_blanks(component, rows[-1:])
    put_at(values, path, rows)
    return path_text((*path, len(rows) - 1))


def _remove_row(component: Component, path: DataPath, values: dict[str, object]) -> str:
    index = path[-1]
    rows = _changeable_rows(component, path[:-1], values) if isinstance(index, int) else None
    if rows is None or not isinstance(index, int) or index >= len(rows):
        return ""
    del rows[index]
    _fill_blanks(component, rows[index:])
    return path_text(path[:-1])


def _changeable_rows(component: Component, path: DataPath, values: dict[str, object]) -> list[object] | None:
    if component.attributes.get("allowAddRemove") is False or not path or isinstance(path[-1], int):
        return None
    rows = get_at(values, path)
    return rows if isinstance(rows, list) else []


def _fill_blanks(component: Component, rows: list[object]) -> None:
    """Say of every field of ``rows`` what it is.

    What is left unsaid would be filled in from what the server knows of the row that used to be in this place.
    """
    for row in rows:
        if isinstance(row, dict):
            _fill_blank(component, row, ())


def _fill_blank(component: Component, row: dict[str, object], above: DataPath) -> None:
    for child in component.children:
        path = above + child.local
        if child.kind == "expression":
            continue
        if child.is_input or child.is_list:
            if not has_at(row, path):
                default = child.attributes.get("defaultValue", child.empty)
                put_at(row, path, [] if child.is_list else default)
        else:
            _fill_blank(child, row, path)
