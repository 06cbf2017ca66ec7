"""Running a command: one transaction, played again with a step held where a step of it fails.

A step that fails is never half done: the command is rolled back and played again from the stored state, the token held
at that step, which becomes an incident. A refusal of the domain that no diagram catches (``RuleViolation``) undoes a
person's command instead, and the person reads why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa

from engine.actors import Actor
from engine.bpmn import StepFailed
from engine.errors import InvalidInput, LimitExceeded, RuleViolation, ShenhouError
from engine.runtime import Runtime
from engine.unit import Holds, Unit

T = TypeVar("T")
MAX_REPLAYS = 25
MOST_HELD = 20  # steps held one by one; a command with still more of them stops where it stands


def execute(
    runtime: Runtime,
    actor: Actor,
    body: Callable[[Unit], T],
    *,
    refusable: bool = False,
) -> T:
    """Run ``body`` in one transaction and commit. With ``refusable`` an uncaught ``RuleViolation`` undoes the command.

    ``body`` locks the case, acts, and calls ``unit.finish`` last. It may run several times (see above), each time from
    the stored state, so it must not keep anything between runs.
    """
    holds: Holds | None = None
    for _ in range(MAX_REPLAYS):
        try:
            return _attempt(runtime, actor, body, holds)
        except _Replay as replay:
            cause = replay.failure.cause
            if refusable and isinstance(cause, RuleViolation):
                raise cause from None
            if holds is None:
                holds = {}  # the first replay runs from the stored state, where the failing step may be another one
                continue
            held = sum(map(len, holds.values()))
            stopped = cause if held < MOST_HELD else LimitExceeded("failing steps", MOST_HELD)
            holds.setdefault(replay.act, {})[replay.failure.ordinal] = (replay.failure.element_id, stopped)
    raise replay_failure(holds)


class _Replay(Exception):
    def __init__(self, act: int, failure: StepFailed) -> None:
        self.act, self.failure = act, failure


def _attempt(runtime: Runtime, actor: Actor, body: Callable[[Unit], T], holds: Holds | None) -> T:
    with runtime.transactions.begin() as connection:
        unit = Unit(runtime, connection, actor, runtime.clock.now(), holds)
        try:
            result = body(unit)
        except StepFailed as failure:
            raise _Replay(unit.act_number, failure) from failure
        except (sa.exc.DataError, UnicodeEncodeError) as error:  # what no check in front of it has refused
            raise InvalidInput({"": ["含有无法保存的字符，或内容过长"]}) from error
    unit.remember()
    return result


def replay_failure(holds: Holds | None) -> ShenhouError:
    """What to raise when a command keeps failing at one more step however often it is replayed."""
    causes = [cause for steps in (holds or {}).values() for _, cause in steps.values()]
    return causes[-1] if causes else ShenhouError("the command could not be completed")
