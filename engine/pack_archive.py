"""A pack as a zip: written the same byte for byte every time, read back with distrust."""

from __future__ import annotations

import io
import json
import stat
import zipfile
import zlib
from collections.abc import Mapping

from engine.errors import PackInvalid, Problem
from engine.manifests import MANIFEST_NAME
from engine.packs import (
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_PACK_BYTES,
    Pack,
    assemble_pack,
    is_pack_code,
    is_pack_file,
    normalise,
)

ORIGINS_NAME = "origins.json"
MAX_ARCHIVE_BYTES = MAX_PACK_BYTES
_EPOCH = (1980, 1, 1, 0, 0, 0)
_LOCAL_HEADER = b"PK\x03\x04"
_PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


def export_pack(pack: Pack) -> bytes:
    """The zip of a pack: its resolved files and ``origins.json``. The same pack gives the same bytes."""
    buffer = io.BytesIO()
    origins = {name: pack.origins.get(name, pack.code) for name in sorted(pack.files)}
    listing = {"code": pack.code, "release": pack.digest, "origins": origins}
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(pack.files):
            _write(archive, name, pack.files[name])
        _write(archive, ORIGINS_NAME, json.dumps(listing, ensure_ascii=False, indent=1).encode())
    return buffer.getvalue()


def import_pack(data: bytes) -> Pack:
    """Read a zip that ``export_pack`` wrote, or that somebody made by hand.

    Raises PackInvalid for an archive that is broken, hides something or is over a limit. A pack whose content has
    faults comes back with them, like one from a folder.
    """
    if len(data) > MAX_ARCHIVE_BYTES:
        raise _refuse("archive/too-large", f"the archive is larger than {MAX_ARCHIVE_BYTES} bytes")
    if not data.startswith(_LOCAL_HEADER):
        raise _refuse("archive/not-zip", "this is not a zip archive")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = _read_entries(archive)
    except _BROKEN as error:
        raise _refuse("archive/broken", f"the archive cannot be read: {error}") from None
    listing = _read_listing(files.pop(ORIGINS_NAME, b"{}"))
    files = {name: normalise(content) for name, content in files.items()}
    code = str(listing.get("code") or _guess_code(files))
    named = listing.get("origins")
    origins = named if isinstance(named, dict) else {}
    return assemble_pack(code, files, {name: _origin(origins.get(name), code) for name in files})


def _write(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    entry.create_system = 3
    archive.writestr(entry, content)


def _read_entries(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(archive.infolist()) > MAX_FILES:
        raise _refuse("archive/too-large", f"the archive holds more than {MAX_FILES} entries")
    files: dict[str, bytes] = {}
    total = 0
    for entry in entries:
        _refuse_entry(entry, files)
        files[entry.filename] = _read_limited(archive, entry)
        total += len(files[entry.filename])
        if total > MAX_PACK_BYTES:
            raise _refuse("archive/too-large", f"the archive unpacks to more than {MAX_PACK_BYTES} bytes")
    return files


def _refuse_entry(entry: zipfile.ZipInfo, files: Mapping[str, bytes]) -> None:
    shown = repr(entry.filename[:80])
    if entry.filename != ORIGINS_NAME and not is_pack_file(entry.filename):
        raise _refuse("archive/entry", f"the entry {shown} is not a file of a pack")
    if entry.filename in files:
        raise _refuse("archive/entry", f"the entry {shown} stands twice")
    if stat.S_ISLNK(entry.external_attr >> 16) or entry.flag_bits & 0x1:
        raise _refuse("archive/entry", f"the entry {shown} is a link or is encrypted")
    if entry.compress_type not in _PLAIN_METHODS:
        raise _refuse("archive/entry", f"the entry {shown} is packed by an unusual method")


def _read_limited(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Unpack at most one byte over the limit, whatever size the entry claims."""
    with archive.open(entry) as stream:
        content = stream.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise _refuse("archive/too-large", f"the entry {entry.filename!r} unpacks to more than {MAX_FILE_BYTES} bytes")
    return content


def _read_listing(data: bytes) -> dict[str, object]:
    try:
        listing = json.loads(data)
    except (ValueError, RecursionError):
        raise _refuse("archive/broken", f"{ORIGINS_NAME} is not JSON") from None
    return listing if isinstance(listing, dict) else {}


def _origin(claimed: object, code: str) -> str:
    return claimed if isinstance(claimed, str) and is_pack_code(claimed) else code


def _guess_code(files: Mapping[str, bytes]) -> str:
    """The code of a hand-made archive is the one its manifest gives; assembling reports a manifest that gives none."""
    merged = assemble_pack("", {MANIFEST_NAME: files.get(MANIFEST_NAME, b"")}, {}).merged
    return merged.manifest.code if merged else ""


def _refuse(rule: str, message: str) -> PackInvalid:
    return PackInvalid([Problem("", 0, "", "error", rule, message, "export the pack again")])
