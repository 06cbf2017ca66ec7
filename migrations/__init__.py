"""The database's history: Alembic scripts, and the one function that brings a database up to date."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

_HERE = Path(__file__).parent
_LOCK = 0x5348454E  # PostgreSQL's advisory lock of this product: one upgrade at a time


def upgrade(database: sa.Engine) -> list[str]:
    """Bring ``database`` to the newest revision; returns the revisions that were applied, oldest first.

    All of it is one transaction, and a second process waits for the first: either the database is new, or untouched.
    """
    with database.connect() as connection:
        if connection.dialect.name == "sqlite":
            return _upgrade_sqlite(connection)
        with connection.begin():
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            return _apply(connection)


def _upgrade_sqlite(connection: sa.Connection) -> list[str]:
    """Batch operations replace tables, so foreign keys are checked once at the end instead of on the way."""
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():
            applied = _apply(connection)
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise sa.exc.IntegrityError("PRAGMA foreign_key_check", {}, ValueError(f"{len(broken)} rows"))
            return applied
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _apply(connection: sa.Connection) -> list[str]:
    before = MigrationContext.configure(connection).get_current_revision()
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    return _revisions_after(before)


def _revisions_after(revision: str | None) -> list[str]:
    walked = ScriptDirectory.from_config(_config()).walk_revisions()
    newest_first = [script.revision for script in walked]
    return newest_first[: newest_first.index(revision) if revision else None][::-1]


def current_revision(database: sa.Engine) -> str | None:
    """The revision the database is at; None before the first upgrade."""
    with database.connect().execution_options(read_only=True) as connection, connection.begin():
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str:
    """The revision this code wants."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    return config
