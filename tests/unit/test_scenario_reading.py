"""Scenarios are read strictly: every fault has a file, a line and a sentence, and the page names every key."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import BaseModel

from engine.config import CODE_ROOT
from engine.errors import PackInvalid
from tasks.scenarios.coverage import CoverageList
from tasks.scenarios.expected import Expectation
from tasks.scenarios.reading import PARTS, key_names, read_script
from tasks.scenarios.schema import STEPS, Scenario

PAGE = (CODE_ROOT / "docs/scenarios.md").read_text("utf-8")
SHORT = """scenario: 一例
pack: selftest
now: 2026-11-23T09:00:00+08:00
start: {}
steps:
  - wait: PT1H
"""


def faults(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(PackInvalid) as refused:
        read_script(text.encode(), "a.yaml")
    return [(problem.line, problem.rule, problem.message) for problem in refused.value.problems]


def test_the_shortest_scenario_is_one() -> None:
    script = read_script(SHORT.encode(), "a.yaml")
    assert script.scenario.pack == "selftest"
    assert script.line_of("steps", 0) == 6


@pytest.mark.parametrize(
    ("line", "spoilt", "rule"),
    [
        ("  - wait: PT1H", "  - wait: 1h", "scenario/bad-value"),
        ("  - wait: PT1H", "  - wiat: PT1H", "scenario/bad-value"),
        ("  - wait: PT1H", "  - {wait: PT1H, retry: x}", "scenario/bad-value"),
        ("  - wait: PT1H", "  - {do: a, as: window, widh: {}}", "scenario/unknown-key"),
        ("  - wait: PT1H", "  - {do: a}", "scenario/missing-key"),
        ("  - wait: PT1H", "  - {try: a, as: window}", "scenario/missing-key"),
        ("  - wait: PT1H", "  - {job: a.b}", "scenario/bad-value"),
        ("  - wait: PT1H", "  - {job: a.b, fail: x, error: y}", "scenario/bad-value"),
        ("  - wait: PT1H", "  - {do: a, as: window, says: 不可}", "scenario/bad-value"),
        ("  - wait: PT1H", "  - expect: {items: {a: finished}}", "scenario/bad-value"),
        ("  - wait: PT1H", "  - &a {wait: PT1H}", "scenario/yaml-form"),
        ("start: {}", "start: {}\nreport: {}", "scenario/bad-value"),
        ("start: {}", "", "scenario/bad-value"),
        ("now: 2026-11-23T09:00:00+08:00", "now: tomorrow", "scenario/bad-value"),
    ],
)
def test_a_fault_is_told_with_its_rule(line: str, spoilt: str, rule: str) -> None:
    assert [found for _, found, _ in faults(SHORT.replace(line, spoilt))] == [rule]


def test_a_fault_deep_in_a_step_has_its_own_line() -> None:
    text = SHORT + "  - expect:\n      open: [a]\n      hold: true\n"
    assert faults(text) == [(9, "scenario/unknown-key", "the key 'hold' is unknown here")]


def test_a_similar_key_is_offered() -> None:
    with pytest.raises(PackInvalid, match=r"did you mean 'covers'"):
        read_script((SHORT + "cover: [H-1]\n").encode(), "a.yaml")


def test_a_sentence_about_manifests_is_not_told_of_a_scenario() -> None:
    assert "manifest" not in str(faults(SHORT + "about: !x y\n"))


def documented(heading: str) -> set[str]:
    """The keys of the first column of every table below a heading of the page."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^\| `([a-z_]+)` \|", section, re.MULTILINE))


@pytest.mark.parametrize(
    ("heading", "keys"),
    [
        ("The whole", set(key_names(Scenario))),
        ("What can be expected", set(key_names(Expectation))),
        ("Steps", set(STEPS) | {"as", "by", "with", "refused", "says"}),
    ],
)
def test_the_page_names_every_key_and_no_other(heading: str, keys: set[str]) -> None:
    assert documented(heading) == keys


@pytest.mark.parametrize("part", [*PARTS, CoverageList], ids=lambda part: part.__name__)
def test_every_key_stands_somewhere_on_the_page(part: type[BaseModel]) -> None:
    missing = [key for key in key_names(part) if f"`{key}`" not in PAGE and f"`{key}:" not in PAGE]
    assert missing == []


def test_the_example_on_the_page_is_a_scenario() -> None:
    block: Any = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]
    assert len(read_script(block.encode(), "page").scenario.steps) == 6
