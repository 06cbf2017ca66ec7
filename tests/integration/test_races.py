"""Many at once, as threads and as processes, on both databases: one of them does it, and everybody is told so.

``SHENHOU_SOAK=1`` plays the sizes that security.md names in rows 8 and 14.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from engine import cases, inbox, prepared, timers, unit
from engine import tables as t
from engine.actors import SYSTEM, Actor
from engine.audit import verify
from engine.clock import to_text
from engine.db import reading
from engine.messages import publish_message
from tests.crash.nursery import Nursery
from tests.integration.conftest import KEYS, World
from tests.integration.racing import complete, run_together

SOAK = os.environ.get("SHENHOU_SOAK") == "1"
ACTORS = 32
TASKS = 200 if SOAK else 5
KEYED = 60 if SOAK else 6
ROUNDS = 100 if SOAK else 5
REVIEW = "start s\nuser a group=clerks\nuser b group=clerks\nend e\ns -> a -> b -> e"
CLERKS = [Actor(f"clerk{number}", frozenset({"clerks"}), "430000") for number in range(8)]
BRANCHES = 6
FAN = "\n".join(
    [
        "start s\nparallel split\nparallel join\nuser close group=clerks\nend e\ns -> split",
        *(f"user u{n} group=clerks\nsplit -> u{n} -> join" for n in range(BRANCHES)),
        "join -> close -> e",
    ]
)
BOUNDARY = """
start s
user a group=clerks
boundary withdrawn on=a message=withdraw
boundary late on=a timeDuration=PT1H
user done group=clerks
user stopped group=clerks
user overdue group=clerks
end e
s -> a -> done -> e
withdrawn -> stopped -> e
late -> overdue -> e
"""
GATEWAY = """
start s
events which
catch paid message=pay
catch refused message=refuse
catch late timeDuration=PT1H
user done group=clerks
user stopped group=clerks
user overdue group=clerks
end e
s -> which
which -> paid -> done -> e
which -> refused -> stopped -> e
which -> late -> overdue -> e
"""


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as program:
        yield program


@pytest.fixture(autouse=True)
def intact(world: World) -> Iterator[None]:
    """After every race the audit chains hold."""
    yield
    with reading(world.runtime.database) as connection:
        assert list(verify(connection, KEYS.audit)) == []


def orders(world: World, **more: Any) -> dict[str, Any]:
    url = world.runtime.database.url.render_as_string(hide_password=False)
    return {"url": url, "now": to_text(world.clock.now()), **more}


def verbs(world: World) -> Counter[str]:
    return Counter(line.verb for line in world.rows(t.audit))


def open_tasks(world: World) -> Counter[str]:
    """How many user tasks are open, by element."""
    return Counter(row.element_id for row in world.rows(t.user_tasks, status="open"))


def start_into(started: list[str], world: World, **options: Any) -> Callable[[], None]:
    """The act of starting a case, whose id goes into ``started``."""
    return lambda: started.append(world.start(**options))


def test_of_many_actors_on_one_user_task_one_succeeds(world: World) -> None:
    world.publish(main=REVIEW)
    for _ in range(TASKS):
        case = world.start()
        outcomes = run_together([complete(world.runtime, world.task("a", case))] * ACTORS)
        assert outcomes == {"done": 1, "Conflict": ACTORS - 1}
        assert world.open(case) == ["b"]


def test_of_many_actors_in_several_processes_one_succeeds(world: World, nursery: Nursery) -> None:
    world.publish(main=REVIEW)
    tasks = [world.task("a", world.start()) for _ in range(TASKS)]
    ends = nursery.run("tests.integration.racing:complete_each", *[orders(world, tasks=tasks, threads=8)] * 4)
    assert [end.code for end in ends] == [0] * 4
    for outcomes in zip(*(end.returned for end in ends), strict=True):
        assert sum(map(Counter, outcomes), Counter()) == {"done": 1, "Conflict": ACTORS - 1}
    assert open_tasks(world) == {"b": TASKS} and verbs(world) == {"start": TASKS, "complete": TASKS}


def test_requests_that_come_many_times_take_effect_once(world: World) -> None:
    world.publish(main=REVIEW)
    for number in range(KEYED):
        started: list[str] = []
        run_together([start_into(started, world, key=f"start {number}")] * 16)
        assert len(started) == 16 and len(set(started)) == 1
        task = world.task("a", started[0])
        assert run_together([complete(world.runtime, task, key=f"complete {number}")] * 16) == {"done": 16}
    assert verbs(world) == {"start": KEYED, "complete": KEYED}


def test_a_key_is_its_actors_own(world: World) -> None:
    world.publish(main=REVIEW)
    started: list[str] = []
    run_together([start_into(started, world, actor=clerk, key="k") for clerk in CLERKS])
    assert len(set(started)) == len(CLERKS)


def test_of_many_clerks_who_claim_a_task_one_holds_it(world: World) -> None:
    world.publish(main=REVIEW)
    for _ in range(ROUNDS):
        task = world.task("a", world.start())
        outcomes = run_together([partial(inbox.claim, world.runtime, clerk, task) for clerk in CLERKS])
        assert outcomes == {"done": 1, "Conflict": len(CLERKS) - 1}


def test_a_case_cancelled_while_it_is_worked_on_has_nothing_left_open(world: World) -> None:
    world.publish(main=REVIEW)
    for _ in range(ROUNDS):
        case = world.start()
        finish = complete(world.runtime, world.task("a", case))
        outcomes = run_together([finish, partial(cases.cancel, world.runtime, SYSTEM, case, "家属撤回"), finish])
        assert outcomes["done"] + outcomes["Conflict"] == 3 and outcomes["done"] in (1, 2)
        assert world.open(case) == [] and world.case(case).status == "cancelled"
        assert world.states() == world.rows(t.user_task_candidates) == []


def test_of_completion_message_and_timer_at_one_boundary_one_wins(world: World) -> None:
    world.publish(main=BOUNDARY)
    for _ in range(ROUNDS):
        case = world.start()
        task = world.task("a", case)
        world.clock.advance(timedelta(hours=2))
        won: list[str] = []

        def finish(task: str = task, won: list[str] = won) -> None:
            complete(world.runtime, task)()
            won.append("done")

        def withdraw(case: str = case, won: list[str] = won) -> None:
            won.extend(["stopped"] * publish_message(world.runtime, SYSTEM, case, "withdraw").delivered)

        def pass_time(won: list[str] = won) -> None:
            won.extend(["overdue"] * timers.fire_due(world.runtime))

        outcomes = run_together([finish, withdraw, pass_time, finish, pass_time])
        assert outcomes["done"] + outcomes["Conflict"] == 5
        assert len(won) == 1 and world.open(case) == won


def test_of_two_messages_and_a_timer_at_one_event_gateway_one_wins(world: World) -> None:
    world.publish(main=GATEWAY)
    for _ in range(ROUNDS):
        case = world.start()
        world.clock.advance(timedelta(hours=2))
        won: list[str] = []

        def pay(case: str = case, won: list[str] = won) -> None:
            won.extend(["done"] * publish_message(world.runtime, SYSTEM, case, "pay").delivered)

        def refuse(case: str = case, won: list[str] = won) -> None:
            won.extend(["stopped"] * publish_message(world.runtime, SYSTEM, case, "refuse").delivered)

        def pass_time(won: list[str] = won) -> None:
            won.extend(["overdue"] * timers.fire_due(world.runtime))

        assert run_together([pay, refuse, pass_time, pay]) == {"done": 4}
        assert len(won) == 1 and world.open(case) == won
        assert world.rows(t.timers, case_id=case) == world.rows(t.message_waits, case_id=case) == []


def test_processes_fire_each_timer_once(world: World, nursery: Nursery) -> None:
    world.publish(main="start s\ncatch wait timeDuration=PT1H\nuser a group=clerks\nend e\ns -> wait -> a -> e")
    started = [world.start() for _ in range(5 * ROUNDS)]
    world.clock.advance(timedelta(hours=2))
    ends = nursery.run("tests.integration.racing:fire_timers", *[orders(world)] * 3)
    assert sum(end.returned for end in ends) == len(started)
    assert open_tasks(world) == {"a": len(started)} and verbs(world)["timer"] == len(started)


def test_worker_processes_share_the_jobs_and_do_none_twice(world: World, nursery: Nursery) -> None:
    world.publish(main="start s\njob push type=push\nuser a group=clerks\nend e\ns -> push -> a -> e")
    started = [world.start() for _ in range(5 * ROUNDS)]
    ends = nursery.run("tests.integration.racing:work_off", *[orders(world)] * 3)
    done = [job for end in ends for job in end.returned]
    assert sorted(done) == sorted(row.id for row in world.rows(t.jobs)) and len(done) == len(started)
    assert {(row.status, row.attempts) for row in world.rows(t.jobs)} == {("completed", 1)}
    assert verbs(world) == {"start": len(started), "job": len(started)}


def test_commands_on_the_branches_of_one_case_all_succeed_and_the_join_fires_once(world: World) -> None:
    world.publish(main=FAN)
    for _ in range(ROUNDS):
        case = world.start()
        tasks = [world.task(f"u{n}", case) for n in range(BRANCHES)]
        assert run_together([complete(world.runtime, task) for task in tasks]) == {"done": BRANCHES}
        assert world.open(case) == ["close"]


def test_processes_on_the_branches_of_one_case_all_succeed_and_the_join_fires_once(
    world: World, nursery: Nursery
) -> None:
    world.publish(main=FAN)
    started = [world.start() for _ in range(ROUNDS)]
    by_process = [[world.task(f"u{n}", case) for case in started] for n in range(BRANCHES)]
    call = "tests.integration.racing:complete_each"
    ends = nursery.run(call, *(orders(world, tasks=tasks, threads=1) for tasks in by_process))
    assert [end.returned for end in ends] == [[{"done": 1}] * ROUNDS] * BRANCHES
    assert open_tasks(world) == {"close": ROUNDS}


# -- negative controls: what holds the actors apart, taken out ---------------------------------------------------------


@pytest.mark.parametrize("schema_url", ["postgresql"], indirect=True)
class TestControls:
    """On SQLite the write lock is taken by BEGIN, and nothing of the engine can be left out."""

    def test_without_the_case_lock_two_get_past_the_check(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        outcomes = self._race_without_lock(world, monkeypatch)
        assert outcomes != {"done": 1, "Conflict": 1}
        assert outcomes == {"done": 1, "IntegrityError": 1}  # the second defence: the audit line's number is taken

    def test_without_both_defences_both_succeed(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(unit.Unit, "_write_audit", lambda *_: None)
        assert self._race_without_lock(world, monkeypatch) == {"done": 2}
        assert open_tasks(world) == {"b": 2}

    @staticmethod
    def _race_without_lock(world: World, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
        world.publish(main=REVIEW)
        task = world.task("a", world.start())
        lock_open, run, both = inbox.lock_open, prepared._execute, threading.Barrier(2)

        def run_unlocked(connection: Any, plan: Any, values: Any) -> Any:
            return run(connection, replace(plan, sql=plan.sql.replace(" FOR UPDATE", "")), values)

        def lock_open_and_wait(*args: Any) -> Any:
            row = lock_open(*args)
            both.wait()
            return row

        monkeypatch.setattr(prepared, "_execute", run_unlocked)
        monkeypatch.setattr(inbox, "lock_open", lock_open_and_wait)
        return run_together([complete(world.runtime, task)] * 2)
