"""The whole-pack check: what is named exists, what exists is used, and the manifest holds together."""

from __future__ import annotations

import pytest

from engine.packs import assemble_pack
from tests.unit.bpmn_drafts import MESSAGE, call, chain, decide, end, message, node, start
from tests.unit.lint_packs import (
    Worker,
    assert_clean,
    assert_only,
    diagram,
    findings,
    form,
    job,
    manifest,
    mapping,
    pack,
    run,
    user,
)

IDENTITY = {"forms/identity.form": form("identity", {"key": "applicant.name"})}
PLAIN = {"register_death.bpmn": run(user("check_identity", "identity")), **IDENTITY}
EXPLICIT = {"propagateAllParentVariables": "false"}
FOUND = {"death_found": {"name": "发现死亡", "description": "派出所通报"}}
SAFE = {"title": "疑似非正常死亡是否冻结", "value": True, "default": True, "class": "safety"}


def caught(*, kind: str = "intermediateCatchEvent", name: str = "death_found") -> dict[str, bytes]:
    """The plain pack with a wait for a message."""
    event = node(kind, "death_confirmed", message())
    roots = MESSAGE.replace('name="death_found"', f'name="{name}"')
    return {**PLAIN, "register_death.bpmn": run(user("check_identity", "identity"), event, roots=roots)}


def calling(called: str) -> dict[str, bytes]:
    step = call("handle_item", processId=called, **EXPLICIT)
    inner = run(user("check_identity", "identity"), name="handle_item")
    return {**IDENTITY, "register_death.bpmn": run(step), "handle_item.bpmn": inner}


def test_the_plain_pack_has_no_finding() -> None:
    assert_clean(pack(PLAIN))


def test_a_form_that_does_not_exist_is_reported_with_the_nearest_name() -> None:
    wrong = {**PLAIN, "register_death.bpmn": run(user("check_identity", "identity"), user("check_kin", "identitty"))}
    problem = assert_only("reference/unknown-form", pack(wrong))
    assert (problem.file, problem.element, problem.severity) == ("register_death.bpmn", "check_kin", "error")
    assert problem.remedy.startswith("did you mean 'identity'?")


def test_a_called_process_that_does_not_exist_is_reported() -> None:
    assert_clean(pack(calling("handle_item")))
    wrong = findings(pack(calling("handle_items")))
    assert {(p.rule, p.element) for p in wrong} == {
        ("reference/unknown-process", "handle_item"),
        ("reference/unused-process", "handle_item"),
    }


def test_a_job_type_needs_a_worker_or_a_declaration() -> None:
    files = {**PLAIN, "register_death.bpmn": run(user("check_identity", "identity"), job("send_notice", "notice.send"))}
    assert_only("reference/unknown-job-type", pack(files))
    assert_clean(pack(files), {"notice.send": Worker()})
    assert_clean(pack(files, jobs={"notice.send": {"description": "短信平台"}}))


def test_a_job_type_is_not_served_twice() -> None:
    files = {**PLAIN, "register_death.bpmn": run(user("check_identity", "identity"), job("send_notice", "notice.send"))}
    served = pack(files, jobs={"notice.send": {"description": "短信平台"}})
    problem = assert_only("manifest/job-served-twice", served, {"notice.send": Worker()})
    assert problem.element == "jobs.notice.send"


def test_a_declared_job_type_that_no_diagram_names_is_a_warning() -> None:
    problem = assert_only("reference/unused-job-type", pack(PLAIN, jobs={"notice.send": {"description": "短信平台"}}))
    assert problem.severity == "warning"


@pytest.mark.parametrize("kind", ["intermediateCatchEvent", "startEvent"])
def test_a_message_must_be_declared(kind: str) -> None:
    if kind == "startEvent":
        parts = (start(inside=message()), user("check_identity", "identity"), end())
        files = {**PLAIN, "register_death.bpmn": diagram(chain(*parts), roots=MESSAGE)}
    else:
        files = caught()
    assert_clean(pack(files, messages=FOUND))
    assert assert_only("reference/unknown-message", pack(files)).severity == "error"


def test_a_declared_message_that_nothing_waits_for_is_a_warning() -> None:
    assert assert_only("reference/unused-message", pack(PLAIN, messages=FOUND)).severity == "warning"


