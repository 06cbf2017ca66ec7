"""What takes long is over when it has worked too long, not when it had to wait for its turn."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from engine.deadline import Deadline


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Both clocks, which the test moves."""
    clocks = SimpleNamespace(cpu=100.0, wall=7_000.0)
    fake = SimpleNamespace(thread_time=lambda: clocks.cpu, monotonic=lambda: clocks.wall)
    monkeypatch.setattr("engine.deadline.time", fake)
    return clocks


def test_it_is_over_when_it_has_worked_too_long(time: SimpleNamespace) -> None:
    deadline = Deadline(5)
    time.cpu += 5
    assert not deadline.is_over()
    time.cpu += 0.1
    assert deadline.is_over()


def test_a_machine_that_stood_still_for_a_while_ends_nothing(time: SimpleNamespace) -> None:
    deadline = Deadline(5)
    time.wall += 15
    assert not deadline.is_over()


def test_what_only_waits_ends_all_the_same(time: SimpleNamespace) -> None:
    deadline = Deadline(5)
    time.wall += 20.1
    assert deadline.is_over()


def test_without_a_limit_it_never_is(time: SimpleNamespace) -> None:
    deadline = Deadline(float("inf"))
    time.cpu, time.wall = 10.0**9, 10.0**9
    assert not deadline.is_over()
