"""Reading scenarios from YAML, with the line of every fault and of every step."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from engine.errors import PackInvalid, Problem
from engine.pack_yaml import Document, read_yaml
from tasks.scenarios.expected import Dispatch, Expectation
from tasks.scenarios.schema import STEPS, Acting, Fault, Scenario, Start, Step

PARTS: tuple[type[BaseModel], ...] = (Scenario, Expectation, Dispatch, Start, Fault, Step, Acting, *STEPS.values())
COVERAGE_NAME = "coverage.yaml"
DEMONSTRATION_NAME = "demonstration.yaml"
_RULES = {"missing": "scenario/missing-key", "extra_forbidden": "scenario/unknown-key"}


@dataclass(frozen=True, slots=True)
class Script:
    """A scenario and the file and lines that it was read from."""

    scenario: Scenario
    file: str
    document: Document

    def line_of(self, *path: str | int) -> int:
        """The line of a key path; a step alone (``"steps", 3``) is where its first key stands."""
        return self.document.line_of(tuple(map(str, path)))


def read_script(data: bytes, file: str) -> Script:
    """Read one scenario; raises PackInvalid with a Problem for every fault, with line and key path."""
    try:
        document = read_yaml(data, file)
    except PackInvalid as error:
        raise PackInvalid([_reworded(problem) for problem in error.problems]) from None
    if not isinstance(document.value, dict):
        raise PackInvalid([Problem(file, 0, "", "error", "scenario/yaml-form", "the file must be a mapping of keys")])
    try:
        return Script(Scenario.model_validate(document.value), file, document)
    except ValidationError as error:
        raise PackInvalid(sorted({_problem(fault, document, file) for fault in error.errors()})) from None


def read_scripts(paths: Iterable[Path]) -> list[Script]:
    """Every scenario among ``paths``; raises PackInvalid with the faults of all of them together."""
    scripts: list[Script] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            scripts.append(read_script(path.read_bytes(), path.name))
        except PackInvalid as error:
            problems += error.problems
    if problems:
        raise PackInvalid(problems)
    return scripts


def find_scripts(folder: Path) -> list[Path]:
    """The scenario files in ``folder``, by name; the lists made of them lie beside them."""
    lists = (COVERAGE_NAME, DEMONSTRATION_NAME)
    return [path for path in sorted(folder.glob("*.yaml")) if path.name not in lists]


def key_names(part: type[BaseModel]) -> list[str]:
    """The keys of a part as they are written in YAML."""
    return [info.alias or name for name, info in part.model_fields.items()]


def _reworded(problem: Problem) -> Problem:
    """The reader was made for manifests; its sentences name them."""
    rule, message = problem.rule.replace("manifest/", "scenario/"), problem.message.replace("a manifest", "a scenario")
    return replace(problem, rule=rule, message=message)


def _problem(fault: Mapping[str, Any], document: Document, file: str) -> Problem:
    path = tuple(part for part in map(str, fault["loc"]) if not part.startswith("<"))
    kind, message = str(fault["type"]), str(fault["msg"]).removeprefix("Value error, ")
    remedy = ""
    if kind == "missing":
        message, remedy = f"the key {path[-1]!r} is missing", "add it"
    elif kind == "extra_forbidden":
        message, remedy = f"the key {path[-1]!r} is unknown here", _similar_key(path[-1])
    elif kind == "string_pattern_mismatch":
        message = f"{fault['input']!r} does not have the form {fault['ctx']['pattern']}"
    rule = _RULES.get(kind, "scenario/bad-value")
    return Problem(file, document.line_of(path), ".".join(path), "error", rule, message, remedy)


def _similar_key(key: str) -> str:
    close = difflib.get_close_matches(key, sorted({name for part in PARTS for name in key_names(part)}), n=1)
    return f"did you mean {close[0]!r}?" if close else "remove it"
