"""Clears a database of the demonstration: every table goes, and every file that a row of them named."""

from __future__ import annotations

import sqlalchemy as sa

from engine import db
from engine.config import Settings
from engine.errors import ConfigError, Conflict
from tasks.tables import files
from web.demonstration import records
from web.services import Services
from web.settings import WebSettings
from web.store.settings import file_store
from web.store.uploads import THUMBNAIL
from web.tables import papers


def demand_demonstration(settings: Settings, web: WebSettings) -> None:
    """Raises ``ConfigError`` outside demonstration mode, and so in production."""
    if settings.production or not web.demonstration:
        raise ConfigError("SHENHOU_DEMO", "is off: what belongs to the demonstration works in demonstration mode only")


def refuse_real_cases(own: Services, *, with_own_cases: bool) -> None:
    """Raises ``Conflict`` where cases would be lost that the demonstration has not made.

    In a database that it has filled these are what somebody has tried out, and go too where that is asked for; in any
    other they are nobody's to clear.
    """
    demand_demonstration(own.settings, own.web)
    with db.reading(own.database) as connection:
        made, others = records.count_cases(connection)
    if others and not made:
        raise Conflict("database", "at hand", f"not the demonstration's: it holds {others} cases, and none of its own")
    if others and not with_own_cases:
        state = f"not the demonstration's alone: {others} cases were added by hand; --with-own-cases clears them too"
        raise Conflict("database", "at hand", state)


def clear(own: Services) -> None:
    """Remove the files, then every table. The caller has asked whether it may."""
    store = file_store(own)
    with db.reading(own.database) as connection:
        names = [*connection.execute(sa.select(files.c.id)).scalars()]
        tokens = [*connection.execute(sa.select(papers.c.token)).scalars()]
    store.delete(*names, *(name + THUMBNAIL for name in names), *tokens)
    if own.database.dialect.name == "sqlite":
        _drop_sqlite(own.database)
    else:
        _drop_postgres(own.database)


def _drop_sqlite(database: sa.Engine) -> None:
    """Tables take their triggers along. Foreign keys are off meanwhile: the order does not matter then."""
    with database.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                listed = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
                for name in connection.exec_driver_sql(listed).scalars().all():
                    connection.exec_driver_sql(f"DROP TABLE {_quote(connection, name)}")
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


def _drop_postgres(database: sa.Engine) -> None:
    with database.connect() as connection, connection.begin():
        for name in sa.inspect(connection).get_table_names():
            connection.exec_driver_sql(f"DROP TABLE {_quote(connection, name)} CASCADE")
        listed = (
            "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname = current_schema() AND p.prorettype = 'trigger'::regtype"
        )
        for name in connection.exec_driver_sql(listed).scalars().all():
            connection.exec_driver_sql(f"DROP FUNCTION {_quote(connection, name)}() CASCADE")


def _quote(connection: sa.Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote(name)
