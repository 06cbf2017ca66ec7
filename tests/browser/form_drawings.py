"""Every form of every pack drawn by the product's own renderer: as it begins, with all it can come to show, filled.

What a form shows depends on answers and on what the server knows. ``whole`` asks neither: it is the form with its
conditions taken out, every list with rows and every fault that there is said at its field, which holds the elements of
whatever a filled form can show. ``filled`` are states that people do come to.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine.feel import Feel
from engine.loaded import LoadedRelease
from forms import Form, read_form, show, validate
from forms.values import put_at
from tasks.scenarios.filling import Filler, Unfillable, find_uploads
from tests.packs.conftest import checkout
from tests.web.forming_app import context_of
from web.forming import render
from web.forming.names import read_place

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
ROWS = 2
SEEDS = 4


@dataclass(frozen=True)
class Drawing:
    """``html`` is the form in a state, whose words ``name`` are: pack, form, state."""

    name: str
    html: str


def draw_forms(pack: str, feel: Feel, *, filled: bool = False) -> Iterator[Drawing]:
    """The forms of a pack, as it varies them; needs an application's context, for its words."""
    files, release = checkout(pack).files, LoadedRelease(checkout(pack))
    for name in sorted(name for name in files if name.startswith("forms/") and name.endswith(".form")):
        form = release.form(name.removeprefix("forms/").removesuffix(".form"))
        context = {**context_of(form), "switches": release.switches}
        yield Drawing(f"{pack} {form.id} as it begins", _draw(form, context, feel, None))
        yield Drawing(f"{pack} {form.id} whole", draw_whole(form, context, feel))
        for seed in range(SEEDS if filled else 0):
            yield from _draw_filled(f"{pack} {form.id} filled {seed}", form, context, feel, seed)


def draw_whole(form: Form, context: Mapping[str, Any], feel: Feel) -> str:
    """All that a form can show, and what it says where it is handed in empty; what is for no script is there too."""
    whole = read_form(_unconditional(form.root.attributes), form.name)
    values: dict[str, object] = {}
    for one in show(whole, context, feel, None, NOW):
        path = read_place(one.key) if one.key else None
        is_growing = one.component.is_list and one.component.attributes.get("allowAddRemove") is not False
        if path is not None and one.is_editable and is_growing:
            put_at(values, path, [{} for _ in range(ROWS)])
    errors = validate(whole, values, context, feel, {}, NOW).errors
    return _draw(whole, context, feel, values, errors).replace("<noscript>", "").replace("</noscript>", "")


def _draw_filled(name: str, form: Form, context: Mapping[str, Any], feel: Feel, seed: int) -> Iterator[Drawing]:
    try:
        values = Filler(random.Random(seed), NOW, eager=0.6, thorough=seed % 2 == 0).fill(form, context, feel, {})
    except Unfillable:
        return  # what is known of the case does not let it be handed in
    yield Drawing(name, _draw(form, context, feel, values))


def _draw(
    form: Form, context: Mapping[str, Any], feel: Feel, values: Any, errors: Mapping[str, list[str]] | None = None
) -> str:
    ways: dict[str, Any] = {"post_to": "/", "draft_to": "/", "now": NOW, "uploads": find_uploads(values)}
    return str(render(form, context, feel, values, errors, **ways))


def _unconditional(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {name: _unconditional(value) for name, value in node.items() if name != "conditional"}
    return [_unconditional(value) for value in node] if isinstance(node, list | tuple) else node
