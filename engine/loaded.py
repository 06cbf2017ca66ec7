"""Releases in memory: parsed once a process, shared by every case on them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import sqlalchemy as sa

import forms
from engine import db
from engine.bpmn import Processes
from engine.decisions import DecisionSet
from engine.errors import FeelError, NotFound
from engine.facts import merged, nested
from engine.feel import Feel
from engine.form_variations import variation_of
from engine.pack_schema import Manifest
from engine.packs import Pack
from engine.releases import load_pack

KEPT_RELEASES = 64


class LoadedRelease:
    """A release ready to run: spec graphs, decisions, forms, manifest."""

    def __init__(self, pack: Pack) -> None:
        self.id, self.pack = pack.digest, pack.code
        self.files: Mapping[str, bytes] = pack.files
        self.manifest: Manifest = pack.manifest
        self._forms: dict[str, forms.Form] = {}
        self._output_reads: dict[tuple[str, str], frozenset[str]] = {}

    @cached_property
    def processes(self) -> Processes:
        return Processes.read(self.files)

    @cached_property
    def decisions(self) -> DecisionSet:
        return DecisionSet.load({name: data for name, data in self.files.items() if name.endswith(".dmn")})

    @cached_property
    def switches(self) -> dict[str, Any]:
        """The values of the manifest's switches, nested by their dotted keys."""
        found: dict[str, Any] = {}
        for switch in self.manifest.switches.values():
            if switch.key:
                head, _, name = switch.key.rpartition(".")
                value = list(switch.value) if isinstance(switch.value, tuple) else switch.value
                found = merged(found, nested(head, {name: value}))
        return found

    @cached_property
    def public_groups(self) -> frozenset[str]:
        """The groups of people outside the office."""
        return frozenset(name for name, group in self.manifest.groups.items() if group.kind == "public")

    def form(self, form_id: str) -> forms.Form:
        """The form with this id. Raises ``NotFound``."""
        found = self._forms.get(form_id)
        if found is None:
            name = f"forms/{form_id}.form"
            if name not in self.files:
                raise NotFound("form", form_id)
            varied = variation_of(self.manifest, form_id)
            found = self._forms[form_id] = forms.read_form(self.files[name], name, variation=varied)
        return found

    def output_reads(self, process_id: str, element_id: str, feel: Feel) -> frozenset[str]:
        """The names that the output mappings of an element read: of a submission, only these enter workflow state."""
        place = (process_id, element_id)
        if place not in self._output_reads:
            element = self.processes.element(process_id, element_id)
            sources = [mapping.source for mapping in element.extensions.outputs] if element is not None else []
            paths = [path for source in sources if source.startswith("=") for path in _reads(source[1:], feel)]
            self._output_reads[place] = frozenset(path[0] for path in paths)
        return self._output_reads[place]


def _reads(text: str, feel: Feel) -> frozenset[tuple[str, ...]]:
    try:
        expression = feel.parse(text)
    except FeelError:
        return frozenset()  # the mapping fails in its own step and is an incident there
    return expression.reads | expression.element_reads


class ReleaseCache:
    """The releases in use, the least recently used dropped first; a release never changes, so nothing goes stale."""

    def __init__(self, kept: int = KEPT_RELEASES) -> None:
        self._kept, self._lock = kept, threading.Lock()
        self._releases: OrderedDict[str, LoadedRelease] = OrderedDict()

    def get(self, connection: sa.Connection, release_id: str) -> LoadedRelease:
        return self._find(release_id) or self._load(connection, release_id)

    def open(self, database: sa.Engine, release_id: str) -> LoadedRelease:
        """As ``get``, for who has no connection: of a release in use nothing is asked."""
        if (found := self._find(release_id)) is not None:
            return found
        with db.reading(database) as connection:
            return self._load(connection, release_id)

    def _find(self, release_id: str) -> LoadedRelease | None:
        with self._lock:
            found = self._releases.get(release_id)
            if found is not None:
                self._releases.move_to_end(release_id)
            return found

    def _load(self, connection: sa.Connection, release_id: str) -> LoadedRelease:
        loaded = LoadedRelease(load_pack(connection, release_id))
        with self._lock:
            self._releases[release_id] = loaded
            while len(self._releases) > self._kept:
                self._releases.popitem(last=False)
        return loaded
