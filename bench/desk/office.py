"""An installation that serves the pages: settings, keys, a clerk's account, waitress as ``shenhou serve`` runs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.served import Counted
from engine import db
from engine.clock import Clock
from engine.config import read_settings
from engine.registry import Workers
from engine.runtime import Runtime
from migrations import upgrade
from tasks.adapters import make_resources
from tasks.settings import read_outside
from web.accounts import NewUser, add_user
from web.server import make_server
from web.services import Services
from web.settings import WebSettings

PASSWORD = "bench-clerk-of-2026"


@dataclass(frozen=True, slots=True)
class Office:
    """One installation in a folder of its own, on SQLite."""

    own: Services
    counted: Counted

    @classmethod
    def open(cls, directory: Path, *, clock: Clock | None = None, workers: Workers | None = None) -> Office:
        """With every table and no pack."""
        settings = replace(read_settings({}, home=directory), port=0)
        given: dict[str, Any] = {"clock": clock} if clock else {}
        given |= {"workers": workers} if workers else {}
        database = db.connect(f"sqlite:///{directory / 'shenhou.db'}")
        counted = Counted(database)
        runtime = Runtime(database, settings.keys, **given)
        runtime.resources.update(make_resources(runtime.database, runtime.sealer, runtime.clock, read_outside({})))
        upgrade(runtime.database)
        return cls(Services(settings, runtime, WebSettings()), counted)

    @property
    def runtime(self) -> Runtime:
        return self.own.runtime

    def hire(self, login: str, name: str, region: str, groups: Sequence[str]) -> None:
        """An account with ``PASSWORD``."""
        user = NewUser(login, name, region, groups)
        with self.runtime.database.begin() as connection:
            add_user(connection, user, PASSWORD, self.runtime.clock.now())

    def make_server(self) -> Any:
        """Bound to a free port, not yet run."""
        return make_server(self.own)

    def close(self) -> None:
        """Let go of the store."""
        self.runtime.close()
