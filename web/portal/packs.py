"""The packs that this installation offers, as their running releases."""

from __future__ import annotations

from flask import abort

from engine import db
from engine.errors import NotFound
from engine.loaded import LoadedRelease
from engine.releases import current_release, published
from web.guides import guide_for, is_joint_service
from web.services import services

__all__ = ["guide_for", "offered", "release_by_id", "release_of"]


def offered() -> list[LoadedRelease]:
    """The running releases, those with joint items only: a trial pack offers a family nothing."""
    own = services()
    with db.reading(own.database) as connection:
        found = [own.runtime.releases.get(connection, release.id) for release in published(connection)]
    return [release for release in found if is_joint_service(release)]


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
    return own.runtime.releases.open(own.database, release_id)
