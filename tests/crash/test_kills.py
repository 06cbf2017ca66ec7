"""Kills at named points and at random moments: nothing that was acknowledged is lost, nothing is done twice.

A process works cases through every durable verb and is killed with ``SIGKILL``; another takes up what it left. After
each kill the database is held against what clients and receivers wrote down, and at the end every case must have gone
exactly the way it was drawn. ``SHENHOU_SOAK=1`` kills twenty times at each point and a hundred times at random.
"""

from __future__ import annotations

import os
import random
import time

import pytest

from tests.crash.conftest import KILLED, Series
from tests.crash.points import AFTER_A_LOST_LEASE, POINTS

SOAK = os.environ.get("SHENHOU_SOAK") == "1"
SEED = int(os.environ.get("SHENHOU_SEED", "20261122"))
RANDOM_KILLS = 100 if SOAK else 3
GROUPS = [[point] * 20 for point in POINTS] if SOAK else [[*POINTS]]


def test_undisturbed_work_passes_every_point_often_enough(series: Series) -> None:
    end = series.live()
    assert end.code == 0 and {name: n for name, n in POINTS.items() if end.returned.get(name, 0) < n} == {}
    assert series.faults_at_end() == []


@pytest.mark.soak
@pytest.mark.parametrize("points", GROUPS, ids=lambda points: points[0] if SOAK else "each once")
def test_a_kill_at_a_named_point_loses_and_doubles_nothing(series: Series, points: list[str]) -> None:
    chance = random.Random(f"{SEED} {points[0]}")
    for point in points:
        series.die_at(point, chance.randint(1, POINTS[point]))
    assert series.faults_at_end() == []


@pytest.mark.soak
def test_a_kill_while_a_lost_lease_is_taken_back_loses_and_doubles_nothing(series: Series) -> None:
    for _ in range(20 if SOAK else 1):
        series.die_at("effect_done")
        series.die_at(AFTER_A_LOST_LEASE)
    assert series.faults_at_end() == []


@pytest.mark.soak
def test_a_process_that_lives_on_takes_over_from_one_that_is_killed_beside_it(series: Series) -> None:
    series.clients = ("first", "second")
    codes = []
    for point in POINTS if SOAK else ("before_commit", "effect_done"):
        codes.append(series.live(point).code)  # 0 where the other came to do all that passes the point
        assert series.faults_now() == [], series.told
    assert KILLED in codes and set(codes) <= {KILLED, 0}
    assert series.faults_at_end() == []


@pytest.mark.soak
def test_kills_at_random_moments_lose_and_double_nothing(series: Series) -> None:
    chance = random.Random(SEED)
    began = time.monotonic()
    series.live()
    span, kills = time.monotonic() - began, 0
    while kills < RANDOM_KILLS:
        kills += series.die_within(span, chance)
    assert series.faults_at_end() == []


BETWEEN = ("finished", "before_commit", "committed", "before_remember", "answered")
"""From the end of a command's work to its client's knowledge of it: here wrong orders differ from the right one."""


def test_the_kills_that_find_the_wrong_orders_find_nothing_wrong_with_the_right_one(series: Series) -> None:
    for point in BETWEEN:
        series.die_at(point, armed=False)
    assert series.faults_at_end() == []


def test_control_a_push_before_the_commit_is_found_at_each_point_before_it(series: Series) -> None:
    series.variant = "push_before_commit"
    for point in BETWEEN[:2]:
        assert series.live(point, armed=False).code == KILLED
    [doubled] = [fault for fault in series.faults_at_end() if fault.startswith("effect doubled: push")]
    assert doubled.endswith("took place 3 times")  # once for each kill, and once for good


def test_control_a_push_after_the_commit_without_a_record_is_found_at_each_point_behind_it(series: Series) -> None:
    series.variant = "push_unrecorded"
    for point in BETWEEN[2:4]:
        assert series.live(point, armed=False).code == KILLED
    lost = [fault for fault in series.faults_at_end() if fault.startswith("effect lost: push")]
    assert len(lost) == 2


def test_control_an_answer_before_the_commit_is_found(series: Series) -> None:
    series.variant = "told_before_commit"
    assert series.live("finished", armed=False).code == KILLED
    assert any(fault.startswith("lost or doubled: user task") for fault in series.faults_now())
