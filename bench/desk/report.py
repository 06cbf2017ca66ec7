"""The section on the desk as text: a table of pages, one of completions over HTTP, the ratios and their targets."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.report import Line, Sample, p95

TITLE = "The desk over HTTP: waitress in a process of its own, signed in, one connection that is kept"
OURS, PEER, NAIVE = "ours", "arena", "naive"
TITLES = {
    OURS: "Shenhou, a task's page posted",
    PEER: "SpiffArena's approach, PUT of a task",
}
PEER_TARGET = 30.0
GROWTH_TARGETS = {"list": 1.5, "task": 1.2, "case": 1.2}
PUBLISHED = {10: (10.1, 214.0), 40: (4.2, 66.0)}
"""Completions/s that SpiffArena itself and the naive embed were measured at side by side, by branches."""


@dataclass(slots=True)
class Shown:
    """One page with one number of cases in store; ``statements`` and ``bytes`` are of one request."""

    milliseconds: list[float] = field(default_factory=list)
    cpu_seconds: float = 0.0
    statements: int = 0
    bytes: int = 0

    @property
    def median(self) -> float:
        return statistics.median(self.milliseconds)

    @property
    def p95(self) -> float:
        return p95(self.milliseconds)

    @property
    def cpu(self) -> float:
        """Mean processor time of the server for one request, in milliseconds."""
        return 1000 * self.cpu_seconds / len(self.milliseconds)


@dataclass(slots=True)
class Desk:
    """Everything measured. ``pages`` by kind and cases in store; ``completed`` by subject and number of branches.

    ``asked`` are statements and commits of one completion, as ``completed``; ``naive`` what the naive embed does on
    this machine, in completions/s, without HTTP.
    """

    pages: dict[str, dict[int, Shown]] = field(default_factory=dict)
    completed: dict[str, dict[int, Sample]] = field(default_factory=dict)
    asked: dict[str, dict[int, tuple[float, float]]] = field(default_factory=dict)
    naive: dict[int, float] = field(default_factory=dict)
    requests_per_second: float = 0.0
    clerks: int = 0
    fill_seconds: float = 0.0


NAMES = {
    "list": "list of claimable tasks, window",
    "department": "list of claimable tasks, a department",
    "cases": "list of all cases, window",
    "task": "page of a task",
    "case": "page of a case",
    "submit": "a task submitted",
}


def section(desk: Desk) -> str:
    """The whole section."""
    return "\n".join([TITLE, *_page_rows(desk), "", *_completion_rows(desk), "", *map(str, lines(desk))])


def lines(desk: Desk) -> list[Line]:
    """Every target, then what is only for information."""
    found = []
    for kind, most in GROWTH_TARGETS.items():
        found += _growth(kind, desk.pages.get(kind, {}), most)
    found += [_published(desk, n) for n in sorted(desk.completed.get(OURS, PUBLISHED))]
    found += [
        Line(f"… to SpiffArena's approach, run here without its own tables and checks, N={n}", _speed(desk, n))
        for n in sorted(desk.completed.get(OURS, ()))
    ]
    for kind in ("department", "cases"):
        found += [line for line in _growth(kind, desk.pages.get(kind, {}), None) if line.measured is not None]
    return found


def as_data(desk: Desk) -> dict[str, Any]:
    """The figures as JSON."""
    pages = {
        kind: {size: {"median_ms": one.median, "p95_ms": one.p95, "cpu_ms": one.cpu, "statements": one.statements}
               for size, one in by.items()}
        for kind, by in desk.pages.items()
    }  # fmt: skip
    completed = {key: {n: {"per_second": one.per_second, "median_ms": one.median, "p95_ms": one.p95, "cpu_ms": one.cpu}
                       for n, one in by.items()} for key, by in desk.completed.items()}  # fmt: skip
    return {"pages": pages, "completed": completed, "requests_per_second": desk.requests_per_second}


def _page_rows(desk: Desk) -> list[str]:
    head = f"{'page':<46} {'cases':>7} {'requests':>9} {'median ms':>10} {'p95 ms':>8} {'cpu ms':>8}"
    head += f" {'statements':>11} {'KB':>6}"
    rows = [head, "-" * len(head)]
    for kind, by in desk.pages.items():
        rows += [_page_row(NAMES[kind], size, one) for size, one in sorted(by.items())]
    if desk.requests_per_second:
        many = max((size for by in desk.pages.values() for size in by), default=0)
        told = f"{desk.requests_per_second:.0f} pages/s with {many:,} cases in store and {desk.clerks} clerks at once"
        rows.append(f"{told}; the store was filled in {desk.fill_seconds:.0f} s.")
    return rows


def _page_row(name: str, size: int, one: Shown) -> str:
    times = f"{len(one.milliseconds):>9} {one.median:>10.1f} {one.p95:>8.1f} {one.cpu:>8.1f}"
    return f"{name:<46} {size:>7,} {times} {one.statements:>11} {one.bytes / 1000:>6.0f}"


def _completion_rows(desk: Desk) -> list[str]:
    head = f"{'completions over HTTP':<46} {'N':>3} {'completions/s':>14} {'median ms':>10} {'p95 ms':>8} {'cpu ms':>8}"
    head += f" {'statements':>11} {'commits':>8} {'bytes open':>11}"
    rows = [head, "-" * len(head)]
    for key, by in desk.completed.items():
        for n, one in by.items():
            statements, commits = desk.asked[key][n]
            times = f"{one.per_second:>14,.1f} {one.median:>10.2f} {one.p95:>8.2f} {one.cpu:>8.2f}"
            rows.append(
                f"{TITLES[key]:<46} {n:>3} {times} {statements:>11.0f} {commits:>8.0f} {one.bytes_open:>11,.0f}"
            )
    return rows


def _growth(kind: str, by: Mapping[int, Shown], most: float | None) -> list[Line]:
    """How much longer a page takes, and how much more often it asks, with many cases in store than with few."""
    sizes: Sequence[int] = sorted(by)
    name = NAMES[kind]
    if len(sizes) < 2:
        return [Line(f"{name}, many cases in store to few", None, most=most)]
    few, many = by[sizes[0]], by[sizes[-1]]
    said = f"{name}, {sizes[-1]:,} cases in store to {sizes[0]}"
    lines_ = [Line(f"{said}", many.median / few.median, most=most)]
    if most is not None:
        lines_.append(Line(f"{said}, statements", many.statements / few.statements, most=1.0))
    return lines_


def _published(desk: Desk, n: int) -> Line:
    """Against SpiffArena's own figure, brought to this machine by the embed that was measured beside it."""
    name = f"completions/s over HTTP, ours to SpiffArena, N={n}"
    if n not in PUBLISHED or n not in desk.naive or n not in desk.completed.get(OURS, {}):
        return Line(name, None, PEER_TARGET)
    arena, beside = PUBLISHED[n]
    return Line(name, desk.completed[OURS][n].per_second / (desk.naive[n] * arena / beside), PEER_TARGET)


def _speed(desk: Desk, n: int) -> float | None:
    ours, theirs = (desk.completed.get(key, {}).get(n) for key in (OURS, PEER))
    return ours.per_second / theirs.per_second if ours and theirs else None
