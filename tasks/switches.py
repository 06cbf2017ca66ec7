"""What a pack has decided where the documents leave it open, by the dotted key of its switch.

Every key that is read here stands in the base pack, so that none is read that no pack could set.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class HasSwitches(Protocol):
    """A release: its switches' values, nested by their dotted keys."""

    @property
    def switches(self) -> Mapping[str, Any]: ...


def switch(release: HasSwitches, key: str, default: Any = None) -> Any:
    """The value of the switch ``key`` (``supplement.window``); ``default`` where the pack has none."""
    value: Any = release.switches
    for name in key.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return default
        value = value[name]
    return value
