"""No requirement without a proof."""

from __future__ import annotations

import ast

import pytest

from engine.config import CODE_ROOT
from tasks.scenarios.coverage import CoverageList, read_coverage, spread, tabulate
from tasks.scenarios.reading import COVERAGE_NAME, find_scripts, read_scripts
from tests.packs.conftest import PACKS, SCENARIOS


def listing(pack: str) -> CoverageList:
    return read_coverage((SCENARIOS / pack / COVERAGE_NAME).read_bytes(), COVERAGE_NAME)


@pytest.mark.parametrize("pack", PACKS)
def test_every_requirement_of_the_pack_is_proved(pack: str) -> None:
    lines = tabulate(read_scripts(find_scripts(SCENARIOS / pack)), listing(pack))
    assert [line.requirement for line in lines if not line.proofs] == []


@pytest.mark.parametrize("pack", PACKS)
def test_every_test_that_the_list_names_exists(pack: str) -> None:
    missing = []
    for node in {node for nodes in listing(pack).covered_by.values() for node in nodes}:
        file, _, name = node.partition("::")
        path = CODE_ROOT / file
        tree = ast.parse(path.read_text("utf-8")) if path.is_file() else ast.Module([], [])
        if name not in {part.name for part in ast.walk(tree) if isinstance(part, ast.FunctionDef)}:
            missing.append(node)
    assert missing == []


def test_a_range_is_every_number_in_it() -> None:
    assert spread(["H-1…H-3", "C-09…C-10", "P-19"]) == ["H-1", "H-2", "H-3", "C-09", "C-10", "P-19"]
