"""``shenhou serve`` as a process of its own: it prepares, serves, and ends in order."""

from __future__ import annotations

import json
import os
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

from engine.config import CODE_ROOT

PATIENCE = 60.0  # seconds; a loaded machine starts slowly, and nothing here measures it


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A place with packs of its own: what somebody edits in the checkout meanwhile is no change here."""
    for folder in ("processes", "forms"):
        shutil.copytree(CODE_ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
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


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """What the process says up to the line that holds ``words``; the end of its output ends it too."""
    assert process.stdout is not None
    told = ""
    for line in process.stdout:
        told += line
        if words in line:
            return told
    return told


def test_first_start_prepares_everything_and_sigterm_ends_it_in_order(home: Path) -> None:
    port = free_port()
    with serving(home, port) as process:
        told = read_until(process, "Shenhou is at")
        assert "selftest: release 1" in told
        with urlopen(f"http://127.0.0.1:{port}/health", timeout=PATIENCE) as answer:
            assert json.load(answer)["fit"]
        with urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE) as answer:
            assert "身后" in answer.read().decode()
        process.send_signal(signal.SIGTERM)
        assert "Ended." in read_until(process, "Ended.")
        assert process.wait(PATIENCE) == 0
    with serving(home, port, EMBEDDED_WORKER="off") as again:
        assert "Every pack is published as it is." in read_until(again, "Shenhou is at")


def test_port_in_use_is_refused_by_the_settings_name(home: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        with serving(home, int(held.getsockname()[1])) as process:
            assert "SHENHOU_PORT" in read_until(process, "SHENHOU_PORT")
            assert process.wait(PATIENCE) == 2
