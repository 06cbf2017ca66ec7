"""Who finds a user task and may do it: one group, several groups, named people."""

from __future__ import annotations

import pytest

from engine import cases, inbox
from engine import tables as t
from engine.actors import Actor
from engine.errors import NotFound
from tests.integration.conftest import World

CLERK = Actor("wang", frozenset({"clerks", "night_shift"}), "430000")
POLICE = Actor("li", frozenset({"police"}), "430000")
NAMED = Actor("zhao", frozenset(), "430000")
OTHER = Actor("sun", frozenset({"archive"}), "430000")


@pytest.mark.parametrize(
    ("assignment", "may", "rows"),
    [
        ("group=clerks", {"wang"}, 0),
        ("group=clerks,clerks", {"wang"}, 0),
        ("group=clerks,police", {"wang", "li"}, 2),
        ("group=clerks users=zhao", {"wang", "zhao"}, 2),
        ("users=zhao", {"zhao"}, 1),
    ],
)
def test_candidates_alone_find_a_task_and_may_do_it(world: World, assignment: str, may: set[str], rows: int) -> None:
    world.publish(main=f"start s\nuser a {assignment}\nend e\ns -> a -> e")
    world.start()
    user_task = world.task("a")
    assert len(world.rows(t.user_task_candidates)) == rows
    for actor in (OTHER, CLERK, POLICE, NAMED):
        found = [row.id for row in inbox.list_open(world.runtime, actor)]
        assert found == ([user_task] if actor.id in may else [])
        if actor.id not in may:
            with pytest.raises(NotFound):
                inbox.claim(world.runtime, actor, user_task)
    [doer, *_] = [actor for actor in (NAMED, POLICE, CLERK) if actor.id in may]
    cases.complete_user_task(world.runtime, doer, user_task, {})
    assert world.rows(t.user_task_candidates) == []
    assert inbox.list_open(world.runtime, doer) == []


def test_a_queue_shows_the_tasks_of_its_group(world: World) -> None:
    nodes = "user a group=clerks\nuser b group=clerks,police\nuser c group=police"
    world.publish(main=f"start s\nparallel all\n{nodes}\nend e\ns -> all -> a -> e\nall -> b\nall -> c")
    world.start()
    queue = {
        group: [row.element_id for row in inbox.list_open(world.runtime, Actor("x", unbounded=True), query)]
        for group in ("clerks", "police", "archive")
        if (query := inbox.Query(group=group))
    }
    assert {group: sorted(found) for group, found in queue.items()} == {
        "clerks": ["a", "b"],
        "police": ["b", "c"],
        "archive": [],
    }
