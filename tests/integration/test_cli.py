"""The command line on a real installation: answers, exit codes, JSON, refusals."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import typer
from argon2 import PasswordHasher

from engine import db, jobs, tables
from engine.clock import SystemClock, to_text
from engine.config import CODE_ROOT, read_settings
from engine.runtime import Runtime
from web.cli import app, main

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


@pytest.fixture(scope="module")
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


# -- the whole ---------------------------------------------------------------------------------------------------------


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


# -- packs -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def checkout(empty: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own, with a copy of the selftest pack that a test may spoil."""
    for folder in ("processes", "forms"):
        shutil.copytree(CODE_ROOT / folder / "selftest", tmp_path / folder / "selftest")
    monkeypatch.setenv("SHENHOU_PROCESSES_DIR", str(tmp_path / "processes"))
    monkeypatch.setenv("SHENHOU_FORMS_DIR", str(tmp_path / "forms"))
    return tmp_path


def test_check_passes_and_needs_no_database(empty: Shell) -> None:
    problems = empty.json("packs", "check", "selftest")["selftest"]
    assert all(problem["severity"] == "warning" for problem in problems)
    assert not (empty.home / "shenhou.db").exists()


def test_check_names_the_file_and_exits_with_1(empty: Shell, checkout: Path) -> None:
    diagram = checkout / "processes/selftest/archive_file.bpmn"
    diagram.write_text(diagram.read_text("utf-8").replace("zeebe:taskDefinition", "zeebe:taskDefiniton"), "utf-8")
    text = empty("packs", "check", expect=1)
    assert "processes/selftest/archive_file.bpmn:" in text
    assert "taskDefiniton" in text


def test_unknown_pack_exits_with_1(empty: Shell) -> None:
    assert empty.json("packs", "check", "nowhere", expect=1)["error"]["code"] == "not_found"


def test_only_what_changed_is_published(shell: Shell, checkout: Path) -> None:
    assert shell.json("packs", "publish", "--changed") == {"published": [], "refused": {}}
    manifest = checkout / "processes/selftest/pack.yaml"
    manifest.write_text(manifest.read_text("utf-8").replace('"12345"', '"12349"'), "utf-8")
    assert [pack["checkout"] for pack in shell.json("packs", "list")] == ["changed"]
    assert [release["number"] for release in shell.json("packs", "publish", "--changed")["published"]] == [2]
    assert [pack["checkout"] for pack in shell.json("packs", "list")] == ["same"]


def test_faulty_pack_is_refused_and_the_release_stays(shell: Shell, checkout: Path) -> None:
    (checkout / "forms/selftest/fee.form").write_text("{}", "utf-8")
    refused = shell.json("packs", "publish", expect=1)["refused"]
    assert {problem["file"] for problem in refused["selftest"] if problem["severity"] == "error"}
    assert [pack["release"] for pack in shell.json("packs", "list")] == [1]


def test_show_tells_releases_and_origins(shell: Shell) -> None:
    shown = shell.json("packs", "show", "selftest")
    assert (shown["main"], shown["release"], len(shown["releases"])) == ("urn_storage", 1, 1)
    assert {file["origin"] for file in shown["files"]} == {"selftest"}
    assert "urn_storage.bpmn" in shell("packs", "show", "selftest")


def test_export_gives_the_same_bytes_from_checkout_and_release(shell: Shell, tmp_path: Path) -> None:
    one, other = tmp_path / "one.zip", tmp_path / "other.zip"
    shell("packs", "export", "selftest", "-o", str(one))
    shell("packs", "export", "selftest", "-o", str(other), "--release", "1")
    assert one.read_bytes() == other.read_bytes()
    assert shell.json("packs", "export", "selftest", "--release", "9", expect=1)["error"]["code"] == "not_found"


# -- cases -------------------------------------------------------------------------------------------------------------


def start(shell: Shell) -> dict[str, Any]:
    arguments = ("case", "start", "selftest", "--message", "application_filed", "--payload", '{"channel": "window"}')
    started: dict[str, Any] = shell.json(*arguments)
    return started


def complete(shell: Shell, case: dict[str, Any], values: dict[str, Any], expect: int = 0) -> Any:
    user_task = case["user_tasks"][0]["id"]
    return shell.json("case", "complete", user_task, "--values", "-", stdin=json.dumps(values), expect=expect)


def test_a_case_from_start_to_end(shell: Shell) -> None:
    case = start(shell)
    assert case["user_tasks"][0]["element_id"] == "accept_application"
    assert complete(shell, case, REFUSED)["status"] == "open"
    assert shell.json("worker", "--once") == {"done": 1}  # the refusal is sent
    assert shell.json("case", "show", case["code"])["case"]["status"] == "completed"
    assert [line["verb"] for line in shell.json("case", "history", case["id"])] == ["start", "complete", "job"]
    assert "Every chain holds" in shell("audit", "verify")


def test_form_errors_are_told_by_field(shell: Shell) -> None:
    case = start(shell)
    refusal = complete(shell, case, {"deceased": {"name": "亓官䶮"}}, expect=1)["error"]
    assert refusal["code"] == "invalid_input"
    assert "applicant.name" in refusal["fields"]
    assert shell.json("case", "show", case["id"])["user_tasks"]


def test_sealed_facts_are_named_but_never_shown(shell: Shell) -> None:
    case = start(shell)
    complete(shell, case, REFUSED)
    shown = shell.json("case", "show", case["id"])
    assert "deceased.id_number" in shown["sealed"]
    for arguments in (("case", "show", case["id"]), ("case", "history", case["id"]), ("doctor",)):
        told = shell(*arguments) + shell(*arguments, "--json")
        assert ACCEPTANCE["deceased"]["id_number"] not in told
        assert ACCEPTANCE["applicant"]["phone"] not in told


