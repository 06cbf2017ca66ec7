"""The departments' systems that are played: every job is answered as it is declared, in a demonstration alone."""

from __future__ import annotations

from collections import Counter

import pytest
import sqlalchemy as sa

from engine import db
from engine import tables as t
from engine.clock import FixedClock
from engine.declared import check_declared
from engine.errors import ConfigError
from engine.pack_schema import Manifest
from engine.registry import Job
from engine.releases import current_release
from engine.worker import ClockGuard, Worker
from tests.demonstration.conftest import Filled
from tests.web.conftest import PACK
from web.demonstration.departments import LONGEST, SHORTEST, Departments, answer
from web.services import Services
from web.settings import WebSettings


def manifest_of(filled: Filled) -> Manifest:
    with db.reading(filled.own.database) as connection:
        release = filled.own.runtime.releases.get(connection, current_release(connection, PACK).id)
    return release.manifest


def job(type_: str, number: int, item: str = "survivor_benefit", attempt: int = 1) -> Job:
    inputs = {"item": item, "payment_id": "p", "amount_cents": 1}
    return Job(f"{number:032x}", "c", "handle_item", "ask_department", type_, inputs, {}, attempt)


def test_every_declared_job_is_answered_within_its_declaration(few: Filled) -> None:
    manifest = manifest_of(few)
    assert manifest.jobs
    for type_, declared in manifest.jobs.items():
        for number in range(60):
            said = answer(job(type_, number), manifest)
            assert said.variables.keys() <= declared.outputs.keys()
            check_declared(dict(said.variables), declared.outputs)
            assert not said.error or said.error in declared.errors


def test_answers_vary_and_the_same_job_is_answered_alike(few: Filled) -> None:
    manifest = manifest_of(few)
    said = [answer(job("pension.suspend", number, "pension_suspend"), manifest) for number in range(400)]
    kinds = Counter("fails" if one.fails else str(one.variables.get("outcome")) for one in said)
    assert kinds.keys() == {"done", "refused", "offline", "fails"}
    assert kinds["done"] > 300
    assert said == [answer(job("pension.suspend", number, "pension_suspend"), manifest) for number in range(400)]
    bank = [answer(job("bank.pay", number), manifest) for number in range(400)]
    assert {one.error for one in bank} == {"", "account_rejected"}
    assert not any(answer(job("bank.pay", number, attempt=2), manifest).error for number in range(400))


def test_only_what_is_paid_out_gets_an_amount(few: Filled) -> None:
    manifest = manifest_of(few)
    for item, pays in (("survivor_benefit", True), ("equity_query", False)):
        done = [answer(job("equity.query", number, item), manifest) for number in range(50)]
        assert {"amount_cents" in one.variables for one in done if one.variables.get("outcome") == "done"} == {pays}


def test_waiting_jobs_are_taken_and_answered_after_a_while(few: Filled) -> None:
    few.fill()
    clock = few.own.clock
    assert isinstance(clock, FixedClock)
    played = Departments(few.own)
    before = statuses(few)
    assert before["available"] >= 2
    assert played.run_once() == 0
    assert statuses(few)["leased"] == before["available"]
    clock.advance(SHORTEST / 2)
    assert played.run_once() == 0
    answered = 0
    for _ in range(40):  # what failed comes again, and what was ordered then is paid
        clock.advance(LONGEST)
        answered += played.run_once()
        Worker(few.own.runtime, guard=Still(few.own.runtime)).run_once()
    assert answered >= before["available"]
    assert statuses(few)["available"] == 0


class Still(ClockGuard):
    def jumped(self) -> bool:
        return False


def statuses(filled: Filled) -> Counter[str]:
    declared = list(manifest_of(filled).jobs)
    query = sa.select(t.jobs.c.status).where(t.jobs.c.type.in_(declared))
    with db.reading(filled.own.database) as connection:
        return Counter(connection.execute(query).scalars())


def test_nobody_is_played_outside_the_demonstration(few: Filled) -> None:
    with pytest.raises(ConfigError, match="SHENHOU_DEMO"):
        Departments(Services(few.own.settings, few.own.runtime, WebSettings()))
