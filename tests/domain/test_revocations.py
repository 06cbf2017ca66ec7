"""Revocation: everybody who was told is told again, once, and nothing goes on."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tasks import outbox
from tasks import tables as d
from tasks.push_record import FROZEN
from tasks.pushes import queue_push
from tests.domain.conftest import (
    Case,
    Release,
    add_certificate,
    add_filing,
    add_hold,
    add_item,
    payment_values,
    refuses,
)
from tests.domain.paying import add_bank_job
from tests.texts_of_packs import manifest, shipped_texts

STOPS = [{"item": "pension_suspend", "department": "hrss"}]
WHY = {"reason": "经核实为同名误报", "document": "长公更正〔2026〕7号"}


@pytest.fixture
def release() -> Release:
    return Release(manifest(), shipped_texts("common"))


@pytest.fixture
def told(case: Case) -> Case:
    """A case of which platform, library, funeral home and two departments have heard."""
    add_certificate(case)
    filing = add_filing(case)
    add_item(case, "hukou_cancel", filing, "done", department="police", ended_at=case.now_text)
    add_item(case, "med_stop", filing, "processing", department="medical_insurance")
    add_item(case, "will_check", filing, "refused", department="justice")
    add_item(case, "cremation", None, "dormant", department="civil_affairs", tracked=True)
    for receiver, kind, item in (
        ("platform", "certificate", None),
        ("elicence", "certificate", None),
        ("funeral", "deceased", None),
        ("dept.police", "application", "hukou_cancel"),
        ("platform", "result", "hukou_cancel"),
    ):
        queue_push(case, case.case_id, receiver, kind, item=item)
    case.run("terminations.apply", terminations=STOPS)
    first = case.rows(d.outbox)[0].id
    case.run("outbox.receipt", dispatch_id=first, receipt="一", channel="http")
    return case


def revoke(case: Case, **inputs: str) -> Any:
    return case.run("death.revoke", **(WHY | inputs))


def payloads(case: Case, subject: str) -> list[Any]:
    rows = case.rows(d.outbox, subject=subject)
    return [outbox.read_payload(case.connection, case.case_id, row.id, case.sealer) for row in rows]


def test_every_push_is_recalled_exactly_once_where_it_went(told: Case) -> None:
    before = {row.id: row for row in told.rows(d.outbox)}
    revoke(told)
    after = {row.id: row for row in told.rows(d.outbox)}
    assert {after[sent].status for sent in before} == {"recalled"}
    recalls = [row for row in after.values() if row.id not in before]
    assert Counter(row.recalls for row in recalls) == Counter(list(before))
    assert all(row.receiver == before[row.recalls].receiver and row.item == before[row.recalls].item for row in recalls)
    assert Counter(row.subject for row in recalls) == {"recall": 5, "restore": 1}
    assert {row.status for row in recalls} == {"queued"}


def test_a_recall_says_what_is_void_and_by_which_document_but_not_why(told: Case) -> None:
    first = told.rows(d.outbox, subject="certificate", receiver="elicence")[0].id
    revoke(told)
    [payload] = [each for each in payloads(told, "recall") if each["recalled"]["id"] == first]
    assert payload["recalled"]["kind"] == "certificate"
    assert payload["revocation"] == {"document": WHY["document"], "revoked_on": "2026-11-23"}
    assert WHY["reason"] not in str(payloads(told, "recall"))


def test_a_recall_never_reads_as_a_release(told: Case) -> None:
    add_hold(told)
    revoke(told)
    [funeral] = [each for each in payloads(told, "recall") if "hold" in each]
    assert (funeral["hold"]["frozen"], funeral["hold"]["instruction"]) == (True, FROZEN)


def test_without_a_hold_the_funeral_home_still_may_not_cremate(told: Case) -> None:
    revoke(told)
    [funeral] = [each for each in payloads(told, "recall") if "hold" in each]
    assert "不得火化" in funeral["hold"]["instruction"]


def test_certificates_of_the_death_end_and_the_case_says_so(told: Case) -> None:
    add_certificate(told, "abnormal", "recorded")
    revoke(told)
    assert {(row.kind, row.status, row.ended_at) for row in told.rows(d.certificates)} == {
        ("medical", "revoked", told.now_text),
        ("abnormal", "revoked", told.now_text),
    }
    assert (told.facts["revoked"], told.facts["certificate"]["valid"]) == (True, False)
    assert told.row(d.deceased).revoked_at == told.now_text
    assert told.messages[-1] == "death_revoked"
    row = told.row(d.revocations)
    assert (row.document, row.revoked_by) == (WHY["document"], told.actor.id)
    assert told.sealer.open(bytes(row.reason), f"{told.case_id}.reason") == WHY["reason"]


def test_items_that_ended_are_marked_and_the_others_end(told: Case) -> None:
    revoke(told)
    rows = {row.code: row for row in told.rows(d.items)}
    assert {code: (row.status, row.recalled_at is not None) for code, row in rows.items()} == {
        "hukou_cancel": ("done", True),
        "med_stop": ("not_applicable", False),
        "will_check": ("refused", False),
        "cremation": ("not_applicable", False),
    }
    assert told.facts["items"]["med_stop"]["status"] == "not_applicable"
    assert told.words(d.items.c.reason, rows["med_stop"]) == "死亡登记已撤销"


def test_terminations_are_reversed(told: Case) -> None:
    revoke(told)
    assert told.row(d.terminations).reversed_at == told.now_text
    assert payloads(told, "restore")[0]["revocation"]["document"] == WHY["document"]


def test_a_body_that_was_cremated_stays_on_record_and_is_flagged(told: Case) -> None:
    certificate = told.row(d.certificates).id
    add_certificate(told, "cremation", number="HH-1")
    row = {"number": "HH-1", "furnace": "三号炉", "cremated_at": told.now_text, "recorded_by": "huohua"}
    told.insert(d.cremations, certificate_id=certificate, **row, recorded_at=told.now_text)
    revoke(told)
    assert told.row(d.cremations).number == "HH-1"
    assert {row.kind: row.status for row in told.rows(d.certificates)} == {"medical": "revoked", "cremation": "valid"}
    assert told.facts["remains"]["identity_doubtful"] is True


def test_no_flag_is_set_where_nothing_was_cremated(told: Case) -> None:
    revoke(told)
    assert "identity_doubtful" not in told.facts["remains"]


def test_a_death_is_revoked_once(told: Case) -> None:
    revoke(told)
    sent = len(told.rows(d.outbox))
    refuses("revoked_already", lambda: revoke(told))
    assert len(told.rows(d.outbox)) == sent


def ask(case: Case, reason: str, document: str) -> str:
    case.submit({"document_number": document}, "revocations.requested", {"reason": reason})
    return str(case.run("revocation.open")["request"])


def test_every_request_has_a_record_of_its_own(case: Case) -> None:
    first = ask(case.act_as("police.household"), "同名同姓", "长公更正〔2026〕1号")
    second = ask(case.act_as("court.clerk"), "本人出庭", "岳法撤〔2026〕2号")
    assert (first, second) == ("v1", "v2")
    assert case.facts["revocations"]["v1"]["asked"]["document_number"] == "长公更正〔2026〕1号"
    assert case.sealed["revocations"]["v2"] == {"asked": {"reason": "本人出庭"}}
    assert "本人出庭" not in str(case.facts)


def test_a_granted_request_gives_the_reason_and_the_others_end_with_one(case: Case) -> None:
    first, second = ask(case, "同名同姓", "长公更正〔2026〕1号"), ask(case, "本人出庭", "岳法撤〔2026〕2号")
    case.submit({"decision": "revoke"}, f"revocations.{second}", {"reason": "核实本人健在"})
    case.run("death.revoke", document="岳法撤〔2026〕2号", request=second)
    assert case.sealer.open(bytes(case.row(d.revocations).reason), f"{case.case_id}.reason") == "核实本人健在"
    case.run("revocation.overtake", request=first)
    ended = case.facts["revocations"][first]
    assert (ended["decision"], ended["overtaken_by"]["request"]) == ("overtaken", second)
    assert ended["overtaken_by"]["document"] == "岳法撤〔2026〕2号"
    refuses("revoked_already", lambda: case.run("revocation.open"))


@pytest.mark.parametrize("missing", ["reason", "document"])
def test_a_revocation_needs_a_reason_and_a_document(told: Case, missing: str) -> None:
    refuses("revocation_unfounded", lambda: revoke(told, **{missing: "  "}))
    assert not told.rows(d.revocations)
    assert told.facts["certificate"]["valid"] is True


@pytest.mark.parametrize(("attempts", "marks"), [(0, []), (1, ["payment_unclear"])])
def test_an_order_is_cancelled_and_the_bank_is_told(payable: Case, attempts: int, marks: list[str]) -> None:
    row = payment_values(payable, "hpf_withdraw", payable.row(d.filings).id)
    payable.insert(d.payments, **row)
    add_bank_job(payable, row["id"], "leased" if attempts else "available", attempts)
    revoke(payable)
    assert payable.row(d.payments).status == "cancelled"
    assert payable.facts["payments"]["hpf_withdraw"]["status"] == "cancelled"
    (told,) = payloads(payable, "recall")
    assert (payable.rows(d.outbox, receiver="bank")[0].item, told["recalled"]) == (
        "hpf_withdraw",
        {"id": row["id"], "kind": "payment"},
    )
    assert "deceased" not in told
    assert [mark.kind for mark in payable.rows(d.supervision)] == marks


def test_what_was_paid_is_for_supervision_to_fetch_back(payable: Case) -> None:
    row = payment_values(payable, "hpf_withdraw", payable.row(d.filings).id, status="paid")
    payable.insert(d.payments, **row)
    revoke(payable)
    assert payable.row(d.payments).status == "paid"
    mark = payable.row(d.supervision)
    assert (mark.kind, mark.item) == ("paid_before_revocation", "hpf_withdraw")


def test_a_report_of_which_nobody_was_told_can_be_revoked(case: Case) -> None:
    revoke(case)
    assert not case.rows(d.outbox)
    assert case.messages == ["death_revoked"]
