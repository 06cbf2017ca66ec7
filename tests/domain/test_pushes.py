"""Pushes: who gets what. A receiver's fields are a closed list, and the cause of death is on two of them."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import RuleViolation
from engine.facts import leaves
from tasks import outbox
from tasks import tables as d
from tasks.items import seal_reason
from tasks.push_fields import RULES, find_rule
from tasks.push_record import CERTIFIED, FROZEN, UNCERTIFIED
from tasks.pushes import queue_push
from tests.domain.conftest import DECEASED_ID, Case, Release, add_certificate, add_filing, add_hold, add_item
from tests.texts_of_packs import manifest

FILING: dict[str, Any] = {
    "applicant": {"relation": "儿子", "kind": "first_order"},
    "channel": "window",
    "social": {"payee": "family", "bank": "建设银行长沙芙蓉支行"},
    "medical": {"bank_class": "工商银行", "bank": "工商银行长沙韶山路支行"},
    "housing": {"bank": "农业银行"},
    "deposit": {"bank": "长沙银行"},
    "notary": {"office": "长沙市长沙公证处"},
    "household": {"kind": "head", "station": "定王台派出所"},
}
SEALED: dict[str, Any] = {
    "applicant": {"name": "谭甪", "id_number": "430102197503121318", "phone": "13900000002"},
    "social": {"card_number": "6217000000000001", "account_name": "谭甪", "name": "谭甪"},
    "medical": {"account": "6222000000000002", "account_name": "谭㳘生"},
    "housing": {"account": "6228000000000003"},
    "deposit": {"account": "6210000000000004"},
    "household": {"new_head": {"name": "谭甪", "id_number": "430102197503121318"}},
}


@pytest.fixture
def release() -> Release:
    return Release(manifest())


@pytest.fixture
def certified(case: Case) -> Case:
    """A case with a certificate, a cause, and an accepted application for one item of every department."""
    add_certificate(case)
    case.submit({"certification": {"manner": "natural", "cause_class": "循环系统疾病"}})
    case.submit({"filings": {"f1": FILING}}, sealed={"filings": {"f1": SEALED}})
    filing = add_filing(case, accepted_at=case.now_text)
    for code, declared in case.release.manifest.items.items():
        add_item(case, code, None if declared.tracked else filing, department=declared.department)
    return case


def payload_of(case: Case, dispatch_id: str) -> Any:
    return outbox.read_payload(case.connection, case.case_id, dispatch_id, case.sealer)


def push(case: Case, receiver: str, kind: str, **options: Any) -> Any:
    return payload_of(case, queue_push(case, case.case_id, receiver, kind, **options))


def test_a_push_is_a_sealed_row_and_a_message_of_its_own_process(certified: Case) -> None:
    certified.run("push.queue", receiver="elicence", kind="certificate")
    row = certified.row(d.outbox)
    assert (row.kind, row.receiver, row.subject, row.status) == ("push", "elicence", "certificate", "queued")
    assert DECEASED_ID.encode() not in bytes(row.sealed)
    assert [(sent.name, sent.payload) for sent in certified.published] == [("dispatch_due", {"dispatch_id": row.id})]


def test_the_certificate_goes_to_the_library_with_what_it_is_made_of(certified: Case) -> None:
    told = push(certified, "elicence", "certificate")
    assert told["deceased"]["id_number"] == DECEASED_ID
    assert set(told["certificate"]) == {"kind", "number", "issuer", "issued_on"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.kind} to {rule.receivers[0]}")
def test_cause_and_manner_of_death_are_for_health_and_police_alone(rule: Any) -> None:
    told_of_cause = {field for field in rule.fields if field in ("death.manner", "death.cause_class")}
    assert not told_of_cause or set(rule.receivers) <= {"dept.health", "dept.police"}


def test_health_is_told_the_cause_and_nobody_else(certified: Case) -> None:
    assert push(certified, "dept.health", "certificate")["death"]["cause_class"] == "循环系统疾病"
    for receiver in ("platform", "elicence", "funeral"):
        assert "循环系统疾病" not in str(push(certified, receiver, "certificate"))


@pytest.mark.parametrize(
    ("code", "receiver", "own"),
    [
        ("survivor_benefit", "dept.hrss", "social"),
        ("med_withdraw", "dept.medical_insurance", "medical"),
        ("hpf_withdraw", "dept.housing_fund", "housing"),
        ("will_check", "dept.justice", "notary"),
        ("deposit_small", "dept.finance", "deposit"),
        ("hukou_cancel", "dept.police", "household"),
        ("equity_query", "dept.market", None),
    ],
)
def test_a_department_gets_the_application_without_what_is_for_others(
    certified: Case, code: str, receiver: str, own: str | None
) -> None:
    told = push(certified, receiver, "application", item=code)
    groups = {"social", "medical", "housing", "notary", "deposit", "household"}
    assert groups & set(told) == ({own} if own else set())
    assert told["applicant"]["phone"] == "13900000002"
    assert told["item"]["code"] == code
    accounts = {"6217000000000001", "6222000000000002", "6228000000000003", "6210000000000004"}
    seen = {value for _, value in leaves(told)} & accounts
    assert seen == ({value for _, value in leaves(SEALED[own])} & accounts if own in SEALED else set())


def test_only_fields_of_the_rule_leave_whatever_the_record_holds(certified: Case) -> None:
    certified.submit({"deceased": {"ethnicity": "汉族", "work_unit": "长沙某厂"}}, sealed={"deceased": {"phone": "1"}})
    for rule in RULES:
        for receiver in rule.receivers:
            if "*" in receiver or rule.kind in ("terminate", "restore", "recall", "application"):
                continue
            told = push(certified, receiver, rule.kind, item="med_stop" if "item.code" in rule.fields else None)
            assert {path for path, _ in leaves(told)} <= set(rule.fields)


def test_the_funeral_home_hears_of_a_freeze_in_words_that_it_can_act_on(case: Case) -> None:
    assert push(case, "funeral", "deceased")["hold"] == {"frozen": False, "instruction": UNCERTIFIED}
    add_certificate(case)
    assert push(case, "funeral", "deceased")["hold"] == {"frozen": False, "instruction": CERTIFIED}
    add_hold(case)
    told = push(case, "funeral", "hold")
    assert (told["hold"]["frozen"], told["hold"]["instruction"]) == (True, FROZEN)
    assert FROZEN == "只可接运安放，不得火化"
    assert "死因存疑" not in str(told)


def test_a_department_hears_of_its_own_items_only(certified: Case) -> None:
    with pytest.raises(RuleViolation) as refused:
        push(certified, "dept.finance", "application", item="hukou_cancel")
    assert refused.value.rule == "receiver_not_allowed"


def test_an_item_that_nobody_chose_is_told_to_nobody(case: Case) -> None:
    add_certificate(case)
    for receiver, kind in (("dept.police", "application"), ("platform", "result"), ("dept.hrss", "terminate")):
        with pytest.raises(RuleViolation) as refused:
            push(case, receiver, kind, item="hukou_cancel")
        assert refused.value.rule == "item_not_on_case"


@pytest.mark.parametrize(
    ("receiver", "kind", "payload", "rule"),
    [
        ("platform", "gossip", {}, "push_kind_unknown"),
        ("bank", "certificate", {}, "receiver_not_allowed"),
        ("platform", "deceased", {}, "receiver_not_allowed"),
        ("dept.market", "certificate", {}, "receiver_not_allowed"),
        ("funeral", "deceased", {"death": {"cause_class": "外伤"}}, "field_not_allowed"),
        ("funeral", "deceased", {"reporter": {"phone": "13800000001"}}, "field_not_allowed"),
        ("platform", "certificate", {"note": "x"}, "field_not_allowed"),
    ],
)
def test_what_no_rule_allows_is_refused(
    certified: Case, receiver: str, kind: str, payload: dict[str, Any], rule: str
) -> None:
    with pytest.raises(RuleViolation) as refused:
        push(certified, receiver, kind, payload=payload)
    assert refused.value.rule == rule
    assert not certified.rows(d.outbox)


def test_allowed_fields_may_be_added(certified: Case) -> None:
    told = push(certified, "platform", "certificate", payload={"certificate": {"number": "推断-1"}})
    assert told["certificate"]["number"] == "推断-1"
    assert told["certificate"]["kind"] == "medical"


def test_no_certificate_is_pushed_before_there_is_one(case: Case) -> None:
    add_certificate(case, status="recorded")
    with pytest.raises(RuleViolation) as refused:
        push(case, "platform", "certificate")
    assert refused.value.rule == "certificate_missing"


def test_a_revoked_death_is_told_to_nobody_new(certified: Case) -> None:
    certified.insert(
        d.revocations, reason=b"sealed", document="更正-1", revoked_at=certified.now_text, revoked_by="minzheng"
    )
    with pytest.raises(RuleViolation) as refused:
        push(certified, "platform", "certificate")
    assert refused.value.rule == "death_revoked"
    assert push(certified, "funeral", "hold")["hold"]["frozen"] is False


def test_materials_that_serve_the_item_are_named(certified: Case) -> None:
    filing = certified.row(d.filings).id
    line = {"filing_id": filing, "source": "applicant", "medium": "scan", "original": False, "status": "provided"}
    certified.insert(d.materials, id="m1", code="M03", name="逝者户口簿", items='["hukou_cancel"]', **line)
    certified.insert(d.materials, id="m2", code="M12", name="逝者银行卡", items='["med_withdraw"]', **line)
    assert push(certified, "dept.police", "application", item="hukou_cancel")["materials"] == ["逝者户口簿"]


def test_results_say_how_the_item_ended(certified: Case) -> None:
    certified.connection.execute(
        d.items.update()
        .where(d.items.c.case_id == certified.case_id, d.items.c.code == "hukou_cancel")
        .values(
            status="refused",
            reason=seal_reason(certified, certified.case_id, "hukou_cancel", "户籍不在本地"),
            ended_at=certified.now_text,
        )
    )
    told = push(certified, "platform", "result", item="hukou_cancel")
    assert told["result"] == {"status": "refused", "ended_on": "2026-11-23", "reason": "户籍不在本地"}
    assert "applicant" not in told


def test_a_rule_of_a_departments_own_goes_before_the_one_for_all() -> None:
    own, common = find_rule("application", "dept.hrss"), find_rule("application", "dept.market")
    assert own is not None and common is not None
    assert "social.card_number" in own.fields
    assert common.receivers == ("dept.*",)
    assert find_rule("certificate", "dept.market") is None
