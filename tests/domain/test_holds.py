"""The freeze: every referral sets one, police alone lift it, with reason, document and time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine import tables as t
from tasks import tables as d
from tasks.sealed_texts import open_text
from tests.domain.applying import accept, prepare, start
from tests.domain.at_the_database import revoke
from tests.domain.conftest import Case, refuses


def freeze(case: Case, source: str = "hospital", reason: str = "死因存疑") -> str:
    return str(case.run("hold.set", source=source, reason=reason)["hold_id"])


def release(case: Case, hold_id: str, reason: str = "排除他杀", document: str = "芙公审〔2026〕7 号") -> None:
    case.run("hold.release", hold_id=hold_id, reason=reason, document=document)


def open_task(case: Case, id_: str, path: str, due: str) -> None:
    """An open user task as the engine's row has it."""
    process = {"process_id": "handle_item", "instance_id": f"instance of {id_}"[:32]}
    case.insert(
        t.process_instances, id=process["instance_id"], process_id="handle_item", status="active", revision=1,
        started_at=case.now_text,
    )  # fmt: skip
    row = {"id": id_, "element_id": "decide_item", "name": "办理事项", "form_id": "decide_item", "facts_path": path}
    row |= {"locals": "{}", "status": "open", "due_at": due, "created_at": case.now_text, **process}
    case.insert(t.user_tasks, **row, priority=50)


def test_referral_freezes_at_once_and_everybody_is_told(case: Case) -> None:
    hold_id = freeze(case.act_as("hospital.physician"))
    row = case.row(d.holds)
    assert (row.id, row.source, row.set_by, row.released_at) == (hold_id, "hospital", "zhang", None)
    assert case.facts["hold"] == {"active": True, "criminal": False, "since": case.now_text, "count": 1}
    assert case.messages == ["remains_held", "payments_barred", "funeral_told"]
    assert case.published[2].keep
    assert case.row(d.pauses).reason == "frozen"


def test_second_referral_is_a_second_hold_and_the_home_is_told_once(case: Case) -> None:
    first = freeze(case)
    case.clock.advance(timedelta(hours=3))
    second = freeze(case, "funeral", "体表有伤")
    assert first != second
    assert case.facts["hold"]["count"] == 2
    assert case.facts["hold"]["since"] == case.rows(d.holds, id=first)[0].set_at
    assert case.messages.count("funeral_told") == 1
    assert len(case.rows(d.pauses)) == 1


def test_nobody_is_told_to_fetch_a_body_that_is_not_there(case: Case) -> None:
    case.write_facts({"place": "declared"})
    freeze(case, "police")
    assert "funeral_told" not in case.messages


@pytest.mark.parametrize(("source", "reason", "rule"), [("", "x", "source_missing"), ("police", " ", "reason_missing")])
def test_referral_says_who_and_why(case: Case, source: str, reason: str, rule: str) -> None:
    refuses(rule, lambda: freeze(case, source, reason))


def test_police_release_opens_the_gates_and_starts_the_clock(case: Case) -> None:
    hold_id = freeze(case)
    case.clock.advance(timedelta(days=2))
    release(case.act_as("police.officer"), hold_id)
    row = case.row(d.holds)
    assert (row.released_at, row.released_by) == (case.now_text, "zhang")
    assert row.release_document == "芙公审〔2026〕7 号"
    assert open_text(case.sealer, d.holds.c.release_reason, row) == "排除他杀"
    assert case.facts["hold"] == {"active": False, "criminal": False, "since": None, "count": 0}
    assert case.messages[-2:] == ["gate_changed", "payment_gate_changed"]
    assert case.row(d.pauses).ended_at == case.now_text


def test_gates_stay_shut_until_the_last_hold_is_released(case: Case) -> None:
    first, second = freeze(case), freeze(case, "funeral")
    case.act_as("police.officer").published.clear()
    release(case, first)
    assert case.facts["hold"]["active"]
    assert case.messages == []
    assert case.row(d.pauses).ended_at is None
    release(case, second)
    assert not case.facts["hold"]["active"]
    assert case.messages == ["gate_changed", "payment_gate_changed"]


@pytest.mark.parametrize(
    "groups", [(), ("hospital.physician",), ("supervisor.clerk",), ("funeral.clerk",), ("police",)]
)
def test_nobody_but_police_releases_not_even_the_operator(case: Case, groups: tuple[str, ...]) -> None:
    hold_id = freeze(case)
    refuses("only_police_release", lambda: release(case.act_as(*groups), hold_id))
    assert case.facts["hold"]["active"]


def test_release_demands_reason_and_document(case: Case) -> None:
    hold_id = freeze(case)
    case.act_as("police.officer")
    refuses("reason_missing", lambda: release(case, hold_id, reason=" "))
    refuses("document_missing", lambda: release(case, hold_id, document=""))


def test_release_is_final_and_of_this_case_only(case: Case) -> None:
    hold_id = freeze(case)
    case.act_as("police.officer")
    refuses("hold_unknown", lambda: release(case, "0" * 32))
    release(case, hold_id)
    refuses("hold_kept", lambda: release(case, hold_id))
    refuses("hold_kept", lambda: case.run("hold.mark_criminal", hold_id=hold_id))


