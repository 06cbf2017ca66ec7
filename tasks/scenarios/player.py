"""Plays a scenario through the engine's public verbs alone, and compares after every step.

The player sees of the engine what a clerk, a department's system and an operator see; only its clock is its own. After
every step everything that is due is run, as a background worker would, and the invariants are checked.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import forms
from engine import cases
from engine.actors import SYSTEM, Actor
from engine.errors import ShenhouError
from tasks.reports import report_death
from tasks.scenarios.expectations import find_unmet
from tasks.scenarios.expected import Expectation
from tasks.scenarios.filling import Filler, Unfillable, find_uploads
from tasks.scenarios.invariants import Watch
from tasks.scenarios.observing import Snapshot, find_tasks, name_task, observe
from tasks.scenarios.reading import Script
from tasks.scenarios.refusals import describe, refusal_code
from tasks.scenarios.schema import Acting, Expect, Pass, Step
from tasks.scenarios.stage import Stage, Stuck
from tasks.scenarios.steps import TAKE
from tasks.scenarios.timeline import Entry, note_changes

BETWEEN_STEPS = timedelta(seconds=1)  # so that what came first is seen in the times


class Difference(Exception):
    """What was expected and not found, and the line of the scenario that expected it."""

    def __init__(self, file: str, line: int, expected: str, found: str) -> None:
        self.file, self.line, self.expected, self.found = file, line, expected, found
        super().__init__(f"{file}:{line}: expected {expected}; found {found}")


@dataclass
class Played:
    """A scenario that was played, to its end or to the first difference."""

    script: Script
    timeline: list[Entry] = field(default_factory=list)
    difference: Difference | None = None


def play(stage: Stage, script: Script, tell: Callable[[Entry], None] = lambda _: None) -> Played:
    """Play ``script`` on ``stage``, which has its pack; ``tell`` is given every entry of the timeline as it is made."""
    player = Player(stage, script, tell)
    try:
        player.play()
    except Difference as difference:
        player.played.difference = difference
    except Stuck as stuck:
        player.played.difference = player.differ("what is due to be done", str(stuck))
    if player.case_id:
        stage.clear(player.case_id)
    return player.played


class Player:
    """One scenario at play. ``state`` is the case as it stands, ``line`` that of the step at hand."""

    def __init__(self, stage: Stage, script: Script, tell: Callable[[Entry], None]) -> None:
        self.stage, self.script = stage, script
        self.played, self.case_id, self.line = Played(script), "", 0
        self._tell, self._watch = tell, Watch(stage.runtime)
        self._seen: Snapshot | None = None
        self._tolerated = _tolerated_incidents(script)

    @property
    def state(self) -> Snapshot:
        assert self._seen is not None
        return self._seen

    def play(self) -> None:
        """Raises ``Difference`` at the first one."""
        scenario = self.script.scenario
        self._begin()
        for number, step in enumerate(scenario.steps):
            self.line = self.script.line_of("steps", number)
            self._take(number, step)
        if scenario.ends is not None:
            self.line = self.script.line_of("ends")
            self._expect(scenario.ends, ("ends",))

    def _begin(self) -> None:
        self.line = self.script.line_of("start" if self.script.scenario.start else "report")
        try:
            self.case_id = self._open_case()
        except ShenhouError as error:
            raise self.differ("the case to begin", describe(error)) from None
        started = self.script.scenario.start is not None
        self.note("system" if started else self.script.scenario.reporter, "starts the case" if started else "reports")

    def _open_case(self) -> str:
        scenario, runtime = self.script.scenario, self.stage.runtime
        if scenario.start is None:
            actor, report = self.actor(scenario.reporter), self._read_report()
            return report_death(runtime, actor, scenario.pack, report, region=self.stage.region)
        start = scenario.start
        payload = dict(start.payload) if start.message else None
        options: dict[str, Any] = {"message": start.message, "payload": payload, "facts": start.facts}
        return cases.start(runtime, SYSTEM, scenario.pack, region=self.stage.region, **options)

    def _read_report(self) -> Mapping[str, Any]:
        scenario = self.script.scenario
        report = scenario.report or {}
        if not scenario.fill_report:
            return report
        try:
            return self.stage.fill_report(self.filler(), scenario.pack, report)
        except Unfillable as refusal:
            raise self.differ("a report that can be filled in", str(refusal)) from None

    def _take(self, number: int, step: Step) -> None:
        if isinstance(step, Expect):
            self._expect(step.expect, ("steps", str(number), "expect"))
            return
        if not isinstance(step, Pass):
            self.stage.clock.advance(BETWEEN_STEPS)
        TAKE[type(step)](self, step)

    # -- for the steps -------------------------------------------------------------------------------------------------

    def actor(self, as_: str, by: str | None = None) -> Actor:
        """``hrss.clerk#2`` is a second person of the group ``hrss.clerk``, known by that very text."""
        return Actor(by or as_, frozenset({as_.partition("#")[0]}), self.stage.region)

    def filler(self) -> Filler:
        """One that fills the same step in alike every time."""
        return Filler(random.Random(f"{self.script.file}:{self.line}"), self.stage.clock.now())

    def attach(
        self, actor: Actor, user_task: Any, values: Mapping[str, Any]
    ) -> tuple[Mapping[str, Any], Mapping[str, forms.Upload]]:
        """The values to submit, and the files that they name."""
        return values, find_uploads(values)

    def find_task(self, reference: str) -> Any:
        """The one open user task that ``reference`` means."""
        found = find_tasks(self.state, reference)
        if not found:
            there = ", ".join(sorted(name_task(row) for row in self.state.open_tasks.values())) or "nothing"
            raise self.differ(f"{reference} to be open", f"open: {there}")
        if len(found) > 1:
            raise self.differ(f"one open task {reference}", f"{len(found)}; write {reference}[…] to say which")
        return found[0]

    def complete(self, step: Acting, user_task: Any, values: Mapping[str, Any]) -> None:
        """Submit an open user task's form as whom the step names, else the first group that may."""
        actor, runtime = self.actor(step.as_ or self.stage.group_of(user_task), step.by), self.stage.runtime
        given, uploads = self.attach(actor, user_task, values)
        self.act(
            step,
            actor,
            f"{user_task.name} ({name_task(user_task)})",
            lambda: cases.complete_user_task(runtime, actor, user_task.id, given, uploads=uploads),
        )

    def act(self, step: Acting, actor: Actor, what: str, act: Callable[[], object]) -> None:
        """Do something that may be refused, and see that a refusal leaves the case as it was."""
        before = self.state.case.audit_seq
        code, told = "", ""
        try:
            act()
        except ShenhouError as error:
            code, told = refusal_code(error), str(error)
        self.judge(step, code, told)
        if code and observe(self.stage.runtime, self.case_id).case.audit_seq != before:
            raise self.differ("a refused command to change nothing", "the case was written to")
        self.note(actor.id, what, step.note, refused=f"{code}: {told}" if code else "")

    def judge(self, step: Acting, code: str, told: str) -> None:
        """Compare a refusal (``code`` "" for none) with what the step says."""
        if code != (step.refused or ""):
            expected = f"it to be refused with {step.refused}" if step.refused else "it to be accepted"
            raise self.differ(expected, f"it was refused with {code}: {told}" if code else "it was accepted")
        if step.says and step.says not in told:
            raise self.differ(f"a refusal that says {step.says!r}", told)

    def note(self, who: str, what: str, note: str | None = None, *, refused: str = "") -> None:
        """Run what is due, look at the case, write the entry, check what must always hold."""
        self.stage.settle()
        after = observe(self.stage.runtime, self.case_id)
        opened, changes = note_changes(self._seen, after)
        entry = Entry(self.stage.clock.now(), self.line, who, what, note or "", refused, opened, changes)
        if opened or changes or what != "time passes":
            self.played.timeline.append(entry)
            self._tell(entry)
        self._seen = after
        self._check(after)

    def differ(self, expected: str, found: str) -> Difference:
        """The difference to raise at the step at hand; incidents are told too, as they are often why."""
        incidents = self._seen.open_incidents if self._seen else []
        told = "".join(f"; incident at {row.element_id}: {row.message}" for row in incidents)
        return Difference(self.script.file, self.line, expected, found + told)

    # -- what must be so -----------------------------------------------------------------------------------------------

    def _check(self, after: Snapshot) -> None:
        for breach in self._watch.look(after):
            raise self.differ(f"{breach.invariant} to hold", breach.found)
        for row in after.open_incidents:
            if row.element_id not in self._tolerated:
                raise self.differ("no incident", f"one at {row.element_id}")

    def _expect(self, expected: Expectation, path: tuple[str, ...]) -> None:
        for inside, wanted, found in find_unmet(expected, self.state):
            self.line = self.script.line_of(*path, *inside)
            raise self.differ(f"{' '.join(part for part in inside if not part.isdigit())}: {wanted}", found)


def _tolerated_incidents(script: Script) -> frozenset[str]:
    """Elements at which the scenario says somewhere that an incident is: only these may have one."""
    expected = [step.expect for step in script.scenario.steps if isinstance(step, Expect)]
    if script.scenario.ends is not None:
        expected.append(script.scenario.ends)
    return frozenset(element for one in expected for element in one.incidents or ())
