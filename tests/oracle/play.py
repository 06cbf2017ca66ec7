"""Plays a process on a subject and on the oracle side by side, in random order of actions.

After every action both must show the same multiset of open items (kind, path from the root, element) and the same
variables of the root process, and agree on whether the case has ended. A difference is shrunk and shown with its seed,
its actions and the file that was drawn.
"""

from __future__ import annotations

import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any, Protocol

from tests.oracle.blocks import Recipe, draw
from tests.oracle.model import JOBS, Kind, Model
from tests.oracle.simulate import Oracle
from tests.oracle.state import Open
from tests.oracle.write_bpmn import write_files

ACTIONS = 40
OTHER_CODES = ("REJECTED", "WITHDRAWN", "MISSING", "BROKEN")
VERBS = {"user": "complete", "job": "complete", "message": "deliver", "timer": "fire", "incident": "retry"}
Key = tuple[str, tuple[str, ...], str]


@dataclass(frozen=True)
class Item:
    """An open item as a subject shows it; ``handle`` names it to the subject's verbs."""

    handle: str
    kind: str
    path: tuple[str, ...]
    element: str

    @property
    def key(self) -> Key:
        return (self.kind, self.path, self.element)


class Subject(Protocol):
    """An engine under test, with one case running."""

    def open(self) -> list[Item]: ...

    def complete(self, handle: str, values: Mapping[str, Any]) -> None: ...

    def throw_error(self, handle: str, code: str, values: Mapping[str, Any]) -> None: ...

    def deliver(self, handle: str, payload: Mapping[str, Any]) -> None: ...

    def fire(self, handle: str) -> None: ...

    def retry(self, handle: str) -> None: ...

    @property
    def finished(self) -> bool: ...

    @property
    def variables(self) -> dict[str, Any] | None:
        """The variables of the root process; None where there is no such thing to compare."""


Begin = Callable[[], Subject]  # a fresh case of a model that was read before
Prepare = Callable[[Model], Begin]  # reads the model's files
BeginOracle = Callable[[Model], Oracle]


@dataclass(frozen=True)
class Act:
    """One action: the verb, what it was done to (``rank`` among equals), and what was given."""

    verb: str
    key: Key
    rank: int = 0
    code: str = ""
    values: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        given = ", ".join(f"{name}={value}" for name, value in self.values)
        place = "/".join((*self.key[1], self.key[2]))
        return f"{self.verb} {place}" + (f" #{self.rank}" if self.rank else "") + f" {self.code} {given}".rstrip()


@dataclass
class Difference:
    """Where subject and oracle part: ``missing`` is what only the oracle has open, ``extra`` only the subject."""

    seed: int
    model: Model
    acts: list[Act]
    recipe: Recipe | None = None  # None for a model that was drawn by hand
    missing: list[Key] = field(default_factory=list)
    extra: list[Key] = field(default_factory=list)
    note: str = ""

    def report(self, folder: Path | None = None) -> str:
        """Everything that is needed to look into it; writes the files to ``folder``, by default a temporary one."""
        folder = folder or Path(tempfile.mkdtemp(prefix=f"oracle_{self.seed}_"))
        for name, data in write_files(self.model).items():
            (folder / name).write_bytes(data)
        lines = [f"SHENHOU_SEED={self.seed} plays it again; drawn (and perhaps shrunk) in {folder}", "actions:"]
        lines += [f"  {n}. {act}" for n, act in enumerate(self.acts, start=1)]
        lines += [f"the oracle alone has: {_show(key)}" for key in self.missing]
        lines += [f"the subject alone has: {_show(key)}" for key in self.extra]
        return "\n".join([*lines, self.note])


@dataclass(frozen=True)
class Match:
    """Who plays: a subject against an oracle, ``orders`` times in another random order of actions a process."""

    prepare: Prepare
    oracle: BeginOracle = Oracle
    job_errors: bool = True
    orders: int = 3

    def play(self, seed: int, recipe: Recipe, script: list[Act] | None = None) -> Difference | None:
        """As ``play_model``, for the model of a recipe."""
        found = self.play_model(seed, draw(recipe), script)
        return replace(found, recipe=recipe) if found is not None else None

    def play_model(self, seed: int, model: Model, script: list[Act] | None = None) -> Difference | None:
        """The first difference, or None when both agreed to the end. With ``script`` only those actions are played.

        Raises ``Endless`` when the model is no fair test.
        """
        begin: Begin | None = None
        for order in range(self.orders if script is None else 1):
            table = _Table(seed, model, self.oracle(model))
            try:
                begin = begin or self.prepare(model)
                table.subject = begin()
            except Exception:  # noqa: BLE001 (whatever a subject raises is a finding)
                return table.difference(traceback.format_exc())
            if script is None:
                choose = _at_random(Random(f"actions {seed} {order}"), table.oracle, self.job_errors)
            else:
                choose = _scripted(script, table.oracle)
            found = table.play(choose)
            if found is not None:
                return found
        return None


