"""What groups and items are called where cases of several packs stand side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from engine.releases import published
from web.services import Services


class Names:
    """The words of the releases that cases run on, read as they are asked for on one connection."""

    def __init__(self, own: Services, connection: sa.Connection) -> None:
        self._own, self._connection = own, connection
        self._words: dict[str, tuple[str, Mapping[str, str]]] = {}  # by release: its pack, and the words by code

    def of(self, release_id: str) -> Mapping[str, str]:
        """The words for groups and items of one release, by code."""
        return self._read(release_id)[1]

    def shared(self, code: str, release_ids: Iterable[str]) -> str:
        """What to call ``code`` for all of these releases: as most of their packs do, and of two the shorter.

        A name that no pack has changed is the one of the base beneath them.
        """
        by_pack = {pack: words[code] for pack, words in map(self._read, sorted(release_ids)) if code in words}
        if not by_pack:
            return code
        votes = Counter(by_pack.values())
        return min(votes, key=lambda name: (-votes[name], len(name), name))

    def running(self) -> list[str]:
        """The running release of every pack."""
        return [release.id for release in published(self._connection)]

    def _read(self, release_id: str) -> tuple[str, Mapping[str, str]]:
        if release_id not in self._words:
            release = self._own.runtime.releases.get(self._connection, release_id)
            manifest = release.manifest
            groups = {code: group.name for code, group in manifest.groups.items()}
            self._words[release_id] = (
                release.pack,
                groups | {code: item.name for code, item in manifest.items.items()},
            )
        return self._words[release_id]
