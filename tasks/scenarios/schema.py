"""The schema of a scenario: what is reported, what people, systems and the clock do then, and what must be so.

``docs/scenarios.md`` explains every key to those who write scenarios; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)

from engine.clock import parse_moment
from engine.durations import parse_duration
from engine.pack_schema import SwitchValue
from engine.pack_types import Day, DottedName, ErrorCode, Line, Name, PackCode, Region
from tasks.scenarios.expected import As, Element, Expectation, JobName, Part, Requirement

Values = Mapping[str, Any]


def _check_moment(text: str) -> str:
    parse_moment(text)
    return text


def _check_wait(text: str) -> str:
    if text.startswith("P"):
        parse_duration(text)
        return text
    return _check_moment(text)


Moment = Annotated[str, AfterValidator(_check_moment)]
Wait = Annotated[str, AfterValidator(_check_wait)]


class Step(Part):
    """Base of the steps. ``note`` is for the reader and stands in the timeline."""

    note: Line | None = None


class Acting(Step):
    """A step of a person: ``as`` is the actor's group, ``#…`` tells two of one group apart, ``by`` is another id.

    ``refused`` says that it must fail with this code and leave everything as it was, ``says`` what the message holds.
    """

    as_: As | None = Field(default=None, alias="as")
    by: Line | None = None
    with_: Values = Field(default_factory=dict, alias="with")
    refused: ErrorCode | None = None
    says: Line | None = None

    @model_validator(mode="after")
    def _check_says(self) -> Acting:
        if self.says and not self.refused:
            raise ValueError("says belongs to refused")
        return self


class Do(Acting):
    """Somebody submits the form of an open user task with exactly these values."""

    do: Element
    as_: As = Field(alias="as")


class Fill(Acting):
    """Somebody submits the form of an open user task; what ``with`` leaves out is filled in within the form's rules."""

    fill: Element


class Try(Acting):
    """Somebody tries what must be refused: an open task's form, or an act whose task is not open."""

    try_: Element = Field(alias="try")
    refused: ErrorCode


class Tell(Acting):
    """A message comes to the case. ``fill_rest``: what ``with`` leaves out of its form is filled in."""

    message: DottedName
    fill_rest: bool = False
    key: Line | None = None
    outcome: Literal["delivered", "started", "kept"] | None = None


class ReportAgain(Acting):
    """The same or another death is reported once more, on a case of its own."""

    report: Values
    refused: ErrorCode


class Answer(Step):
    """A department's system answers a job that waits for it: it is done, it failed, or it ends in a BPMN error.

    ``take``: it takes the job, and does not answer yet.
    """

    job: JobName
    take: bool = False
    complete: Values | None = None
    fail: Line | None = None
    final: bool = False
    error: ErrorCode | None = None

    @model_validator(mode="after")
    def _check_one(self) -> Answer:
        if sum(answer is not None for answer in (self.complete, self.fail, self.error)) != (0 if self.take else 1):
            raise ValueError("write one of take, complete, fail and error")
        return self


class Pass(Step):
    """The clock moves on by a duration (PT3H, P2D) or to a moment; timers and repeated attempts come on the way."""

    wait: Wait


class Retry(Step):
    """The operator lets the open incident at an element be tried again."""

    retry: Element


class Expect(Step):
    """Nothing is done; something must be so."""

    expect: Expectation


STEPS: Mapping[str, type[Step]] = {
    "do": Do,
    "fill": Fill,
    "try": Try,
    "message": Tell,
    "report": ReportAgain,
    "job": Answer,
    "wait": Pass,
    "retry": Retry,
    "expect": Expect,
}


def _kind_of(value: object) -> str | None:
    if isinstance(value, Step):
        return next(f"<{name}>" for name, kind in STEPS.items() if type(value) is kind)
    found = [name for name in STEPS if isinstance(value, Mapping) and name in value]
    return f"<{found[0]}>" if len(found) == 1 else None


AnyStep = Annotated[
    Annotated[Do, Tag("<do>")]
    | Annotated[Fill, Tag("<fill>")]
    | Annotated[Try, Tag("<try>")]
    | Annotated[Tell, Tag("<message>")]
    | Annotated[ReportAgain, Tag("<report>")]
    | Annotated[Answer, Tag("<job>")]
    | Annotated[Pass, Tag("<wait>")]
    | Annotated[Retry, Tag("<retry>")]
    | Annotated[Expect, Tag("<expect>")],
    Discriminator(
        _kind_of,
        custom_error_type="step_kind",
        custom_error_message=f"a step is one of {', '.join(STEPS)}",
    ),
]


class Fault(Part):
    """A channel that does not work at first: the next ``fail`` deliveries fail, later ones arrive."""

    fail: Annotated[int, Field(ge=1, le=1000)]


class Place(Part):
    """What a place has said of the service, as ``tasks.localities.Setting``; ``items`` left out: all of them."""

    region: Region
    is_open: bool = True
    online: bool = True
    items: tuple[Name, ...] | None = None
    officer_name: str = ""
    officer_phone: str = ""
    opens_on: Day | None = None


class Start(Part):
    """How a case begins that no death is reported for: by a message, or with the main process."""

    message: Line = ""
    payload: Values = Field(default_factory=dict)
    facts: Values = Field(default_factory=dict)


class Scenario(Part):
    """A whole scenario. ``report`` is the form of the report of a death; ``start`` is for packs without one.

    ``people`` are records of the embedded registers, ``channels`` faults of channels, ``switches`` values that differ
    from the pack's for this scenario alone, ``localities`` what places have said of the service.
    """

    scenario: Line
    pack: PackCode
    covers: tuple[Requirement, ...] = ()
    about: Annotated[str, StringConstraints(max_length=2000)] | None = None
    now: Moment
    region: Region | None = None
    switches: Mapping[Line, SwitchValue] = Field(default_factory=dict)
    people: tuple[Values, ...] = ()
    localities: tuple[Place, ...] = ()
    channels: Mapping[DottedName, Fault] = Field(default_factory=dict)
    reporter: As = "applicant"
    report: Values | None = None
    fill_report: bool = False
    start: Start | None = None
    steps: tuple[AnyStep, ...]
    ends: Expectation | None = None

    @model_validator(mode="after")
    def _check_beginning(self) -> Scenario:
        if (self.report is None) == (self.start is None):
            raise ValueError("write one of report and start")
        return self
