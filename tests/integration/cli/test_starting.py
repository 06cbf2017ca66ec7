"""What ``serve`` tries before it opens its port: a store that keeps nothing and a key that cannot sign are named."""

from __future__ import annotations

import errno
from typing import Any

import pytest

from tests.integration.cli.conftest import Shell
from tests.web import fake_s3

DATA_FILES = "*/*.*"  # below the folder of the store, drafts aside


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ports that were asked for; none is given, so that a command that gets so far ends there."""
    asked: list[int] = []

    def refuse(_app: object, *, port: int, **_more: Any) -> None:
        asked.append(port)
        raise OSError(errno.EADDRINUSE, "in use")

    monkeypatch.setattr("waitress.create_server", refuse)
    return asked


def test_sound_settings_get_as_far_as_the_port_and_leave_nothing(shell: Shell, ports: list[int]) -> None:
    told = shell("serve", expect=2)
    assert "SHENHOU_PORT" in told and "set another port" in told
    assert ports == [8000]
    assert list((shell.home / "files").glob(DATA_FILES)) == []


def test_folder_that_keeps_no_files_is_named(shell: Shell, ports: list[int]) -> None:
    (shell.home / "files").write_text("in the way")
    told = shell("serve", expect=2)
    assert "SHENHOU_VAR_DIR" in told
    assert "let this user write there" in told
    assert ports == []


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"SHENHOU_SIGNING_KEY": "key.pem"}, "SHENHOU_SIGNING_CERT"),
        ({"SHENHOU_SIGNING_KEY": "gone.pem", "SHENHOU_SIGNING_CERT": "gone.pem"}, "SHENHOU_SIGNING_KEY"),
        ({"SHENHOU_FONTS_DIR": "gone"}, "SHENHOU_FONTS_DIR"),
    ],
)
def test_setting_of_papers_that_cannot_be_used_is_named(
    shell: Shell, ports: list[int], monkeypatch: pytest.MonkeyPatch, given: dict[str, str], named: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, str(shell.home / value))
    assert named in shell("serve", expect=2)
    assert ports == []


def test_bucket_that_does_not_answer_is_named_with_its_remedy(
    shell: Shell, ports: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"": "s3://shenhou/files", "_REGION": fake_s3.REGION, "_KEY_ID": fake_s3.KEY_ID, "_SECRET": fake_s3.SECRET}
    with fake_s3.running() as server:
        for name, value in {**given, "_ENDPOINT": server.url}.items():
            monkeypatch.setenv(f"SHENHOU_FILES{name}", value)
        assert "SHENHOU_PORT" in shell("serve", expect=2)
        assert server.objects == {}
        server.failing = True
        told = shell("serve", expect=2)
    assert "SHENHOU_FILES_ENDPOINT" in told
    assert "SHENHOU_FILES_KEY_ID" in told
    assert ports == [8000]


def test_doctor_tells_of_the_same(shell: Shell) -> None:
    (shell.home / "files").write_text("in the way")
    assert "WRONG SETTING: SHENHOU_VAR_DIR" in shell("doctor", expect=1)
