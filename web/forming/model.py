"""What the templates draw: a tree of nodes, every text in it plain (Jinja escapes) unless it is ``Markup``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from markupsafe import Markup

FULL_WIDTH = 16
SHORT = 5


@dataclass(frozen=True)
class Label:
    """What something is called: the plain name, and the official one that is set beneath it."""

    text: str = ""
    official: str = ""

    @classmethod
    def read(cls, text: str) -> Label:
        """``停发养老金 —— 企业职工养老保险待遇暂停`` has both."""
        plain, _, official = text.partition("——")
        return cls(plain.strip(), official.strip()) if official.strip() and plain.strip() else cls(text.strip())


@dataclass(frozen=True)
class Choice:
    """One option of a field, or one file that is kept. In a menu the options of a ``group`` stand under its name."""

    id: str
    value: str
    label: Label
    is_chosen: bool = False
    url: str = ""
    group: str = ""


@dataclass(frozen=True)
class Node:
    """A thing on the page. ``shape`` names the macro that draws it, ``span`` its columns of sixteen.

    ``name`` is the control's, ``id`` the element's that errors lead to. ``source`` says where a value came from,
    ``attributes`` go into the control as they are. ``steers`` marks fields whose change changes the form,
    ``is_provisional`` those of a form that is not the authority's own yet.
    """

    shape: str
    id: str = ""
    name: str = ""
    label: Label = field(default_factory=Label)
    hint: str = ""
    errors: tuple[str, ...] = ()
    source: str = ""
    value: str = ""
    prefix: str = ""
    suffix: str = ""
    counts_to: int = 0
    attributes: Mapping[str, str] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    children: tuple[Node, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()
    body: Markup = field(default_factory=Markup)
    span: int = FULL_WIDTH
    is_required: bool = False
    is_optional: bool = False
    is_provisional: bool = False
    is_editable: bool = False
    has_focus: bool = False
    steers: bool = False
    adds: str = ""
    removes: str = ""
    is_live: bool = True

    @property
    def described_by(self) -> str:
        """The ids of everything that is said about it."""
        said = {"hint": self.hint, "error": self.errors, "source": self.source}
        return " ".join(f"{self.id}-{part}" for part, text in said.items() if text)

    @property
    def has_short_choices(self) -> bool:
        """Whether several options fit on one line."""
        return all(len(one.label.text) <= SHORT and not one.label.official for one in self.choices)

    @property
    def is_still(self) -> bool:
        """Whether nothing in it can be filled in."""
        return not any(node.is_editable for node in self.walk())

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            yield from child.walk()

    def with_span(self, span: int) -> Node:
        return replace(self, span=span)
