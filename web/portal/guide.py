"""The guide (办事指南) of a release: its items, the documents they need, limits, grounds and windows.

Everything comes from the running release: the manifest and the decision ``required_materials``. The portal's guide, the
window's checklist and the hotline's answers are this one reading of it. No Flask here.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.feel import Feel
from engine.loaded import LoadedRelease
from engine.pack_schema import Channel, Citation, Item
from tasks.applications import KINDS
from tasks.legal_clock import limit_of
from tasks.referrals import window_of

DECISION = "required_materials"
PAYEES = {"deceased": "拨付给逝者本人账户", "family": "拨付给家属社保卡"}
_SEVERAL = 3
BROUGHT = frozenset({"applicant"})
"""The sources that mean: the family brings it. All others the system has, makes or fetches."""


@dataclass(frozen=True, slots=True)
class Material:
    """A document, once for all items that it serves (plain names). ``only_for`` says who needs it; empty: everybody.

    ``is_brought``: the family provides it; ``original``: the original is looked at once.
    """

    code: str
    name: str
    items: tuple[str, ...]
    is_brought: bool
    medium: str
    original: bool
    note: str
    only_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a rule is written: a document's title and the section, 二(一)4."""

    title: str
    section: str


@dataclass(frozen=True, slots=True)
class GuideItem:
    """A public service as a family reads of it. ``requires`` are plain names; no limit: the documents give none."""

    code: str
    plain: str
    official: str
    department: str
    window: str
    limit: int | None
    requires: tuple[str, ...]
    pays: bool
    tracked: bool
    note: str
    grounds: tuple[Ground, ...]
    materials: tuple[Material, ...]


@dataclass(frozen=True, slots=True)
class Guide:
    """The guide of one release. ``materials`` is the whole checklist, each document once."""

    pack: str
    short: str
    official: str
    version: str
    hotline: str
    limit: int | None
    items: tuple[GuideItem, ...]
    materials: tuple[Material, ...]
    channels: tuple[Channel, ...]

    def find(self, code: str) -> GuideItem | None:
        return next((item for item in self.items if item.code == code), None)

    @property
    def common_materials(self) -> tuple[Material, ...]:
        """What nearly every family brings: documents that everybody needs, for several items."""
        brought = tuple(one for one in self.materials if one.is_brought and not one.only_for)
        return tuple(one for one in brought if len(one.items) >= _SEVERAL) or brought

    @property
    def windows(self) -> tuple[Channel, ...]:
        return tuple(channel for channel in self.channels if channel.kind == "window")


def build_guide(release: LoadedRelease, feel: Feel, now: datetime) -> Guide:
    """The guide of ``release`` for every kind of applicant."""
    manifest = release.manifest
    rows = _all_rows(release, feel, now)
    items = tuple(_item(release, code, item, rows) for code, item in manifest.items.items())
    return Guide(
        release.pack,
        manifest.names.short,
        manifest.names.official,
        manifest.version or "",
        manifest.hotline or "",
        manifest.limit_working_days,
        items,
        _merge(rows, _plain_names(release)),
        tuple(channel for channel in manifest.channels.values() if channel.open),
    )


def list_materials(
    release: LoadedRelease, feel: Feel, now: datetime, items: Iterable[str], applicant_kind: str, payee: str = ""
) -> tuple[Material, ...]:
    """The checklist of one application: what it needs for ``items``, each document once."""
    combination = (applicant_kind, payee)
    rows = [(combination, row) for row in _rows(release, feel, now, list(items), applicant_kind, payee)]
    return _merge(rows, _plain_names(release), [combination])


_Combination = tuple[str, str]
_Row = tuple[_Combination, Mapping[str, Any]]


def _all_rows(release: LoadedRelease, feel: Feel, now: datetime) -> list[_Row]:
    codes = list(release.manifest.items)
    return [
        ((kind, payee), row)
        for kind, payee in itertools.product(KINDS, PAYEES)
        for row in _rows(release, feel, now, codes, kind, payee)
    ]


def _rows(
    release: LoadedRelease, feel: Feel, now: datetime, codes: list[str], kind: str, payee: str
) -> list[Mapping[str, Any]]:
    if DECISION not in release.decisions.ids:
        return []
    scope = {"items": codes, "applicant_kind": kind, "payee": payee, "case": {}, "switches": release.switches}
    answer = release.decisions.decide(DECISION, scope, feel, now)
    return [row for row in answer if isinstance(row, Mapping)] if isinstance(answer, list) else []


def _item(release: LoadedRelease, code: str, item: Item, rows: Sequence[_Row]) -> GuideItem:
    manifest, names = release.manifest, _plain_names(release)
    group = manifest.groups.get(item.department)
    return GuideItem(
        code,
        item.plain,
        item.name,
        group.name if group else item.department,
        window_of(manifest, code),
        None if item.tracked else limit_of(manifest, code),
        tuple(names.get(required, required) for required in item.requires),
        item.pays,
        item.tracked,
        item.note or "",
        tuple(_ground(release, citation) for citation in item.basis),
        _merge([row for row in rows if row[1].get("item") == code], names),
    )


def _ground(release: LoadedRelease, citation: Citation) -> Ground:
    source = release.manifest.sources.get(citation.source)
    return Ground(source.title if source else citation.source, citation.section)


def _plain_names(release: LoadedRelease) -> dict[str, str]:
    return {code: item.plain for code, item in release.manifest.items.items()}


def _merge(
    rows: Sequence[_Row], names: Mapping[str, str], combinations: Sequence[_Combination] | None = None
) -> tuple[Material, ...]:
    """One entry a document; who needs it is said where not everybody does."""
    every = frozenset(combinations or itertools.product(KINDS, PAYEES))
    found: dict[str, list[_Row]] = {}
    for row in rows:
        found.setdefault(str(row[1].get("code")), []).append(row)
    merged = [_material(code, lines, names, every) for code, lines in found.items()]
    return tuple(sorted(merged, key=lambda one: (not one.is_brought, one.code)))


def _material(code: str, lines: list[_Row], names: Mapping[str, str], every: frozenset[_Combination]) -> Material:
    rows = [row for _, row in lines]
    items = dict.fromkeys(str(row.get("item")) for row in rows)
    notes = dict.fromkeys(str(row.get("note") or "") for row in rows)
    return Material(
        code,
        str(rows[0].get("name") or code),
        tuple(names.get(item, item) for item in items),
        any(row.get("source") in BROUGHT for row in rows),
        str(rows[0].get("medium") or ""),
        any(bool(row.get("original")) for row in rows),
        "；".join(note for note in notes if note),
        _only_for(frozenset(combination for combination, _ in lines), every),
    )


def _only_for(needed: frozenset[_Combination], every: frozenset[_Combination]) -> tuple[str, ...]:
    if needed == every:
        return ()
    kinds, payees = {kind for kind, _ in needed}, {payee for _, payee in needed}
    words = [KINDS[kind] for kind in KINDS if kind in kinds] if len(kinds) < len(KINDS) else []
    return (*words, *([PAYEES[payee] for payee in PAYEES if payee in payees] if len(payees) < len(PAYEES) else []))
