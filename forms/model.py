"""A form as it is used: a tree of components, and the fields in it by their key.

Keys are written with dots, a list's rows with ``[]``: ``applicant.name``, ``heirs[].id_number``. A place in submitted
data is a ``DataPath`` (``("heirs", 0, "id_number")``), written ``heirs[0].id_number`` for people and pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from forms.problems import Problem

INPUTS = frozenset(
    {
        "textfield",
        "textarea",
        "number",
        "datetime",
        "checkbox",
        "radio",
        "select",
        "checklist",
        "taglist",
        "filepicker",
        "expression",
    }
)
TEXTS = frozenset({"textfield", "textarea"})
SINGLE_CHOICES = frozenset({"radio", "select"})
MULTIPLE_CHOICES = frozenset({"checklist", "taglist"})
CHOICES = SINGLE_CHOICES | MULTIPLE_CHOICES
CONTAINERS = frozenset({"default", "group", "dynamiclist"})
DISPLAYS = frozenset({"text", "html", "image", "table", "spacer", "separator", "button"})

OPTION_SOURCES = ("valuesKey", "values", "valuesExpression")
LIMITS = ("min", "max", "minLength", "maxLength")

MAX_ROWS = 200

DataPath = tuple[str | int, ...]


def path_text(path: DataPath) -> str:
    """``("heirs", 0, "name")`` → ``heirs[0].name``."""
    if len(path) == 1:
        return str(path[0])
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


@dataclass(frozen=True, slots=True)
class Expression:
    """A FEEL text (without its ``=``) in a form. ``flavour`` is ``expression``, ``unary`` or ``template``.

    A template is a text with ``{{…}}`` in it, given whole.
    """

    component: str
    attribute: str
    text: str
    flavour: str
    line: int


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: the value that is submitted and the words that people read; those of one ``group`` stand together."""

    value: object
    label: str
    group: str = ""


@dataclass(frozen=True)
class Component:
    """A node of the form. ``local`` is what it adds to its parent's path: its key, or a container's path.

    ``options`` are the choices that the form itself names.
    """

    id: str
    kind: str
    line: int
    local: tuple[str, ...]
    attributes: Mapping[str, object]
    properties: Mapping[str, str]
    sensitive: bool
    children: tuple[Component, ...] = ()
    options: tuple[Option, ...] = ()

    @cached_property
    def is_input(self) -> bool:
        return self.kind in INPUTS

    @cached_property
    def is_list(self) -> bool:
        return self.kind == "dynamiclist"

    @cached_property
    def label(self) -> str:
        """What people call it; "" where the form gives none. A template is no label to quote."""
        names = ("dateLabel", "timeLabel", "label") if self.kind == "datetime" else ("label",)
        for name in names:
            text = self.attributes.get(name)
            if isinstance(text, str) and text.strip() and "{{" not in text and not text.startswith("="):
                return text.strip()
        return ""

    @cached_property
    def rules(self) -> Mapping[str, object]:
        """form-js' ``validate``."""
        found = self.attributes.get("validate")
        return found if isinstance(found, Mapping) else {}

    @cached_property
    def fixed_rules(self) -> Mapping[str, object] | None:
        """The rules without limits that are null, which are none; None where FEEL computes a limit."""
        limits = {name: self.rules[name] for name in LIMITS if name in self.rules}
        if any(isinstance(limit, str) and limit.startswith("=") for limit in limits.values()):
            return None
        return {name: rule for name, rule in self.rules.items() if name not in limits or rule is not None}

    @cached_property
    def checks(self) -> tuple[str, ...]:
        """Which of the checks in ``rules`` can find anything here, in form-js' order."""
        rules, kind = self.rules, self.kind
        applying = (
            ("number", kind == "number"),
            ("pattern", bool(rules.get("pattern"))),
            ("required", bool(rules.get("required"))),
            ("bounds", "min" in rules or "max" in rules),
            ("lengths", kind in TEXTS and ("minLength" in rules or "maxLength" in rules)),
            ("format", bool(rules.get("validationType")) or "check" in self.properties),
            ("day", kind == "datetime"),
        )
        return tuple(name for name, applies in applying if applies)

    @cached_property
    def options_source(self) -> str:
        """Which attribute the choices come from; "" if the form names none."""
        return next((source for source in OPTION_SOURCES if source in self.attributes), "")

    @cached_property
    def hide(self) -> str:
        """The unary test that hides it, without ``=``; "" for none."""
        conditional = self.attributes.get("conditional")
        text = conditional.get("hide") if isinstance(conditional, Mapping) else None
        return text[1:] if isinstance(text, str) and text.startswith("=") else ""

    @cached_property
    def readonly_when(self) -> str:
        """The unary test that makes it read-only, without ``=``; "" if it is so always or never."""
        text = self.attributes.get("readonly")
        return text[1:] if isinstance(text, str) and text.startswith("=") else ""

    @cached_property
    def readonly(self) -> bool:
        return not self.readonly_when and bool(self.attributes.get("readonly"))

    @cached_property
    def disabled(self) -> bool:
        return bool(self.attributes.get("disabled"))

    @cached_property
    def has_default(self) -> bool:
        return "defaultValue" in self.attributes

    @property
    def empty(self) -> object:
        """The value of a field that nobody filled in."""
        if self.kind in TEXTS:
            return ""
        if self.kind in MULTIPLE_CHOICES:
            return []
        return False if self.kind == "checkbox" else None

    def row_limits(self) -> tuple[int, int]:
        """The fewest and the most rows of a list."""
        return int(self.properties.get("minRows", "0")), int(self.properties.get("maxRows", str(MAX_ROWS)))


