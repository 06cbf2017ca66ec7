"""``shenhou serve`` as a process of its own: it prepares, serves, fills the demonstration, and ends in order."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
import sqlalchemy as sa

from engine import db
from engine.config import CODE_ROOT
from engine.tables import cases
from web.demonstration.stories import find_listing
from web.tables import demonstrations

TOLD = "yueyang"
"""The pack whose stories are told: it has the fewest."""
PACKS = ("selftest", TOLD)
UNTOLD = "没有生成演示数据"
PATIENCE = 60.0  # seconds; a loaded machine starts slowly, and nothing here measures it


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A place with two packs of its own: what somebody edits in the checkout meanwhile is no change here."""
    ignored = shutil.ignore_patterns("*.py", "__pycache__")
    for folder in ("processes", "forms"):
        for pack in ("common", *PACKS):
            shutil.copytree(CODE_ROOT / folder / pack, tmp_path / folder / pack, ignore=ignored)
    return tmp_path


@contextmanager
def serving(home: Path, port: int, **settings: str) -> Iterator[subprocess.Popen[str]]:
    places = {name: str(home / name.partition("_")[0].lower()) for name in ("VAR_DIR", "PROCESSES_DIR", "FORMS_DIR")}
    stated = {"DEMO": "accounts", "PORT": str(port), **places, **settings}
    given = {f"SHENHOU_{name}": value for name, value in stated.items()} | {"PYTHONUNBUFFERED": "1"}
    program = "import sys; from web.cli import main; sys.exit(main(['serve', '--prepare']))"
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=CODE_ROOT,
        env=os.environ | given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], *words: str) -> str:
    """What the process says up to the line that holds one of ``words``; the end of its output ends it too."""
    assert process.stdout is not None
    told = ""
    for line in process.stdout:
        told += line
        if any(one in line for one in words):
            return told
    return told


def test_first_start_prepares_everything_and_sigterm_ends_it_in_order(home: Path) -> None:
    port = free_port()
    with serving(home, port) as process:
        told = read_until(process, "Shenhou is at")
        assert all(f"{pack}: release 1" in told for pack in PACKS)
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=PATIENCE) as answer:
            assert json.load(answer)["fit"]
        with urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE) as answer:
            assert "身后" in answer.read().decode()
        with serving(home, port, EMBEDDED_WORKER="off") as second:
            told = read_until(second, "SHENHOU_PORT")
            assert "Every pack is published as it is." in told and "SHENHOU_PORT" in told
            assert second.wait(PATIENCE) == 2
        process.send_signal(signal.SIGTERM)
        assert "Ended." in read_until(process, "Ended.")
        assert process.wait(PATIENCE) == 0


def test_a_demonstration_that_is_interrupted_or_killed_goes_on_at_the_next_start(home: Path) -> None:
    """Told to end, it ends with the story at hand; killed, it leaves that story, which is cancelled and told anew."""
    listing = find_listing(TOLD)
    assert listing is not None
    total = len(listing.stories)
    with serving(home, free_port(), DEMO="on") as process:
        assert "Shenhou is at" in read_until(process, f"[1/{total}]", UNTOLD), "the pages are there before the cases"
        process.send_signal(signal.SIGTERM)
        told = read_until(process, "Ended.")
        assert "尚未完成" in told and "Ended." in told
        assert process.wait(PATIENCE) == 0
    with serving(home, free_port(), DEMO="on") as process:
        told += read_until(process, f"/{total}]", UNTOLD)
    with serving(home, free_port(), DEMO="on") as process:
        ready = read_until(process, "演示数据已就绪", UNTOLD)
        assert "演示数据已就绪" in ready
        assert "请打开 http://127.0.0.1:" in read_until(process, "登录页")
    numbers = [int(number) for number in re.findall(rf"\[(\d+)/{total}\]", f"[1/{total}]" + told + ready)]
    assert numbers == sorted(set(numbers)) and numbers[-1] == total
    database = db.connect(f"sqlite:///{home / 'var' / 'shenhou.db'}")
    with db.reading(database) as connection:
        attempts = connection.execute(sa.select(demonstrations.c.story, demonstrations.c.finished_at)).all()
        statuses = list(connection.execute(sa.select(cases.c.status)).scalars())
    database.dispose()
    assert sorted(row.story for row in attempts if row.finished_at) == sorted(one.name for one in listing.stories)
    assert len(attempts) <= total + 1 and len(statuses) - statuses.count("cancelled") == total
