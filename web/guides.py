"""The guides of the releases in use, made once each: a release never changes."""

from __future__ import annotations

from engine.loaded import LoadedRelease
from tasks.guide import Guide, build_guide
from web.services import services

_KEPT = 32
_guides: dict[str, Guide] = {}


def is_joint_service(release: LoadedRelease) -> bool:
    """Whether the pack is a place's 一件事. The trial pack, which stands on no library, only proves an installation."""
    return bool(release.manifest.items and release.manifest.extends)


def guide_for(release: LoadedRelease) -> Guide:
    """The guide of a release, for families, the window and the hotline alike."""
    if release.id not in _guides:
        own = services()
        while len(_guides) >= _KEPT:
            _guides.pop(next(iter(_guides)))
        _guides[release.id] = build_guide(release, own.runtime.feel, own.clock.now())
    return _guides[release.id]