@dataclass(frozen=True, slots=True)
class Field:
    """One input, described for lint and pages. ``key`` is its full key, ``path`` the same in parts without ``[]``.

    ``options`` are the static ones; ``options_source`` names where others come from (``valuesKey``,
    ``valuesExpression``). ``lists`` are the keys of the lists that it repeats in, outermost first.
    """

    key: str
    path: tuple[str, ...]
    kind: str
    label: str
    required: bool
    sensitive: bool
    check: str
    options: tuple[Option, ...]
    options_source: str
    lists: tuple[str, ...]
    component: Component


@dataclass(frozen=True)
class Branch:
    """What may be submitted below one key: a field, a list of rows, or further keys."""

    component: Component | None = None
    children: dict[str, Branch] = field(default_factory=dict)


@dataclass(frozen=True)
class Form:
    """A checked form. ``problems`` holds its warnings: a form with errors is never built."""

    id: str
    name: str
    root: Component
    fields: Mapping[str, Field]
    keys: Branch
    expressions: tuple[Expression, ...]
    problems: tuple[Problem, ...]

    @cached_property
    def field_paths(self) -> frozenset[tuple[str, ...]]:
        """Every path that a submission can fill, lists included: ``("heirs",)``, ``("heirs", "name")``."""
        lists = {path[:end] for path in (f.path for f in self.fields.values()) for end in range(1, len(path))}
        return frozenset(f.path for f in self.fields.values()) | frozenset(lists)

    @cached_property
    def groups(self) -> frozenset[str]:
        """The top-level keys that hold further keys, rather than being a field or a list."""
        return frozenset(key for key, branch in self.keys.children.items() if branch.component is None)

    @cached_property
    def has_conditions(self) -> bool:
        return any(component.hide for component in self.components())

    @cached_property
    def has_sensitive(self) -> bool:
        return any(field.sensitive for field in self.fields.values())

    @cached_property
    def is_still(self) -> bool:
        """Whether no value can change which fields are shown, may be edited, or what they offer or compute."""
        return not any(
            component.is_list
            or component.hide
            or component.readonly_when
            or component.kind == "expression"
            or "valuesExpression" in component.attributes
            for component in self.components()
        )

    @cached_property
    def places(self) -> tuple[tuple[Component, DataPath, bool], ...]:
        """Every field outside lists, in document order, with its path and whether it is read-only or within what is."""
        return tuple(_places(self.root, (), is_locked=False))

    def components(self) -> Iterator[Component]:
        """Every component in document order, the root first."""
        waiting = [self.root]
        while waiting:
            component = waiting.pop()
            yield component
            waiting.extend(reversed(component.children))


def _places(above: Component, path: DataPath, *, is_locked: bool) -> Iterator[tuple[Component, DataPath, bool]]:
    for child in above.children:
        place, locked = path + child.local, is_locked or child.readonly
        if child.is_input:
            yield child, place, locked
        yield from _places(child, place, is_locked=locked or child.disabled)
