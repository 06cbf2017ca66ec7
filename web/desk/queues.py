"""The queues of the desk: all have the same columns, so that one list shows them all.

A row is a thing to see to: an open user task, or what a case waits for. However many rows and cases there are, a list
takes the same few statements, and none of them reads a whole queue that is long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from engine import calendar
from engine import tables as t
from engine.clock import ZONE, local_date, to_text
from engine.prepared import Prepared
from tasks import tables as d
from web.access.people import Person
from web.access.visibility import EVERY_DEPARTMENT, KEPT, visible_cases
from web.desk.gates import in_region, listed_for
from web.desk.parts import Part
from web.desk.words import DUE_SOON, HOLD_SOURCE

CARRIER = "outbox.deliver"
IN_RAIL, IN_LIST = 99, 500  # beyond so many nobody counts: "99+", and a list that one narrows rather than turns over


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and on which day."""

    person: Person
    today: date


@dataclass(frozen=True, slots=True)
class Queue:
    """``label`` is its name; ``hint`` says what to do there. ``has_tasks``: its rows can be claimed."""

    label: LazyString
    hint: LazyString
    parts: Callable[[Asker], list[Part]]
    has_tasks: bool = False

    def count(self, asker: Asker, most: int) -> Any:
        """A number: how many rows there are; each part counts up to ``most``."""
        return sum(part.count(most) for part in self.parts(asker))


# -- the queues ------------------------------------------------------------------------------------------------------


def _tasks(asker: Asker, *where: sa.ColumnElement[bool], has_group: bool = True, listed: Any = None) -> Part:
    """Open user tasks in the person's region, each with its item; ``has_group``: whether they have a group as their
    one candidate. A task is due when it says so itself: what is to be decided on an item, with the item.

    ``listed`` are the rows of a candidate among several: the list is sorted by the moments that stand there."""
    tasks, items = t.user_tasks, d.items
    base = tasks.join(t.cases, t.cases.c.id == tasks.c.case_id)
    if listed is not None:
        base = listed.join(base, tasks.c.id == listed.c.user_task_id)
    start = sa.func.length(tasks.c.facts_path) - sa.func.length(items.c.code)
    is_about = sa.func.substr(tasks.c.facts_path, start) == sa.literal(".") + items.c.code  # decisions.<item>
    source = base.outerjoin(items, sa.and_(items.c.case_id == tasks.c.case_id, is_about))
    moments = tasks.c if listed is None else listed.c
    more: dict[str, Any] = {"task_id": tasks.c.id, "item": items.c.code, "holder": tasks.c.assignee}
    more |= {"team": tasks.c.candidate_group, "due_on": moments.due_at, "form_id": tasks.c.form_id}
    more["department"] = tasks.c.candidate_group if has_group else items.c.department
    at_work = (t.in_state(tasks, "open"), in_region(asker.person), *where)
    base = base if has_group else source
    return Part(base, at_work, tasks.c.case_id, tasks.c.name, moments.created_at, more, source)


def _of_groups(
    asker: Asker, *where: sa.ColumnElement[bool], until: str = "", of_families: bool | None = None
) -> list[Part]:
    """What the person's groups may do, due before ``until`` if given: a part for each group that is a task's only
    candidate, and one for each that is among several, since each has its place in an index. ``of_families``: only
    what a family may do as well, or only the rest."""
    tasks, groups = t.user_tasks.c, sorted(asker.person.groups)
    parts = [_tasks(asker, tasks.candidate_group == name, *_before(tasks.due_at, until), *where) for name in groups]
    parts = [] if of_families else parts
    mine = [("user", asker.person.actor_id), *(("group", name) for name in groups)]
    for place, (kind, name) in enumerate(mine):
        listed = t.user_task_candidates.alias(f"listed_{place}")
        theirs = [listed.c.kind == kind, listed.c.name == name, *_before(listed.c.due_at, until)]
        if place:  # a task is shown once
            other = t.user_task_candidates.alias(f"earlier_{place}")
            known = [sa.and_(other.c.kind == kind, other.c.name == name) for kind, name in mine[:place]]
            theirs.append(~sa.exists().where(other.c.user_task_id == listed.c.user_task_id, sa.or_(*known)))
        several = (tasks.candidate_group.is_(None), *theirs, *where)
        for public in (False, True) if of_families is None else (of_families,):
            parts.append(_tasks(asker, listed.c.public.is_(public), *several, has_group=False, listed=listed))
    return parts


