"""What a request needs from outside itself: the settings and the engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import sqlalchemy as sa
from flask import current_app

from engine.clock import Clock
from engine.config import Settings
from engine.runtime import Runtime
from web.settings import WebSettings


@dataclass(frozen=True, slots=True)
class Services:
    """One installation at work: given to ``web.app.create_app``, or opened for one command of the command line."""

    settings: Settings
    runtime: Runtime
    web: WebSettings = field(default_factory=WebSettings)

    @property
    def database(self) -> sa.Engine:
        return self.runtime.database

    @property
    def clock(self) -> Clock:
        return self.runtime.clock


def services() -> Services:
    """The services of the application that handles the present request."""
    return cast(Services, current_app.extensions["shenhou"])
