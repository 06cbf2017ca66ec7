"""Moving an open case to another release: whole or not at all."""

from __future__ import annotations

import pytest

from engine import cases, jobs
from engine import tables as t
from engine.actors import SYSTEM
from engine.errors import Conflict, MigrationRefused, NotFound
from tests.integration.conftest import World, form

OLD = """
start s
user a group=clerks out:x="=x"
sub box
start s2
user b group=clerks
boundary late on=b timeDuration=P3D
end e2
end l2
s2 -> b -> e2
late -> l2
done
job c type=push
end e
s -> a -> box -> c -> e
"""


def test_a_case_goes_on_where_it_stood(world: World) -> None:
    old = world.publish(main=OLD)
    case = world.start()
    world.complete("a", x="1")
    new = world.publish(
        main=OLD.replace("job c type=push", "user check group=clerks\njob c type=push2").replace(
            "-> c ->", "-> check -> c ->"
        )
    )
    task, draft = world.task("b"), world.rows(t.timers)
    cases.migrate(world.runtime, SYSTEM, case, new)
    assert world.task("b") == task and world.rows(t.timers) == draft  # the task and its running timer stay
    world.complete("b")
    assert world.open(case) == ["check"]
    assert world.case(case).release_id == new != old
    world.complete("check")
    assert [row.type for row in world.rows(t.jobs)] == ["push2"]
    other = world.start()
    assert world.case(other).release_id == new


def test_elements_may_be_renamed(world: World) -> None:
    world.publish(main=OLD)
    case = world.start()
    world.complete("a", x="1")
    renamed = world.publish(
        main=OLD.replace("user b ", "user verify ").replace("on=b", "on=verify").replace("-> b ->", "-> verify ->")
    )
    with pytest.raises(MigrationRefused) as refused:
        cases.migrate(world.runtime, SYSTEM, case, renamed)
    assert refused.value.missing == ["main.box/b"]
    cases.migrate(world.runtime, SYSTEM, case, renamed, {"main.box": {"b": "verify"}})
    assert world.open(case) == ["verify"]
    world.complete("verify")
    [lease] = jobs.lease(world.runtime, ["push"], "w")
    jobs.complete(world.runtime, lease.job.id, lease.token)
    assert world.case(case).status == "completed"


def test_what_cannot_move_is_listed_and_left_alone(world: World) -> None:
    world.publish(main=OLD.replace("user b ", "user b form=special "), form_special=form("x"))
    case = world.start()
    world.complete("a", x="1")
    before, states = world.case(case), world.states()
    del world.packs["pack"]["forms/special.form"]
    poorer = world.publish(main="start s\nuser a group=clerks\nend e\ns -> a -> e")
    with pytest.raises(MigrationRefused) as refused:
        cases.migrate(world.runtime, SYSTEM, case, poorer)
    assert refused.value.missing == ["form/special", "main.box", "main.box/b", "main.box/late", "main/box"]
    assert world.case(case) == before and world.states() == states
    with pytest.raises(NotFound):
        cases.migrate(world.runtime, SYSTEM, case, "f" * 64)
    cases.cancel(world.runtime, SYSTEM, case, "试验结束")
    with pytest.raises(Conflict):
        cases.migrate(world.runtime, SYSTEM, case, poorer)
