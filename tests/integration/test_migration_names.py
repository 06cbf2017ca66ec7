"""Moving an open case whose elements have other names, or are other things, in the new release."""

from __future__ import annotations

import pytest

from engine import cases
from engine import tables as t
from engine.actors import SYSTEM
from engine.errors import MigrationRefused
from tests.integration.conftest import World

FORK = """
start s
parallel fork
user a group=clerks
user b group=clerks
parallel join
end e
s -> fork
left: fork -> a
right: fork -> b
from_a: a -> join
from_b: b -> join
join -> e
"""


def refusal(world: World, case: str, release: str, **rename: dict[str, str]) -> list[str]:
    with pytest.raises(MigrationRefused) as refused:
        cases.migrate(world.runtime, SYSTEM, case, release, rename)
    return refused.value.missing


def test_two_elements_may_swap_their_names(world: World) -> None:
    world.publish(main=FORK)
    case = world.start()
    a, b = world.task("a"), world.task("b")
    swapped = world.publish(main=FORK.replace("end e", "end over").replace("-> e", "-> over"))
    cases.migrate(world.runtime, SYSTEM, case, swapped, {"main": {"a": "b", "b": "a"}})
    assert (world.task("b"), world.task("a")) == (a, b)


def test_a_rename_touches_its_own_process_and_what_is_open(world: World) -> None:
    part = "start s\nuser u group=clerks\nboundary late on=u timeDuration=P1D\nend e\nend l\ns -> u -> e\nlate -> l"
    main = (
        "start s\nuser done group=clerks\nparallel p\nuser v group=clerks\nboundary late on=v timeDuration=P1D\nend l\n"
        "call c process=part\nend e\ns -> done -> p\np -> v -> e\np -> c -> e\nlate -> l"
    )
    world.publish(main=main, part=part)
    case = world.start()
    world.complete("done")
    new = world.publish(main=main.replace("done", "opened"), part=part.replace("late", "overdue"))
    renames = {"part": {"late": "overdue"}, "main": {"done": "opened"}}
    cases.migrate(world.runtime, SYSTEM, case, new, renames)
    assert sorted(row.element_id for row in world.rows(t.timers)) == ["late", "overdue"]
    assert [row.element_id for row in world.rows(t.user_tasks, status="completed")] == ["done"]


def test_a_sub_process_in_a_loop_may_be_renamed(world: World) -> None:
    old = """
        start s
        sub box each="=[1, 2]" element=n
        start s2
        sub inner
        start s3
        user u group=clerks
        end e3
        s3 -> u -> e3
        done
        end e2
        s2 -> inner -> e2
        done
        end e
        s -> box -> e
    """
    world.publish(main=old)
    case = world.start()
    new = world.publish(main=old.replace("box", "crate").replace("inner", "core").replace("u ", "v "))
    assert refusal(world, case, new, main={"box": "crate"}) == ["main.box.inner", "main.box.inner/u", "main.box/inner"]
    renames = {"main": {"box": "crate"}, "main.box": {"inner": "core"}, "main.box.inner": {"u": "v"}}
    cases.migrate(world.runtime, SYSTEM, case, new, renames)
    assert world.open(case) == ["v", "v"]
    world.complete("v")
    world.complete("v")
    assert world.case(case).status == "completed"


def test_a_token_at_a_join_needs_the_flow_it_came_by(world: World) -> None:
    world.publish(main=FORK)
    case = world.start()
    world.complete("a")
    new = world.publish(main=FORK.replace("from_a", "by_a"))
    assert refusal(world, case, new) == ["main/from_a"]
    cases.migrate(world.runtime, SYSTEM, case, new, {"main": {"from_a": "by_a"}})
    world.complete("b")
    assert world.case(case).status == "completed"


def test_a_join_that_waited_in_vain_fires_by_the_new_diagram(world: World) -> None:
    third = "exclusive third default=never\nend n\nnever: third -> n\nfrom_third: third -> join : false\nfork -> third"
    world.publish(main=FORK + third)
    case = world.start()
    world.complete("a")
    world.complete("b")
    assert world.case(case).status == "open" and world.open(case) == []
    cases.migrate(world.runtime, SYSTEM, case, world.publish(main=FORK))
    assert world.case(case).status == "completed"


def test_what_waits_must_be_the_same_kind_of_thing(world: World) -> None:
    wait = "start s\n{}\nend e\ns -> c -> e"
    world.publish(main=wait.format("user c group=clerks"))
    case = world.start()
    for other in (
        "job c type=push",
        "sub c\nstart s2\nend e2\ns2 -> e2\ndone",
        'user c group=clerks each="=[1]" element=n',
    ):
        assert refusal(world, case, world.publish(main=wait.format(other))) == ["main/c"]


def test_an_awaited_message_must_be_known(world: World) -> None:
    wait = "start s\ncatch c message=released\nend e\ns -> c -> e"
    world.publish(main=wait)
    case = world.start()
    assert refusal(world, case, world.publish(main=wait.replace("released", "freed"))) == ["message/released"]
