"""FEEL, the one expression language of packs: conditions, timers, mappings, decision tables, forms.

Expressions run on ``@bpmn-io/feelin`` inside QuickJS, a context for each thread, under limits on memory, processor time
and stack. Nothing of Python is known in there: values cross as JSON, and a pack's own function is a question that
JavaScript hands back and that is answered out here (``engine/js/feel.js``).

An expression is compiled once. That finds the paths it reads, and it is given the values at those paths and no others:
its result is a function of them (and of the time, where it asks), and is remembered by them.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path as FilePath
from typing import NoReturn

import orjson
import quickjs

from engine.bounded_cache import BoundedCache
from engine.clock import Clock, SystemClock
from engine.deadline import Deadline
from engine.errors import ConfigError, FeelError
from engine.feel_functions import Functions, standard_functions
from engine.feel_program import NO_VALUE, Expression, Kind, Program, is_small, place_of
from engine.feel_values import Path, decode, encode, project, revive

__all__ = ["NO_VALUE", "Expression", "Feel"]

MAX_CHARS = 20_000
MAX_QUESTIONS = 1_000
MAX_EXPRESSIONS = 4_096
MAX_RESULTS = 8_192
MAX_RESULT_CHARS = 1_000_000
MAX_REMEMBERED_CHARS = 8_192

_BUNDLE = FilePath(__file__).parent / "js" / "build" / "feel.js"
_OUT_OF_TIME = "InternalError: interrupted"
_OUT_OF_MEMORY = ("null", "InternalError: out of memory", "InternalError: string too long")  # null: not even an error


class Feel:
    """Compiles and evaluates FEEL. Safe to share between threads; outlives a fork and every limit.

    ``seconds`` of processor time, ``memory_bytes`` and ``stack_bytes`` bound one evaluation. ``functions`` are read
    once, here. The clock serves evaluations that are not told the time.
    """

    def __init__(
        self,
        functions: Functions | None = None,
        *,
        clock: Clock | None = None,
        memory_bytes: int = 64 << 20,
        seconds: float = 0.5,
        stack_bytes: int = 1 << 20,
    ) -> None:
        self._functions = (functions or standard_functions()).as_mapping()
        self._clock = clock or SystemClock()
        self._seconds = seconds
        signatures = json.dumps({name: function.params for name, function in self._functions.items()})
        self._sandboxes = _Sandboxes(signatures, memory_bytes, seconds, stack_bytes)
        self._programs: BoundedCache[Hashable, Program] = BoundedCache(MAX_EXPRESSIONS)
        self._results: BoundedCache[Hashable, tuple[str, object]] = BoundedCache(MAX_RESULTS)

    def parse(self, text: str, *, unary: bool = False, names: tuple[str, ...] = ()) -> Expression:
        """Read ``text`` (without ``=``) and say what it needs; ``unary`` for a decision table's cell.

        ``names`` are variables whose names FEEL would else take for an operation (``fee-class``). Raises FeelError for
        wrong syntax, with line and column, for unknown functions and for what is not available.
        """
        return self._program(text, "unary" if unary else "expression", names).expression

    def evaluate(
        self, text: str, scope: Mapping[str, object], now: datetime | None = None, *, names: tuple[str, ...] = ()
    ) -> object:
        """The value of ``text`` (without ``=``) over ``scope``; a name that is not there is null.

        Returns None, bool, int, float, str, list, dict, date, time, datetime (aware, in the product's zone) or
        timedelta; durations of years and months are ISO text. ``now`` (aware) is what now() and today() mean. Raises
        FeelError.
        """
        return self._evaluate(self._program(text, "expression", names), NO_VALUE, scope, now)

    def unary_test(
        self,
        text: str,
        value: object,
        scope: Mapping[str, object],
        now: datetime | None = None,
        *,
        names: tuple[str, ...] = (),
    ) -> bool:
        """Whether ``value`` passes the unary tests ``text`` (``"a","b"``, ``[18..60]``, ``not(null)``, ``? > 5``).

        ``...`` as the value says that there is none, as in a form's condition, where ``true`` then simply holds.
        """
        return self._evaluate(self._program(text, "unary", names), value, scope, now) is True

    def _program(self, text: str, kind: Kind, names: tuple[str, ...]) -> Program:
        program = self._programs.get((text, kind, names))
        if program is None:
            program = self._compile(text, kind, names)
            self._programs.put((text, kind, names), program)
        return program

    def _compile(self, text: str, kind: Kind, names: tuple[str, ...]) -> Program:
        if len(text) > MAX_CHARS:
            raise FeelError(text, f"{len(text):,} characters, of which {MAX_CHARS:,} are allowed,", "length")
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise FeelError(text, "half a character (a lone surrogate)")
        listed = json.dumps(names)
        found = orjson.loads(self._sandboxes.call(text, "compile", text, kind, listed))
        if "message" in found:
            raise FeelError(text, f"{found['message']} ({place_of(text, found['at'])})")
        certain = {tuple(path) for path, is_certain in found["reads"] if is_certain}
        declared = {path for name, literals in found["calls"] for path in self._paths_of(name, literals)}
        expression = Expression(
            text,
            reads=frozenset(certain | declared),
            element_reads=frozenset(tuple(path) for path, is_certain in found["reads"] if not is_certain),
            functions=frozenset(name for name, _ in found["calls"]),
            warnings=tuple(f"{warning} ({place_of(text, at)})" for warning, at in found["warnings"]),
        )
        return Program(expression, kind, listed)

    def _paths_of(self, name: str, literals: list[str | None]) -> list[Path]:
        function = self._functions.get(name)
        return list(function.paths(literals)) if function else []

    def _evaluate(self, program: Program, value: object, scope: Mapping[str, object], now: datetime | None) -> object:
        if not program.needs_time:
            now = None
        elif now is None:
            now = self._clock.now()
        try:
            key = program.key(value, scope, now)
            found = self._results.get(key)
            if found is not None:
                packed, result = found
                return decode(packed) if packed else result
            given = program.input(value, scope, now)
        except ValueError as error:
            raise FeelError(program.expression.text, str(error)) from error
        return self._remember(key, program, self._run(program, scope, given))

    def _remember(self, key: tuple[Hashable, ...], program: Program, packed: str) -> object:
        if len(packed) > MAX_RESULT_CHARS:
            raise FeelError(program.expression.text, f"the result has {len(packed):,} characters", "memory")
        try:
            result = decode(packed)
        except (ValueError, RecursionError) as error:
            raise FeelError(program.expression.text, f"the result cannot be held: {error}") from error
        if len(packed) <= MAX_REMEMBERED_CHARS and is_small(key):
            is_shared = isinstance(result, list | dict)  # a caller may change it: everyone gets a copy
            self._results.put(key, (packed, None) if is_shared else ("", result))
        return result

    def _run(self, program: Program, scope: Mapping[str, object], given: bytes) -> str:
        """The result as JSON, after as many runs as it takes to answer what the expression asks of Python."""
        text = program.expression.text
        deadline = Deadline(self._seconds)
        failures: dict[str, FeelError] = {}
        answers: dict[str, object] = {}
        self._sandboxes.call(text, "begin")
        while True:
            outcome = self._sandboxes.call(text, "run", text, program.kind, program.names, given.decode())
            sign, rest = outcome[2], outcome[5:-1]  # of ["=",…]
            if sign == "=":
                return rest
            if sign == "!":
                raise failures[orjson.loads(rest)]
            questions: list[str] = orjson.loads(rest)
            if deadline.is_over() or len(answers) + len(questions) > MAX_QUESTIONS:
                raise FeelError(text, "calls functions too often", "time")
            answers |= {question: self._answer(text, question, scope, failures) for question in questions}
            self._tell(text, {question: answers[question] for question in questions})

    def _answer(
        self, text: str, question: str, scope: Mapping[str, object], failures: dict[str, FeelError]
    ) -> Mapping[str, object]:
        """``{"value": …}``, or ``{}`` and an entry in ``failures``: the question may be an idle one."""
        name, sent = orjson.loads(question)
        function = self._functions[name]
        try:
            args = [revive(arg) for arg in sent]
            if not function.reads:
                return {"value": function.call(*args)}
            paths = function.paths([arg if isinstance(arg, str) else None for arg in args])
            return {"value": function.call(project(scope, paths), *args)}
        except FeelError as error:
            failures[question] = error
        except Exception as error:  # noqa: BLE001 - a pack's function may raise anything; it is the expression's error
            failures[question] = FeelError(text, f"{name}: {error}")
            failures[question].__cause__ = error
        return {}

    def _tell(self, text: str, answers: Mapping[str, object]) -> None:
        try:
            told = encode(answers).decode()
        except ValueError as error:
            raise FeelError(text, f"a function's answer is not a value: {error}") from error
        self._sandboxes.call(text, "learn", told)


@dataclass(slots=True)
class _Sandbox:
    """A QuickJS context with the script loaded; ``used`` counts its calls."""

    functions: dict[str, Callable[..., str]]
    used: int = 0


class _Sandboxes(threading.local):
    """A sandbox for each thread and process. One that hit a limit is thrown away; the next call builds another."""

    def __init__(self, signatures: str, memory_bytes: int, seconds: float, stack_bytes: int) -> None:
        self._signatures, self._seconds = signatures, seconds
        self._memory_bytes, self._stack_bytes = memory_bytes, stack_bytes
        self._sandbox: _Sandbox | None = None
        self._process = 0

    def call(self, text: str, function: str, *args: str) -> str:
        """Call one of the script's functions; ``text`` is the expression that an error names. Raises FeelError."""
        sandbox = self._current()
        sandbox.used += 1
        try:
            return sandbox.functions[function](*args)
        except (quickjs.JSException, MemoryError) as error:
            self._sandbox = None
            if sandbox.used > 1 and str(error).startswith(_OUT_OF_MEMORY):
                return self.call(text, function, *args)  # what earlier expressions left there is not its fault
            _refuse(text, error)

    def _current(self) -> _Sandbox:
        if self._sandbox is None or self._process != os.getpid():
            self._sandbox, self._process = self._build(), os.getpid()
        return self._sandbox

    def _build(self) -> _Sandbox:
        context = quickjs.Context()
        context.set_memory_limit(self._memory_bytes)
        context.set_max_stack_size(self._stack_bytes)
        context.eval(_read_bundle())
        context.eval("feel.configure")(self._signatures)
        context.set_time_limit(self._seconds)
        return _Sandbox({name: context.eval(f"feel.{name}") for name in ("begin", "compile", "learn", "run")})


@cache
def _read_bundle() -> str:
    try:
        return _BUNDLE.read_text("utf-8")
    except FileNotFoundError:
        raise ConfigError(str(_BUNDLE), "the FEEL bundle is not built; run `make setup`") from None


def _refuse(text: str, error: Exception) -> NoReturn:
    message = str(error).split("\n", 1)[0]
    if isinstance(error, quickjs.StackOverflow):
        raise FeelError(text, "is nested too deeply", "depth") from error
    if message == _OUT_OF_TIME:
        raise FeelError(text, "takes too long", "time") from error
    if isinstance(error, MemoryError) or message.startswith(_OUT_OF_MEMORY):
        raise FeelError(text, "needs too much memory", "memory") from error
    raise FeelError(text, message.partition(": ")[2] or message) from error
