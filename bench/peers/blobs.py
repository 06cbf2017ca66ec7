"""A durable table of case states: the SQLite that Shenhou uses, WAL, ``synchronous=FULL``, one commit a save."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.db import sqlite_module

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE process_case (id INTEGER PRIMARY KEY, branches INTEGER NOT NULL, state BLOB NOT NULL) STRICT;
"""


class Blobs:
    """Case states by key; every write is on disk when the call returns."""

    def __init__(self, path: Path) -> None:
        self._connection: Any = sqlite_module().connect(path, isolation_level=None)
        self._connection.executescript(SCHEMA)

    def add(self, branches: int, state: bytes) -> str:
        """Store a new case and return its key."""
        statement = "INSERT INTO process_case (branches, state) VALUES (?, ?)"
        return str(self._connection.execute(statement, (branches, state)).lastrowid)

    def load(self, case: str) -> tuple[int, bytes]:
        """Branches and state of a case."""
        row = self._connection.execute("SELECT branches, state FROM process_case WHERE id = ?", (case,)).fetchone()
        return int(row[0]), bytes(row[1])

    def save(self, case: str, state: bytes) -> None:
        """Replace a case's state."""
        self._connection.execute("UPDATE process_case SET state = ? WHERE id = ?", (state, case))

    def close(self) -> None:
        """Close the database."""
        self._connection.close()
