"""The section on full cases as text and as data."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.played import Played
from bench.report import Line, Sample

OURS = "Shenhou, reloaded before each completion"
OURS_CACHED = "Shenhou as installed, cases cached"
NAIVE = "SpiffWorkflow, naive JSON embed"
SPENT = {
    "complete": "completions",
    "work": "what is due (jobs, outbox, timers)",
    "answer": "departments' answers",
    "send": "messages",
    "start": "start",
}
TITLE = "Full cases: the first scenario of each pack, played whole by Shenhou; its control flow alone by the embed"


@dataclass
class Measured:
    """One scenario. ``absence`` says why the embed cannot run it, ``failure`` why nothing was measured."""

    name: str
    completions: int = 0
    played: dict[str, Played] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
    absence: str = ""
    failure: str = ""

    def as_data(self) -> dict[str, Any]:
        """The figures as JSON."""
        engines = {title: _figures(played) for title, played in self.played.items()}
        ratios = {line.name: line.measured for line in ratio_lines(self)}
        told = {"completions": self.completions, "engines": engines, "ratios": ratios, "dropped": dict(self.dropped)}
        return told | {"absence": self.absence, "failure": self.failure}


def section(measured: Sequence[Measured]) -> str:
    """The whole section; empty without scenarios."""
    return "\n\n".join([TITLE, *map(_one, measured)]) if measured else ""


def ratio_lines(measured: Measured) -> list[Line]:
    """Ours to naive; without a target, since the two do not do the same."""
    lines = []
    naive = measured.played.get(NAIVE)
    for title, short in ((OURS, "ours"), (OURS_CACHED, "ours with its cache")):
        ours = measured.played.get(title)
        if ours is None or naive is None:
            continue
        speed = _sample(ours).per_second / _sample(naive).per_second
        lines.append(Line(f"completions/s, {short} to naive", speed))
        lines.append(Line(f"cases/s, {short} to naive", ours.cases_per_second / naive.cases_per_second))
        lines.append(Line(f"processor time of a completion, naive to {short}", _sample(naive).cpu / _sample(ours).cpu))
    if (ours := measured.played.get(OURS)) and naive:
        sizes = _sample(ours).bytes_open / _sample(naive).bytes_open
        lines.append(Line("bytes of state half-way, ours to naive", sizes))
    return lines


def _one(measured: Measured) -> str:
    if measured.failure:
        return f"{measured.name}: not measured: {measured.failure}"
    times = f"{'cases/s':>8} {'completions/s':>14} {'median ms':>10} {'p95 ms':>8} {'cpu ms':>8}"
    head = f"{measured.name + f', {measured.completions} completions':<46} {times}"
    head += f" {'commands':>9} {'bytes half-way':>15} {'audit bytes':>12}"
    rows = [head, "-" * len(head), *(_row(title, played) for title, played in _in_order(measured.played))]
    rows += map(str, ratio_lines(measured))
    if spent := measured.played.get(OURS_CACHED):
        rows.append(f"Where Shenhou's time goes: {_shares(spent)}.")
    if measured.absence:
        rows.append(f"{NAIVE}: cannot go this way: {measured.absence}")
    elif measured.dropped:
        rows.append(f"The embed does without forms, facts, workers, outbox and audit; left out: {_counts(measured)}.")
    return "\n".join(rows)


def _row(title: str, played: Played) -> str:
    sample = _sample(played)
    audit = f"{statistics.median(played.audit_bytes):,.0f}" if played.audit_bytes else "–"
    times = f"{played.cases_per_second:>8,.2f} {sample.per_second:>14,.1f} {sample.median:>10.2f} {sample.p95:>8.2f}"
    commands = statistics.median(played.commands)
    return f"{title:<46} {times} {sample.cpu:>8.2f} {commands:>9,.0f} {sample.bytes_open:>15,.0f} {audit:>12}"


def _in_order(played: Mapping[str, Played]) -> list[tuple[str, Played]]:
    return [(title, played[title]) for title in (OURS, OURS_CACHED, NAIVE) if title in played]


def _shares(played: Played) -> str:
    whole = sum(played.seconds.values())
    shares = {SPENT[verb]: played.seconds[verb] / whole for verb in SPENT if verb in played.seconds}
    return ", ".join(f"{name} {share:.0%}" for name, share in shares.items())


def _counts(measured: Measured) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in sorted(measured.dropped.items()))


def _figures(played: Played) -> dict[str, float]:
    sample = _sample(played)
    figures = {"cases": played.cases, "cases_per_second": played.cases_per_second, "per_second": sample.per_second}
    figures |= {"median_ms": sample.median, "p95_ms": sample.p95, "cpu_ms": sample.cpu}
    figures |= {"commands": statistics.median(played.commands), "bytes_half_way": sample.bytes_open}
    return figures | ({"audit_bytes": statistics.median(played.audit_bytes)} if played.audit_bytes else {})


def _sample(played: Played) -> Sample:
    return Sample(played.milliseconds, played.cpu_milliseconds, played.state_bytes)
