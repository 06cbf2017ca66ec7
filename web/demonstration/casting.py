"""A scenario told anew: the same steps for other people, in another place, at another time.

What a scenario expects and what must be refused in it is left out; names, numbers, places and days are exchanged
wherever they stand in its values, so that a name in an account or a date in a form agrees with the rest.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from engine.clock import ZONE, local_date, parse_moment
from engine.durations import parse_duration
from engine.errors import InvalidInput
from tasks.scenarios.inventing import id_number
from tasks.scenarios.reading import Script
from tasks.scenarios.schema import STEPS, Scenario
from web.demonstration.stories import Listing, Somebody, Story, read_person

SHIFTED = timedelta(days=400)  # what lies further from a scenario's own time is a birthday, say
APPLICATIONS = ("file_application", "file_joint_application")
CERTIFYING = ("certify_in_institution", "certify_at_home")
CREMATION: tuple[dict[str, Any], ...] = (
    {"fill": "receive_body", "as": "funeral.clerk", "with": {"disposition": "cremation", "voucher": "elicence"}},
    {"fill": "record_cremation", "as": "funeral.clerk", "with": {"certificate_number": "HH0000-0000-0099"}},
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?(?:\+08:00)?")
_CODE = re.compile(r"([A-Z]{2,3})\d{4}-\d{4}-\d{3,6}")  # TD4301-2026-0101: kind, city, year, number
_YEAR = re.compile(r"([〔（])\d{4}([〕）])")
_FILE_NUMBER = re.compile(r"\d+(?=号)")

Change = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Relative:
    """Somebody of the family who uses the pages: how they sign in, and what their application says of them."""

    name: str
    phone: str
    sex: str
    id_number: str


@dataclass(frozen=True, slots=True)
class Cast:
    """A story ready to be played: its scenario as changed, its people, the first moment and the last allowed."""

    story: Story
    scenario: Scenario
    deceased: str
    family: tuple[Relative, ...]
    begun: datetime


def cast(script: Script, story: Story, listing: Listing, now: datetime, serial: int) -> Cast:
    """``script`` as ``story`` tells it at ``now``; ``serial`` (1, 2 …) keeps its numbers apart from other stories'.

    Raises ``InvalidInput`` where the scenario has no such step or place.
    """
    raw: dict[str, Any] = copy.deepcopy(_raw(script))
    own, told = script.scenario, read_person(story.deceased)
    begun = begin_at(story, parse_moment(own.now), now)
    family = tuple(_relative(story, serial, place, text) for place, text in enumerate([story.family, *story.others]))
    number = id_number(story.region[:4], told.born_on, _order(serial, 0, told.sex))
    raw["steps"] = _played(story, raw["steps"]) + [dict(step) for step in story.then]
    changes = {**_people(raw, told, number, family), **_places(listing, own.region or story.region, story.region)}
    dates = _Dates(parse_moment(own.now), begun)
    codes = _Codes(story.region, begun.astimezone(ZONE).year, serial)
    changed: Any = _replace(raw, lambda text: codes.renew(dates.shift(_exchange(text, changes))))
    changed |= {"now": begun.isoformat(), "region": story.region}
    _introduce(changed, listing, story, told, number, family)
    for unwanted in ("covers", "about", "ends", "switches"):
        changed.pop(unwanted, None)
    return Cast(story, Scenario.model_validate(changed), told.name, family, begun)


def begin_at(story: Story, at: datetime, now: datetime) -> datetime:
    """When the story began: days ago at the scenario's own time of day, or hours ago, to the half-hour."""
    age = parse_duration(story.age).after(now) - now
    if age < timedelta(days=1):
        begun = now - age
        return begun - timedelta(minutes=begun.minute % 30, seconds=begun.second, microseconds=begun.microsecond)
    day = local_date(now - age)
    return datetime.combine(day, at.astimezone(ZONE).time(), ZONE)


def _raw(script: Script) -> dict[str, Any]:
    value = script.document.value
    assert isinstance(value, dict)
    return value


def name_of_step(step: Mapping[str, Any]) -> str:
    """What a step does, or for how long it waits: that by which ``before`` finds it."""
    return next(str(step[kind]) for kind in STEPS if kind in step)


