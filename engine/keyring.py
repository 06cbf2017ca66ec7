"""The secret keys: how they are written, read, drawn and kept on the embedded default.

A data key has an id that is stored beside what it sealed, so that several can be in use while the data is re-sealed.
The first of the ring seals; all of them open.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import ConfigError

KEY_BYTES = 32
_KEY_ID = re.compile(r"[a-z0-9]{1,16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class DataKey:
    """A key that seals facts; ``id`` is stored with the sealed bytes, the key never is."""

    id: str
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Keyring:
    """Every secret of an installation: ``data`` newest first, ``audit`` for the chain, ``secret`` for cookies."""

    data: tuple[DataKey, ...] = field(repr=False)
    audit: bytes = field(repr=False)
    secret: bytes = field(repr=False)

    @property
    def sealing(self) -> DataKey:
        """The key that new data is sealed with."""
        return self.data[0]

    def opening(self, key_id: str) -> DataKey | None:
        """The key of that id, or None where the ring has lost it."""
        return next((key for key in self.data if key.id == key_id), None)


def read_keys(texts: Mapping[str, str], names: Mapping[str, str]) -> Keyring:
    """The ring that ``texts`` (data, audit, secret) spell; ``ConfigError`` under the variable of ``names``."""
    ring = tuple(_read_data_key(part.strip(), names["data"]) for part in texts["data"].split(","))
    ids = [key.id for key in ring]
    if len(set(ids)) != len(ids):
        raise ConfigError(names["data"], "has two keys of one id")
    return Keyring(ring, _read_key(texts["audit"], names["audit"]), _read_key(texts["secret"], names["secret"]))


def draw_keys() -> dict[str, str]:
    """A fresh set in the form that the environment variables take."""
    return {"data": f"k1:{draw_key()}", "audit": draw_key(), "secret": draw_key()}


def draw_key() -> str:
    """32 random bytes in base64."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def add_data_key(ring: Keyring) -> str:
    """The data keys of ``ring`` as text with a fresh one in front, under an id that none of them had or has."""
    numbers = [int(key.id[1:]) for key in ring.data if re.fullmatch(r"k[0-9]{1,9}", key.id)]
    return ",".join([f"k{max(numbers, default=0) + 1}:{draw_key()}", *map(_write_data_key, ring.data)])


def drop_old_data_keys(ring: Keyring) -> str:
    """The newest data key alone, as text. What older keys sealed can be opened no more."""
    return _write_data_key(ring.sealing)


def keep_keys(path: Path, *, database: str) -> dict[str, str]:
    """The keys kept in ``path``, drawn on first use. ``ConfigError`` when they could not be the right ones.

    A database without its keys is refused rather than given new ones: nothing sealed in it could be opened again.
    """
    try:
        if not path.exists():
            if Path(database).is_file():
                lost = f"{path} is gone, but {database} is not: restore it from the backup"
                raise ConfigError("SHENHOU_DATA_KEY", lost)
            _write_new(path, draw_keys())
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise ConfigError("SHENHOU_DATA_KEY", f"others may read {path}: chmod 600 {path}")
        kept = json.loads(path.read_text("utf-8"))
        return {kind: str(kept[kind]) for kind in ("data", "audit", "secret")}
    except (ValueError, KeyError, TypeError):
        raise ConfigError("SHENHOU_DATA_KEY", f"{path} is damaged: restore it from the backup") from None
    except OSError as error:
        raise ConfigError("SHENHOU_VAR_DIR", f"{path} cannot be used: {error.strerror}") from None


def replace_kept_keys(path: Path, texts: Mapping[str, str]) -> None:
    """Put ``texts`` in place of what ``path`` holds, at once and for the owner only."""
    draft = path.with_suffix(f".{secrets.token_hex(4)}")
    _write_private(draft, texts)
    draft.replace(path)


def _write_new(path: Path, texts: Mapping[str, str]) -> None:
    """Write unless somebody else did meanwhile; two first starts at once must agree on one set."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # the database will lie there too
    draft = path.with_suffix(f".{secrets.token_hex(4)}")
    _write_private(draft, texts)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _write_private(path: Path, texts: Mapping[str, str]) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(dict(texts), file, indent=2)
        file.flush()
        os.fsync(file.fileno())


def _write_data_key(key: DataKey) -> str:
    return f"{key.id}:{base64.b64encode(key.key).decode()}"


def _read_data_key(text: str, name: str) -> DataKey:
    key_id, colon, key = text.partition(":")
    if not colon or not _KEY_ID.fullmatch(key_id):
        raise ConfigError(name, "takes <id>:<base64>, the id of up to 16 letters a-z and digits")
    return DataKey(key_id, _read_key(key, name))


def _read_key(text: str, name: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ConfigError(name, f"takes {KEY_BYTES} random bytes in base64; `shenhou keys new` prints some")
    return key
