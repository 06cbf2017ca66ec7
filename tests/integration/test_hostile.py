"""Hostile FEEL in every place that a pack has for it: an incident or a clear error, and everything else goes on.

Source: security.md rows 1 and 3. ``SHENHOU_SOAK=1`` puts every expression in every place.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import count, cycle, product
from typing import Any

import pytest

from engine import cases, jobs
from engine import tables as t
from engine.actors import SYSTEM
from engine.bpmn import Limits
from engine.errors import FeelError, LimitExceeded
from engine.feel import Feel
from engine.feel_functions import standard_functions
from engine.messages import publish_message
from tests.integration.conftest import World
from tests.integration.hostile import (
    BEYOND_X,
    BOMBS,
    CALLED,
    DECISION_PLACES,
    FORM_PLACES,
    ODDITIES,
    PLACES,
    place_in_decision,
    place_in_diagram,
    place_in_form,
)

WITHIN = {name: bomb for name, bomb in BOMBS.items() if name != "nesting"}
"""A test says yes or no, and how deep its value is nested never leaves FEEL."""
SOAK = os.environ.get("SHENHOU_SOAK") == "1"


def spread(world: World, places: Sequence[str], expressions: dict[str, str]) -> list[tuple[str, str]]:
    """Every place with every expression; without a soak half of the places on each database, with one of them each."""
    if SOAK:
        return list(product(places, expressions))
    first = world.runtime.database.dialect.name == "sqlite"
    return list(zip(places[first::2], cycle(expressions), strict=False))


@pytest.fixture
def strict(world: World) -> World:
    """A world in which a bomb goes off soon."""
    world.runtime.feel = Feel(standard_functions(), seconds=0.02, memory_bytes=16 << 20)
    return world


@pytest.fixture(autouse=True)
def bystander(world: World) -> Iterator[None]:
    """Another case, which nothing of it may touch, and which goes on afterwards."""
    world.publish("calm", main='start s\nuser a group=clerks out:n="=count([1, 2])"\nend e\ns -> a -> e')
    case = world.start("calm")
    before = world.case(case), world.rows(t.user_tasks, case_id=case), world.rows(t.audit, case_id=case)
    yield
    assert before == (world.case(case), world.rows(t.user_tasks, case_id=case), world.rows(t.audit, case_id=case))
    world.complete("a", case)
    assert world.case(case).status == "completed"


def start_at(world: World, place: str, feel: str) -> str:
    """A case that has come to the expression at ``place``."""
    parts: dict[str, Any] = {place: place_in_diagram(place, feel), "inner": CALLED}
    world.publish("hostile", **parts)
    case = world.start("hostile", process_id=place)
    if place == "user_output":
        world.complete("x", case)
    if place == "job_output":
        [lease] = jobs.lease(world.runtime, ["push"], "worker")
        jobs.complete(world.runtime, lease.job.id, lease.token)
    if place == "message_output":
        publish_message(world.runtime, SYSTEM, case, "go")
    return case


def assert_cancellable(world: World, case: str) -> None:
    """After an operator has cancelled the case nothing of it is left."""
    if world.case(case).status == "open":
        cases.cancel(world.runtime, SYSTEM, case, "流程有误")
    for table in (t.timers, t.message_waits):
        assert world.rows(table, case_id=case) == []
    assert {row.status for row in world.rows(t.process_instances, case_id=case)} <= {"cancelled", "completed"}
    for table in (t.user_tasks, t.jobs, t.incidents):
        assert {row.status for row in world.rows(table, case_id=case)} <= {"cancelled", "completed"}


def test_a_bomb_in_a_diagram_is_an_incident_where_it_stands(strict: World) -> None:
    for place, bomb in spread(strict, list(PLACES), BOMBS):
        case = start_at(strict, place, BOMBS[bomb])
        found = [(row.element_id, row.kind, row.status) for row in strict.rows(t.incidents, case_id=case)]
        assert found == [("x", "feel", "open")], (place, bomb)
        assert "z" not in strict.open(case)
        assert_cancellable(strict, case)


def test_an_odd_value_in_a_diagram_is_an_incident_or_does_no_harm(strict: World) -> None:
    for place, oddity in spread(strict, [place for place in PLACES for _ in range(1 if SOAK else 4)], ODDITIES):
        case = start_at(strict, place, ODDITIES[oddity])
        elements = {row.element_id for row in strict.rows(t.incidents, case_id=case)}
        assert elements <= BEYOND_X.get(place, {"x"}), (place, oddity)
        assert strict.case(case).status == "open", (place, oddity)
        assert_cancellable(strict, case)


def test_a_bomb_in_a_form_is_an_error_and_the_task_stays(strict: World) -> None:
    for place, bomb in spread(strict, FORM_PLACES, WITHIN):
        strict.publish(
            "hostile",
            main="start s\nuser x form=bomb group=clerks\nend e\ns -> x -> e",
            form_bomb=place_in_form(place, BOMBS[bomb]),
        )
        case = strict.start("hostile")
        with pytest.raises(FeelError):
            strict.complete("x", case, x0="张䶮")
        assert strict.open(case) == ["x"] and strict.facts(case) == {}
        assert_cancellable(strict, case)


def test_a_bomb_in_a_decision_is_an_incident_at_its_task(strict: World) -> None:
    for place, bomb in spread(strict, DECISION_PLACES, WITHIN):
        strict.publish(
            "hostile",
            main="start s\nrule x decision=route result=v\nend e\ns -> x -> e",
            bomb_dmn=place_in_decision(place, BOMBS[bomb]),
        )
        case = strict.start("hostile")
        assert [(row.element_id, row.kind) for row in strict.rows(t.incidents, case_id=case)] == [("x", "decision")]
        assert_cancellable(strict, case)


FEELS = tuple(f"count([{number}]) = 1" for number in range(200))


class Evaluations:
    """A deadline to which every look is a second nearer."""

    def __init__(self, seconds: float) -> None:
        self._passed, self._seconds = count(), seconds

    def is_over(self) -> bool:
        return next(self._passed) > self._seconds


class TestManyExpressionsThatAreEachAllowed:
    """A command has one limit of time for all its FEEL, which ends it although none of them is over its own."""

    @pytest.fixture
    def slow(self, world: World, monkeypatch: pytest.MonkeyPatch) -> World:
        """A world in which every evaluation takes a second, and a command may take twenty."""
        monkeypatch.setattr("engine.timed_feel.Deadline", Evaluations)
        world.runtime.limits = Limits(seconds=20)
        return world

    def test_in_mappings(self, slow: World) -> None:
        mappings = " ".join(f'in:v{number}="={feel}"' for number, feel in enumerate(FEELS))
        slow.publish("hostile", main=f"start s\nuser x group=clerks {mappings}\nend e\ns -> x -> e")
        self.assert_stopped(slow)

    def test_in_conditions(self, slow: World) -> None:
        ways = "\n".join(f"x -> e : not({feel})" for feel in FEELS)
        slow.publish("hostile", main=f"start s\nexclusive x\nend e\ns -> x\n{ways}")
        self.assert_stopped(slow)

    def test_in_a_decision(self, slow: World) -> None:
        main = "start s\nrule x decision=route result=v\nend e\ns -> x -> e"
        slow.publish("hostile", main=main, slow_dmn=place_in_decision("test", *FEELS))
        self.assert_stopped(slow)

    @pytest.mark.parametrize("place", FORM_PLACES)
    def test_in_a_form(self, slow: World, place: str) -> None:
        main = "start s\nuser x form=slow group=clerks\nend e\ns -> x -> e"
        slow.publish("hostile", main=main, form_slow=place_in_form(place, *FEELS))
        case = slow.start("hostile")
        with pytest.raises(LimitExceeded, match="20 seconds"):
            slow.complete("x", case)
        assert slow.open(case) == ["x"]
        assert_cancellable(slow, case)

    @staticmethod
    def assert_stopped(slow: World) -> None:
        case = slow.start("hostile")
        assert [(row.element_id, row.kind) for row in slow.rows(t.incidents, case_id=case)] == [("x", "limit")]
        assert_cancellable(slow, case)
