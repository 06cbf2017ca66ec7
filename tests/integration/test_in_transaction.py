"""Workers inside a command: what they return and write commits as declared, or not at all."""

from __future__ import annotations

from typing import Any

from engine import tables as t
from engine.errors import RuleViolation
from engine.registry import CaseAccess, Job, worker
from tests.integration.conftest import World

REGISTER = """
start s
user a group=clerks
job book type=niche.book
boundary taken on=book error=niche_taken
user choose group=clerks in:shown="=number"
end e
end booked
s -> a -> book -> booked
taken -> choose -> e
"""


def test_a_caught_refusal_leaves_nothing_of_what_was_written_before_it(world: World) -> None:
    @worker("niche.book", in_transaction=True, errors=("niche_taken",), workers=world.workers)
    def book(job: Job, case: CaseAccess) -> dict[str, Any]:
        case.write_facts({"niche": "三排七号"})
        assert case.connection is not None
        case.connection.execute(t.heartbeats.insert(), {"name": job.id, "at": "2026", "note": ""})
        raise RuleViolation("niche_taken", "格位已被占用")

    world.publish(main=REGISTER)
    case = world.start()
    world.complete("a", x="1")
    assert world.open(case) == ["choose"]
    assert "niche" not in world.facts(case) and world.facts(case)["x"] == "1"
    assert world.rows(t.heartbeats) == []


def test_only_declared_outputs_enter_the_variables(world: World) -> None:
    @worker("niche.book", in_transaction=True, outputs=("booked",), workers=world.workers)
    def book(job: Job, case: CaseAccess) -> dict[str, Any]:
        return {"booked": True, "number": "430103194903074527"}

    world.publish(main=REGISTER.replace("book -> booked", "book -> choose2 -> booked") + CHOOSE_TOO)
    world.start()
    world.complete("a")
    [opened] = world.rows(t.user_tasks, status="open")
    assert opened.locals == '{"shown":null}'
    assert all(b"430103194903074527" not in state for state in world.states())


CHOOSE_TOO = 'user choose2 group=clerks in:shown="=number"'


def test_what_the_database_says_of_a_row_stays_out_of_the_incident(world: World) -> None:
    @worker("niche.book", in_transaction=True, workers=world.workers)
    def book(job: Job, case: CaseAccess) -> None:
        assert case.connection is not None
        for _ in range(2):
            case.connection.execute(t.heartbeats.insert(), {"name": "430103194903074527", "at": "2026", "note": ""})

    world.publish(main=REGISTER)
    world.start()
    world.complete("a")
    [incident] = world.rows(t.incidents)
    assert "IntegrityError" in incident.message and "430103194903074527" not in incident.message


def test_a_result_that_is_no_variables_is_an_incident(world: World) -> None:
    @worker("niche.book", in_transaction=True, workers=world.workers)
    def book(job: Job, case: CaseAccess) -> Any:
        return ["三排七号"]

    world.publish(main=REGISTER)
    world.start()
    world.complete("a")
    [incident] = world.rows(t.incidents)
    assert (incident.kind, incident.element_id) == ("worker_failed", "book")