def _played(story: Story, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The steps up to where the story stops, without what is only expected or must be refused."""
    kept: list[dict[str, Any]] = []
    met = 0
    for step in steps:
        if "expect" in step or "try" in step or "report" in step or "refused" in step:
            continue
        if story.before is not None and name_of_step(step) == story.before:
            met += 1
            if met == story.time:
                return kept
        kept.append(step)
        if story.cremated and name_of_step(step) in CERTIFYING:
            kept += copy.deepcopy(CREMATION)
    if story.before is not None:
        raise InvalidInput({story.name: [f"{story.scenario} has no step {story.before} ({story.time})"]})
    return kept


def _relative(story: Story, serial: int, place: int, text: str) -> Relative:
    told = read_person(text)
    phone = told.phone or f"1990001{serial % 1000:03}{place}"
    number = id_number(story.region[:4], told.born_on, _order(serial, place + 1, told.sex))
    return Relative(told.name, phone, told.sex, number)


def _order(serial: int, place: int, sex: str) -> int:
    """The last three digits before the check digit: odd for men, and another for everybody of a story."""
    return (serial * 20 + place * 2) % 998 + (1 if sex == "male" else 0)


def _people(raw: Mapping[str, Any], told: Somebody, number: str, family: tuple[Relative, ...]) -> dict[str, str]:
    """What stood for a person in the scenario, by what stands for the person of the story."""
    deceased = raw.get("report", {}).get("deceased", {})
    found = {str(deceased.get("name") or ""): told.name, str(deceased.get("id_number") or ""): number}
    for place, step in enumerate(_applications(raw)):
        applicant = step.get("with", {}).get("applicant", {})
        relative = family[min(place, len(family) - 1)]
        found |= {str(applicant.get("name") or ""): relative.name}
        found |= {str(applicant.get("id_number") or ""): relative.id_number}
        found |= {str(applicant.get("phone") or ""): relative.phone}
    found.pop("", None)
    return found


def _applications(raw: Mapping[str, Any]) -> list[dict[str, Any]]:
    named = ((step, str(step.get("fill") or step.get("do") or "")) for step in raw["steps"])
    return [step for step, name in named if name.partition("[")[0] in APPLICATIONS]


def _places(listing: Listing, old: str, new: str) -> dict[str, str]:
    """City and district of the scenario's region, and of its neighbours, by those of the story's."""
    if old == new or old not in listing.places:
        return {}
    (old_city, _), (city, district) = listing.places[old], listing.places[new]
    districts = [name for its_city, name in listing.places.values() if its_city == old_city]
    found = {old: new} | {f"{old_city}{name}": f"{city}{district}" for name in districts}
    return found | dict.fromkeys(districts, district) | {old_city: city}


def _exchange(text: str, changes: Mapping[str, str]) -> str:
    """Longer texts first; what has been put in is not exchanged again."""
    if not changes:
        return text
    pattern = "|".join(re.escape(old) for old in sorted(changes, key=len, reverse=True))
    return re.sub(pattern, lambda found: changes[found[0]], text)


@dataclass(frozen=True, slots=True)
class _Dates:
    at: datetime
    begun: datetime

    def shift(self, text: str) -> str:
        """A day or moment near the scenario's own time, as far from the story's beginning; anything else as it is."""
        if _DAY.fullmatch(text):
            day = date.fromisoformat(text)
            days = local_date(self.begun) - local_date(self.at)
            return (day + days).isoformat() if abs(day - local_date(self.at)) < SHIFTED else text
        if not _MOMENT.fullmatch(text) or abs(parse_moment(text) - self.at) >= SHIFTED:
            return text
        moved = (parse_moment(text) - self.at + self.begun).astimezone(ZONE)
        return moved.isoformat(timespec="seconds" if text.count(":") > 2 else "minutes")


@dataclass(frozen=True, slots=True)
class _Codes:
    region: str
    year: int
    serial: int

    def renew(self, text: str) -> str:
        """Numbers of certificates and documents that no other story has."""
        text = _CODE.sub(lambda found: f"{found[1]}{self.region[:4]}-{self.year}-{self._number(found[0]):06}", text)
        if not _YEAR.search(text):
            return text
        text = _YEAR.sub(rf"\g<1>{self.year}\g<2>", text)
        return _FILE_NUMBER.sub(lambda found: str(int(found[0][-2:]) + self.serial * 100), text, count=1)

    def _number(self, code: str) -> int:
        return self.serial * 100 + int(code[-2:])


def _replace(value: Any, change: Change) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _replace(part, change) for name, part in value.items()}
    if isinstance(value, list):
        return [_replace(part, change) for part in value]
    return value


def _introduce(
    raw: dict[str, Any], listing: Listing, story: Story, told: Somebody, number: str, family: tuple[Relative, ...]
) -> None:
    """Say of the people what the scenario leaves to chance: who they are, and that they are related."""
    report = raw.get("report")
    if not isinstance(report, dict):
        return
    raw["fill_report"] = True
    address = listing.words_at(story.region).get("registered_address", "".join(listing.places[story.region]))
    deceased: dict[str, Any] = report.setdefault("deceased", {})
    own: dict[str, Any] = {"name": told.name, "sex": told.sex, "born_on": told.born_on.isoformat()}
    own |= {"ethnicity": "汉族", "registered_address": address}
    if deceased.get("id_kind", "resident_id") == "resident_id":
        own |= {"id_kind": "resident_id", "id_number": number}
    report["deceased"] = {**deceased, **own, **{key: deceased[key] for key in ("ethnicity",) if key in deceased}}
    reporter = report.setdefault("reporter", {})
    if reporter.setdefault("kind", "relative") == "relative":
        reporter |= {"name": family[0].name, "phone": family[0].phone}
        reporter.setdefault("relation", "child")
    for place, step in enumerate(_applications(raw)):
        applicant = step.setdefault("with", {}).setdefault("applicant", {})
        if applicant.get("id_kind", "resident_id") == "resident_id":
            relative = family[min(place, len(family) - 1)]
            mine = {"name": relative.name, "id_kind": "resident_id", "id_number": relative.id_number}
            applicant |= mine | {"phone": relative.phone, "address": address}
