"""Commands run as people run them, in an installation of their own."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.config import CODE_ROOT
from web.cli import main

SAMPLES = json.loads((CODE_ROOT / "tests/fixtures/selftest/submissions.json").read_text("utf-8"))
ACCEPTANCE = SAMPLES["acceptance"]["values"]
REFUSED = {
    **ACCEPTANCE,
    "deceased": {**ACCEPTANCE["deceased"], "local": False},  # and cremated elsewhere: no storage here
    "storage": {**ACCEPTANCE["storage"], "years": 8},
}


@dataclass
class Shell:
    """Runs commands in one installation and keeps what they said."""

    home: Path
    capture: pytest.CaptureFixture[str]
    feed: Callable[[str], None]

    def __call__(self, *arguments: str, expect: int = 0, stdin: str = "") -> str:
        self.feed(stdin)
        code = main(list(arguments))
        told = self.capture.readouterr()
        assert code == expect, f"{code}: {told.out}{told.err}"
        return told.out if expect == 0 else told.out + told.err

    def json(self, *arguments: str, expect: int = 0, stdin: str = "") -> Any:
        return json.loads(self(*arguments, "--json", expect=expect, stdin=stdin))

    @property
    def database(self) -> str:
        return f"sqlite:///{self.home / 'shenhou.db'}"


@pytest.fixture(scope="package")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with the selftest pack published; each test works on a copy."""
    home = tmp_path_factory.mktemp("prepared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHENHOU_VAR_DIR", str(home))
        assert main(["db", "upgrade"]) == 0
        assert main(["packs", "publish", "selftest"]) == 0
    return home


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """An installation in which nothing was done yet."""
    home = tmp_path / "var"
    monkeypatch.setenv("SHENHOU_VAR_DIR", str(home))

    def feed(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))

    return Shell(home, capsys, feed)


@pytest.fixture
def shell(empty: Shell, prepared: Path) -> Shell:
    shutil.copytree(prepared, empty.home)
    empty.capture.readouterr()
    return empty


@pytest.fixture
def checkout(empty: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own, with a copy of the selftest pack that a test may spoil."""
    for folder in ("processes", "forms"):
        shutil.copytree(CODE_ROOT / folder / "selftest", tmp_path / folder / "selftest")
    monkeypatch.setenv("SHENHOU_PROCESSES_DIR", str(tmp_path / "processes"))
    monkeypatch.setenv("SHENHOU_FORMS_DIR", str(tmp_path / "forms"))
    return tmp_path


def start(shell: Shell) -> dict[str, Any]:
    arguments = ("case", "start", "selftest", "--message", "application_filed", "--payload", '{"channel": "window"}')
    started: dict[str, Any] = shell.json(*arguments)
    return started


def complete(shell: Shell, case: dict[str, Any], values: dict[str, Any], *options: str, expect: int = 0) -> Any:
    user_task = case["user_tasks"][0]["id"]
    arguments = ("case", "complete", user_task, "--values", "-", *options)
    return shell.json(*arguments, stdin=json.dumps(values), expect=expect)