def _before(moment: Any, until: str) -> list[sa.ColumnElement[bool]]:
    return [moment < until] if until else []


def _mine(asker: Asker) -> list[Part]:
    held = t.user_tasks.c.assignee == asker.person.actor_id
    group = t.user_tasks.c.candidate_group
    return [_tasks(asker, held, group.is_not(None)), _tasks(asker, held, group.is_(None), has_group=False)]


def _claimable(asker: Asker) -> list[Part]:
    return _of_groups(asker, t.user_tasks.c.assignee.is_(None), of_families=False)


def _for_families(asker: Asker) -> list[Part]:
    return _of_groups(asker, t.user_tasks.c.assignee.is_(None), of_families=True)


def _due_soon(asker: Asker) -> list[Part]:
    """Of the person's groups, whoever holds it; and what the person holds besides, as by a handing on."""
    last = calendar.working_days_after(asker.today, DUE_SOON)
    end = to_text(datetime.combine(last + timedelta(days=1), time(), ZONE))
    soon, group = t.user_tasks.c.due_at < end, t.user_tasks.c.candidate_group
    held = (soon, t.user_tasks.c.assignee == asker.person.actor_id)
    others = _tasks(asker, *held, group.not_in(sorted(asker.person.groups)))
    unlisted = _tasks(asker, *held, group.is_(None), sa.not_(listed_for(asker.person)), has_group=False)
    return [*_of_groups(asker, until=end), others, unlisted]


def _frozen(asker: Asker) -> list[Part]:
    holds = d.holds
    words = sa.case({key: str(value) for key, value in HOLD_SOURCE.items()}, value=holds.c.source, else_=holds.c.source)
    more: dict[str, Any] = {"holder": holds.c.set_by}
    if asker.person.may_read_cause:
        more |= {"sealed_note": holds.c.reason, "sealed_for": holds.c.id + sa.literal(".reason")}
    joined = holds.join(t.cases, t.cases.c.id == holds.c.case_id)
    active = (holds.c.released_at.is_(None), t.in_state(t.cases, "open"), visible_cases(asker.person))
    return [Part(joined, active, holds.c.case_id, words, holds.c.set_at, more)]


def _supplement(asker: Asker) -> list[Part]:
    """What the family is to bring: for its application as a whole, or for one item."""
    filings = d.filings
    step = sa.literal(str(_("申请材料待补正")))
    joined = filings.join(t.cases, t.cases.c.id == filings.c.case_id)
    waiting = (t.in_state(filings, "supplement"), visible_cases(asker.person))
    as_whole = Part(joined, waiting, filings.c.case_id, step, filings.c.filed_at, {})
    return [as_whole, _items(asker, "supplement", sa.literal(str(_("事项材料待补正"))), d.items.c.started_at)]


def _offline(asker: Asker) -> list[Part]:
    return [_items(asker, "offline", sa.literal(str(_("转线下办理"))), d.items.c.ended_at)]


def _items(asker: Asker, status: str, step: Any, since: Any) -> Part:
    items = d.items
    more: dict[str, Any] = {"item": items.c.code, "department": items.c.department, "due_on": items.c.due_on}
    more |= {"sealed_note": items.c.reason, "sealed_for": items.c.case_id + "." + items.c.code + ".reason"}
    joined = items.join(t.cases, t.cases.c.id == items.c.case_id)
    chosen = [t.in_state(items, status), visible_cases(asker.person)]
    if not any(asker.person.is_in(prefix) for prefix in EVERY_DEPARTMENT):
        chosen.append(items.c.department.in_(sorted(asker.person.departments)))
    return Part(joined, tuple(chosen), items.c.case_id, step, since, more)


