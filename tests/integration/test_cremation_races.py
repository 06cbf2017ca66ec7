"""A freeze against a cremation, in every order that two transactions can have: no body is cremated while it is held.

Source: INV-1, P-4; security.md row 13. ``SHENHOU_SOAK=1`` plays a thousand interleavings of each kind on each database.
The lock and the checks of the code hold alone, those of the database hold alone, and without either the same test
catches a cremation.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

import pytest
import sqlalchemy as sa

from engine.clock import FixedClock
from engine.db import reading
from tasks import guards
from tasks import tables as d
from tasks.triggers import TRIGGERS
from tests.domain.at_the_home import cremate, take_over
from tests.domain.rows import NOW, add_certificate, add_hold, open_case, register
from tests.domain.stand_in import Case, Release, make_manifest
from tests.integration.interleaving import Act, Gate, Undone, interleave

SOAK = os.environ.get("SHENHOU_SOAK") == "1"
Protection = Literal["both", "code", "database", "none"]
IN_CODE = (("freeze", ("begun", "locked", "written")), ("cremate", ("begun", "locked", "looked", "written")))
AT_DATABASE = (("freeze", ("begun", "written")), ("cremate", ("begun", "written")))
_gates = threading.local()
_check_cremation = guards.check_cremation


@dataclass
class Furnace:
    """A database with cases whose bodies wait, and the two acts on one of them."""

    database: sa.Engine
    protection: Protection
    seen: list[int] = field(default_factory=list)  # holds that others had committed when a cremation was written

    def open_case(self, number: int) -> str:
        with self.database.begin() as connection:
            facts, sealed = {"deceased": {"id_kind": "none"}}, {"deceased": {"id_number": None}}
            clock, release = FixedClock(NOW), Release(make_manifest())
            case = register(open_case(connection, clock, release, facts, sealed))
            add_certificate(case, number=f"4301022026{number:06d}")
            take_over(case, voucher_number=f"4301022026{number:06d}")
            case.save()
        return case.case_id

    def freeze(self, case_id: str, *, commits: bool) -> Act:
        def freeze(case: Case) -> None:
            if self.protection == "database":
                add_hold(case)
            else:
                case.run("hold.set", source="funeral", reason="体表有伤")

        return self._act(case_id, freeze, commits)

    def cremate(self, case_id: str, number: int, *, commits: bool) -> Act:
        def burn(case: Case) -> None:
            if self.protection == "database":
                certificate = case.row(d.certificates).id
                values = {"furnace": "3 号炉", "cremated_at": case.now_text, "recorded_at": case.now_text}
                case.insert(d.cremations, certificate_id=certificate, number=str(number), recorded_by="x", **values)
            else:
                cremate(case, certificate_number=str(number))
            self.seen.append(self._committed_holds(case_id))

        return self._act(case_id, burn, commits)

    def cremate_carelessly(self, case_id: str, number: int) -> Act:
        """Look, let go of the lock, and write: what any check without a lock comes to."""

        def careless(gate: Gate) -> None:
            with self.database.begin() as connection:
                _check_cremation(connection, case_id)
            gate.pass_by("looked")
            _gates.unguarded = True
            self.cremate(case_id, number, commits=True)(gate)

        return careless

    def _act(self, case_id: str, do: Callable[[Case], None], commits: bool) -> Act:
        def act(gate: Gate) -> None:
            _gates.gate = gate
            with self.database.connect() as connection:
                gate.announce(connection)
                with connection.begin():
                    gate.pass_by("begun")
                    do(Case(connection, case_id, FixedClock(NOW), Release(make_manifest())))
                    gate.pass_by("written")
                    if not commits:
                        raise Undone

        return act

    def _committed_holds(self, case_id: str) -> int:
        query = sa.select(sa.func.count()).where(d.holds.c.case_id == case_id, d.holds.c.released_at.is_(None))
        with reading(self.database) as connection:
            return int(connection.execute(query).scalar_one())

    def is_cremated(self, case_id: str) -> bool:
        with reading(self.database) as connection:
            query = sa.select(d.cremations.c.case_id).where(d.cremations.c.case_id == case_id)
            return connection.execute(query).first() is not None


@pytest.fixture
def furnace(database: sa.Engine, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Furnace]:
    """With the protection that the test asks for: guards report when they hold the lock, or triggers are gone."""
    protection: Protection = request.param
    lock = guards.lock_case

    def lock_case(connection: sa.Connection, case_id: str) -> None:
        if protection != "none":
            lock(connection, case_id)
        if gate := getattr(_gates, "gate", None):
            gate.pass_by("locked")

    def check_cremation(connection: sa.Connection, case_id: str) -> None:
        if not getattr(_gates, "unguarded", False):
            _check_cremation(connection, case_id)
            _gates.gate.pass_by("looked")

    monkeypatch.setattr(guards, "lock_case", lock_case)
    monkeypatch.setattr(guards, "check_cremation", check_cremation)
    if protection in ("code", "none"):
        drop_triggers(database)
    yield Furnace(database, protection)


def drop_triggers(database: sa.Engine) -> None:
    with database.begin() as connection:
        for trigger in TRIGGERS:
            if database.dialect.name == "postgresql":
                connection.exec_driver_sql(f"DROP TRIGGER {trigger.name} ON {trigger.table}")
            elif trigger.refusals:
                connection.exec_driver_sql(f"DROP TRIGGER {trigger.name}")


def orders(protection: str) -> list[tuple[str, str, bool]]:
    """Who leads, where it stops, and whether it commits: each order once, or a thousand drawn by chance."""
    points = AT_DATABASE if protection == "database" else IN_CODE
    every = [(leader, stop, commits) for leader, stops in points for stop in stops for commits in (True, False)]
    return random.Random(13).choices(every, k=1000) if SOAK else every


def play(furnace: Furnace, number: int, leader: str, stop: str, commits: bool) -> tuple[str, Gate, Gate]:
    """A case of its own, and the two acts on it in that order; the case and both gates, the leader's first."""
    case_id = furnace.open_case(number)
    freeze = furnace.freeze(case_id, commits=commits or leader != "freeze")
    burn = furnace.cremate(case_id, number, commits=commits or leader != "cremate")
    acts = (freeze, burn) if leader == "freeze" else (burn, freeze)
    first, second = interleave(furnace.database, acts[0], stop, acts[1], is_locked=True)
    assert first.stood_at == stop
    return case_id, first, second


