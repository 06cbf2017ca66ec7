"""What all commands have in common: help, JSON, exit codes, settings."""

from __future__ import annotations

from collections.abc import Iterator
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
        "packs list", "packs check", "packs publish", "packs show", "packs export",
        "case start", "case show", "case tasks", "case complete", "case message", "case history", "case cancel",
        "case migrate", "incidents list", "incidents retry", "users add", "users list", "audit verify", "audit anchor",
        "keys new", "keys rotate", "db upgrade", "serve", "worker", "doctor",
    }  # fmt: skip


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_help_and_json(path: tuple[str, ...], empty: Shell) -> None:
    text = empty(*path, "--help")
    assert COMMANDS[path].help
    assert path == ("serve",) or "--json" in text


@pytest.mark.parametrize("arguments", [["nonsense"], ["packs", "chekc"], ["case", "show"], ["packs", "list", "--no"]])
def test_wrong_use_exits_with_2(empty: Shell, arguments: list[str]) -> None:
    assert "Usage" in empty(*arguments, expect=2)


def test_wrong_setting_exits_with_2_and_its_name(empty: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHENHOU_DATABASE_ULR", "x")
    assert "did you mean SHENHOU_DATABASE_URL" in empty("packs", "list", expect=2)


def test_database_that_was_not_upgraded_is_named_with_the_remedy(empty: Shell) -> None:
    refusal = empty.json("packs", "list", expect=2)["error"]
    assert refusal["code"] == "config"
    assert "shenhou db upgrade" in refusal["message"]


def test_upgrade_is_safe_to_repeat(empty: Shell) -> None:
    first, second = empty.json("db", "upgrade"), empty.json("db", "upgrade")
    assert first["before"] is None
    assert second == {"before": first["revision"], "applied": [], "revision": first["revision"]}
    assert "already" in empty("db", "upgrade")
