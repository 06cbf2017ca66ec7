"""What the demonstration tells: a scenario each, how far it goes, who it is about, where, and how long ago it began."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints, ValidationError, model_validator

from engine.config import CODE_ROOT
from engine.durations import parse_duration
from engine.errors import PackInvalid, Problem
from engine.pack_types import Line, PackCode, Region
from engine.pack_yaml import read_yaml
from tasks.scenarios.expected import As, Element, Expectation, Part
from tasks.scenarios.reading import DEMONSTRATION_NAME

SCENARIOS = CODE_ROOT / "tests" / "scenarios"
_PERSON = re.compile(r"(?P<name>\S+) (?P<sex>[男女]) (?P<born_on>\d{4}-\d{2}-\d{2})(?: (?P<phone>1\d{10}))?", re.ASCII)
_SEXES = {"男": "male", "女": "female"}


@dataclass(frozen=True, slots=True)
class Somebody:
    """An invented person. ``phone`` is "" where the listing leaves it to be made."""

    name: str
    sex: str
    born_on: date
    phone: str = ""


def read_person(text: str) -> Somebody:
    """``谭㛃 女 1948-03-12 19900010001``; the telephone may be left out. ValueError for anything else."""
    found = _PERSON.fullmatch(text)
    if found is None:
        raise ValueError("write a person as: name 男|女 YYYY-MM-DD [telephone]")
    return Somebody(found["name"], _SEXES[found["sex"]], date.fromisoformat(found["born_on"]), found["phone"] or "")


def _check_person(text: str) -> str:
    read_person(text)
    return text


def _check_age(text: str) -> str:
    parse_duration(text)
    return text


Invented = Annotated[Line, AfterValidator(_check_person)]
Age = Annotated[str, AfterValidator(_check_age)]
FileName = Annotated[str, StringConstraints(pattern=r"^[0-9a-z][0-9a-z-]*\.yaml$")]


class Ticket(Part):
    """A call to the hotline about the case, and the department's answer."""

    kind: Line
    department: Line
    caller: Line
    phone: Line
    words: Annotated[str, StringConstraints(max_length=500)]
    answer: Annotated[str, StringConstraints(max_length=500)] | None = None


class Story(Part):
    """One case of the demonstration.

    ``before`` is the step before which the scenario stops (what it does, or for how long it waits; ``time`` 2: the
    second such step); without it, all of it is played. ``then`` are further steps. ``claimed`` says which open tasks
    somebody has taken, ``shows`` what must be so in the end. ``cremated``: where the scenario says nothing of the body,
    it is taken over and cremated once the death is certified.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{2,60}$")]
    title: Line
    scenario: FileName
    before: Line | None = None
    time: Annotated[int, Field(ge=1, le=9)] = 1
    then: tuple[Mapping[str, Any], ...] = ()
    cremated: bool = False
    age: Age
    region: Region
    deceased: Invented
    family: Invented
    others: tuple[Invented, ...] = ()
    claimed: Mapping[Element, As] = Field(default_factory=dict)
    tickets: tuple[Ticket, ...] = ()
    shows: Expectation


class Listing(Part):
    """All of a pack's demonstration. ``places`` are the city and district of each region; ``words`` are texts for
    fields that a scenario leaves open, by the field's name or by form and field, with ``{city}`` and ``{district}``."""

    pack: PackCode
    places: Mapping[Region, tuple[Line, Line]]
    words: Mapping[Line, Line] = Field(default_factory=dict)
    stories: tuple[Story, ...]

    def words_at(self, region: str) -> dict[str, str]:
        """The texts as they are in a region."""
        city, district = self.places[region]
        return {name: text.replace("{city}", city).replace("{district}", district) for name, text in self.words.items()}

    @model_validator(mode="after")
    def _check_names(self) -> Listing:
        names = [story.name for story in self.stories]
        if len(set(names)) != len(names):
            raise ValueError("two stories have one name")
        if unknown := {story.region for story in self.stories} - self.places.keys():
            raise ValueError(f"places lacks {', '.join(sorted(unknown))}")
        return self


def find_listing(pack: str, folder: Path = SCENARIOS) -> Listing | None:
    """The demonstration of a pack; None where it has none. Raises ``PackInvalid``."""
    path = folder / pack / DEMONSTRATION_NAME
    return read_listing(path.read_bytes(), path.name) if path.is_file() else None


def read_listing(data: bytes, file: str) -> Listing:
    """Read a listing; raises ``PackInvalid`` with the line of every fault."""
    document = read_yaml(data, file)
    try:
        return Listing.model_validate(document.value)
    except ValidationError as error:
        problems = [
            Problem(file, document.line_of(_path(fault["loc"])), "", "error", "scenario/bad-value", fault["msg"])
            for fault in error.errors()
        ]
        raise PackInvalid(problems) from None


def _path(loc: Iterable[str | int]) -> tuple[str, ...]:
    return tuple(map(str, loc))
