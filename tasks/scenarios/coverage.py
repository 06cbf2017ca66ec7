"""Which requirement is proved where: by scenarios, or by a test that a list names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, StringConstraints, ValidationError

from engine.errors import PackInvalid, Problem
from engine.pack_yaml import read_yaml
from tasks.scenarios.expected import Part, Requirement
from tasks.scenarios.reading import Script

TestNode = Annotated[str, StringConstraints(pattern=r"^tests/[\w/]+\.py::\w+$")]


class CoverageList(Part):
    """What must be proved, and what other tests prove: requirement → the test's node id, without parameters."""

    required: tuple[str, ...]
    covered_by: Mapping[Requirement, tuple[TestNode, ...]] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One requirement and everything that proves it; empty where nothing does."""

    requirement: str
    proofs: tuple[str, ...]


def read_coverage(data: bytes, file: str) -> CoverageList:
    """Read the list; raises PackInvalid."""
    document = read_yaml(data, file)
    try:
        return CoverageList.model_validate(document.value)
    except ValidationError as error:
        problems = [
            Problem(
                file, document.line_of(tuple(map(str, fault["loc"]))), "", "error", "scenario/bad-value", fault["msg"]
            )
            for fault in error.errors()
        ]
        raise PackInvalid(problems) from None


def spread(ranges: Iterable[str]) -> list[str]:
    """``H-1…H-3`` → ``H-1``, ``H-2``, ``H-3``; a single requirement stays. Numbers keep the width of the first."""
    found: list[str] = []
    for text in ranges:
        first, mark, last = text.partition("…")
        if not mark:
            found.append(first)
            continue
        letter, _, low = first.partition("-")
        high = last.partition("-")[2]
        found += [f"{letter}-{number:0{len(low)}}" for number in range(int(low), int(high) + 1)]
    return found


def tabulate(scripts: Iterable[Script], listed: CoverageList) -> list[Line]:
    """The table requirement → proofs, in the order of the list, with what scenarios prove beyond it at the end."""
    proofs: dict[str, list[str]] = {requirement: [] for requirement in spread(listed.required)}
    for script in scripts:
        for requirement in script.scenario.covers:
            proofs.setdefault(requirement, []).append(script.file)
    for requirement, tests in listed.covered_by.items():
        proofs.setdefault(requirement, []).extend(tests)
    return [Line(requirement, tuple(found)) for requirement, found in proofs.items()]
