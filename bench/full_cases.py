"""The first scenario of every pack (``01-…``) as a benchmark: Shenhou whole, the naive embed as far as it gets.

``python -m bench.full_cases`` runs this section of ``bench.run`` alone. Each scenario is recorded once and then played
by both in turns, each in a process of its own, for a share of the time that the section has.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.full_case_report import NAIVE, OURS, OURS_CACHED, Measured, section
from bench.played import Played
from bench.processes import ROOT, Conversation, Entry, SubjectFailed, module

SECONDS = 12.0  # of playing, all packs together; what begins in time is finished
SIDE_BY_SIDE = 3  # of our cases; the embed's do not meet
PATTERN = "01-*.yaml"
SCENARIOS = ROOT / "tests" / "scenarios"
SUBJECTS = (
    Entry("full_case", "Shenhou", module("bench.full_case")),
    Entry("spiff_full_case", "SpiffWorkflow", module("bench.peers.spiff_full_case")),
)


def find_scenarios(folder: Path = SCENARIOS) -> list[Path]:
    """The first scenario of every pack that has one, by pack: ``<folder>/<pack>/01-….yaml``."""
    return sorted(folder.glob(f"*/{PATTERN}"))


def measure_all(
    directory: Path, seconds: float = SECONDS, *, scenarios: Sequence[Path] | None = None, say: Callable[[str], None]
) -> list[Measured]:
    """Measure every scenario in ``directory``, which is there and empty. One that fails says so in its place."""
    found = find_scenarios() if scenarios is None else scenarios
    return [measure(path, directory, seconds / len(found), say) for path in found]


def measure(scenario: Path, directory: Path, seconds: float, say: Callable[[str], None]) -> Measured:
    """Record one scenario and play it for about ``seconds``; every engine at least once."""
    measured = Measured(f"{scenario.parent.name} {scenario.stem}")
    say(f"full case {measured.name}")
    try:
        with contextlib.ExitStack() as stack:
            folder = directory / measured.name.replace(" ", "-")
            ours, naive = (stack.enter_context(Conversation(entry, folder / entry.key, [])) for entry in SUBJECTS)
            recorded = ours.ask(do="record", scenario=str(scenario.resolve()))
            measured.completions = recorded["completions"]
            players = [Contender(OURS, ours, {"cached": False}), Contender(OURS_CACHED, ours, {"cached": True})]
            players += _prepare_naive(naive, recorded["recording"], measured)
            _play_in_turns(players, seconds, measured)
    except SubjectFailed as failure:
        measured.failure = str(failure)
    return measured


@dataclass(frozen=True, slots=True)
class Contender:
    """One engine, or one way of running it."""

    title: str
    talk: Conversation
    options: dict[str, Any] = field(default_factory=dict)
    cases: int = SIDE_BY_SIDE

    def play(self) -> Played:
        """Play its cases. Raises ``SubjectFailed``."""
        return Played(**self.talk.ask(do="play", cases=self.cases, **self.options))


def _prepare_naive(naive: Conversation, recording: str, measured: Measured) -> list[Contender]:
    """The embed, warmed up; nobody where it cannot go the way, which the report then tells."""
    player = Contender(NAIVE, naive, cases=1)
    try:
        measured.dropped = naive.ask(do="read", recording=recording)["dropped"]
        player.play()
    except SubjectFailed as failure:
        measured.absence = str(failure)
        return []
    return [player]


def _play_in_turns(players: Sequence[Contender], seconds: float, measured: Measured) -> None:
    """Recording has warmed ours up, so all of its cases count."""
    deadline = time.monotonic() + seconds
    turn = 0
    while turn == 0 or time.monotonic() < deadline:
        first = turn % len(players)
        for player in [*players[first:], *players[:first]]:
            measured.played.setdefault(player.title, Played()).add(player.play())
        turn += 1


@contextlib.contextmanager
def own_directory(base: Path) -> Iterator[Path]:
    """An empty folder in ``base`` that is gone afterwards."""
    base.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(dir=base, prefix="run-"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the section alone; 1 when a scenario could not be played."""
    parser = argparse.ArgumentParser(prog="python -m bench.full_cases", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"of playing, all packs together ({SECONDS:g})")
    parser.add_argument("--scenario", type=Path, nargs="+", help="other scenarios than every pack's first")
    parser.add_argument("--directory", default=str(ROOT / "var" / "bench"), help="where the databases go: a real disk")
    options = parser.parse_args(arguments)
    with own_directory(Path(options.directory)) as directory:
        measured = measure_all(directory, options.seconds, scenarios=options.scenario, say=_say)
    print(section(measured))
    return 1 if any(each.failure for each in measured) else 0


def _say(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
