"""FEEL under the time limit of a whole command.

Every evaluation has limits of its own, but a form may hold a thousand conditions and a table ten thousand cells, each
of which stays just below them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from engine.deadline import Deadline
from engine.errors import LimitExceeded
from engine.feel import Feel


class TimedFeel:
    """What ``feel`` evaluates within ``seconds`` from now; after them ``LimitExceeded``."""

    def __init__(self, feel: Feel, seconds: float) -> None:
        self._feel, self._seconds = feel, seconds
        self._deadline = Deadline(seconds)

    def evaluate(
        self, text: str, scope: Mapping[str, object], now: datetime | None = None, *, names: tuple[str, ...] = ()
    ) -> object:
        """As ``Feel.evaluate``."""
        self._check_time()
        return self._feel.evaluate(text, scope, now, names=names)

    def unary_test(
        self,
        text: str,
        value: object,
        scope: Mapping[str, object],
        now: datetime | None = None,
        *,
        names: tuple[str, ...] = (),
    ) -> bool:
        """As ``Feel.unary_test``."""
        self._check_time()
        return self._feel.unary_test(text, value, scope, now, names=names)

    def _check_time(self) -> None:
        if self._deadline.is_over():
            raise LimitExceeded("seconds", self._seconds)
