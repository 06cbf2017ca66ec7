"""Model bombs: diagrams that would run for ever, or grow without end. Each ends at a limit, and can be cancelled.

Source: security.md row 3.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine import cases, timers
from engine import tables as t
from engine.actors import SYSTEM
from engine.delivery import MOST_KEPT
from engine.errors import InvalidInput, LimitExceeded, PackInvalid, RuleViolation
from engine.messages import publish_message
from engine.registry import CaseAccess, Job, worker
from engine.worker import ROUNDS, Worker
from tests.integration.conftest import World, form


def fan(branches: int, *lines: str) -> str:
    """A parallel split into so many branches, each drawn as ``lines`` with its number for ``#``."""
    drawn = [line.replace("#", str(number)) for number in range(branches) for line in lines]
    return "\n".join(["start s", "parallel split", "end e", "s -> split", *drawn])


LOOP = "start s\nexclusive again\n{body}\nend e\ns -> again -> x -> again"
TWO_CALLS = "start s\nparallel p\ncall x process=main\ncall y process=main\nend e\ns -> p\np -> x -> e\np -> y -> e"
BOMBS: dict[str, tuple[str, dict[str, str]]] = {
    "an endless loop": ("steps", {"main": LOOP.format(body="manual x")}),
    "a loop that makes two tokens of one": (
        "steps",
        {"main": "start s\nexclusive again\nparallel x\nend e\ns -> again -> x\nx -> again\nx -> again"},
    ),
    "a loop of calls": (
        "instances",
        {"main": LOOP.format(body="call x process=inner"), "inner": "start s\nend e\ns -> e"},
    ),
    "a process that calls itself": ("depth", {"main": "start s\ncall x process=main\nend e\ns -> x -> e"}),
    "processes that call each other twice": (
        "instances",
        {"main": "start s\ncall x process=other\nend e\ns -> x -> e", "other": TWO_CALLS},
    ),
    "a multi-instance too long": (
        "list entries",
        {"main": 'start s\nuser x group=clerks each="=for i in 1..201 return i"\nend e\ns -> x -> e'},
    ),
    "a multi-instance of calls": (
        "instances",
        {
            "main": 'start s\ncall x process=inner each="=for i in 1..200 return i"\nend e\ns -> x -> e',
            "inner": "start s\nuser a group=clerks\nend e\ns -> a -> e",
        },
    ),
    "a multi-instance in a multi-instance": (
        "instances",
        {
            "main": 'start s\nsub x each="=for i in 1..200 return i"\nstart s2\nuser a group=clerks '
            'each="=for i in 1..200 return i"\nend e2\ns2 -> a -> e2\ndone\nend e\ns -> x -> e'
        },
    ),
    "thousands of branches": ("steps", {"main": fan(2_500, "manual b#", "split -> b# -> e")}),
    "branches that branch": (
        "steps",
        {"main": fan(1_500, "split -> m") + "\nexclusive m\nparallel p\nm -> p\n" + "p -> e\n" * 1_500},
    ),
    "more work than a command may open": ("steps", {"main": fan(1_999, "user u# group=clerks", "split -> u# -> e")}),
    "a growing text": (
        "bytes",
        {
            "main": LOOP.format(
                body='call x process=inner in:t="=\\"身\\" + t + t" out:t="=if t = null then \\"身\\" else t"'
            ),
            "inner": "start s\nend e\ns -> e",
        },
    ),
}


@pytest.fixture(autouse=True)
def bystander(world: World) -> Iterator[None]:
    """Another case that goes on afterwards."""
    world.publish("calm", main="start s\nuser a group=clerks\nend e\ns -> a -> e")
    case = world.start("calm")
    yield
    world.complete("a", case)
    assert world.case(case).status == "completed"


def assert_cancellable(world: World, case: str) -> None:
    cases.cancel(world.runtime, SYSTEM, case, "流程有误")
    active = world.rows(t.process_instances, case_id=case, status="active")
    open_rows = [row for table in (t.user_tasks, t.jobs, t.incidents) for row in world.rows(table, case_id=case)]
    assert active == [] and {row.status for row in open_rows} <= {"cancelled", "completed", "resolved"}
    for table in (t.timers, t.message_waits):
        assert world.rows(table, case_id=case) == []


@pytest.mark.parametrize(("limit", "model"), BOMBS.values(), ids=BOMBS)
def test_a_model_bomb_is_an_incident_at_its_limit(world: World, limit: str, model: dict[str, str]) -> None:
    world.publish(**model)  # type: ignore[arg-type]
    case = world.start()
    incidents = world.rows(t.incidents, case_id=case)
    assert incidents and {row.kind for row in incidents} == {"limit"}
    assert all(limit in row.message for row in incidents)
    cases.retry_incident(world.runtime, SYSTEM, incidents[0].id)
    assert_cancellable(world, case)


