"""What several threads or processes do at once in ``test_races``. Each act is told by its outcome's name."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine import cases, db, timers
from engine.actors import SYSTEM
from engine.clock import FixedClock
from engine.errors import ShenhouError
from engine.feel_functions import standard_functions
from engine.registry import CaseAccess, Job, Workers, worker
from engine.runtime import Runtime
from engine.worker import Worker
from tests.integration.conftest import KEYS

Gate = Callable[[], None]


def run_together(acts: Sequence[Callable[[], Any]]) -> Counter[str]:
    """Do all ``acts`` at once, each in a thread of its own; how often each outcome came (see ``outcome_of``)."""
    start, outcomes = threading.Barrier(len(acts)), []

    def run(act: Callable[[], Any]) -> None:
        start.wait()
        outcomes.append(outcome_of(act))

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(outcomes)


def outcome_of(act: Callable[[], Any]) -> str:
    """``done``, or the name of the class of what was raised."""
    try:
        act()
    except (ShenhouError, sa.exc.SQLAlchemyError) as refusal:
        return type(refusal).__name__
    return "done"


def complete(runtime: Runtime, user_task_id: str, key: str | None = None) -> Callable[[], None]:
    """The act of completing a user task."""
    return lambda: cases.complete_user_task(runtime, SYSTEM, user_task_id, {}, key=key)


# -- what a process of its own does: called by the nursery program with orders and a gate to wait at ------------------


def complete_each(orders: Mapping[str, Any], gate: Gate) -> list[dict[str, int]]:
    """One user task after the other, ``threads`` actors on each at once; the outcomes by task."""
    runtime = _open_runtime(orders, Workers())
    gate()
    return [dict(run_together([complete(runtime, task)] * orders["threads"])) for task in orders["tasks"]]


def fire_timers(orders: Mapping[str, Any], gate: Gate) -> int:
    """Fire what is due, batch after batch; how many timers that were."""
    runtime = _open_runtime(orders, Workers())
    gate()
    fired = 0
    while timers.due(runtime):
        fired += timers.fire_due(runtime)
    return fired


def work_off(orders: Mapping[str, Any], gate: Gate) -> list[str]:
    """Be a worker until no job is left; the ids of the jobs that were done here."""
    done: list[str] = []
    workers = Workers()

    @worker("push", workers=workers)
    def push(job: Job, case: CaseAccess) -> None:
        done.append(job.id)

    machine = Worker(_open_runtime(orders, workers), batch=2)
    gate()
    while machine.run_once():
        pass
    return done


def _open_runtime(orders: Mapping[str, Any], workers: Workers) -> Runtime:
    return Runtime(
        db.connect(orders["url"]),
        KEYS,
        clock=FixedClock(orders["now"]),
        workers=workers,
        functions=standard_functions(),
    )
