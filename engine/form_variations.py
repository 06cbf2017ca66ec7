"""What the manifest says about a form: its items as choices, and how this pack words, cuts or fills it otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from engine.pack_schema import FormVariation, Item, Manifest
from forms import Variation

ITEMS = "items"  # the list that a field offers by the property options = items


def variation_of(manifest: Manifest, form_id: str) -> Variation:
    """How the form ``form_id`` is read in the pack of ``manifest``."""
    own = manifest.forms.get(form_id, FormVariation())
    lists = {ITEMS: _words(manifest.offered)}
    return Variation(own.texts, frozenset(own.without), own.choices, lists, own.provisional)


def _words(items: Mapping[str, Item]) -> dict[str, str]:
    """The pack's offered items in its order, what people call them first: 停发养老金 —— 企业职工养老保险待遇暂停."""
    return {
        code: item.plain if item.plain == item.name else f"{item.plain} —— {item.name}" for code, item in items.items()
    }
