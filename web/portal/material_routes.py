"""Materials: each document once, with the items that it serves, and a page to provide it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import abort, flash, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

import forms
from engine import cases, inbox
from engine.errors import InvalidInput, RuleViolation
from forms.files import MAX_BYTES, MAX_FILES
from web.access.policy import allow, family_case, takes_files
from web.access.turning import see_other
from web.portal.blueprint import blueprint
from web.portal.onward import after_submit
from web.portal.opened import OpenTask, open_task
from web.portal.progress import day_of
from web.portal.uploads import keep_sent, own_uploads
from web.services import services

FORM = "provide_materials"
LIST = "materials"


@dataclass(frozen=True)
class Document:
    """One document of the list: what is known of it, and how the family provides it (``how`` "" until it says)."""

    place: int
    code: str
    name: str
    items_text: str
    note: str
    status: str
    is_asked: bool
    original: bool
    how: str
    files: tuple[str, ...]
    ways: tuple[forms.Option, ...]

    @property
    def is_for_window(self) -> bool:
        """Whether it can only be shown at the window."""
        return [option.value for option in self.ways] == ["bring_original"]

    @property
    def is_settled(self) -> bool:
        return bool(self.how) and (self.how != "upload" or bool(self.files))


@dataclass(frozen=True)
class Checklist:
    """The open task with its documents."""

    task: OpenTask
    documents: tuple[Document, ...]

    @property
    def asked(self) -> list[Document]:
        return [one for one in self.documents if one.is_asked]

    @property
    def held(self) -> list[Document]:
        return [one for one in self.documents if not one.is_asked]

    @property
    def settled(self) -> int:
        return sum(one.is_settled for one in self.asked)

    @property
    def is_late(self) -> bool:
        """Whether the application has been accepted, and waits for what it was accepted without."""
        return self.task.is_late

    @property
    def due(self) -> date | None:
        """The last day to bring what is late."""
        return day_of(self.task.row.due_at)

    @property
    def is_for_window(self) -> bool:
        """Whether all that is asked is to be shown at the window, so that nothing can be handed in here."""
        return all(one.is_for_window for one in self.asked)

    @property
    def can_submit(self) -> bool:
        """Every document has a way; late, something new must have come besides."""
        has_come = not self.is_late or any(one.how == "upload" for one in self.asked)
        return has_come and self.settled == len(self.asked)

    def find(self, code: str) -> Document:
        found = next((one for one in self.asked if one.code == code), None)
        if found is None:
            abort(404)
        return found


def open_checklist(user_task_id: str) -> Checklist:
    """404 for a task that is no list of materials, or not the family's."""
    task = open_task(user_task_id)
    if task.form.id != FORM:
        abort(404)
    rows = task.context.get(LIST) or []
    said = task.draft.get(LIST) or []
    shown = _shown(task, said)
    return Checklist(
        task,
        tuple(
            _document(task, place, row, said[place] if place < len(said) else {}, shown.get(f"{LIST}[{place}].how"))
            for place, row in enumerate(rows)
            if isinstance(row, Mapping)
        ),
    )


@blueprint.get("/my/tasks/<user_task_id>/materials")
@allow(family_case)
def materials(user_task_id: str) -> str:
    """The list: what the system has, what the family provides, how far it is."""
    listed = open_checklist(user_task_id)
    return render_template("portal/materials.html", listed=listed)


@blueprint.get("/my/tasks/<user_task_id>/materials/<code>")
@allow(family_case)
def material(user_task_id: str, code: str) -> str:
    """One document."""
    listed = open_checklist(user_task_id)
    return _show(listed, listed.find(code), listed.find(code).how, "")


