"""``python -m bench.run``: every engine on the same work in the same run, one table, the ratios, PASS or MISS.

Each subject lives in a process of its own; they work in turns, a few cases a round, the order rotating, so that a
machine's good and bad moments fall on all of them. One case a round would not do: a subject that has slept while the
others worked spends its first milliseconds on waking up, a tenth of a quick one's turn and nothing of a slow one's.
Absolute numbers move from machine to machine: read ratios, and on a quiet machine, for on a busy one an engine that
answers in a millisecond waits longer for its turn than it works.
Afterwards the packs' full cases are played (``bench.full_cases``), and the desk is visited (``bench.desk``). Exit code
0 when every target holds, 1 when one is missed or could not be measured.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench import full_cases
from bench.desk import report as desk_report
from bench.desk.measuring import measure_desk
from bench.full_case_report import section
from bench.processes import ROOT, Conversation, Entry, entries
from bench.report import OURS, Extras, Line, Sample, Samples, ratio_lines, table
from bench.workload import completions_of

STORE_SIZES = (10, 10_000)
STORE_CASES = 2  # times as many cases a round: the difference sought is small, and these are quick
CASES_WEIGHED = 100
BUSY_LOAD = 0.5  # a processor
FULL_CASES, DESK = "full_cases", "desk"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark from the command line; returns the exit code."""
    options = _read_options(arguments)
    taking_part, absences = _split([each for each in entries(options.camunda_python) if _wanted(each.key, options)])
    load = os.getloadavg()[0]
    with full_cases.own_directory(Path(options.directory)) as directory:
        samples = measure(taking_part, directory, options)
        extras = measure_ours(taking_part, directory, options)
        played = full_cases.measure_all(directory, say=_say) if _wanted(FULL_CASES, options) else []
        desk = measure_desk(directory, _say) if _wanted(DESK, options) else None
    titles = {entry.key: entry.title for entry in entries()}
    lines = ratio_lines(samples, extras, options.n) if taking_part or absences else []
    engines = [table(titles, samples, absences), "", *map(str, lines)] if lines else []
    sections = ["\n".join(engines), section(played), desk_report.section(desk) if desk else ""]
    print("\n\n".join(filter(None, sections)))
    if load > BUSY_LOAD * (os.cpu_count() or 1):
        print(f"\nThe machine was busy (load {load:.1f}) before this began: waiting for a turn costs the quick most.")
    lines += desk_report.lines(desk) if desk else []
    if options.json:
        data = _as_data(samples, extras, lines, absences)
        data["full_cases"] = {each.name: each.as_data() for each in played}
        data["desk"] = desk_report.as_data(desk) if desk else {}
        Path(options.json).write_text(json.dumps(data, indent=2), "utf-8")
    all_hold = all(line.holds for line in lines if line.is_target)
    return 0 if all_hold and not any(each.failure for each in played) else 1


def measure(taking_part: Sequence[Entry], directory: Path, options: argparse.Namespace) -> dict[str, dict[int, Sample]]:
    """Samples by subject and number of branches. The first case of each, which warms up, does not count."""
    samples = {entry.key: {number: Sample() for number in options.n} for entry in taking_part}
    if not taking_part:
        return {}
    with contextlib.ExitStack() as stack:
        talks = {
            entry.key: stack.enter_context(Conversation(entry, directory / entry.key, options.n))
            for entry in taking_part
        }
        for talk in talks.values():
            for number in options.n:
                talk.ask(do="run", branches=number, cases=1)
        entry_by_key = {entry.key: entry for entry in taking_part}
        keys = list(talks)
        for turn in range(options.rounds):
            _say(f"round {turn + 1} of {options.rounds}")
            for key in keys[turn % len(keys) :] + keys[: turn % len(keys)]:
                if entry_by_key[key].slow and turn % 2:
                    continue
                for number in options.n:
                    _run(talks[key], number, options.cases, samples[key][number])
    return samples


