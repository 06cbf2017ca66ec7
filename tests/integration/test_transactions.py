"""Connections kept by a thread: reused while they are sound, and never trusted after an error."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa

from engine import transactions
from engine.prepared import insert
from engine.tables import heartbeats
from engine.transactions import Transactions
from tests.integration.conftest import World


def _identity(kept: Transactions) -> int:
    with kept.begin() as connection:
        return id(connection.connection.driver_connection)


def test_a_thread_keeps_its_connection_and_shares_it_with_none(database: sa.Engine) -> None:
    kept, seen = Transactions(database), []
    mine = _identity(kept)
    assert _identity(kept) == mine
    thread = threading.Thread(target=lambda: seen.append(_identity(kept)))
    with kept.begin() as connection:
        connection.connection.rollback()  # SQLite: let the other thread have its turn
        thread.start()
        thread.join()
    assert seen and seen[0] != mine
    kept.close()


def test_an_error_of_the_database_costs_the_connection_its_place(database: sa.Engine) -> None:
    kept = Transactions(database)
    _identity(kept)
    first = kept._local.kept
    with pytest.raises(sa.exc.DBAPIError), kept.begin() as connection:
        connection.exec_driver_sql("SELECT nothing FROM nowhere")
    assert first.connection.closed
    _identity(kept)
    assert kept._local.kept is not first
    kept.close()


def test_any_other_exception_rolls_back_and_keeps_it(database: sa.Engine) -> None:
    kept = Transactions(database)
    _identity(kept)
    first = kept._local.kept
    with pytest.raises(ValueError, match="no"), kept.begin() as connection:
        connection.exec_driver_sql("INSERT INTO heartbeats (name, at, note) VALUES ('x', 'y', '')")
        raise ValueError("no")
    with kept.begin() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM heartbeats").scalar() == 0
    assert kept._local.kept is first
    kept.close()


def test_what_core_and_the_driver_write_is_one_transaction(database: sa.Engine) -> None:
    kept, write = Transactions(database), insert(heartbeats)
    row = {"at": "y", "note": ""}
    with kept.begin() as connection:
        write.run(connection, {"name": "driver", **row})
        connection.execute(heartbeats.insert(), {"name": "core", **row})
        write.run(connection, {"name": "driver again", **row})
    with pytest.raises(ValueError, match="no"), kept.begin() as connection:
        write.run(connection, {"name": "lost", **row})
        connection.execute(heartbeats.insert(), {"name": "lost too", **row})
        raise ValueError("no")
    with database.connect() as other:
        found = other.execute(sa.select(heartbeats.c.name)).scalars().all()
    assert sorted(found) == ["core", "driver", "driver again"]
    kept.close()


def test_a_commit_that_the_database_refuses_leaves_nothing(database: sa.Engine) -> None:
    with database.begin() as connection:
        deferred = "a integer REFERENCES parents DEFERRABLE INITIALLY DEFERRED"
        connection.exec_driver_sql("CREATE TABLE parents (id integer PRIMARY KEY)")
        connection.exec_driver_sql(f"CREATE TABLE children ({deferred})")
    kept, write = Transactions(database), insert(sa.table("children", sa.column("a")), "a")
    with pytest.raises(sa.exc.IntegrityError), kept.begin() as connection:
        write.run(connection, {"a": 1})
    with kept.begin() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM children").scalar() == 0
    kept.close()


def test_a_command_inside_a_command_commits_nothing_of_the_outer_one(database: sa.Engine) -> None:
    kept, write = Transactions(database), insert(heartbeats)
    with pytest.raises(sa.exc.SQLAlchemyError), kept.begin() as outer:
        write.run(outer, {"name": "outer", "at": "y", "note": ""})
        with kept.begin() as inner:
            write.run(inner, {"name": "inner", "at": "y", "note": ""})
        write.run(outer, {"name": "outer again", "at": "y", "note": ""})
    with database.connect() as other:
        assert other.execute(sa.select(heartbeats.c.name)).scalars().all() == ["inner"]
    kept.close()


def test_an_idle_connection_is_given_back_and_tested(database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Transactions(database)
    _identity(kept)
    first = kept._local.kept
    monkeypatch.setattr(transactions, "IDLE_SECONDS", -1.0)
    _identity(kept)
    assert kept._local.kept is not first and first.connection.closed
    kept.close()


def test_connections_of_threads_that_ended_go_back(database: sa.Engine) -> None:
    kept = Transactions(database)
    for _ in range(5):
        thread = threading.Thread(target=_identity, args=(kept,))
        thread.start()
        thread.join()
    _identity(kept)
    assert len(kept._all) == 1
    kept.close()


def test_a_command_works_again_after_the_server_dropped_its_connection(world: World) -> None:
    world.publish(main="start s\nuser a group=clerks\nend e\ns -> a -> e")
    world.start()
    if world.runtime.database.dialect.name == "postgresql":
        with world.runtime.transactions.begin() as connection:
            own = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        with world.runtime.database.connect() as other:
            other.exec_driver_sql(f"SELECT pg_terminate_backend({own})")
    else:
        world.runtime.transactions._local.kept.connection.connection.driver_connection.close()
    with pytest.raises(sa.exc.DBAPIError):
        world.start()
    assert world.case(world.start()).status == "open"
