"""What a command works on: the settings, a database at the right revision, the clock."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from engine import db
from engine.clock import Clock, SystemClock
from engine.config import Settings, read_settings
from engine.errors import ConfigError
from migrations import current_revision, newest_revision


@dataclass(frozen=True, slots=True)
class Installation:
    """One installation of Shenhou, opened for one command."""

    settings: Settings
    database: sa.Engine
    clock: Clock


@contextmanager
def open_installation() -> Iterator[Installation]:
    """The installation that the environment names. ``ConfigError`` when its database is at another revision."""
    settings = read_settings()
    database = db.connect(settings.database_url)
    try:
        _demand_newest(database)
        yield Installation(settings, database, SystemClock())
    finally:
        database.dispose()


def _demand_newest(database: sa.Engine) -> None:
    found, wanted = current_revision(database), newest_revision()
    if found != wanted:
        state = f"is at revision {found}" if found else "is empty"
        raise ConfigError("SHENHOU_DATABASE_URL", f"the database {state}, this code wants {wanted}: shenhou db upgrade")


def operator_name() -> str:
    """Who runs the command, as the audit names them: ``cli:`` and the login of the machine."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return "cli:unknown"
