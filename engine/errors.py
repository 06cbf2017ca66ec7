"""The one tree of errors that Shenhou raises on purpose.

Each class has a stable ``code`` (part of the public contract: scripts, pages and departments' systems match on it)
and typed fields. HTTP statuses live in ``web/errors.py`` alone; messages are for people and may change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from forms.problems import Problem

__all__ = ["Problem"]  # besides the tree: findings about a pack, of its forms and of all else alike


class ShenhouError(Exception):
    """Root of the tree. ``code`` is stable, ``str(error)`` is one readable sentence."""

    code: ClassVar[str] = "error"


class NotFound(ShenhouError):
    """The thing does not exist, or the actor may not know that it does: both look alike on purpose."""

    code = "not_found"

    def __init__(self, kind: str, key: str) -> None:
        self.kind, self.key = kind, key
        shown = key if len(key) <= 120 else key[:117] + "..."
        super().__init__(f"{kind} {shown!r} was not found")


class Conflict(ShenhouError):
    """Somebody was faster: the thing is no longer in the state that the command needs."""

    code = "conflict"

    def __init__(self, kind: str, key: str, state: str) -> None:
        self.kind, self.key, self.state = kind, key, state
        super().__init__(f"{kind} {key} is {state}")


class KeyReused(ShenhouError):
    """An idempotency key came back with another request body."""

    code = "idempotency_key_reused"

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"idempotency key {key!r} was used for another request")


class InvalidInput(ShenhouError):
    """A submission broke its form. ``fields`` maps a field's key to the messages (Chinese) to show at it."""

    code = "invalid_input"

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self.fields = {key: list(messages) for key, messages in fields.items()}
        super().__init__("; ".join(f"{key}: {'、'.join(m)}" for key, m in self.fields.items()))


class RuleViolation(ShenhouError):
    """The domain refuses. A diagram may catch it by ``rule`` (its BPMN error code); otherwise the command fails.

    ``rule`` is the stable error code, ``message`` what a person reads, ``source`` the requirement it rests on, and
    ``field`` the key of the submitted form's field that it is about, "" where it is about none.
    """

    code = "rule_violation"

    def __init__(self, rule: str, message: str, source: str = "", field: str = "") -> None:
        self.rule, self.message, self.source, self.field = rule, message, source, field
        super().__init__(message)


class Unavailable(ShenhouError):
    """Something outside did not answer. The job is retried with back-off."""

    code = "unavailable"


class ConfigError(ShenhouError):
    """A setting is wrong; ``name`` is the environment variable, and the message says what it takes."""

    code = "config"

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        super().__init__(f"{name}: {message}")


class FeelError(ShenhouError):
    """A FEEL expression cannot be parsed or evaluated, or ran over a limit (``limit`` then names it)."""

    code = "feel"

    def __init__(self, expression: str, message: str, limit: str = "") -> None:
        self.expression, self.limit = expression, limit
        shown = expression if len(expression) <= 120 else expression[:117] + "..."
        super().__init__(f"{message} in FEEL {shown!r}")


class DecisionError(ShenhouError):
    """A decision table gave no lawful answer (several UNIQUE hits, ANY hits that differ, an unknown decision)."""

    code = "decision"

    def __init__(self, decision_id: str, message: str) -> None:
        self.decision_id = decision_id
        super().__init__(f"decision {decision_id}: {message}")


class LimitExceeded(ShenhouError):
    """A command reached one of its limits (steps, seconds, instances, list length)."""

    code = "limit"

    def __init__(self, limit: str, allowed: float) -> None:
        self.limit, self.allowed = limit, allowed
        super().__init__(f"limit of {allowed:g} {limit} in one command was reached")


class StateUnreadable(ShenhouError):
    """A stored workflow cannot be loaded: unknown codec version, or it names elements that the release lacks."""

    code = "state_unreadable"


class MigrationRefused(ShenhouError):
    """A case cannot move to a release: ``missing`` lists what it stands on and the release lacks."""

    code = "migration_refused"

    def __init__(self, case_id: str, missing: Sequence[str]) -> None:
        self.case_id, self.missing = case_id, list(missing)
        super().__init__(f"case {case_id} stands on what the release lacks: {', '.join(self.missing)}")


class TamperedData(ShenhouError):
    """Sealed data or an audit line does not match its key or its chain."""

    code = "tampered"


class PackInvalid(ShenhouError):
    """A pack has errors and is not published. ``problems`` holds every finding, in file and line order."""

    code = "pack_invalid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(problems)
        errors = [p for p in self.problems if p.severity == "error"]
        first = f": {errors[0]}" if errors else ""
        super().__init__(f"{len(errors)} error(s){first}")
