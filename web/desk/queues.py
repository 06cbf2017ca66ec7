"""The queues of the desk: each is one SELECT with the same columns, so that one list shows them all.

A row is a thing to see to: an open user task, or what a case waits for. However many rows and cases there are, a list
takes the same few statements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from engine import calendar
from engine import tables as t
from engine.clock import local_date
from tasks import tables as d
from web.access.people import Person
from web.access.visibility import EVERY_DEPARTMENT, visible_cases
from web.desk.gates import concerns, in_region, open_to
from web.desk.words import DUE_SOON, HOLD_SOURCE

CARRIER = "outbox.deliver"
_TEXTS = ("task_id", "item", "holder", "team", "department", "due_on", "note", "form_id", "sealed_for")
_MORE: tuple[tuple[str, Any], ...] = (*((name, sa.String) for name in _TEXTS), ("sealed_note", sa.LargeBinary))


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and on which day."""

    person: Person
    today: date


@dataclass(frozen=True, slots=True)
class Queue:
    """``label`` is its name; ``hint`` says what to do there. ``has_tasks``: its rows can be claimed.

    ``ids`` selects as many rows as ``select`` and joins no items; where it is None, ``select`` is what is counted.
    """

    label: LazyString
    hint: LazyString
    select: Callable[[Asker], Any]
    has_tasks: bool = False
    ids: Callable[[Asker], Any] | None = None

    def count(self, asker: Asker) -> Any:
        """A SELECT of how many rows there are."""
        return sa.select(sa.func.count()).select_from((self.ids or self.select)(asker).subquery())


# -- the queues ------------------------------------------------------------------------------------------------------


def _columns(case_id: Any, step: Any, since: Any, **more: Any) -> list[Any]:
    """The columns that every queue has, in one order; what a queue has nothing for is null.

    A note that is free text is ``sealed_note``, and ``sealed_for`` what it was sealed for.
    """
    found = {"case_id": case_id, "step": step, "since": since}
    columns = [column.label(name) for name, column in found.items()]
    return columns + [
        more[name].label(name) if name in more else sa.cast(None, type_).label(name) for name, type_ in _MORE
    ]


def _tasks(asker: Asker) -> Any:
    """Open user tasks that concern the person, each with its item and the item's due date."""
    tasks, items = t.user_tasks, d.items
    start = sa.func.length(tasks.c.facts_path) - sa.func.length(items.c.code)
    is_about = sa.func.substr(tasks.c.facts_path, start) == sa.literal(".") + items.c.code  # decisions.<item>
    due = sa.func.coalesce(items.c.due_on, sa.func.substr(tasks.c.due_at, 1, 10))
    more: dict[str, Any] = {"task_id": tasks.c.id, "item": items.c.code, "holder": tasks.c.assignee}
    more |= {
        "team": tasks.c.candidate_group,
        "department": sa.func.coalesce(tasks.c.candidate_group, items.c.department),
        "due_on": due,
    }
    joined = tasks.join(t.cases, t.cases.c.id == tasks.c.case_id)
    joined = joined.outerjoin(items, sa.and_(items.c.case_id == tasks.c.case_id, is_about))
    columns = _columns(tasks.c.case_id, tasks.c.name, tasks.c.created_at, form_id=tasks.c.form_id, **more)
    at_work = (t.in_state(tasks, "open"), in_region(asker.person), concerns(asker.person))
    return sa.select(*columns).select_from(joined).where(*at_work)


def _mine(asker: Asker) -> Any:
    return _tasks(asker).where(t.user_tasks.c.assignee == asker.person.actor_id)


def _claimable(asker: Asker) -> Any:
    return _tasks(asker).where(t.user_tasks.c.assignee.is_(None))


def _ids_mine(asker: Asker) -> Any:
    tasks = t.user_tasks
    return _ids(asker, t.in_state(tasks, "open"), tasks.c.assignee == asker.person.actor_id)


def _ids_claimable(asker: Asker) -> Any:
    free = t.user_tasks.c.assignee.is_(None)
    return sa.union_all(*(_ids(asker, free, *one) for one in open_to(asker.person)))


def _ids(asker: Asker, *where: sa.ColumnElement[bool]) -> Any:
    joined = t.user_tasks.join(t.cases, t.cases.c.id == t.user_tasks.c.case_id)
    return sa.select(t.user_tasks.c.id).select_from(joined).where(*where, in_region(asker.person))


def _due_soon(asker: Asker) -> Any:
    last = calendar.working_days_after(asker.today, DUE_SOON).isoformat()
    items, tasks = d.items.c, t.user_tasks.c
    return _tasks(asker).where(sa.func.coalesce(items.due_on, sa.func.substr(tasks.due_at, 1, 10)) <= last)


