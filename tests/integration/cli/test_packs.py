"""``shenhou packs``."""

from __future__ import annotations

import json
from pathlib import Path

from tests.integration.cli.conftest import Shell, start


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


def test_errors_are_told_before_warnings(empty: Shell, checkout: Path) -> None:
    diagram = checkout / "processes/selftest/urn_storage.bpmn"
    diagram.write_text(diagram.read_text("utf-8").replace('formId="acceptance"', 'formId="acceptence"'), "utf-8")
    lines = empty("packs", "check", expect=1).splitlines()
    assert "did you mean 'acceptance'?" in lines[0]
    assert "reference/unused-form" in lines[1]


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


def test_pack_that_cannot_be_read_is_not_exported(empty: Shell, checkout: Path, tmp_path: Path) -> None:
    (checkout / "processes/selftest/pack.yaml").write_text('code: "selftest', "utf-8")
    assert "this is not YAML" in empty("packs", "export", "selftest", "-o", str(tmp_path / "one.zip"), expect=1)
    assert not (tmp_path / "one.zip").exists()


def test_folder_without_a_manifest_is_told_so(empty: Shell, checkout: Path) -> None:
    (checkout / "processes/selftest/pack.yaml").unlink()
    assert "the folder has no pack.yaml" in empty("packs", "check", "selftest", expect=1)
    for code in ("nowhere", "../selftest", ""):
        assert "was not found" in empty("packs", "check", code, expect=1)


def test_export_gives_the_same_bytes_from_checkout_and_release(shell: Shell, tmp_path: Path) -> None:
    one, other = tmp_path / "one.zip", tmp_path / "other.zip"
    shell("packs", "export", "selftest", "-o", str(one))
    shell("packs", "export", "selftest", "-o", str(other), "--release", "1")
    assert one.read_bytes() == other.read_bytes()
    assert shell.json("packs", "export", "selftest", "--release", "9", expect=1)["error"]["code"] == "not_found"


def test_guide_comes_from_the_checkout_or_a_release(shell: Shell, checkout: Path, tmp_path: Path) -> None:
    manifest = checkout / "processes/selftest/pack.yaml"
    manifest.write_text(manifest.read_text("utf-8").replace("plain: 办理骨灰寄存", "plain: 寄放骨灰"), "utf-8")
    assert "### 寄放骨灰（骨灰寄存证核发）" in shell("packs", "guide", "selftest")
    released = shell("packs", "guide", "selftest", "--release", "latest")
    assert "### 办理骨灰寄存（骨灰寄存证核发）" in released
    page = tmp_path / "guide.html"
    shell("packs", "guide", "selftest", "--format", "html", "-o", str(page), "--release", "1")
    assert "<h3>办理骨灰寄存（骨灰寄存证核发）</h3>" in page.read_text("utf-8")
    assert json.loads(shell("packs", "guide", "selftest", "--format", "json"))["items"][0]["plain"] == "寄放骨灰"
    shell("packs", "guide", "selftest", "--release", "9", expect=1)


def test_compare_tells_what_the_checkout_changes(shell: Shell, checkout: Path) -> None:
    assert "两者的文件完全相同。" in shell("packs", "compare", "selftest", "selftest", "--release", "latest")
    manifest = checkout / "processes/selftest/pack.yaml"
    manifest.write_text(
        manifest.read_text("utf-8").replace("limit_working_days: 15", "limit_working_days: 12"), "utf-8"
    )
    diagram = checkout / "processes/selftest/archive_file.bpmn"
    diagram.write_text(diagram.read_text("utf-8").replace("P3D", "P4D", 1), "utf-8")
    text = shell("packs", "compare", "selftest", "selftest", "--release", "1")
    assert "时限：共 3 条，2 条不同" in text
    assert "12个工作日" in text and '定时：timeDuration =duration("P3D") → timeDuration =duration("P4D")' in text
    told = shell.json("packs", "compare", "selftest", "selftest", "--release", "1", "--release", "1")
    assert told["files"] == []
    assert shell.json("packs", "compare", "selftest", "nowhere", expect=1)["error"]["code"] == "not_found"
    shell("packs", "compare", "selftest", "selftest", *("--release", "1") * 3, expect=2)


def test_compare_tells_two_packs_in_words(empty: Shell) -> None:
    text = empty("packs", "compare", "hunan", "selftest")
    assert "停发养老金" in text and "只在湖南" in text and "只在自检" in text
    assert "湖南政务服务网" in text


def test_going_live_is_refused_with_the_rule_that_nobody_confirmed(shell: Shell, checkout: Path) -> None:
    manifest = checkout / "processes/selftest/pack.yaml"
    text = manifest.read_text("utf-8").replace("class: policy", "class: safety")
    manifest.write_text(text.replace("status: 已确认", "status: 待确认").replace("    confirmed:", "    #"), "utf-8")
    refused = shell.json("packs", "publish", "selftest", "--live", expect=1)["refused"]["selftest"]
    [problem] = [one for one in refused if one["severity"] == "error"]
    assert problem["rule"] == "manifest/unconfirmed-safety"
    assert problem["file"] == "processes/selftest/pack.yaml" and problem["line"] > 0
    assert [pack["release"] for pack in shell.json("packs", "list")] == [1]
    shell("packs", "publish", "selftest")  # on trial it may run
    assert [(pack["release"], pack["live"]) for pack in shell.json("packs", "list")] == [(2, "")]


def test_a_live_release_tells_since_when_and_by_whom(shell: Shell) -> None:
    shell("packs", "publish", "selftest", "--live")
    [listed] = [pack for pack in shell.json("packs", "list") if pack["code"] == "selftest"]
    assert "cli:" in listed["live"]
    assert shell.json("packs", "show", "selftest")["live"] == listed["live"]


def test_migrate_lists_first_and_moves_when_told(shell: Shell, checkout: Path, tmp_path: Path) -> None:
    codes = [start(shell)["code"] for _ in range(2)]
    assert "没有在其他版本上的在办件" in shell("packs", "migrate", "selftest", "--to", "latest")
    diagram = checkout / "processes/selftest/urn_storage.bpmn"
    text = diagram.read_text("utf-8")
    element = shell.json("case", "show", codes[0])["user_tasks"][0]["element_id"]
    renamed = text.replace(f'"{element}"', '"take_in_file"').replace('formId="take_in_file"', f'formId="{element}"')
    diagram.write_text(renamed, "utf-8")
    shell("packs", "publish", "selftest")
    told = shell("packs", "migrate", "selftest", "--to", "latest", "--apply")
    assert "可平移 0，需人工 2，不可 0" in told and codes[0] in told and element in told
    names = tmp_path / "names.yaml"
    names.write_text(f"urn_storage:\n  {element}: take_in_file\n", "utf-8")
    arguments = ("packs", "migrate", "selftest", "--to", "2", "--map", str(names))
    assert "可平移 2" in shell(*arguments)
    assert shell.json("case", "show", codes[0])["user_tasks"][0]["element_id"] == element  # nothing was moved yet
    moved = shell(*arguments, "--apply")
    assert f"[1/2] {codes[0]} 已平移" in moved and f"[2/2] {codes[1]} 已平移" in moved
    assert shell.json("case", "show", codes[0])["user_tasks"][0]["element_id"] == "take_in_file"
    assert shell.json(*arguments, "--apply")["moved"] == []
    names.write_text("- nothing\n", "utf-8")
    shell(*arguments, expect=2)
    shell("packs", "migrate", "selftest", "--to", "7", expect=1)
