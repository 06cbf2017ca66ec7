"""Which cases the demonstration has made: one row an attempt, so that an interrupted filling knows what it began."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from engine import tables as t
from engine.clock import to_text
from web.tables import demonstrations

_d = demonstrations.c


def finished_stories(connection: sa.Connection, pack: str) -> frozenset[str]:
    """The stories of a pack that have been told to their end."""
    query = sa.select(_d.story).where(_d.pack == pack, _d.finished_at.is_not(None))
    return frozenset(connection.execute(query).scalars())


def begin(connection: sa.Connection, pack: str, story: str, serial: int, begun: datetime) -> None:
    """A story is about to begin: written before its case is, so that the case is known whatever happens."""
    row = {"pack": pack, "story": story, "serial": serial, "begun_at": to_text(begun)}
    connection.execute(demonstrations.insert().values(row))


def finish(connection: sa.Connection, serial: int, case_id: str | None, now: datetime) -> None:
    """It is told, with the case that was opened for it."""
    values = {"case_id": case_id, "finished_at": to_text(now)}
    connection.execute(demonstrations.update().where(_d.serial == serial).values(values))


def next_serial(connection: sa.Connection) -> int:
    """A number that no attempt before has had."""
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(_d.serial), 0))).scalar_one()) + 1


def find_unfinished(connection: sa.Connection) -> list[str]:
    """The cases of attempts that were broken off: opened at the very moment that a row says, and named by none."""
    named = sa.select(_d.case_id).where(_d.case_id.is_not(None))
    begun = sa.select(_d.begun_at).where(_d.finished_at.is_(None))
    opened = sa.select(t.cases.c.id).where(t.cases.c.opened_at.in_(begun), t.cases.c.id.not_in(named))
    return [str(case_id) for case_id in connection.execute(opened).scalars()]


def count_cases(connection: sa.Connection) -> tuple[int, int]:
    """How many cases the demonstration has made, and how many there are besides."""
    every = connection.execute(sa.select(sa.func.count()).select_from(t.cases)).scalar_one()
    named = connection.execute(sa.select(sa.func.count(_d.case_id))).scalar_one()
    mine = int(named) + len(find_unfinished(connection))
    return mine, int(every) - mine
