"""What removes leftovers by itself: files that no row knows, writes that a crash broke off, what has expired.

The scheduler only looks whether something is due; what is due stands in the rows. Of any number of processes that
look, one runs each sweep. How it went is on the operator's first page.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from apscheduler.schedulers.background import BackgroundScheduler

from engine import db
from engine.clock import to_text
from web.access import attempts, codes, sessions
from web.services import Services
from web.store import uploads
from web.store.settings import file_store
from web.tables import sweeps

LOOK_EVERY = timedelta(minutes=5)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sweep:
    """``run`` removes what is due and says how much that was."""

    every: timedelta
    run: Callable[[Services, datetime], int]


def _of_rows(tidy: Callable[[sa.Connection, datetime], int]) -> Callable[[Services, datetime], int]:
    def run(own: Services, now: datetime) -> int:
        with own.database.begin() as connection:
            return tidy(connection, now)

    return run


SWEEPS: Mapping[str, Sweep] = {
    "uploads": Sweep(_DAY, uploads.sweep),
    "drafts": Sweep(_DAY, lambda own, _now: file_store(own).tidy()),
    "sessions": Sweep(_HOUR, _of_rows(sessions.tidy_sessions)),
    "codes": Sweep(_HOUR, _of_rows(codes.tidy_codes)),
    "attempts": Sweep(_HOUR, _of_rows(attempts.tidy_attempts)),
}


@dataclass(frozen=True, slots=True)
class Run:
    """The last run of a sweep. ``ended_at`` is None while it runs, or where it never came to its end."""

    name: str
    began_at: str
    ended_at: str | None
    removed: int
    fault: str
    is_well: bool


def schedule(scheduler: BackgroundScheduler, own: Services) -> None:
    """Look from now on, every ``LOOK_EVERY``, whether a sweep is due."""
    seconds, first = LOOK_EVERY.total_seconds(), datetime.now(UTC)
    timing = {"seconds": seconds, "next_run_time": first, "max_instances": 1, "coalesce": True}
    scheduler.add_job(run_due, "interval", args=[own], id="sweeps", **timing)


def run_due(own: Services) -> int:
    """Run every sweep that is due; how many ran here. One that fails does not keep the others back."""
    with db.reading(own.database) as connection:
        begun = {row.name: row.began_at for row in connection.execute(sa.select(sweeps))}
    now, ran = own.clock.now(), 0
    for name, sweep in SWEEPS.items():
        last = begun.get(name)
        if (last is None or last <= to_text(now - sweep.every)) and _claim(own, name, last, now):
            _run(own, name, sweep, now)
            ran += 1
    return ran


def read_runs(connection: sa.Connection, now: datetime) -> list[Run]:
    """The last run of each sweep, in their order; those that have never run are left out."""
    rows = {row.name: row for row in connection.execute(sa.select(sweeps))}
    return [_as_run(name, rows[name], sweep, now) for name, sweep in SWEEPS.items() if name in rows]


def _as_run(name: str, row: Any, sweep: Sweep, now: datetime) -> Run:
    is_late = row.began_at < to_text(now - 2 * sweep.every - LOOK_EVERY)
    return Run(name, row.began_at, row.ended_at, row.removed, row.fault, not row.fault and not is_late)


def _claim(own: Services, name: str, last: str | None, now: datetime) -> bool:
    """Whether this process is to run it: another may have begun since the rows were read."""
    c = sweeps.c
    try:
        with own.database.begin() as connection:
            if last is None:
                connection.execute(sweeps.insert().values(name=name, began_at=to_text(now)))
                return True
            mine = sweeps.update().where(c.name == name, c.began_at == last)
            return connection.execute(mine.values(began_at=to_text(now), ended_at=None)).rowcount == 1
    except sa.exc.IntegrityError:
        return False


def _run(own: Services, name: str, sweep: Sweep, now: datetime) -> None:
    told: dict[str, Any] = {"removed": 0, "fault": ""}
    try:
        told["removed"] = sweep.run(own, now)
    except Exception as error:  # whatever it is, it is told on the page and tried again
        log.exception("the sweep of %s failed", name)
        told["fault"] = type(error).__name__
    with own.database.begin() as connection:
        mine = sweeps.update().where(sweeps.c.name == name)
        connection.execute(mine.values(**told, ended_at=to_text(own.clock.now())))
