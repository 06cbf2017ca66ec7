"""What a subject of the benchmark is, how it is measured, and the protocol that its process speaks.

A subject runs in a process of its own and reads one JSON request a line from standard input, answering one JSON
line each on standard output; ``bench.run`` talks to all of them in turns. Requests:

* ``{"do": "open", "directory": …, "branches": [10, 40]}`` prepares a store in an empty directory → ``{}``
* ``{"do": "run", "branches": 10, "cases": 2}`` takes that many cases from start to end →
  ``{"milliseconds": [one per completion], "cpu_milliseconds": [the same, processor time of the subject],
  "state_bytes": [one per case, half open]}``
* ``{"do": "fill", "branches": 10, "cases": 10000}`` leaves that many cases open at their first step → ``{}``
* ``{"do": "weigh", "branches": 10, "cases": 100}`` → ``{"bytes": …}``, memory per case kept in the cache, half open

A failure answers ``{"error": "…"}``. A subject that is not Python (``peers/bpmn_engine.mjs``) speaks the same.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol, runtime_checkable

from bench.workload import Values, completions_of, half_open_after, steps_of, values_of


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a subject says about a case: over or not, completed user tasks, automatic steps that ran."""

    ended: bool
    completions: int
    records: int


class Incomplete(Exception):
    """A subject lost or doubled work, so its times mean nothing."""


class Subject(Protocol):
    """One engine, embedded as its users would. Every call but ``complete`` is outside the measured time."""

    def open(self, directory: Path, branches: Sequence[int]) -> None:
        """Prepare an empty store in ``directory`` and deploy the process for each number of branches."""

    def start(self, branches: int) -> str:
        """Start a case and return its key; it then waits at ``report_death``."""

    def locate(self, case: str, step: str) -> str:
        """What a clerk's page already knows when it is sent: the engine's key of the open user task ``step``."""

    def complete(self, case: str, user_task: str, values: Values) -> None:
        """Load the case, complete the open user task with ``values``, save; durable when it returns."""

    def state_bytes(self, case: str) -> int:
        """The size of what is stored for a running case: its control flow and its current values, no history."""

    def outcome(self, case: str) -> Outcome:
        """What became of the case."""

    def close(self) -> None:
        """Let go of the store."""


@runtime_checkable
class Caching(Protocol):
    """A subject that keeps cases in memory between completions."""

    def bytes_per_cached_case(self, branches: int, count: int) -> float:
        """The memory that each of ``count`` half-open cases takes while cached."""


@dataclass(slots=True)
class Times:
    """What each completion took, by the clock on the wall and of the processor."""

    milliseconds: list[float] = field(default_factory=list)
    cpu_milliseconds: list[float] = field(default_factory=list)
    state_bytes: int = 0


def run_case(subject: Subject, branches: int) -> Times:
    """Take one case from start to end, timing each completion and weighing its state when it is half open.

    Raises ``Incomplete`` unless exactly N + 4 completions and N automatic steps led to the end, and none before.
    """
    case = subject.start(branches)
    times = Times()
    for done, step in enumerate(steps_of(branches), start=1):
        user_task, values = subject.locate(case, step), values_of(step)
        began, cpu_began = time.perf_counter(), time.process_time()
        subject.complete(case, user_task, values)
        times.cpu_milliseconds.append((time.process_time() - cpu_began) * 1000)
        times.milliseconds.append((time.perf_counter() - began) * 1000)
        if done == half_open_after(branches):
            times.state_bytes = subject.state_bytes(case)
            _demand(subject.outcome(case).ended is False, f"case {case} ended after {done} completions")
    expected = Outcome(True, completions_of(branches), branches)
    _demand(subject.outcome(case) == expected, f"case {case}: {subject.outcome(case)} instead of {expected}")
    return times


def open_half(subject: Subject, branches: int) -> str:
    """Start a case and take it half way; returns its key."""
    case = subject.start(branches)
    for step in steps_of(branches)[: half_open_after(branches)]:
        subject.complete(case, subject.locate(case, step), values_of(step))
    return case


def answer(subject: Subject, request: dict[str, Any]) -> dict[str, Any]:
    """Do one request of the protocol."""
    match request["do"]:
        case "open":
            subject.open(Path(request["directory"]), request["branches"])
            return {}
        case "run":
            runs = [run_case(subject, request["branches"]) for _ in range(request["cases"])]
            return {
                "milliseconds": [each for times in runs for each in times.milliseconds],
                "cpu_milliseconds": [each for times in runs for each in times.cpu_milliseconds],
                "state_bytes": [times.state_bytes for times in runs],
            }
        case "fill":
            for _ in range(request["cases"]):
                subject.start(request["branches"])
            return {}
        case "weigh" if isinstance(subject, Caching):
            return {"bytes": subject.bytes_per_cached_case(request["branches"], request["cases"])}
        case unknown:
            raise ValueError(f"unknown request {unknown!r}")


def serve(subject: Subject, requests: IO[str] = sys.stdin, answers: IO[str] = sys.stdout) -> None:
    """Answer requests until the input ends."""
    converse(lambda request: answer(subject, request), requests, answers)
    subject.close()


def converse(
    reply_to: Callable[[dict[str, Any]], dict[str, Any]], requests: IO[str] = sys.stdin, answers: IO[str] = sys.stdout
) -> None:
    """Answer each request with what ``reply_to`` makes of it. A failure is an answer too: the caller decides."""
    for line in requests:
        try:
            reply = reply_to(json.loads(line))
        except Exception as error:  # noqa: BLE001 - whatever broke belongs in the answer
            traceback.print_exc(file=sys.stderr)
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=answers, flush=True)


def _demand(holds: bool, message: str) -> None:
    if not holds:
        raise Incomplete(message)
