"""Sealing of personal data: AES-GCM under a ring of keys, and a blind index to find it again.

Sealed bytes carry the id of their key, so that old data opens while new data is sealed with a newer key; ``reseal``
says whether a value still waits for that. What the bytes belong to (a case, a draft) is authenticated with them: a
sealed value copied to another row does not open. A column of sealed bytes says so in its ``info``: ``sealed_for`` is
what its values belong to, in terms of the row's other columns (``{id}``), and key rotation finds it by that.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.errors import TamperedData
from engine.keyring import Keyring

_VERSION = 1
_NONCE_BYTES = 12


class Sealer:
    """Seals and opens JSON values under ``keys``."""

    def __init__(self, keys: Keyring) -> None:
        self._keys = keys
        self._ciphers = {key.id: AESGCM(key.key) for key in keys.data}
        self._index_keys = [_derive(key.key, b"blind index") for key in keys.data]
        self._fingerprint_key = _derive(keys.audit, b"fingerprint")

    def seal(self, value: Any, owner: str) -> bytes:
        """``value`` (JSON) as bytes that only the keyring opens, and only for the same ``owner``."""
        key = self._keys.sealing
        nonce = secrets.token_bytes(_NONCE_BYTES)
        name = key.id.encode()
        sealed = self._ciphers[key.id].encrypt(nonce, orjson.dumps(value), owner.encode())
        return bytes([_VERSION, len(name)]) + name + nonce + sealed

    def open(self, data: bytes, owner: str) -> Any:
        """The value that was sealed for ``owner``. Raises ``TamperedData``, also for a key that the ring has lost."""
        key_id, rest = _split(data)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise TamperedData(f"sealed with key {key_id!r}, which is not in SHENHOU_DATA_KEY")
        try:
            return orjson.loads(cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], owner.encode()))
        except InvalidTag:
            raise TamperedData(f"sealed data of {owner} was changed or belongs elsewhere") from None

    def is_current(self, data: bytes) -> bool:
        """Whether ``data`` is sealed with the newest key."""
        return _split(data)[0] == self._keys.sealing.id

    def index(self, name: str, value: object) -> str:
        """The digest under which ``value`` of the sealed fact ``name`` is stored for look-up."""
        return _digest(self._index_keys[0], name, value)

    def look_up(self, name: str, value: object) -> list[str]:
        """Every digest that ``value`` may be stored under: one a key, for the time of a rotation."""
        return [_digest(key, name, value) for key in self._index_keys]

    def fingerprint(self, name: str, value: object) -> str:
        """The digest of ``value`` by which rows are told apart: unlike the data keys, its key never changes."""
        return _digest(self._fingerprint_key, name, value)


def _split(data: bytes) -> tuple[str, bytes]:
    if len(data) < 2 or data[0] != _VERSION or len(data) < 2 + data[1] + _NONCE_BYTES:
        raise TamperedData("sealed data has an unknown form")
    end = 2 + data[1]
    return data[2:end].decode("ascii", "replace"), data[end:]


def _derive(key: bytes, purpose: bytes) -> bytes:
    return hmac.digest(key, b"shenhou " + purpose, hashlib.sha256)


def _digest(key: bytes, name: str, value: object) -> str:
    text = str(value).strip().upper()  # an identity number's X is written either way
    return hmac.digest(key, f"{name}\0{text}".encode(), hashlib.sha256).hex()
