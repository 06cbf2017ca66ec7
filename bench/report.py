"""From samples to the printed table, the ratios that the project promises, and PASS or MISS for each."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

OURS, CACHED, NAIVE, FLOOR = "shenhou", "shenhou_cached", "spiff_naive", "floor"
SPEED_TARGETS = {10: 5.0, 40: 12.0}
STATE_TARGET = 0.25
GROWTH_TARGET = 1.5
STORE_TARGET = 1.2
CACHE_TARGET_KB = 150.0


def p95(milliseconds: Sequence[float]) -> float:
    """The smallest time that at least 95 % of these did not exceed."""
    return sorted(milliseconds)[math.ceil(0.95 * len(milliseconds)) - 1]


@dataclass(slots=True)
class Sample:
    """Everything measured of one subject with one number of branches."""

    milliseconds: list[float] = field(default_factory=list)
    cpu_milliseconds: list[float] = field(default_factory=list)
    state_bytes: list[int] = field(default_factory=list)

    def add(self, reply: Mapping[str, Any]) -> None:
        """Add the completions of further cases, as a subject's process reported them."""
        self.milliseconds.extend(reply["milliseconds"])
        self.cpu_milliseconds.extend(reply["cpu_milliseconds"])
        self.state_bytes.extend(reply["state_bytes"])

    @property
    def per_second(self) -> float:
        """Completions per second of completing (starting a case and checking it are not counted)."""
        return 1000 * len(self.milliseconds) / sum(self.milliseconds)

    @property
    def cpu(self) -> float:
        """Mean processor time of a completion in milliseconds: it hardly depends on what else the machine does."""
        return statistics.fmean(self.cpu_milliseconds)

    @property
    def median(self) -> float:
        return statistics.median(self.milliseconds)

    @property
    def p95(self) -> float:
        return p95(self.milliseconds)

    @property
    def bytes_open(self) -> float:
        return statistics.median(self.state_bytes)


Samples = Mapping[str, Mapping[int, Sample]]


@dataclass(frozen=True, slots=True)
class Extras:
    """What is measured of Shenhou alone: per-completion times with few and many open cases, memory per cached case."""

    store: Mapping[int, Sample] = field(default_factory=dict)
    cached_bytes: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One ratio. ``measured`` is None when a side is missing; ``least`` or ``most`` is the target, if there is one."""

    name: str
    measured: float | None
    least: float | None = None
    most: float | None = None

    @property
    def is_target(self) -> bool:
        return self.least is not None or self.most is not None

    @property
    def holds(self) -> bool:
        """Does the target hold? What was not measured does not hold."""
        if self.measured is None:
            return False
        return (self.least is None or self.measured >= self.least) and (self.most is None or self.measured <= self.most)

    def __str__(self) -> str:
        shown = "not measured" if self.measured is None else f"{self.measured:.2f}"
        bound = f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}" if self.most is not None else ""
        verdict = ("PASS" if self.holds else "MISS") if self.is_target else ""
        return f"{self.name:<68} {shown:>12}  {bound:<7} {verdict}".rstrip()


def ratio_lines(samples: Samples, extras: Extras, branches: Sequence[int]) -> list[Line]:
    """Every target, then the ratios that are only for information."""
    lines: list[Line] = []
    for n in branches:
        lines.append(
            Line(f"completions/s, ours to naive, N={n}", _speed(samples, OURS, NAIVE, n), SPEED_TARGETS.get(n))
        )
    for n in branches:
        lines.append(Line(f"bytes of state, ours to naive, N={n}", _state(samples, n), most=STATE_TARGET))
    if len(branches) > 1:
        small, large = min(branches), max(branches)
        growth = _cost(samples, OURS, large, small)
        lines.append(Line(f"cost of a completion, N={large} to N={small}", growth, most=GROWTH_TARGET))
    lines.append(_store_line(extras))
    for n in branches:
        kilobytes = extras.cached_bytes[n] / 1000 if n in extras.cached_bytes else None
        lines.append(Line(f"memory of a cached case, KB, N={n}", kilobytes, most=CACHE_TARGET_KB))
    return [*lines, *_further_lines(samples, branches)]


def _further_lines(samples: Samples, branches: Sequence[int]) -> list[Line]:
    """What has no target: ours with its cache, processor time, ours above the floor, ours against every other."""
    lines = [
        Line(f"completions/s, ours with its cache to naive, N={n}", _speed(samples, CACHED, NAIVE, n)) for n in branches
    ]
    for key, title in ((OURS, "ours"), (CACHED, "ours with its cache")):
        for n in branches:
            lines.append(Line(f"processor time of a completion, naive to {title}, N={n}", _cpu(samples, key, NAIVE, n)))
        for n in branches:
            lines.append(
                Line(f"cost of a completion, {title} to the floor, N={n}", _invert(_speed(samples, key, FLOOR, n)))
            )
    for key in samples:
        if key not in (OURS, CACHED, NAIVE, FLOOR):
            lines += [Line(f"completions/s, ours to {key}, N={n}", _speed(samples, OURS, key, n)) for n in branches]
    return lines


def table(titles: Mapping[str, str], samples: Samples, absences: Mapping[str, str]) -> str:
    """The table as text, a row per subject and number of branches; an absent subject has one row that says why."""
    times = f"{'completions/s':>14} {'median ms':>10} {'p95 ms':>8} {'cpu ms':>8}"
    head = f"{'engine':<46} {'N':>3} {times} {'bytes open':>11}"
    rows = [head, "-" * len(head)]
    for key, title in titles.items():
        if key in absences:
            rows.append(f"{title:<46} {absences[key]}")
        rows += [_row(title, branches, sample) for branches, sample in samples.get(key, {}).items()]
    return "\n".join(rows)


def _row(title: str, branches: int, sample: Sample) -> str:
    size = f"{sample.bytes_open:,.0f}" if sample.bytes_open else "–"
    times = f"{sample.per_second:>14,.1f} {sample.median:>10.2f} {sample.p95:>8.2f} {sample.cpu:>8.2f}"
    return f"{title:<46} {branches:>3} {times} {size:>11}"


def _speed(samples: Samples, key: str, other: str, branches: int) -> float | None:
    mine, theirs = samples.get(key, {}).get(branches), samples.get(other, {}).get(branches)
    return mine.per_second / theirs.per_second if mine and theirs else None


def _cpu(samples: Samples, key: str, other: str, branches: int) -> float | None:
    mine, theirs = samples.get(key, {}).get(branches), samples.get(other, {}).get(branches)
    return theirs.cpu / mine.cpu if mine and theirs else None


def _state(samples: Samples, branches: int) -> float | None:
    ours, theirs = samples.get(OURS, {}).get(branches), samples.get(NAIVE, {}).get(branches)
    return ours.bytes_open / theirs.bytes_open if ours and theirs else None


def _cost(samples: Samples, key: str, large: int, small: int) -> float | None:
    of = samples.get(key, {})
    return of[small].per_second / of[large].per_second if small in of and large in of else None


def _store_line(extras: Extras) -> Line:
    if len(extras.store) < 2:
        return Line("cost of a completion, 10,000 open cases to 10", None, most=STORE_TARGET)
    few, many = min(extras.store), max(extras.store)
    measured = extras.store[few].per_second / extras.store[many].per_second
    return Line(f"cost of a completion, {many:,} open cases to {few:,}", measured, most=STORE_TARGET)


def _invert(ratio: float | None) -> float | None:
    return 1 / ratio if ratio else None