def _deferred(asker: Asker) -> list[Part]:
    materials = d.materials
    joined = materials.join(t.cases, t.cases.c.id == materials.c.case_id)
    waiting = (t.in_state(materials, "deferred"), t.in_state(t.cases, "open"), visible_cases(asker.person))
    more = {"due_on": materials.c.deferred_until}
    return [Part(joined, waiting, materials.c.case_id, materials.c.name, t.cases.c.opened_at, more)]


def _push_failed(asker: Asker) -> list[Part]:
    """Pushes whose carrier has spent its tries. The job names the dispatch in its inputs."""
    outbox, jobs = d.outbox, t.jobs
    is_its_job = sa.and_(jobs.c.case_id == outbox.c.case_id, jobs.c.inputs.contains(outbox.c.id))
    joined = jobs.join(outbox, is_its_job).join(t.cases, t.cases.c.id == outbox.c.case_id)
    more = {"item": outbox.c.item, "team": outbox.c.receiver, "note": sa.cast(jobs.c.attempts, sa.String)}
    failed = (t.in_state(jobs, "dead"), jobs.c.type == CARRIER, outbox.c.kind == "push", outbox.c.status == "queued")
    chosen = (*failed, visible_cases(asker.person))
    return [Part(joined, chosen, outbox.c.case_id, outbox.c.subject, outbox.c.queued_at, more)]


def _all_cases(asker: Asker) -> list[Part]:
    cases = t.cases
    return [Part(cases, (visible_cases(asker.person),), cases.c.id, cases.c.status, cases.c.opened_at, {})]


QUEUES: Mapping[str, Queue] = {
    "mine": Queue(_("待我办"), _("由您持有、等您办理的任务。"), _mine, has_tasks=True),
    "claimable": Queue(_("可领取"), _("您的岗位可以领取的任务，先领先办。"), _claimable, has_tasks=True),
    "for_families": Queue(
        _("等家属办理"), _("等家属自己办理的步骤；家属来窗口的，领取后代办。"), _for_families, has_tasks=True
    ),
    "due_soon": Queue(_("即将超期"), _("三个工作日内到期或已经超期的任务。"), _due_soon, has_tasks=True),
    "frozen": Queue(_("冻结中"), _("公安审核未结束，遗体不得火化、款项不得支付。"), _frozen),
    "supplement": Queue(_("待补正"), _("等家属补齐材料的申请和事项。"), _supplement),
    "deferred": Queue(_("材料待补"), _("先行受理、限期补交的材料。"), _deferred),
    "push_failed": Queue(_("推送失败"), _("多次未送达对方系统，由运维人员重试。"), _push_failed),
    "offline": Queue(_("转线下"), _("须到线下窗口办理的事项。"), _offline),
}
CASES: Mapping[str, Queue] = {"cases": Queue(_("办件查询"), _("您有权查看的全部办件。"), _all_cases)}


def count_queues(connection: sa.Connection, asker: Asker, at_hand: str = "") -> dict[str, int]:
    """How many rows each queue has; one statement. Where there are more than ``IN_RAIL``, or ``IN_LIST`` in the queue
    ``at_hand``, it is one more than that."""
    row = _counting(asker, at_hand).first(connection)
    return dict(zip(QUEUES, row, strict=True))


@lru_cache(maxsize=KEPT)
def _counting(asker: Asker, at_hand: str) -> Prepared:
    bounds = {key: 1 + (IN_LIST if key == at_hand else IN_RAIL) for key in QUEUES}
    counts = [queue.count(asker, bounds[key]).label(key) for key, queue in QUEUES.items()]
    return Prepared(sa.select(*counts), with_lists=True)


def today_of(now: Any) -> date:
    return local_date(now)
