"""A full case as a list of commands: a scenario, played once by the scenario player and listened to.

The player checks every expectation and invariant while it is recorded, so that what is replayed is known to be right.
What the scenario tries and is refused is left out: a recording holds what moves the case. Its values are those of the
recorded case; ``bench.fresh`` gives every further case a person and numbers of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import orjson

from engine.clock import to_text
from engine.errors import ShenhouError
from engine.feel import Feel
from tasks.scenarios.filling import Filler
from tasks.scenarios.observing import find_jobs, marks_of, split_reference
from tasks.scenarios.player import Player
from tasks.scenarios.reading import Script
from tasks.scenarios.schema import Answer, Do, Fill, Retry, Step, Tell
from tasks.scenarios.stage import Stage

TURNING = "item"  # the variable by which a process that is called several times goes different ways


class NotRecordable(ShenhouError):
    """A scenario that is no plain list of commands."""

    code = "not_recordable"


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody did. ``verb`` is complete (a user task), send (a message), or what a system outside made of a job:
    answer, throw or fail.

    ``what`` refers to the task or the job as scenarios do, or is the message's name; ``text`` is the correlation key,
    the error's code or the failure's words. ``element`` and ``marks`` say where the token stood and what tells it from
    its like. Without ``actor`` the engine itself acts.
    """

    verb: str
    what: str
    at: str
    actor: str = ""
    groups: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    final: bool = False
    element: str = ""
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recording:
    """One case from its beginning to its end. Moments are stored text.

    ``beginning`` is a ``report``, or the ``message``, ``payload`` and ``facts`` of a start. ``person`` is the
    deceased's number, ``numbers`` those of the certificates: no two cases may share one. ``lines`` are those of the
    audit in the end, one for each command, workers' and timers' among them. ``chosen`` says of each expression that is
    true or false what it gave last, by the item in hand ("" for none); ``listed`` of each that gives a list of texts
    which, last.
    """

    pack: str
    region: str
    begins_at: str
    ends_at: str
    status: str
    lines: int
    reporter: str
    beginning: Mapping[str, Any]
    commands: tuple[Command, ...]
    person: str
    numbers: tuple[str, ...]
    people: tuple[Mapping[str, Any], ...]
    chosen: Mapping[str, Mapping[str, bool]]
    listed: Mapping[str, tuple[str, ...]]

    @property
    def completions(self) -> int:
        """How many user tasks a case takes."""
        return sum(command.verb == "complete" for command in self.commands)

    def as_data(self) -> dict[str, Any]:
        """Plain JSON, for a subject in another process."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Recording:
        """What ``as_data`` wrote."""
        commands = [
            Command(**{**one, "groups": tuple(one["groups"]), "marks": tuple(one["marks"])}) for one in data["commands"]
        ]
        lists = {name: tuple(data[name]) for name in ("numbers", "people")}
        listed = {text: tuple(found) for text, found in data["listed"].items()}
        return cls(**{**data, **lists, "commands": tuple(commands), "listed": listed})


def record(stage: Stage, script: Script) -> Recording:
    """Play ``script`` on ``stage``, which is prepared for it, and write down what was done.

    Raises ``Difference`` where the scenario does not go as it says, and ``NotRecordable``.
    """
    runtime, ordinary = stage.runtime, stage.runtime.feel
    listening = ListeningFeel(runtime.functions)
    recorder = Recorder(NotingStage(runtime, stage.clock, stage.region), script)
    begins_at = to_text(stage.clock.now())
    runtime.feel = listening
    try:
        recorder.play()
    finally:
        runtime.feel = ordinary
        if recorder.case_id:
            stage.clear(recorder.case_id)
    return recorder.recording(begins_at, listening)


class NotingStage(Stage):
    """A stage that keeps what it filled in: the report, and the values of the last form."""

    report: Mapping[str, Any] | None = None
    filled: Mapping[str, Any]

    def fill(self, filler: Filler, user_task: Any, given: Mapping[str, Any]) -> dict[str, Any]:
        values = super().fill(filler, user_task, given)
        self.filled = values
        return values

    def fill_report(self, filler: Filler, pack: str, given: Mapping[str, Any]) -> dict[str, Any]:
        values = super().fill_report(filler, pack, given)
        self.report = values
        return values

    def fill_message(self, filler: Filler, case_id: str, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        values = super().fill_message(filler, case_id, name, given)
        self.filled = values
        return values


class ListeningFeel(Feel):
    """Keeps what expressions gave last: true, false or null by the item in hand, and lists of texts."""

    def __init__(self, functions: Any) -> None:
        super().__init__(functions)
        self.chosen: dict[str, dict[str, bool]] = {}
        self.listed: dict[str, tuple[str, ...]] = {}

    def evaluate(
        self, text: str, scope: Mapping[str, object], now: datetime | None = None, *, names: tuple[str, ...] = ()
    ) -> object:
        value = super().evaluate(text, scope, now, names=names)
        if value is None or isinstance(value, bool):
            item = scope.get(TURNING)
            self.chosen.setdefault(text, {})[item if isinstance(item, str) else ""] = value is True
        if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
            self.listed[text] = tuple(value)
        return value


class Recorder(Player):
    """A player that writes down what it does."""

    stage: NotingStage

    def __init__(self, stage: NotingStage, script: Script) -> None:
        super().__init__(stage, script, lambda _: None)
        self.commands: list[Command] = []

    def _take(self, number: int, step: Step) -> None:
        told = self._read(step)
        super()._take(number, step)
        if told is None:
            return
        if isinstance(step, Fill) or (isinstance(step, Tell) and step.fill_rest):
            told["values"] = self.stage.filled
        self.commands.append(Command(at=to_text(self.stage.clock.now()), **told))

    def _read(self, step: Step) -> dict[str, Any] | None:
        """What ``step`` is about to do; None where it only looks, waits or is refused."""
        if isinstance(step, Retry):
            raise NotRecordable(f"{self.script.file}: an incident that is tried again is no command of the case's")
        if isinstance(step, Answer):
            return self._read_answer(step)
        if isinstance(step, Tell) and not step.refused:
            told = {"verb": "send", "what": step.message, "text": step.key or "", "values": dict(step.with_)}
            return told | (_acting(self, step.as_, step.by) if step.as_ else {})
        if isinstance(step, Do | Fill) and not step.refused:
            reference = step.do if isinstance(step, Do) else step.fill
            row = self.find_task(reference)
            told = {"verb": "complete", "what": reference, "values": dict(step.with_)}
            told |= {"element": row.element_id, "marks": tuple(marks_of(row))}
            return told | _acting(self, step.as_ or self.stage.group_of(row), step.by)
        return None

    def _read_answer(self, step: Answer) -> dict[str, Any]:
        verb = "answer" if step.complete is not None else "throw" if step.error else "fail"
        told: dict[str, Any] = {"verb": verb, "what": step.job, "values": dict(step.complete or {})}
        told |= {"text": step.error or step.fail or "", "final": step.final}
        for row in find_jobs(self.state, step.job)[:1]:
            marks = [*orjson.loads(row.inputs).values(), split_reference(step.job)[1]]
            told |= {"element": row.element_id, "marks": tuple(one for one in marks if isinstance(one, str))}
        return told

    def recording(self, begins_at: str, listening: ListeningFeel) -> Recording:
        """What was written down, once the scenario is played."""
        scenario = self.script.scenario
        beginning: Mapping[str, Any] = {"report": self.stage.report or scenario.report}
        if scenario.start is not None:
            beginning = scenario.start.model_dump()
        person = (beginning.get("report") or {}).get("deceased") or {}
        return Recording(
            pack=scenario.pack,
            region=self.stage.region,
            begins_at=begins_at,
            ends_at=to_text(self.stage.clock.now()),
            status=self.state.case.status,
            lines=self.state.case.audit_seq,
            reporter=scenario.reporter,
            beginning=beginning,
            commands=tuple(self.commands),
            person=str(person.get("id_number") or ""),
            numbers=tuple(sorted({row.number for row in self.state.rows["certificates"]})),
            people=tuple(dict(one) for one in scenario.people),
            chosen=listening.chosen,
            listed=listening.listed,
        )


def _acting(player: Player, as_: str, by: str | None) -> dict[str, Any]:
    actor = player.actor(as_, by)
    return {"actor": actor.id, "groups": tuple(sorted(actor.groups))}