def test_two_processes_are_not_started_by_one_message() -> None:
    def begun_by_message(name: str) -> bytes:
        parts = (start(inside=message()), user("check_identity", "identity"), end())
        return diagram(chain(*parts), name=name, roots=MESSAGE)

    files = {**PLAIN, "review_death.bpmn": begun_by_message("review_death")}
    assert_clean(pack(files, messages=FOUND))
    twice = {**files, "audit_death.bpmn": begun_by_message("audit_death")}
    problem = assert_only("reference/two-starts", pack(twice, messages=FOUND))
    assert problem.file == "review_death.bpmn"


@pytest.mark.parametrize(
    "groups", ["window,sheriff", "=[&quot;window&quot;,&quot;sheriff&quot;]", "=&quot;sheriff&quot;"]
)
def test_a_candidate_group_must_be_declared(groups: str) -> None:
    files = {**PLAIN, "register_death.bpmn": run(user("check_identity", "identity", groups=groups))}
    assert "sheriff" in assert_only("reference/unknown-group", pack(files)).message
    declared = {"window": {"name": "综合窗口"}, "sheriff": {"name": "派出所"}}
    assert_clean(pack(files, groups=declared))


def test_a_group_that_depends_on_the_case_is_left_to_the_run() -> None:
    groups = "=if case.applicant.name = null then &quot;window&quot; else &quot;sheriff&quot;"
    assert_clean(pack({**PLAIN, "register_death.bpmn": run(user("check_identity", "identity", groups=groups))}))


def test_a_user_task_that_nobody_may_work_on_is_an_error() -> None:
    files = {**PLAIN, "register_death.bpmn": run(user("check_identity", "identity", groups=""))}
    assert_only("reference/nobody", pack(files))


def test_a_form_that_no_task_uses_is_a_warning() -> None:
    problem = assert_only("reference/unused-form", pack({**PLAIN, "forms/kin.form": form("kin", {"key": "name"})}))
    assert (problem.file, problem.severity) == ("forms/kin.form", "warning")


def test_what_a_base_brings_may_lie_unused() -> None:
    files = {"pack.yaml": manifest(extends="common"), "bases/common.yaml": manifest(code="common"), **PLAIN}
    files["forms/kin.form"] = form("kin", {"key": "name"})
    origins = {**dict.fromkeys(files, "yunze"), "forms/kin.form": "common"}
    assert_clean(assemble_pack("yunze", files, origins))


def test_a_process_that_nothing_starts_or_calls_is_a_warning() -> None:
    files = {**PLAIN, "handle_item.bpmn": run(user("check_identity", "identity"), name="handle_item")}
    assert assert_only("reference/unused-process", pack(files)).severity == "warning"
    assert_clean(pack(files, library=True))


def test_two_files_do_not_draw_one_process() -> None:
    files = {**PLAIN, "handle_item.bpmn": PLAIN["register_death.bpmn"]}
    rules = {problem.rule for problem in findings(pack(files))}
    assert rules == {"reference/two-processes", "naming/process-id"}


def test_a_form_is_called_like_its_file() -> None:
    files = {**PLAIN, "forms/identity.form": form("idenity", {"key": "applicant.name"})}
    assert_only("form/id", pack(files))


def test_a_decision_that_does_not_exist_is_reported() -> None:
    use = user("check_identity", "identity", mapping(inputs=(("=route", "route"),)))
    kin = form("identity", {"key": "applicant.name", "conditional": {"hide": "=route = null"}})
    files = {"register_death.bpmn": run(decide(), use), "forms/identity.form": kin}
    assert_only("reference/unknown-decision", pack(files))


@pytest.mark.parametrize(
    ("sections", "rule", "element"),
    [
        ({"main": None}, "manifest/no-main", "main"),
        ({"main": "certify_death"}, "manifest/unknown-main", "main"),
    ],
)
def test_the_main_process_is_named_and_exists(sections: dict[str, object], rule: str, element: str) -> None:
    found = findings(pack(PLAIN, **sections))
    assert (rule, element) in {(p.rule, p.element) for p in found}


def item(**more: object) -> dict[str, object]:
    return {"name": "户口注销", "plain": "注销户口", "department": "police", "status": "assumed", **more}


