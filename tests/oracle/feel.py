"""The few FEEL expressions that generated processes use, evaluated without the engine.

Grammar: ``sum (cmp sum)?`` where cmp is one of ``= != > >= < <=``, sum joins terms with ``+`` or ``-``, and a term is a
number, a string, a list, a variable, ``count(x)`` or ``sum(x)``. As in FEEL an unknown name is null, arithmetic or an
order with null is null.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

_TOKEN = re.compile(r'\s*(?:(\d+)|"([^"]*)"|([A-Za-z_][A-Za-z0-9_]*)|(!=|>=|<=|[=><+\-\[\](),]))')
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip
_CONSTANTS = {"true": True, "false": False, "null": None}

Evaluate = Callable[[Mapping[str, Any]], Any]


class FeelSyntaxError(ValueError):
    """The text is not in the little grammar of this module."""


def evaluate(text: str, scope: Mapping[str, Any]) -> Any:
    """The value of ``text`` (without ``=``) over the variables in ``scope``."""
    return _compile(text)(scope)


def names_in(text: str) -> frozenset[str]:
    """The variables that ``text`` reads."""
    words = {token for kind, token in _tokens(text) if kind == "name"}
    return frozenset(words - {"count", "sum"} - set(_CONSTANTS))


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise FeelSyntaxError(text)
        number, string, name, sign = match.groups()
        if number is not None:
            found.append(("number", number))
        elif string is not None:
            found.append(("string", string))
        elif name is not None:
            found.append(("name", name))
        else:
            found.append(("sign", sign))
        at = match.end()
    return found


@lru_cache(maxsize=4096)
def _compile(text: str) -> Evaluate:
    reader = _Reader(_tokens(text), text)
    expression = reader.comparison()
    if reader.left:
        raise FeelSyntaxError(text)
    return expression


class _Reader:
    """Recursive descent over the tokens of one text."""

    def __init__(self, tokens: list[tuple[str, str]], text: str) -> None:
        self.left, self.text = tokens, text

    def take(self) -> tuple[str, str]:
        if not self.left:
            raise FeelSyntaxError(self.text)
        return self.left.pop(0)

    def took(self, *signs: str) -> str:
        if self.left and self.left[0][0] == "sign" and self.left[0][1] in signs:
            return self.take()[1]
        return ""

    def comparison(self) -> Evaluate:
        first = self.sum()
        sign = self.took("=", "!=", *_COMPARE)
        if not sign:
            return first
        second = self.sum()
        return lambda scope: _compare(sign, first(scope), second(scope))

    def sum(self) -> Evaluate:
        total = self.term()
        while sign := self.took("+", "-"):
            total = _added(total, self.term(), 1 if sign == "+" else -1)
        return total

    def term(self) -> Evaluate:
        kind, token = self.take()
        if kind == "number":
            number = int(token)
            return lambda _: number
        if kind == "string":
            return lambda _: token
        if kind == "name":
            return self.name(token)
        if token == "[":
            return self.list()
        raise FeelSyntaxError(self.text)

    def name(self, token: str) -> Evaluate:
        if token in _CONSTANTS:
            constant = _CONSTANTS[token]
            return lambda _: constant
        if not self.took("("):
            return lambda scope: scope.get(token)
        argument = self.sum()
        if not self.took(")") or token not in ("count", "sum"):
            raise FeelSyntaxError(self.text)
        return lambda scope: _aggregate(token, argument(scope))

    def list(self) -> Evaluate:
        entries: list[Evaluate] = []
        while not self.took("]"):
            entries.append(self.sum())
            self.took(",")
        return lambda scope: [entry(scope) for entry in entries]


def _compare(sign: str, a: Any, b: Any) -> bool | None:
    if sign == "=":
        return bool(a == b)
    if sign == "!=":
        return bool(a != b)
    if a is None or b is None:
        return None
    return _COMPARE[sign](a, b)


def _added(a: Evaluate, b: Evaluate, factor: int) -> Evaluate:
    def value(scope: Mapping[str, Any]) -> Any:
        x, y = a(scope), b(scope)
        return None if x is None or y is None else x + factor * y

    return value


def _aggregate(name: str, values: Any) -> Any:
    if not isinstance(values, list):
        return None
    if name == "count":
        return len(values)
    return None if not values or None in values else sum(values)
