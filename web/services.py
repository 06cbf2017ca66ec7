"""What a request needs from outside itself: settings, database, clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa
from flask import current_app

from engine.clock import Clock
from engine.config import Settings


@dataclass(frozen=True, slots=True)
class Services:
    """Handed to the application once, by ``web.app.create_app``."""

    settings: Settings
    database: sa.Engine
    clock: Clock


def services() -> Services:
    """The services of the application that handles the present request."""
    return cast(Services, current_app.extensions["shenhou"])
