"""A scenario that goes as told passes; one that does not is stopped at its line, with both sides of the difference."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from engine.packs import read_pack
from engine.runtime import Runtime
from tasks.scenarios.player import Played, play
from tasks.scenarios.preparing import open_runtime, prepare, with_switches
from tasks.scenarios.reading import read_script
from tests.integration.conftest import KEYS

ROOT = Path(__file__).parents[2]
TOLD = (ROOT / "tests/fixtures/scenarios/niche.yaml").read_text("utf-8")
PACK = read_pack("selftest", ROOT / "processes", ROOT / "forms")


@pytest.fixture
def runtime(database: sa.Engine) -> Iterator[Runtime]:
    made = open_runtime(database, KEYS)
    yield made
    made.close()


def played(runtime: Runtime, text: str) -> Played:
    script = read_script(text.encode(), "niche.yaml")
    return play(prepare(runtime, PACK, script), script)


def differing(runtime: Runtime, old: str, new: str) -> tuple[int, str, str]:
    """Line, expectation and finding of the scenario in which ``old`` is told as ``new``."""
    assert TOLD.count(old) == 1
    difference = played(runtime, TOLD.replace(old, new)).difference
    assert difference is not None
    return difference.line, difference.expected, difference.found


def test_a_case_goes_as_told_and_the_timeline_says_how(runtime: Runtime) -> None:
    one = played(runtime, TOLD)
    assert one.difference is None, one.difference
    told = "\n".join(line for entry in one.timeline for line in entry.lines())
    assert "opens 受理申请 (accept_application)" in told
    assert "refused: not_open" in told
    assert "11-25 09:00  clock: waits P2D" in told
    assert told.endswith("the case is closed")


def test_the_same_story_can_be_told_twice_on_one_database(runtime: Runtime) -> None:
    assert [played(runtime, TOLD).difference for _ in range(2)] == [None, None]


@pytest.mark.parametrize(
    ("old", "new", "expected", "found"),
    [
        ("  - fill: assign_niche", "  - fill: assign_nitche", "assign_nitche to be open", "assign_niche"),
        ("ends: {status: closed}", "ends: {status: open}", "status: open", "closed"),
        ("open: [collect_fee, assign_niche]", "open: [collect_fee, scan]", "scan is open", "assign_niche"),
        ("refused: not_open", "refused: remains_held", "refused with remains_held", "not_open"),
        ("    outcome: delivered", "    outcome: kept", "to be kept", "delivered"),
        ("  - fill: collect_fee", "  - {do: collect_fee, as: finance, with: {}}", "accepted", "invalid_input"),
        ("  - fill: collect_fee", "  - {fill: collect_fee, as: window}", "accepted", "not_found"),
        ("  - fill: collect_fee", "  - {fill: collect_fee, refused: rule}", "refused with rule", "accepted"),
        ("expect: {jobs: [selftest.external]}", "expect: {jobs: [bank.pay]}", "job bank.pay", "selftest.external"),
        ("  - wait: P2D", "  - wait: 2026-01-01", "a moment after", "2026-01-01"),
    ],
)
def test_the_first_difference_is_told_with_its_line(
    runtime: Runtime, old: str, new: str, expected: str, found: str
) -> None:
    differs = differing(runtime, old, new)
    line = TOLD.partition(old)[0].count("\n") + 1
    assert differs[0] in (line, line - 1, line - 2)  # a step is known by its first line
    assert expected in differs[1]
    assert found in differs[2]


def test_an_incident_that_nobody_expects_ends_the_scenario(runtime: Runtime) -> None:
    _, expected, found = differing(runtime, "    complete: {found: true}", "    fail: 系统停机\n    final: true")
    assert (expected, "ask_registry" in found or "incident" in found) == ("no incident", True)


def test_a_switch_is_set_for_one_scenario_alone() -> None:
    key = next(iter(PACK.manifest.switches))
    switch = PACK.manifest.switches[key]
    other = next((value for value in switch.options if value != switch.value), not switch.value)
    changed = with_switches(PACK, {key: other})
    assert changed.manifest.switches[key].value == other
    assert (PACK.manifest.switches[key].value, changed.digest == PACK.digest) == (switch.value, False)
