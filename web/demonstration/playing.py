"""Plays a story as its people would: signed in under their accounts, with uploads, at the hours of an office.

It is the player of scenarios with three differences: who acts has an account or a telephone, time passes between the
steps, and nothing is compared, since the scenario itself is proved elsewhere.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

import forms
from engine import db, inbox
from engine import tables as t
from engine.actors import Actor
from engine.clock import ZONE, parse_moment
from engine.durations import parse_duration
from engine.errors import InvalidInput
from engine.pack_yaml import Document
from tasks.reports import report_death
from tasks.scenarios.filling import Filler, Unfillable
from tasks.scenarios.observing import Snapshot
from tasks.scenarios.player import Player
from tasks.scenarios.reading import Script
from tasks.scenarios.schema import Pass, Step, Tell
from tasks.scenarios.stage import Stage
from tasks.scenarios.steps import TAKE
from web.access.families import find_or_add_by_phone, rename
from web.access.people import FAMILY_GROUP, Person
from web.demonstration.casting import Cast
from web.demonstration.uploading import Uploader
from web.portal import parties
from web.services import Services
from web.store.uploads import known_uploads

REPORTERS = {"institution": "hospital.physician", "village": "clinic.head", "police": "police.officer"}
OFFICE_HOURS = time(8, 30), time(18, 0)
OBJECTION, MATERIALS = "objection_filed", "provide_materials"
_FIRST = timedelta(minutes=2), timedelta(minutes=9)  # between two steps until the death is certified
_LATER = timedelta(minutes=20), timedelta(minutes=80)


@dataclass
class Wording(Filler):
    """Fills in the demonstration's own words, by the field's name or by form and field."""

    words: Mapping[str, str] = field(default_factory=dict)

    def fill(
        self, form: forms.Form, context: Mapping[str, object], feel: forms.Evaluator, given: Mapping[str, Any]
    ) -> dict[str, Any]:
        own = f"{form.id}."
        here = {name.removeprefix(own): text for name, text in self.words.items() if name.startswith(own)}
        self.known = {**self.words, **here, **self.known}
        return super().fill(form, context, feel, given)


class StoryPlayer(Player):
    """One story at play on ``stage``, whose runtime has the clock; ``now`` is when it must have ended."""

    def __init__(self, own: Services, stage: Stage, cast: Cast, words: Mapping[str, str]) -> None:
        super().__init__(stage, Script(cast.scenario, cast.story.name, Document({}, {})), lambda _: None)
        self._own, self._cast, self._words = own, cast, words
        self._chance = random.Random(cast.story.name)
        self._now = stage.clock.now()
        self._left = _waits(cast.scenario.steps, self._now)
        stage.clock.move_to(cast.begun)

    def run(self) -> Snapshot:
        """Play to the end, let the time until now pass, take the tasks that are taken; the case as it then is."""
        self.play()
        for _ in self.stage.pass_time(self.case_id, self._now):
            pass
        self.note("clock", "time passes")
        for reference, as_ in self._cast.story.claimed.items():
            inbox.claim(self.stage.runtime, self.actor(as_), self.find_task(reference).id)
        return self.state

    # -- people ----------------------------------------------------------------------------------------------------

    def actor(self, as_: str, by: str | None = None) -> Actor:
        """The account of that group; for the family, whoever's telephone it is."""
        group, _, second = as_.partition("#")
        if group == FAMILY_GROUP:
            return self._relative(int(second or 1) - 1).act(region=self.stage.region)
        return Actor(by or self._login(group, second) or as_, frozenset({group}), self.stage.region)

    def _login(self, group: str, second: str) -> str | None:
        """The first account of a group in whose region the case is, or another where there is one."""
        users, groups = t.users.c, t.user_groups.c
        query = sa.select(users.login, users.region).join(t.user_groups, groups.user_id == users.id)
        with db.reading(self._own.database) as connection:
            rows = connection.execute(query.where(groups.name == group, users.active).order_by(users.created_at))
            logins = [row.login for row in rows if Actor("", region=row.region).covers(self.stage.region)]
        place = int(second or 1) - 1 if second.isdigit() or not second else 0
        return str(logins[min(place, len(logins) - 1)]) if logins else None

    def _relative(self, place: int) -> Person:
        if place >= len(self._cast.family):
            raise InvalidInput({self._cast.story.name: [f"others lacks the family's person {place + 1}"]})
        who, own = self._cast.family[place], self._own
        with own.database.begin() as connection:
            family_id = find_or_add_by_phone(connection, own.runtime.sealer, who.phone, own.clock.now())
            rename(connection, own.runtime.sealer, family_id, who.name)
        return Person("family", family_id, who.name, groups=frozenset({FAMILY_GROUP}))

    def _take_part(self, actor: Actor, role: str, filing: str | None) -> None:
        kind, _, family_id = actor.id.partition(":")
        if kind == "family":
            with self._own.database.begin() as connection:
                parties.add_party(connection, self.case_id, family_id, role, filing, self.stage.clock.now())

    # -- the course of things --------------------------------------------------------------------------------------

    def _open_case(self) -> str:
        scenario = self.script.scenario
        told: Any = (scenario.report or {}).get("reporter") or {}
        by = scenario.reporter
        if by == FAMILY_GROUP:  # of whom a scenario says nothing: whoever its report names
            by = REPORTERS.get(str(told.get("kind")), FAMILY_GROUP)
        actor, report = self.actor(by), self._read_report()
        self.case_id = report_death(self.stage.runtime, actor, scenario.pack, report, region=self.stage.region)
        self._take_part(actor, "reporter", None)
        return self.case_id

    def _take(self, number: int, step: Step) -> None:
        self.line = number + 1
        if isinstance(step, Pass):
            self._left -= _wait(step, self._now)
            if not step.wait.startswith("P") and parse_moment(step.wait) <= self.stage.clock.now():
                return
        else:
            self._let_pass(len(self.script.scenario.steps) - number)
        if isinstance(step, Tell) and step.message == OBJECTION and step.as_:
            self._take_part(self.actor(step.as_), "objector", None)
        TAKE[type(step)](self, step)
        if self.stage.clock.now() > self._now:
            raise InvalidInput({self._cast.story.name: [f"its age {self._cast.story.age} is too small for its steps"]})

    def _let_pass(self, steps: int) -> None:
        """What an office takes between two steps, but never so much that the rest would end after now."""
        clock = self.stage.clock
        certified = bool(self.state.facts.get("certificate", {}).get("valid"))
        least, most = _LATER if certified else _FIRST
        target = clock.now() + least + (most - least) * self._chance.random()
        if certified:
            target = self._into_office_hours(target)
        latest = self._now - self._left - timedelta(minutes=2) * steps
        for _ in self.stage.pass_time(self.case_id, max(min(target, latest), clock.now() + timedelta(seconds=20))):
            self.note("clock", "time passes")

    def _into_office_hours(self, moment: datetime) -> datetime:
        local = moment.astimezone(ZONE)
        opens, closes = OFFICE_HOURS
        if local.time() >= closes:
            local += timedelta(days=1)
        elif local.time() >= opens:
            return moment
        return datetime.combine(local.date(), opens, ZONE) + timedelta(minutes=self._chance.randint(0, 90))

    def _check(self, after: Snapshot) -> None:
        """A scenario is proved by ``shenhou simulate``; here it is only told."""

    # -- forms -----------------------------------------------------------------------------------------------------

    def filler(self) -> Filler:
        return Wording(random.Random(f"{self.script.file}:{self.line}"), self.stage.clock.now(), words=self._words)

    def _read_report(self) -> Mapping[str, Any]:
        try:
            report = dict(self.script.scenario.report or {})
            return self.stage.fill_report(self.filler(), self.script.scenario.pack, report)
        except Unfillable as refusal:
            raise self.differ("a report that can be filled in", str(refusal)) from None

    def attach(
        self, actor: Actor, user_task: Any, values: Mapping[str, Any]
    ) -> tuple[Mapping[str, Any], Mapping[str, forms.Upload]]:
        """Samples are uploaded in place of the names of files; a family that acts takes part in its application."""
        with db.reading(self._own.database) as connection:
            filing = parties.filing_of(connection, user_task)
        if filing is not None:
            self._take_part(actor, "applicant", filing)
        uploader = Uploader(self._own, self.case_id, actor.id, user_task.name, self._documents(user_task, filing))
        changed = uploader.exchange(dict(values))
        with db.reading(self._own.database) as connection:
            return changed, known_uploads(connection, self.case_id, uploader.kept)

    def _documents(self, user_task: Any, filing: str | None) -> list[Any]:
        """What the rows of the list of materials are about, in its order; nothing for any other form."""
        if user_task.form_id != MATERIALS:
            return []
        own = {one.id for one in self.state.rows["filings"] if one.name == filing}
        asked = [one for one in self.state.rows["materials"] if one.filing_id in own and one.status != "waived"]
        return sorted(asked, key=lambda one: str(one.code))


def _waits(steps: tuple[Step, ...], now: datetime) -> timedelta:
    return sum((_wait(step, now) for step in steps if isinstance(step, Pass)), timedelta())


def _wait(step: Pass, now: datetime) -> timedelta:
    """How long a wait lasts; one to a moment takes nothing that the moments between steps do not."""
    return parse_duration(step.wait).after(now) - now if step.wait.startswith("P") else timedelta()
