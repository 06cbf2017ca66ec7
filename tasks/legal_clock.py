"""The clock of the law: working days from acceptance, standing still in pauses, explained line by line.

A limit runs in working days of the national calendar, make-up days included. It begins with the acceptance and stands
while the case is frozen, while a supplement is awaited and while results are in the post. The documents give only the
number of days without the post (H-33); where it begins and what stops it is inferred (C-27). Assumed: the day of
acceptance does not count, as in 民法典 第二百零一条; a working day that lies wholly or partly in a pause does not
count, so that nobody is called late for a day that was not whole; while a pause is open, dates are reckoned as if it
ended today.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import uuid4

import sqlalchemy as sa

from engine import calendar
from engine import tables as t
from engine.clock import ZONE, from_text, local_date, to_text
from engine.pack_schema import Manifest
from engine.registry import CaseAccess
from engine.releases import load_pack
from tasks import tables as d
from tasks.command import connection_of
from tasks.switches import switch

Kind = Literal["start", "counted", "make_up", "rest", "paused"]
_ONE_DAY = timedelta(days=1)
_PAUSED = {"frozen": "公安审核冻结期间", "supplement": "等待补正期间", "post": "邮寄期间"}


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in which the clock stands: its first and last local day, and ``is_open`` while nobody has ended it."""

    reason: str
    first: date
    last: date
    is_open: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One day of the reckoning. ``number`` counts the days that count; None on every other.

    ``is_provisional``: the day is still to come, and moves on with every day that an open pause lasts.
    """

    day: date
    kind: Kind
    reason: str
    number: int | None = None
    is_provisional: bool = False

    def __str__(self) -> str:
        shown = str(calendar.day(self.day))
        if self.kind == "start":
            return f"{shown}，受理之日，不计入"
        if self.number is not None:
            provisional = "（暂停尚未结束，按今日恢复计时预计）" if self.is_provisional else ""
            return f"{shown}，第{self.number}个工作日{provisional}"
        return f"{shown}，{self.reason}，不计入" if self.kind == "paused" else f"{shown}，不计入"


def begin_pause(
    connection: sa.Connection, case_id: str, reason: str, now: datetime, *, item: str | None = None
) -> None:
    """Stop the clock of ``item``, or with None of the whole case. Idempotent while the same pause is open."""
    c = d.pauses.c
    if connection.execute(sa.select(c.id).where(*_open(case_id, item), c.reason == reason)).first() is None:
        row = {"id": uuid4().hex, "case_id": case_id, "item": item, "reason": reason, "begun_at": to_text(now)}
        connection.execute(d.pauses.insert().values(row))


def end_pause(
    connection: sa.Connection, case_id: str, now: datetime, *, reason: str | None = None, item: str | None = None
) -> None:
    """Let the clock of ``item`` (None: of the whole case) go on: ends its open pauses, or those of one ``reason``."""
    chosen = [d.pauses.c.reason == reason] if reason else []
    connection.execute(d.pauses.update().where(*_open(case_id, item), *chosen).values(ended_at=to_text(now)))


def stop_clock(case: CaseAccess, case_id: str, reason: str, *, item: str | None = None) -> None:
    """``begin_pause`` now, where the pack lets ``reason`` stop the clock (C-27: a switch, all three by default)."""
    stopping = switch(case.release, "clock.pauses", tuple(_PAUSED))
    if reason in stopping:
        begin_pause(connection_of(case), case_id, reason, case.now(), item=item)


def limit_of(manifest: Manifest, code: str | None) -> int | None:
    """Working days for an item: its own, else those of the whole case (H-33). None: the documents give no number."""
    item = manifest.items.get(code) if code else None
    if item is not None and item.limit_working_days is not None:
        return item.limit_working_days
    return manifest.limit_working_days


def due_on(
    connection: sa.Connection, case_id: str, item: str | None, accepted_on: date, limit: int | None, now: datetime
) -> date | None:
    """The last day of a limit that began on ``accepted_on``; None without a limit."""
    if limit is None:
        return None
    return reckon(accepted_on, limit, read_pauses(connection, case_id, item, now), local_date(now))[-1].day


def days_left(connection: sa.Connection, case_id: str, item: str, due: date, now: datetime) -> int:
    """Days of the clock after today up to ``due``; negative once that has passed."""
    today = local_date(now)
    if due < today:
        return -max(1, calendar.working_days_between(due, today))
    pauses = read_pauses(connection, case_id, item, now)
    lines = itertools.takewhile(lambda line: line.day <= due, _walk(today, pauses, today))
    return sum(line.number is not None for line in lines)


def is_standing(connection: sa.Connection, case_id: str, item: str) -> bool:
    """Whether a pause of the item or of the case is open."""
    open_ones = sa.or_(*(sa.and_(*_open(case_id, whose)) for whose in (item, None)))
    return connection.execute(sa.select(d.pauses.c.id).where(open_ones).limit(1)).first() is not None


def explain(
    connection: sa.Connection, case_id: str, item: str, now: datetime, *, limit: int | None = None
) -> list[Line]:
    """How an item comes to its due date, a line a day from the acceptance on; ``str`` of a line is for people.

    Empty before the acceptance, and where there is no limit. Without ``limit``, that of the case's release.
    """
    f, i = d.filings.c, d.items.c
    query = sa.select(f.accepted_at).where(i.case_id == case_id, i.code == item, i.filing_id == f.id)
    accepted_at = connection.execute(query).scalar()
    if limit is None:
        release = connection.execute(sa.select(t.cases.c.release_id).where(t.cases.c.id == case_id)).scalar_one()
        limit = limit_of(load_pack(connection, release).manifest, item)
    if accepted_at is None or limit is None:
        return []
    pauses = read_pauses(connection, case_id, item, now)
    return reckon(local_date(from_text(accepted_at)), limit, pauses, local_date(now))


def reckon(accepted_on: date, limit: int, pauses: Sequence[Pause], today: date) -> list[Line]:
    """The days from ``accepted_on`` to the end of a limit of ``limit`` working days. The heart of this module.

    Rule: H-33 (hunan-2025, 附件3 五), 25个工作日（不含邮寄时间）; C-27 inferred. A limit of 0 ends on the day itself.
    """
    lines = [Line(accepted_on, "start", "受理之日")]
    if limit == 0:
        return lines
    for line in _walk(accepted_on, pauses, today):
        lines.append(line)
        if line.number == limit:
            return lines
    raise AssertionError("unreachable: days go on")


def read_pauses(connection: sa.Connection, case_id: str, item: str | None, now: datetime) -> list[Pause]:
    """The pauses of the case and of ``item``, oldest first; an open one lasts through today."""
    c = d.pauses.c
    whose = c.item.is_(None) if item is None else sa.or_(c.item.is_(None), c.item == item)
    query = sa.select(c.reason, c.begun_at, c.ended_at).where(c.case_id == case_id, whose).order_by(c.begun_at, c.id)
    pauses = []
    for reason, begun_at, ended_at in connection.execute(query):
        if ended_at is None:
            pauses.append(Pause(reason, local_date(from_text(begun_at)), local_date(now), True))
        elif ended_at > begun_at:
            pauses.append(Pause(reason, local_date(from_text(begun_at)), _last_day(from_text(ended_at)), False))
    return pauses


def _walk(after: date, pauses: Sequence[Pause], today: date) -> Iterator[Line]:
    """The days after ``after``, without an end."""
    number, stands = 0, any(pause.is_open for pause in pauses)
    for offset in itertools.count(1):
        day = calendar.day(after + offset * _ONE_DAY)
        pause = next((pause for pause in pauses if pause.first <= day.on <= pause.last), None)
        if not day.is_working:
            yield Line(day.on, "rest", day.reason)
        elif pause is not None:
            yield Line(day.on, "paused", _PAUSED[pause.reason])
        else:
            number += 1
            kind: Kind = "make_up" if day.on.weekday() >= 5 else "counted"
            yield Line(day.on, kind, day.reason, number, stands and day.on > today)


def _last_day(ended: datetime) -> date:
    """The last day that a pause touches: one that ends at midnight does not touch the day that begins then."""
    at = ended.astimezone(ZONE)
    return at.date() - _ONE_DAY if at.timetz().replace(tzinfo=None) == time() else at.date()


def _open(case_id: str, item: str | None) -> list[sa.ColumnElement[bool]]:
    c = d.pauses.c
    return [c.case_id == case_id, c.item.is_(None) if item is None else c.item == item, c.ended_at.is_(None)]
