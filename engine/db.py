"""Connections to SQLite and PostgreSQL with the settings that durability needs, and the one way to open a transaction.

A write transaction on SQLite begins with ``BEGIN IMMEDIATE``: it takes the write lock first, so that nothing read
inside it can be stale and no upgrade can fail half-way. On PostgreSQL the case row's ``SELECT … FOR UPDATE`` does that.
"""

from __future__ import annotations

import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import QueuePool

from engine.prepared import database_error

WAL_SAFE = (3, 51, 3)  # before it, a WAL reset may corrupt the file
BUSY_MS = 30_000
CACHED_STATEMENTS = 500  # pysqlite3 keeps a hundred, and once migrations have filled them no newcomer stays
_PRAGMAS = {
    "synchronous": "FULL",
    "busy_timeout": str(BUSY_MS),
    "foreign_keys": "ON",
    "trusted_schema": "OFF",
    "secure_delete": "ON",
    "wal_autocheckpoint": "1000",  # pages: a log that is still growing costs every commit a tenth of a completion
}
_POSTGRES_SETTINGS = (
    "SET synchronous_commit = on; SET lock_timeout = '20s'; "
    "SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s'; SET timezone = 'UTC'"
)


def sqlite_module() -> ModuleType:
    """The newest SQLite driver there is: the wheel's own library where installed, else Python's."""
    try:
        import pysqlite3.dbapi2 as driver
    except ImportError:
        return sqlite3
    return driver if driver.sqlite_version_info >= sqlite3.sqlite_version_info else sqlite3


def journal_mode(driver: ModuleType) -> str:
    """``WAL``, or ``DELETE`` with a warning where the library's WAL could corrupt the file on a reset."""
    if tuple(driver.sqlite_version_info) >= WAL_SAFE:
        return "WAL"
    warnings.warn(
        f"SQLite {driver.sqlite_version} has the WAL-reset fault: using the rollback journal; install pysqlite3",
        RuntimeWarning,
        stacklevel=2,
    )
    return "DELETE"


def connect(url: str, *, pool_size: int = 10) -> sa.Engine:
    """An engine for ``sqlite:///…`` or ``postgresql://…`` with every connection set up for durable work."""
    if make_url(url).get_backend_name() == "sqlite":
        return _connect_sqlite(url, pool_size)
    return _connect_postgres(url, pool_size)


def _connect_sqlite(url: str, pool_size: int) -> sa.Engine:
    module = sqlite_module()
    mode = journal_mode(module)
    database = make_url(url).database
    if database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    arguments: dict[str, Any] = {"timeout": BUSY_MS / 1000, "check_same_thread": False}
    arguments["cached_statements"] = CACHED_STATEMENTS
    if database in (None, "", ":memory:"):
        engine = sa.create_engine(url, module=module, connect_args=arguments, poolclass=sa.StaticPool)
    else:
        engine = sa.create_engine(
            url,
            hide_parameters=True,  # they hold personal data, and errors are logged
            module=module,
            connect_args=arguments,
            poolclass=QueuePool,
            pool_size=pool_size,
            max_overflow=40,
            pool_reset_on_return=None,  # every transaction here is ended by its own ``with``
        )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy emits BEGIN, not the driver
        connection.execute(f"PRAGMA journal_mode={mode}")
        for name, value in _PRAGMAS.items():
            connection.execute(f"PRAGMA {name}={value}")

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        driver: Any = connection.connection.dbapi_connection
        if driver.in_transaction:  # of ``begin_write``
            return
        reading = connection.get_execution_options().get("read_only", False)
        _begin_sqlite(connection, "BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _begin_sqlite(connection: sa.Connection, statement: str) -> None:
    driver: Any = connection.connection.dbapi_connection
    try:
        driver.execute(statement)
    except connection.dialect.loaded_dbapi.Error as error:
        raise database_error(connection, statement, error) from error


def begin_write(connection: sa.Connection) -> None:
    """Begin a write transaction on the driver; whoever begins it so commits it on the driver."""
    if connection.dialect.name == "sqlite":
        _begin_sqlite(connection, "BEGIN IMMEDIATE")  # psycopg begins with the first statement


def _connect_postgres(url: str, pool_size: int) -> sa.Engine:
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        pool_size=pool_size,
        max_overflow=40,
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_POSTGRES_SETTINGS)
        connection.commit()

    return engine


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A read-only transaction: on SQLite it does not take the write lock."""
    with engine.connect().execution_options(read_only=True) as connection, connection.begin():
        yield connection


def health(engine: sa.Engine) -> dict[str, str]:
    """What ``shenhou doctor`` prints of the database: its version and the settings that durability hangs on."""
    with reading(engine) as connection:
        if engine.dialect.name == "sqlite":
            names = ("journal_mode", *_PRAGMAS)
            found = {name: str(connection.exec_driver_sql(f"PRAGMA {name}").scalar()) for name in names}
            return {"version": str(connection.exec_driver_sql("select sqlite_version()").scalar()), **found}
        names = ("server_version", "synchronous_commit", "fsync", "default_transaction_isolation")
        return {name: str(connection.exec_driver_sql(f"SHOW {name}").scalar()) for name in names}
