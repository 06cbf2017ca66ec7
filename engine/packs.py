"""Packs as they lie in the checkout: a folder in ``processes/`` and one in ``forms/``, laid over their bases.

A pack is a set of small text files by name: ``after_death.bpmn``, ``eligibility.dmn``, ``forms/report_death.form``,
``templates/referral.j2``, ``pack.yaml``. A file of a pack replaces the file of the same name of its base as a whole;
the manifests alone are merged, so a pack carries those of its bases along as ``bases/<code>.yaml``.

Text is kept in one shape, UTF-8 without a byte order mark and with ``\\n`` line ends, so that a checkout on Windows has
the same content address as one on Linux.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import NotFound, PackInvalid, Problem
from engine.manifests import MANIFEST_NAME, MAX_CHAIN, MergedManifest, base_name, read_chain, read_manifest
from engine.pack_schema import Manifest

MAX_FILE_BYTES = 2 * 1024 * 1024
MAX_PACK_BYTES = 20 * 1024 * 1024
MAX_FILES = 500

FORMS_FOLDER = "forms"
TEMPLATES_FOLDER = "templates"
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_STEM = r"[a-z][a-z0-9_]{0,79}"
_FILE_NAME = re.compile(
    rf"{_STEM}\.(bpmn|dmn)|forms/{_STEM}\.form|templates/{_STEM}\.j2|pack\.yaml|bases/[a-z][a-z0-9_]{{0,39}}\.yaml"
)
_DIGEST_HEADER = b"shenhou-release/1\n"


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack with its overlay resolved.

    ``files`` holds the content by name, ``origins`` the code of the pack that each file came from, ``merged`` the
    manifest that counts (None when it cannot be read), ``faults`` what went wrong while the pack was put together.
    """

    code: str
    files: Mapping[str, bytes]
    origins: Mapping[str, str]
    merged: MergedManifest | None
    faults: tuple[Problem, ...] = ()

    @property
    def manifest(self) -> Manifest:
        """The merged manifest; raises PackInvalid with ``faults`` when there is none."""
        if self.merged is None:
            raise PackInvalid(self.faults)
        return self.merged.manifest

    @property
    def digest(self) -> str:
        """The content address: the same names with the same content give the same 64 hex digits, anywhere."""
        return digest_files(self.files)

    def names(self, suffix: str) -> list[str]:
        """Names of the files that end in ``suffix`` (``.bpmn``), sorted."""
        return sorted(name for name in self.files if name.endswith(suffix))

    def source_path(self, name: str) -> str:
        """Where a file lies in the checkout, for messages: ``processes/common/after_death.bpmn``."""
        origin = self.origins.get(name, self.code)
        if name.startswith(f"{FORMS_FOLDER}/"):
            return f"{FORMS_FOLDER}/{origin}/{name.removeprefix(f'{FORMS_FOLDER}/')}"
        if name.startswith("bases/"):
            return f"processes/{origin}/{MANIFEST_NAME}"
        return f"processes/{origin}/{name}"


def digest_files(files: Mapping[str, bytes]) -> str:
    """SHA-256 over the sorted names and the digests of their contents."""
    listing = hashlib.sha256(_DIGEST_HEADER)
    for name in sorted(files):
        listing.update(f"{hashlib.sha256(files[name]).hexdigest()} {name}\n".encode())
    return listing.hexdigest()


def normalise(data: bytes) -> bytes:
    """The one shape in which text is kept: no byte order mark, every line end ``\\n``."""
    return data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def list_packs(processes_dir: Path) -> list[str]:
    """Codes of the packs in the checkout: the folders that hold a ``pack.yaml``, sorted."""
    if not processes_dir.is_dir():
        return []
    return sorted(
        folder.name
        for folder in processes_dir.iterdir()
        if _CODE.fullmatch(folder.name) and (folder / MANIFEST_NAME).is_file()
    )


def read_pack(code: str, processes_dir: Path, forms_dir: Path) -> Pack:
    """Read a pack and lay it over its bases. Raises NotFound when there is no such pack.

    Everything else that is wrong (an unreadable manifest, a missing base, a file over a limit) becomes one of the
    pack's ``faults``, so that a check can report it beside its other findings.
    """
    if not _CODE.fullmatch(code) or not (processes_dir / code / MANIFEST_NAME).is_file():
        raise NotFound("pack", code)
    files: dict[str, bytes] = {}
    origins: dict[str, str] = {}
    faults: list[Problem] = []
    seen: list[str] = []
    base: str | None = code
    while base is not None:
        layer = _read_layer(base, processes_dir, forms_dir, faults)
        own = layer.pop(MANIFEST_NAME, b"")
        layer[MANIFEST_NAME if not seen else base_name(base)] = own
        for name, data in layer.items():
            if files.setdefault(name, data) is data:
                origins.setdefault(name, base)
        seen.append(base)
        base = _next_base(own, seen, processes_dir)
    return assemble_pack(code, files, origins, faults)


