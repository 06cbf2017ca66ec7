"""Which place in the data belongs to which component: two may not share one, as form-js' own registry has it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Claim:
    """A place. ``owner`` is the id of the field or list it belongs to; groups own nothing and may share a path."""

    owner: str = ""
    is_field: bool = False
    children: dict[str, Claim] = field(default_factory=dict)


def claim_path(root: Claim, path: tuple[str, ...], owner: str, kind: str, ancestors: frozenset[str]) -> str:
    """Claim ``path`` for ``owner``, a ``field``, ``list`` or ``group`` within the lists ``ancestors``.

    Returns "" or the id of the component (or the path) that it collides with, and then claims nothing.
    """
    place = root
    for part in path:
        following = place.children.get(part)
        if following is None:
            break
        place = following
        if place.is_field or (place.owner and place.owner not in ancestors):
            return place.owner
    else:
        if path and kind != "group":
            return place.owner or ".".join(path)
    _take(root, path, owner, kind)
    return ""


def _take(root: Claim, path: tuple[str, ...], owner: str, kind: str) -> None:
    place = root
    for part in path:
        place = place.children.setdefault(part, Claim())
    if kind != "group":
        place.owner, place.is_field = owner, kind == "field"
