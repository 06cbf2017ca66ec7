"""The whole-pack check: case facts that nobody writes, and sealed ones that somebody reads."""

from __future__ import annotations

from typing import Any

import pytest

from engine.packs import Pack
from tests.unit.bpmn_drafts import MESSAGE, chain, end, flow, message, node, start
from tests.unit.lint_packs import (
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

SEALED = {"properties": {"sensitive": "true"}}
HEIRS: dict[str, object] = {
    "type": "dynamiclist",
    "path": "heirs",
    "isRepeating": True,
    "components": [{"type": "textfield", "label": "姓名", "id": "heir_name", "key": "name"}],
}
FIELDS = (
    {"key": "applicant.name"},
    {"key": "applicant.id_number", **SEALED},
    {"key": "filed_on", "type": "datetime", "subtype": "date", "dateLabel": "日期"},
    HEIRS,
)


def deciding(condition: str, *, facts: str = "", **sections: object) -> Pack:
    """A pack that fills the form and then decides by ``condition``."""
    gateway = node("exclusiveGateway", "is_abnormal", default="is_abnormal_to_accepted")
    flows = flow("is_abnormal", "rejected", condition), flow("is_abnormal", "accepted")
    steps = chain(start(), user("check_identity", "identity", facts=facts), gateway)
    data = diagram(steps, end("accepted"), end("rejected"), *flows)
    return pack({"forms/identity.form": form("identity", *FIELDS), "register_death.bpmn": data}, **sections)


@pytest.mark.parametrize(
    "condition",
    [
        '=case.applicant.name = "禤燊"',
        "=case.applicant != null",
        "=case != null",
        "=case.filed_on.year = 2026",
        "=count(case.heirs) = 1",
        '=case.heirs[1].name = "仉塬"',
        '=some heir in case.heirs satisfies heir.name = "仉塬"',
        '=count(case.heirs[name = "仉塬"]) = 1',
    ],
)
def test_what_a_form_fills_may_be_read(condition: str) -> None:
    assert_clean(deciding(condition))


@pytest.mark.parametrize(
    "condition",
    ["=case.aplicant.name = null", "=case.applicant.nam = null", "=case.filed_on.yaer = 2026", "=case.heirs.nam = 1"],
)
def test_a_fact_that_nothing_writes_is_reported(condition: str) -> None:
    problem = assert_only("facts/unwritten", deciding(condition))
    assert (problem.severity, problem.element) == ("error", "is_abnormal_to_rejected")


def test_a_fact_that_no_form_fills_is_declared_in_pack_yaml() -> None:
    assert_only("facts/unwritten", deciding("=case.certificate.number = null"))
    assert_clean(declared("string"))


def declared(kind: str, condition: str = "=case.certificate.number = null") -> Pack:
    gateway = node("exclusiveGateway", "is_abnormal", default="is_abnormal_to_accepted")
    flows = flow("is_abnormal", "rejected", condition), flow("is_abnormal", "accepted")
    data = diagram(
        chain(start(), user("check_identity", "identity"), gateway), end("accepted"), end("rejected"), *flows
    )
    files = {"forms/identity.form": form("identity", *FIELDS), "register_death.bpmn": data}
    return pack(files, facts={"certificate.number": kind})


def test_below_a_declared_context_anything_may_lie() -> None:
    assert_clean(declared("context", "=case.certificate.number.prefix = null"))
    assert_only("facts/unwritten", declared("string", "=case.certificate.number.prefix = null"))


def test_a_form_fills_the_place_that_its_user_task_names() -> None:
    assert_clean(deciding("=case.report.applicant.name = null", facts="report"))
    assert_only("facts/unwritten", deciding("=case.applicant.name = null", facts="report"))


def test_below_a_place_that_is_computed_anything_may_lie() -> None:
    computed = "=&quot;opinions.heir_&quot; + string(1)"
    assert_clean(deciding("=case.opinions.heir_1.applicant.name = null", facts=computed))
    assert_only("facts/unwritten", deciding("=case.applicant.name = null", facts=computed))
    assert_clean(deciding("=case.anything = null", facts="=string(1)"))


def test_a_sealed_fact_is_read_by_no_condition() -> None:
    problem = assert_only("facts/sealed", deciding("=case.applicant.id_number = null"))
    assert problem.severity == "error"
    assert_only("facts/sealed", deciding("=case.report.applicant.id_number = null", facts="report"))


def test_a_sealed_field_passes_no_output_mapping() -> None:
    def handing(source: str) -> Pack:
        use = user("check_kin", "identity", mapping(inputs=(("=who", "applicant"),)))
        steps = run(user("check_identity", "identity", mapping((source, "who"))), use)
        return pack({"forms/identity.form": form("identity", *FIELDS), "register_death.bpmn": steps})

    assert_clean(handing("=applicant.name"))
    assert_only("facts/sealed", handing("=applicant.id_number"))
    assert_only("facts/sealed", handing("=upper case(applicant.id_number)"))


def test_a_sealed_part_of_a_message_passes_no_output_mapping() -> None:
    def receiving(*, sensitive: bool) -> Pack:
        event = node("intermediateCatchEvent", "death_confirmed", message(), mapping(("=cause", "applicant")))
        use = user("check_kin", "identity", mapping(inputs=(("=applicant", "heirs"),)))
        data = diagram(chain(start(), event, use, end()), roots=MESSAGE)
        brought = {"cause": {"type": "string", "sensitive": sensitive}}
        declared = {"death_found": {"name": "发现", "description": "通报", "variables": brought}}
        files = {"forms/identity.form": form("identity", *FIELDS), "register_death.bpmn": data}
        return pack(files, messages=declared)

    assert_clean(receiving(sensitive=False))
    assert_only("facts/sealed", receiving(sensitive=True))


def test_a_sealed_result_of_an_outside_job_passes_no_output_mapping() -> None:
    def asking(*, sensitive: bool) -> Pack:
        query = job("ask_bank", "bank.ask", mapping(("=account", "applicant")))
        use = user("check_kin", "identity", mapping(inputs=(("=applicant", "heirs"),)))
        outputs = {"account": {"type": "string", "sensitive": sensitive}}
        jobs = {"bank.ask": {"description": "查询账户", "outputs": outputs}}
        files = {"forms/identity.form": form("identity", *FIELDS), "register_death.bpmn": run(query, use)}
        return pack(files, jobs=jobs)

    assert_clean(asking(sensitive=False))
    assert_only("facts/sealed", asking(sensitive=True))


def test_a_declared_sensitive_variable_is_read_by_nobody() -> None:
    plain = deciding("=phone = null", variables={"phone": "string"})
    assert_clean(plain)
    assert_only("facts/sealed", deciding("=phone = null", variables={"phone": {"type": "string", "sensitive": True}}))


def test_a_form_reads_no_sealed_fact_of_the_case() -> None:
    def showing(text: str) -> Pack:
        kin = form("kin", {"key": "relation", "conditional": {"hide": text}})
        steps = run(user("check_identity", "identity"), user("check_kin", "kin"))
        files = {"forms/identity.form": form("identity", *FIELDS), "forms/kin.form": kin, "register_death.bpmn": steps}
        return pack(files)

    assert_clean(showing("=case.applicant.name = null"))
    assert assert_only("facts/sealed", showing("=case.applicant.id_number = null")).file == "forms/kin.form"
    assert_only("facts/unwritten", showing("=case.applicant.phone = null"))


def test_a_condition_asks_only_for_items_that_the_pack_offers() -> None:
    item = {"name": "户口注销", "plain": "注销户口", "department": "police", "status": "assumed"}
    sections: dict[str, Any] = {"items": {"hukou_cancel": item}, "region": "430000"}
    assert_clean(deciding('=selected("hukou_cancel") and done("hukou_cancel")', **sections))
    problem = assert_only("facts/unknown-item", deciding('=selected("hukou")', **sections))
    assert "'hukou'" in problem.message


def test_a_form_that_cannot_be_read_hides_no_facts() -> None:
    broken = deciding("=case.applicant.name = null")
    files = {**broken.files, "forms/identity.form": b"{"}
    rules = {p.rule for p in findings(pack({k: v for k, v in files.items() if k != "pack.yaml"}))}
    assert "facts/unwritten" not in rules
    assert rules


def test_workers_may_be_given_facts_but_not_sealed_ones() -> None:
    workers = {"notice.send": Worker(inputs=("text",))}

    def sending(source: str) -> Pack:
        notice = job("send_notice", "notice.send", mapping(inputs=((source, "text"),)))
        files = {"register_death.bpmn": run(user("check_identity", "identity"), notice)}
        return pack({"forms/identity.form": form("identity", *FIELDS), **files})

    assert_clean(sending("=case.applicant.name"), workers)
    assert_only("facts/sealed", sending("=case.applicant.id_number"), workers)
