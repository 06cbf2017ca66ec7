"""The audit chain: insert-only in the database, and every edit behind its back located."""

from __future__ import annotations

import orjson
import pytest
import sqlalchemy as sa

from engine import audit, cases, inbox
from engine import tables as t
from engine.actors import SYSTEM
from engine.db import reading
from tests.integration.conftest import CLERK, KEYS, World

LOOP = """
    start s
    exclusive again
    user a group=clerks out:more="=x"
    exclusive g default=stop
    end e
    s -> again -> a -> g
    g -> again : more = "y"
    stop: g -> e
"""


@pytest.fixture
def lived(world: World) -> World:
    """Two cases with some history."""
    world.publish(main=LOOP)
    for _ in range(2):
        world.start()
    for _ in range(3):
        for case in world.rows(t.cases):
            world.complete("a", case.id, x="y")
    return world


def breaks(world: World) -> list[audit.Break]:
    with reading(world.runtime.database) as connection:
        return list(audit.verify(connection, KEYS.audit))


def tamper(world: World, *statements: str) -> None:
    """Edit as somebody with the database's superuser would: the triggers out of the way first."""
    drops = {
        "sqlite": ["DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"],
        "postgresql": ["DROP TRIGGER audit_insert_only ON audit"],
    }
    with world.runtime.database.begin() as connection:
        for statement in (*drops[connection.dialect.name], *statements):
            connection.exec_driver_sql(statement)


def test_an_untouched_chain_holds(lived: World) -> None:
    assert breaks(lived) == []
    assert len(lived.rows(t.audit)) == 8


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"])
def test_the_database_refuses_to_change_a_line(lived: World, statement: str) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="insert-only"), lived.runtime.database.begin() as connection:
        connection.exec_driver_sql(statement)
    assert breaks(lived) == []


@pytest.mark.parametrize(
    ("edit", "seq"),
    [
        ("UPDATE audit SET actor = 'someone' WHERE seq = 3 AND case_id = '{case}'", 3),
        ("UPDATE audit SET detail = '{{}}' WHERE seq = 2 AND case_id = '{case}'", 2),
        ("UPDATE audit SET mac = '{zeros}' WHERE seq = 4 AND case_id = '{case}'", 4),
        ("DELETE FROM audit WHERE seq = 2 AND case_id = '{case}'", 2),
        ("DELETE FROM audit WHERE seq = 4 AND case_id = '{case}'", 4),
        ("UPDATE cases SET audit_seq = 9 WHERE id = '{case}'", 5),
    ],
)
def test_an_edit_is_located(lived: World, edit: str, seq: int) -> None:
    case = lived.rows(t.cases)[1].id
    tamper(lived, edit.format(case=case, zeros="0" * 64))
    [found] = breaks(lived)
    assert (found.case_id, found.seq) == (case, seq)


def test_an_anchor_finds_a_chain_that_was_cut_off_with_its_head(lived: World) -> None:
    with reading(lived.runtime.database) as connection:
        anchored = audit.anchor(connection)
    case = lived.rows(t.cases)[0]
    lines = lived.rows(t.audit, case_id=case.id)
    tamper(
        lived,
        f"DELETE FROM audit WHERE case_id = '{case.id}' AND seq = {lines[-1].seq}",
        f"UPDATE cases SET audit_seq = {lines[-2].seq}, audit_head = '{lines[-2].mac}' WHERE id = '{case.id}'",
    )
    assert breaks(lived) == []
    with reading(lived.runtime.database) as connection:
        [found] = audit.check_anchor(connection, anchored)
    assert (found.case_id, found.seq) == (case.id, lines[-1].seq)


def test_a_wrong_key_finds_every_chain(lived: World) -> None:
    with reading(lived.runtime.database) as connection:
        assert len(list(audit.verify(connection, b"x" * 32))) == 2


def test_a_line_written_while_the_chains_are_read_is_no_break(lived: World) -> None:
    case = lived.rows(t.cases)[0].id
    task, written = lived.task("a", case), []
    with reading(lived.runtime.database) as connection:

        @sa.event.listens_for(connection, "after_cursor_execute")
        def write(*_: object) -> None:
            if not written:
                written.append(task)
                inbox.claim(lived.runtime, CLERK, task)

        assert list(audit.verify(connection, KEYS.audit)) == []
    assert written


def test_why_somebody_acted_is_sealed_beside_the_line(lived: World) -> None:
    case = lived.rows(t.cases)[0].id
    inbox.reassign(lived.runtime, SYSTEM, lived.task("a", case), "li", "王某家中有丧事")
    line = lived.rows(t.audit, case_id=case)[-1]
    assert orjson.loads(line.detail) | {"user_task": ""} == {"user_task": "", "from": None, "to": "li", "noted": True}
    with reading(lived.runtime.database) as connection:
        assert audit.notes_of(connection, lived.runtime.sealer, case) == {line.seq: "王某家中有丧事"}
    assert not any("王某" in str(tuple(row)) for row in lived.rows(t.audit))
    assert "王某".encode() not in bytes(lived.rows(t.audit_notes)[0].sealed)


def test_a_note_is_no_more_removed_than_a_line(lived: World) -> None:
    case = lived.rows(t.cases)[0].id
    cases.cancel(lived.runtime, SYSTEM, case, "重复登记")
    assert breaks(lived) == []
    with pytest.raises(sa.exc.DBAPIError, match="insert-only"), lived.runtime.database.begin() as connection:
        connection.execute(t.audit_notes.delete())
    on = {"sqlite": "", "postgresql": " ON audit_notes"}[lived.runtime.database.dialect.name]
    tamper(lived, f"DROP TRIGGER audit_notes_no_delete{on}", "DELETE FROM audit_notes")
    [found] = breaks(lived)
    assert (found.case_id, found.seq) == (case, 5)
    assert "note" in found.reason
