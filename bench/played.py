"""What it took to play full cases: the same measure for Shenhou and for the embed that it is compared with."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True)
class Played:
    """``seconds`` are all that was timed, by what was done; of it, ``milliseconds`` are each completion's.

    ``state_bytes`` half-way, ``audit_bytes`` and ``commands`` are one a case. A command is one saved step of the case,
    whether people, systems, workers or timers take it.
    """

    cases: int = 0
    milliseconds: list[float] = field(default_factory=list)
    cpu_milliseconds: list[float] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    state_bytes: list[int] = field(default_factory=list)
    audit_bytes: list[int] = field(default_factory=list)
    commands: list[int] = field(default_factory=list)

    @contextmanager
    def timing(self, verb: str) -> Iterator[None]:
        """Time a block as one ``verb``; those of ``complete`` are kept one by one."""
        began, cpu_began = time.perf_counter(), time.process_time()
        yield
        cpu, seconds = time.process_time() - cpu_began, time.perf_counter() - began
        self.seconds[verb] = self.seconds.get(verb, 0.0) + seconds
        if verb == "complete":
            self.milliseconds.append(seconds * 1000)
            self.cpu_milliseconds.append(cpu * 1000)

    def add(self, other: Played) -> None:
        """Count further cases in."""
        self.cases += other.cases
        for verb, seconds in other.seconds.items():
            self.seconds[verb] = self.seconds.get(verb, 0.0) + seconds
        for name in ("milliseconds", "cpu_milliseconds", "state_bytes", "audit_bytes", "commands"):
            getattr(self, name).extend(getattr(other, name))

    def as_data(self) -> dict[str, Any]:
        """Plain JSON, as it goes from process to process."""
        return asdict(self)

    @property
    def cases_per_second(self) -> float:
        """Whole cases a second of everything that was timed."""
        return self.cases / sum(self.seconds.values())