def assemble_pack(
    code: str, files: Mapping[str, bytes], origins: Mapping[str, str], faults: Sequence[Problem] = ()
) -> Pack:
    """A Pack from resolved files, as a release or an archive holds them; never raises."""
    found = [*faults, *_check_sizes(files)]
    for name in sorted(files):
        found.extend(_check_text(name, files[name]))
    merged, broken = read_chain(code, files)
    return Pack(code, files, origins, merged, tuple(sorted({*found, *broken})))


def is_pack_code(text: str) -> bool:
    """True for what may be the code, and so the folder, of a pack."""
    return _CODE.fullmatch(text) is not None


def is_pack_file(name: str) -> bool:
    """True for a name that a resolved pack may hold; no such name can leave its folder."""
    return _FILE_NAME.fullmatch(name) is not None


def _read_layer(code: str, processes_dir: Path, forms_dir: Path, faults: list[Problem]) -> dict[str, bytes]:
    layer: dict[str, bytes] = {}
    own = processes_dir / code
    folders = (("", own), (f"{FORMS_FOLDER}/", forms_dir / code), (f"{TEMPLATES_FOLDER}/", own / TEMPLATES_FOLDER))
    for prefix, folder in folders:
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            if path.name.startswith((".", "__")) or path.suffix == ".md" or path == own / TEMPLATES_FOLDER:
                continue
            name = prefix + path.name
            data = _read_file(path, name, faults)
            if data is not None:
                layer[name] = data
    return layer


def _read_file(path: Path, name: str, faults: list[Problem]) -> bytes | None:
    if path.is_symlink() or not path.is_file() or not is_pack_file(name):
        message = "a pack holds pack.yaml, .bpmn, .dmn, .form and .j2 files"
        remedy = "name files in lower case with underscores; keep documents as .md"
        faults.append(Problem(name, 0, "", "error", "pack/file-name", message, remedy))
        return None
    if path.stat().st_size > MAX_FILE_BYTES:
        message = f"the file is larger than {MAX_FILE_BYTES // 1024} KiB"
        faults.append(Problem(name, 0, "", "error", "pack/too-large", message, "split it into smaller parts"))
        return None
    return normalise(path.read_bytes())


def _next_base(manifest: bytes, seen: list[str], processes_dir: Path) -> str | None:
    """The base to read next; None at the end of the chain or where it is broken (``read_chain`` says how)."""
    try:
        base = read_manifest(manifest).manifest.extends
    except PackInvalid:
        return None
    if base is None or base in seen or len(seen) >= MAX_CHAIN:
        return None
    return base if (processes_dir / base / MANIFEST_NAME).is_file() else None


def _check_text(name: str, data: bytes) -> list[Problem]:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return [Problem(name, line, "", "error", "pack/not-utf8", "the file is not UTF-8", "save it as UTF-8")]
    return []


def _check_sizes(files: Mapping[str, bytes]) -> list[Problem]:
    total = sum(map(len, files.values()))
    if len(files) <= MAX_FILES and total <= MAX_PACK_BYTES:
        return []
    message = f"{len(files)} files of {total} bytes; a pack has at most {MAX_FILES} of {MAX_PACK_BYTES}"
    return [Problem(MANIFEST_NAME, 0, "", "error", "pack/too-large", message, "split the pack")]


@dataclass(frozen=True, order=True, slots=True)
class FileChange:
    """One file that differs between two packs or releases; ``kind`` is ``added``, ``changed`` or ``removed``."""

    name: str
    kind: str


def diff_files(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> list[FileChange]:
    """What must happen to the files of ``old`` to get those of ``new``, by name."""
    changes = [FileChange(name, "removed") for name in old.keys() - new.keys()]
    changes += [FileChange(name, "added") for name in new.keys() - old.keys()]
    changes += [FileChange(name, "changed") for name in old.keys() & new.keys() if old[name] != new[name]]
    return sorted(changes)
