"""Fills a database with the demonstration's cases, one story after the other; broken off, it goes on with the next.

Everything a story does goes through the engine's commands and the pages' own functions, on a clock that stands where
the story is. Pushes and notices stay in the outbox and registers are the embedded ones, whatever the settings say:
nothing invented leaves the house.
"""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import sqlalchemy as sa

from engine import cases, db
from engine import tables as t
from engine.actors import SYSTEM
from engine.clock import FixedClock, to_text
from engine.errors import Conflict, NotFound, ShenhouError
from engine.releases import published
from engine.runtime import Runtime
from tasks.registers import fill as fill_registers
from tasks.scenarios.player import Difference
from tasks.scenarios.preparing import set_up_channels
from tasks.scenarios.reading import Script, read_script
from tasks.scenarios.stage import Stage
from web.demonstration import records
from web.demonstration.casting import cast
from web.demonstration.playing import StoryPlayer
from web.demonstration.stories import SCENARIOS, Listing, Story, find_listing
from web.demonstration.tickets import open_tickets
from web.ops.health import ALIVE
from web.services import Services

LOCK_NAME = "demonstration.lock"
BROKEN_OFF = "演示数据生成中断，重新生成"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """One story has been told, the ``number``-th of ``total``; or not to its end, for the reason in ``fault``."""

    number: int
    total: int
    story: Story
    fault: str = ""


Tell = Callable[[Progress], None]


def find_listings(own: Services) -> list[Listing]:
    """The demonstrations of the published packs, by the pack's code."""
    with db.reading(own.database) as connection:
        packs = [release.pack for release in published(connection)]
    return [listing for listing in map(find_listing, packs) if listing is not None]


def is_filled(own: Services, listings: list[Listing]) -> bool:
    """Whether every story has been told."""
    with db.reading(own.database) as connection:
        return all(_missing(connection, listing) == () for listing in listings)


def _missing(connection: sa.Connection, listing: Listing) -> tuple[Story, ...]:
    done = records.finished_stories(connection, listing.pack)
    return tuple(story for story in listing.stories if story.name not in done)


def fill(own: Services, listings: list[Listing], tell: Tell, stop: Callable[[], bool] = lambda: False) -> int:
    """Tell every story that has not been told, until ``stop()``; how many were. Safe to break off and to begin again.

    A story that its pack no longer plays to the end stays where it stops: a change of a diagram must keep nobody from
    working. Raises ``Conflict`` where the database holds cases that are not the demonstration's, where a worker runs
    (it would act in the stories' past), and while another process fills.
    """
    with alone(own):
        _refuse_others(own)
        with db.reading(own.database) as connection:
            broken = records.find_unfinished(connection)
            work = [(listing, story) for listing in listings for story in _missing(connection, listing)]
        for case_id in broken:
            _end(own, case_id)
        total, told = sum(len(listing.stories) for listing in listings), 0
        with _stage(own) as (staged, stage):
            for listing, story in work:
                if stop():
                    break
                fault = _tell_story(staged, stage, listing, story)
                told += 1
                tell(Progress(total - len(work) + told, total, story, fault))
        return told


def _tell_story(own: Services, stage: Stage, listing: Listing, story: Story) -> str:
    """Tell one story and write down that it is told; why it came to no end, "" where it did."""
    now = stage.clock.now()
    with own.database.begin() as connection:
        serial = records.next_serial(connection)
        made = cast(_read(listing, story), story, listing, now, serial)
        records.begin(connection, listing.pack, story.name, serial, made.begun)
        fill_registers(connection, own.runtime.sealer, made.scenario.people)
    set_up_channels(own.runtime, made.scenario.channels)
    stage.region = story.region
    player, fault = StoryPlayer(own, stage, made, listing.words_at(story.region)), ""
    try:
        player.run()
    except (ShenhouError, Difference) as error:
        fault = str(error)
        log.warning("story %s of the demonstration came to no end: %s", story.name, error)
    finally:
        stage.clock.move_to(now)
    with own.database.begin() as connection:
        if player.case_id:
            case = connection.execute(sa.select(t.cases).where(t.cases.c.id == player.case_id)).one()
            open_tickets(connection, own.runtime.sealer, story, case, made.begun, now)
        records.finish(connection, serial, player.case_id or None, now)
    return fault


def _read(listing: Listing, story: Story) -> Script:
    path = SCENARIOS / listing.pack / story.scenario
    if not path.is_file():
        raise NotFound("scenario", story.scenario)
    return read_script(path.read_bytes(), story.scenario)


@contextmanager
def _stage(own: Services) -> Iterator[tuple[Services, Stage]]:
    """The installation on a clock of its own, and a stage on it that stands at the present moment."""
    clock = FixedClock(own.clock.now())
    runtime = Runtime(own.database, own.runtime.keys, clock=clock)
    try:
        yield replace(own, runtime=runtime), Stage(runtime, clock, "")
    finally:
        runtime.transactions.close()


def _end(own: Services, case_id: str) -> None:
    """What was broken off is cancelled; the person may then have another case."""
    with db.reading(own.database) as connection:
        status = connection.execute(sa.select(t.cases.c.status).where(t.cases.c.id == case_id)).scalar()
    if status == "open":
        cases.cancel(own.runtime, SYSTEM, case_id, BROKEN_OFF)


def _refuse_others(own: Services) -> None:
    with db.reading(own.database) as connection:
        _, others = records.count_cases(connection)
    if others:
        raise Conflict("database", "at hand", f"not the demonstration's: it holds {others} other cases")
    refuse_workers(own)


def refuse_workers(own: Services) -> None:
    """Raises ``Conflict`` while somebody else works on the database's cases."""
    since = to_text(own.clock.now() - ALIVE)
    with db.reading(own.database) as connection:
        beating = sa.select(t.heartbeats.c.name).where(t.heartbeats.c.at > since)
        alive = connection.execute(beating).scalars().all()
    if alive:
        raise Conflict("process", ", ".join(alive), "still running: stop Shenhou, wait two minutes, then try again")


@contextmanager
def alone(own: Services) -> Iterator[None]:
    """One filling at a time; the lock ends with the process, however it ends."""
    own.settings.var_dir.mkdir(parents=True, exist_ok=True)
    with (own.settings.var_dir / LOCK_NAME).open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict("demonstration", "filling", "at work in another process") from None
        yield
