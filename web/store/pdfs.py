"""PDF is kept as it came, since a signature in it would not survive any change; so it is looked through first.

Refused is what does something when it is opened, what carries other files, and what nobody can open without a
password. Names are looked for outside streams and in compressed objects, as far as a bounded effort goes: this keeps
out what is common. What keeps a clerk safe is that a file is handed out by itself, under a policy that runs nothing.
"""

from __future__ import annotations

import re
import zlib

_ACTIVE = re.compile(
    rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|Encrypt)(?![A-Za-z0-9])"
)
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"\bstream\r?\n(.*?)endstream", re.DOTALL)
_OBJECTS = re.compile(rb"/Type\s*/ObjStm\b[^>]{0,400}>>\s*stream\r?\n", re.DOTALL)
_INFLATED_BYTES = 16 * 1024 * 1024
_TAIL_BYTES = 2048


def pdf_fault(data: bytes) -> str:
    """Why a PDF is not taken, as the code of its sentence; "" if it is."""
    if b"%%EOF" not in data[-_TAIL_BYTES:] or b"startxref" not in data[-_TAIL_BYTES:]:
        return "file_mismatch"  # cut off, or something is appended
    left = _INFLATED_BYTES
    if _is_active(_STREAM.sub(b"", data)):
        return "file_active"
    for found in _OBJECTS.finditer(data):
        inflated = _inflate(data[found.end() :], left)
        left -= len(inflated)
        if left <= 0 or _is_active(inflated):
            return "file_active"
    return ""


def _is_active(text: bytes) -> bool:
    plain = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), text)
    return _ACTIVE.search(plain) is not None


def _inflate(data: bytes, limit: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, limit)
    except zlib.error:
        return b""
