"""The packs that this installation offers, as their running releases."""

from __future__ import annotations

from flask import abort

from engine import db
from engine.errors import NotFound
from engine.loaded import LoadedRelease
from engine.releases import current_release, published
from web.portal.guide import Guide, build_guide
from web.services import services

_guides: dict[str, Guide] = {}
_KEPT = 32


def offered() -> list[LoadedRelease]:
    """The running releases, those with joint items only: a trial pack offers a family nothing."""
    own = services()
    with db.reading(own.database) as connection:
        found = [own.runtime.releases.get(connection, release.id) for release in published(connection)]
    return [release for release in found if release.manifest.items and release.manifest.extends]


def release_of(pack: str) -> LoadedRelease:
    """The running release of ``pack``. 404 for one that is not offered."""
    own = services()
    try:
        with db.reading(own.database) as connection:
            return own.runtime.releases.get(connection, current_release(connection, pack).id)
    except NotFound:
        abort(404)


def release_by_id(release_id: str) -> LoadedRelease:
    """The release that a case runs on."""
    own = services()
    with db.reading(own.database) as connection:
        return own.runtime.releases.get(connection, release_id)


def guide_for(release: LoadedRelease) -> Guide:
    """The guide of a release, made once: a release never changes."""
    if release.id not in _guides:
        own = services()
        while len(_guides) >= _KEPT:
            _guides.pop(next(iter(_guides)))
        _guides[release.id] = build_guide(release, own.runtime.feel, own.clock.now())
    return _guides[release.id]
