"""Two transactions in a forced order: one is stopped at a point of its own, the other runs until it ends or is blocked.

Nothing here waits for time to pass. That the other is blocked is read from PostgreSQL; on SQLite it follows from the
write lock that the first has taken with ``BEGIN IMMEDIATE``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from engine.errors import RuleViolation

PATIENCE = 60.0  # seconds after which a test is broken, not slow
Act = Callable[["Gate"], None]


class Undone(Exception):
    """A transaction is rolled back on purpose."""


@dataclass
class Gate:
    """What an act reports its points to. The leader stops at ``stop``; ``pid`` is the act's PostgreSQL process."""

    stop: str = ""
    pid: int = 0
    announced: threading.Event = field(default_factory=threading.Event)
    reached: threading.Event = field(default_factory=threading.Event)
    resumed: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    outcome: str = ""
    stood_at: str = ""
    was_early: bool = False  # it had ended before the other went on

    def announce(self, connection: sa.Connection) -> None:
        """The transaction is about to begin."""
        if connection.dialect.name == "postgresql":
            driver: Any = connection.connection.driver_connection
            self.pid = driver.info.backend_pid
        self.announced.set()

    def pass_by(self, point: str) -> None:
        if point != self.stop or self.reached.is_set():
            return
        self.stood_at = point
        self.reached.set()
        assert self.resumed.wait(PATIENCE)

    def run(self, act: Act) -> None:
        try:
            act(self)
            self.outcome = "done"
        except RuleViolation as refusal:
            self.outcome = refusal.rule
        except sa.exc.IntegrityError as refusal:
            self.outcome = str(refusal.orig).splitlines()[0]
        except Undone:
            self.outcome = "undone"
        finally:
            for event in (self.announced, self.ended, self.reached):
                event.set()


def interleave(database: sa.Engine, leader: Act, stop: str, follower: Act, *, is_locked: bool) -> tuple[Gate, Gate]:
    """Run ``leader`` to its point ``stop``, then ``follower`` until it ends or is blocked, then the leader to its end.

    ``is_locked`` says that the leader holds SQLite's write lock at that point.
    """
    first, second = Gate(stop), Gate()
    threads = [threading.Thread(target=gate.run, args=(act,)) for gate, act in ((first, leader), (second, follower))]
    threads[0].start()
    assert first.reached.wait(PATIENCE)
    threads[1].start()
    assert second.announced.wait(PATIENCE)
    if database.dialect.name == "postgresql":
        _wait_until_blocked(database, second)
    elif not is_locked:
        assert second.ended.wait(PATIENCE)
    second.was_early = second.ended.is_set()
    first.resumed.set()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    return first, second


def _wait_until_blocked(database: sa.Engine, gate: Gate) -> None:
    query = sa.text("SELECT cardinality(pg_blocking_pids(:pid)) > 0")
    with database.connect() as connection:
        while not (gate.ended.is_set() or connection.execute(query, {"pid": gate.pid}).scalar()):
            connection.rollback()
