"""Measures the desk: its pages with few and many cases in store, and completions over HTTP beside the peer's.

The servers are processes of their own; they answer in turns, so that a machine's moods fall on all of them.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.desk.pressing import press
from bench.desk.report import NAIVE, OURS, PEER, Desk, Shown
from bench.processes import Conversation, Entry, entries, module
from bench.report import Sample
from bench.subject import Incomplete
from bench.visitor import Visitor
from bench.workload import completions_of, half_open_after, steps_of

FEW, MANY = 60, 10_000  # even with the few a list is a full page
PLAYED = {"at_window": 31, "deciding": 11}
ROUNDS, REQUESTS = 4, 15  # of each page and store: 60 in all
CLERKS, SECONDS = 4, 4.0
CASES = {OURS: {10: 12, 40: 4}, PEER: {10: 3, 40: 1}}
PAGES = {"list": "window", "department": "hrss", "cases": "window", "task": "hrss", "case": "window"}
LISTS = {"list": "/desk/?queue=claimable", "department": "/desk/?queue=claimable", "cases": "/desk/cases"}
PAGES_ENTRY = Entry("pages", "pages of the desk", module("bench.desk.pages"))
SUBJECTS = (
    Entry(OURS, "Shenhou", module("bench.desk.steps")),
    Entry(PEER, "SpiffArena's approach", module("bench.peers.arena.server")),
)
AFTERWARDS = "/desk/cases?q=afterwards"  # where a clerk is told that all went well, before the next step


def measure_desk(directory: Path, say: Callable[[str], None], *, sizes: Sequence[int] = (FEW, MANY)) -> Desk:
    """Everything that the section has; ``directory`` is there and has no ``desk``."""
    desk = Desk(clerks=CLERKS)
    _measure_pages(directory / "desk", desk, say, sizes)
    _measure_completions(directory / "desk", desk, say)
    return desk


# -- pages -----------------------------------------------------------------------------------------------------------


class Front:
    """A server of pages, and a clerk of each department in front of it."""

    def __init__(self, directory: Path, cases: int, played: dict[str, int]) -> None:
        self.talk = Conversation(PAGES_ENTRY, directory, [], cases=cases, played=played)
        self.told = self.talk.told
        self._visitors = {login: self.visitor(login) for login in set(PAGES.values())}

    def visitor(self, login: str) -> Visitor:
        """Signed in."""
        return Visitor(self.told["port"]).enter({"login": login, "password": self.told["password"]})

    def clerk(self, login: str) -> Visitor:
        """The one who stays."""
        return self._visitors[login]

    def path(self, kind: str) -> str:
        return LISTS.get(kind) or str(self.told[kind])

    def show(self, kind: str, times: int, shown: Shown) -> None:
        """Ask for a page that many times; and once before, counting what it asks of the database."""
        clerk, path = self.clerk(PAGES[kind]), self.path(kind)
        with counting(self.talk) as asked:
            clerk.get(path)
        before = self.talk.ask(do="clock")["cpu"]
        answers = [clerk.get(path) for _ in range(times)]
        shown.cpu_seconds += self.talk.ask(do="clock")["cpu"] - before
        shown.milliseconds += [answer.milliseconds for answer in answers]
        shown.statements = asked["statements"]
        shown.bytes = len(answers[-1].body)

    def close(self) -> None:
        for visitor in self._visitors.values():
            visitor.close()


def _measure_pages(directory: Path, desk: Desk, say: Callable[[str], None], sizes: Sequence[int]) -> None:
    with contextlib.ExitStack() as stack:
        fronts = {}
        for size in sizes:
            say(f"filling the desk with {size:,} cases")
            fronts[size] = stack.enter_context(_front(directory / f"pages_{size}", size, size == max(sizes)))
        desk.fill_seconds = fronts[max(sizes)].told["seconds"]
        desk.pages = {kind: {size: Shown() for size in sizes} for kind in PAGES}
        for turn in range(ROUNDS):
            say(f"pages, round {turn + 1} of {ROUNDS}")
            for kind in PAGES:
                for size in sizes[:: 1 if turn % 2 else -1]:
                    fronts[size].show(kind, REQUESTS, desk.pages[kind][size])
        many = fronts[max(sizes)]
        desk.pages["submit"] = {max(sizes): _submit_all(many)}
        desk.requests_per_second = _crowd(many)


@contextlib.contextmanager
def _front(directory: Path, cases: int, with_submissions: bool) -> Iterator[Front]:
    front = Front(directory, cases, PLAYED if with_submissions else {"deciding": 2})
    with front.talk:
        yield front
        front.close()


def _submit_all(front: Front) -> Shown:
    """Open each waiting task, fill its form in, send it; the sending is timed. A refusal raises ``Unexpected``."""
    shown = Shown()
    tasks = front.talk.ask(do="waiting")["tasks"]
    for one in tasks:
        clerk = front.clerk(one["login"])
        fields = press(clerk.get(one["path"]).text, one["values"])
        with counting(front.talk, wanted=one is tasks[0]) as asked:
            before = front.talk.ask(do="clock")["cpu"]
            answer = clerk.post(one["path"], fields)
            shown.cpu_seconds += front.talk.ask(do="clock")["cpu"] - before
        shown.statements = asked.get("statements", shown.statements)
        if answer.status != 303:
            raise Incomplete(f"{one['path']} was not taken")
        clerk.get(AFTERWARDS)
        shown.milliseconds.append(answer.milliseconds)
    return shown


def _crowd(front: Front) -> float:
    """Pages a second when several clerks open lists, tasks and cases at once."""

    def browse(number: int) -> int:
        with front.visitor("hrss" if number % 2 else "window") as clerk:
            kinds = [kind for kind in PAGES if kind in ("list", "case") or (kind == "task" and number % 2)]
            until, done = time.monotonic() + SECONDS, 0
            while time.monotonic() < until:
                clerk.get(front.path(kinds[done % len(kinds)]))
                done += 1
            return done

    with ThreadPoolExecutor(CLERKS) as crowd:
        return sum(crowd.map(browse, range(CLERKS))) / SECONDS


# -- completions over HTTP -------------------------------------------------------------------------------------------


def _measure_completions(directory: Path, desk: Desk, say: Callable[[str], None]) -> None:
    """Each case of ours is followed by one of the naive embed, without HTTP: by it a figure from another machine is
    brought to this one, as it is in that minute."""
    branches = sorted(CASES[OURS])
    with contextlib.ExitStack() as stack:
        embed = next(one for one in entries() if one.key == "spiff_naive")
        naive = stack.enter_context(Conversation(embed, directory / NAIVE, branches))
        talks = {
            entry.key: stack.enter_context(Conversation(entry, directory / entry.key, branches)) for entry in SUBJECTS
        }
        clerks = {key: stack.enter_context(Visitor(talk.told["port"])).enter(talk.told) for key, talk in talks.items()}
        for n in branches:
            beside = Sample()
            naive.ask(do="run", branches=n, cases=1)  # which warms up
            for key, talk in talks.items():
                say(f"completions over HTTP, N={n}, {key}")
                asked = complete_case(talk, clerks[key], n, Sample(), is_counted=True)  # which warms up
                desk.asked.setdefault(key, {})[n] = (asked[0] / completions_of(n), asked[1] / completions_of(n))
                sample = desk.completed.setdefault(key, {}).setdefault(n, Sample())
                for _ in range(CASES[key][n]):
                    complete_case(talk, clerks[key], n, sample)
                    if key == OURS:
                        beside.add(naive.ask(do="run", branches=n, cases=1))
            desk.naive[n] = beside.per_second


def complete_case(
    talk: Conversation, clerk: Visitor, branches: int, sample: Sample, *, is_counted: bool = False
) -> tuple[int, int]:
    """Take a case from start to end; statements and commits that it took, if counted, which takes time.

    Raises ``Incomplete`` for lost work.
    """
    case = talk.ask(do="start", branches=branches)["case"]
    statements = commits = 0
    for done, step in enumerate(steps_of(branches), start=1):
        request = talk.ask(do="locate", case=case, step=step)
        with counting(talk, wanted=is_counted) as asked:
            before = talk.ask(do="clock")["cpu"]
            sample.milliseconds.append(clerk.send(request).milliseconds)
            sample.cpu_milliseconds.append(1000 * (talk.ask(do="clock")["cpu"] - before))
        statements += asked.get("statements", 0)
        commits += asked.get("commits", 0)
        if "fields" in request:
            clerk.get(AFTERWARDS)
        if done == half_open_after(branches):
            sample.state_bytes.append(talk.ask(do="weigh", case=case)["bytes"])
    outcome = talk.ask(do="outcome", case=case)
    expected: dict[str, Any] = {"ended": True, "completions": completions_of(branches), "records": branches}
    if outcome != expected:
        raise Incomplete(f"case {case}: {outcome} instead of {expected}")
    return statements, commits


@contextlib.contextmanager
def counting(talk: Conversation, *, wanted: bool = True) -> Iterator[dict[str, int]]:
    """What the database of a subject is asked in the block: ``statements`` and ``commits``, there when it is over."""
    asked: dict[str, int] = {}
    if wanted:
        talk.ask(do="count", on=True)
    yield asked
    if wanted:
        asked |= talk.ask(do="count", on=False)
