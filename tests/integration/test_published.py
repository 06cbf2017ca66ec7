"""Messages that workers send their own case, and those that only some people may send."""

from __future__ import annotations

from typing import Any

import pytest

from engine import jobs
from engine import tables as t
from engine.actors import SYSTEM, Actor
from engine.errors import InvalidInput, LimitExceeded, NotFound, RuleViolation
from engine.messages import Outcome, publish_message
from engine.registry import CaseAccess, Job, worker
from tests.integration.conftest import CLERK, World, form

SETTER = """
start s
user a group=clerks
job tell type=hold.release in:key="=case.x"
end e
s -> a -> tell -> e
"""
GATE = """
start told message=told
catch wait message=gate_changed out:by="=officer"
user go group=clerks in:by="=by"
end e
told -> wait -> go -> e
"""


def release(world: World, **options: Any) -> None:
    @worker("hold.release", in_transaction=True, inputs=("key?",), workers=world.workers)
    def tell(job: Job, case: CaseAccess) -> None:
        case.publish("gate_changed", {"officer": "陈警官"}, **options)


def test_a_worker_wakes_another_instance_of_its_case_within_the_command(world: World) -> None:
    release(world)
    world.publish(main=SETTER, funeral=GATE)
    case = world.start()
    publish_message(world.runtime, SYSTEM, case, "told")
    world.complete("a")
    assert world.open(case) == ["go"]
    [row] = world.rows(t.user_tasks, status="open")
    assert row.locals == '{"by":"陈警官"}'
    assert len(world.rows(t.audit)) == 3, "one line a command"


def test_a_wait_that_the_same_command_opened_gets_it_and_one_that_it_closed_does_not(world: World) -> None:
    release(world)
    both = """
        start s
        user a group=clerks
        boundary stopped on=a message=gate_changed
        parallel p
        job tell type=hold.release
        catch wait message=gate_changed
        user b group=clerks
        end e
        end f
        end g
        s -> a -> p
        p -> tell -> e
        p -> wait -> b -> f
        stopped -> g
    """
    world.publish(main=both)
    case = world.start()
    world.complete("a")
    assert world.open(case) == ["b"]


PAYMENTS = """
start s
parallel p
user pay1 group=clerks
boundary barred1 on=pay1 message=gate_changed
user pay2 group=clerks
boundary barred2 on=pay2 message=gate_changed
catch wait1 message=gate_changed
catch wait2 message=gate_changed
parallel j
end e
s -> p
p -> pay1 -> j
p -> pay2 -> j
barred1 -> wait1 -> j
barred2 -> wait2 -> j
j -> e
"""


def test_a_workers_message_reaches_everything_that_waits_then_and_nothing_that_waits_because_of_it(
    world: World,
) -> None:
    release(world)
    world.publish(main=SETTER, departments=PAYMENTS.replace("start s", "start s message=told"))
    case = world.start()
    publish_message(world.runtime, SYSTEM, case, "told")
    world.complete("a")
    assert world.open(case) == []
    assert sorted(row.element_id for row in world.rows(t.message_waits)) == ["wait1", "wait2"]
    assert publish_message(world.runtime, SYSTEM, case, "gate_changed").delivered == 1, "one from outside is one answer"


def test_a_message_with_a_key_passes_waits_with_another_by(world: World) -> None:
    release(world, correlation_key="K2")
    world.publish(main=SETTER, funeral=GATE.replace("message=gate_changed", 'message=gate_changed key="=case.key"'))
    case = world.start(facts={"key": "K1"})
    publish_message(world.runtime, SYSTEM, case, "told")
    world.complete("a")
    assert world.open(case) == [] and world.rows(t.message_inbox) == []


def test_what_nobody_waits_for_is_dropped_or_kept_as_the_worker_says(world: World) -> None:
    release(world, keep=True)
    world.publish(main=SETTER, funeral=GATE)
    case = world.start(facts={"x": ""})
    world.complete("a")
    assert world.case(case).status == "completed"
    assert [row.status for row in world.rows(t.message_inbox)] == ["expired"], "the case ended with it"


def test_a_message_that_is_kept_meets_a_wait_that_opens_later_in_the_same_command(world: World) -> None:
    release(world, keep=True)
    later = "start s\nuser a group=clerks\njob tell type=hold.release\ncatch wait message=gate_changed\n"
    later += "user b group=clerks\nend e\ns -> a -> tell -> wait -> b -> e"
    world.publish(main=later)
    case = world.start()
    world.complete("a")
    assert world.open(case) == ["b"]


def test_a_worker_starts_a_process_of_its_case(world: World) -> None:
    release(world)
    review = (
        'start r message=gate_changed out:by="=officer"\nuser review group=police in:by="=by"\nend e\nr -> review -> e'
    )
    world.publish(main=SETTER, police_review=review)
    case = world.start()
    world.complete("a")
    assert world.open(case) == ["review"] and world.case(case).status == "open"


