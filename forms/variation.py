"""One form for many places: what a place words, offers or leaves out differently, laid over the form as it is read.

A form is written once. Where a place only words a label otherwise, offers other choices or has no use for a field, it
says so by the component's id, and everything behind the form sees one form. A list of choices that is kept elsewhere
(what a place offers) is named in the form by the property ``options``; the choices that the file itself writes down are
then only what a form editor shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forms.located_json import Located
from forms.model import CHOICES
from forms.problems import Report

Node = Mapping[str, object]

DESCRIPTION = ".description"
PROVISIONAL = "x-provisional"
_WORDED = {"text": "text", "html": "content", "datetime": "dateLabel"}  # every other kind has a label


@dataclass(frozen=True)
class Variation:
    """``texts`` words components by their id, their descriptions by ``<id>.description``.

    ``without`` are the ids that are left out, with all that is in them. ``choices`` are those of a component, by its
    id: value → words. ``lists`` are those of a name that a form's property ``options`` may give; None leaves such
    fields as they are written. ``provisional`` marks every field with the property ``PROVISIONAL``.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    lists: Mapping[str, Mapping[str, str]] | None = None
    provisional: bool = False

    def __hash__(self) -> int:
        laid = [self.texts, *self.choices.values(), *(self.lists or {}).values()]
        return hash((self.without, self.provisional, *(frozenset(words.items()) for words in laid)))

    @property
    def names(self) -> frozenset[str]:
        """The ids of the components that it means."""
        worded = (name.removesuffix(DESCRIPTION) for name in self.texts)
        return frozenset(worded) | self.without | frozenset(self.choices)


AS_WRITTEN = Variation()


def vary(report: Report, node: Node, variation: Variation) -> Node:
    """``node``, and everything in it, as ``variation`` has it; the lines stay those of the file."""
    if variation == AS_WRITTEN:
        return node
    identity, kind = node.get("id"), str(node.get("type"))
    changes: dict[str, object] = {}
    components = node.get("components")
    if isinstance(components, list):
        changes["components"] = [_vary_child(report, one, variation) for one in components if _stays(one, variation)]
    if isinstance(identity, str):
        changes |= _worded(node, identity, kind, variation)
    choices = variation.choices.get(identity) if isinstance(identity, str) else None
    choices = _listed(report, node, variation) if choices is None else choices
    if choices is not None and kind in CHOICES:
        changes["values"] = [{"label": words, "value": value} for value, words in choices.items()]
    if variation.provisional and "key" in node:
        stated = node.get("properties")
        changes["properties"] = {**(stated if isinstance(stated, Mapping) else {}), PROVISIONAL: "true"}
    return _changed(node, changes)


def _vary_child(report: Report, node: object, variation: Variation) -> object:
    return vary(report, node, variation) if isinstance(node, Mapping) else node


def _stays(node: object, variation: Variation) -> bool:
    identity = node.get("id") if isinstance(node, Mapping) else None
    return not (isinstance(identity, str) and identity in variation.without)


def _worded(node: Node, identity: str, kind: str, variation: Variation) -> dict[str, object]:
    found: dict[str, object] = {}
    if identity in variation.texts:
        worded = "timeLabel" if kind == "datetime" and node.get("subtype") == "time" else _WORDED.get(kind, "label")
        found[worded] = variation.texts[identity]
    if identity + DESCRIPTION in variation.texts:
        found["description"] = variation.texts[identity + DESCRIPTION]
    return found


def _listed(report: Report, node: Node, variation: Variation) -> Mapping[str, str] | None:
    """The choices of the list that the field names; None for none."""
    properties = node.get("properties")
    name = properties.get("options") if isinstance(properties, Mapping) else None
    if name is None or variation.lists is None:
        return None
    if not isinstance(name, str) or name not in variation.lists:
        remedy = f"name one of {', '.join(sorted(variation.lists))}, or take the property out"
        report.error(node, "unknown-options", f"there is no list of choices {name!r}", remedy, "properties")
        return None
    return variation.lists[name] or None


def _changed(node: Node, changes: Mapping[str, object]) -> Node:
    if not isinstance(node, Located):
        return {**node, **changes}
    changed = Located(node.line)
    changed.lines = node.lines
    changed.update(node)
    changed.update(changes)
    return changed
