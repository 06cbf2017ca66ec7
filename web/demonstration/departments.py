"""Plays the systems of departments and banks: takes their jobs, thinks a while, and answers as they would.

It knows a job only by what the pack declares of it, and answers through the same commands as a system outside. What
it answers follows from the job alone, so that the same job is always answered alike; most is done, some is refused,
sent to a window, or fails and is tried again. It exists in the demonstration only.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from engine import db, jobs
from engine.actors import Actor
from engine.errors import ShenhouError
from engine.pack_schema import ExternalJob, Manifest
from engine.registry import Job
from engine.releases import published
from web.demonstration.resetting import demand_demonstration
from web.services import Services

OWNER = Actor("demonstration:departments", unbounded=True)
SHORTEST, LONGEST = timedelta(seconds=15), timedelta(seconds=90)
_LEASE = 2 * LONGEST
_MOST = 50  # jobs in hand
_FAILS, _ERRS, _OFFLINE, _REFUSED = 0.08, 0.06, 0.07, 0.04  # shares, one after the other
_REASONS = {"done": "已办理", "offline": "档案需要当面核对，请到窗口办理", "refused": "登记信息与申请不一致"}
_OUTAGE = "系统正在维护，请稍后重试"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a system says to one attempt: its results, else an error's code, else that it does not work at present."""

    variables: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    fails: bool = False


@dataclass(slots=True)
class Departments:
    """All of them. ``run_once`` takes what is new and answers what is ripe; what is in hand is kept until then."""

    own: Services
    shortest: timedelta = SHORTEST
    longest: timedelta = LONGEST
    _in_hand: list[tuple[datetime, jobs.Lease]] = field(default_factory=list)

    def __post_init__(self) -> None:
        demand_demonstration(self.own.settings, self.own.web)

    def run_once(self) -> int:
        """How many jobs were answered."""
        now, manifests = self.own.clock.now(), self._manifests()
        self._take(now, {type_ for manifest in manifests for type_ in manifest.jobs})
        ripe = [lease for at, lease in self._in_hand if at <= now]
        self._in_hand = [(at, lease) for at, lease in self._in_hand if at > now]
        for lease in ripe:
            manifest = next(one for one in manifests if lease.job.type in one.jobs)
            self._report(lease, answer(lease.job, manifest))
        return len(ripe)

    def _take(self, now: datetime, types: Iterable[str]) -> None:
        free = _MOST - len(self._in_hand)
        if free <= 0:
            return
        held = jobs.lease(self.own.runtime, types, OWNER.id, limit=free, seconds=_LEASE.total_seconds())
        for lease in held:
            wait = self.shortest + (self.longest - self.shortest) * _chance(lease.job, "wait").random()
            self._in_hand.append((now + wait, lease))

    def _report(self, lease: jobs.Lease, said: Answer) -> None:
        runtime, job_id, token = self.own.runtime, lease.job.id, lease.token
        try:
            if said.fails:
                jobs.fail(runtime, job_id, token, _OUTAGE, actor=OWNER)
            elif said.error:
                jobs.throw_error(runtime, job_id, token, said.error, actor=OWNER)
            else:
                jobs.complete(runtime, job_id, token, said.variables, actor=OWNER)
        except ShenhouError as refusal:  # a case that was withdrawn or frozen meanwhile takes no answer
            log.info("the answer to job %s was not taken: %s", lease.job.type, refusal)

    def _manifests(self) -> list[Manifest]:
        """Of the packs whose departments are played: those that share a library, as the accounts do."""
        with db.reading(self.own.database) as connection:
            releases = [self.own.runtime.releases.get(connection, one.id) for one in published(connection)]
        return [release.manifest for release in releases if release.manifest.extends]


def answer(job: Job, manifest: Manifest) -> Answer:
    """What the system answers to this attempt of ``job``."""
    chance = _chance(job, "answer")
    declared, dice = manifest.jobs[job.type], chance.random()
    if dice < _FAILS:
        return Answer(fails=True)
    if dice < _FAILS + _ERRS and declared.errors and job.attempt == 1:
        return Answer(error=chance.choice(sorted(declared.errors)))
    return Answer(_results(job, manifest, declared, chance))


def _results(job: Job, manifest: Manifest, declared: ExternalJob, chance: random.Random) -> dict[str, Any]:
    outcome = _outcome(chance.random())
    item = manifest.items.get(str(job.inputs.get("item")))
    known: dict[str, Any] = {"outcome": outcome, "reason": _REASONS[outcome]}
    known["receipt"] = f"HD{chance.randrange(10**10):010}"
    if outcome == "done" and item is not None and item.pays:
        known["amount_cents"] = chance.randrange(200_00, 60_000_00)
    return {name: value for name, value in known.items() if name in declared.outputs}


def _outcome(dice: float) -> str:
    return "offline" if dice < _OFFLINE else "refused" if dice < _OFFLINE + _REFUSED else "done"


def _chance(job: Job, what: str) -> random.Random:
    return random.Random(f"{job.id}:{job.attempt}:{what}")
