"""Accounts, audit, keys and ``doctor``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from engine import db, tables
from engine.clock import SystemClock, to_text
from engine.config import read_settings
from engine.keyring import draw_key
from tests.integration.cli.conftest import REFUSED, Shell, complete, start
from web.cli.installation import open_installation
from web.store.settings import file_store


def test_account_is_made_and_its_password_kept_as_argon2(shell: Shell) -> None:
    who = ("si.tu", "--name", "司徒䶮", "--region", "439901", "--group", "window")
    arguments = ("users", "add", *who, "--password-stdin")
    shell(*arguments, stdin="yun-ze-2026-deng\n")
    assert shell.json("users", "list")[0]["groups"] == ["window"]
    database = db.connect(shell.database)
    with db.reading(database) as connection:
        kept = connection.execute(sa.select(tables.users.c.password_hash)).scalar_one()
    database.dispose()
    assert PasswordHasher().verify(kept, "yun-ze-2026-deng")
    assert kept not in shell("users", "list", "--json")
    refusal = shell.json(*arguments, stdin="yun-ze-2026-deng\n", expect=1)
    assert refusal["error"]["code"] == "conflict"


@pytest.mark.parametrize(
    ("field", "login", "region", "password"),
    [
        ("login", "Si Tu", "439901", "yun-ze-2026-deng"),
        ("region", "si.tu", "4399", "yun-ze-2026-deng"),
        ("password", "si.tu", "439901", "short"),
    ],
)
def test_account_with_a_fault_is_refused_by_field(
    shell: Shell, field: str, login: str, region: str, password: str
) -> None:
    arguments = ("users", "add", login, "--name", "司徒䶮", "--region", region, "--password-stdin")
    assert set(shell.json(*arguments, stdin=password, expect=1)["error"]["fields"]) == {field}


def test_a_database_that_an_unfinished_state_laid_out_is_refused_with_the_remedy(shell: Shell) -> None:
    tamper(shell, "DROP INDEX ix_user_task_candidates_queue", "ALTER TABLE user_task_candidates DROP COLUMN due_at")
    told = shell("case", "tasks", "SH-2026-0001", expect=2)
    assert "lacks user_task_candidates.due_at" in told
    assert "put it aside" in told


def test_changed_audit_line_is_located(shell: Shell) -> None:
    case = start(shell)
    complete(shell, case, REFUSED)
    tamper(shell, "UPDATE audit SET actor = 'cli:nobody' WHERE seq = 2")
    found = shell.json("audit", "verify", expect=1)["breaks"]
    assert [(broken["case_id"], broken["seq"]) for broken in found] == [(case["id"], 2)]
    assert "BROKEN CHAIN" in shell("doctor", expect=1)


def test_anchor_finds_a_chain_that_was_cut_off_whole(shell: Shell, tmp_path: Path) -> None:
    case = start(shell)
    anchor = tmp_path / "anchor.json"
    shell("audit", "anchor", str(anchor))
    tamper(shell, "DELETE FROM audit", f"UPDATE cases SET audit_seq = 0, audit_head = '{'0' * 64}'")
    assert shell.json("audit", "verify")["intact"]
    found = shell.json("audit", "verify", "--anchor", str(anchor), expect=1)["breaks"]
    assert found[0]["case_id"] == case["id"]
    assert shell.json("audit", "verify", "--anchor", __file__, expect=1)["error"]["code"] == "invalid_input"


def test_only_the_case_that_is_named_is_verified(shell: Shell) -> None:
    case, other = start(shell), start(shell)
    tamper(shell, f"UPDATE audit SET actor = 'cli:nobody' WHERE case_id = '{other['id']}'")
    assert shell.json("audit", "verify", "--case", case["code"])["intact"]
    shell("audit", "verify", "--case", other["code"], expect=1)
    assert shell.json("audit", "verify", "--case", "SH-NONE", expect=1)["error"]["code"] == "not_found"


def tamper(shell: Shell, *statements: str) -> None:
    """What somebody with the file and without the key could do."""
    database = db.connect(shell.database)
    with database.begin() as connection:
        for statement in ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete", *statements):
            connection.exec_driver_sql(statement)
    database.dispose()


def test_rotation_seals_everything_anew_and_may_drop_the_old_key(shell: Shell) -> None:
    case = start(shell)
    complete(shell, case, REFUSED)
    assert shell.json("keys", "rotate") == {"key": "k2", "cases": 1, "files": 0, "dropped": []}
    assert shell.json("keys", "rotate", "--drop-old") == {"key": "k3", "cases": 1, "files": 0, "dropped": ["k2", "k1"]}
    assert json.loads((shell.home / "keys.json").read_text())["data"].startswith("k3:")
    assert "deceased.id_number" in shell.json("case", "show", case["id"])["sealed"]
    assert shell.json("audit", "verify")["intact"]


def test_rotation_seals_the_keys_of_files_anew(shell: Shell) -> None:
    with open_installation() as own:
        kept = file_store(own).put([b"a file"])
    assert shell.json("keys", "rotate", "--drop-old")["files"] == 1
    with open_installation() as own:
        assert file_store(own).read(kept.id) == b"a file"


def test_interrupted_rotation_is_finished_under_the_same_key(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    complete(shell, start(shell), REFUSED)
    with monkeypatch.context() as patch:
        patch.setattr("web.cli.keys.reseal", lambda runtime, actor: 0)  # as if killed before the first case
        shell("keys", "rotate")
    assert shell.json("keys", "rotate") == {"key": "k2", "cases": 1, "files": 0, "dropped": []}


def test_rotation_waits_until_nobody_holds_the_old_ring(shell: Shell) -> None:
    shell("worker", "--once")
    shell("keys", "rotate")  # a worker that has ended in order is no hindrance
    beat = {"name": "worker elsewhere", "at": to_text(SystemClock().now()), "note": ""}
    database = db.connect(shell.database)
    with database.begin() as connection:
        connection.execute(tables.heartbeats.insert(), beat)
    database.dispose()
    before = (shell.home / "keys.json").read_text()
    assert "stop Shenhou" in shell("keys", "rotate", expect=1)
    assert (shell.home / "keys.json").read_text() == before


def test_rotation_to_a_key_of_the_environment(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    complete(shell, start(shell), REFUSED)
    old = json.loads((shell.home / "keys.json").read_text())["data"]
    monkeypatch.setenv("SHENHOU_DATA_KEY", f"k9:{draw_key()},{old}")
    assert "--drop-old" in shell("keys", "rotate", "--drop-old", expect=2)
    assert shell.json("keys", "rotate") == {"key": "k9", "cases": 1, "files": 0, "dropped": []}
    assert shell.json("keys", "rotate")["cases"] == 0


def test_new_keys_are_what_production_takes(empty: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    drawn = empty.json("keys", "new")
    given = {"SHENHOU_MODE": "production", "SHENHOU_TRUSTED_HOSTS": "shenhou.example"} | drawn
    assert read_settings(given, home=tmp_path).production
    assert not empty.home.exists()


def test_doctor_is_content_with_a_fresh_installation(shell: Shell) -> None:
    report = shell.json("doctor")
    assert report["fit"]
    assert report["versions"]["SpiffWorkflow"] == "3.2.0"
    assert report["database"]["foreign_keys"] == "1"
    assert "foreign_keys" in shell("doctor")


def test_doctor_exits_with_1_when_a_timer_is_overdue(shell: Shell) -> None:
    case = start(shell)
    database = db.connect(shell.database)
    with database.begin() as connection:
        connection.execute(tables.timers.update().values(due_at="2026-01-01T00:00:00.000000Z"))
    database.dispose()
    report = shell.json("doctor", expect=1)
    overdue = next(finding for finding in report["findings"] if finding["code"] == "overdue_timers")
    assert overdue["count"] == 1
    assert report["audit_tail"][0]["case_id"] == case["id"]
    assert report["now"] <= to_text(SystemClock().now())
