"""Messages on both databases: delivered, starting, early, and never to a stranger."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import tables as t
from engine.actors import SYSTEM, Actor
from engine.cases import cancel
from engine.delivery import MOST_KEPT
from engine.errors import Conflict, LimitExceeded, NotFound
from engine.messages import Outcome, publish_message
from tests.integration.conftest import World

RELEASE = """
start s
user a group=clerks out:key="=x"
catch wait message=released key="=key" out:by="=officer"
user b group=clerks
end e
s -> a -> wait -> b -> e
"""
REVIEW = """
start referred message=referred out:by="=hospital"
user review group=police
end e
referred -> review -> e
"""


def test_a_message_reaches_the_wait_with_its_key(world: World) -> None:
    world.publish(main=RELEASE)
    case = world.start()
    world.complete("a", x="K1")
    assert publish_message(world.runtime, SYSTEM, case, "released", correlation_key="K2").kept
    outcome = publish_message(world.runtime, SYSTEM, case, "released", {"officer": "陈警官"}, correlation_key="K1")
    assert outcome == Outcome(delivered=1)
    assert world.open(case) == ["b"]


def test_an_early_message_waits_for_its_receiver(world: World) -> None:
    world.publish(main=RELEASE)
    case = world.start()
    assert publish_message(world.runtime, SYSTEM, case, "released", {"officer": "陈"}, correlation_key="K1").kept
    [kept] = world.rows(t.message_inbox)
    assert "陈".encode() not in bytes(kept.payload)
    world.complete("a", x="K1")
    assert world.open(case) == ["b"]
    [row] = world.rows(t.message_inbox)
    assert (row.status, bytes(row.payload)) == ("delivered", b"")


def test_an_early_message_expires(world: World) -> None:
    world.publish(main=RELEASE)
    case = world.start()
    publish_message(world.runtime, SYSTEM, case, "released", correlation_key="K1", keep=timedelta(days=1))
    world.clock.advance(timedelta(days=2))
    world.complete("a", x="K1")
    assert world.open(case) == []


def test_a_start_message_opens_another_instance_even_on_a_completed_case(world: World) -> None:
    world.publish(main="start s\nuser a group=clerks\nend e\ns -> a -> e", police_review=REVIEW)
    case = world.start()
    started = publish_message(world.runtime, SYSTEM, case, "referred", {"hospital": "湘雅医院"}).started
    assert started and world.open(case) == ["a", "review"]
    world.complete("review")
    assert world.case(case).status == "open"
    world.complete("a")
    assert world.case(case).status == "completed"
    publish_message(world.runtime, SYSTEM, case, "referred")
    assert world.case(case).status == "open" and world.open(case) == ["review"]


def test_a_case_can_start_by_message(world: World) -> None:
    world.publish(main="start s\nuser a group=clerks\nend e\ns -> a -> e", police_review=REVIEW)
    case = world.start(message="referred", payload={"hospital": "湘雅医院"})
    assert world.open(case) == ["review"]
    with pytest.raises(NotFound):
        world.start(message="unheard_of")


def test_every_instance_that_waits_gets_it_once(world: World) -> None:
    twice = """
        start s
        parallel p
        catch m1 message=paper
        catch m2 message=paper
        end e
        end f
        s -> p
        p -> m1 -> e
        p -> m2 -> f
    """
    other = "start begun message=begun\ncatch m3 message=paper\nend e\nbegun -> m3 -> e"
    world.publish(main=twice, other=other)
    case = world.start()
    publish_message(world.runtime, SYSTEM, case, "begun")
    assert publish_message(world.runtime, SYSTEM, case, "paper") == Outcome(delivered=2)
    assert publish_message(world.runtime, SYSTEM, case, "paper") == Outcome(delivered=1)
    assert world.case(case).status == "completed"


def test_what_cannot_be_meant_is_refused(world: World) -> None:
    world.publish(main=RELEASE)
    case = world.start()
    with pytest.raises(NotFound):
        publish_message(world.runtime, SYSTEM, case, "unheard_of")
    with pytest.raises(NotFound):
        publish_message(world.runtime, Actor("sys", region="520000"), case, "released")
    world.complete("a", x="K1")
    publish_message(world.runtime, SYSTEM, case, "released", correlation_key="K1")
    world.complete("b")
    with pytest.raises(Conflict):
        publish_message(world.runtime, SYSTEM, case, "released")


def test_a_message_sent_twice_with_one_key_counts_once(world: World) -> None:
    world.publish(main=RELEASE)
    case = world.start()
    for _ in range(2):
        outcome = publish_message(world.runtime, SYSTEM, case, "released", correlation_key="K1", key="m-1")
        assert outcome.kept
    assert len(world.rows(t.message_inbox)) == 1


def test_messages_that_have_expired_leave_room_for_others(world: World) -> None:
    world.publish(main=RELEASE)
    case = world.start()
    for _ in range(MOST_KEPT):
        publish_message(world.runtime, SYSTEM, case, "released", keep=timedelta(hours=1))
    with pytest.raises(LimitExceeded):
        publish_message(world.runtime, SYSTEM, case, "released")
    world.clock.advance(timedelta(days=1))
    assert publish_message(world.runtime, SYSTEM, case, "released").kept


def test_no_message_waits_for_a_cancelled_case(world: World) -> None:
    world.publish(main=RELEASE)
    case = world.start()
    publish_message(world.runtime, SYSTEM, case, "released")
    cancel(world.runtime, SYSTEM, case, "家属撤回")
    assert [row.status for row in world.rows(t.message_inbox)] == ["expired"]


@pytest.mark.parametrize("starts", [False, True])
def test_a_payload_stays_out_of_the_state_even_where_it_is_stopped(world: World, starts: bool) -> None:
    event = 'message=released out:v="=for i in 1..300 return officer"'
    nodes = f"start s {event}" if starts else f"start s\ncatch c {event}"
    world.publish(main=f"{nodes}\nuser a group=clerks\nend e\ns -> {'' if starts else 'c -> '}a -> e")
    payload = {"officer": "覃", "number": "430103194903074527"}
    if starts:
        world.start(message="released", payload=payload)
    else:
        publish_message(world.runtime, SYSTEM, world.start(), "released", payload)
    assert [row.kind for row in world.rows(t.incidents)] == ["limit"]
    [state] = world.states()
    assert "覃".encode() in state and b"430103194903074527" not in state