def expected(database: sa.Engine, leader: str, stop: str, commits: bool) -> tuple[str, str]:
    """The outcomes of leader and follower. Whoever has the lock first is first; only then does the other look."""
    leads = database.dialect.name == "sqlite" or stop != "begun"
    ended = "done" if commits else "undone"
    if leader == "freeze":
        return (ended, "remains_held" if leads and commits else "done")
    return (ended if leads else "remains_held", "done")


@pytest.mark.soak
@pytest.mark.parametrize("furnace", ["both", "code", "database"], indirect=True)
def test_no_interleaving_cremates_while_a_hold_is_active(furnace: Furnace) -> None:
    for number, order in enumerate(orders(furnace.protection)):
        case_id, first, second = play(furnace, number, *order)
        assert (first.outcome, second.outcome) == expected(furnace.database, *order), order
        cremation = second if order[0] == "freeze" else first
        assert furnace.is_cremated(case_id) == (cremation.outcome == "done"), order
    assert furnace.seen
    assert not any(furnace.seen)


@pytest.mark.parametrize("schema_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("furnace", ["none"], indirect=True)
def test_without_lock_and_triggers_the_same_interleaving_cremates_a_held_body(furnace: Furnace) -> None:
    """The negative control: the worker itself. SQLite's own write lock cannot be taken away, hence the next test."""
    case_id, first, second = play(furnace, 1, "cremate", "looked", True)
    assert (first.outcome, second.outcome) == ("done", "done")
    assert furnace.is_cremated(case_id)
    assert furnace.seen == [1]


@pytest.mark.parametrize("furnace", ["none"], indirect=True)
def test_careless_check_cremates_a_held_body(furnace: Furnace) -> None:
    """The negative control on both databases: look, let go of the lock, write, with the triggers gone."""
    case_id = furnace.open_case(1)
    burn, freeze = furnace.cremate_carelessly(case_id, 1), furnace.freeze(case_id, commits=True)
    first, second = interleave(furnace.database, burn, "looked", freeze, is_locked=False)
    assert (first.outcome, second.outcome) == ("done", "done")
    assert furnace.is_cremated(case_id)
    assert furnace.seen == [1]


@pytest.mark.parametrize("furnace", ["database"], indirect=True)
def test_triggers_alone_catch_the_careless_check(furnace: Furnace) -> None:
    """The same careless code, and the database as it ships: refused."""
    case_id = furnace.open_case(1)
    burn, freeze = furnace.cremate_carelessly(case_id, 1), furnace.freeze(case_id, commits=True)
    first, second = interleave(furnace.database, burn, "looked", freeze, is_locked=False)
    assert (first.outcome, second.outcome) == ("remains_held", "done")
    assert not furnace.is_cremated(case_id)
    assert furnace.seen == []
