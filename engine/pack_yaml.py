"""Reads the YAML of a manifest into plain values and remembers the line of every key.

A narrow YAML on purpose, so that a manifest means the same to every reader: one document, string keys, no anchors,
aliases, tags or merge keys, no duplicate keys. A plain ``true``, ``false``, ``null`` and whole number get their
types; everything else (dates, decimals, ``no``, ``007``, ``12:30``) stays the text that was written and is read by
the schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from engine.errors import PackInvalid, Problem

MAX_BYTES = 512 * 1024
MAX_DEPTH = 12
MAX_NODES = 50_000

Path = tuple[str, ...]

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WHOLE_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(frozen=True, slots=True)
class Document:
    """The value of a YAML file (``dict``, ``list``, ``str``, ``int``, ``bool``, ``None``) and where each part stands.

    ``lines`` maps a key path (list positions written as numbers, ``("items", "med_stop", "basis", "0")``) to a line
    that counts from 1.
    """

    value: object
    lines: Mapping[Path, int]

    def line_of(self, path: Path) -> int:
        """The line of ``path``, or of its nearest ancestor that has one; 0 when the document is empty."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.lines:
                return self.lines[path[:end]]
        return 0


@dataclass(slots=True)
class _Open:
    """A mapping or list that the reader is inside of; ``key`` waits for its value in a mapping."""

    path: Path
    value: dict[str, object] | list[object]
    key: str | None = None
    first_lines: dict[str, int] = field(default_factory=dict)

    def child_path(self) -> Path:
        if isinstance(self.value, list):
            return (*self.path, str(len(self.value)))
        return (*self.path, self.key or "")


def read_yaml(data: bytes, file: str) -> Document:
    """Read ``data``; raises PackInvalid with one Problem (rule ``manifest/yaml…``) that names the line."""
    if len(data) > MAX_BYTES:
        raise _refuse(file, 0, "manifest/too-large", f"the file is larger than {MAX_BYTES} bytes")
    try:
        return _Reader(file).read(yaml.parse(data.decode("utf-8-sig"), Loader=_Loader))
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _refuse(file, line, "manifest/yaml-syntax", "the file is not UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        text = getattr(error, "problem", None) or str(error).split("\n", 1)[0]
        raise _refuse(file, line, "manifest/yaml-syntax", f"this is not YAML: {text}") from None


def _refuse(file: str, line: int, rule: str, message: str, path: Path = (), remedy: str = "") -> PackInvalid:
    return PackInvalid([Problem(file, line, ".".join(path), "error", rule, message, remedy)])


class _Reader:
    """Builds a Document from parse events without recursion, so that nesting cannot exhaust the stack."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Path, int] = {}
        self.stack: list[_Open] = []
        self.root: object = None
        self.nodes = 0
        self.documents = 0

    def read(self, events: Iterator[Any]) -> Document:
        for event in events:
            self._take(event, event.start_mark.line + 1)
        return Document(self.root, self.lines)

    def _take(self, event: Any, line: int) -> None:
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise _refuse(self.file, line, "manifest/yaml-form", "the file holds more than one document")
        elif isinstance(event, yaml.AliasEvent):
            raise self._unsupported(line, "an alias")
        elif isinstance(event, yaml.NodeEvent):
            self._take_node(event, line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.stack.pop()

    def _take_node(self, event: Any, line: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES or len(self.stack) >= MAX_DEPTH:
            raise _refuse(self.file, line, "manifest/too-large", "the file is nested too deeply or holds too much")
        if event.anchor is not None:
            raise self._unsupported(line, "an anchor")
        if event.tag is not None:
            raise self._unsupported(line, f"the tag {event.tag}")
        if self._awaits_key():
            self._take_key(event, line)
        elif isinstance(event, yaml.ScalarEvent):
            self._place(_scalar(event), line)
        else:
            self._open({} if isinstance(event, yaml.MappingStartEvent) else [], line)

    def _awaits_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None

    def _take_key(self, event: Any, line: int) -> None:
        top = self.stack[-1]
        if not isinstance(event, yaml.ScalarEvent) or not event.value:
            raise _refuse(self.file, line, "manifest/yaml-form", "a key must be a plain word", top.path)
        key = str(event.value)
        if key == "<<":
            raise self._unsupported(line, "a merge key")
        if key in top.first_lines:
            raise _refuse(
                self.file,
                line,
                "manifest/duplicate-key",
                f"the key {key!r} stands twice, first on line {top.first_lines[key]}",
                (*top.path, key),
                "keep one of the two",
            )
        top.key = key
        top.first_lines[key] = line
        self.lines[(*top.path, key)] = line

    def _place(self, value: object, line: int) -> Path:
        if not self.stack:
            self.root = value
            self.lines.setdefault((), line)
            return ()
        top = self.stack[-1]
        path = top.child_path()
        self.lines.setdefault(path, line)
        if isinstance(top.value, list):
            top.value.append(value)
        else:
            top.value[top.key or ""] = value
            top.key = None
        return path

    def _open(self, value: dict[str, object] | list[object], line: int) -> None:
        self.stack.append(_Open(self._place(value, line), value))

    def _unsupported(self, line: int, what: str) -> PackInvalid:
        path = self.stack[-1].path if self.stack else ()
        return _refuse(
            self.file, line, "manifest/yaml-form", f"{what} is not used in a manifest", path, "write the value out"
        )


def _scalar(event: Any) -> object:
    text = str(event.value)
    if not event.implicit[0]:
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else text
