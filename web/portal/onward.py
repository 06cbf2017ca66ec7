"""Where a family goes when it has done a step: the next of its steps, or the page that says what happens now."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from engine import db
from web.access.turning import see_other
from web.portal import parties
from web.portal.opened import OpenTask
from web.services import services

STEPS = ("application", "provide_materials", "commitment")
"""The forms that are filled in one after the other before an application is complete."""
ENDED = {"evaluation": "evaluated", "supplement_item": "supplemented", "correct_account": "corrected"}


def after_submit(task: OpenTask) -> Response:
    """On from a step that was handed in."""
    if task.is_late and task.form.id in STEPS:
        return see_other(url_for("portal.case", case_id=task.case.id, done="supplemented"))
    with db.reading(services().database) as connection:
        rows = parties.applicant_tasks(connection, task.case.id, frozenset({task.filing}))
    following = next((row for row in rows if row.form_id in STEPS), None)
    if task.form.id in STEPS and following is not None:
        return see_other(url_for("portal.task", user_task_id=following.id))
    if task.form.id in STEPS:
        return see_other(url_for("portal.confirmation", case_id=task.case.id, filing=task.filing))
    return see_other(url_for("portal.case", case_id=task.case.id, done=ENDED.get(task.form.id)))
