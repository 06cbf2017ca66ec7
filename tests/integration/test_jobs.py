"""Jobs on both databases: leases, retries, errors, incidents, and several workers beside each other."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine import cases, jobs
from engine import tables as t
from engine.actors import SYSTEM, Actor
from engine.clock import to_text
from engine.errors import Conflict, InvalidInput, NotFound, RuleViolation, Unavailable
from engine.registry import CaseAccess, Job, worker
from engine.worker import Worker, run_alone
from tests.integration.conftest import World

PUSH = """
start s
job push type=push in:to="=\\"殡仪馆\\"" out:receipt="=number" retries=2
boundary refused on=push error=unknown_person
user check group=clerks
user done group=clerks
end e
end f
s -> push -> done -> e
refused -> check -> f
"""


def lease_one(world: World, type_: str = "push", owner: str = "w1") -> jobs.Lease:
    [lease] = jobs.lease(world.runtime, [type_], owner)
    return lease


def test_a_job_is_leased_once_and_completed_under_its_lease(world: World) -> None:
    world.publish(main=PUSH)
    case = world.start()
    lease = lease_one(world)
    assert (lease.job.inputs, lease.job.attempt) == ({"to": "殡仪馆"}, 1)
    assert jobs.lease(world.runtime, ["push"], "w2") == []
    with pytest.raises(Conflict):
        jobs.complete(world.runtime, lease.job.id, "0" * 32)
    jobs.complete(world.runtime, lease.job.id, lease.token, {"number": "S-7"}, facts={"push": {"receipt": "S-7"}})
    assert world.open(case) == ["done"] and world.facts(case) == {"push": {"receipt": "S-7"}}
    with pytest.raises(Conflict):
        jobs.complete(world.runtime, lease.job.id, lease.token)
    with pytest.raises(NotFound):
        jobs.complete(world.runtime, "0" * 32, lease.token)


def test_jobs_of_one_case_alone_can_be_leased(world: World) -> None:
    world.publish(main=PUSH)
    world.start()
    second = world.start()
    [lease] = jobs.lease(world.runtime, ["push"], "w1", case_id=second)
    assert lease.job.case_id == second
    assert jobs.lease(world.runtime, ["push"], "w1", case_id=second) == []
    assert len(jobs.lease(world.runtime, ["push"], "w1")) == 1


def test_a_failed_job_waits_longer_each_time_and_ends_in_an_incident(world: World) -> None:
    world.publish(main=PUSH)
    case = world.start()
    lease = lease_one(world)
    jobs.fail(world.runtime, lease.job.id, lease.token, "连接超时")
    assert jobs.lease(world.runtime, ["push"], "w1") == []
    world.clock.advance(timedelta(seconds=jobs.BACK_OFF[0]))
    lease = lease_one(world)
    assert lease.job.attempt == 2
    jobs.fail(world.runtime, lease.job.id, lease.token, "连接超时")
    [incident] = world.rows(t.incidents)
    assert (incident.kind, incident.element_id, incident.message) == ("job_retries_spent", "push", "连接超时")
    assert jobs.lease(world.runtime, ["push"], "w1", now=world.clock.now() + timedelta(days=9)) == []
    cases.retry_incident(world.runtime, SYSTEM, incident.id)
    lease = lease_one(world)
    jobs.complete(world.runtime, lease.job.id, lease.token, {"number": "S-8"})
    assert world.open(case) == ["done"]


def test_a_lost_lease_counts_as_an_attempt_and_reports_under_it_are_refused(world: World) -> None:
    world.publish(main=PUSH)
    world.start()
    lost = lease_one(world)
    world.clock.advance(timedelta(seconds=61))
    assert jobs.reclaim_expired(world.runtime) == 1
    assert jobs.reclaim_expired(world.runtime) == 0
    world.clock.advance(timedelta(minutes=1))
    again = lease_one(world, owner="w2")
    assert again.job.id == lost.job.id and again.token != lost.token
    with pytest.raises(Conflict):
        jobs.complete(world.runtime, lost.job.id, lost.token)
    with pytest.raises(Conflict):
        jobs.extend(world.runtime, lost.job.id, lost.token, 60)
    jobs.extend(world.runtime, again.job.id, again.token, 600)
    world.clock.advance(timedelta(seconds=300))
    assert jobs.reclaim_expired(world.runtime) == 0
    world.clock.advance(timedelta(seconds=301))
    assert jobs.reclaim_expired(world.runtime) == 1
    assert [row.kind for row in world.rows(t.incidents)] == ["job_retries_spent"]


def test_an_error_thrown_on_a_job_goes_to_its_boundary_or_becomes_an_incident(world: World) -> None:
    world.publish(main=PUSH)
    case = world.start()
    lease = lease_one(world)
    jobs.throw_error(world.runtime, lease.job.id, lease.token, "unknown_person", "查无此人")
    assert world.open(case) == ["check"]
    other = world.start()
    lease = lease_one(world)
    jobs.throw_error(world.runtime, lease.job.id, lease.token, "no_such_code")
    [incident] = world.rows(t.incidents, case_id=other)
    assert (incident.kind, incident.element_id) == ("uncaught_error", "push")
    assert sorted(row.status for row in world.rows(t.jobs)) == ["thrown", "thrown"]


def test_retrying_an_uncaught_error_opens_the_job_anew(world: World) -> None:
    timed = PUSH + "boundary late on=push timeDuration=P1D\nlate -> f\n"
    world.publish(main=timed)
    case = world.start()
    lease = lease_one(world)
    jobs.throw_error(world.runtime, lease.job.id, lease.token, "no_such_code")
    [incident] = world.rows(t.incidents)
    cases.retry_incident(world.runtime, SYSTEM, incident.id)
    assert len(world.rows(t.timers)) == 1
    again = lease_one(world)
    assert again.job.id == lease.job.id
    jobs.complete(world.runtime, again.job.id, again.token, {"number": "S-1"})
    assert world.open(case) == ["done"] and world.rows(t.timers) == []


def test_the_worker_runs_what_is_registered(world: World) -> None:
    seen: list[tuple[str, int]] = []

    @worker("push", outputs=("number",), errors=("unknown_person",), workers=world.workers)
    def push(job: Job, case: CaseAccess) -> dict[str, Any]:
        assert case.connection is None
        seen.append((job.id, job.attempt))
        if len(seen) == 1:
            raise Unavailable("平台无响应")
        if len(seen) == 3:
            raise RuleViolation("unknown_person", "查无此人")
        case.write_facts({"receipt": "S-9"}, "push")
        return {"number": "S-9", "stray": "dropped"}

    world.publish(main=PUSH)
    first = world.start()
    machine = Worker(world.runtime, guard=Calm(world.runtime))
    assert machine.run_once() == 1
    assert machine.run_once() == 0
    world.clock.advance(timedelta(minutes=1))
    machine.run_once()
    assert world.open(first) == ["done"] and world.facts(first) == {"push": {"receipt": "S-9"}}
    assert seen[0][0] == seen[1][0] and [attempt for _, attempt in seen] == [1, 2]
    second = world.start()
    machine.run_once()
    assert world.open(second) == ["check"]


def test_a_crashing_worker_spends_its_retries(world: World) -> None:
    @worker("push", workers=world.workers)
    def push(job: Job, case: CaseAccess) -> None:
        raise KeyError("编程错误")

    world.publish(main=PUSH)
    world.start()
    machine = Worker(world.runtime, guard=Calm(world.runtime))
    for _ in range(4):
        machine.run_once()
        world.clock.advance(timedelta(hours=1))
    assert [(row.attempts, row.status) for row in world.rows(t.jobs)] == [(2, "dead")]
    assert len(world.rows(t.incidents)) == 1


def test_beside_each_other_workers_share_the_jobs_and_do_none_twice(world: World) -> None:
    done: list[str] = []

    @worker("push", outputs=("number",), workers=world.workers)
    def push(job: Job, case: CaseAccess) -> dict[str, Any]:
        done.append(job.id)
        return {"number": "S"}

    world.publish(main=PUSH)
    started = [world.start() for _ in range(24)]
    machines = [Worker(world.runtime, guard=Calm(world.runtime), batch=3) for _ in range(6)]
    threads = [threading.Thread(target=machine.run_once) for machine in machines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == len(set(done)) == len(started)
    assert {row.status for row in world.rows(t.jobs)} == {"completed"}


class Calm:
    """A guard for tests, whose clock does jump."""

    def __init__(self, runtime: object) -> None:
        pass

    def jumped(self) -> bool:
        return False


def test_another_regions_job_looks_like_none(world: World) -> None:
    world.publish(main=PUSH)
    world.start()
    [lease] = jobs.lease(world.runtime, ["push"], "w")
    with pytest.raises(NotFound) as refused:
        jobs.complete(world.runtime, lease.job.id, lease.token, actor=Actor("zhao", region="520000"))
    assert (refused.value.kind, refused.value.key) == ("job", lease.job.id)


def test_a_lease_extended_while_it_is_taken_back_is_kept(world: World) -> None:
    world.publish(main=PUSH)
    world.start()
    jobs.lease(world.runtime, ["push"], "w", seconds=60)
    world.clock.advance(timedelta(minutes=2))
    taken: list[int] = []
    reclaim = threading.Thread(target=lambda: taken.append(jobs.reclaim_expired(world.runtime)))
    with world.runtime.database.begin() as connection:
        until = to_text(world.clock.now() + timedelta(minutes=2))
        connection.execute(t.jobs.update().values(lease_until=until))  # as ``extend`` does, not yet committed
        reclaim.start()
        while connection.dialect.name == "postgresql" and not connection.execute(ONE_WAITS).scalar():
            connection.execute(sa.text("SELECT pg_stat_clear_snapshot()"))
    reclaim.join()
    assert taken == [0]
    assert [row.status for row in world.rows(t.jobs)] == ["leased"]


def test_the_variables_of_an_uncaught_error_stay_out_of_the_state(world: World) -> None:
    world.publish(main=PUSH.replace("on=push error=unknown_person", 'on=push error=unknown_person out:reason="=why"'))
    for code, why in (("other", "黄䶮"), ("unknown_person", "查无此人")):
        world.start()
        [lease] = jobs.lease(world.runtime, ["push"], "w")
        values = {"why": why, "number": "430103194903074527"}
        jobs.throw_error(world.runtime, lease.job.id, lease.token, code, variables=values)
    kept = b"".join(world.states())
    assert "查无此人".encode() in kept
    assert "黄䶮".encode() not in kept and b"430103194903074527" not in kept


def test_a_report_that_fails_does_not_cost_the_other_jobs_of_the_batch(world: World) -> None:
    done: list[str] = []

    @worker("push", outputs=("number",), workers=world.workers)
    def push(job: Job, case: CaseAccess) -> None:
        done.append(job.id)

    world.publish(main=PUSH)
    for _ in range(3):
        world.start()
    spoilt = min(world.rows(t.jobs), key=lambda row: (row.due_at, row.id))
    world.spoil_state(spoilt.instance_id)
    Worker(world.runtime, guard=Calm(world.runtime)).run_once()
    assert len(done) == 3
    assert Counter(row.status for row in world.rows(t.jobs)) == {"completed": 2, "leased": 1}


def test_a_worker_alone_outlives_a_round_that_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = iter([OSError("the database is starting"), 0, KeyboardInterrupt()])

    def run_once(_: Worker) -> int:
        outcome = next(rounds)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    monkeypatch.setattr(Worker, "run_once", run_once)
    with pytest.raises(KeyboardInterrupt):
        run_alone(world.runtime, 0)


ONE_WAITS = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


def test_of_a_declared_job_only_declared_results_of_their_type_are_taken(world: World) -> None:
    world.publish(main=PUSH, jobs={"push": {"description": "推送", "inputs": ["to"], "outputs": {"number": "string"}}})
    case = world.start()
    lease = lease_one(world)
    with pytest.raises(InvalidInput) as refused:
        jobs.complete(world.runtime, lease.job.id, lease.token, {"number": 7})
    assert set(refused.value.fields) == {"number"}
    jobs.complete(world.runtime, lease.job.id, lease.token, {"number": "HZ-7", "id_number": "430103194903074527"})
    assert world.open(case) == ["done"]
    assert all(b"430103194903074527" not in state for state in world.states())
