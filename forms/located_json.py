"""JSON that remembers its lines, so that a finding about a form can say where it is.

Stricter than ``json``: a key given twice, a number that is not finite, and nesting beyond ``MAX_DEPTH`` are errors.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right

MAX_DEPTH = 40

SPACE = re.compile(r"[ \t\r\n]*")
TEXT = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
WORDS: dict[str, object] = {"true": True, "false": False, "null": None}


class JsonInvalid(ValueError):
    """The text is not JSON; ``line`` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        self.line, self.message = line, message
        super().__init__(f"line {line}: {message}")


class Located(dict[str, object]):
    """A JSON object with the ``line`` it begins on and, by key, the ``lines`` of its members."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


def line_of(node: object, key: str = "") -> int:
    """The line on which an object, or the member ``key`` of it, begins; 0 if it did not come from a text."""
    if not isinstance(node, Located):
        return 0
    return node.lines.get(key, node.line)


def parse_located(text: str) -> object:
    """Read ``text`` as JSON with every object a ``Located``. Raises ``JsonInvalid``."""
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.breaks = [match.start() for match in re.finditer("\n", text)]

    def read(self) -> object:
        value = self.value()
        self.skip_space()
        if self.at < len(self.text):
            raise self.fault("text after the end of the document")
        return value

    def line(self) -> int:
        return bisect_right(self.breaks, self.at - 1) + 1

    def fault(self, message: str) -> JsonInvalid:
        return JsonInvalid(self.line(), message)

    def skip_space(self) -> None:
        match = SPACE.match(self.text, self.at)
        if match is not None:
            self.at = match.end()

    def peek(self) -> str:
        self.skip_space()
        return self.text[self.at : self.at + 1]

    def take(self, token: str) -> None:
        if self.peek() != token:
            raise self.fault(f"{token!r} expected")
        self.at += 1

    def value(self) -> object:
        first = self.peek()
        if first in ("{", "["):
            return self.nested(first)
        if first == '"':
            return self.string()
        return self.scalar()

    def nested(self, first: str) -> object:
        if self.depth == MAX_DEPTH:
            raise self.fault(f"nested more than {MAX_DEPTH} deep")
        self.depth += 1
        value = self.members() if first == "{" else self.elements()
        self.depth -= 1
        return value

    def members(self) -> Located:
        found = Located(self.line())
        self.take("{")
        while self.peek() != "}":
            if found:
                self.take(",")
                self.skip_space()
            line = self.line()
            key = self.string()
            if key in found:
                raise self.fault(f"key {key!r} is given twice in one object")
            self.take(":")
            found[key] = self.value()
            found.lines[key] = line
        self.take("}")
        return found

    def elements(self) -> list[object]:
        found: list[object] = []
        self.take("[")
        while self.peek() != "]":
            if found:
                self.take(",")
            found.append(self.value())
        self.take("]")
        return found

    def string(self) -> str:
        self.skip_space()
        match = TEXT.match(self.text, self.at)
        if match is None:
            raise self.fault("a string was expected")
        try:
            value = str(json.loads(match.group()))
            value.encode()
        except ValueError:
            raise self.fault("a string has a wrong escape or half a character") from None
        self.at = match.end()
        return value

    def scalar(self) -> object:
        for word, value in WORDS.items():
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return value
        match = NUMBER.match(self.text, self.at)
        if match is None:
            raise self.fault("a value was expected")
        if len(match.group()) > 40:
            raise self.fault("a number is longer than 40 characters")
        self.at = match.end()
        if match.group(1) is None and match.group(2) is None:
            return int(match.group())
        number = float(match.group())
        if number in (float("inf"), float("-inf")):
            raise self.fault("a number is too large")
        return number