def _frozen(asker: Asker) -> Any:
    holds = d.holds
    words = sa.case({key: str(value) for key, value in HOLD_SOURCE.items()}, value=holds.c.source, else_=holds.c.source)
    more: dict[str, Any] = {"holder": holds.c.set_by}
    if asker.person.may_read_cause:
        more |= {"sealed_note": holds.c.reason, "sealed_for": holds.c.id + sa.literal(".reason")}
    columns = _columns(holds.c.case_id, words, holds.c.set_at, **more)
    joined = holds.join(t.cases, t.cases.c.id == holds.c.case_id)
    active = (holds.c.released_at.is_(None), t.in_state(t.cases, "open"), visible_cases(asker.person))
    return sa.select(*columns).select_from(joined).where(*active)


def _supplement(asker: Asker) -> Any:
    """What the family is to bring: for its application as a whole, or for one item."""
    filings = d.filings
    step = sa.literal(str(_("申请材料待补正")))
    joined = filings.join(t.cases, t.cases.c.id == filings.c.case_id)
    as_whole = sa.select(*_columns(filings.c.case_id, step, filings.c.filed_at)).select_from(joined)
    as_whole = as_whole.where(filings.c.status == "supplement", visible_cases(asker.person))
    return sa.union_all(
        as_whole, _items(asker, "supplement", sa.literal(str(_("事项材料待补正"))), d.items.c.started_at)
    )


def _offline(asker: Asker) -> Any:
    return _items(asker, "offline", sa.literal(str(_("转线下办理"))), d.items.c.ended_at)


def _items(asker: Asker, status: str, step: Any, since: Any) -> Any:
    items = d.items
    more: dict[str, Any] = {"item": items.c.code, "department": items.c.department, "due_on": items.c.due_on}
    more |= {"sealed_note": items.c.reason, "sealed_for": items.c.case_id + "." + items.c.code + ".reason"}
    joined = items.join(t.cases, t.cases.c.id == items.c.case_id)
    chosen = [items.c.status == status, visible_cases(asker.person)]
    if not any(asker.person.is_in(prefix) for prefix in EVERY_DEPARTMENT):
        chosen.append(items.c.department.in_(sorted(asker.person.departments)))
    return sa.select(*_columns(items.c.case_id, step, since, **more)).select_from(joined).where(*chosen)


def _deferred(asker: Asker) -> Any:
    materials = d.materials
    columns = _columns(materials.c.case_id, materials.c.name, t.cases.c.opened_at, due_on=materials.c.deferred_until)
    joined = materials.join(t.cases, t.cases.c.id == materials.c.case_id)
    waiting = (materials.c.status == "deferred", t.in_state(t.cases, "open"), visible_cases(asker.person))
    return sa.select(*columns).select_from(joined).where(*waiting)


def _push_failed(asker: Asker) -> Any:
    """Pushes whose carrier has spent its tries. The job names the dispatch in its inputs."""
    outbox, jobs = d.outbox, t.jobs
    is_its_job = sa.and_(jobs.c.case_id == outbox.c.case_id, jobs.c.inputs.contains(outbox.c.id))
    joined = jobs.join(outbox, is_its_job).join(t.cases, t.cases.c.id == outbox.c.case_id)
    more = {"item": outbox.c.item, "team": outbox.c.receiver, "note": sa.cast(jobs.c.attempts, sa.String)}
    query = sa.select(*_columns(outbox.c.case_id, outbox.c.subject, outbox.c.queued_at, **more)).select_from(joined)
    failed = (t.in_state(jobs, "dead"), jobs.c.type == CARRIER, outbox.c.kind == "push", outbox.c.status == "queued")
    return query.where(*failed, visible_cases(asker.person))


def _all_cases(asker: Asker) -> Any:
    columns = _columns(t.cases.c.id, t.cases.c.status, t.cases.c.opened_at)
    return sa.select(*columns).select_from(t.cases).where(visible_cases(asker.person))


QUEUES: Mapping[str, Queue] = {
    "mine": Queue(_("待我办"), _("由您持有、等您办理的任务。"), _mine, True, _ids_mine),
    "claimable": Queue(_("可领取"), _("您的岗位可以领取的任务，先领先办。"), _claimable, True, _ids_claimable),
    "due_soon": Queue(_("即将超期"), _("三个工作日内到期或已经超期的任务。"), _due_soon, has_tasks=True),
    "frozen": Queue(_("冻结中"), _("公安审核未结束，遗体不得火化、款项不得支付。"), _frozen),
    "supplement": Queue(_("待补正"), _("等家属补齐材料的申请和事项。"), _supplement),
    "deferred": Queue(_("容缺待补"), _("先行受理、限期补交的材料。"), _deferred),
    "push_failed": Queue(_("推送失败"), _("多次未送达对方系统，由运维人员重试。"), _push_failed),
    "offline": Queue(_("转线下"), _("须到线下窗口办理的事项。"), _offline),
}
CASES: Mapping[str, Queue] = {"cases": Queue(_("办件查询"), _("您有权查看的全部办件。"), _all_cases)}


def count_queues(connection: sa.Connection, asker: Asker) -> dict[str, int]:
    """How many rows each queue has; one statement."""
    counts = {key: queue.count(asker).scalar_subquery().label(key) for key, queue in QUEUES.items()}
    row = connection.execute(sa.select(*counts.values())).one()
    return dict(zip(counts, row, strict=True))


def today_of(now: Any) -> date:
    return local_date(now)
