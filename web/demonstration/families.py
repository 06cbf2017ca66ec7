"""The demonstration's families whom the sign-in page names: who they are, and what their case waits for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa

from web.demonstration.stories import Listing, find_listing, read_person
from web.tables import demonstrations

_listing_of = lru_cache(maxsize=16)(find_listing)


@dataclass(frozen=True, slots=True)
class Family:
    """One of them. ``about`` is the story's title."""

    name: str
    phone: str
    about: str


def count_stories(pack: str) -> int:
    """How much the demonstration has to tell of a pack."""
    listing = _listing_of(pack)
    return len(listing.stories) if listing else 0


def list_families(connection: sa.Connection) -> list[Family]:
    """Those with a telephone of their own in the listings, where their story has been told."""
    c = demonstrations.c
    told = connection.execute(sa.select(c.pack, c.story).where(c.finished_at.is_not(None)).order_by(c.serial)).all()
    found = []
    for pack, name in told:
        found += _named(_listing_of(pack), name)
    return found


def _named(listing: Listing | None, name: str) -> list[Family]:
    story = next((one for one in listing.stories if one.name == name), None) if listing else None
    people = [read_person(text) for text in (story.family, *story.others)] if story else []
    return [Family(one.name, one.phone, story.title) for one in people if one.phone and story]
