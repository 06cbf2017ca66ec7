"""A runtime for scenarios on each kind of database, shared by all of them: each leaves no open case behind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from engine import db
from engine.config import CODE_ROOT
from engine.packs import Pack, read_pack
from engine.runtime import Runtime
from tasks.scenarios.preparing import open_runtime
from tests.conftest import postgres_database
from tests.integration.conftest import KEYS

SCENARIOS = CODE_ROOT / "tests" / "scenarios"
PACKS = sorted(folder.name for folder in SCENARIOS.iterdir() if folder.is_dir() and any(folder.glob("*.yaml")))


@cache
def checkout(code: str) -> Pack:
    """A pack as it lies in the checkout."""
    pack = read_pack(code, CODE_ROOT / "processes", CODE_ROOT / "forms")
    assert pack.faults == ()
    return pack


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def runtime(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("scenarios") / "shenhou.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield from opened(f"sqlite:///{path}")
        return
    template = request.getfixturevalue("postgres_template")
    with postgres_database(request.getfixturevalue("postgres_server"), template) as url:
        yield from opened(url)


@pytest.fixture
def own_runtime(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Runtime]:
    """A runtime whose database a test may spoil."""
    shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "shenhou.db")
    yield from opened(f"sqlite:///{tmp_path / 'shenhou.db'}")


def opened(url: str) -> Iterator[Runtime]:
    made = open_runtime(db.connect(url), KEYS)
    yield made
    made.close()