@pytest.mark.parametrize(
    ("items", "rule", "element"),
    [
        ({"hukou": item(department="sheriff")}, "manifest/unknown-group", "items.hukou.department"),
        ({"hukou": item(requires=["licence"])}, "manifest/unknown-item", "items.hukou.requires.0"),
        (
            {"hukou": item(basis=[{"source": "notice", "section": "一"}])},
            "manifest/unknown-source",
            "items.hukou.basis.0.source",
        ),
        ({"hukou": item(requires=["hukou"])}, "manifest/item-cycle", "items.hukou.requires"),
        (
            {"hukou": item(handling={"by": "clerk", "clerk": "sheriff"})},
            "manifest/unknown-group",
            "items.hukou.handling.clerk",
        ),
        (
            {"hukou": item(handling={"by": "system", "clerk": "window", "job": "household.cancel"})},
            "manifest/unknown-job",
            "items.hukou.handling.job",
        ),
        (
            {"hukou": item(handling={"by": "clerk", "clerk": "window"}), "licence": item()},
            "manifest/unhandled-item",
            "items.licence",
        ),
    ],
)
def test_items_refer_to_what_the_manifest_declares(items: dict[str, object], rule: str, element: str) -> None:
    assert_clean(pack(PLAIN, items={"hukou": item()}, region="430000"))
    problem = assert_only(rule, pack(PLAIN, items=items, region="430000"))
    assert (problem.file, problem.element, problem.severity) == ("pack.yaml", element, "error")
    assert problem.line > 1


def test_an_item_that_comes_by_itself_needs_nobody() -> None:
    handled = item(handling={"by": "clerk", "clerk": "window"})
    assert_clean(pack(PLAIN, items={"hukou": handled, "sealing": item(automatic=True)}, region="430000"))


def test_an_item_that_another_process_does_is_tracked_and_needs_nobody() -> None:
    handled = item(handling={"by": "clerk", "clerk": "window"})
    assert_clean(pack(PLAIN, items={"hukou": handled, "cremation": item(tracked=True)}, region="430000"))


def test_the_senders_of_a_message_are_declared_groups() -> None:
    referred = {"referred": {"name": "移送", "description": "移送公安", "senders": ["window", "sheriff"]}}
    found = [p for p in findings(pack(PLAIN, messages=referred)) if p.rule == "manifest/unknown-group"]
    assert [p.element for p in found] == ["messages.referred.senders.1"]


def with_notice(**entry: object) -> dict[str, object]:
    return {"referred": {"name": "移送", "description": "移送公安", "form": "notice", **entry}}


def test_the_form_of_a_message_exists_and_is_in_use_by_it() -> None:
    found = findings(pack(PLAIN, messages=with_notice()))
    assert ("manifest/unknown-form", "messages.referred.form") in {(p.rule, p.element) for p in found}
    files = {**PLAIN, "forms/notice.form": form("notice", {"key": "ground"})}
    assert "reference/unused-form" not in {p.rule for p in findings(pack(files, messages=with_notice()))}
    assert "reference/unused-form" in {p.rule for p in findings(pack(files))}


def test_items_that_require_each_other_could_never_begin() -> None:
    ring = {"a": item(requires=["b"]), "b": item(requires=["c"]), "c": item(requires=["a"]), "d": item(requires=["a"])}
    found = findings(pack(PLAIN, items=ring, region="430000"))
    assert {(p.rule, p.element) for p in found} == {("manifest/item-cycle", f"items.{code}.requires") for code in "abc"}


def test_a_pack_that_offers_items_names_its_region() -> None:
    assert_only("manifest/no-region", pack(PLAIN, items={"hukou": item()}))


def test_a_safety_rule_that_is_not_confirmed_is_a_warning() -> None:
    problem = assert_only("manifest/unconfirmed-safety", pack(PLAIN, switches={"C-05": {**SAFE, "status": "待确认"}}))
    assert (problem.severity, problem.element) == ("warning", "switches.C-05")
    confirmed = {"by": "云泽县公安局", "on": "2026-02-27", "document": "云公函〔2026〕3号"}
    assert_clean(pack(PLAIN, switches={"C-05": {**SAFE, "status": "已确认", "confirmed": confirmed}}))
    assert_clean(pack(PLAIN, switches={"C-05": {**SAFE, "status": "待确认", "class": "policy"}}))


