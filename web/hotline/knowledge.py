"""What the hotline answers from: the items of a running release, their limits, grounds and documents.

Nothing is written down a second time: the manifest names the items, the decision ``required_materials`` the documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from engine.dmn.model import Table
from engine.loaded import LoadedRelease
from engine.pack_schema import Citation, Item

MATERIALS = "required_materials"


@dataclass(frozen=True, slots=True)
class Material:
    """A document that an item may need; whether an original, and what is said of it."""

    name: str
    original: bool
    note: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One item as it is explained on the telephone."""

    code: str
    name: str
    plain: str
    department: str
    limit: int | None
    aliases: tuple[str, ...]
    requires: tuple[str, ...]
    note: str
    basis: tuple[str, ...]
    materials: tuple[Material, ...]
    pays: bool

    def speaks_of(self, words: str) -> bool:
        """Whether ``words`` stand anywhere in it."""
        texts = (self.name, self.plain, self.department, self.note, *self.aliases)
        return any(words in text for text in (*texts, *(material.name for material in self.materials)))


def read_entries(release: LoadedRelease, words: str = "") -> list[Entry]:
    """The items of a release, all of them or those that speak of ``words``."""
    materials = _materials(release)
    entries = [_entry(release, code, item, materials.get(code, ())) for code, item in release.manifest.items.items()]
    return [entry for entry in entries if not words or entry.speaks_of(words)]


def _entry(release: LoadedRelease, code: str, item: Item, materials: tuple[Material, ...]) -> Entry:
    known, groups = release.manifest.items, release.manifest.groups
    return Entry(
        code,
        item.name,
        item.plain,
        groups[item.department].name if item.department in groups else item.department,
        item.limit_working_days,
        item.aliases,
        tuple(known[one].plain for one in item.requires if one in known),
        item.note or "",
        tuple(_cite(release, one) for one in item.basis),
        materials,
        item.pays,
    )


def _cite(release: LoadedRelease, citation: Citation) -> str:
    source = release.manifest.sources.get(citation.source)
    return f"《{source.title}》{citation.section}" if source else citation.section


def _materials(release: LoadedRelease) -> dict[str, tuple[Material, ...]]:
    """By item, what the decision's rows name; rows whose item or name is computed say nothing here."""
    decision = release.decisions.decisions.get(MATERIALS)
    if decision is None or not isinstance(decision.logic, Table):
        return {}
    names = [clause.name for clause in decision.logic.outputs]
    found: dict[str, dict[str, Material]] = {}
    for rule in decision.logic.rules:
        row = {name: _literal(cell.feel) for name, cell in zip(names, rule.outputs, strict=True)}
        item, name = row.get("item"), row.get("name")
        if isinstance(item, str) and isinstance(name, str):
            material = Material(name, row.get("original") is True, str(row.get("note") or ""))
            found.setdefault(item, {}).setdefault(name, material)
    return {item: tuple(rows.values()) for item, rows in found.items()}


def _literal(text: str) -> Any:
    try:
        return orjson.loads(text)  # FEEL writes strings, numbers and true/false/null as JSON does
    except orjson.JSONDecodeError:
        return None