Choose = Callable[[], tuple[Open, Act] | None]


class _Table:
    """The two players and what has been done so far."""

    subject: Subject

    def __init__(self, seed: int, model: Model, oracle: Oracle) -> None:
        self.seed, self.model, self.oracle = seed, model, oracle
        self.acts: list[Act] = []
        self.pairs: dict[int, str] = {}

    def play(self, choose: Choose) -> Difference | None:
        found = self.compare()
        while found is None:
            chosen = choose()
            if chosen is None:
                return None
            found = self.act(*chosen) or self.compare()
        return found

    def difference(self, note: str = "") -> Difference:
        return Difference(self.seed, self.model, list(self.acts), note=note)

    def compare(self) -> Difference | None:
        """Pair the open items of both sides; an item keeps its partner as long as both live."""
        ours, theirs = self.oracle.open(), self.subject.open()
        expected, got = Counter(item.key for item in ours), Counter(item.key for item in theirs)
        if expected != got:
            found = self.difference()
            found.missing, found.extra = sorted((expected - got).elements()), sorted((got - expected).elements())
            return found
        if self.oracle.finished != self.subject.finished:
            return self.difference(f"finished: oracle {self.oracle.finished}, subject {self.subject.finished}")
        if self.subject.variables not in (None, self.oracle.root.variables.values):
            return self.difference(f"variables: {self.oracle.root.variables.values} became {self.subject.variables}")
        handles = {item.handle: item for item in theirs}
        self.pairs = {
            item.number: self.pairs[item.number]
            for item in ours
            if item.number in self.pairs and self.pairs[item.number] in handles
        }
        free = [item for item in theirs if item.handle not in set(self.pairs.values())]
        for item in ours:
            if item.number not in self.pairs:
                partner = next(one for one in free if one.key == item.key)
                free.remove(partner)
                self.pairs[item.number] = partner.handle
        return None

    def act(self, item: Open, act: Act) -> Difference | None:
        self.acts.append(act)
        handle, values = self.pairs[item.number], dict(act.values)
        _do(self.oracle, item.number, act, values)
        try:
            _do(self.subject, handle, act, values)
        except Exception:  # noqa: BLE001
            return self.difference(traceback.format_exc())
        return None


def _do(player: Any, handle: int | str, act: Act, values: dict[str, Any]) -> None:
    match act.verb:
        case "complete":
            player.complete(handle, values)
        case "throw_error":
            player.throw_error(handle, act.code, values)
        case "deliver":
            player.deliver(handle, values)
        case "fire":
            player.fire(handle)
        case "retry":
            player.retry(handle)


def _at_random(chance: Random, oracle: Oracle, job_errors: bool) -> Choose:
    weights = {"user": 1.0, "job": 1.0, "message": 0.7, "timer": 0.4, "incident": 0.2}
    left = ACTIONS

    def choose() -> tuple[Open, Act] | None:
        nonlocal left
        left -= 1
        items = oracle.open()
        # A job whose error nobody caught would only throw it again.
        usable = [item for item in items if item.kind != "incident" or oracle.node_of(item.number).kind not in JOBS]
        if left < 0 or all(item.kind == "incident" for item in usable):
            return None
        item = chance.choices(usable, [weights[item.kind] for item in usable])[0]
        equals = [other.number for other in items if other.key == item.key]
        node = oracle.node_of(item.number)
        values = tuple(sorted((name, _value(chance, name)) for name in node.asks))
        verb, code = VERBS[item.kind], ""
        if item.kind == "job" and job_errors and chance.random() < 0.25:
            codes = [other.code for other in oracle.model.walk() if other.kind is Kind.ON_ERROR and other.code]
            verb, code, values = "throw_error", chance.choice([*codes, *OTHER_CODES]), (("answer", _value(chance, "")),)
        return item, Act(verb, item.key, equals.index(item.number), code, values)

    return choose


def _value(chance: Random, name: str) -> Any:
    if name == "chosen":
        return [chance.randint(0, 3) for _ in range(chance.randint(0, 3))]
    return chance.randint(0, 3)


def _scripted(script: list[Act], oracle: Oracle) -> Choose:
    left = list(script)

    def choose() -> tuple[Open, Act] | None:
        while left:
            act = left.pop(0)
            equals = [item for item in oracle.open() if item.key == act.key]
            if act.rank < len(equals):
                return equals[act.rank], act
        return None

    return choose


def _show(key: Key) -> str:
    return f"{key[0]} {'/'.join((*key[1], key[2]))}"
