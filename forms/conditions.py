"""Which fields of a form are shown for given data, and what their expressions see: form-js' two steps.

First ``visible_data`` takes out of the data whatever a condition hides, judged on the data as it stands. Then ``walk``
judges every condition again on what is left; that second judgement is the one people see.
"""

from __future__ import annotations

import copy
from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from forms.evaluator import Reading
from forms.model import Component, DataPath, Option
from forms.options import normalise_options
from forms.values import clear_at, get_at, plain

Scope = Mapping[str, object]


def build_scope(data: object, this: object, parent: object, i: list[int]) -> Scope:
    """The names that FEEL sees: the data's own, and ``this``, ``parent``, ``i``, also between underscores."""
    special = {"this": this, "parent": parent, "i": i}
    own = data if isinstance(data, Mapping) else {}
    return {**special, **own, **{f"_{name}_": value for name, value in special.items()}}


@dataclass
class Surroundings:
    """Where in the data a component stands. ``data`` is the whole form's, ``this`` the row's (or the form's).

    ``is_locked`` says that a container around it is read-only or disabled.
    """

    data: Mapping[str, object]
    this: object
    parent: object
    i: tuple[int, ...] = ()
    path: DataPath = ()
    is_locked: bool = False

    @cached_property
    def scope(self) -> Scope:
        return build_scope(self.data, self.this, self.parent, list(self.i))

    def inside(self, local: tuple[str, ...], is_locked: bool) -> Surroundings:
        """The surroundings of a container's children."""
        if not local and is_locked == self.is_locked:
            return self
        return Surroundings(self.data, self.this, self.parent, self.i, self.path + local, is_locked)

    def row(self, path: DataPath, index: int, value: object, parent: object, is_locked: bool) -> Surroundings:
        """The surroundings of a list's children in one row; ``i`` counts from 1."""
        return Surroundings(self.data, value, parent, (*self.i, index + 1), (*path, index), is_locked)


@dataclass(slots=True)
class Instance:
    """A component as it is shown at one place: the field of a list once for every row."""

    component: Component
    path: DataPath
    scope: Scope
    is_locked: bool

    @property
    def is_editable(self) -> bool:
        """Whether people may set its value."""
        return not (self.is_locked or self.component.disabled or self.component.kind == "expression")

    def options(self, reading: Reading) -> tuple[Option, ...]:
        """The choices that are offered here."""
        source = self.component.options_source
        if source == "values":
            return self.component.options
        raw = str(self.component.attributes.get(source))
        if source == "valuesKey":
            return normalise_options(reading.initial.get(raw))
        if source == "valuesExpression":
            return normalise_options(plain(reading.evaluate(raw.removeprefix("="), self.scope)))
        return ()


def visible_data(reading: Reading, data: dict[str, object]) -> dict[str, object]:
    """``data`` without what is hidden; a top-level key that vanishes altogether shows its initial value again."""
    if not reading.form.has_conditions:
        return {**reading.initial, **data}
    hidden: list[DataPath] = []
    start = Surroundings(data, data, None)
    for child in reading.form.root.children:
        hidden.extend(_hidden_paths(reading, child, start, False))
    left = dict(data)
    for key in reading.form.keys.children.keys() & left.keys():
        left[key] = copy.deepcopy(left[key])
    for path in hidden:
        clear_at(left, path)
    return {**reading.initial, **left}


def _hidden_paths(reading: Reading, component: Component, around: Surroundings, is_hidden: bool) -> Iterator[DataPath]:
    if not (component.is_input or component.children):
        return
    is_hidden = is_hidden or reading.holds(component.hide, around.scope)
    path = around.path + component.local
    if (component.is_input or component.is_list) and is_hidden:
        yield path
        return
    if not component.is_list:
        for child in component.children:
            yield from _hidden_paths(reading, child, around.inside(component.local, False), is_hidden)
        return
    for index, row in enumerate(_rows(around.data, path)):
        for child in component.children:
            yield from _hidden_paths(reading, child, around.row(path, index, row, around.this, False), False)


def walk(
    reading: Reading, data: Mapping[str, object], visible: Mapping[str, object], with_displays: bool = False
) -> Iterator[Instance]:
    """Every field and list that is shown, in document order; with displays and groups too if asked.

    ``data`` holds the rows, ``visible`` (see ``visible_data``) is what expressions see.
    """
    start = Surroundings(visible, visible, None)
    for child in reading.form.root.children:
        yield from _shown(reading, child, start, data, with_displays)


def walk_still(reading: Reading, data: dict[str, object]) -> tuple[Instance, ...]:
    """The same for a form that ``is_still``: where its fields stand is known beforehand.

    Expressions see ``data`` as it is when they are evaluated; it may still be filled in.
    """
    special: dict[str, object] = {"this": data, "parent": None, "i": []}
    scope = ChainMap({f"_{name}_": value for name, value in special.items()}, data, special)
    return tuple([Instance(field, path, scope, is_locked) for field, path, is_locked in reading.form.places])


def _shown(
    reading: Reading, component: Component, around: Surroundings, data: Mapping[str, object], with_displays: bool
) -> Iterator[Instance]:
    is_data = component.is_input or component.is_list
    if not (is_data or component.children or with_displays):
        return
    if reading.holds(component.hide, around.scope):
        return
    path = around.path + component.local
    is_locked = around.is_locked or component.readonly or reading.holds(component.readonly_when, around.scope)
    if is_data or with_displays:
        yield Instance(component, path, around.scope, is_locked)
    is_locked = is_locked or component.disabled
    if not component.is_list:
        for child in component.children:
            yield from _shown(reading, child, around.inside(component.local, is_locked), data, with_displays)
        return
    parent = build_scope(around.this, around.this, around.parent, list(around.i))
    for index, row in enumerate(_rows(data, path)):
        within = around.row(path, index, row, parent, is_locked)
        for child in component.children:
            yield from _shown(reading, child, within, data, with_displays)


def _rows(data: Mapping[str, object], path: DataPath) -> list[object]:
    found = get_at(data, path)
    return found if isinstance(found, list) else []
