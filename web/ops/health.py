"""Whether all is well: the findings that the first page, ``/health`` and ``shenhou doctor`` share."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from engine import db
from engine.clock import to_text
from engine.tables import heartbeats, in_state, incidents, jobs, timers
from web.sweeps import read_runs

ALIVE = timedelta(minutes=2)  # a worker that lives has beaten within it, whether it works or has stopped
OVERDUE_AFTER = timedelta(minutes=1)  # a worker that lives is never this late
UNCOLLECTED_AFTER = timedelta(days=1)  # systems outside have hours and holidays


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its stable ``code``, ``ok`` or not, whether people must act at once, and how many rows it found."""

    code: str
    ok: bool
    grave: bool
    count: int


def read_findings(database: sa.Engine, now: datetime, own_types: Collection[str]) -> list[Finding]:
    """Every check, in the order in which an operator would read them.

    ``own_types`` are the types of jobs that workers here run. What a system outside does not collect is no outage here.
    """
    late, long_ago = to_text(now - OVERDUE_AFTER), to_text(now - UNCOLLECTED_AFTER)
    with db.reading(database) as connection:

        def count(table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
            return connection.execute(sa.select(sa.func.count()).select_from(table).where(*where)).scalar_one()

        overdue_timers = count(timers, timers.c.due_at < late)
        ours, available = jobs.c.type.in_(sorted(own_types)), in_state(jobs, "available")
        overdue_jobs = count(jobs, available, ours, jobs.c.due_at < late)
        uncollected_jobs = count(jobs, available, ~ours, jobs.c.due_at < long_ago)
        lost_leases = count(jobs, in_state(jobs, "leased"), jobs.c.lease_until < late)
        living = heartbeats.c.at > to_text(now - ALIVE)
        stopped_workers = count(heartbeats, living, heartbeats.c.note != "")  # after a clock jump
        dead_jobs = count(jobs, in_state(jobs, "dead"))
        failed_sweeps = sum(not run.is_well for run in read_runs(connection, now))
        open_incidents = count(incidents, incidents.c.status == "open")
    return [
        Finding("overdue_timers", overdue_timers == 0, True, overdue_timers),
        Finding("overdue_jobs", overdue_jobs == 0, True, overdue_jobs),
        Finding("lost_leases", lost_leases == 0, True, lost_leases),
        Finding("stopped_workers", stopped_workers == 0, True, stopped_workers),
        Finding("uncollected_jobs", uncollected_jobs == 0, False, uncollected_jobs),
        Finding("dead_jobs", dead_jobs == 0, False, dead_jobs),
        Finding("failed_sweeps", failed_sweeps == 0, False, failed_sweeps),
        Finding("open_incidents", open_incidents == 0, False, open_incidents),
    ]


def is_fit(findings: list[Finding]) -> bool:
    """Whether a monitor should stay silent: nothing grave. Incidents are work for people, not an outage."""
    return all(finding.ok or not finding.grave for finding in findings)
