"""How to start the bpmn-engine subject, and the workload that it cannot import: diagrams, steps and values."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.diagrams import diagram_of
from bench.workload import half_open_after, steps_of, values_of

PROGRAM = Path(__file__).with_suffix(".mjs")
PACKAGE = PROGRAM.parents[2] / "node_modules" / "bpmn-engine"


def command() -> list[str]:
    """The command that runs the subject."""
    return ["node", str(PROGRAM)]


def absence() -> str:
    """Why the subject cannot run here; empty when it can."""
    if not shutil.which("node"):
        return "Node is not installed"
    return "" if PACKAGE.is_dir() else "bpmn-engine is not in node_modules (npm ci)"


def plans(branches: Sequence[int]) -> dict[str, Any]:
    """The ``plans`` of the ``open`` request: by number of branches, the diagram and the steps with their values."""
    return {
        str(number): {
            "diagram": diagram_of("bpmn_engine", number).decode(),
            "half": half_open_after(number),
            "steps": [{"id": step, "values": values_of(step)} for step in steps_of(number)],
        }
        for number in branches
    }
