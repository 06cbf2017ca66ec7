"""``shenhou demo``: it refuses outside demonstration mode, fills, and clears what it has filled."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.config import CODE_ROOT
from tests.integration.cli.conftest import Shell
from web.demonstration import filling
from web.demonstration.stories import Listing, find_listing


@pytest.fixture
def few_stories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two packs, of which one has a listing, cut to its shortest stories."""
    for folder in ("processes", "forms"):
        for pack in ("common", "hunan", "selftest"):
            if (CODE_ROOT / folder / pack).is_dir():  # a pack need not bring forms of its own
                shutil.copytree(CODE_ROOT / folder / pack, tmp_path / folder / pack)
        monkeypatch.setenv(f"SHENHOU_{folder.upper()}_DIR", str(tmp_path / folder))

    def find_short(pack: str) -> Listing | None:
        listing = find_listing(pack)
        wanted = ("home-reported", "hospital-reported")
        return listing and listing.model_copy(
            update={"stories": tuple(story for story in listing.stories if story.name in wanted)}
        )

    monkeypatch.setattr(filling, "find_listing", find_short)


def test_outside_demonstration_mode_it_refuses(empty: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHENHOU_DEMO", "off")
    for arguments in ((), ("--reset",), ("--departments",)):
        assert "SHENHOU_DEMO" in empty("demo", *arguments, expect=2)


@pytest.mark.usefixtures("few_stories")
def test_it_fills_an_empty_database_once_and_clears_it(empty: Shell) -> None:
    told = empty("demo")
    assert "演示数据 [1/2]" in told and "演示数据已就绪" in told
    assert empty.json("demo") == {"told": 0, "cases": 2, "other_cases": 0}
    assert "case_exists" not in empty("case", "start", "selftest", "--message", "application_filed")
    assert "--with-own-cases" in empty("demo", "--reset", expect=1)
    assert empty.json("demo", "--reset", "--with-own-cases") == {"told": 2, "cases": 2, "other_cases": 0}
