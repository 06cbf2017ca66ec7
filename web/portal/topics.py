"""A long form as pages of one topic each: its top-level groups. What stands outside of them is the last page's.

Every page is a form of its own, made of the same components, so that conditions, rules and FEEL hold as in the whole;
the values of the other pages stand in its context. No Flask here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

import orjson

import forms
from engine.facts import merged
from engine.loaded import LoadedRelease
from forms import Evaluator, Form
from forms.values import get_at, has_at, put_at

Tag = Literal["todo", "doing", "barred", "done"]
ITEMS = "items"  # the key of the field that chooses the public services
_TITLE_SIGNS = "　 "


@dataclass(frozen=True)
class Topic:
    """A page: its place in the form's order, its title, its own form.

    ``is_choice``: it chooses the items. ``is_conditional``: whether it is needed depends on other answers.
    """

    place: int
    title: str
    form: Form
    is_choice: bool
    is_conditional: bool


@dataclass(frozen=True)
class Standing:
    """A topic as it stands: ``tag``, and the sentences about what is wrong at its fields."""

    topic: Topic
    tag: Tag
    errors: Mapping[str, list[str]]


@dataclass(frozen=True)
class Division:
    """The topics of a form, and ``closing``: what is asked when all of them are done (a declaration)."""

    topics: tuple[Topic, ...]
    closing: Form


@lru_cache(maxsize=64)
def divide(release: LoadedRelease, form_id: str) -> Division:
    """The pages of a form; they are read once for a release."""
    form = release.form(form_id)
    whole, name = form.root.attributes, form.name
    components = [child.attributes for child in form.root.children]
    groups = [one for one in components if one.get("type") == "group"]
    rest = [one for one in components if one.get("type") != "group"]
    first = next((place for place, one in enumerate(rest) if one.get("type") not in ("text", "html")), len(rest))
    lead = 1 if first > 1 else 0  # an introduction to the whole form; the text before the declaration stays
    topics = tuple(_topic(whole, group, place, name) for place, group in enumerate(groups, 1))
    return Division(topics, _form(whole, rest[lead:], name))


def stand(
    division: Division, context: Mapping[str, Any], draft: Mapping[str, Any], feel: Evaluator, now: datetime
) -> list[Standing]:
    """How far each topic is that concerns this application; one that the chosen items do not need is left out."""
    scope = merged(context, draft)
    found: list[Standing] = []
    is_chosen = True
    for topic in division.topics:
        if not is_chosen and topic.is_conditional:
            continue  # nobody knows yet whether it is needed
        checked = forms.validate(topic.form, own_values(topic.form, draft), scope, feel, None, now)
        if not checked.visible:
            continue
        tag = _tag(topic, draft, bool(checked.errors))
        if topic.is_choice:
            is_chosen = tag == "done"
        elif not is_chosen:
            tag = "barred"
        found.append(Standing(topic, tag, checked.errors))
    return found


def own_values(form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """The part of ``values`` that is the form's own."""
    found: dict[str, object] = {}
    for path in _paths(form):
        if has_at(values, path):
            put_at(found, path, get_at(values, path))
    return found


def lay(draft: Mapping[str, Any], form: Form, values: Mapping[str, Any]) -> dict[str, Any]:
    """``draft`` with the form's own part replaced by ``values``: a field that is gone keeps nothing."""
    laid: dict[str, Any] = orjson.loads(orjson.dumps(dict(draft)))
    for path in _paths(form):
        put_or_drop(laid, path, values)
    return laid


def put_or_drop(laid: dict[str, Any], path: tuple[str, ...], values: Mapping[str, Any]) -> None:
    if has_at(values, path):
        put_at(laid, path, get_at(values, path))
        return
    held: Any = laid
    for part in path[:-1]:
        held = held.get(part) if isinstance(held, dict) else None
    if isinstance(held, dict):
        held.pop(path[-1], None)


def add_required(chosen: list[str], requires: Mapping[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    """Add to ``chosen`` what its items stand on; the pairs (required, by which item) that were added."""
    added: list[tuple[str, str]] = []
    for code in chosen:  # grows while it is walked: what is added may stand on something too
        for required in requires.get(code, ()):
            if required not in chosen:
                chosen.append(required)
                added.append((required, code))
    return added


def _tag(topic: Topic, draft: Mapping[str, Any], is_faulty: bool) -> Tag:
    begun = any(get_at(draft, path) not in (None, "", [], False) for path in _paths(topic.form))
    if not begun:
        return "todo"
    return "doing" if is_faulty else "done"


def _paths(form: Form) -> list[tuple[str, ...]]:
    """Places of single fields and whole lists."""
    paths = [field.path for field in form.fields.values() if not field.lists]
    lists = {tuple(field.lists[0].split(".")) for field in form.fields.values() if field.lists}
    return [*paths, *sorted(lists)]


def _topic(whole: Mapping[str, Any], group: Mapping[str, Any], place: int, name: str) -> Topic:
    title = str(group.get("label") or "")
    bare = {**group, "label": ""}
    form = _form(whole, [bare], name)
    is_choice = any(field.path == (ITEMS,) for field in form.fields.values())
    return Topic(place, title.partition("　")[2].strip(_TITLE_SIGNS) or title, form, is_choice, "conditional" in group)


def _form(whole: Mapping[str, Any], components: list[Any], name: str) -> Form:
    return forms.read_form({**whole, "components": components}, name)
