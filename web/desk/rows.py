"""The rows of a list as the page shows them: names for codes, masks, the time that is left, what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext as _

from engine import tables as t
from engine.clock import from_text, local_date
from engine.runtime import Runtime
from engine.sealing import Sealer
from tasks import tables as d
from web.access.people import Person
from web.desk import words
from web.desk.masks import Deceased, open_sealed, show_deceased


@dataclass(frozen=True, slots=True)
class Row:
    """``claim`` is where the button posts that takes the task, "" where there is nothing to take."""

    case_id: str
    task_id: str
    deceased: Deceased
    code: str
    case_url: str
    item: str
    step: str
    note: str
    holder: str
    team: str
    due: str
    due_on: date | None
    tone: str
    since: str
    is_frozen: bool
    action: str
    url: str
    claim: str = ""


def show_rows(
    connection: sa.Connection,
    runtime: Runtime,
    person: Person,
    queue: str,
    found: Iterable[Any],
    today: date,
    back: str,
) -> list[Row]:
    """Three statements more, however many rows: the holders, the pauses that stand, the groups of many candidates."""
    rows = list(found)
    people = names_of(connection, {row.holder for row in rows})
    standing = _standing(connection, {row.case_id for row in rows})
    teams = teams_of(connection, {row.task_id for row in rows if row.task_id and row.team is None})
    shown = []
    for row in rows:
        stands = bool({None, row.item} & standing.get(row.case_id, set()))
        shown.append(_show(connection, runtime, person, queue, row, today, back, people, teams, stands=stands))
    return shown


def names_of(connection: sa.Connection, logins: Iterable[str | None]) -> dict[str, str]:
    """What people are called, by how the engine names them; the engine's own actors too."""
    wanted = sorted({login for login in logins if login})
    found = {login: str(name) for login, name in words.SYSTEM_ACTORS.items()}
    if wanted:
        rows = connection.execute(sa.select(t.users.c.login, t.users.c.name).where(t.users.c.login.in_(wanted)))
        found |= {row.login: row.name for row in rows}
    return found | {login: str(_("申请人")) for login in wanted if login.startswith("family:")}


def _standing(connection: sa.Connection, case_ids: set[str]) -> dict[str, set[str | None]]:
    """By case, the items whose clock stands; None for the whole case."""
    c = d.pauses.c
    found: dict[str, set[str | None]] = {}
    query = sa.select(c.case_id, c.item).where(c.case_id.in_(sorted(case_ids)), c.ended_at.is_(None))
    for row in connection.execute(query):
        found.setdefault(row.case_id, set()).add(row.item)
    return found


def teams_of(connection: sa.Connection, task_ids: set[str]) -> dict[str, list[str]]:
    """The groups of the tasks that have several."""
    listed = t.user_task_candidates.c
    found: dict[str, list[str]] = {}
    query = sa.select(listed.user_task_id, listed.name).where(listed.kind == "group")
    for row in connection.execute(query.where(listed.user_task_id.in_(sorted(task_ids))).order_by(listed.name)):
        found.setdefault(row.user_task_id, []).append(row.name)
    return found


def _show(
    connection: sa.Connection,
    runtime: Runtime,
    person: Person,
    queue: str,
    row: Any,
    today: date,
    back: str,
    people: dict[str, str],
    teams: dict[str, list[str]],
    *,
    stands: bool,
) -> Row:
    manifest = runtime.releases.get(connection, row.release_id).manifest
    due_on = _day(row.due_on) if row.due_on else None
    due, tone = words.due_words(due_on, today, stands=stands and bool(row.task_id or row.item))
    case_url = url_for("desk.case", code=row.code)
    step, team, action, url, claim = row.step, words.group_name(manifest, row.team), _("查看办件"), case_url, ""
    note = row.note or _open_note(runtime.sealer, row)
    if row.task_id:
        team = team or "、".join(words.group_name(manifest, group) for group in teams.get(row.task_id, ()))
        url = url_for("desk.user_task", user_task_id=row.task_id, back=back)
        action = _("办理") if row.holder == person.actor_id else _("查看")
        if row.holder is None:
            action, claim = _("领取并办理"), url_for("desk.claim", user_task_id=row.task_id, back=back)
    elif queue == "deferred":
        action, url = _("查看材料"), url_for("desk.case", code=row.code, tab="materials")
    elif queue == "push_failed":
        step, team = words.say(words.PUSH, row.step), words.receiver_name(manifest, row.team)
        note = _("已试%(num)s次，对方没有接收", num=row.note)
        action, url = _("查看推送"), url_for("desk.case", code=row.code, tab="pushes")
    elif queue == "cases":
        step = words.say(words.CASE, row.step)
    return Row(
        case_id=row.case_id,
        task_id=row.task_id or "",
        deceased=show_deceased(open_sealed(runtime.sealer, row)),
        code=row.code,
        case_url=case_url,
        item=words.item_name(manifest, row.item),
        step=step,
        note=note,
        holder=words.actor_name(manifest, people, row.holder),
        team=team,
        due=due,
        due_on=due_on,
        tone=tone,
        since=row.since or "",
        is_frozen=bool(row.is_frozen) and queue != "frozen",
        action=action,
        url=url,
        claim=claim,
    )


def _day(due: str) -> date:
    """Of a day or a moment."""
    return local_date(from_text(due)) if "T" in due else date.fromisoformat(due)


def _open_note(sealer: Sealer, row: Any) -> str:
    return str(sealer.open(bytes(row.sealed_note), row.sealed_for)) if row.sealed_note is not None else ""
