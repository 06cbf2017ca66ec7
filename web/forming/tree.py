"""From the flat list of what is shown to cards, rows of fields and rows of lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from forms import Component, DataPath, Shown, path_text
from web.forming.model import FULL_WIDTH, Label, Node
from web.forming.names import element_id
from web.forming.page import Page
from web.forming.widgets import build, label_of
from web.forming.wording import _


@dataclass
class _Walk:
    """The shown components still to be placed: document order, what is hidden left out."""

    page: Page
    waiting: list[Shown]
    place: int = 0

    def take(self, component: Component, path: DataPath) -> Shown | None:
        """The next shown one if it is ``component`` at ``path``."""
        if self.place >= len(self.waiting):
            return None
        following = self.waiting[self.place]
        if following.component is not component or following.key != path_text(path):
            return None
        self.place += 1
        return following


def build_tree(page: Page, shown: Sequence[Shown]) -> tuple[Node, ...]:
    """The form's nodes: an introduction, then cards."""
    walk = _Walk(page, list(shown))
    nodes = list(_children(walk, page.form.root, ()))
    return tuple(_in_cards(nodes))


def _in_cards(nodes: list[Node]) -> Iterator[Node]:
    """Put what stands loose between cards into cards of its own; a text at the very beginning is the introduction."""
    is_beginning = True
    for is_card, run in groupby(nodes, key=lambda node: node.shape in ("card", "list")):
        loose = list(run)
        if is_card:
            yield from loose
            is_beginning = False
            continue
        if is_beginning and loose[0].shape == "prose":
            yield replace(loose.pop(0), shape="introduction")
        is_beginning = False
        if loose:
            yield Node("card", children=tuple(loose))


def _children(walk: _Walk, above: Component, path: DataPath) -> Iterator[Node]:
    """The nodes in a container, those of one form-js row beside each other."""
    found: list[tuple[str, Node]] = []
    for child in above.children:
        node = _place(walk, child, path + child.local)
        if node is not None:
            layout = child.attributes.get("layout")
            row = layout.get("row") if isinstance(layout, dict) else None
            columns = layout.get("columns") if isinstance(layout, dict) else None
            span = columns if isinstance(columns, int) and 0 < columns < FULL_WIDTH else 0
            found.append((str(row or child.id), node.with_span(span)))
    for _row, run in groupby(found, key=lambda one: one[0]):
        yield from _share_row([node for _row, node in run])


def _share_row(nodes: list[Node]) -> Iterator[Node]:
    """Give what has no width of its own an equal share of what the others leave."""
    taken = sum(node.span for node in nodes)
    open_ones = sum(1 for node in nodes if not node.span)
    share = max(1, (FULL_WIDTH - taken) // open_ones) if open_ones and taken < FULL_WIDTH else FULL_WIDTH
    for node in nodes:
        yield node if node.span else node.with_span(share)


def _place(walk: _Walk, component: Component, path: DataPath) -> Node | None:
    shown = walk.take(component, path)
    if shown is None:
        return None
    if component.is_list:
        return _list(walk, shown, path)
    if component.kind == "group":
        children = tuple(_children(walk, component, path))
        hint = walk.page.say(shown, "description")
        label = Label.read(label_of(walk.page, shown))
        return Node("card", label=label, hint=hint, children=children) if children else None
    return build(walk.page, shown)


# -- lists -----------------------------------------------------------------------------------------------------------


def _list(walk: _Walk, shown: Shown, path: DataPath) -> Node:
    page, component, name = walk.page, shown.component, shown.key
    rows = shown.value if isinstance(shown.value, list) else []
    fewest, most = component.row_limits()
    may_change = shown.is_editable and component.attributes.get("allowAddRemove") is not False
    # Rows that hold chosen files are moved by the server, not in the page: the choice would stay with the place.
    is_live = not any(child.kind == "filepicker" for child in _below(component))
    nodes = []
    for index in range(len(rows)):
        children = tuple(_children(walk, component, (*path, index)))
        nodes.append(_row(path_text((*path, index)), index, children, may_change, is_live, len(rows) > fewest))
    return Node(
        "list",
        id=element_id(name),
        name=name,
        label=Label.read(label_of(page, shown)),
        hint=page.say(shown, "description"),
        errors=tuple(page.errors.get(name, ())),
        children=tuple(nodes),
        adds=name if may_change and len(rows) < most else "",
        value=str(len(rows)),
        is_live=is_live,
        has_focus=page.takes_focus(name, is_list=True),
    )


def _below(component: Component) -> Iterator[Component]:
    for child in component.children:
        yield child
        yield from _below(child)


def _row(name: str, index: int, children: tuple[Node, ...], may_change: bool, is_live: bool, may_remove: bool) -> Node:
    """A row. One that people cannot add goes by its first fixed value (a document, an item), others by number."""
    first = children[0] if children else None
    label = Label(_("第 %(number)s 项", number=index + 1))
    if not may_change and first is not None and first.shape == "fixed" and first.value:
        label, children = Label.read(first.value), children[1:]
    removes = name if may_change and may_remove else ""
    return Node("row", id=element_id(name), name=name, label=label, children=children, removes=removes, is_live=is_live)
