"""``shenhou packs new``: what it writes passes the check and plays its story, whatever it is laid over."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from engine.config import CODE_ROOT
from tests.integration.cli.conftest import Shell


@pytest.fixture
def packs(empty: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with the library, a province on it, and the selftest."""
    for code in ("common", "hunan", "selftest"):
        for folder in ("processes", "forms"):
            if (CODE_ROOT / folder / code).is_dir():
                shutil.copytree(CODE_ROOT / folder / code, tmp_path / folder / code)
    monkeypatch.setenv("SHENHOU_PROCESSES_DIR", str(tmp_path / "processes"))
    monkeypatch.setenv("SHENHOU_FORMS_DIR", str(tmp_path / "forms"))
    return tmp_path


@pytest.mark.parametrize("base", ["common", "hunan", "selftest"])
def test_new_pack_passes_the_check_and_plays_its_story(empty: Shell, packs: Path, base: str) -> None:
    files = empty.json("packs", "new", "yunze", "--extends", base, "--name", "云泽")["files"]
    assert [Path(file).name for file in files] == ["pack.yaml", "01-first-story.yaml", "coverage.yaml"]
    assert empty.json("packs", "check", "yunze") == {"yunze": []}
    assert "1 of 1 scenarios" in empty("simulate", "yunze", "--scenario", str(packs / files[1]))


def test_items_that_are_suggested_can_be_taken_as_they_are(empty: Shell, packs: Path) -> None:
    empty("packs", "new", "yunze", "--region", "350000")
    manifest = packs / "processes/yunze/pack.yaml"
    text = manifest.read_text("utf-8")
    assert 'region: "350000"' in text
    head, _mark, items = text.partition("# items:\n")
    manifest.write_text(f"{head}items:\n{re.sub('^# ', '', items, flags=re.MULTILINE)}", "utf-8")
    assert empty.json("packs", "check", "yunze") == {"yunze": []}
    assert "  med_withdraw: " in manifest.read_text("utf-8")


def test_nothing_that_is_there_is_written_over(empty: Shell, packs: Path) -> None:
    manifest = packs / "processes/hunan/pack.yaml"
    before = manifest.read_bytes()
    assert empty.json("packs", "new", "hunan", expect=1)["error"]["code"] == "conflict"
    assert manifest.read_bytes() == before


@pytest.mark.parametrize(
    "arguments", [("../yunze",), ("Yunze",), ("yunze", "--region", "999999"), ("yunze", "--name", "云\n泽")]
)
def test_what_no_pack_may_be_called_is_refused(empty: Shell, packs: Path, arguments: tuple[str, ...]) -> None:
    empty("packs", "new", *arguments, expect=2)
    assert not (packs / "processes/yunze").exists()


def test_base_must_exist(empty: Shell, packs: Path) -> None:
    assert empty.json("packs", "new", "yunze", "--extends", "nowhere", expect=1)["error"]["code"] == "not_found"