def test_what_a_refused_worker_published_goes_with_its_refusal(world: World) -> None:
    @worker("hold.release", in_transaction=True, errors=("too_late",), workers=world.workers)
    def tell(job: Job, case: CaseAccess) -> None:
        case.publish("gate_changed")
        raise RuleViolation("too_late", "已经火化")

    caught = SETTER.replace("end e", "end e\nboundary late on=tell error=too_late\nend f\nlate -> f")
    world.publish(main=caught, funeral=GATE)
    case = world.start()
    publish_message(world.runtime, SYSTEM, case, "told")
    world.complete("a")
    assert world.open(case) == []
    assert len(world.rows(t.message_waits)) == 1


def test_workers_that_send_each_other_messages_for_ever_are_stopped(world: World) -> None:
    release(world)
    ring = """
        start s
        user a group=clerks
        exclusive again
        job tell type=hold.release
        catch wait message=gate_changed
        end e
        s -> a -> again -> tell -> wait
        wait -> again
    """
    world.publish(main=ring.replace("end e\n", ""))
    case = world.start()
    with pytest.raises(LimitExceeded):
        world.complete("a")
    assert world.open(case) == ["a"], "the command left nothing"


def test_a_worker_sees_who_acts_and_what_release_runs(world: World) -> None:
    seen: list[Any] = []

    @worker("hold.release", in_transaction=True, workers=world.workers)
    def look(job: Job, case: CaseAccess) -> None:
        seen.extend([case.actor.id, case.region, case.release.manifest.code, case.release.form("plain").id])
        case.write_sealed({"name": "欧阳翀"}, "deceased")
        with pytest.raises(LookupError):
            case.resource(dict)

    world.publish(main=SETTER)
    case = world.start()
    world.complete("a", actor=CLERK)
    assert seen == ["wang", "430000", "pack", "form"]
    assert "欧阳翀".encode() not in bytes(world.case(case).sealed)
    assert "欧阳翀" not in world.case(case).facts


MESSAGES = {
    "told": {
        "name": "已通知",
        "description": "通知殡仪馆",
        "senders": ["clerks"],
        "variables": {"by": "string", "at": "date and time", "frozen": "boolean", "count": "number"},
    },
    "gate_changed": {"name": "闸口", "description": "只由系统发出"},
}


def test_only_the_senders_of_a_message_may_send_it(world: World) -> None:
    world.publish(main=SETTER, funeral=GATE, messages=MESSAGES)
    case = world.start()
    stranger = Actor("li", frozenset({"police"}), "430000")
    for actor, name in ((stranger, "told"), (CLERK, "gate_changed")):
        with pytest.raises(NotFound):
            publish_message(world.runtime, actor, case, name)
    assert publish_message(world.runtime, CLERK, case, "told").started
    assert publish_message(world.runtime, SYSTEM, case, "gate_changed") == Outcome(delivered=1)


NOTICE = form("objector!", "ground!", "page", sensitive=("objector",))
FORM_MESSAGE: dict[str, dict[str, Any]] = {
    "objected": {"name": "异议", "description": "提出异议", "form": "notice", "facts": "objections.filed"}
}
OBJECTION = """
start s message=objected out:ground="=ground"
user hear group=clerks in:ground="=ground"
end e
s -> hear -> e
"""


def test_a_message_with_a_form_is_submitted_like_one(world: World) -> None:
    FORM_MESSAGE["objected"]["senders"] = ["clerks"]
    world.publish(main=SETTER, objection=OBJECTION, messages=FORM_MESSAGE, form_notice=NOTICE)
    case = world.start()
    with pytest.raises(InvalidInput) as refused:
        publish_message(world.runtime, CLERK, case, "objected", {"ground": "", "frozen": True})
    assert set(refused.value.fields) == {"objector", "ground", "frozen"}
    given = {"objector": "亓官䶮", "ground": "分配不公", "page": "3"}
    assert publish_message(world.runtime, CLERK, case, "objected", given).started
    assert world.facts(case)["objections"] == {"filed": {"ground": "分配不公", "page": "3"}}
    [row] = [row for row in world.rows(t.user_tasks, status="open") if row.element_id == "hear"]
    assert row.locals == '{"ground":"分配不公"}'
    secret = "亓官䶮".encode()
    assert all(secret not in state for state in world.states())
    assert secret not in bytes(world.case(case).sealed)
    publish_message(world.runtime, CLERK, case, "objected", {"objector": "令狐翀", "ground": "另有遗嘱"})
    assert world.facts(case)["objections"] == {"filed": {"ground": "另有遗嘱", "page": ""}}, (
        "nothing of the first is left"
    )


def test_a_case_starts_with_the_form_of_its_message(world: World) -> None:
    FORM_MESSAGE["objected"]["senders"] = ["police"]
    world.publish(main=SETTER, objection=OBJECTION, messages=FORM_MESSAGE, form_notice=NOTICE)
    given = {"objector": "亓官䶮", "ground": "分配不公"}
    with pytest.raises(NotFound):
        world.start(message="objected", payload=given)
    with pytest.raises(InvalidInput):
        world.start(message="objected", payload={}, actor=SYSTEM)
    case = world.start(message="objected", payload=given, actor=SYSTEM)
    assert world.facts(case)["objections"]["filed"]["ground"] == "分配不公"


