"""What the first page shows, read in one go. Counts and names of packs only: no case's data passes here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from engine import db
from engine.clock import from_text
from engine.tables import cases, in_state, launches, packs, releases, user_tasks

RELEASES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class PackRow:
    """A pack, its running release (None before the first), since when that is live, and its cases by status."""

    code: str
    name: str
    number: int | None
    version: str
    live_at: str | None
    open_cases: int
    ended_cases: int


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A published release; ``current`` where new cases begin on it."""

    id: str
    pack: str
    number: int
    version: str
    published_at: datetime
    published_by: str
    current: bool
    open_cases: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything on the page but health."""

    packs: Sequence[PackRow]
    releases: Sequence[ReleaseRow]
    open_cases: int
    open_user_tasks: int


def read_overview(database: sa.Engine) -> Overview:
    """Packs by code, the latest releases, and how much is open."""
    with db.reading(database) as connection:
        pack_rows = _read_packs(connection)
        open_user_tasks = connection.execute(
            sa.select(sa.func.count()).select_from(user_tasks).where(in_state(user_tasks, "open"))
        ).scalar_one()
        return Overview(
            packs=pack_rows,
            releases=_read_releases(connection),
            open_cases=sum(row.open_cases for row in pack_rows),
            open_user_tasks=open_user_tasks,
        )


def _read_packs(connection: sa.Connection) -> list[PackRow]:
    counted = (
        sa.select(
            cases.c.pack,
            sa.func.count().filter(cases.c.status == "open").label("open_cases"),
            sa.func.count().filter(cases.c.status != "open").label("ended_cases"),
        )
        .group_by(cases.c.pack)
        .subquery()
    )
    query = (
        sa.select(
            packs.c.code,
            packs.c.name,
            releases.c.number,
            sa.func.coalesce(releases.c.version, "").label("version"),
            launches.c.at.label("live_at"),
            sa.func.coalesce(counted.c.open_cases, 0).label("open_cases"),
            sa.func.coalesce(counted.c.ended_cases, 0).label("ended_cases"),
        )
        .outerjoin(releases, releases.c.id == packs.c.current_release)
        .outerjoin(launches, launches.c.release_id == packs.c.current_release)
        .outerjoin(counted, counted.c.pack == packs.c.code)
        .order_by(packs.c.code)
    )
    return [PackRow(**row) for row in connection.execute(query).mappings()]


def _read_releases(connection: sa.Connection) -> list[ReleaseRow]:
    open_cases = (
        sa.select(sa.func.count())
        .select_from(cases)
        .where(cases.c.release_id == releases.c.id, cases.c.status == "open")
        .scalar_subquery()
    )
    query = (
        sa.select(releases, packs.c.current_release, open_cases.label("open_cases"))
        .outerjoin(packs, packs.c.code == releases.c.pack)
        .order_by(releases.c.published_at.desc(), releases.c.pack)
        .limit(RELEASES_SHOWN)
    )
    return [
        ReleaseRow(
            id=row.id,
            pack=row.pack,
            number=row.number,
            version=row.version,
            published_at=from_text(row.published_at),
            published_by=row.published_by,
            current=row.current_release == row.id,
            open_cases=row.open_cases,
        )
        for row in connection.execute(query)
    ]
