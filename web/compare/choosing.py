"""Which releases can be compared, and the comparison of two of them, made once: a release never changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import gettext as _

from engine import db
from engine.errors import NotFound, ShenhouError
from engine.releases import Release, choose_release, find_release, list_releases, published
from tasks.comparison import Comparison, Side, compare_packs
from web.services import services

_KEPT = 8
_compared: dict[tuple[str, str], Comparison] = {}


@dataclass(frozen=True, slots=True)
class Choice:
    """A release to choose: ``value`` is what stands in the address, ``hunan`` for the current one or ``hunan@2``."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class PackChoices:
    """The releases of one pack, the current one first."""

    name: str
    choices: Sequence[Choice]


def list_choices(connection: sa.Connection) -> list[PackChoices]:
    """Every published pack with its releases."""
    found = []
    for current in published(connection):
        manifest = services().runtime.releases.get(connection, current.id).manifest
        older = [one for one in list_releases(connection, current.pack) if one.id != current.id]
        first = Choice(current.pack, _("现行（第 %(number)s 版）", number=current.number))
        others = [Choice(f"{one.pack}@{one.number}", _("第 %(number)s 版", number=one.number)) for one in older]
        found.append(PackChoices(manifest.names.official, (first, *others)))
    return found


def find_choice(connection: sa.Connection, value: str) -> Release | None:
    """The release that an address means; None for what there is not."""
    pack, _mark, number = value.partition("@")
    try:
        return choose_release(connection, pack, number or "latest")
    except ShenhouError:
        return None


def comparison_of(left: Release, right: Release) -> Comparison:
    """The comparison of two releases."""
    key = (left.id, right.id)
    if key not in _compared:
        found = compare_packs(_side(left), _side(right))
        while len(_compared) >= _KEPT:
            _compared.pop(next(iter(_compared)), None)
        _compared[key] = found
    return _compared[key]


def source_of(release_id: str, process_id: str) -> bytes | None:
    """The diagram of a process of a release, as it was published."""
    own = services()
    try:
        with db.reading(own.database) as connection:
            release = own.runtime.releases.get(connection, find_release(connection, release_id).id)
    except NotFound:
        return None
    return release.files.get(f"{process_id}.bpmn")


def _side(release: Release) -> Side:
    own = services()
    loaded = own.runtime.releases.open(own.database, release.id)
    return Side(loaded, own.runtime.feel, own.clock.now(), _("第 %(number)s 版", number=release.number))
