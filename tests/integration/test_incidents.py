"""Incidents on both databases: what fails is held where it stands, and the command that led there is kept."""

from __future__ import annotations

import pytest

from engine import cases
from engine import tables as t
from engine.actors import Actor
from engine.errors import InvalidInput, NotFound
from engine.registry import CaseAccess, Job, worker
from tests.integration.conftest import World

NUMBER = "430103194903074527"


def line(*nodes: str, then: str = "a -> b") -> str:
    """A clerk's task ``a``, then what is under test."""
    return "\n".join(["start s", "user a group=clerks", *nodes, "end e", f"s -> {then} -> e"])


def test_more_failing_steps_than_are_replayed_stop_the_command_and_keep_it(world: World) -> None:
    @worker("boom", in_transaction=True, workers=world.workers)
    def boom(job: Job, case: CaseAccess) -> None:
        raise KeyError("nothing there")

    world.publish(main=line('job b type=boom each="=for i in 1..40 return i" element=n'))
    case = world.start()
    world.complete("a", x="1")
    held = world.rows(t.incidents)
    assert len(held) == 40 and {row.kind for row in held} == {"worker_failed", "limit"}
    assert world.facts(case)["x"] == "1"
    cases.retry_incident(world.runtime, world.actor, next(row.id for row in held if row.kind == "limit"))
    assert len(world.rows(t.incidents, status="open")) == 40


def test_calling_a_process_that_starts_by_message_only_is_an_incident(world: World) -> None:
    late = "start s message=m\nend e\ns -> e"
    world.publish(main=line('call b process="=\\"late\\""'), late=late)
    world.start()
    world.complete("a")
    assert [row.element_id for row in world.rows(t.incidents)] == ["b"]
    with pytest.raises((NotFound, InvalidInput)):
        world.start(process_id="late")


def test_a_loop_over_durations_keeps_them_as_text(world: World) -> None:
    entries = '=[duration(\\"P1D\\"), date and time(\\"2026-11-24T08:00:00+08:00\\")]'
    world.publish(main=line(f'user b group=clerks sequential=true each="{entries}" element=d in:until="=d"'))
    world.start()
    for element in ("a", "b"):
        world.complete(element)
        world.runtime.instances.put("", 0, None)  # type: ignore[arg-type] # nothing of it is in the cache's way
    shown = [row.locals for row in world.rows(t.user_tasks) if row.element_id == "b"]
    assert any('"until":"P1DT0S"' in text for text in shown)
    assert any('"until":"2026-11-24T00:00:00.000000Z"' in text for text in shown)


@pytest.mark.parametrize(
    "node",
    [
        'user b group=clerks each="=case.deceased" element=n',
        'user b group="=case.deceased.number + case.deceased.number + case.deceased.number + case.deceased.numbers"',
        'user b assignee="=case.deceased"',
        'user b group=clerks due="=case.deceased"',
        'catch b timeDate="=case.deceased"',
        'job b type=push retries="=case.deceased.number"',
    ],
)
def test_an_incident_does_not_quote_the_facts(world: World, node: str) -> None:
    world.publish(main=line(node))
    world.start(facts={"deceased": {"number": NUMBER, "numbers": NUMBER * 9}})
    world.complete("a")
    [incident] = world.rows(t.incidents)
    assert NUMBER not in incident.message
    assert all(NUMBER.encode() not in state for state in world.states())


def test_a_mapping_that_cannot_be_read_is_an_incident_not_a_refusal(world: World) -> None:
    world.publish(main=line('user b group=clerks out:v="=no such(x)"'))
    world.start()
    world.complete("a")
    world.complete("b", x="1")
    assert [row.kind for row in world.rows(t.incidents)] == ["feel"]


def test_a_filter_in_an_output_mapping_sees_the_form(world: World) -> None:
    rows = '[{n: 1, kind: \\"urn\\"}, {n: 2, kind: \\"tree\\"}]'
    world.publish(
        main=line(
            f'user b group=clerks out:chosen="={rows}[kind = x][1].n"', 'user c in:shown="=chosen"', then="a -> b -> c"
        )
    )
    world.start()
    world.complete("a")
    world.complete("b", x="tree")
    assert [row.locals for row in world.rows(t.user_tasks, status="open")] == ['{"shown":2}']


def test_another_regions_incident_looks_like_none(world: World) -> None:
    world.publish(main=line('user b group=clerks each="=1" element=n'))
    world.start()
    world.complete("a")
    [incident] = world.rows(t.incidents)
    stranger = Actor("zhao", frozenset({"clerks"}), "520000")
    with pytest.raises(NotFound) as refused:
        cases.retry_incident(world.runtime, stranger, incident.id)
    assert (refused.value.kind, refused.value.key) == ("incident", incident.id)
