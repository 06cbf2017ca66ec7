"""Reading a ``pack.yaml``, and merging the manifests of a pack and its bases into the one that counts."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from engine.errors import PackInvalid, Problem
from engine.pack_schema import Manifest, Part
from engine.pack_yaml import Document, Path, read_yaml

MANIFEST_NAME = "pack.yaml"

VOCABULARY = ("sources", "channels", "groups", "messages", "variables", "facts", "jobs", "switches")
INHERITED = ("main", "hotline", "limit_working_days", "items")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry of a manifest is written; line 0 means that the file as a whole is meant."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class ReadManifest:
    """A manifest together with the file and the lines it was read from."""

    manifest: Manifest
    file: str = MANIFEST_NAME
    document: Document = field(default_factory=lambda: Document({}, {}))

    def holds(self, *path: str) -> bool:
        """True when the key path is written in this very file."""
        return path in self.document.lines

    def place_of(self, *path: str) -> Place:
        """The place of a key path, or of its nearest parent that is written down."""
        return Place(self.file, self.document.line_of(path))


@dataclass(frozen=True, slots=True)
class MergedManifest:
    """The manifest that counts, and the chain (own file first, then its bases) that it was merged from."""

    manifest: Manifest
    chain: tuple[ReadManifest, ...]

    def place_of(self, *path: str) -> Place:
        """Where the entry that won is written: the nearest file along the chain that holds the key path."""
        for size in range(len(path), 0, -1):
            for link in self.chain:
                if link.holds(*path[:size]):
                    return link.place_of(*path)
        return self.chain[0].place_of()


def read_manifest(data: bytes, file: str = MANIFEST_NAME) -> ReadManifest:
    """Read one ``pack.yaml``; raises PackInvalid with a Problem for every fault, with line and key path."""
    document = read_yaml(data, file)
    if not isinstance(document.value, dict):
        raise PackInvalid([Problem(file, 0, "", "error", "manifest/yaml-form", "the file must be a mapping of keys")])
    try:
        return ReadManifest(Manifest.model_validate(document.value), file, document)
    except ValidationError as error:
        raise PackInvalid(sorted({_problem(fault, document, file) for fault in error.errors()})) from None


def merge_manifests(chain: Sequence[ReadManifest]) -> MergedManifest:
    """Merge a chain (own manifest first). Vocabulary is joined by id, the nearest entry of an id counting as a whole;
    ``main``, ``hotline``, the time limit and the list of items come from the nearest manifest that gives them;
    everything else is the pack's own."""
    own = chain[0].manifest
    changes: dict[str, object] = {}
    for name in VOCABULARY:
        entries: dict[str, object] = {}
        for link in reversed(chain):
            entries.update(getattr(link.manifest, name))
        changes[name] = entries
    for name in INHERITED:
        giver = next((link.manifest for link in chain if link.holds(name)), own)
        changes[name] = getattr(giver, name)
    return MergedManifest(own.model_copy(update=changes), tuple(chain))


_RULES = {"missing": "manifest/missing-key", "extra_forbidden": "manifest/unknown-key"}
_MARKER = re.compile(r"\[key\]|bool|int|str|constrained-str|tuple\[.*")


def _problem(fault: Mapping[str, Any], document: Document, file: str) -> Problem:
    path = _yaml_path(fault["loc"], document)
    kind, message = str(fault["type"]), str(fault["msg"]).removeprefix("Value error, ")
    remedy = ""
    if kind == "missing":
        message = f"the key {path[-1]!r} is missing"
        remedy = "add it"
    elif kind == "extra_forbidden":
        message = f"the key {path[-1]!r} is unknown here"
        remedy = _similar_key(path[-1])
    elif kind == "string_pattern_mismatch":
        message = f"{fault['input']!r} does not have the form {fault['ctx']['pattern']}"
    return Problem(
        file, document.line_of(path), ".".join(path), "error", _RULES.get(kind, "manifest/bad-value"), message, remedy
    )


def _yaml_path(location: Sequence[int | str], document: Document) -> Path:
    """Drop pydantic's own markers (union branches, ``[key]``) so that the path is the one written in the file."""
    path: Path = ()
    for step in map(str, location):
        if (*path, step) in document.lines or not _MARKER.fullmatch(step):
            path = (*path, step)
    return path


def _similar_key(key: str) -> str:
    known = {info.alias or name for part in Part.__subclasses__() for name, info in part.model_fields.items()}
    close = difflib.get_close_matches(key, sorted(known), n=1)
    return f"did you mean {close[0]!r}?" if close else "remove it"
