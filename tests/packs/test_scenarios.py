"""Every scenario, on SQLite and on PostgreSQL; of PostgreSQL's every fifth, unless ``SHENHOU_SOAK=1``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.runtime import Runtime
from tasks.scenarios.player import Played, play
from tasks.scenarios.preparing import prepare
from tasks.scenarios.reading import find_scripts, read_script
from tests.packs.conftest import PACKS, SCENARIOS, checkout

FILES = [path for pack in PACKS for path in find_scripts(SCENARIOS / pack)]
SHARE = 1 if os.environ.get("SHENHOU_SOAK") == "1" else 5


def name_of(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


# One test for each kind of database: beside the path in one list, every path would get a runtime of its own.
@pytest.mark.parametrize("runtime", ["sqlite"], indirect=True, scope="session")
@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_scenario_goes_as_expected(runtime: Runtime, path: Path) -> None:
    follow(runtime, path)


@pytest.mark.soak
@pytest.mark.parametrize("runtime", ["postgresql"], indirect=True, scope="session")
@pytest.mark.parametrize("path", FILES[::SHARE], ids=name_of)
def test_scenario_goes_as_expected_on_postgresql(runtime: Runtime, path: Path) -> None:
    follow(runtime, path)


def follow(runtime: Runtime, path: Path) -> None:
    script = read_script(path.read_bytes(), path.name)
    played = play(prepare(runtime, checkout(script.scenario.pack), script), script)
    assert played.difference is None, tell(played)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_scenario_lies_with_its_pack_and_says_what_it_proves(path: Path) -> None:
    scenario = read_script(path.read_bytes(), path.name).scenario
    assert scenario.pack == path.parent.name
    assert scenario.covers


def tell(played: Played) -> str:
    """The difference, and the timeline that led to it."""
    lines = [line for entry in played.timeline for line in entry.lines()]
    return "\n".join([str(played.difference), *lines])