def test_an_incident_at_a_limit_can_be_retried_step_by_step(world: World) -> None:
    """Each retry is a command with limits of its own: nothing that a limit stopped is lost."""
    world.publish(
        main='start s\ncall x process=inner each="=for i in 1..60 return i"\nuser z group=clerks\nend e\n'
        "s -> x -> z -> e",
        inner="start s\nend e\ns -> e",
    )
    case = world.start()
    while stopped := world.rows(t.incidents, case_id=case, status="open"):
        cases.retry_incident(world.runtime, SYSTEM, stopped[0].id)
    assert world.open(case) == ["z"]


def test_a_crowd_at_an_inclusive_join_is_counted_once(world: World) -> None:
    elsewhere = "\n".join(f"user v{n} group=clerks\nsplit -> v{n} -> e" for n in range(400))
    world.publish(
        main=fan(400, "split -> j") + f"\ninclusive j\nuser z group=clerks\nj -> z -> e\n{elsewhere}"
        "\nuser last group=clerks\nsplit -> last -> j"
    )
    case = world.start()
    [last] = world.rows(t.user_tasks, element_id="last")
    assert world.rows(t.user_tasks, element_id="z") == world.rows(t.incidents) == []
    cases.complete_user_task(world.runtime, SYSTEM, last.id, {})
    assert len(world.rows(t.user_tasks, element_id="z")) == 1
    assert_cancellable(world, case)


def test_an_inclusive_join_too_wide_is_refused(world: World) -> None:
    world.publish(main=fan(1_200, "manual b#", "split -> b# -> j") + "\ninclusive j\nj -> e")
    with pytest.raises(PackInvalid, match="cut the process up"):
        world.start()


@pytest.mark.parametrize("wait", ["catch x timeDuration=PT0S", "job x type=push"])
def test_a_loop_of_due_work_does_not_keep_a_worker_for_ever(world: World, wait: str) -> None:
    @worker("push", workers=world.workers)
    def push(job: Job, case: CaseAccess) -> None:
        pass

    world.publish(main=LOOP.format(body=wait))
    case = world.start()
    assert Worker(world.runtime, batch=1).run_once() == ROUNDS
    assert len(world.rows(t.heartbeats)) == 1
    assert_cancellable(world, case)


def test_a_reminder_comes_once_a_minute_at_the_most(world: World) -> None:
    for cycle in ("R/PT59S", "R/PT0.000001S", "R999999/PT1S"):
        world.publish(
            main="start s\nuser x group=clerks\nboundary again on=x interrupting=false timeCycle="
            + cycle
            + "\nend e\ns -> x -> e\nagain -> e"
        )
        case = world.start()
        assert [(row.element_id, row.kind) for row in world.rows(t.incidents, case_id=case)] == [("x", "bad_value")]
        assert_cancellable(world, case)


def test_early_messages_do_not_pile_up_without_end(world: World) -> None:
    world.publish(
        main="start s\nuser a group=clerks\nexclusive again\ncatch x message=go\nend e\ns -> a -> again -> x -> again"
    )
    case = world.start()
    for _ in range(MOST_KEPT):
        assert publish_message(world.runtime, SYSTEM, case, "go").kept
    with pytest.raises(LimitExceeded):
        publish_message(world.runtime, SYSTEM, case, "go")
    world.complete("a", case)
    assert {row.status for row in world.rows(t.message_inbox)} == {"delivered"}
    assert publish_message(world.runtime, SYSTEM, case, "go").delivered == 1
    assert_cancellable(world, case)


def test_facts_and_variables_have_a_size(world: World) -> None:
    world.publish(
        main='start s\nuser a group=clerks\nuser x group=clerks in:all="=case.text"\nend e\ns -> a -> x -> e',
        form_plain=form("x"),
    )
    case = world.start(facts={"text": "身后" * 10_000})
    world.complete("a", case)
    [incident] = world.rows(t.incidents, case_id=case)
    assert (incident.element_id, incident.kind) == ("x", "limit") and len(incident.message) < 200
    with pytest.raises(InvalidInput):
        world.start(facts={"text": "身" * 1_000_001})
    with pytest.raises(RuleViolation) as refused:
        world.start(facts={"text": "身" * 400_000})  # 1.2 million bytes
    assert refused.value.rule == "facts_too_large"
    assert_cancellable(world, case)


def test_a_cycle_ends_with_the_calendar(world: World) -> None:
    world.publish(
        main="start s\nuser x group=clerks\nboundary again on=x interrupting=false timeCycle=R/P5000Y\n"
        "user z group=clerks\nend e\ns -> x -> e\nagain -> z -> e"
    )
    case = world.start()
    world.clock.move_to("7026-12-01T00:00:00Z")
    assert timers.fire_due(world.runtime) == 1
    assert world.open(case) == ["x", "z"] and world.rows(t.timers) == []
    assert_cancellable(world, case)