@blueprint.post("/my/tasks/<user_task_id>/materials/<code>")
@allow(family_case)
@takes_files
def material_saved(user_task_id: str, code: str) -> Response | tuple[str, int]:
    """Keep the way in which the family provides a document, and the files that it sends."""
    listed = open_checklist(user_task_id)
    document = listed.find(code)
    how = request.form.get("how", "")
    if how not in [option.value for option in document.ways]:
        return _show(listed, document, "", _("请选择怎样提供这份材料。")), 422
    kept = [key for key in request.form.getlist("kept") if key in document.files]
    try:
        added = _store(listed.task) if how == "upload" else []
    except InvalidInput as error:
        return _show(listed, document, how, "；".join(error.fields.get("file", [str(error)]))), 422
    files = [*kept, *added][:MAX_FILES]
    _keep(listed, document, {"how": how, "files": files if how == "upload" else []})
    if how == "upload" and not files:
        return _show(listed, document, how, _("请先选择照片或文件，再保存。")), 422
    return see_other(url_for("portal.materials", user_task_id=user_task_id, _anchor=f"m-{_after(listed, document)}"))


@blueprint.post("/my/tasks/<user_task_id>/materials")
@allow(family_case)
def materials_submitted(user_task_id: str) -> Response:
    """Hand the list in, once every document has a way."""
    listed, own = open_checklist(user_task_id), services()
    task = listed.task
    here = url_for("portal.materials", user_task_id=user_task_id)
    if listed.settled < len(listed.asked):
        flash(_("还有材料没有选择怎样提供。"), "warning")
        return see_other(here)
    named = [key for one in listed.asked for key in one.files]
    uploads = own_uploads(task, named)
    try:
        cases.complete_user_task(own.runtime, task.actor, task.id, _rows(listed), uploads=uploads)
    except InvalidInput as error:
        flash("；".join(line for lines in error.fields.values() for line in lines), "error")
        return see_other(here)
    except RuleViolation as error:
        flash(str(error), "error")
        return see_other(here)
    return after_submit(task)


# -- reading and writing ---------------------------------------------------------------------------------------------


def _plain_names(task: OpenTask, row: Mapping[str, Any]) -> list[str]:
    known = task.release.manifest.items
    return [known[code].plain for code in row.get("items") or () if code in known]


def _document(task: OpenTask, place: int, row: Mapping[str, Any], said: Any, how: forms.Shown | None) -> Document:
    told = said if isinstance(said, Mapping) else {}
    chosen = told.get("how") or row.get("how") or ""
    return Document(
        place,
        str(row.get("code") or place),
        str(row.get("name") or ""),
        "、".join(_plain_names(task, row)) or str(row.get("items_text") or ""),
        str(row.get("note") or ""),
        str(row.get("status") or ""),
        how is not None,
        bool(row.get("original")),
        str(chosen) if how is not None else "",
        tuple(key for key in told.get("files") or row.get("files") or () if isinstance(key, str)),
        how.options if how is not None else (),
    )


def _shown(task: OpenTask, said: Any) -> dict[str, forms.Shown]:
    """The form as it stands: only documents whose way is asked for are the family's to provide."""
    own = services()
    values = {LIST: said} if said else None
    shown = forms.show(task.form, task.context, own.runtime.feel, values, own.clock.now())
    return {one.key: one for one in shown}


def _store(task: OpenTask) -> list[str]:
    """Keep the files that were sent, chosen or photographed."""
    sent = [one for name in ("files", "camera") for one in request.files.getlist(name) if one.filename]
    return [keep_sent(task, one) for one in sent]


def _rows(listed: Checklist, changed: Mapping[int, Mapping[str, Any]] | None = None) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    for one in listed.documents:
        told: Mapping[str, Any] = {"how": one.how, "files": list(one.files)} if one.how else {}
        told = (changed or {}).get(one.place, told)
        is_uploaded = told.get("how") == "upload"
        rows.append({name: value for name, value in told.items() if name == "how" or (is_uploaded and value)})
    return {LIST: rows}


def _keep(listed: Checklist, document: Document, told: Mapping[str, Any]) -> None:
    values = _rows(listed, {document.place: told})
    inbox.save_draft(services().runtime, listed.task.actor, listed.task.id, values)


def _after(listed: Checklist, document: Document) -> str:
    """The document to look at next: the first that is not settled."""
    waiting = [one.code for one in listed.asked if not one.is_settled and one.code != document.code]
    return waiting[0] if waiting else "submit"


def _show(listed: Checklist, document: Document, how: str, fault: str) -> str:
    kept = own_uploads(listed.task, document.files)
    return render_template(
        "portal/material.html", listed=listed, document=document, how=how, fault=fault, kept=kept, most=MAX_BYTES >> 20
    )
