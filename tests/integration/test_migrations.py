"""The migrated schema is the one that the tables describe, on both databases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from engine import db, tables
from migrations import current_revision, newest_revision, upgrade
from tests.conftest import create_schema

SHA = "0" * 64
AT = "2026-11-22T02:00:00.000000Z"


@pytest.fixture
def migrated(database_url: str) -> Iterator[sa.Engine]:
    engine = db.connect(database_url)
    upgrade(engine)
    yield engine
    engine.dispose()


def test_autogenerate_finds_nothing_left_to_do(migrated: sa.Engine) -> None:
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []


def test_migrated_schema_has_the_same_checks_keys_indexes_and_triggers(migrated: sa.Engine) -> None:
    """Autogenerate looks at neither checks nor triggers, so a second database is laid out from the tables."""
    ours = describe(migrated)
    with migrated.begin() as connection:
        drop_everything(connection)
    create_schema(migrated)
    assert ours == describe(migrated)
    assert any("audit" in trigger for trigger in ours["triggers"])
    assert any("remains_held" in trigger for trigger in ours["triggers"])


def test_second_upgrade_does_nothing(migrated: sa.Engine) -> None:
    assert current_revision(migrated) == newest_revision()
    assert upgrade(migrated) == []


def test_two_upgrades_at_once_apply_each_script_once(database_url: str) -> None:
    engines = [db.connect(database_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(upgrade, engines))
    assert sorted(map(len, applied))[:3] == [0, 0, 0]
    assert applied != [[], [], [], []]
    for engine in engines:
        engine.dispose()


def test_failing_script_leaves_the_database_untouched(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = db.connect(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE users (id integer)")  # in the way of the first script
    with pytest.raises(sa.exc.DBAPIError, match="users"):
        upgrade(engine)
    assert current_revision(engine) is None
    assert sa.inspect(engine).get_table_names() in (["users"], ["alembic_version", "users"])
    engine.dispose()


@pytest.mark.parametrize("statement", ["UPDATE audit SET verb = 'x'", "DELETE FROM audit"])
def test_audit_refuses_change_and_removal(migrated: sa.Engine, statement: str) -> None:
    with migrated.begin() as connection:
        insert_audit_line(connection)
    with pytest.raises(sa.exc.DBAPIError, match="audit is insert-only"), migrated.begin() as connection:
        connection.exec_driver_sql(statement)
    with db.reading(migrated) as connection:
        assert connection.execute(sa.select(tables.audit.c.verb)).scalars().all() == ["start"]


def test_foreign_keys_are_on_again_after_an_upgrade(tmp_path: Path) -> None:
    engine = db.connect(f"sqlite:///{tmp_path / 'shenhou.db'}", pool_size=1)
    upgrade(engine)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    engine.dispose()


def insert_audit_line(connection: sa.Connection) -> None:
    connection.execute(
        tables.releases.insert().values(
            id=SHA, pack="selftest", number=1, version="1", manifest="{}", published_at=AT, published_by="cli:谭䶮"
        )
    )
    connection.execute(
        tables.cases.insert().values(
            id="c1", code="430102-1", pack="selftest", release_id=SHA, region="430102", status="open", facts="{}",
            revision=1, audit_seq=1, audit_head=SHA, opened_at=AT,
        )
    )  # fmt: skip
    connection.execute(
        tables.audit.insert().values(
            case_id="c1", seq=1, at=AT, actor="cli:谭䶮", verb="start", subject="c1", detail="{}", mac=SHA
        )
    )


def drop_everything(connection: sa.Connection) -> None:
    tables.metadata.drop_all(connection)
    connection.exec_driver_sql("DROP TABLE alembic_version")
    if connection.dialect.name == "postgresql":
        functions = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        for name in connection.exec_driver_sql(functions).scalars().all():
            connection.exec_driver_sql(f"DROP FUNCTION {name}")


def describe(engine: sa.Engine) -> dict[str, Any]:
    """Everything a schema consists of, in an order of its own."""
    inspector = sa.inspect(engine)
    names = [name for name in inspector.get_table_names() if name != "alembic_version"]
    described: dict[str, Any] = {name: describe_table(inspector, name) for name in sorted(names)}
    with db.reading(engine) as connection:
        described["triggers"] = sorted(re.sub(r"\s+", " ", text) for text in read_triggers(connection))
    return described


def describe_table(inspector: sa.Inspector, name: str) -> dict[str, list[str]]:
    columns = [{**column, "type": repr(column["type"])} for column in inspector.get_columns(name)]
    return {
        "columns": [repr(sorted(column.items(), key=lambda pair: pair[0])) for column in columns],
        "checks": sorted(repr(sorted(check.items())) for check in inspector.get_check_constraints(name)),
        "uniques": sorted(repr(sorted(unique.items())) for unique in inspector.get_unique_constraints(name)),
        "indexes": sorted(describe_index(index) for index in inspector.get_indexes(name)),
        "foreign": sorted(repr(sorted(key.items())) for key in inspector.get_foreign_keys(name)),
        "primary": [repr(inspector.get_pk_constraint(name))],
    }


def describe_index(index: Any) -> str:
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return repr(sorted({**index, "dialect_options": options}.items()))


def read_triggers(connection: sa.Connection) -> list[str]:
    if connection.dialect.name == "sqlite":
        without_rowid = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%WITHOUT ROWID%'"
        query = f"SELECT sql FROM sqlite_master WHERE type = 'trigger' UNION ALL {without_rowid}"
    else:
        query = (
            "SELECT pg_get_triggerdef(t.oid) || pg_get_functiondef(t.tgfoid) FROM pg_trigger t WHERE NOT t.tgisinternal"
        )
    return [str(row[0]) for row in connection.exec_driver_sql(query)]
