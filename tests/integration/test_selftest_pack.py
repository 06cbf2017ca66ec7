"""The selftest pack from the first message to the last: the ways through it, on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import forms
from engine import cases, inbox, jobs, messages, timers
from engine import tables as t
from engine.actors import SYSTEM
from engine.errors import RuleViolation
from engine.packs import read_pack
from engine.registry import CaseAccess, Job, worker
from engine.releases import publish
from engine.worker import run_leased
from tests.integration.conftest import World

ROOT = Path(__file__).parents[2]
SAMPLES = json.loads((ROOT / "tests/fixtures/selftest/submissions.json").read_text("utf-8"))
SCAN = {"files::scan_1": forms.Upload("亲属关系公证书.pdf", "application/pdf", 2048, b"%PDF-1.7\n")}
SPOUSE = {"relation": "spouse", "relation_note": None}


@dataclass
class Counter:
    """One case at the counter: every word is one thing that a person, a system or the clock does."""

    world: World
    case: str = ""
    notes: list[str] = field(default_factory=list)
    pushes: list[str] = field(default_factory=list)
    note_refuses: str = ""

    def register_workers(self) -> None:
        @worker(
            "selftest.note",
            in_transaction=True,
            inputs=("text",),
            outputs=("note_number",),
            errors=("niche_taken",),
            workers=self.world.workers,
        )
        def note(job: Job, case: CaseAccess) -> dict[str, Any]:
            if self.note_refuses and job.element_id == "record_certificate":
                raise RuleViolation(self.note_refuses, "登记被拒绝")
            self.notes.append(job.inputs["text"])
            return {"note_number": len(self.notes)}

        @worker("selftest.push", inputs=("text",), workers=self.world.workers)
        def push(job: Job, case: CaseAccess) -> None:
            self.pushes.append(job.inputs["text"])

    def file(self, **applicant: Any) -> None:
        """Submit and accept an application; ``applicant`` replaces parts of the sample."""
        payload = {"channel": "window"}
        self.case = cases.start(self.world.runtime, SYSTEM, "selftest", message="application_filed", payload=payload)
        self.complete("accept_application", **applicant)

    def complete(self, element: str, **values: Any) -> None:
        """Submit the sample of the task's form; a value that is a dict replaces entries of the sample's."""
        query = inbox.Query(case_id=self.case)
        row = next(r for r in inbox.list_open(self.world.runtime, SYSTEM, query) if r.element_id == element)
        sample = json.loads(json.dumps(SAMPLES[row.form_id]["values"]))
        for key, value in values.items():
            sample[key] = {**sample[key], **value} if isinstance(value, dict) else value
        cases.complete_user_task(self.world.runtime, SYSTEM, row.id, sample, uploads=SCAN)

    def tell(self, name: str, key: str | None = None, **payload: Any) -> messages.Outcome:
        return messages.publish_message(self.world.runtime, SYSTEM, self.case, name, payload, correlation_key=key)

    def answer(self, **variables: Any) -> None:
        """Let the outside systems complete every job that waits for them."""
        for held in jobs.lease(self.world.runtime, ["selftest.external"], "register"):
            jobs.complete(self.world.runtime, held.job.id, held.token, variables)

    def send(self) -> None:
        """Run every push, and those that they lead to: a process ends only when its last notice is out."""
        while held := jobs.lease(self.world.runtime, ["selftest.push"], "push", limit=1):
            run_leased(self.world.runtime, held[0])

    def wait(self, **span: float) -> None:
        self.world.clock.advance(timedelta(**span))
        timers.fire_due(self.world.runtime)

    def verify(self) -> None:
        """From acceptance to the parallel preparation, for a spouse without other relatives."""
        self.file(applicant=SPOUSE, heirs=[], cremation={"place": "here"})
        self.answer(found=True)

    def prepare(self, manner: str) -> None:
        """To the moment when the certificate has been announced and delivery waits for opening hours."""
        self.file(applicant=SPOUSE, heirs=[], cremation={"place": "here"}, delivery={"manner": manner})
        self.answer(found=True)
        self.complete("collect_fee")
        self.complete("assign_niche")
        self.send()

    @property
    def open(self) -> list[str]:
        return self.world.open(self.case)

    @property
    def status(self) -> str:
        return str(self.world.case(self.case).status)

    @property
    def waits(self) -> list[str]:
        return sorted(row.name for row in self.world.rows(t.message_waits))


@pytest.fixture
def counter(world: World) -> Counter:
    pack = read_pack("selftest", ROOT / "processes", ROOT / "forms")
    assert pack.faults == ()
    with world.runtime.database.connect() as connection, connection.begin():
        publish(connection, pack, "test", world.clock.now(), check=lambda _: [])
    found = Counter(world)
    found.register_workers()
    return found


def test_supplement_brings_a_second_round_and_the_post_delivers(counter: Counter) -> None:
    counter.file()
    counter.answer(found=True)
    assert counter.open == ["ask_heir", "ask_heir", "check_kinship"]
    counter.complete("check_kinship", verdict="supplement")
    counter.complete("ask_heir", opinion="agree")
    counter.complete("ask_heir", opinion="agree")
    assert (counter.open, counter.waits) == ([], ["supplement_received"])
    counter.tell("supplement_received", supplement_note="公证书已补页")
    counter.answer(found=True)
    counter.complete("ask_heir", opinion="agree")
    counter.complete("ask_heir", opinion="agree")
    counter.complete("check_kinship", verdict="confirmed")
    assert counter.open == ["assign_niche", "collect_fee"]
    counter.tell("niche_wish_changed", niche_wish="靠窗")
    counter.tell("niche_wish_changed", niche_wish="低层")
    counter.complete("assign_niche")
    counter.complete("collect_fee")
    counter.send()
    assert {"选位意愿：靠窗", "选位意愿：低层", "寄存证 YZ-1 已制成"} == set(counter.pushes)
    counter.wait(days=2)
    counter.answer(tracking_number="YT1")
    counter.wait(days=8)
    assert counter.tell("parcel_signed", "YT2").kept
    counter.tell("parcel_signed", "YT1")
    counter.send()
    assert counter.pushes[-1] == "请催查运单 YT1"
    assert counter.status == "completed"


def test_fee_follows_from_the_required_decision(counter: Counter) -> None:
    counter.verify()
    [row] = [r for r in inbox.list_open(counter.world.runtime, SYSTEM) if r.element_id == "collect_fee"]
    assert row.form_id == "fee" and SAMPLES["fee"]["context"]["fee_yuan"] == 696
    counter.complete("collect_fee")  # the form takes exactly the sum that was decided


def test_who_is_exempt_pays_nothing(counter: Counter) -> None:
    counter.file(applicant=SPOUSE, heirs=[], cremation={"place": "here"}, deceased={"category": "hardship"})
    counter.answer(found=True)
    assert counter.open == ["assign_niche"]


def test_ineligible_application_is_refused_with_its_reason(counter: Counter) -> None:
    counter.file(deceased={"local": False}, storage={"years": 5})
    counter.send()
    assert counter.pushes == ["不予办理：非本县户籍，且未在本县火化"]
    assert counter.status == "completed"


def test_withdrawal_ends_the_case_and_its_reminders(counter: Counter) -> None:
    runtime = counter.world.runtime
    counter.case = cases.start(runtime, SYSTEM, "selftest", message="application_filed", payload={"channel": "online"})
    counter.wait(days=1, seconds=1)
    assert [row.element_id for row in counter.world.rows(t.jobs)] == ["remind_window"]
    counter.tell("application_withdrawn")
    assert (counter.open, counter.status) == ([], "completed")
    assert counter.world.rows(t.timers) == []


@pytest.mark.parametrize(
    "happens",
    [
        pytest.param(lambda c: c.complete("ask_heir", opinion="object"), id="a relative objects"),
        pytest.param(lambda c: c.tell("objection_filed"), id="a written objection arrives"),
    ],
)
def test_objection_refers_the_case_to_the_counter(counter: Counter, happens: Callable[[Counter], object]) -> None:
    counter.file()
    counter.answer(found=True)
    happens(counter)
    assert counter.open == ["refer_case"]
    counter.complete("refer_case", reason="objection")
    assert counter.status == "completed"


def test_silence_of_the_relatives_counts_as_consent(counter: Counter) -> None:
    counter.file()
    counter.answer(found=True)
    counter.complete("check_kinship", verdict="confirmed")
    counter.wait(days=10)
    assert counter.open == ["assign_niche", "collect_fee"]


def test_supplement_that_never_comes_refers_the_case(counter: Counter) -> None:
    counter.file(heirs=[])
    counter.answer(found=True)
    counter.complete("check_kinship", verdict="supplement")
    counter.wait(days=20)
    assert counter.open == ["refer_case"]


def test_unknown_cremation_refers_the_case(counter: Counter) -> None:
    counter.file(applicant=SPOUSE, heirs=[], cremation={"place": "here"})
    counter.answer(found=False)
    assert counter.open == ["refer_case"]


@pytest.mark.parametrize(("code", "next_task"), [("niche_taken", "refer_case"), ("register_closed", "enter_record")])
def test_refused_record_goes_the_way_of_its_code(counter: Counter, code: str, next_task: str) -> None:
    counter.note_refuses = code
    counter.verify()
    counter.complete("assign_niche")
    counter.complete("collect_fee")
    assert counter.open == [next_task]


def test_certificate_is_collected_or_kept_or_posted_after_all(counter: Counter) -> None:
    counter.prepare("window")
    counter.wait(days=2)
    counter.send()
    assert counter.waits == ["certificate_collected", "post_requested"]
    counter.tell("post_requested")
    counter.answer(tracking_number="YT9")
    assert counter.waits == ["parcel_signed"]


def test_certificate_nobody_collects_goes_back(counter: Counter) -> None:
    counter.prepare("window")
    counter.wait(days=2)
    counter.send()
    counter.wait(days=31)
    assert (counter.waits, counter.status) == ([], "completed")
    assert counter.notes[-1] == "逾期未领 YZ-1"


def test_download_is_confirmed_by_its_number(counter: Counter) -> None:
    counter.prepare("download")
    counter.wait(days=2)
    assert counter.notes[-1] == "电子证 YZ-1"
    counter.tell("copy_downloaded", "2")
    assert counter.status == "completed"


def test_file_is_archived_beside_the_delivery_one_material_after_the_other(counter: Counter) -> None:
    counter.prepare("window")
    assert counter.tell("certificate_ready").started
    assert counter.open == ["scan_material"]
    counter.complete("scan_material")
    assert counter.open == []
    counter.wait(days=4)
    assert counter.notes[-2:] == ["applicant_id 3页", "封卷，共1件"]
    assert set(counter.world.facts(counter.case)["archive"]) == {"applicant_id"}
