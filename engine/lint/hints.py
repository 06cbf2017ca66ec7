"""What a misspelt name may have meant."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from engine.lint.kinds import Findings

_MAX_HINTED = 200  # comparing names is slow, and after so many findings nobody reads the hint
_CLOSE = 0.75  # of variables and facts: short names that merely look alike must not be offered


def hint(name: str, known: Collection[str], remedy: str, findings: Findings, closeness: float = _CLOSE) -> str:
    """``remedy``, after the nearest of ``known`` where one is near."""
    if len(findings.problems) >= _MAX_HINTED:
        return remedy
    close = get_close_matches(name, sorted(known), n=1, cutoff=closeness)
    return f"did you mean {close[0]!r}? Else {remedy}" if close else remedy
