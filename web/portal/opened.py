"""A family's user task, opened: its form with what is known and typed so far. Whoever has no part in it gets 404."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import abort, flash, url_for
from flask_babel import gettext as _

import forms
from engine import db, inbox
from engine import tables as t
from engine.actors import Actor
from engine.execution import execute
from engine.loaded import LoadedRelease
from engine.unit import Unit
from tasks import commitments, filings
from tasks import tables as d
from tasks.command import connection_of
from web.access import current
from web.access.turning import see_other
from web.portal import parties
from web.services import services


@dataclass(frozen=True)
class OpenTask:
    """``context`` is what the engine shows the form with, ``draft`` what was typed and not yet handed in."""

    id: str
    case: Any
    row: Any
    filing: str
    actor: Actor
    release: LoadedRelease
    form: forms.Form
    context: Mapping[str, Any]
    draft: dict[str, Any]
    letter: str
    sent_back: str  # what the window asks for, where it has sent the application back
    is_late: bool  # the application has been accepted: what it still lacks is brought

    @property
    def item(self) -> str:
        """The plain name of the one item that the task is about; "" for what concerns the whole application."""
        code = self.context.get("item")
        found = self.release.manifest.items.get(code) if isinstance(code, str) else None
        return found.plain if found else ""


def items_on_case(task: OpenTask) -> list[str]:
    """The plain names of what is on the case already, by whomever it came there: it is not taken up twice (C-26)."""
    with db.reading(services().database) as connection:
        query = sa.select(d.items.c.code).where(d.items.c.case_id == task.case.id)
        there = set(connection.execute(query).scalars())
    return [item.plain for code, item in task.release.manifest.items.items() if code in there]


def open_task(user_task_id: str) -> OpenTask:
    """The task, if it is the signed-in family's to do; the page of the case instead where it is done or held.

    Ownership is asked before the engine is: another family's task is 404, whatever its state.
    """
    own, person, case = services(), current.person(), current.case()
    if person is None or person.kind != "family":
        abort(404)
    with db.reading(own.database) as connection:
        row = connection.execute(sa.select(t.user_tasks).where(t.user_tasks.c.id == user_task_id)).first()
        filing = parties.filing_of(connection, row) if row is not None else None
        if row is None or filing not in parties.filings_of(connection, case.id, person.id):
            abort(404)
        concerns = row.status != "open" or row.id in {
            one.id for one in parties.applicant_tasks(connection, case.id, frozenset({filing}))
        }
    if not concerns:
        abort(404)
    actor = person.act(region=case.region)
    if row.status != "open" or row.assignee not in (None, actor.id):
        flash(_("这一步已经办过了。") if row.status != "open" else _("窗口工作人员正在替您办这一步，请稍后再看。"))
        abort(see_other(url_for("portal.case", case_id=case.id)))
    assert filing is not None

    def read(unit: Unit) -> OpenTask:
        held = inbox.lock_open(unit, user_task_id)
        form = unit.release.form(held.form_id)
        draft = unit.sealer.open(bytes(held.draft), held.id) if held.draft else {}
        letter = commitments.letter_text(unit, case.id, filing) if held.form_id == "commitment" else ""
        context = inbox.form_context(unit, form, held)
        said = unit.record.at(f"filings.{filing}.acceptance", with_sealed=True)
        sent_back = str(said.get("reason") or "") if said.get("decision") == "supplement" else ""
        stored = filings.find_filing(connection_of(unit), case.id, filing)
        is_late = stored is not None and stored.status == "accepted"
        return OpenTask(
            held.id, case, row, filing, actor, unit.release, form, context, draft, letter, sent_back, is_late
        )

    return execute(own.runtime, actor, read)
