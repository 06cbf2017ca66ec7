"""What a command works on: the settings, a database at the right revision, and the engine's runtime on it."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import sqlalchemy as sa

import tasks  # noqa: F401 - its modules register the workers
import web.tables  # noqa: F401 - lays the tables of the pages out in the metadata
from engine import db
from engine import tables as t
from engine.actors import Actor
from engine.config import Settings, read_settings
from engine.errors import ConfigError
from engine.runtime import Runtime
from migrations import current_revision, newest_revision
from tasks.adapters import make_channels, make_resources
from tasks.exchange import Exchange
from tasks.settings import OUTBOX, OutsideSettings, pick_endpoint, read_outside
from web.access.code_sender import CodeSender
from web.services import Services
from web.settings import read_web


@contextmanager
def open_installation() -> Iterator[Services]:
    """The installation that the environment names. ``ConfigError`` when its database is at another revision."""
    settings = read_settings()
    outside = read_outside(production=settings.production)
    runtime = Runtime(connect(settings), settings.keys, trial=not settings.production)
    resources = make_resources(runtime.database, runtime.sealer, runtime.clock, outside)
    runtime.resources.update(resources)
    runtime.resources[CodeSender] = _make_code_sender(outside, resources)
    try:
        _demand_newest(runtime.database)
        yield Services(settings, runtime, read_web(settings))
    finally:
        runtime.close()


def _make_code_sender(outside: OutsideSettings, resources: Mapping[type, object]) -> CodeSender:
    """Codes go where notices to applicants go; nowhere where those are kept here."""
    if outside.endpoints.get(pick_endpoint(outside.endpoints, "notice.applicant") or "", OUTBOX) == OUTBOX:
        return CodeSender()
    exchange = resources[Exchange]
    assert isinstance(exchange, Exchange)
    return CodeSender(make_channels(outside, exchange))


def connect(settings: Settings) -> sa.Engine:
    """The configured database, whatever its revision. ``ConfigError`` where its folder cannot be made."""
    try:
        return db.connect(settings.database_url)
    except OSError as error:
        raise ConfigError("SHENHOU_DATABASE_URL", f"{error.filename} cannot be made: {error.strerror}") from None


def find_revision(database: sa.Engine) -> str | None:
    """The schema's revision, None for an empty database. ``ConfigError`` where there is no database to be reached."""
    try:
        return current_revision(database)
    except sa.exc.DBAPIError as error:
        why = " ".join(str(error.orig).split())
        raise ConfigError("SHENHOU_DATABASE_URL", f"the database cannot be used: {why}") from None


def _demand_newest(database: sa.Engine) -> None:
    found, wanted = find_revision(database), newest_revision()
    if found != wanted:
        state = f"is at revision {found}" if found else "is empty"
        raise ConfigError("SHENHOU_DATABASE_URL", f"the database {state}, this code wants {wanted}: shenhou db upgrade")
    if lacking := _find_lacking(database):
        why = f"the database says revision {found} but lacks {lacking}: an unreleased state laid it out"
        raise ConfigError("SHENHOU_DATABASE_URL", f"{why}; put it aside (var/ where it is embedded) and begin anew")


def _find_lacking(database: sa.Engine) -> str:
    """The first column that the code knows and the database has not; empty where it has all."""
    with db.reading(database) as connection:
        found = sa.inspect(connection).get_multi_columns()
    there = {(table, column["name"]) for (_, table), columns in found.items() for column in columns}
    known = ((table.name, column.name) for table in t.metadata.sorted_tables for column in table.columns)
    return next((f"{table}.{column}" for table, column in known if (table, column) not in there), "")


def operator() -> Actor:
    """Who runs the command, as the audit names them: ``cli:`` and the login on this machine. They may do anything."""
    try:
        return Actor(f"cli:{getpass.getuser()}", unbounded=True)
    except (KeyError, OSError):
        return Actor("cli:unknown", unbounded=True)


def acting_as(connection: sa.Connection, case_id: str, group: str) -> Actor:
    """The operator, or with ``group`` a member of it in the case's region: what only some may do is then theirs."""
    if not group:
        return operator()
    region = connection.execute(sa.select(t.cases.c.region).where(t.cases.c.id == case_id)).scalar_one()
    return Actor(f"{operator().id}/{group}", frozenset({group}), str(region))
