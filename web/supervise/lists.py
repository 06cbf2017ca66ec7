"""What a supervisor has to see to, list by list. Everything is of the supervisor's region."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from engine import calendar
from engine import tables as t
from engine.clock import from_text, local_date, to_text
from tasks import tables as d
from tasks.items import FINAL
from tasks.supervision import KINDS
from web.access.people import Person
from web.access.visibility import visible_cases
from web.desk.words import HOLD_SOURCE
from web.police.holds import LONG
from web.supervise.naming import Names

UNDELIVERED_AFTER = timedelta(hours=1)
MOST_EXPORTED = 10_000


@dataclass(frozen=True, slots=True)
class Row:
    """One line: the case, and what the list's columns say of it."""

    case_id: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: its words, its columns besides the case's, the query that finds it and what turns a row into cells."""

    title: Any
    lead: Any
    columns: tuple[Any, ...]
    query: Callable[[date, datetime], sa.Select[Any]]
    cells: Callable[[Any, date, datetime, Mapping[str, str]], tuple[str, ...]]


def count(connection: sa.Connection, person: Person, name: str, now: datetime) -> int:
    """How many lines a list has."""
    inner = _scoped(person, name, now).order_by(None).subquery()
    return int(connection.execute(sa.select(sa.func.count()).select_from(inner)).scalar_one())


def read(
    connection: sa.Connection,
    person: Person,
    name: str,
    now: datetime,
    names: Names,
    *,
    limit: int = MOST_EXPORTED,
    offset: int = 0,
) -> list[Row]:
    """Lines of a list, the most urgent first. Items and departments are called as the case's own release has it."""
    found = connection.execute(_scoped(person, name, now).limit(limit).offset(offset))
    today, cells = local_date(now), LISTS[name].cells
    return [Row(row.case_id, cells(row, today, now, names.of(row.release_id))) for row in found]


def _scoped(person: Person, name: str, now: datetime) -> sa.Select[Any]:
    return LISTS[name].query(local_date(now), now).add_columns(t.cases.c.release_id).where(visible_cases(person))


def _overdue(today: date, _now: datetime) -> sa.Select[Any]:
    i = d.items.c
    late = (i.due_on < today.isoformat(), i.status.not_in(FINAL))
    query = sa.select(i.case_id, i.code, i.department, i.due_on, i.status)
    return query.join(t.cases, t.cases.c.id == i.case_id).where(*late).order_by(i.due_on, i.case_id, i.code)


def _overdue_cells(row: Any, today: date, _now: datetime, names: Mapping[str, str]) -> tuple[str, ...]:
    late = calendar.working_days_between(date.fromisoformat(row.due_on), today)
    return (names.get(row.code, row.code), names.get(row.department, row.department), row.due_on, str(late))


def _frozen(_today: date, now: datetime) -> sa.Select[Any]:
    h = d.holds.c
    query = sa.select(h.case_id, h.set_at, h.source, h.criminal).join(t.cases, t.cases.c.id == h.case_id)
    return query.where(h.released_at.is_(None), h.set_at < to_text(now - LONG)).order_by(h.set_at, h.id)


def _frozen_cells(row: Any, _today: date, now: datetime, _names: Mapping[str, str]) -> tuple[str, ...]:
    set_at = from_text(row.set_at)
    words = _("涉嫌犯罪") if row.criminal else _("审核中")
    return (
        str(HOLD_SOURCE.get(row.source, row.source)),
        local_date(set_at).isoformat(),
        str((now - set_at).days),
        words,
    )


def _deferred(today: date, _now: datetime) -> sa.Select[Any]:
    m = d.materials.c
    uncured = (m.status == "deferred", m.deferred_until < today.isoformat())
    query = sa.select(m.case_id, m.name, m.deferred_until).join(t.cases, t.cases.c.id == m.case_id)
    return query.where(*uncured).order_by(m.deferred_until, m.id)


def _deferred_cells(row: Any, today: date, _now: datetime, _names: Mapping[str, str]) -> tuple[str, ...]:
    late = calendar.working_days_between(date.fromisoformat(row.deferred_until), today)
    return (row.name, row.deferred_until, str(late))


def _undelivered(_today: date, now: datetime) -> sa.Select[Any]:
    o = d.outbox.c
    waiting = (o.kind == "push", o.status == "queued", o.queued_at < to_text(now - UNDELIVERED_AFTER))
    query = sa.select(o.case_id, o.receiver, o.subject, o.item, o.queued_at).join(t.cases, t.cases.c.id == o.case_id)
    return query.where(*waiting).order_by(o.queued_at, o.id)


def _undelivered_cells(row: Any, _today: date, now: datetime, names: Mapping[str, str]) -> tuple[str, ...]:
    receiver = names.get(row.receiver.removeprefix("dept."), row.receiver)
    queued = from_text(row.queued_at)
    hours = str(int((now - queued).total_seconds() // 3600))
    return (receiver, names.get(row.item or "", "") or row.subject, f"{local_date(queued).isoformat()}", hours)


def _marks(_today: date, _now: datetime) -> sa.Select[Any]:
    s = d.supervision.c
    query = sa.select(s.case_id, s.kind, s.item, s.noted_at).join(t.cases, t.cases.c.id == s.case_id)
    return query.where(s.cleared_at.is_(None)).order_by(s.noted_at, s.id)


def _marks_cells(row: Any, _today: date, _now: datetime, names: Mapping[str, str]) -> tuple[str, ...]:
    noted = local_date(from_text(row.noted_at)).isoformat()
    return (KINDS.get(row.kind, row.kind), names.get(row.item or "", row.item or ""), noted)


LISTS: Mapping[str, Listing] = {
    "overdue": Listing(
        lazy_gettext("超期"),
        lazy_gettext("过了办理期限还没有结果的事项。"),
        (lazy_gettext("事项"), lazy_gettext("部门"), lazy_gettext("期限"), lazy_gettext("超期工作日")),
        _overdue,
        _overdue_cells,
    ),
    "frozen": Listing(
        lazy_gettext("冻结过久"),
        lazy_gettext("冻结超过七日、审核还没有结论的办件。"),
        (lazy_gettext("移送方"), lazy_gettext("冻结日期"), lazy_gettext("已冻结天数"), lazy_gettext("情形")),
        _frozen,
        _frozen_cells,
    ),
    "deferred": Listing(
        lazy_gettext("材料未补"),
        lazy_gettext("先受理、后补交的材料里，过了期限还没有补交的。"),
        (lazy_gettext("材料"), lazy_gettext("补交期限"), lazy_gettext("逾期工作日")),
        _deferred,
        _deferred_cells,
    ),
    "undelivered": Listing(
        lazy_gettext("推送未达"),
        lazy_gettext("发出一小时以上、接收系统还没有回执的推送。"),
        (lazy_gettext("接收方"), lazy_gettext("内容"), lazy_gettext("发出日期"), lazy_gettext("已过小时")),
        _undelivered,
        _undelivered_cells,
    ),
    "marks": Listing(
        lazy_gettext("督办提示"),
        lazy_gettext("系统按规则标出、还没有消除的提示。"),
        (lazy_gettext("提示"), lazy_gettext("事项"), lazy_gettext("标出日期")),
        _marks,
        _marks_cells,
    ),
}
