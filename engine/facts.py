"""The facts of a case: nested JSON that FEEL reads, and a sealed part that it never sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import orjson

from engine.errors import RuleViolation
from engine.padding import with_room
from engine.sealing import Sealer

FACTS_LIMIT = 1_000_000  # bytes of one case's open facts; files live elsewhere


class Facts:
    """The facts of one case for the length of a command. The sealed part is opened when it is asked for."""

    def __init__(self, case_id: str, text: str, sealed: bytes | None, sealer: Sealer) -> None:
        self._case_id, self._sealer, self._sealed_bytes = case_id, sealer, sealed
        self.open: dict[str, Any] = orjson.loads(text)
        self._sealed: dict[str, Any] | None = None
        self.changed = self.sealed_changed = False

    @property
    def sealed(self) -> dict[str, Any]:
        if self._sealed is None:
            stored = self._sealed_bytes
            self._sealed = self._sealer.open(stored, self._case_id) if stored else {}
        return self._sealed

    def merge(self, values: Mapping[str, Any], path: str = "") -> None:
        """Put ``values`` under the dotted ``path``: contexts are merged, anything else is replaced."""
        if values:
            self.open = merged(self.open, nested(path, values))
            self.changed = True

    def merge_sealed(self, values: Mapping[str, Any], path: str = "") -> None:
        if values:
            self._sealed = merged(self.sealed, nested(path, values))
            self.sealed_changed = True

    def drop(self, path: Sequence[str]) -> None:
        """Forget what stands at ``path``, open and sealed; nothing there is no fault."""
        if holds(self.open, path):
            self.open = without(self.open, path)
            self.changed = True
        if (self._sealed_bytes or self._sealed) and holds(self.sealed, path):
            self._sealed = without(self.sealed, path)
            self.sealed_changed = True

    def at(self, path: str, *, with_sealed: bool = False) -> dict[str, Any]:
        """The open context under ``path``, with the sealed part laid over it if asked; empty where there is none."""
        found: dict[str, Any] = _context_at(self.open, path)
        return overlay(found, _context_at(self.sealed, path)) if with_sealed else found

    def savepoint(self) -> Callable[[], None]:
        """What puts the facts back to what they are now."""
        kept = self.open, self.changed, self._sealed, self.sealed_changed

        def restore() -> None:
            self.open, self.changed, self._sealed, self.sealed_changed = kept

        return restore

    def text(self) -> str:
        data = orjson.dumps(self.open)
        if len(data) > FACTS_LIMIT:
            raise RuleViolation("facts_too_large", f"办件资料超过 {FACTS_LIMIT} 字节")
        return with_room(data).decode()

    def sealed_bytes(self) -> bytes | None:
        if not self.sealed_changed:
            return self._sealed_bytes
        return self._sealer.seal(self.sealed, self._case_id) if self.sealed else None

    def index_rows(self) -> list[dict[str, str]]:
        """One row for each sealed single value, for look-up by it."""
        return [
            {"name": path, "digest": self._sealer.index(path, value), "case_id": self._case_id}
            for path, value in leaves(self.sealed)
        ]


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """``base`` with ``changes`` laid over it; neither is altered."""
    result = dict(base)
    for name, value in changes.items():
        old = result.get(name)
        result[name] = merged(old, value) if isinstance(old, dict) and isinstance(value, Mapping) else value
    return result


def without(base: Mapping[str, Any], path: Sequence[str]) -> dict[str, Any]:
    """``base`` without the entry at ``path``, which must be there; ``base`` is not altered."""
    name, *rest = path
    if not rest:
        return {key: value for key, value in base.items() if key != name}
    return {**base, name: without(base[name], rest)}


def _context_at(values: Any, path: str) -> dict[str, Any]:
    for name in path.split(".") if path else ():
        values = values.get(name) if isinstance(values, dict) else None
    return values if isinstance(values, dict) else {}


def holds(values: Any, path: Sequence[str]) -> bool:
    """Whether something, null included, stands at ``path``."""
    for name in path:
        if not isinstance(values, Mapping) or name not in values:
            return False
        values = values[name]
    return True


def overlay(shown: Any, sealed: Any) -> Any:
    """The open and the sealed part of one place laid together; lists hold the same rows in the same order."""
    if isinstance(shown, Mapping) and isinstance(sealed, Mapping):
        return {name: overlay(shown.get(name), sealed.get(name)) for name in {**shown, **sealed}}
    if isinstance(shown, list) and isinstance(sealed, list):
        return [overlay(*rows) for rows in zip_longest(shown, sealed)]
    return shown if sealed is None else sealed


def nested(path: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """``values`` as seen from the root when they lie under ``path``."""
    for name in reversed(path.split(".")) if path else ():
        values = {name: values}
    return values


def leaves(values: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted path and value of every single value; entries of a list share its path."""
    if isinstance(values, Mapping):
        for name, value in values.items():
            yield from leaves(value, f"{path}.{name}" if path else str(name))
    elif isinstance(values, list):
        for value in values:
            yield from leaves(value, path)
    elif values is not None and values != "" and not isinstance(values, bool):
        yield path, values
