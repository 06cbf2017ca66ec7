"""What a form shows beside its fields: texts, tables, images, lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from forms import Shown
from forms.values import plain
from web.forming import prose
from web.forming.model import Label, Node
from web.forming.values import NOTHING

MAX_TABLE_ROWS = 200
IMAGE = re.compile(r"data:image/(?:png|jpeg|webp|gif);base64,[A-Za-z0-9+/=\s]+|/(?![/\\])[^\s\\]*", re.IGNORECASE)


def display(shown: Shown, evaluate: prose.Evaluate, say: Callable[[str], str]) -> Node | None:
    """The node of a display; None for a button, which stands with the form's own."""
    kind, attributes = shown.component.kind, shown.component.attributes
    if kind == "text":
        filled = prose.fill_in_markdown(attributes.get("text"), shown.scope, evaluate)
        return Node("prose", body=prose.render_markdown(filled))
    if kind == "html":
        return Node("lines", cells=(prose.lines_of_html(say("content")),))
    if kind == "image":
        return _image(say("source"), say("alt"))
    if kind == "table":
        return _table(shown, evaluate, say("label"))
    if kind == "separator":
        return Node("rule")
    return Node("space") if kind == "spacer" else None


def _image(source: str, alt: str) -> Node:
    """A picture of this site or in the form itself; of any other only what it shows, in words."""
    is_ours = IMAGE.fullmatch(source) is not None
    return Node("image", value=source if is_ours else "", label=Label(alt))


def _table(shown: Shown, evaluate: prose.Evaluate, label: str) -> Node:
    """Its first row are the headings."""
    attributes = shown.component.attributes
    rows = _computed(attributes.get("dataSource"), shown, evaluate)
    columns = _computed(attributes.get("columnsExpression"), shown, evaluate) or attributes.get("columns")
    listed = [one for one in columns if isinstance(one, Mapping)] if isinstance(columns, list) else []
    heading = tuple(str(column.get("label") or column.get("key") or "") for column in listed)
    keys = [str(column.get("key", "")) for column in listed]
    body = [row for row in rows if isinstance(row, Mapping)][:MAX_TABLE_ROWS] if isinstance(rows, list) else []
    cells = tuple(tuple(_cell(row.get(key)) for key in keys) for row in body)
    return Node("table", label=Label.read(label), cells=(heading, *cells))


def _computed(text: object, shown: Shown, evaluate: prose.Evaluate) -> object:
    if not isinstance(text, str) or not text:
        return None
    return plain(evaluate(text.removeprefix("="), shown.scope))


def _cell(value: object) -> str:
    return prose.in_words(value) or NOTHING
