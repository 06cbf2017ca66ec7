"""The store of files: every file sealed under a key of its own, whatever lies beneath.

A file is two things in the store. ``<name>.data`` is its bytes in chunks, AES-GCM under a key drawn for this file
alone; ``<name>.key`` is that key, sealed with the installation's data keys. So rotating the data keys writes the small
parts anew and never touches the large ones, and a file whose key is gone cannot be opened by anybody.

The key is written first and removed last: data without a key never exists, and a key alone is no file.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.errors import LimitExceeded, NotFound, TamperedData
from engine.sealing import Sealer
from forms.files import MAX_BYTES

CHUNK_BYTES = 64 * 1024
_TAG_BYTES = 16
_NAME = re.compile(r"[0-9a-f]{32}(?:\.[a-z]{1,16})?", re.ASCII)
_KEY, _DATA = ".key", ".data"


class Place(Protocol):
    """Where sealed bytes lie, by name. What is written is there whole or not at all."""

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        """Put ``chunks`` in place of what is there. An error while reading them leaves what was there before."""

    def read(self, name: str) -> Iterator[bytes]:
        """The bytes in pieces of any size. Raises ``NotFound``."""

    def delete(self, name: str) -> None:
        """Remove; nothing there is no fault."""

    def entries(self) -> Iterator[tuple[str, datetime]]:
        """Every name, in no order, and when it was last written."""

    def tidy(self) -> int:
        """Remove what writes have left that were broken off a day ago or earlier; how many."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What was put: its name (a file's id), its size in bytes and the SHA-256 of the bytes in hex."""

    id: str
    bytes: int
    sha256: str


class FileStore:
    """Files by name. A name is 32 hexadecimal digits, with a word behind it for what was made of the file."""

    def __init__(self, place: Place, sealer: Sealer) -> None:
        self._place, self._sealer = place, sealer

    def put(self, stream: BinaryIO | Iterable[bytes], *, limit: int = MAX_BYTES, name: str = "") -> Stored:
        """Seal and keep ``stream`` under ``name``, a fresh one by default. Raises ``LimitExceeded``.
        A name is used once.

        Whatever goes wrong on the way, a sender that goes away included, nothing of it stays.
        """
        name = _checked(name or secrets.token_hex(16))
        key = AESGCM.generate_key(bit_length=256)
        tally = _Tally(limit)
        sealed = self._sealer.seal({"key": base64.b64encode(key).decode()}, _owner(name))
        self._place.write(name + _KEY, [sealed])
        try:
            self._place.write(name + _DATA, _encrypt(key, name, tally.count(_pieces(stream))))
        except BaseException:
            self._place.delete(name + _KEY)
            raise
        return Stored(name, tally.size, tally.sha256)

    def open(self, name: str) -> Iterator[bytes]:
        """The bytes of a file, chunk by chunk. Raises ``NotFound``, and ``TamperedData`` where they were changed."""
        key = self._key(_checked(name))
        return _decrypt(key, name, self._place.read(name + _DATA))

    def read(self, name: str) -> bytes:
        """A whole file at once."""
        return b"".join(self.open(name))

    def delete(self, *names: str) -> None:
        """Remove files; what is not there is no fault."""
        for name in names:
            self._place.delete(_checked(name) + _DATA)
            self._place.delete(name + _KEY)

    def names(self, before: datetime | None = None) -> Iterator[str]:
        """Every file whose key was written ``before`` a moment, those included whose data never came."""
        for name, written in self._place.entries():
            if name.endswith(_KEY) and (before is None or written < before):
                yield name.removesuffix(_KEY)

    def tidy(self) -> int:
        """Remove what writes have left that were broken off a day ago or earlier; how many."""
        return self._place.tidy()

    def reseal(self) -> int:
        """Seal anew every file's key that is not under the newest data key; how many there were.

        Can be broken off and begun again; files may be read and put meanwhile.
        """
        return sum(self._reseal(name) for name in list(self.names()))

    def count_stale(self) -> int:
        """How many files' keys are still sealed with an older data key."""
        return sum(1 for name in self.names() if not self._sealer.is_current(self._sealed_key(name)))

    def _reseal(self, name: str) -> bool:
        try:
            sealed = self._sealed_key(name)
        except NotFound:
            return False  # deleted meanwhile
        if self._sealer.is_current(sealed):
            return False
        opened = self._sealer.open(sealed, _owner(name))
        self._place.write(name + _KEY, [self._sealer.seal(opened, _owner(name))])
        return True

    def _sealed_key(self, name: str) -> bytes:
        return b"".join(self._place.read(name + _KEY))

    def _key(self, name: str) -> bytes:
        return base64.b64decode(self._sealer.open(self._sealed_key(name), _owner(name))["key"])


@dataclass(slots=True)
class _Tally:
    limit: int
    size: int = 0
    sha256: str = ""

    def count(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        digest = hashlib.sha256()
        for piece in pieces:
            self.size += len(piece)
            if self.size > self.limit:
                raise LimitExceeded("bytes", self.limit)
            digest.update(piece)
            yield piece
        self.sha256 = digest.hexdigest()


def _checked(name: str) -> str:
    """Raises ``NotFound`` for what could not be a name: no path gets into a store."""
    if not _NAME.fullmatch(name):
        raise NotFound("file", name[:40])
    return name


def _owner(name: str) -> str:
    return f"file:{name}"


def _pieces(stream: BinaryIO | Iterable[bytes]) -> Iterator[bytes]:
    """The stream in chunks of one size, the last one aside; at least one chunk."""
    held = b""
    source = iter(lambda: stream.read(CHUNK_BYTES), b"") if hasattr(stream, "read") else iter(stream)
    for piece in source:
        held += piece
        while len(held) > CHUNK_BYTES:
            yield held[:CHUNK_BYTES]
            held = held[CHUNK_BYTES:]
    yield held


def _encrypt(key: bytes, name: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Each chunk's place and whether it is the last are authenticated with it, so that none can be moved or cut off."""
    cipher, number = AESGCM(key), 0
    held = next(pieces)
    for piece in pieces:
        yield cipher.encrypt(_nonce(number), held, _bound(name, last=False))
        held, number = piece, number + 1
    yield cipher.encrypt(_nonce(number), held, _bound(name, last=True))


def _decrypt(key: bytes, name: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
    cipher, number, held = AESGCM(key), 0, b""
    whole = CHUNK_BYTES + _TAG_BYTES
    try:
        for piece in pieces:
            held += piece
            while len(held) > whole:  # what follows proves that this one is not the last
                yield cipher.decrypt(_nonce(number), held[:whole], _bound(name, last=False))
                held, number = held[whole:], number + 1
        yield cipher.decrypt(_nonce(number), held, _bound(name, last=True))
    except InvalidTag:
        raise TamperedData(f"file {name} was changed or cut off in the store") from None


def _nonce(number: int) -> bytes:
    """Never the same twice under one key: a key seals one file once."""
    return struct.pack(">IQ", 0, number)


def _bound(name: str, *, last: bool) -> bytes:
    return f"{name} {'last' if last else 'more'}".encode()
