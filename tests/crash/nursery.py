"""Processes for the tests: born, killed and waited for by ``nursery_program``."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class End:
    """How a process ended: ``code`` is its exit code, or the negative number of the signal that killed it."""

    code: int
    returned: Any


class Nursery:
    """One running nursery program."""

    def __init__(self) -> None:
        command = [sys.executable, "-W", "error", "-m", "tests.crash.nursery_program"]
        self._program = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, call: str, *args: Any, kill_after: float | None = None) -> list[End]:
        """Run ``call`` (``module:function``) in a process for each of ``args``, and wait for all of them to end."""
        assert self._program.stdin is not None and self._program.stdout is not None
        self._program.stdin.write(json.dumps({"call": call, "args": args, "kill_after": kill_after}) + "\n")
        self._program.stdin.flush()
        answer = self._program.stdout.readline()
        assert answer, "the nursery program died"
        return [End(**end) for end in json.loads(answer)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._program.stdin is not None and self._program.stdout is not None
        self._program.stdin.close()
        self._program.stdout.close()
        self._program.wait()