def measure_ours(taking_part: Sequence[Entry], directory: Path, options: argparse.Namespace) -> Extras:
    """Shenhou alone: with few and many open cases in the store, in turns; then memory per cached case."""
    ours = next((entry for entry in taking_part if entry.key == OURS), None)
    if ours is None:
        return Extras()
    number = min(options.n)
    store = {size: Sample() for size in options.store}
    with contextlib.ExitStack() as stack:
        talks = {}
        for size in options.store:
            _say(f"filling a store with {size:,} open cases")
            talks[size] = stack.enter_context(Conversation(ours, directory / f"store_{size}", [number]))
            talks[size].ask(do="fill", branches=number, cases=size)
            talks[size].ask(do="run", branches=number, cases=1)
        for _ in range(options.rounds):
            for size, talk in talks.items():
                _run(talk, number, options.cases * STORE_CASES, store[size])
    _say("weighing cached cases")
    with Conversation(ours, directory / "weigh", options.n) as talk:
        cached = {each: talk.ask(do="weigh", branches=each, cases=CASES_WEIGHED)["bytes"] for each in options.n}
    return Extras(store, cached)


def _run(talk: Conversation, branches: int, cases: int, sample: Sample) -> None:
    reply = talk.ask(do="run", branches=branches, cases=cases)
    if len(reply["milliseconds"]) != cases * completions_of(branches):
        raise AssertionError(f"{len(reply['milliseconds'])} completions in {cases} cases of {branches} branches")
    sample.add(reply)


def _split(wanted: Sequence[Entry]) -> tuple[list[Entry], dict[str, str]]:
    """Those that can run here, and why the others cannot."""
    absences = {entry.key: reason for entry in wanted if (reason := entry.absence())}
    return [entry for entry in wanted if entry.key not in absences], absences


def _wanted(key: str, options: argparse.Namespace) -> bool:
    """Whether a subject or a section is to be measured: everything, unless some are named."""
    return not options.only or key in options.only


def _as_data(samples: Samples, extras: Extras, lines: Sequence[Line], absences: Mapping[str, str]) -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "subjects": {key: {number: _summary(each) for number, each in by.items()} for key, by in samples.items()},
        "absent": dict(absences),
        "store": {size: _summary(each) for size, each in extras.store.items()},
        "cached_bytes": dict(extras.cached_bytes),
        "ratios": [asdict(line) | {"holds": line.holds if line.is_target else None} for line in lines],
    }


def _summary(sample: Sample) -> dict[str, float]:
    return {
        "completions": len(sample.milliseconds),
        "per_second": sample.per_second,
        "median_ms": sample.median,
        "p95_ms": sample.p95,
        "cpu_ms": sample.cpu,
        "bytes_open": sample.bytes_open,
    }


def _say(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


def _read_options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=(__doc__ or "").split("\n\n")[0])
    keys = [*(entry.key for entry in entries()), FULL_CASES, DESK]
    parser.add_argument("--n", type=int, nargs="+", default=[10, 40], metavar="N", help="parallel branches (10 40)")
    parser.add_argument("--rounds", type=int, default=8, help="rounds (8)")
    parser.add_argument("--cases", type=int, default=4, help="cases per subject, N and round (4)")
    parser.add_argument(
        "--only", nargs="+", choices=keys, default=[], metavar="SUBJECT", help=f"some of: {', '.join(keys)}"
    )
    parser.add_argument(
        "--store", type=int, nargs=2, default=STORE_SIZES, metavar="CASES", help="open cases (10 10000)"
    )
    parser.add_argument(
        "--camunda-python", default="", metavar="PYTHON", help="the interpreter that has camunda-python"
    )
    parser.add_argument("--directory", default=str(ROOT / "var" / "bench"), help="where the databases go: a real disk")
    parser.add_argument("--json", metavar="FILE", help="write every number as JSON too")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
