"""Logs without personal data: what looks like a number of a person is masked in every line, tracebacks included.

A net below the others: nothing is meant to log such a value, but an exception of a library may quote one. Names cannot
be told from other words and are not looked for.
"""

from __future__ import annotations

import logging
import re

# Identity numbers, bank cards and mainland mobile numbers, also within longer text but not within longer numbers.
_NUMBERS = re.compile(r"(?<![0-9A-Za-z])(?:\d{17}[\dXx]|\d{15,19}|1[3-9]\d{9})(?![0-9A-Za-z])", re.ASCII)
SHOWN = 2  # digits kept at the end, to tell lines apart


class RedactingFormatter(logging.Formatter):
    """Formats as usual, then masks."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def redact(text: str) -> str:
    """``text`` with every such number masked but for its last digits."""
    return _NUMBERS.sub(lambda found: "*" * (len(found[0]) - SHOWN) + found[0][-SHOWN:], text)
