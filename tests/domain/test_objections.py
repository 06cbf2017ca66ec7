"""Objections of other heirs: money waits, the rest does not."""

from __future__ import annotations

from tasks import tables as d
from tests.domain.applying import prepare, refused
from tests.domain.conftest import Case

REASON = "遗嘱中另有安排，尚在诉讼"


def file(case: Case, objector: str = "谭䢺", reason: str | None = REASON) -> None:
    case.write_sealed({"objector": objector, "reason": reason}, "objections.filed")


def objected(case: Case, objector: str = "谭䢺") -> str:
    file(case, objector)
    objection_id: str = case.run("objection.open")["objection_id"]
    return objection_id


def test_an_objection_bars_payments_and_nothing_else(case: Case) -> None:
    prepare(case)
    objected(case)
    assert case.facts["objection"] == {"open": True, "upheld": False}
    assert case.facts["hold"]["active"] is False
    assert case.messages == ["payments_barred"]


def test_who_objects_and_why_is_sealed(case: Case) -> None:
    prepare(case)
    objected(case)
    assert (case.words(d.objections.c.objector), case.words(d.objections.c.reason)) == ("谭䢺", REASON)
    assert "谭䢺" not in str(case.facts)


def test_each_objection_has_a_record_of_its_own(case: Case) -> None:
    prepare(case)
    case.submit({"relation": "child"}, "objections.filed", {"phone": "13907310001"})
    objected(case)
    case.submit({"relation": "sibling"}, "objections.filed", {"phone": ""})
    file(case, "谭䶮", "分配协议没有经我同意")
    assert case.run("objection.open")["objection"] == "o2"
    assert {name: case.facts["objections"][name]["filed"]["relation"] for name in ("o1", "o2")} == {
        "o1": "child",
        "o2": "sibling",
    }
    kept = {name: case.sealed["objections"][name]["filed"] for name in ("o1", "o2")}
    assert kept["o1"] == {"objector": "谭䢺", "phone": "13907310001", "reason": REASON}
    assert kept["o2"] == {"objector": "谭䶮", "reason": "分配协议没有经我同意"}


def test_an_objection_names_who_and_why(case: Case) -> None:
    prepare(case)
    file(case, objector=" ")
    assert refused(case, "objection.open").rule == "objector_missing"
    file(case, reason=None)
    assert refused(case, "objection.open").rule == "reason_missing"
    assert case.facts["objection"]["open"] is False


def test_a_rejected_objection_opens_the_gate_again(case: Case) -> None:
    prepare(case)
    objected(case)
    case.run("objection.close", decision="rejected", document="（2026）湘0102民初77号")
    row = case.row(d.objections)
    assert (row.status, row.document, row.ended_at) == ("rejected", "（2026）湘0102民初77号", case.now_text)
    assert case.facts["objection"] == {"open": False, "upheld": False}
    assert case.messages[-1] == "payment_gate_changed"


def test_an_upheld_objection_keeps_its_mark(case: Case) -> None:
    prepare(case)
    objected(case)
    case.run("objection.close", decision="upheld", document="（2026）湘0102民初77号")
    assert case.facts["objection"] == {"open": False, "upheld": True}
    assert case.messages[-1] == "payment_gate_changed"


def test_the_gate_stays_shut_while_another_objection_is_open(case: Case) -> None:
    prepare(case)
    first, second = objected(case), objected(case, "谭䶮")
    case.run("objection.close", decision="retracted", objection_id=second)
    assert {row.id: row.status for row in case.rows(d.objections)} == {first: "open", second: "retracted"}
    assert case.facts["objection"]["open"] is True
    assert "payment_gate_changed" not in case.messages
    case.run("objection.close", decision="retracted")
    assert case.facts["objection"]["open"] is False


def test_a_decision_rests_on_a_document(case: Case) -> None:
    prepare(case)
    objected(case)
    for decision in ("rejected", "upheld"):
        assert refused(case, "objection.close", decision=decision, document=" ").rule == "document_missing"
    assert refused(case, "objection.close", decision="agreed", document="x").rule == "decision_unknown"
    assert case.row(d.objections).status == "open"


def test_what_is_not_open_is_not_closed(case: Case) -> None:
    prepare(case)
    assert refused(case, "objection.close", decision="retracted").rule == "objection_unknown"
    objected(case)
    case.run("objection.close", decision="retracted")
    closed = case.row(d.objections).id
    assert refused(case, "objection.close", decision="retracted", objection_id=closed).rule == "objection_unknown"


def test_nobody_objects_once_the_death_is_revoked(case: Case) -> None:
    prepare(case)
    case.insert(d.revocations, reason=b"sealed", document="撤字1号", revoked_at=case.now_text, revoked_by="x")
    file(case)
    assert refused(case, "objection.open").rule == "death_revoked"
