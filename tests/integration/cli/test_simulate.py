"""``shenhou simulate`` as people run it: no installation is needed, and the exit code says whether all went as told."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.config import CODE_ROOT
from tests.integration.cli.conftest import Shell

TOLD = CODE_ROOT / "tests/fixtures/scenarios/niche.yaml"


@pytest.fixture
def spoilt(tmp_path: Path) -> Path:
    path = tmp_path / "spoilt.yaml"
    path.write_text(TOLD.read_text("utf-8").replace("ends: {status: closed}", "ends: {status: open}"), "utf-8")
    return path


def test_one_scenario_is_shown_as_it_goes(empty: Shell) -> None:
    told = empty("simulate", "selftest", "--scenario", str(TOLD))
    assert "opens 受理申请 (accept_application)" in told
    assert told.endswith("1 of 1 scenarios went as expected.\n")
    assert not (empty.home / "shenhou.db").exists()


def test_a_difference_is_told_with_its_line_and_exit_code_1(empty: Shell, spoilt: Path) -> None:
    told = empty("simulate", "selftest", "--scenario", str(TOLD), "--scenario", str(spoilt), expect=1)
    line = spoilt.read_text("utf-8").splitlines().index("ends: {status: open}") + 1
    assert f"spoilt.yaml:{line}: not as expected" in told
    assert "expected: status: open" in told
    assert "found:    closed; nothing is open" in told
    assert "1 of 2 scenarios went as expected." in told


def test_scripts_get_the_timeline_as_json(empty: Shell, spoilt: Path) -> None:
    found = empty.json("simulate", "selftest", "--scenario", str(spoilt), expect=1)
    assert found["failed"] == 1


def test_a_scenario_that_cannot_be_read_is_told_with_its_line(empty: Shell, tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("scenario: 一例\npakc: selftest\n", "utf-8")
    told = empty("simulate", "selftest", "--scenario", str(path), expect=1)
    assert "broken.yaml:2: [pakc] error scenario/unknown-key" in told


def test_a_scenario_of_another_pack_is_refused(empty: Shell) -> None:
    assert "selftest" in empty("simulate", "common", "--scenario", str(TOLD), expect=1)


def test_invented_deaths_are_kept_out_of_a_database_with_cases(shell: Shell) -> None:
    shell("case", "start", "selftest", "--message", "application_filed", "--payload", '{"channel": "window"}')
    told = shell("simulate", "selftest", "--scenario", str(TOLD), "--database", shell.database, expect=1)
    assert "not empty" in told


@pytest.mark.parametrize("arguments", [(), ("--all", "--scenario", str(TOLD)), ("--scenario", "nowhere.yaml")])
def test_what_to_play_must_be_said(empty: Shell, arguments: tuple[str, ...]) -> None:
    empty("simulate", "selftest", *arguments, expect=2)
