"""Steps, receivers and contents by the names that diagrams and pages give them; their ids stand beside, for the log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from flask_babel import lazy_gettext as _

from engine.runtime import Runtime
from tasks.notices import TITLES
from web.desk import words
from web.desk.timeline import name_anywhere, process_name, step_name

KINDS = {"job_retries_spent": _("自动重试已用完"), "feel": _("表达式不能计算"), "text": _("文书模板不能填写")}


def name_steps(connection: sa.Connection, runtime: Runtime, rows: Iterable[Any]) -> dict[str, str]:
    """What the diagrams call the steps of incidents, jobs or timers (rows with ``case_release``), by the rows' ids."""
    named = {}
    for row in rows:
        release = runtime.releases.get(connection, row.case_release)
        process_id = getattr(row, "process_id", "")
        step = step_name(release, process_id, row.element_id) if process_id else name_anywhere(release, row.element_id)
        named[row.id] = f"{process_name(release, process_id)} · {step}" if process_id else step
    return named


def name_dispatches(connection: sa.Connection, runtime: Runtime, rows: Iterable[Any]) -> dict[str, tuple[str, str]]:
    """Whom each row of the outbox is for, and what it tells, by the rows' ids."""
    named = {}
    for row in rows:
        manifest = runtime.releases.get(connection, row.case_release).manifest
        told = words.say(words.PUSH, row.subject) if row.kind == "push" else TITLES.get(row.subject, row.subject)
        about = words.item_name(manifest, row.item)
        named[row.id] = (words.receiver_name(manifest, row.receiver), f"{told}：{about}" if about else told)
    return named
