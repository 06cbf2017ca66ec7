"""FEEL as this package needs it; whoever calls brings it (``engine.feel.Feel``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Protocol

from forms.initial import initialise
from forms.model import Form

# Given a FEEL text and its flavour (expression, unary or template), what is wrong with it; "" if nothing.
FeelCheck = Callable[[str, str], str]


class Evaluator(Protocol):
    """Evaluates FEEL without its leading ``=``. Text that fails to parse, and a limit that is reached, raise.

    ``...`` as the value of a unary test says that there is none: ``true`` then holds, and so does what comes to null.
    Whatever it raises passes through: a limit on a field that cannot be computed must not fall silently away.
    """

    def evaluate(self, expression: str, scope: Mapping[str, object], /, now: datetime | None = None) -> object: ...

    def unary_test(
        self, text: str, value: object, scope: Mapping[str, object], /, now: datetime | None = None
    ) -> bool | None: ...


@dataclass
class Reading:
    """What every step of reading one submission needs: the form, what the server knows, FEEL, and the time (aware)."""

    form: Form
    context: Mapping[str, object]
    feel: Evaluator
    now: datetime

    @cached_property
    def initial(self) -> Mapping[str, object]:
        """The data that the form began with."""
        return initialise(self.form, self.context, {})

    def evaluate(self, expression: str, scope: Mapping[str, object]) -> object:
        return self.feel.evaluate(expression, scope, now=self.now)

    def holds(self, unary_test: str, scope: Mapping[str, object]) -> bool:
        """Whether a unary test holds; no test ("") never does. As in form-js there is no value to test."""
        return bool(unary_test) and self.feel.unary_test(unary_test, ..., scope, now=self.now) is True
