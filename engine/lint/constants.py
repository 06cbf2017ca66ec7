"""Values that are known without running a case: literals, and short FEEL that reads nothing."""

from __future__ import annotations

import re

from engine.errors import FeelError
from engine.lint.subject import Subject

MAX_CHARS = 200
# A strange pack must not make its check compute: what could repeat is left to the run, which has limits.
_REPEATS = re.compile(r"\b(for|some|every|function)\b|\.\.")


class Unknown:
    """Stands for a value that depends on the case or the clock, or whose expression is faulty (reported elsewhere)."""


UNKNOWN = Unknown()


def constant_value(subject: Subject, text: str) -> object:
    """The value that ``text`` (an attribute: FEEL after ``=``, else itself) always has, or ``UNKNOWN``."""
    if not text.startswith("="):
        return text
    feel = text[1:].strip()
    if len(feel) > MAX_CHARS or _REPEATS.search(feel):
        return UNKNOWN
    try:
        parsed = subject.feel.parse(feel)
        if parsed.reads or parsed.element_reads or parsed.reads_clock:
            return UNKNOWN
        return subject.feel.evaluate(feel, {}, subject.now)
    except FeelError:
        return UNKNOWN
