"""The decisions of a pack: DMN 1.3 tables and literal expressions, evaluated in FEEL.

``DecisionSet.read`` takes the ``.dmn`` files, refuses what is wrong or not supported, and answers by a decision's id.
SpiffWorkflow's own DMN is not used: it evaluates Python, reads ``"a","b"`` and ``not("x")`` as false without a word,
and does not check UNIQUE.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from engine.bpmn.xml import parse_xml
from engine.deadline import Deadline
from engine.dmn.checks import Checker, Look, check_graph
from engine.dmn.model import Decision, Table
from engine.dmn.reader import Reader
from engine.dmn.tables import Evaluation
from engine.errors import DecisionError, PackInvalid, Problem
from engine.feel import Feel
from engine.feel_values import Path

__all__ = ["Decision", "DecisionSet", "Look"]

MAX_DECISIONS = 300
MAX_CHECK_SECONDS = 30

_PLAIN_NAME = re.compile(r"\w+( \w+)*")


class DecisionSet:
    """Decisions by id, each with all that it requires. Immutable, and safe to share between threads."""

    def __init__(
        self,
        decisions: Mapping[str, Decision],
        looks: Mapping[str, tuple[Look, ...]],
        warnings: tuple[Problem, ...],
    ) -> None:
        self.decisions = decisions
        self.warnings = warnings
        self._looks = looks
        self._names = {decision.id: _odd_names(decisions, decision) for decision in decisions.values()}

    @classmethod
    def read(cls, files: Mapping[str, bytes], feel: Feel | None = None) -> DecisionSet:
        """The decisions in ``files`` (others than ``.dmn`` are passed over). ``feel`` knows the packs' functions.

        Raises PackInvalid with every error and warning; warnings alone are kept in ``warnings``.
        """
        decisions, problems = _read_files(files)
        looks: dict[str, tuple[Look, ...]] = {}
        deadline = Deadline(MAX_CHECK_SECONDS)
        for decision in decisions.values():
            feel = feel or Feel()
            known = frozenset(name for required in _required(decisions, decision) for name in required.names)
            checker = Checker(decision, feel, known, _odd_names(decisions, decision), deadline)
            checker.check()
            problems += checker.problems
            looks[decision.id] = tuple(checker.looks)
            if deadline.is_over():
                problems.append(_limit(decision, f"checking the decisions takes longer than {MAX_CHECK_SECONDS} s"))
                break
        return cls(decisions, looks, _warnings(problems))

    @classmethod
    def load(cls, files: Mapping[str, bytes]) -> DecisionSet:
        """The decisions of a release, which were read and checked when it was published.

        No expression is looked at, so ``looks`` and ``reads`` know of none. Raises PackInvalid.
        """
        decisions, problems = _read_files(files)
        return cls(decisions, {}, _warnings(problems))

    @property
    def ids(self) -> frozenset[str]:
        """What a business rule task may call."""
        return frozenset(self.decisions)

    def looks(self, decision_id: str) -> tuple[Look, ...]:
        """The expressions of one decision, without those that it requires. Raises DecisionError."""
        return self._looks.get(self._find(decision_id).id, ())

    def reads(self, decision_id: str) -> frozenset[Path]:
        """The variable paths that a decision and all that it requires are certain to read. Raises DecisionError."""
        needed: dict[str, Decision] = {}
        pending = [self._find(decision_id)]
        while pending:
            decision = pending.pop()
            if decision.id not in needed:
                needed[decision.id] = decision
                pending += _required(self.decisions, decision)
        return frozenset(path for each in needed for look in self.looks(each) for path in look.reads)

    def result_fields(self, decision_id: str) -> tuple[str, ...]:
        """The names of the outputs where the result is a context (or a list of them), else empty."""
        logic = self._find(decision_id).logic
        if isinstance(logic, Table) and len(logic.outputs) > 1:
            return tuple(output.name for output in logic.outputs)
        return ()

    def decide(self, decision_id: str, scope: Mapping[str, object], feel: Feel, now: datetime | None = None) -> object:
        """What the decision answers over ``scope``, after the decisions that it requires.

        One output is that value, several are a dict; RULE ORDER and COLLECT give a list or its aggregate. When no rule
        fits it is None; of COLLECT and RULE ORDER an empty list, of COUNT 0. Raises DecisionError: an unknown id, a hit
        policy that the rules break, a value that its column does not allow, an expression that fails.
        """
        return self._decide(self._find(decision_id), scope, feel, now, {})

    def _decide(
        self,
        decision: Decision,
        scope: Mapping[str, object],
        feel: Feel,
        now: datetime | None,
        results: dict[str, object],
    ) -> object:
        if decision.id in results:
            return results[decision.id]
        surroundings = scope
        for required in _required(self.decisions, decision):
            answer = self._decide(required, scope, feel, now, results)
            surroundings = {**surroundings, **dict.fromkeys(required.names, answer)}
        result = Evaluation(decision, surroundings, feel, now, self._names[decision.id]).result()
        results[decision.id] = result
        return result

    def _find(self, decision_id: str) -> Decision:
        decision = self.decisions.get(decision_id)
        if decision is None:
            raise DecisionError(decision_id, "there is no such decision")
        return decision


def _read_files(files: Mapping[str, bytes]) -> tuple[dict[str, Decision], list[Problem]]:
    decisions: dict[str, Decision] = {}
    problems: list[Problem] = []
    unread: set[str] = set()
    for file in sorted(name for name in files if name.endswith(".dmn")):
        reader = Reader(file)
        try:
            reader.read(parse_xml(files[file], file))
        except PackInvalid as error:
            problems += error.problems
        problems += reader.problems
        unread |= reader.unread
        for decision in reader.decisions:
            first = decisions.setdefault(decision.id, decision)
            if first is not decision:
                message = f"the decision is defined in {first.file} already"
                remedy = "give one of the two another id"
                problem = Problem(file, decision.line, decision.id, "error", "dmn/duplicate", message, remedy)
                problems.append(problem)
    if len(decisions) > MAX_DECISIONS:
        last = list(decisions.values())[MAX_DECISIONS]
        return {}, [*problems, _limit(last, f"there are more than {MAX_DECISIONS} decisions")]
    problems += check_graph(decisions, unread)
    return decisions, problems


def _warnings(problems: list[Problem]) -> tuple[Problem, ...]:
    if any(problem.severity == "error" for problem in problems):
        raise PackInvalid(problems)
    return tuple(sorted(problems))


def _limit(decision: Decision, message: str) -> Problem:
    return Problem(decision.file, decision.line, decision.id, "error", "dmn/limit", message, "decide less at once")


def _required(decisions: Mapping[str, Decision], decision: Decision) -> list[Decision]:
    return [decisions[required_id] for required_id in decision.requires if required_id in decisions]


def _odd_names(decisions: Mapping[str, Decision], decision: Decision) -> tuple[str, ...]:
    """Names of required results that FEEL would take for an operation, such as ``fee-class``."""
    names = {name for required in _required(decisions, decision) for name in required.names}
    return tuple(sorted(name for name in names if not _PLAIN_NAME.fullmatch(name)))
