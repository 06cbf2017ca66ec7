"""What README.md says is there, is there."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest
import typer

from engine.config import CODE_ROOT
from engine.manifests import read_manifest
from engine.registry import Workers, worker
from web.cli import app

PACKS = (CODE_ROOT / "docs/packs.md").read_text("utf-8")
README = (CODE_ROOT / "README.md").read_text("utf-8")
MAP = README.partition("## To change X, go to Y")[2].partition("\n## ")[0]
PLACES = re.findall(r"`([a-z_]+(?:/[^`]*|\.[a-z]+))`", MAP)


def test_the_map_names_places() -> None:
    assert len(PLACES) > 20


@pytest.mark.parametrize("place", sorted(set(PLACES)))
def test_place_on_the_map_exists(place: str) -> None:
    pattern = re.sub(r"<[a-z]+>", "*", place.rstrip("/"))
    assert any(CODE_ROOT.glob(pattern)), place


def test_every_make_target_that_is_named_exists_and_explains_itself() -> None:
    makefile = (CODE_ROOT / "Makefile").read_text("utf-8")
    explained = set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE))
    named = set(re.findall(r"make ([a-z]+)", README))
    assert named <= explained
    assert set(re.findall(r"[a-z]+", makefile.partition(".PHONY:")[2].partition("\n")[0])) == explained


def test_manifest_on_the_page_about_packs_is_one() -> None:
    block = re.findall(r"```yaml\n(code:.*?)```", PACKS, re.DOTALL)[0]
    assert read_manifest(block.encode()).manifest.switches["C-01"].value == "sms"


def test_items_on_the_page_about_packs_are_some() -> None:
    block = re.findall(r"```yaml\n(items:.*?)```", PACKS, re.DOTALL)[0]
    head = "code: yunshan\nnames: {short: 云杉, official: 云杉省}\n"
    assert read_manifest((head + block).encode()).manifest.items["med_withdraw"].requires == ("med_stop",)


def test_worker_on_the_page_about_packs_runs() -> None:
    block = re.findall(r"```python\n(.*?)```", PACKS, re.DOTALL)[0]
    workers = Workers()
    names: dict[str, Any] = {}
    exec(block.replace("@worker(", "@registering("), {"registering": partial(worker, workers=workers)}, names)
    assert workers.by_type()["notice.record"].errors == ("too_dear",)


def test_every_command_on_the_pages_exists() -> None:
    for page in (README, PACKS):
        for group, verb in re.findall(r"shenhou ([a-z]+) ([a-z]+)", page):
            assert verb in typer.main.get_command(app).commands[group].commands, (group, verb)  # type: ignore[attr-defined]


def test_locks_name_every_dependency_and_no_registry() -> None:
    lock = (CODE_ROOT / "requirements.lock").read_text("utf-8")
    metadata = (CODE_ROOT / "setup.cfg").read_text("utf-8")
    pinned = re.findall(r"^    ([A-Za-z0-9_.-]+)(?:\[[a-z,]+\])? == ([^\s;]+)", metadata, re.MULTILINE)
    assert len(pinned) > 30
    for name, version in pinned:
        assert f"\n{name.lower().replace('_', '-')}=={version} " in lock.lower()
    assert "://" not in lock
    assert '"resolved"' not in (CODE_ROOT / "package-lock.json").read_text("utf-8")
