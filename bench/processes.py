"""The subjects as processes: who takes part, how each is started, and a conversation with one that runs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bench.peers import bpmn_engine, camunda_python

ROOT = Path(__file__).parents[1]


class SubjectFailed(Exception):
    """A subject answered with an error or died; its own report went to standard error."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A subject that may take part. ``command`` starts it; ``absence`` says why it cannot, or "".

    A ``slow`` one sits out every other round, lest it fill the run.
    """

    key: str
    title: str
    command: Callable[[], list[str]]
    absence: Callable[[], str] = lambda: ""
    plans: Callable[[Sequence[int]], dict[str, Any]] | None = None
    slow: bool = False


def entries(camunda_interpreter: str = "") -> list[Entry]:
    """All subjects in the order of the table. ``camunda_interpreter`` runs camunda-python, if given."""
    return [
        Entry("floor", "floor: a token and one commit", module("bench.floor")),
        Entry("shenhou", "Shenhou, reloaded before each completion", module("bench.shenhou")),
        Entry("shenhou_cached", "Shenhou as installed, cases cached", module("bench.shenhou", "--cached")),
        Entry("spiff_memory", "SpiffWorkflow in memory, not durable", module("bench.peers.spiff_memory")),
        Entry("spiff_naive", "SpiffWorkflow, naive JSON embed", module("bench.peers.spiff_naive")),
        Entry("spiff_cached", "SpiffWorkflow, spec cached", module("bench.peers.spiff_cached")),
        Entry(
            "camunda_python",
            "camunda-python, live (never reloaded)",
            lambda: [camunda_python.interpreter(camunda_interpreter), "-m", "bench.peers.camunda_python"],
            lambda: camunda_python.absence(camunda_interpreter),
        ),
        Entry(
            "bpmn_engine",
            "bpmn-engine (npm), save/recover",
            bpmn_engine.command,
            bpmn_engine.absence,
            bpmn_engine.plans,
            slow=True,
        ),
    ]


class Conversation:
    """One subject's process; a context manager that ends it. ``told`` is its answer to ``open``."""

    def __init__(self, entry: Entry, directory: Path, branches: Sequence[int], **more: Any) -> None:
        self._entry = entry
        directory.mkdir(parents=True)
        self._process = subprocess.Popen(
            entry.command(), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        if entry.plans:
            more["plans"] = entry.plans(branches)
        self.told = self.ask(do="open", directory=str(directory), branches=list(branches), **more)

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send one request and wait for its answer. Raises ``SubjectFailed``."""
        assert self._process.stdin and self._process.stdout
        try:
            print(json.dumps(request), file=self._process.stdin, flush=True)
        except BrokenPipeError:
            raise SubjectFailed(f"{self._entry.key} died") from None
        line = self._process.stdout.readline()
        if not line:
            raise SubjectFailed(f"{self._entry.key} died in {request['do']}")
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise SubjectFailed(f"{self._entry.key}: {reply['error']}")
        return reply

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._process.kill()
        self._process.communicate()


def module(name: str, *options: str) -> Callable[[], list[str]]:
    """What starts a module of ours by this interpreter."""
    return lambda: [sys.executable, "-m", name, *options]
