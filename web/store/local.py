"""A folder as the place of a store: ``ab/abcdef….data``, for the owner only."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from engine.errors import NotFound

_READ_BYTES = 256 * 1024
_DRAFTS = "drafts"
LEFT_OVER_SECONDS = 24 * 3600


class LocalPlace:
    """A file appears under its name when it is whole and on the disk; until then it is a draft beside them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._drafts = folder / _DRAFTS
        self._drafts.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        target, draft = self._path(name), self._drafts / secrets.token_hex(16)
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            target.parent.mkdir(mode=0o700, exist_ok=True)
            draft.replace(target)
            _sync_folder(target.parent)
        finally:
            draft.unlink(missing_ok=True)

    def read(self, name: str) -> Iterator[bytes]:
        try:
            file = self._path(name).open("rb")
        except FileNotFoundError:
            raise NotFound("file", name) from None
        return _read(file)

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def entries(self) -> Iterator[tuple[str, datetime]]:
        for path in self._folder.glob("[0-9a-f][0-9a-f]/*"):
            try:
                yield path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC)
            except FileNotFoundError:
                continue  # removed meanwhile

    def tidy(self) -> int:
        """Remove drafts that a crash left behind a day ago or earlier; how many."""
        old = [path for path in self._drafts.iterdir() if path.stat().st_mtime < time.time() - LEFT_OVER_SECONDS]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name


def _read(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_READ_BYTES):
            yield piece


def _sync_folder(folder: Path) -> None:
    """A rename is on the disk when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