def test_message_ends_the_case(shell: Shell) -> None:
    case = start(shell)
    assert shell.json("case", "message", case["code"], "application_withdrawn")["delivered"] == 1
    assert shell.json("case", "show", case["id"])["case"]["status"] == "completed"


def test_tasks_are_listed_by_group(shell: Shell) -> None:
    case = start(shell)
    found = shell.json("case", "tasks", "--group", "window")
    assert [row["case_code"] for row in found] == [case["code"]]
    assert shell.json("case", "tasks", "--group", "finance") == []
    assert "受理申请" in shell("case", "tasks", case["id"])


def test_same_key_takes_effect_once(shell: Shell) -> None:
    one = shell.json("case", "start", "selftest", "--message", "application_filed", "--key", "desk-7")
    other = shell.json("case", "start", "selftest", "--message", "application_filed", "--key", "desk-7")
    assert one["id"] == other["id"]


def test_cancel_demands_a_reason_that_stays_in_the_history(shell: Shell) -> None:
    case = start(shell)
    shell("case", "cancel", case["id"], expect=2)
    assert shell.json("case", "cancel", case["id"], "--reason", "重复登记")["status"] == "cancelled"
    assert shell.json("case", "history", case["id"])[-1]["detail"]["reason"] == "重复登记"


def test_migration_that_cannot_be_mapped_is_refused_with_the_list(shell: Shell, checkout: Path) -> None:
    case = start(shell)
    for path in checkout.glob("processes/selftest/*.bpmn"):
        renamed = path.read_text("utf-8").replace("accept_application", "take_application")
        path.write_text(renamed, "utf-8")
    release = shell.json("packs", "publish")["published"][0]["id"]
    refusal = shell.json("case", "migrate", case["id"], release, expect=1)["error"]
    assert refusal["code"] == "migration_refused"
    assert "urn_storage/accept_application" in refusal["message"]
    rename = json.dumps({"urn_storage": {"accept_application": "take_application"}})
    moved = shell.json("case", "migrate", case["id"], release, "--rename", rename)
    assert moved["release_id"] == release


@pytest.mark.parametrize("text", ["{", "[]", "@missing.json", "7"])
def test_what_is_no_json_object_exits_with_2(shell: Shell, text: str) -> None:
    assert "--facts" in shell("case", "start", "selftest", "--facts", text, expect=2)


def test_json_is_read_from_a_file(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "facts.json").write_text('{"note": "亓官䶮"}', "utf-8")
    facts = f"@{tmp_path / 'facts.json'}"
    case = shell.json("case", "start", "selftest", "--facts", facts, "--message", "application_filed")
    assert shell.json("case", "show", case["id"])["facts"]["note"] == "亓官䶮"


@pytest.mark.parametrize("verb", [["show"], ["history"], ["message"], ["cancel"], ["tasks"]])
def test_unknown_case_exits_with_1(shell: Shell, verb: list[str]) -> None:
    extra = {"message": ["application_withdrawn"], "cancel": ["--reason", "错录"]}.get(verb[0], [])
    assert shell.json("case", *verb, "SH-NONE", *extra, expect=1)["error"]["code"] == "not_found"


def test_incident_is_listed_and_tried_again(shell: Shell) -> None:
    assert shell.json("incidents", "list") == []
    case = start(shell)
    complete(shell, case, REFUSED)
    kill_job(shell)
    found = shell.json("incidents", "list", expect=1)
    assert (found[0]["kind"], found[0]["case_id"]) == ("job_retries_spent", case["id"])
    assert shell.json("incidents", "retry", found[0]["id"])["retried"]
    assert shell.json("worker", "--once") == {"done": 1}
    assert shell.json("incidents", "list") == []
    assert shell.json("incidents", "retry", found[0]["id"], expect=1)["error"]["code"] == "conflict"


def kill_job(shell: Shell) -> None:
    """The one job that waits fails for good."""
    runtime = Runtime.open(shell.database, read_settings().keys)
    lease = jobs.lease(runtime, ["selftest.push"], "test")[0]
    jobs.fail(runtime, lease.job.id, lease.token, "短信网关拒绝", final=True)
    runtime.close()


# -- accounts, audit, keys, health -------------------------------------------------------------------------------------


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
    assert shell.json("keys", "rotate") == {"key": "k2", "cases": 1, "dropped": []}
    assert shell.json("keys", "rotate", "--drop-old") == {"key": "k3", "cases": 1, "dropped": ["k2", "k1"]}
    assert json.loads((shell.home / "keys.json").read_text())["data"].startswith("k3:")
    assert "deceased.id_number" in shell.json("case", "show", case["id"])["sealed"]
    assert shell.json("audit", "verify")["intact"]


def test_interrupted_rotation_is_finished_under_the_same_key(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    complete(shell, start(shell), REFUSED)
    with monkeypatch.context() as patch:
        patch.setattr("web.cli.keys.reseal", lambda runtime, actor: 0)  # as if killed before the first case
        shell("keys", "rotate")
    assert shell.json("keys", "rotate") == {"key": "k2", "cases": 1, "dropped": []}


def test_rotation_waits_until_nobody_holds_the_old_ring(shell: Shell) -> None:
    shell("worker", "--once")  # leaves its heartbeat
    before = (shell.home / "keys.json").read_text()
    assert "stop Shenhou" in shell("keys", "rotate", expect=1)
    assert (shell.home / "keys.json").read_text() == before


def test_new_keys_are_what_production_takes(
    empty: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
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
