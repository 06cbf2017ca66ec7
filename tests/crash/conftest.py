"""A database with the load's pack published, and the processes that are killed on it."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.crash.checks import Evidence, faults_after_kill, faults_at_end
from tests.crash.load import DIAGRAMS
from tests.crash.nursery import End, Nursery
from tests.integration.conftest import form, make_world

KILLED = -signal.SIGKILL


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    with Nursery() as program:
        yield program


@dataclass
class Series:
    """Lives one after the other on one database, each with a case more than the last, or with two clients one each."""

    nursery: Nursery
    url: str
    folder: Path
    variant: str = ""
    clients: tuple[str, ...] = ("first",)
    lives: int = 0
    told: list[str] = field(default_factory=list)

    def live(
        self, point: str | None = None, nth: int = 1, *, armed: bool = True, kill_after: float | None = None
    ) -> End:
        """One life. It is to die at the ``nth`` pass of ``point``, or after ``kill_after`` seconds, or to finish all.

        Not ``armed``, it does not die before something has been pushed. A second client lives beside the first, in a
        process of its own, and is not killed at the point.
        """
        self.lives += 1
        orders = [self._orders(number) for number in range(len(self.clients))]
        orders[0] |= {"point": point, "nth": nth, "armed": armed}
        ends = self.nursery.run("tests.crash.life:live", *orders, kill_after=kill_after)
        self.told.append(f"life {self.lives}: {point or kill_after} {nth} → {[end.code for end in ends]}")
        assert all(end.code == 0 for end in ends[1:]) or kill_after, self.told
        return ends[0]

    def _orders(self, number: int) -> dict[str, Any]:
        return {
            "url": self.url,
            "folder": str(self.folder),
            "name": self.clients[number],
            "cases": list(range(number, self.cases, len(self.clients))),
            "life": self.lives,
            "point": None,
            "nth": 1,
            "armed": True,
            "variant": self.variant,
        }

    @property
    def cases(self) -> int:
        return self.lives * len(self.clients)

    def die_at(self, point: str, nth: int = 1, *, armed: bool = True) -> None:
        """Be killed at a named point, and lose nothing by it."""
        assert self.live(point, nth, armed=armed).code == KILLED, f"{point} was not passed {nth} times: {self.told}"
        assert self.faults_now() == [], self.told

    def die_within(self, seconds: float, chance: random.Random) -> bool:
        """Kill at a random moment; whether it came before the life had done its work."""
        end = self.live(kill_after=chance.uniform(0, seconds))
        assert end.code in (KILLED, 0), self.told
        assert self.faults_now() == [], self.told
        return end.code == KILLED

    def faults_now(self) -> list[str]:
        return faults_after_kill(Evidence(self.url, self.folder))

    def faults_at_end(self) -> list[str]:
        """Live once more without being killed; what is wrong then."""
        end = self.live()
        assert end.code == 0, self.told
        return faults_at_end(Evidence(self.url, self.folder), self.cases)


@pytest.fixture
def series(nursery: Nursery, database: sa.Engine, schema_url: str, tmp_path: Path) -> Series:
    world = make_world(database)
    parts: dict[str, Any] = {**DIAGRAMS, "form_report": form("x!", "note")}
    world.publish(**parts)
    database.dispose()
    folder = tmp_path / "diaries"
    folder.mkdir()
    return Series(nursery, schema_url, folder)
