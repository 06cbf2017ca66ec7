"""Cases for the desk's lists: some really played, by the engine's verbs, up to where a clerk is awaited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.full_case import FullCase, read_scenario
from engine.config import CODE_ROOT
from engine.runtime import Runtime

PACK = "hunan"
FOLDER = CODE_ROOT / "tests" / "scenarios" / PACK


@dataclass(frozen=True, slots=True)
class Scene:
    """A scenario of the pack, stopped before the first command on ``element``; ``share`` of a hundred cases."""

    scenario: str
    element: str
    share: int


SCENES: Mapping[str, Scene] = {
    "at_window": Scene("32-supplement", "review_application", 40),
    "deciding": Scene("01-home-all-items", "decide_item", 40),
    "supplement": Scene("32-supplement", "supplement_item", 10),
    "frozen": Scene("39-hold-stops-payment", "review_death", 10),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that waits for somebody: the open task, and what they fill in there."""

    case_id: str
    user_task: str
    values: Mapping[str, Any]


class Scenes:
    """The scenes on a runtime that has the tables and no pack; its clock must be one that can be set.

    Each scenario is recorded first, to its end: played later, its months would pass for the cases that are to wait.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._recorded = {
            name: FullCase(runtime, read_scenario(Path(FOLDER / f"{name}.yaml")))
            for name in sorted({scene.scenario for scene in SCENES.values()})
        }

    def play(self, name: str, count: int) -> list[Waiting]:
        """``count`` further cases of a scene."""
        scene = SCENES[name]
        full_case = self._recorded[scene.scenario]
        command, running = full_case.play_until(count, scene.element)
        return [Waiting(case.id, full_case.find_task(command, case), case.rename(command.values)) for case in running]
