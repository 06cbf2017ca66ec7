"""One life of a process: it opens the database, takes up what its predecessor left, and works until all is done."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from engine import db, jobs, timers
from engine import tables as t
from engine.clock import FixedClock
from engine.feel import Feel
from engine.feel_functions import standard_functions
from engine.registry import CaseAccess, Job, Workers, worker
from engine.runtime import Runtime
from engine.unit import Unit
from engine.worker import Worker
from tests.crash import variants
from tests.crash.diary import Diary, Receiver, read_diary
from tests.crash.points import Fuse, lay
from tests.integration.conftest import KEYS

BEGINNING = datetime(2026, 11, 23, 1, tzinfo=UTC)
BETWEEN_LIVES = timedelta(hours=8)  # longer than any lease and any back-off
BETWEEN_ROUNDS = timedelta(minutes=20)
ROUNDS = 60  # far more than the work can take


WARM = Feel()
WARM.evaluate("1 + 1", {})  # builds its sandbox, once for all lives


class Calm:
    """A guard for a clock that does jump, from life to life."""

    def jumped(self) -> bool:
        return False


def live(orders: Mapping[str, Any], gate: Callable[[], None]) -> dict[str, int]:
    """Work the cases of ``orders`` to their end, and say how often each point was passed.

    Orders are the database's ``url``, the ``folder`` of the diaries, the ``name`` of the client and the ``cases`` that
    it works, the number of this ``life``, the ``point`` to die at when it is passed for the ``nth`` time (counted from
    the first push on unless it is ``armed``), and a wrong ``variant`` or none.
    """
    folder = Path(orders["folder"])
    clock = FixedClock(BEGINNING + BETWEEN_LIVES * int(orders["life"]))
    fuse, workers = Fuse(orders["point"], orders["nth"], armed=orders["armed"]), Workers()
    database = db.connect(orders["url"])
    runtime = Runtime(database, KEYS, clock=clock, workers=workers, functions=standard_functions())
    runtime.feel = WARM
    WARM._sandboxes._process = os.getpid()  # it would build another after a fork, which takes half a life
    diary, receiver = folder / f"client {orders['name']}", Receiver(folder / "received")
    variants.apply(orders["variant"], workers, receiver, fuse)
    _register_workers(workers, receiver, fuse)
    lay(fuse, database)
    _write_reports(Diary(folder / f"worker {orders['name']}"))
    client = variants.client_class(orders["variant"])(runtime, Diary(diary), read_diary(diary), fuse)
    machine = Worker(runtime, guard=Calm(), batch=3)  # type: ignore[arg-type]
    gate()
    client.ask_again()
    for _ in range(ROUNDS):
        unfinished = [number for number in orders["cases"] if not client.is_done(number)]
        if not unfinished:
            return dict(fuse.passes)
        for number in unfinished:
            client.work(number)
        machine.run_once()
        clock.advance(BETWEEN_ROUNDS)
    raise AssertionError(f"cases {unfinished} do not end; incidents: {_incidents(database)}")


def _incidents(database: sa.Engine) -> list[str]:
    with db.reading(database) as connection:
        rows = connection.execute(sa.select(t.incidents).where(t.incidents.c.status == "open")).all()
    return [f"{row.case_id} {row.element_id} {row.kind}: {row.message}" for row in rows]


def _register_workers(workers: Workers, receiver: Receiver, fuse: Fuse) -> None:
    @worker("stamp", in_transaction=True, workers=workers)
    def stamp(job: Job, case: CaseAccess) -> None:
        case.write_facts({"stamps": case.facts.get("stamps", 0) + 1})

    if workers.find("push"):
        return

    @worker("push", outputs=("receipt",), workers=workers)
    def push(job: Job, case: CaseAccess) -> dict[str, Any]:
        fuse.pass_by("before_effect")
        receipt = receiver.push(job.id, job.case_id, job.element_id)
        fuse.arm()
        fuse.pass_by("effect_done")
        case.write_facts({job.element_id: receipt}, "receipts")
        return {"receipt": receipt}


def _write_reports(diary: Diary) -> None:
    """Note in ``diary`` each job and each timer that the engine has told its worker to be done."""
    complete, fire = jobs.complete, timers._fire
    execute = getattr(timers, "execute")  # noqa: B009 - with a fuse around it already
    firing: list[Any] = []

    def complete_and_note(runtime: Runtime, job_id: str, *args: Any, **kwargs: Any) -> None:
        complete(runtime, job_id, *args, **kwargs)
        diary.write(job=job_id)

    def fire_and_keep(unit: Unit, row: Any) -> bool:
        firing[:] = [row]
        return fire(unit, row)

    def execute_and_note(*args: Any, **kwargs: Any) -> Any:
        fired = execute(*args, **kwargs)
        if fired:
            [row] = firing
            diary.write(timer=row.id, case=row.case_id, element=row.element_id, due=row.due_at)
        return fired

    setattr(jobs, "complete", complete_and_note)  # noqa: B010 - the type checker knows that this is no assignment
    setattr(timers, "_fire", fire_and_keep)  # noqa: B010
    setattr(timers, "execute", execute_and_note)  # noqa: B010
