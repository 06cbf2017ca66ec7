"""A cache that cannot outgrow its bound and needs no lock, so that a fork never inherits a held one."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class BoundedCache(Generic[Key, Value]):
    """Keeps the latest ``size`` to ``2 * size`` entries that were written or read.

    Two generations: when the young one is full it becomes the old one, and what nobody asks for there is forgotten.
    Each step is one dictionary operation, which the interpreter makes atomic; at worst two threads forget a little
    more than they should.
    """

    def __init__(self, size: int) -> None:
        if size < 1:
            raise ValueError(f"a cache of {size} entries")
        self._size = size
        self._young: dict[Key, Value] = {}
        self._old: dict[Key, Value] = {}

    def __len__(self) -> int:
        return len(self._young.keys() | self._old.keys())

    def get(self, key: Key) -> Value | None:
        """The value under ``key``; None when it is not, or no longer, there."""
        value = self._young.get(key)
        if value is None and (value := self._old.get(key)) is not None:
            self.put(key, value)
        return value

    def put(self, key: Key, value: Value) -> None:
        """Remember ``value``, which must not be None."""
        if len(self._young) >= self._size:
            self._young, self._old = {}, self._young
        self._young[key] = value
