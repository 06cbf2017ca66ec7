"""``shenhou case``, ``worker --once`` and ``incidents``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine import jobs
from engine.config import read_settings
from engine.runtime import Runtime
from tests.integration.cli.conftest import ACCEPTANCE, REFUSED, Shell, complete, start


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
    told = shell("case", "complete", case["user_tasks"][0]["id"], expect=1).splitlines()
    assert len(told) == len(shell.json("case", "complete", case["user_tasks"][0]["id"], expect=1)["error"]["fields"])
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


def test_the_form_of_a_task_is_told_before_it_is_filled_in(shell: Shell) -> None:
    case = start(shell)
    user_task = case["user_tasks"][0]["id"]
    fields = {field["key"]: field for field in shell.json("case", "form", user_task)["fields"]}
    assert fields["applicant.name"]["required"] and fields["applicant.name"]["label"] in shell(
        "case", "form", user_task
    )
    assert "hardship" in fields["deceased.category"]["options"]


def test_a_command_can_be_given_as_a_member_of_a_group(shell: Shell) -> None:
    case = start(shell)
    assert complete(shell, case, REFUSED, "--as", "finance", expect=1)["error"]["code"] == "not_found"
    complete(shell, case, REFUSED, "--as", "window")
    line = shell.json("case", "history", case["id"])[1]
    assert line["verb"] == "complete" and line["actor"].endswith("/window")


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
    shell("incidents", "list", "--status", "shut", expect=2)
    assert shell.json("case", "cancel", case["id"], "--reason", "重复登记")["status"] == "cancelled"
    assert shell.json("case", "history", case["id"])[-1]["note"] == "重复登记"


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
    flat = json.dumps({"accept_application": "take_application"})
    assert "old id" in shell("case", "migrate", case["id"], release, "--rename", flat, expect=2)
    moved = shell.json("case", "migrate", case["id"], release, "--rename", rename)
    assert moved["release_id"] == release


def test_release_is_named_by_number_or_by_how_its_id_begins(shell: Shell, checkout: Path) -> None:
    manifest = checkout / "processes/selftest/pack.yaml"
    manifest.write_text(manifest.read_text("utf-8").replace('"12345"', '"12349"'), "utf-8")
    case, release = start(shell), shell.json("packs", "publish")["published"][0]
    for text in ("2", release["id"][:9]):
        assert shell.json("case", "migrate", case["code"], text)["release_id"] == release["id"]
    for text, code in (("3", "not_found"), ("nope", "not_found")):
        assert shell.json("case", "migrate", case["code"], text, expect=1)["error"]["code"] == code


def test_pack_that_begins_with_a_message_says_with_which(shell: Shell) -> None:
    refusal = shell.json("case", "start", "selftest", expect=1)["error"]
    assert "application_filed" in refusal["fields"]["message"][0]


def test_pack_that_is_not_published_is_not_called_unknown(empty: Shell) -> None:
    empty("db", "upgrade")
    assert "shenhou packs publish selftest" in empty("case", "start", "selftest", expect=1)
    assert "was not found" in empty("case", "start", "nowhere", expect=1)


def test_what_a_case_waits_for_is_told(shell: Shell) -> None:
    case = start(shell)
    told = shell("case", "complete", case["user_tasks"][0]["id"], "--values", "-", stdin=json.dumps(ACCEPTANCE))
    assert "job: selftest.external at check_cremation, available" in told
    assert "application_withdrawn" in shell("case", "message", start(shell)["id"], "certificate_ready")


def test_job_of_a_system_outside_is_done_by_hand(shell: Shell) -> None:
    case = start(shell)
    complete(shell, case, ACCEPTANCE)
    assert [job["case_code"] for job in shell.json("jobs", "list", "--type", "selftest.external")] == [case["code"]]
    other = start(shell)
    assert shell.json("jobs", "lease", "selftest.external", "--case", other["code"]) == []
    job = shell.json("jobs", "lease", "selftest.external", "--case", case["code"])[0]
    assert (job["inputs"]["deceased_name"], job["headers"]["operation"]) == ("亓官䶮", "find")
    assert shell.json("jobs", "lease", "selftest.external") == []
    assert shell.json("jobs", "complete", job["id"], "other", expect=1)["error"]["code"] == "conflict"
    done = shell.json("jobs", "complete", job["id"], job["lease"], "--variables", '{"found": true}')
    assert "check_kinship" in {row["element_id"] for row in done["user_tasks"]}
    assert shell.json("case", "history", case["id"])[-1]["actor"].startswith("cli:")


def test_job_fails_for_good_or_throws_an_error_that_nobody_catches(shell: Shell) -> None:
    case = start(shell)
    complete(shell, case, ACCEPTANCE)
    job = shell.json("jobs", "lease", "selftest.external")[0]
    failed = shell.json("jobs", "fail", job["id"], job["lease"], "--message", "系统停机", "--final")
    assert [incident["kind"] for incident in failed["incidents"]] == ["job_retries_spent"]
    assert "INCIDENT" not in shell("incidents", "retry", failed["incidents"][0]["id"])
    again = shell.json("jobs", "lease", "selftest.external")[0]
    assert "INCIDENT" in shell("jobs", "throw", again["id"], again["lease"], "no_such_error")


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
