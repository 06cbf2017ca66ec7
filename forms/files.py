"""Uploaded files: who they claim to be, who their bytes say they are, and whether the field takes them.

Taken are PDF, JPEG, PNG and WebP. HEIC is not: it could neither be shown to a clerk nor re-encoded without another
library, and phones hand out JPEG as soon as a page does not ask for HEIC. Nor is anything that a browser could run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from forms.conditions import Instance
from forms.evaluator import Reading
from forms.findings import Finding, fault
from forms.values import get_at

MAX_BYTES = 20 * 1024 * 1024
MAX_FILES = 10
HEAD_BYTES = 4096
MAX_NAME = 120


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was received. ``head`` are its first bytes (4,096 or all), ``tail`` its last if at hand."""

    name: str
    content_type: str
    size: int
    head: bytes
    tail: bytes = b""


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of file that is taken, by extension, media type and first bytes."""

    name: str
    media_type: str
    extensions: tuple[str, ...]
    magic: re.Pattern[bytes]


KINDS = (
    FileKind("PDF", "application/pdf", (".pdf",), re.compile(rb"%PDF-[12]\.\d")),
    FileKind("JPG", "image/jpeg", (".jpg", ".jpeg"), re.compile(rb"\xff\xd8\xff[\xc0-\xfe]")),
    FileKind("PNG", "image/png", (".png",), re.compile(rb"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")),
    FileKind("WebP", "image/webp", (".webp",), re.compile(rb"RIFF....WEBPVP8[ LX]", re.DOTALL)),
)
MEDIA_ALIASES = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "application/x-pdf": "application/pdf"}
HEIC = re.compile(rb"....ftyp(?:heic|heix|hevc|hevx|heim|heis|mif1|msf1)", re.DOTALL)

# What a second format hidden behind an accepted beginning has to contain.
FOREIGN = re.compile(
    rb"%PDF-|PK\x03\x04|Rar!\x1a\x07|7z\xbc\xaf|<\?php|<!doctype\s+html|<html|<script|<svg|<iframe|<body", re.IGNORECASE
)
ARCHIVE_END = b"PK\x05\x06"

# Controls, what turns the direction of writing, what has no width, and what a path or a shell would take for its own.
BAD_NAME = re.compile(
    '[\x00-\x1f\x7f-\x9f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff/\\\\:*?"<>|]'
)
DEVICE_NAME = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


def is_safe_name(name: str) -> bool:
    """Whether ``name`` is a plain file name: no path, no tricks with signs nobody sees, no name of a device."""
    return bool(
        0 < len(name) <= MAX_NAME
        and BAD_NAME.search(name) is None
        and name == name.strip(" .")
        and ".." not in name
        and DEVICE_NAME.fullmatch(name) is None
    )


def sniff(upload: Upload) -> FileKind | None:
    """The kind that the bytes show, from the very first one on; None if it is none of ours."""
    return next((kind for kind in KINDS if kind.magic.match(upload.head)), None)


def is_polyglot(upload: Upload, kind: FileKind) -> bool:
    """Whether the bytes could be read as another format as well."""
    opening = kind.magic.match(upload.head)
    if FOREIGN.search(upload.head, opening.end() if opening else 0):
        return True
    if kind.name == "WebP" and int.from_bytes(upload.head[4:8], "little") + 8 != upload.size:
        return True  # something is appended
    return ARCHIVE_END in upload.tail


def accepted_kinds(reading: Reading, one: Instance) -> tuple[FileKind, ...]:
    """The kinds that the field's ``accept`` names; all if it names none."""
    accept = one.component.attributes.get("accept")
    if isinstance(accept, str) and accept.startswith("="):
        accept = reading.evaluate(accept[1:], one.scope)
    tokens = (
        [token.strip().lower() for token in accept.split(",")] if isinstance(accept, str) and accept.strip() else []
    )
    return tuple(kind for kind in KINDS if not tokens or any(names_kind(token, kind) for token in tokens))


def names_kind(token: str, kind: FileKind) -> bool:
    """Whether one part of ``accept`` (``.jpg``, ``image/png``, ``image/*``) means ``kind``."""
    return token in kind.extensions or MEDIA_ALIASES.get(token, token) in (
        kind.media_type,
        kind.media_type.partition("/")[0] + "/*",
        "*/*",
    )


def takes_several(reading: Reading, one: Instance) -> bool:
    multiple = one.component.attributes.get("multiple")
    if isinstance(multiple, str) and multiple.startswith("="):
        multiple = reading.evaluate(multiple[1:], one.scope)
    return multiple is True


def check_files(reading: Reading, one: Instance, value: object, uploads: Mapping[str, Upload]) -> Iterator[Finding]:
    """Everything wrong with the files whose keys are ``value``. A key that the server knew before is not looked at."""
    keys = value if isinstance(value, list) else []
    if len(keys) > 1 and not takes_several(reading, one):
        yield fault(one.component, one.path, "file_single")
    if len(keys) > MAX_FILES:
        yield fault(one.component, one.path, "file_many", limit=MAX_FILES)
        return
    before = get_at(reading.context, one.path)
    known = before if isinstance(before, list) else [before]
    kinds = accepted_kinds(reading, one)
    for key in keys:
        if key in known:
            continue
        if key not in uploads:
            yield fault(one.component, one.path, "file_missing")
            continue
        code = upload_fault(uploads[key], kinds)
        if code:
            names = {"name": shown_name(uploads[key].name), "limit": MAX_BYTES // 2**20}
            yield fault(one.component, one.path, code, kinds="、".join(kind.name for kind in kinds), **names)


def upload_fault(upload: Upload, kinds: Sequence[FileKind] = KINDS) -> str:
    """Why a file is not taken, as the code of its sentence; "" if it is."""
    if upload.size <= 0 or not upload.head:
        return "file_empty"
    if upload.size > MAX_BYTES:
        return "file_large"
    if not is_safe_name(upload.name):
        return "file_name"
    if HEIC.match(upload.head):
        return "file_heic"
    kind = sniff(upload)
    ending = "." + upload.name.rpartition(".")[2].lower()
    if kind is None or kind not in kinds:
        claimed = any(ending in one.extensions for one in kinds)
        return "file_mismatch" if kind is None and claimed else "file_kind"
    media_type = upload.content_type.partition(";")[0].strip().lower()
    is_as_claimed = ending in kind.extensions and MEDIA_ALIASES.get(media_type, media_type) == kind.media_type
    return "" if is_as_claimed and not is_polyglot(upload, kind) else "file_mismatch"


def shown_name(name: str) -> str:
    """A file's name fit to be shown: without controls and direction marks, and short."""
    clean = BAD_NAME.sub("", name)
    return clean if len(clean) <= 40 else clean[:36] + "…" + clean[-3:]