def test_a_job_type_that_feel_computes_is_one_that_somebody_serves(world: World) -> None:
    asked = 'start s\nuser a group=clerks\njob ask type="=case.x"\nend e\ns -> a -> ask -> e'
    served = {"pension.suspend": {"description": "暂停待遇"}}
    world.publish(main=asked, jobs=served)
    known, unknown = world.start(), world.start()
    world.complete("a", known, x="pension.suspend")
    world.complete("a", unknown, x="pension.stop")
    assert [row.type for row in world.rows(t.jobs)] == ["pension.suspend"]
    assert [row.case_id for row in world.rows(t.incidents)] == [unknown]


REFERRED: dict[str, dict[str, Any]] = {
    "referred": {
        "name": "移送",
        "description": "移送审核",
        "senders": ["clerks"],
        "variables": {"source": "string", "reason": {"type": "string", "sensitive": True}},
        "facts": "referral",
    }
}
REFERRAL = """
start s message=referred out:source="=source"
user review group=clerks
end e
s -> review -> e
"""


def test_a_sensitive_variable_of_a_message_goes_sealed_to_the_case_and_nowhere_else(world: World) -> None:
    world.publish(main=SETTER, referral=REFERRAL, messages=REFERRED)
    case = world.start()
    secret = "颈部有索沟样痕迹"
    publish_message(world.runtime, CLERK, case, "referred", {"source": "clinic", "reason": secret})
    assert "referral" not in world.facts(case)
    assert world.runtime.sealer.open(bytes(world.case(case).sealed), case) == {"referral": {"reason": secret}}
    stored = [str(tuple(row)) for table in (t.cases, t.user_tasks, t.audit) for row in world.rows(table)]
    assert not any(secret in row for row in stored)
    assert not any(secret.encode() in state for state in world.states())
    publish_message(world.runtime, CLERK, case, "referred", {"source": "police"})
    assert world.runtime.sealer.open(bytes(world.case(case).sealed), case) == {"referral": {}}, "nothing is left of it"
    with pytest.raises(InvalidInput):
        publish_message(world.runtime, CLERK, case, "referred", {"source": "police", "reason": 7})


def test_a_sensitive_result_of_an_outside_job_goes_sealed_to_the_case_and_nowhere_else(world: World) -> None:
    asked = 'start s\njob ask type="bank.ask" out:outcome="=outcome"\nuser a group=clerks\nend e\ns -> ask -> a -> e'
    outputs = {"outcome": "string", "reason": {"type": "string", "sensitive": True}}
    world.publish(main=asked, jobs={"bank.ask": {"description": "查询账户", "outputs": outputs}})
    case = world.start()
    [lease] = jobs.lease(world.runtime, ["bank.ask"], "bank")
    jobs.complete(world.runtime, lease.job.id, lease.token, {"outcome": "refused", "reason": "逝者生前有贷款"})
    assert world.facts(case) == {}
    sealed = world.runtime.sealer.open(bytes(world.case(case).sealed), case)
    assert sealed == {"answers": {"bank": {"ask": {"reason": "逝者生前有贷款"}}}}
    assert not any("逝者生前有贷款".encode() in state for state in world.states())


def test_what_an_outside_system_says_to_an_error_goes_sealed_to_the_case_and_nowhere_else(world: World) -> None:
    pay = """
        start s
        job pay type="bank.pay"
        user a group=clerks
        boundary r on=pay error=returned out:why="=errorMessage"
        end e
        s -> pay -> a -> e
        r -> a
    """
    bank = {"bank.pay": {"description": "付款", "outputs": {}, "errors": {"returned": "退回"}}}
    world.publish(main=pay, jobs=bank)
    case = world.start()
    [lease] = jobs.lease(world.runtime, ["bank.pay"], "bank")
    jobs.throw_error(world.runtime, lease.job.id, lease.token, "returned", "谭䶮的账户已销户")
    sealed = world.runtime.sealer.open(bytes(world.case(case).sealed), case)
    assert sealed == {"answers": {"bank": {"pay": {"error": "谭䶮的账户已销户"}}}}
    stored = [str(tuple(row)) for table in (t.cases, t.jobs, t.user_tasks, t.audit) for row in world.rows(table)]
    assert not any("谭䶮" in text for text in stored)
    assert not any("谭䶮".encode() in state for state in world.states())
    assert world.rows(t.jobs)[0].error == "returned"


def test_a_payload_is_as_declared(world: World) -> None:
    world.publish(main=SETTER, funeral=GATE, messages=MESSAGES)
    case = world.start()
    wrong = {"by": 1, "at": "昨天", "frozen": "是", "count": True, "who": "陈"}
    with pytest.raises(InvalidInput) as refused:
        publish_message(world.runtime, CLERK, case, "told", wrong)
    assert set(refused.value.fields) == set(wrong)
    right = {"by": None, "at": "2026-04-05T09:30:00+08:00", "frozen": False, "count": 2}
    assert publish_message(world.runtime, CLERK, case, "told", right).started
