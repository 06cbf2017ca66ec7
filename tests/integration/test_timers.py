"""Timers on both databases: fired once, in order, and not at all when the clock cannot be trusted."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from engine import cases, timers
from engine import tables as t
from engine.actors import SYSTEM
from engine.errors import Conflict
from engine.worker import ClockGuard, Worker, start_embedded
from tests.integration.conftest import World
from tests.integration.test_jobs import Calm

DEADLINE = """
start s
user a group=clerks due="=today() + duration(\\"P2D\\")"
boundary remind on=a interrupting=false timeCycle=R2/P1D
boundary late on=a timeDuration=P3D
user r group=clerks
user l group=supervisors
end e
s -> a -> e
remind -> r -> e
late -> l -> e
"""


def test_timers_fire_when_they_are_due_and_once(world: World) -> None:
    world.publish(main=DEADLINE)
    case = world.start()
    assert timers.fire_due(world.runtime) == 0
    world.clock.advance(timedelta(days=1))
    assert timers.fire_due(world.runtime) == 1
    assert timers.fire_due(world.runtime) == 0
    assert world.open(case) == ["a", "r"]
    world.clock.advance(timedelta(days=3))
    assert timers.fire_due(world.runtime) == 2
    assert world.open(case) == ["l", "r", "r"] and world.rows(t.timers) == []


def test_a_task_done_after_its_deadline_but_before_the_timer_ran_wins(world: World) -> None:
    world.publish(main=DEADLINE)
    case = world.start()
    world.clock.advance(timedelta(days=30))
    world.complete("a", case)
    assert timers.fire_due(world.runtime) == 0
    assert world.case(case).status == "completed"


def test_a_due_date_without_a_time_means_the_end_of_that_day(world: World) -> None:
    world.publish(main=DEADLINE)
    world.start()
    assert world.rows(t.user_tasks)[0].due_at == "2026-11-25T15:59:59.000000Z"


def test_several_pollers_fire_each_timer_once(world: World) -> None:
    world.publish(main="start s\ncatch wait timeDuration=PT1H\nuser a group=clerks\nend e\ns -> wait -> a -> e")
    started = [world.start() for _ in range(20)]
    world.clock.advance(timedelta(hours=2))
    counts: list[int] = []
    threads = [threading.Thread(target=lambda: counts.append(timers.fire_due(world.runtime))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == len(started) == len(world.rows(t.user_tasks))


def test_row_13_a_bad_timer_is_an_incident_where_it_stands_and_nothing_is_stuck(world: World) -> None:
    world.publish(
        main='start s\nuser a group=clerks out:span="=x"\ncatch wait timeDuration="=span"\nend e\ns -> a -> wait -> e'
    )
    case = world.start()
    world.complete("a", x="tomorrow")
    [incident] = world.rows(t.incidents)
    assert (incident.element_id, incident.kind) == ("wait", "bad_value")
    with pytest.raises(Conflict):
        cases.cancel(world.runtime, SYSTEM, _cancelled(world, case), "第二次")
    assert world.rows(t.incidents)[0].status == "cancelled"


def _cancelled(world: World, case: str) -> str:
    cases.cancel(world.runtime, SYSTEM, case, "试验结束")
    return case


def test_a_clock_that_jumps_stops_the_worker(world: World) -> None:
    world.publish(main=DEADLINE)
    world.start()
    machine = Worker(world.runtime, guard=ClockGuard(world.runtime))
    assert machine.run_once() == 0
    world.clock.advance(timedelta(days=2))
    assert machine.run_once() == 0
    assert len(world.rows(t.timers)) == 2 and "clock" in world.rows(t.heartbeats)[0].note
    assert Worker(world.runtime, guard=Calm(world.runtime)).run_once() == 1
    assert min(row.note for row in world.rows(t.heartbeats)) == ""


def test_a_worker_that_ends_in_order_leaves_no_heartbeat(world: World) -> None:
    machine = Worker(world.runtime, guard=Calm(world.runtime))
    machine.run_once()
    assert len(world.rows(t.heartbeats)) == 1
    machine.retire()
    assert world.rows(t.heartbeats) == []
    scheduler = start_embedded(world.runtime, 0.05)
    scheduler.get_job("worker").func()
    scheduler.shutdown()
    assert world.rows(t.heartbeats) == []


def test_old_keys_and_heartbeats_are_dropped(world: World) -> None:
    world.publish(main=DEADLINE)
    machine = Worker(world.runtime, guard=Calm(world.runtime))
    world.start(key="k")
    machine.run_once()
    Worker(world.runtime, guard=Calm(world.runtime)).run_once()
    assert len(world.rows(t.heartbeats)) == 2
    world.clock.advance(timedelta(days=8))
    machine.run_once()
    assert world.rows(t.idempotency_keys) == [] and len(world.rows(t.heartbeats)) == 1


def test_a_timer_that_cannot_be_fired_does_not_stop_the_others(world: World) -> None:
    world.publish(main=DEADLINE)
    world.start()
    world.start()
    spoilt = min(world.rows(t.timers), key=lambda row: (row.due_at, row.id))
    world.spoil_state(spoilt.instance_id)
    world.clock.advance(timedelta(days=1))
    assert timers.fire_due(world.runtime) == 1
