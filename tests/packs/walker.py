"""A walk through a pack without a plan: any open form filled at random within its rules, systems that answer or do not,
messages at any time, hours and weeks that pass. The invariants are looked at after every step, and in the end the case
must be brought to its close."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from engine import cases, jobs, messages
from engine.actors import Actor
from engine.errors import Conflict, NotFound, RuleViolation
from tasks.guards import ACTS
from tasks.reports import report_death
from tasks.scenarios.filling import Filler, Unfillable, find_uploads
from tasks.scenarios.invariants import Watch
from tasks.scenarios.inventing import WORDS, invent_name, invent_number
from tasks.scenarios.observing import Snapshot, name_task, observe
from tasks.scenarios.refusals import refusal_code
from tasks.scenarios.stage import Stage
from tests.packs.conftest import checkout

BEGINS = "2026-09-24T09:00:00+08:00"  # before the holidays of October, with a make-up day after them
STEPS = 40
STEPS_TO_CLOSE = 400
SPANS = [timedelta(minutes=10), timedelta(hours=3), timedelta(days=1), timedelta(days=6), timedelta(days=40)]
RARE = frozenset({"revocation_requested"})  # it ends nearly everything


class Broken(AssertionError):
    """What a walk came upon, with the way that led there."""


@dataclass
class Walk:
    """One case, walked from ``seed``."""

    stage: Stage
    pack: str
    seed: int
    case_id: str = ""
    path: list[str] = field(default_factory=list)
    refused: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(f"{self.pack} {self.seed}")  # a person of its own in each pack
        self.watch = Watch(self.stage.runtime)
        self.seen: Snapshot | None = None

    @property
    def state(self) -> Snapshot:
        assert self.seen is not None
        return self.seen

    def walk(self, steps: int = STEPS) -> None:
        """Report a death, walk, and close the case. Raises ``Broken``."""
        try:
            self.report()
            for _ in range(steps):
                self.chance.choices([self.submit, self.answer, self.tell, self.wait, self.force], [14, 5, 2, 2, 1])[0]()
                if self.state.status != "open":
                    break
            self.bring_to_close()
        except Broken:
            raise
        except Exception as error:
            raise self.broken(f"{type(error).__name__}: {error}") from error

    def report(self) -> None:
        self.stage.clock.move_to(BEGINS)  # a seed gives the same walk wherever it is walked
        values = self.stage.fill_report(self.filler(), self.pack, {})
        self.path.append(f"report {values.get('place')} {values.get('reported_manner')}")
        senders = checkout(self.pack).manifest.messages["death_reported"].senders
        reporter = self.actor("applicant" if "applicant" in senders else senders[0])
        self.case_id = report_death(self.stage.runtime, reporter, self.pack, values, region=self.stage.region)
        self.look()

    # -- what may happen -----------------------------------------------------------------------------------------------

    def submit(self, first: bool = False) -> None:
        """Fill in an open form as its rules allow; the domain may still refuse, and then nothing has changed."""
        found = sorted(self.state.open_tasks.values(), key=lambda row: (row.created_at, row.element_id, row.facts_path))
        if not found:
            return
        user_task = found[0] if first else self.chance.choice(found)
        values = self.stage.fill(self.filler(), user_task, {})
        actor = self.actor(self.stage.group_of(user_task))
        self.path.append(f"{actor.id} submits {name_task(user_task)} {_short(values)}")
        self.attempt(
            lambda: cases.complete_user_task(
                self.stage.runtime, actor, user_task.id, values, uploads=find_uploads(values)
            )
        )

    def answer(self) -> None:
        """A department's system answers a job: it is done, it failed, or the account is refused."""
        waiting = sorted(self.state.waiting_jobs, key=lambda row: (row.created_at, row.type, row.element_id))
        held = [self.stage.desk.hold(row.id) for row in waiting]
        leases = [lease for lease in held if lease is not None]
        if not leases:
            return
        lease = self.chance.choice(leases)
        runtime, job = self.stage.runtime, lease.job
        how = self.chance.choice(["done", "done", "done", "refused", "fail", "error"])
        declared = self.state_release().manifest.jobs[job.type]
        self.path.append(f"system answers {job.type}: {how}")
        if how == "fail":
            jobs.fail(runtime, job.id, lease.token, "系统维护")
        elif how == "error" and declared.errors:
            code = self.chance.choice(sorted(declared.errors))
            jobs.throw_error(runtime, job.id, lease.token, code, "账户已销户")
        else:
            results: dict[str, Any] = {
                "outcome": "refused" if how == "refused" else "done",
                "reason": "按规定办理",
                "receipt": "R1",
            }
            results |= {"amount_cents": self.chance.randint(1, 9_000_000)}
            jobs.complete(runtime, job.id, lease.token, {n: v for n, v in results.items() if n in declared.outputs})
        self.stage.desk.forget(job.id)
        self.look()

    def tell(self, name: str = "") -> None:
        """A message from one who may send it, at whatever moment."""
        declared = self.state_release().manifest.messages
        names = [name for name, message in declared.items() if message.senders and name != "death_reported"]
        if not name and self.chance.random() < 0.8:
            names = [one for one in names if one not in RARE]
        name = name or self.chance.choice(names)
        payload = {key: self.value(key, part.type) for key, part in declared[name].variables.items()}
        try:
            payload = self.stage.fill_message(self.filler(), self.case_id, name, payload)
        except Unfillable:
            return  # nobody can: it has an application to choose, and there is none yet
        actor = self.actor(self.chance.choice(declared[name].senders))
        self.path.append(f"{actor.id} sends {name} {_short(payload)}")
        self.attempt(lambda: messages.publish_message(self.stage.runtime, actor, self.case_id, name, payload))

    def value(self, name: str, type_: str) -> Any:
        if type_ == "list":
            codes = sorted(self.state.items)
            return self.chance.sample(codes, self.chance.randint(0, len(codes)))
        known = {"filing": "f1", "channel": "window", "objector": invent_name(self.chance)}
        if "number" in name:
            return invent_number(self.chance)
        if name == "source":
            return self.chance.choice(["hospital", "clinic", "funeral", "police"])
        return known.get(name, self.chance.choice(WORDS))

    def wait(self) -> None:
        span = self.chance.choices(SPANS, [5, 5, 5, 2, 1])[0]
        self.path.append(f"waits {span}")
        self.pass_time(span)

    def force(self) -> None:
        """Ask the second lock directly for an act whose task may not be open."""
        act = self.chance.choice(sorted(ACTS))
        held = self.state.held
        try:
            with self.stage.runtime.database.connect() as connection, connection.begin():
                ACTS[act](connection, self.case_id)
        except RuleViolation as refusal:
            self.path.append(f"{act} is refused: {refusal.rule}")
        else:
            if held:
                raise self.broken(f"INV-1: the second lock lets {act} pass under a hold")

    # -- to the end ----------------------------------------------------------------------------------------------------

    def bring_to_close(self) -> None:
        """INV-6: whatever has happened, people who do their work bring the case to its end."""
        for _ in range(STEPS_TO_CLOSE):
            if self.state.status != "open":
                return
            before = self.state.case.audit_seq
            if self.state.open_tasks:
                self.submit(first=self.chance.random() < 0.5)
            elif self.state.waiting_jobs and self.chance.random() < 0.8:
                self.answer()
            elif self.awaits_a_message():
                self.tell("judicial_release")
            else:
                self.path.append("waits")
                self.pass_time(timedelta(days=30))
            if self.state.case.audit_seq == before:
                self.pass_time(timedelta(days=1))
        raise self.broken(f"INV-6: after {STEPS_TO_CLOSE} steps more the case is still {self.state.status}")

    def awaits_a_message(self) -> bool:
        return any(row.name == "judicial_release" for row in self.state.rows["message_waits"])

    # -- their parts ---------------------------------------------------------------------------------------------------

    def attempt(self, act: Callable[[], object]) -> None:
        self.stage.clock.advance(timedelta(seconds=1))
        before = self.state.case.audit_seq
        try:
            act()
        except (RuleViolation, Conflict, NotFound) as refusal:
            self.refused += 1
            self.path.append(f"  refused: {refusal_code(refusal)}")
            if observe(self.stage.runtime, self.case_id).case.audit_seq != before:
                raise self.broken("a refused command has changed the case") from None
        self.look()

    def pass_time(self, span: timedelta) -> None:
        for _ in self.stage.pass_time(self.case_id, self.stage.clock.now() + span):
            self.look()
        self.look()

    def look(self) -> None:
        """Let everything due be done, and see that all holds."""
        self.stage.settle()
        self.seen = observe(self.stage.runtime, self.case_id)
        for breach in self.watch.look(self.seen):
            raise self.broken(f"{breach.invariant}: {breach.found}")
        for row in self.seen.open_incidents:
            if row.kind != "job_retries_spent":  # a system that keeps failing is the operator's
                raise self.broken(f"incident at {row.element_id}: {row.message}")
        for row in self.seen.open_incidents:
            cases.retry_incident(self.stage.runtime, self.actor("operator"), row.id)

    def filler(self) -> Filler:
        """Mostly somebody who does what is expected, sometimes anybody."""
        if self.chance.random() < 0.6:
            return Filler(self.chance, self.stage.clock.now(), thorough=True)
        return Filler(self.chance, self.stage.clock.now(), eager=self.chance.choice([0.1, 0.5, 0.9]))

    def actor(self, group: str) -> Actor:
        return Actor(group, frozenset({group}), self.stage.region)

    def state_release(self) -> Any:
        with self.stage.runtime.database.connect() as connection, connection.begin():
            return self.stage.runtime.releases.get(connection, self.state.case.release_id)

    def broken(self, what: str) -> Broken:
        return Broken("\n".join([f"seed {self.seed}: {what}", *self.path[-60:]]))


def _short(values: object) -> str:
    text = str(values)
    return text if len(text) <= 160 else f"{text[:160]}…"
