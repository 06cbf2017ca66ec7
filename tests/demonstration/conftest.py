"""An installation in demonstration mode on a copy of the pages' database; the whole demonstration is told once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import orjson
import pytest

import tasks  # noqa: F401 - registers every worker
from engine import db
from engine.clock import FixedClock
from engine.config import CODE_ROOT, read_settings
from engine.packs import list_packs, read_pack
from engine.releases import publish
from engine.runtime import Runtime
from tasks.adapters import make_resources
from tests.integration.conftest import KEYS
from tests.templates import Templates
from tests.web.conftest import NOW, PACK
from tests.web.conftest import database_kind as database_kind
from tests.web.conftest import poured as poured
from tests.web.conftest import web_template as web_template
from tests.web.conftest import web_url as web_url
from web.access.demonstration import ensure_accounts
from web.demonstration.filling import Progress, fill, find_listings
from web.demonstration.stories import Listing, Story, find_listing
from web.services import Services
from web.settings import WebSettings


@dataclass
class Filled:
    """An installation and what was said while it was filled."""

    own: Services
    listings: list[Listing]
    said: list[str] = field(default_factory=list)

    @property
    def stories(self) -> list[Story]:
        return [story for listing in self.listings for story in listing.stories]

    def fill(self, *, stop: Callable[[], bool] = lambda: False) -> int:
        return fill(self.own, self.listings, self._hear, stop)

    def _hear(self, made: Progress) -> None:
        self.said.append(f"{made.number} {made.fault}")


def open_filled(folder: Path, listings: list[Listing], url: str = "") -> Filled:
    """An installation in ``folder``, on the database there or on that at ``url``."""
    database = db.connect(url or f"sqlite:///{folder / 'shenhou.db'}")
    runtime = Runtime(database, KEYS, clock=FixedClock(NOW))
    runtime.resources.update(make_resources(runtime.database, runtime.sealer, runtime.clock))
    web = WebSettings(demonstration=True, invented_cases=True, played_departments=True)
    return Filled(Services(read_settings({}, home=folder), runtime, web), listings)


def publish_all(filled: Filled) -> list[Listing]:
    """Publish every pack that has a demonstration, with the accounts of its province; their listings."""
    found = []
    with filled.own.database.begin() as connection:
        for code in list_packs(CODE_ROOT / "processes"):
            listing = find_listing(code)
            if listing is not None:
                found.append(listing)
                pack = read_pack(code, CODE_ROOT / "processes", CODE_ROOT / "forms")
                publish(connection, pack, "tests", filled.own.clock.now(), check=lambda _: [])
        ensure_accounts(connection, filled.own.clock.now())
    return found


@pytest.fixture(scope="session")
def listing() -> Listing:
    found = find_listing(PACK)
    assert found is not None
    return found


@pytest.fixture(scope="session")
def whole(web_template: Path, templates: Templates) -> Iterator[Filled]:
    """Every story of every pack told, once for all the processes of a run. Nobody may change it."""

    def make(folder: Path) -> None:
        shutil.copy(web_template, folder)
        made = open_filled(folder, [])
        made.listings = publish_all(made)
        made.fill()
        made.own.runtime.close()
        (folder / "told.json").write_bytes(orjson.dumps(made.said))

    folder = templates.made("demonstration", make)
    made = open_filled(folder, [])
    made.listings = find_listings(made.own)
    made.said = orjson.loads((folder / "told.json").read_bytes())
    yield made
    made.own.runtime.close()


@pytest.fixture
def few(web_url: str, tmp_path: Path, listing: Listing) -> Iterator[Filled]:
    """Three short stories, not told yet. A test that names ``database_kind`` has them on that one."""
    wanted = ("hospital-reported", "police-fresh", "payment-ordered")
    stories = tuple(story for story in listing.stories if story.name in wanted)
    made = open_filled(tmp_path, [listing.model_copy(update={"stories": stories})], web_url)
    yield made
    made.own.runtime.close()
