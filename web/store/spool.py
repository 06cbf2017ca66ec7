"""What is on its way through the server and too large for its memory: on the disk as ciphertext alone.

Werkzeug puts the files of a form into temporary files once they outgrow half a megabyte, and waitress does the same
with whole requests and answers (``web.server``). Those hold identity cards and account numbers: here they are encrypted
under a key that is drawn for one spool, lives in memory, and is gone with it, so that no disk gives anything away.
"""

from __future__ import annotations

import io
import secrets
import tempfile
from typing import IO, Any

from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR
from flask import Request

IN_MEMORY = 512 * 1024
_BLOCK = 16


class SealedSpool(io.RawIOBase):
    """A file without a name that can be read anywhere and written at its end: nothing is encrypted twice at a place."""

    def __init__(self) -> None:
        self._kept = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed with this one
        self._key = secrets.token_bytes(32)

    def readinto(self, buffer: Any) -> int:
        room = memoryview(buffer).cast("B")
        key_stream = self._key_stream()
        found = self._kept.read(len(room))
        room[: len(found)] = key_stream.update(found)
        return len(found)

    def write(self, data: Any) -> int:
        """Append. Raises ``io.UnsupportedOperation`` anywhere but at the end."""
        here = self._kept.tell()
        if self._kept.seek(0, io.SEEK_END) != here:
            self._kept.seek(here)
            raise io.UnsupportedOperation("a sealed spool is written at its end")
        plain = memoryview(data).cast("B")
        self._kept.write(self._key_stream().update(plain))
        return len(plain)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._kept.seek(offset, whence)

    def tell(self) -> int:
        return self._kept.tell()

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self._kept.close()
        super().close()

    def _key_stream(self) -> CipherContext:
        """The cipher from where the file stands: a block's number is its counter."""
        number, begun = divmod(self._kept.tell(), _BLOCK)
        cipher = Cipher(AES256(self._key), CTR(number.to_bytes(_BLOCK, "big"))).encryptor()
        cipher.update(bytes(begun))
        return cipher


class SpoolingRequest(Request):
    """A request whose files lie in sealed spools while the form is read."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return SealedSpool()  # type: ignore[return-value] # it reads, writes and seeks, and that is all that is asked
