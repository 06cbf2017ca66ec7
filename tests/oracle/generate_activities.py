"""Random activities: their data, their boundary events, their multi-instance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from tests.oracle.blocks import Activity, Block, Boundary
from tests.oracle.features import Features
from tests.oracle.model import JOBS, Kind, Mapping, Multi

CODES = ("REJECTED", "WITHDRAWN", "MISSING")
SHARED = ("v1", "v2", "v3")
LISTS = ("l1",)


@dataclass(frozen=True)
class Place:
    """Where a sequence is being generated."""

    depth: int
    catchable: tuple[str, ...] = ()  # error codes that an error end may throw here
    looping: bool = False
    inside: bool = False  # of an activity, so that an error end can be caught
    counters: tuple[str, ...] = ()  # loopCounter and item variables in sight
    collects: str = ""  # the variable that the multi-instance around here collects
    branching: bool = False  # in a branch of a split
    aside: bool = False  # behind a boundary event


class ActivityGenerator:
    """Chance, numbering and variables; and everything about a single activity."""

    def __init__(self, chance: Random, features: Features) -> None:
        self.chance, self.features = chance, features
        self.n = 0
        self.own_variables: list[str] = []  # of the process that is being generated

    def sequence(self, place: Place, at_least: int = 0) -> list[Block]:
        raise NotImplementedError

    def often(self, probability: float) -> bool:
        return self.chance.random() < probability

    def number(self) -> int:
        self.n += 1
        return self.n

    def own_variable(self) -> str:
        name = f"d{self.number()}"
        self.own_variables.append(name)
        return name

    def user_task(self, variable: str = "") -> Activity:
        outputs = (Mapping("answer", variable),) if variable else ()
        return Activity(self.number(), Kind.USER, outputs=outputs)

    def simple(self, place: Place) -> list[Block]:
        """A task or a catch event."""
        kinds = [Kind.USER] * 5 + [Kind.MANUAL, Kind.CATCH_MESSAGE, Kind.CATCH_TIMER, Kind.RECEIVE]
        if self.features.jobs:
            kinds += [Kind.SERVICE, Kind.SERVICE, Kind.SEND]
        activity = Activity(self.number(), self.chance.choice(kinds))
        if activity.kind is Kind.CATCH_TIMER:
            activity.timer = self.chance.choice(("P1D", "PT36H"))
        elif activity.kind is not Kind.MANUAL and self.features.far and self.often(0.5):
            self.write_something(activity, place)
        if activity.kind in (Kind.CATCH_MESSAGE, Kind.RECEIVE) and self.features.far and self.often(0.2):
            activity.correlation_key = '"2026-0042"'
        if activity.kind in JOBS | {Kind.USER, Kind.RECEIVE}:
            if self.often(0.15) and self.may_be_multi(place):
                activity.multi = self.multi(activity)
            if place.depth > 0 and self.often(0.3):
                activity.boundaries = self.boundaries(activity, place)
        return [activity]

    def write_something(self, activity: Activity, place: Place) -> None:
        """Let the task set shared variables, by mappings or as a worker's bare results."""
        target = place.collects if place.collects and self.often(0.5) else self.chance.choice(SHARED)
        if activity.kind in JOBS and self.often(0.5):
            activity.results = (target,)
            if self.features.scopes and self.often(0.3):
                activity.inputs = (Mapping(f"{self.chance.choice(SHARED)} + 1", target),)
        elif self.features.rich_multi and self.often(0.2):
            activity.outputs = (Mapping("chosen", self.chance.choice(LISTS)),)
        elif self.features.scopes and activity.kind is Kind.USER and self.often(0.3):
            activity.inputs = (Mapping(f"{self.chance.choice(SHARED)} + 1", f"given_{activity.n}"),)
            activity.outputs = (Mapping("answer", target), Mapping(f"given_{activity.n}", self.chance.choice(SHARED)))
        else:
            activity.outputs = (Mapping("answer", target),)

    # Multi-instance

    def may_be_multi(self, place: Place) -> bool:
        return self.features.multi and (self.features.multi_boundaries or not place.aside)

    def multi(self, activity: Activity) -> Multi:
        element, rich = f"item_{activity.n}", self.features.rich_multi
        lists = ["[1]", "[1, 2]", "[3, 1, 2]"] + (["[]", *LISTS] if rich else [])
        multi = Multi(self.chance.choice(lists), self.often(0.5), element)
        if not rich:
            return multi
        if self.often(0.3):
            enough = ("loopCounter = 2", f"{element} = 2", "numberOfCompletedInstances = 2", f"{SHARED[0]} > 1")
            multi = replace(multi, completion=self.chance.choice(enough))
        if self.often(0.4):
            own = f"got_{activity.n}"
            if activity.kind is Kind.USER:
                activity.outputs = (*activity.outputs, Mapping("answer", own))
            out = self.chance.choice((own, "loopCounter", element, f"{element} + 1"))
            multi = replace(multi, output_collection=f"r{activity.n}", output_element=out)
        return multi

    # Boundary events

    def boundaries(self, host: Activity, place: Place) -> list[Boundary]:
        """One or two boundary events, where there may be any."""
        if not self.features.boundaries or (host.multi is not None and not self.features.multi_boundaries):
            return []
        kinds = [Kind.ON_TIMER, Kind.ON_TIMER]
        if self.features.interrupting or self.features.cycles:
            kinds.append(Kind.ON_MESSAGE)
        throwing = host.kind in (Kind.SUBPROCESS, Kind.CALL) or (host.kind in JOBS and self.features.job_errors)
        if throwing and self.features.wide_errors:
            kinds += [Kind.ON_ERROR] * 2
        codes = [*CODES, *place.catchable, ""]
        self.chance.shuffle(codes)
        chosen = [self.chance.choice(kinds) for _ in range(self.chance.choice((1, 1, 2)))]
        return [self.boundary(kind, place, codes.pop() if kind is Kind.ON_ERROR else "") for kind in chosen]

    def boundary(self, kind: Kind, place: Place, code: str = "") -> Boundary:
        block = Boundary(self.number(), kind, [], code=code)
        if kind is not Kind.ON_ERROR:
            block.interrupting = self.often(self.features.interrupting)
        if kind is Kind.ON_MESSAGE and not self.features.cycles:
            block.interrupting = True
        if kind is Kind.ON_TIMER:
            block.timer = self.chance.choice(("P3D", "PT72H"))
            if not block.interrupting and self.features.cycles and self.often(0.5):
                block.timer = self.chance.choice(("R2/P1D", "R3/PT2H", "R/P1D"))
        elif self.features.far and self.often(0.4):
            block.outputs = (Mapping("answer", self.chance.choice(SHARED)),)
        block.rejoin = self.often(self.features.rejoin) and (
            block.interrupting or (self.features.spill and not place.looping)
        )
        beside = replace(place, depth=min(place.depth - 1, 1), branching=True, aside=True)
        block.body = [self.user_task()] if self.features.rejoin == 1 else self.sequence(beside)
        return block
