"""Free text about a death or a person, as a row keeps it: sealed, each text for its own row and column.

What stands in such a column was written by people in their own words, so nobody knows what it names. Whom a page may
show it to, the page decides; the database shows it to nobody. That a text was not exchanged is what sealing proves:
no trigger can tell a change from a rotation of keys.

Rule: C-28; security.md.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from engine.sealing import Sealer


def seal_text(sealer: Sealer, column: sa.Column[Any], text: str, **row: str) -> bytes:
    """``text`` for ``column`` of the row that ``row`` names, by the columns that its ``sealed_for`` asks for."""
    return sealer.seal(text, column.info["sealed_for"].format_map(row))


def open_text(sealer: Sealer, column: sa.Column[Any], row: Any) -> str:
    """What ``column`` of ``row`` says; empty where it says nothing. Raises ``TamperedData``."""
    data = getattr(row, column.name)
    if data is None:
        return ""
    whose = {name: getattr(row, name) for name in row._fields}
    return str(sealer.open(bytes(data), column.info["sealed_for"].format_map(whose)))
