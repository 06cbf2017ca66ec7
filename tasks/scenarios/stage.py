"""Where scenarios are played: a runtime with a clock that can be set, and a pack published on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

import forms
from engine import cases, divisions, inbox, jobs
from engine import tables as t
from engine.actors import SYSTEM
from engine.clock import FixedClock, from_text
from engine.db import reading
from engine.errors import ShenhouError
from engine.execution import execute
from engine.releases import current_release
from engine.runtime import Runtime
from engine.unit import Unit
from engine.worker import ClockGuard, Worker
from tasks import tables as d
from tasks.reports import with_provinces
from tasks.scenarios.filling import Filler

LEASE_SECONDS = 300 * 86_400  # a department's system takes a job and answers when it does
MOST_ROUNDS = 200
MOST_STOPS = 2_000


class Stuck(ShenhouError):
    """What is due stays due: a job or timer that cannot be run, or makes work for ever."""

    code = "stuck"


class SettableClock(ClockGuard):
    """A scenario's clock leaps by design; the guard against leaping clocks is told so."""

    def jumped(self) -> bool:
        return False


@dataclass
class Desk:
    """The departments' systems: they take a job when they turn to it, and hold it until they answer."""

    runtime: Runtime
    held: dict[str, jobs.Lease] = field(default_factory=dict)

    def hold(self, job_id: str) -> jobs.Lease | None:
        """The lease under which a department's system has the job; it takes a case's jobs of a type in their order."""
        with reading(self.runtime.database) as connection:
            wanted = sa.select(t.jobs.c.type, t.jobs.c.case_id).where(t.jobs.c.id == job_id)
            type_, case_id = connection.execute(wanted).one()
        options: dict[str, Any] = {"limit": 1, "seconds": LEASE_SECONDS, "case_id": case_id}
        while job_id not in self.held:
            taken = jobs.lease(self.runtime, [type_], "department", **options)
            if not taken:
                return None
            self.held[taken[0].job.id] = taken[0]
        return self.held[job_id]

    def forget(self, job_id: str) -> None:
        """After the answer: what failed is taken anew when it is due."""
        self.held.pop(job_id, None)


class Stage:
    """One runtime at play. ``region`` is the six-digit code of the place of the case and of everybody in it."""

    def __init__(self, runtime: Runtime, clock: FixedClock, region: str) -> None:
        self.runtime, self.clock, self.region = runtime, clock, region
        self.desk = Desk(runtime)
        # Its heart is not heard: whoever is killed at play would leave what looks like a worker at work.
        self._worker = Worker(runtime, guard=SettableClock(runtime), beats=False)

    def settle(self) -> None:
        """Run everything that is due: timers, and jobs whose worker is here. Raises ``Stuck``."""
        for _ in range(MOST_ROUNDS):
            if not self._worker.run_once():
                return
        raise Stuck("what is due never ends")

    def pass_time(self, case_id: str, target: datetime) -> Iterator[datetime]:
        """Move the clock to ``target``, stopping wherever something of the case is due. Raises ``Stuck``."""
        for _ in range(MOST_STOPS):
            due = self._next_due(case_id, target)
            if due is None:
                self.clock.move_to(max(target, self.clock.now()))
                self.settle()
                return
            self.clock.move_to(max(due, self.clock.now()))
            self.settle()
            if self._next_due(case_id, self.clock.now()) is not None:
                raise Stuck(f"what is due at {due.isoformat()} stays due")
            yield due
        raise Stuck(f"more than {MOST_STOPS} things are due until {target.isoformat()}")

    def _next_due(self, case_id: str, until: datetime) -> datetime | None:
        own = self.runtime.workers.after_commit()
        timers = sa.select(t.timers.c.due_at).where(t.timers.c.case_id == case_id)
        waiting = sa.select(t.jobs.c.due_at).where(t.jobs.c.case_id == case_id, t.jobs.c.status == "available")
        with reading(self.runtime.database) as connection:
            found = [*connection.execute(timers).scalars()]
            found += connection.execute(waiting.where(t.jobs.c.type.in_(own))).scalars()
        moments = [moment for moment in map(from_text, found) if moment <= until]
        return min(moments, default=None)

    def fill(self, filler: Filler, user_task: Any, given: Mapping[str, Any]) -> dict[str, Any]:
        """Values for an open user task's form. Raises ``Unfillable``."""

        def read(unit: Unit) -> tuple[forms.Form, dict[str, Any], dict[str, str]]:
            row = inbox.lock_open(unit, user_task.id)
            form = unit.release.form(row.form_id)
            return form, inbox.form_context(unit, form, row), _known(unit)

        form, context, known = execute(self.runtime, SYSTEM, read)
        filler.known = {**filler.known, **known}
        return filler.fill(form, context, self.runtime.feel, given)

    def fill_report(self, filler: Filler, pack: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Values for the form of the report of a death, by default one here. Raises ``Unfillable``."""
        with reading(self.runtime.database) as connection:
            release = self.runtime.releases.get(connection, current_release(connection, pack).id)
        context: dict[str, Any] = {"case": {}, "switches": release.switches}
        person = with_provinces(given.get("deceased") or {})
        if self.region:
            here = divisions.province_of(self.region)
            person = {"died_province": here, "registered_province": here} | person
        return filler.fill(release.form("death_report"), context, self.runtime.feel, {**given, "deceased": person})

    def fill_message(self, filler: Filler, case_id: str, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """A payload for a message that has a form; as it was given for any other. Raises ``Unfillable``."""

        def read(unit: Unit) -> tuple[forms.Form | None, dict[str, Any]]:
            unit.lock(case_id)
            declared = unit.release.manifest.messages.get(name)
            form = unit.release.form(declared.form) if declared and declared.form else None
            return form, {"case": unit.facts, "switches": unit.switches}

        form, context = execute(self.runtime, SYSTEM, read)
        return filler.fill(form, context, self.runtime.feel, given) if form else dict(given)

    def group_of(self, user_task: Any) -> str:
        """The first of the groups that may do an open user task."""
        if user_task.candidate_group:
            return str(user_task.candidate_group)
        columns = t.user_task_candidates.c
        mine = sa.select(columns.name).where(columns.user_task_id == user_task.id, columns.kind == "group")
        with reading(self.runtime.database) as connection:
            return str(connection.execute(mine.order_by(columns.name)).scalar() or "nobody")

    def clear(self, case_id: str) -> None:
        """End a case that a scenario has left open, and let the next one be about the same person."""
        with reading(self.runtime.database) as connection:
            status = connection.execute(sa.select(t.cases.c.status).where(t.cases.c.id == case_id)).scalar()
        if status == "open":
            cases.cancel(self.runtime, SYSTEM, case_id, "演练结束")
        with self.runtime.database.connect() as connection, connection.begin():
            connection.execute(d.deceased.update().where(d.deceased.c.case_id == case_id).values(released=True))


def _known(unit: Unit) -> dict[str, str]:
    """What whoever fills in a form has before them: the deceased's bank card, and the certificate."""
    c = d.certificates.c
    numbers = sa.select(c.number).where(c.case_id == unit.case_id, c.kind != "cremation", c.status != "superseded")
    number = unit.connection.execute(numbers.order_by(c.issued_at.desc())).scalar()
    known = {"account_name": (unit.sealed.get("deceased") or {}).get("name"), "voucher_number": number}
    return {name: value for name, value in known.items() if value}
