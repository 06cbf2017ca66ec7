"""The item board: a row for each item of a case, with whoever holds it, its end and its money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _

from engine import tables as t
from engine.pack_schema import Manifest
from engine.sealing import Sealer
from tasks import tables as d
from tasks.items import FINAL, reason_of
from web.desk import words
from web.desk.rows import names_of, teams_of


@dataclass(frozen=True, slots=True)
class Line:
    """One item. ``task_id`` is that of its open task, "" where none waits for a person."""

    code: str
    name: str
    plain: str
    department: str
    status: str
    tone: str
    holder: str
    task_id: str
    step: str
    due_on: str
    due: str
    due_tone: str
    result: str
    payee: str
    amount: str
    filing: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open task of the case, of an item or not; ``is_open_to_me`` whether one may do it oneself."""

    id: str
    name: str
    item: str
    process_id: str
    element_id: str
    holder: str
    team: str
    since: str
    is_mine: bool
    is_open_to_me: bool


def read_board(connection: sa.Connection, sealer: Sealer, manifest: Manifest, case_id: str, today: date) -> list[Line]:
    """Five statements, however many items."""
    items = connection.execute(
        sa.select(d.items, d.filings.c.name.label("filing"))
        .select_from(d.items.outerjoin(d.filings, d.filings.c.id == d.items.c.filing_id))
        .where(d.items.c.case_id == case_id)
        .order_by(d.items.c.code)
    ).all()
    open_tasks = {code: row for row in _open_tasks(connection, case_id) if (code := row.facts_path.rpartition(".")[2])}
    p = d.payments.c
    paid = connection.execute(sa.select(d.payments).where(p.case_id == case_id).order_by(p.ordered_at)).all()
    payments = {row.item: row for row in paid}
    standing = _standing(connection, case_id)
    names = names_of(connection, [*(row.assignee for row in open_tasks.values()), *(row.ended_by for row in items)])
    order = {code: place for place, code in enumerate(manifest.items)}
    shown = [
        _line(sealer, manifest, row, open_tasks.get(row.code), payments.get(row.code), names, standing, today)
        for row in items
    ]
    return sorted(shown, key=lambda line: order.get(line.code, len(order)))


def _line(
    sealer: Sealer,
    manifest: Manifest,
    row: Any,
    user_task: Any,
    payment: Any,
    names: Mapping[str, str],
    standing: set[str | None],
    today: date,
) -> Line:
    ended = row.status in FINAL
    due, tone = "", ""
    if row.due_on and not ended:
        stands = bool({None, row.code} & standing)
        due, tone = words.due_words(date.fromisoformat(row.due_on), today, stands=stands)
    holder = ""
    if user_task is not None and not ended:
        team = words.group_name(manifest, user_task.candidate_group)
        held = user_task.assignee
        holder = words.actor_name(manifest, names, held) if held else _("%(team)s（待领取）", team=team)
    elif ended and row.ended_by:
        holder = words.actor_name(manifest, names, row.ended_by)
    elif row.status in ("processing", "paying"):
        holder = _("系统办理") if row.handled_by == "system" else ""
    declared = manifest.items.get(row.code)
    return Line(
        code=row.code,
        name=words.item_name(manifest, row.code),
        plain=declared.plain if declared else "",
        department=words.department_name(manifest, row.department),
        status=words.say(words.ITEM, row.status),
        tone=words.ITEM_TONE.get(row.status, "calm"),
        holder=holder,
        task_id=user_task.id if user_task is not None and not ended else "",
        step=user_task.name if user_task is not None and not ended else "",
        due_on=row.due_on or "",
        due=due,
        due_tone=tone,
        result=reason_of(sealer, row),
        payee=_payee(payment),
        amount=words.money(payment.amount_cents if payment is not None else row.amount_cents),
        filing=row.filing or "",
    )


def _payee(payment: Any) -> str:
    if payment is None:
        return ""
    whose = words.say(words.PAYEE, payment.payee_kind)
    state = words.say(words.PAYMENT, payment.status)
    if not payment.account_tail.isascii():  # an account that the department has on record is called by its name
        return str(_("%(whose)s（%(account)s）%(state)s", whose=whose, account=payment.account_tail, state=state))
    return str(_("%(whose)s（尾号%(tail)s）%(state)s", whose=whose, tail=payment.account_tail[-4:], state=state))


def _standing(connection: sa.Connection, case_id: str) -> set[str | None]:
    c = d.pauses.c
    return set(connection.execute(sa.select(c.item).where(c.case_id == case_id, c.ended_at.is_(None))).scalars())


def _open_tasks(connection: sa.Connection, case_id: str) -> list[Any]:
    tasks = t.user_tasks
    query = sa.select(tasks).where(tasks.c.case_id == case_id, t.in_state(tasks, "open"))
    return list(connection.execute(query.order_by(tasks.c.created_at, tasks.c.id)))


def read_waiting(
    connection: sa.Connection, manifest: Manifest, case_id: str, actor_id: str, mine: sa.ColumnElement[bool]
) -> list[Waiting]:
    """The open tasks of a case, oldest first; ``mine`` is the condition that says which concern the reader."""
    rows = _open_tasks(connection, case_id)
    own = sa.select(t.user_tasks.c.id).where(t.user_tasks.c.case_id == case_id, t.in_state(t.user_tasks, "open"), mine)
    open_to_me = set(connection.execute(own).scalars())
    teams = teams_of(connection, {row.id for row in rows})
    names = names_of(connection, [row.assignee for row in rows])
    codes = set(manifest.items)
    return [
        Waiting(
            id=row.id,
            name=row.name,
            item=words.item_name(manifest, code) if (code := row.facts_path.rpartition(".")[2]) in codes else "",
            process_id=row.process_id,
            element_id=row.element_id,
            holder=words.actor_name(manifest, names, row.assignee),
            team="、".join(words.group_name(manifest, name) for name in teams.get(row.id, ()))
            or words.group_name(manifest, row.candidate_group),
            since=row.created_at,
            is_mine=row.assignee == actor_id,
            is_open_to_me=row.id in open_to_me,
        )
        for row in rows
    ]
