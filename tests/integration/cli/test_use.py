"""What all commands have in common: help, JSON, exit codes, settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from tests.integration.cli.conftest import Shell
from web.cli import app


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    children = getattr(command, "commands", None)
    if not children:
        yield path, command
    for name, child in (children or {}).items():
        yield from leaves(child, (*path, name))


COMMANDS = dict(leaves(typer.main.get_command(app)))


def test_the_command_line_is_complete() -> None:
    assert {" ".join(path) for path in COMMANDS} == {
        "packs list", "packs check", "packs publish", "packs show", "packs export", "packs guide", "packs compare",
        "packs new", "packs docs", "packs migrate",
        "case start", "case show", "case tasks", "case form", "case complete", "case message", "case history",
        "case cancel", "case migrate", "jobs list", "jobs lease", "jobs complete", "jobs fail", "jobs throw",
        "incidents list", "incidents retry", "users add", "users list", "users password",
        "users unlock", "users reset-second-factor", "users close", "users reopen", "users link",
        "audit verify", "audit anchor", "keys new", "keys rotate", "db upgrade", "serve", "worker", "doctor",
        "simulate", "demo", "localities list", "localities set", "localities clear",
    }  # fmt: skip


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_help_and_json(path: tuple[str, ...], empty: Shell) -> None:
    text = empty(*path, "--help")
    assert COMMANDS[path].help
    assert path == ("serve",) or "json" in text  # ``packs guide`` has it as one of its formats


@pytest.mark.parametrize("arguments", [["nonsense"], ["packs", "chekc"], ["case", "show"], ["packs", "list", "--no"]])
def test_wrong_use_exits_with_2(empty: Shell, arguments: list[str]) -> None:
    assert "Usage" in empty(*arguments, expect=2)


def test_wrong_setting_exits_with_2_and_its_name(empty: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHENHOU_DATABASE_ULR", "x")
    assert "did you mean SHENHOU_DATABASE_URL" in empty("packs", "list", expect=2)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SHENHOU_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none", "cannot be used"),
        ("SHENHOU_DATABASE_URL", f"sqlite:///{Path(__file__).parent}", "unable to open"),
        ("SHENHOU_DATABASE_URL", f"sqlite:///{__file__}/below/shenhou.db", "cannot be made"),
        ("SHENHOU_VAR_DIR", __file__, "cannot be used"),
    ],
)
def test_place_that_cannot_be_used_exits_with_2_and_its_setting(
    empty: Shell, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    for command in (("packs", "list"), ("db", "upgrade")):
        message = empty.json(*command, expect=2)["error"]["message"]
        assert message.startswith(f"{name}: ")
        assert words in message


@pytest.mark.parametrize("command", [["packs", "export", "selftest", "-o"], ["audit", "anchor"]])
def test_file_that_cannot_be_written_exits_with_2(shell: Shell, command: list[str]) -> None:
    told = shell(*command, f"{__file__}/below.zip", expect=2)
    assert "cannot be written" in " ".join(told.replace("│", " ").split())  # it is wrapped in a frame


def test_host_that_is_none_exits_with_2(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHENHOU_HOST", "999.1.1.1")
    monkeypatch.setenv("SHENHOU_TRUSTED_HOSTS", "shenhou.yunze.example")
    assert "SHENHOU_HOST: 999.1.1.1 is no address" in shell("serve", expect=2)


def test_database_that_was_not_upgraded_is_named_with_the_remedy(empty: Shell) -> None:
    refusal = empty.json("packs", "list", expect=2)["error"]
    assert refusal["code"] == "config"
    assert "shenhou db upgrade" in refusal["message"]


def test_upgrade_is_safe_to_repeat(empty: Shell) -> None:
    first, second = empty.json("db", "upgrade"), empty.json("db", "upgrade")
    assert first["before"] is None
    assert second == {"before": first["revision"], "applied": [], "revision": first["revision"]}
    assert "already" in empty("db", "upgrade")