def test_crime_marks_the_hold_and_a_document_is_demanded(case: Case) -> None:
    hold_id = freeze(case)
    refuses("only_police_marks", lambda: case.act_as("clinic.doctor").run("hold.mark_criminal", hold_id=hold_id))
    case.act_as("police.officer").run("hold.mark_criminal", hold_id=hold_id)
    assert case.row(d.holds).criminal
    assert case.facts["hold"]["criminal"]
    refuses("document_missing", lambda: release(case, hold_id, document=""))
    release(case, hold_id, document="芙检〔2026〕3 号")
    assert not case.facts["hold"]["criminal"]


def test_later_hold_after_a_criminal_one_is_not_criminal(case: Case) -> None:
    first = freeze(case)
    case.act_as("police.officer").run("hold.mark_criminal", hold_id=first)
    freeze(case, "funeral")
    release(case, first)
    assert case.facts["hold"] | {"since": None} == {"active": True, "criminal": False, "since": None, "count": 1}


def test_nothing_is_frozen_after_the_revocation_but_a_freeze_can_be_lifted(case: Case) -> None:
    hold_id = freeze(case)
    revoke(case)
    refuses("death_revoked", lambda: freeze(case))
    release(case.act_as("police.officer"), hold_id)
    assert not case.facts["hold"]["active"]


def test_due_dates_are_reckoned_again_when_the_freeze_ends(case: Case) -> None:
    accept(prepare(case), "will_check")
    start(case, "will_check")
    before = case.row(d.items, code="will_check").due_on
    for name, due in (("decisions", f"{before}T15:59:59.000000Z"), ("approvals", "2026-12-01T00:00:00.000000Z")):
        open_task(case, name, f"{name}.will_check", due)
    hold_id = freeze(case)
    case.clock.advance(timedelta(days=7))
    release(case.act_as("police.officer"), hold_id)
    after = case.row(d.items, code="will_check").due_on
    assert after > before
    assert case.row(t.user_tasks, id="decisions").due_at == f"{after}T15:59:59.000000Z"
    assert case.row(t.user_tasks, id="approvals").due_at == "2026-12-01T00:00:00.000000Z"


@pytest.mark.parametrize(
    ("source", "path", "name"),
    [
        ("hospital", "certification", "referral_reason"),
        ("clinic", "investigation", "doubt"),
        ("funeral", "referral", "reason"),
    ],
)
def test_what_was_suspected_stays_sealed_and_police_read_it(case: Case, source: str, path: str, name: str) -> None:
    case.write_sealed({name: "颈部有索沟样痕迹"}, path)
    case.run("hold.set", source=source, stated_at=f"{path}.{name}")
    assert open_text(case.sealer, d.holds.c.reason, case.row(d.holds)) == "颈部有索沟样痕迹"
    assert "颈部".encode() not in bytes(case.row(d.holds).reason)
    assert case.sealed["reviews"] == {"r1": {"reason": "颈部有索沟样痕迹"}}
    assert "reviews" not in case.facts


def test_every_hold_has_a_review_of_its_own(case: Case) -> None:
    first = case.run("hold.set", source="police", reason="另案线索")
    second = case.run("hold.set", source="funeral", reason="体表有伤")
    assert (first["review"], second["review"]) == ("r1", "r2")
    assert {row.id: row.name for row in case.rows(d.holds)} == {first["hold_id"]: "r1", second["hold_id"]: "r2"}
    case.submit({"verdict": "natural"}, "reviews.r1", {"conclusion": "与本案无关"})
    case.submit({"verdict": "natural"}, "reviews.r2", {"conclusion": "陈旧伤"})
    case.act_as("police.officer").run("hold.release", hold_id=second["hold_id"], document="芙公审〔2026〕8 号")
    case.run("hold.release", hold_id=first["hold_id"], document="芙公审〔2026〕9 号")
    released = {row.name: open_text(case.sealer, d.holds.c.release_reason, row) for row in case.rows(d.holds)}
    assert released == {"r1": "与本案无关", "r2": "陈旧伤"}
    third = case.run("hold.set", source="police", reason="再有线索")
    assert third["review"] == "r3"


@pytest.mark.parametrize(
    ("criminal", "path", "name"), [(False, "reviews.r1", "conclusion"), (True, "reviews.r1.judicial", "reason")]
)
def test_hold_is_lifted_for_what_police_concluded_sealed(case: Case, criminal: bool, path: str, name: str) -> None:
    hold_id = freeze(case)
    if criminal:
        case.act_as("police.officer").run("hold.mark_criminal", hold_id=hold_id)
    case.write_sealed({name: "排除他杀"}, path)
    case.act_as("police.officer").run("hold.release", hold_id=hold_id, document="芙公审〔2026〕7 号")
    assert open_text(case.sealer, d.holds.c.release_reason, case.row(d.holds)) == "排除他杀"
