"""Sealed data: opened for its owner alone, and carried to a new key while the system runs."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

import tasks.tables  # noqa: F401 - lays the domain's tables out, and the pages' theirs
import web.tables  # noqa: F401
from engine import inbox
from engine import tables as t
from engine.actors import SYSTEM
from engine.errors import TamperedData
from engine.keyring import DataKey, Keyring
from engine.messages import publish_message
from engine.resealing import count_stale, reseal
from engine.sealing import Sealer
from tests.integration.conftest import CLERK, KEYS, World, form

RING = Keyring((DataKey("k2", b"9" * 32), *KEYS.data), KEYS.audit, KEYS.secret)


def test_sealed_bytes_open_for_their_owner_and_key_alone() -> None:
    sealer = Sealer(KEYS)
    data = sealer.seal({"身份证号": "11010519491231002X"}, "case-1")
    assert sealer.open(data, "case-1") == {"身份证号": "11010519491231002X"}
    other = Keyring((DataKey("k1", b"8" * 32),), KEYS.audit, KEYS.secret)
    for wrong, owner in ((sealer, "case-2"), (Sealer(other), "case-1")):
        with pytest.raises(TamperedData):
            wrong.open(data, owner)
    for damaged in (b"", b"\x02" + data[1:], data[:10], data[:-1] + bytes([data[-1] ^ 1])):
        with pytest.raises(TamperedData):
            sealer.open(damaged, "case-1")


def test_rotation_reseals_everything_and_lets_the_old_key_go(world: World) -> None:
    world.publish(
        main="""
            start s
            user a form=report group=clerks
            user b form=report group=clerks
            catch m message=paper out:n="=number"
            end e
            s -> a -> b -> m -> e
        """,
        form_report=form("deceased_id", sensitive=("deceased_id",)),
    )
    case = world.start()
    world.complete("a", deceased_id="11010519491231002X")
    inbox.save_draft(world.runtime, CLERK, world.task("b"), {"deceased_id": "440524188001010014"})
    publish_message(world.runtime, SYSTEM, case, "paper", {"number": "7"})
    world.runtime.keys, world.runtime.sealer = RING, Sealer(RING)
    assert count_stale(world.runtime) == 1
    assert reseal(world.runtime, SYSTEM) == 1
    assert count_stale(world.runtime) == 0
    audit_lines = len(world.rows(t.audit))
    assert reseal(world.runtime, SYSTEM) == 0
    assert len(world.rows(t.audit)) == audit_lines
    only_new = Keyring(RING.data[:1], KEYS.audit, KEYS.secret)
    world.runtime.keys, world.runtime.sealer = only_new, Sealer(only_new)
    assert inbox.read_draft(world.runtime, CLERK, world.task("b")) == {"deceased_id": "440524188001010014"}
    assert world.runtime.sealer.open(bytes(world.case(case).sealed), case) == {"deceased_id": "11010519491231002X"}
    digests = world.runtime.sealer.look_up("deceased_id", "11010519491231002X")
    assert [row.digest for row in world.rows(t.sealed_index)] == digests
    world.complete("b", deceased_id="11010519491231002X")
    assert world.case(case).status == "completed"


def test_sealed_values_that_are_not_sent_again_are_kept(world: World) -> None:
    text = """
        start s
        exclusive again
        user a form=report group=clerks out:more="=more"
        exclusive g default=stop
        end e
        s -> again -> a -> g
        g -> again : more = "y"
        stop: g -> e
    """
    world.publish(main=text, form_report=form("more", "deceased_id", sensitive=("deceased_id",)))
    case = world.start()
    world.complete("a", more="y", deceased_id="11010519491231002X")
    world.complete("a", more="n")
    assert world.runtime.sealer.open(bytes(world.case(case).sealed), case) == {"deceased_id": "11010519491231002X"}


UNSEALED = {"contents.data", "process_instances.state", "inner_scopes.state", "cases.sealed"}


def test_every_column_of_bytes_is_known_to_be_sealed_or_not() -> None:
    columns = [c for table in t.metadata.sorted_tables for c in table.columns if isinstance(c.type, sa.LargeBinary)]
    sealed = {str(column) for column in columns if "sealed_for" in column.info}
    assert sealed | UNSEALED == {str(column) for column in columns}
    assert {"objections.objector", "outbox.sealed", "items.reason", "tickets.answer", "audit_notes.sealed"} <= sealed


def test_a_fingerprint_outlives_the_data_keys() -> None:
    assert Sealer(KEYS).fingerprint("identity", "1") == Sealer(RING).fingerprint("identity", "1")
    assert Sealer(KEYS).fingerprint("identity", "1") != Sealer(KEYS).fingerprint("payee", "1")
    other = Keyring(KEYS.data, b"9" * 32, KEYS.secret)
    assert Sealer(KEYS).fingerprint("identity", "1") != Sealer(other).fingerprint("identity", "1")
