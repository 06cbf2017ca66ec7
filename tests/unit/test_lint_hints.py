"""The whole-pack check: one mistake is one finding, and what is misspelt is told with what may have been meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.packs import Pack, assemble_pack, read_pack
from tests.unit.bpmn_drafts import chain, end, flow, node, start
from tests.unit.lint_packs import (
    Files,
    Worker,
    assert_clean,
    assert_only,
    diagram,
    findings,
    form,
    job,
    mapping,
    pack,
    run,
    user,
)

REGISTRY = {"jobs": {"registry.find": {"description": "查询登记", "outputs": {"found": "boolean"}}}}


def deciding(
    condition: str = '=case.applicant.kind = "kin" and found', *, form_id: str = "identity", result: str = "found"
) -> Files:
    """A form, a job whose result is mapped out, and a gateway that decides by both."""
    gateway = node("exclusiveGateway", "is_accepted", default="is_accepted_to_refused")
    found = job("find_record", "registry.find", mapping(("=found", result)))
    steps = chain(start(), user("check_identity", form_id), found, gateway)
    flows = flow("is_accepted", "accepted", condition), flow("is_accepted", "refused")
    return {
        "forms/identity.form": form("identity", {"key": "applicant.kind"}),
        "register_death.bpmn": diagram(steps, end("accepted"), end("refused"), *flows),
    }


def calling(propagate: str) -> str:
    both = f'propagateAllParentVariables="{propagate}" propagateAllChildVariables="{propagate}"'
    return f'<zeebe:calledElement processId="inner" {both}/>'


def rules(checked: Pack) -> list[str]:
    return [problem.rule for problem in findings(checked)]


def test_the_draft_is_clean() -> None:
    assert_clean(pack(deciding(), **REGISTRY))


@pytest.mark.parametrize(
    ("condition", "rule", "meant"),
    [
        ('=case.aplicant.kind = "kin" and found', "facts/unwritten", "'case.applicant.kind'"),
        ('=case.applicant.kind = "kin" and found and founnd', "names/unwritten", "'found'"),
    ],
)
def test_misspelt_name_is_told_with_the_nearest(condition: str, rule: str, meant: str) -> None:
    assert f"did you mean {meant}? Else " in assert_only(rule, pack(deciding(condition), **REGISTRY)).remedy


def test_name_like_no_other_gets_no_guess() -> None:
    problem = assert_only("names/unwritten", pack(deciding("=found and waived"), **REGISTRY))
    assert "did you mean" not in problem.remedy


def test_sealed_fact_is_never_suggested() -> None:
    files = deciding('=case.applicant.kynd = "kin" and found')
    files["forms/identity.form"] = form("identity", {"key": "applicant.kind", "properties": {"sensitive": "true"}})
    assert "did you mean" not in assert_only("facts/unwritten", pack(files, **REGISTRY)).remedy


def test_misspelt_variable_of_a_called_process_is_told_there_too() -> None:
    gateway = node("exclusiveGateway", "is_found", default="is_found_to_missing")
    steps = chain(start(), job("find_record", "registry.find", mapping(("=found", "was_found"))), gateway)
    flows = flow("is_found", "known", "=was_found and was_fuond"), flow("is_found", "missing")
    files = {
        "register_death.bpmn": run(node("callActivity", "verify_record", extensions=calling("false"))),
        "inner.bpmn": diagram(steps, end("known"), end("missing"), *flows, name="inner"),
    }
    assert "did you mean 'was_found'?" in assert_only("names/not-handed-over", pack(files, **REGISTRY)).remedy


def test_unknown_form_is_one_finding_beside_the_form_that_nobody_uses() -> None:
    checked = pack(deciding(form_id="identiti"), **REGISTRY)
    assert sorted(rules(checked)) == ["reference/unknown-form", "reference/unused-form"]


@pytest.mark.parametrize(("condition", "rule"), [("=(found", "feel/syntax"), ("found", "dialect/expression")])
def test_what_a_broken_text_reads_is_not_called_unread(condition: str, rule: str) -> None:
    assert_only(rule, pack(deciding(condition), **REGISTRY))


def test_broken_diagram_makes_nothing_else_unused_or_unwritten() -> None:
    files = deciding()
    files["register_death.bpmn"] = run(node("callActivity", "verify_record", extensions=calling("true")))
    files["inner.bpmn"] = b"<definitions><process>"
    assert set(rules(pack(files, **REGISTRY, messages={"filed": {"name": "已提交", "description": "家属提交"}}))) == {
        "xml/malformed"
    }


def test_broken_manifest_makes_no_job_type_unknown() -> None:
    files = {**deciding(), "pack.yaml": b'code: "yunze'}
    assert not {rule for rule in rules(pack(files)) if rule.startswith("reference/")}


def test_missing_base_is_not_told_as_missing_groups() -> None:
    manifest = {**REGISTRY, "extends": "commn", "groups": {}}
    assert rules(pack(deciding(), **manifest)) == ["pack/no-base"]


ROOT = Path(__file__).resolve().parents[2]
WORKERS = {"selftest.note": Worker(("text?",), ("note_number",), ("niche_taken",)), "selftest.push": Worker(("text",))}


def spoilt(file: str, old: str, new: str) -> Pack:
    """The selftest pack with one text of one file replaced."""
    whole = read_pack("selftest", ROOT / "processes", ROOT / "forms")
    data = whole.files[file].replace(old.encode(), new.encode(), 1)
    assert data != whole.files[file]
    return assemble_pack("selftest", {**whole.files, file: data}, whole.origins)


def test_word_without_quotes_in_a_decision_is_found_in_its_cell() -> None:
    checked = spoilt("acceptance_rules.dmn", '<dmn:text>"accept"<', "<dmn:text>accept<")
    problem = assert_only("names/unwritten", checked, WORKERS)
    line = checked.files["acceptance_rules.dmn"].split(b"\n").index(b"          <dmn:text>accept</dmn:text>") + 1
    assert f"eligibility_rule_local_out_1 reads (acceptance_rules.dmn:{line - 1})" in problem.message
    assert "quotes" in problem.remedy


def test_misspelt_variable_is_told_with_what_the_call_hands_over() -> None:
    found = findings(spoilt("verify_records.bpmn", "=supplement_due<", "=supplment_due<"), WORKERS)
    assert "did you mean 'supplement_due'?" in next(p.remedy for p in found if p.severity == "error")


@pytest.mark.parametrize("text", ['=duration("3 days")', "=null", "=3"])
def test_feel_that_never_gives_a_time_is_an_error(text: str) -> None:
    checked = spoilt("archive_file.bpmn", '=duration("P3D")', text)
    assert assert_only("time/none", checked, WORKERS).severity == "error"