def test_a_fee_cites_a_source_that_the_pack_declares() -> None:
    fee = {"charged": False, "note": "不收费", "status": "stated", "basis": [{"source": "yunze-2025", "section": "六"}]}
    assert_only("manifest/unknown-source", pack(PLAIN, fee=fee))
    assert_clean(pack(PLAIN, fee=fee, sources={"yunze-2025": {"title": "云泽县实施方案"}}))


def test_what_the_guide_says_cites_a_source_that_the_pack_declares() -> None:
    step = {"text": "先火化，后申请", "status": "stated", "basis": [{"source": "yunze-2025", "section": "二"}]}
    problem = assert_only("manifest/unknown-source", pack(PLAIN, guide={"steps": [step]}))
    assert problem.element == "guide.steps.0.basis.0.source"
    assert_clean(pack(PLAIN, guide={"steps": [step]}, sources={"yunze-2025": {"title": "云泽县实施方案"}}))


def test_rules_that_have_expired_are_a_warning() -> None:
    assert_clean(pack(PLAIN, effective={"from": "2024-06-28", "until": "2029-06-28"}))
    problem = assert_only("manifest/expired", pack(PLAIN, effective={"from": "2020-01-01", "until": "2025-12-31"}))
    assert problem.severity == "warning"


def test_a_pack_with_an_unreadable_manifest_is_checked_as_far_as_it_goes() -> None:
    wrong = run(user("check_kin", "no_such_form", groups="anybody"))
    files = {"pack.yaml": b"code: yunze\nnonsense: 1\n", "register_death.bpmn": wrong}
    rules = {p.rule for p in findings(pack(files))}
    assert rules == {"manifest/missing-key", "manifest/unknown-key", "reference/unknown-form"}


def test_every_file_that_cannot_be_read_is_reported_and_the_rest_is_checked() -> None:
    files = {
        **PLAIN,
        "register_death.bpmn": run(user("check_identity", "identity"), user("check_kin", "no_such_form")),
        "broken.bpmn": b"<bpmn:definitions",
        "forms/broken.form": b"{",
    }
    found = findings(pack(files))
    assert {(p.file, p.rule) for p in found if p.file.endswith(("broken.bpmn", "broken.form"))} >= {
        ("broken.bpmn", "xml/malformed")
    }
    assert any(p.file == "forms/broken.form" for p in found)
    assert any(p.rule == "reference/unknown-form" for p in found)


def test_findings_of_bpmnlint_are_listed_with_our_severity() -> None:
    flows = "<bpmn:incoming>death_reported_to_check_identity</bpmn:incoming>"
    step = user("check_identity", "identity").replace("</bpmn:userTask>", f"{flows}</bpmn:userTask>")
    doubled = chain(start(), step, end()) + "\n"
    again = '<bpmn:sequenceFlow id="again" sourceRef="death_reported" targetRef="check_identity"/>'
    found = findings(pack({**PLAIN, "register_death.bpmn": diagram(doubled, again)}))
    assert ("bpmnlint/no-duplicate-sequence-flows", "error") in {(p.rule, p.severity) for p in found}


def test_a_text_must_be_one_that_can_be_filled_in() -> None:
    files = {**PLAIN, "templates/slip.j2": "{{ name }} 您好".encode(), "templates/bad.j2": b"{% for"}
    assert [(p.file, p.severity) for p in findings(pack(files)) if p.rule == "template/refused"] == [
        ("templates/bad.j2", "error")
    ]


def test_a_worker_finds_the_text_that_it_is_told() -> None:
    notice = {"notice.queue": Worker(inputs=("template",), templates=("template",))}
    told = '<zeebe:taskDefinition type="notice.queue"/><zeebe:ioMapping><zeebe:input source="{}" target="template"/>'
    for source, wrong in (("slip", False), ("slipp", True), ("=&quot;slipp&quot;", True), ("=case.name", False)):
        step = node("serviceTask", "tell_family", "", told.format(source) + "</zeebe:ioMapping>")
        files = {"register_death.bpmn": run(step), "templates/slip.j2": "您好".encode()}
        found = [p for p in findings(pack(files), notice) if p.rule == "template/unknown"]
        assert bool(found) is wrong, source
