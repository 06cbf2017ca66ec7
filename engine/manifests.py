"""Reading a ``pack.yaml``, and merging the manifests of a pack and its bases into the one that counts."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from engine.errors import PackInvalid, Problem
from engine.pack_schema import Manifest
from engine.pack_types import Part
from engine.pack_yaml import Document, Path, read_yaml

MANIFEST_NAME = "pack.yaml"
MAX_CHAIN = 8

VOCABULARY = (
    "sources",
    "channels",
    "groups",
    "messages",
    "variables",
    "facts",
    "jobs",
    "forms",
    "papers",
    "pushes",
    "switches",
)
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


def base_name(code: str) -> str:
    """The name under which a pack carries the manifest of its base ``code``."""
    return f"bases/{code}.yaml"


def read_chain(code: str, files: Mapping[str, bytes]) -> tuple[MergedManifest | None, list[Problem]]:
    """Read and merge ``pack.yaml`` and the bases it names, all found in ``files``.

    Returns None instead of a manifest when one of them cannot be read, and every fault of the chain: a missing base, a
    ring, a manifest that gives another code than its place, a base that nothing extends.
    """
    chain: list[ReadManifest] = []
    faults: list[Problem] = []
    name, expected = MANIFEST_NAME, code
    while name in files:
        try:
            link = read_manifest(files[name], name)
        except PackInvalid as error:
            return None, [*faults, *error.problems]
        chain.append(link)
        broken = _check_base(link, chain, files)
        faults += [*_check_code(link, expected), *broken]
        if link.manifest.extends is None or broken:
            break
        name, expected = base_name(link.manifest.extends), link.manifest.extends
    used = {link.file for link in chain}
    strays = sorted(name for name in files if name.startswith("bases/") and name not in used)
    faults += [Problem(stray, 0, "", "error", "pack/stray-base", "nothing extends this base", "") for stray in strays]
    if not chain:
        faults.append(Problem(name, 0, "", "error", "pack/no-manifest", "the pack has no pack.yaml", "add one"))
        return None, faults
    return merge_manifests(chain), faults


def _check_code(link: ReadManifest, expected: str) -> list[Problem]:
    if link.manifest.code == expected:
        return []
    message = f"the code {link.manifest.code!r} differs from that of the pack's folder, {expected!r}"
    return [_at(link, "code", "pack/code", message, f"write code: {expected}")]


def _check_base(link: ReadManifest, chain: Sequence[ReadManifest], files: Mapping[str, bytes]) -> list[Problem]:
    base = link.manifest.extends
    codes = [earlier.manifest.code for earlier in chain]
    if base is None:
        return []
    if base in codes:
        message = f"the packs extend each other in a ring: {' → '.join([*codes, base])}"
        return [_at(link, "extends", "pack/extends-cycle", message, "take one extends out")]
    if len(chain) >= MAX_CHAIN:
        message = f"more than {MAX_CHAIN} packs extend each other"
        return [_at(link, "extends", "pack/extends-too-long", message, "shorten the chain")]
    if base_name(base) not in files:
        message = f"the base {base!r} does not exist"
        return [_at(link, "extends", "pack/no-base", message, f"add processes/{base}/pack.yaml")]
    return []


def _at(link: ReadManifest, key: str, rule: str, message: str, remedy: str) -> Problem:
    return Problem(link.file, link.place_of(key).line, key, "error", rule, message, remedy)


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
