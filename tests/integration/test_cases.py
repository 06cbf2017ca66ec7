"""The verbs on both databases: what a command commits together, and what it refuses."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import orjson
import pytest

from engine import cases, inbox
from engine import tables as t
from engine.actors import SYSTEM, Actor
from engine.errors import Conflict, InvalidInput, KeyReused, NotFound, RuleViolation
from engine.registry import CaseAccess, Job, worker
from tests.integration.conftest import CLERK, World, form

APPROVAL = """
start s
user review group=clerks out:approved="=approved"
exclusive is_approved default=no
user pay group=cashiers
end paid
end refused
s -> review -> is_approved
is_approved -> pay : approved = "yes"
no: is_approved -> refused
pay -> paid
"""


def test_completing_a_task_moves_the_case_and_stores_the_facts(world: World) -> None:
    world.publish(
        main=APPROVAL.replace("review group", "review form=review group"), form_review=form("approved!", "note")
    )
    case = world.start()
    world.complete("review", actor=CLERK, approved="yes", note="材料齐全")
    assert world.open(case) == ["pay"]
    assert world.facts(case) == {"approved": "yes", "note": "材料齐全"}
    world.complete("pay")
    assert world.case(case).status == "completed"
    assert world.states() == []


def test_only_what_the_diagram_maps_enters_the_state(world: World) -> None:
    world.publish(
        main=APPROVAL.replace("review group", "review form=review group"), form_review=form("approved", "note")
    )
    world.start()
    world.complete("review", approved="yes", note="张䶮之母")
    [state] = world.states()
    assert b"approved" in state and "䶮".encode() not in state


def test_a_broken_form_changes_nothing(world: World) -> None:
    world.publish(main=APPROVAL.replace("review group", "review form=review group"), form_review=form("approved!"))
    case = world.start()
    before = world.case(case)
    with pytest.raises(InvalidInput) as refused:
        world.complete("review", approved="")
    assert list(refused.value.fields) == ["approved"]
    with pytest.raises(InvalidInput):
        world.complete("review", approved="yes", **{"hold.released": True})
    assert world.case(case) == before and world.open(case) == ["review"]


def test_sensitive_values_are_sealed_and_can_be_looked_up(world: World) -> None:
    files = form("deceased_id", "deceased_name", sensitive=("deceased_id",))
    world.publish(main="start s\nuser a form=report group=clerks\nend e\ns -> a -> e", form_report=files)
    case = world.start()
    world.complete("a", deceased_id="11010519491231002X", deceased_name="欧阳翀")
    row = world.case(case)
    assert "11010519491231002X" not in row.facts and b"11010519491231002X" not in bytes(row.sealed)
    assert world.runtime.sealer.open(bytes(row.sealed), case) == {"deceased_id": "11010519491231002X"}
    find = cases.find_by_sealed
    assert find(world.runtime, CLERK, "deceased_id", " 11010519491231002x ") == [case]
    assert find(world.runtime, CLERK, "deceased_id", "110105194912310021") == []
    assert find(world.runtime, Actor("qian", CLERK.groups, "520000"), "deceased_id", "11010519491231002X") == []


def test_another_departments_or_regions_task_does_not_exist(world: World) -> None:
    world.publish(main=APPROVAL)
    world.start(region="430600")
    task = world.task("review")
    for stranger in (
        Actor("li", frozenset({"cashiers"}), "430000"),
        Actor("zhao", frozenset({"clerks"}), "520000"),
        Actor("qian", frozenset({"clerks"}), "430700"),
        Actor("sun", frozenset({"clerks"}), ""),
    ):
        with pytest.raises(NotFound) as refused:
            cases.complete_user_task(world.runtime, stranger, task, {})
        with pytest.raises(NotFound) as absent:
            cases.complete_user_task(world.runtime, stranger, "0" * 32, {})
        assert str(refused.value).replace(task, "") == str(absent.value).replace("0" * 32, "")
        assert inbox.list_open(world.runtime, stranger) == []
    county = Actor("zhou", frozenset({"clerks"}), "430600")
    assert [row.id for row in inbox.list_open(world.runtime, county)] == [task]
    cases.complete_user_task(world.runtime, county, task, {})


@pytest.mark.parametrize("region", ["12", "4306000", "43060a", "４３０６００"])
def test_a_region_that_no_clerk_could_have_is_refused(world: World, region: str) -> None:
    world.publish(main=APPROVAL)
    with pytest.raises(InvalidInput) as refused:
        world.start(region=region, actor=SYSTEM)
    assert list(refused.value.fields) == ["region"]
    assert world.rows(t.cases) == []


def test_a_task_is_completed_once(world: World) -> None:
    world.publish(main=APPROVAL)
    world.start()
    task = world.task("review")
    cases.complete_user_task(world.runtime, CLERK, task, {})
    with pytest.raises(Conflict):
        cases.complete_user_task(world.runtime, CLERK, task, {})


def test_a_key_gives_the_first_answer_again(world: World) -> None:
    world.publish(main=APPROVAL)
    first = world.start(key="k")
    assert world.start(key="k") == first
    assert len(world.rows(t.cases)) == 1
    with pytest.raises(KeyReused):
        world.start(key="k", region="430600")
    request = ["start", "pack", "", "", "", {}, {}, {}]
    [kept] = world.rows(t.idempotency_keys)
    assert kept.request_hash != sha256(orjson.dumps(request)).hexdigest()  # whoever guesses one cannot check it
    task = world.task("review")
    for _ in range(2):
        cases.complete_user_task(world.runtime, CLERK, task, {}, key="c")
    assert len(world.rows(t.audit)) == 2


def test_claim_release_reassign_and_draft(world: World) -> None:
    world.publish(
        main=APPROVAL.replace("review group", "review form=review group"), form_review=form("approved!", "note")
    )
    world.start()
    task, other = world.task("review"), Actor("liu", frozenset({"clerks"}), "430000")
    inbox.claim(world.runtime, CLERK, task)
    inbox.claim(world.runtime, CLERK, task)
    with pytest.raises(Conflict):
        inbox.claim(world.runtime, other, task)
    with pytest.raises(Conflict):
        cases.complete_user_task(world.runtime, other, task, {"approved": "yes"})
    inbox.save_draft(world.runtime, CLERK, task, {"note": "待核对户口簿"})
    assert inbox.read_draft(world.runtime, CLERK, task) == {"note": "待核对户口簿"}
    with pytest.raises(InvalidInput):
        inbox.save_draft(world.runtime, CLERK, task, {"released": True})
    with pytest.raises(InvalidInput):
        inbox.reassign(world.runtime, other, task, "liu", "  ")
    inbox.reassign(world.runtime, other, task, "liu", "王同志休假")
    assert world.rows(t.user_tasks)[0].assignee == "liu"
    inbox.release(world.runtime, other, task)
    assert world.rows(t.user_tasks)[0].assignee is None
    cases.complete_user_task(world.runtime, CLERK, task, {"approved": "yes"})
    [review, _] = sorted(world.rows(t.user_tasks), key=lambda row: row.element_id, reverse=True)
    assert (review.completed_by, review.draft, review.status) == ("wang", None, "completed")
    verbs = [row.verb for row in world.rows(t.audit)]
    assert verbs == ["start", "claim", "claim", "draft", "reassign", "release", "complete"]


def test_a_failing_condition_is_an_incident_and_the_clerks_work_is_kept(world: World) -> None:
    world.publish(
        main="start s\nuser a group=clerks\nexclusive g\nend e\nend f\ns -> a -> g\ng -> e : gone(1)\ng -> f : x = 2"
    )
    case = world.start()
    world.complete("a", x="1")
    assert world.facts(case)["x"] == "1" and "half" not in world.facts(case)
    assert world.rows(t.user_tasks)[0].status == "completed"
    [incident] = world.rows(t.incidents)
    assert (incident.element_id, incident.status) == ("g", "open")
    cases.retry_incident(world.runtime, SYSTEM, incident.id)
    states = sorted(row.status for row in world.rows(t.incidents))
    assert states == ["open", "resolved"]
    with pytest.raises(Conflict):
        cases.retry_incident(world.runtime, SYSTEM, incident.id)


def test_the_domain_refuses_a_persons_command_whole(world: World) -> None:
    @worker("gate.check", in_transaction=True, errors=("frozen",), workers=world.workers)
    def check(job: Job, case: CaseAccess) -> None:
        case.write_facts({"touched": True})
        raise RuleViolation("frozen", "遗体处于冻结状态，不得火化")

    world.publish(main="start s\nuser a group=clerks\njob gate type=gate.check\nend e\ns -> a -> gate -> e")
    case = world.start()
    with pytest.raises(RuleViolation, match="不得火化"):
        world.complete("a", x="1")
    assert world.open(case) == ["a"] and world.facts(case) == {} and world.rows(t.incidents) == []


def test_a_diagram_may_catch_the_refusal(world: World) -> None:
    @worker("gate.check", in_transaction=True, errors=("frozen",), workers=world.workers)
    def check(job: Job, case: CaseAccess) -> None:
        raise RuleViolation("frozen", "遗体处于冻结状态，不得火化")

    world.publish(
        main="""
        start s
        user a group=clerks
        job gate type=gate.check
        boundary caught on=gate error=frozen
        user wait_for_police group=clerks
        end e
        end f
        s -> a -> gate -> e
        caught -> wait_for_police -> f
        """
    )
    case = world.start()
    world.complete("a")
    assert world.open(case) == ["wait_for_police"]


def test_an_in_transaction_worker_writes_with_the_command(world: World) -> None:
    @worker("number.issue", in_transaction=True, inputs=("kind",), outputs=("number",), workers=world.workers)
    def issue(job: Job, case: CaseAccess) -> dict[str, Any]:
        assert case.connection is not None
        case.write_facts({"kind": job.inputs["kind"]}, "certificate")
        return {"number": f"{case.now():%Y}-1"}

    world.publish(
        main="""
            start s
            job issue type=number.issue in:kind="=\\"normal\\""
            user a group=clerks in:n="=number"
            end e
            s -> issue -> a -> e
        """
    )
    case = world.start()
    assert world.facts(case) == {"certificate": {"kind": "normal"}}
    assert json.loads(world.rows(t.user_tasks)[0].locals) == {"n": "2026-1"}


def test_a_crashing_worker_is_an_incident_at_its_task(world: World) -> None:
    broken = [True]

    @worker("number.issue", in_transaction=True, workers=world.workers)
    def issue(job: Job, case: CaseAccess) -> None:
        case.write_facts({"half": "done"})
        if broken[0]:
            raise ZeroDivisionError("除以零")

    world.publish(main="start s\nuser a group=clerks\njob issue type=number.issue\nend e\ns -> a -> issue -> e")
    case = world.start()
    world.complete("a", x="1")
    [incident] = world.rows(t.incidents)
    assert (incident.element_id, incident.kind) == ("issue", "worker_failed")
    assert world.facts(case)["x"] == "1" and "half" not in world.facts(case)
    broken[0] = False
    cases.retry_incident(world.runtime, SYSTEM, incident.id)
    assert world.case(case).status == "completed"


def test_what_a_form_hides_is_forgotten(world: World) -> None:
    hidden = json.loads(form("verdict", "remark", "id", sensitive=("id",)))
    for component in hidden["components"][1:]:
        component["conditional"] = {"hide": '=verdict = "confirmed"'}
    loop = """
    start s
    exclusive again
    user check form=check facts=checks.kinship group=clerks out:verdict="=verdict"
    exclusive g default=stop
    end e
    s -> again -> check -> g
    g -> again : verdict != "confirmed"
    stop: g -> e
    """
    world.publish(main=loop, form_check=json.dumps(hidden).encode())
    case = world.start()
    world.complete("check", verdict="doubtful", remark="户口簿缺页", id="11010519491231002X")
    assert world.facts(case) == {"checks": {"kinship": {"verdict": "doubtful", "remark": "户口簿缺页"}}}
    world.complete("check", verdict="confirmed")
    assert world.facts(case) == {"checks": {"kinship": {"verdict": "confirmed"}}}
    assert world.rows(t.sealed_index) == []


def test_cancel_ends_everything(world: World) -> None:
    world.publish(
        main="""
        start s
        parallel p
        user a group=clerks
        job b
        catch c message=paper
        catch d timeDuration=P1D
        parallel j
        end e
        s -> p
        p -> a -> j
        p -> b -> j
        p -> c -> j
        p -> d -> j
        j -> e
        """
    )
    case = world.start()
    with pytest.raises(InvalidInput):
        cases.cancel(world.runtime, SYSTEM, case, "")
    cases.cancel(world.runtime, SYSTEM, case, "重复立案")
    assert world.case(case).status == "cancelled"
    assert [row.status for row in world.rows(t.user_tasks)] == ["cancelled"]
    assert [row.status for row in world.rows(t.jobs)] == ["cancelled"]
    assert world.rows(t.timers) == world.rows(t.message_waits) == world.states() == []
    with pytest.raises(Conflict):
        cases.cancel(world.runtime, SYSTEM, case, "再次")


def test_feel_reads_the_switches_of_the_pack(world: World) -> None:
    world.publish(
        main="""
            start s
            exclusive g default=no
            user apply group=clerks
            end e
            s -> g
            g -> apply : switches.intake.online
            no: g -> e
            apply -> e
        """
    )
    closed = world.start()
    assert world.case(closed).status == "completed"
    switch = {
        "title": "网上受理",
        "key": "intake.online",
        "value": True,
        "default": False,
        "status": "待确认",
        "class": "policy",
    }
    world.publish(switches={"C-01": switch})
    assert world.open(world.start()) == ["apply"]
