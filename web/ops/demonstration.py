"""The codes that a telephone would get, shown in the demonstration alone."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from web.access.codes import list_kept
from web.services import Services


def list_codes(own: Services, connection: sa.Connection) -> list[Any]:
    """Those that still work; none outside the demonstration, whatever the table holds."""
    if not own.web.demonstration:
        return []
    return list(list_kept(connection, own.runtime.sealer, own.clock.now()))
