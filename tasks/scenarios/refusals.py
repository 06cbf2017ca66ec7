"""How a refusal is known: by a rule's own code, else by that of the kind of error."""

from __future__ import annotations

from engine.errors import RuleViolation, ShenhouError


def refusal_code(error: ShenhouError) -> str:
    return error.rule if isinstance(error, RuleViolation) else error.code


def describe(error: ShenhouError) -> str:
    return f"refused with {refusal_code(error)}: {error}"
