"""An open user task as its page needs it: the form, what it is shown with, the draft. Read without the case's lock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

import forms
from engine.facts import Facts
from engine.loaded import LoadedRelease
from engine.runtime import Runtime
from forms.values import get_at
from tasks import gaps
from tasks import tables as d
from web.desk.words import MATERIAL_TONE


@dataclass(frozen=True, slots=True)
class Opened:
    """``context`` is what the engine will judge the submission with, ``known`` what lies in the file already."""

    release: LoadedRelease
    form: forms.Form
    context: Mapping[str, Any]
    known: Mapping[str, Any]
    draft: Mapping[str, Any] | None
    sealed: Mapping[str, Any]

    def sources(self, words: str) -> dict[str, str]:
        """The form's single fields that the file fills in, each with ``words``."""
        filled = {key: get_at(self.known, field.path) for key, field in self.form.fields.items() if not field.lists}
        return {key: words for key, value in filled.items() if value not in (None, "", [], {}, False)}


def open_task(runtime: Runtime, user_task: Any, case: Any) -> Opened:
    """The form of an open task of ``case``, as ``engine.inbox.form_context`` lays it out."""
    release = runtime.releases.open(runtime.database, case.release_id)
    form = release.form(user_task.form_id)
    facts = Facts(case.id, case.facts, case.sealed, runtime.sealer)
    known = facts.at(user_task.facts_path, with_sealed=form.has_sensitive)
    context = {**known, **orjson.loads(user_task.locals), "case": facts.open, "switches": release.switches}
    draft = runtime.sealer.open(bytes(user_task.draft), user_task.id) if user_task.draft else None
    return Opened(release, form, context, known, draft, facts.sealed)


@dataclass(frozen=True, slots=True)
class Material:
    """A document of the case with its files; ``items`` are the codes of those that it serves."""

    id: str
    code: str
    name: str
    items: tuple[str, ...]
    source: str
    medium: str
    original: bool
    status: str
    tone: str
    note: str
    deferred_until: str
    verified_at: str
    verified_by: str
    filing: str
    files: tuple[Any, ...]


def read_materials(connection: sa.Connection, case_id: str) -> list[Material]:
    """The documents of a case by application; two statements. What is no longer asked for is left out."""
    m, f = d.materials, d.files
    by_material: dict[str | None, list[Any]] = {}
    for row in connection.execute(sa.select(f).where(f.c.case_id == case_id).order_by(f.c.uploaded_at, f.c.id)):
        by_material.setdefault(row.material_id, []).append(row)
    query = sa.select(m, d.filings.c.name.label("filing")).join(d.filings, d.filings.c.id == m.c.filing_id)
    rows = connection.execute(
        query.where(m.c.case_id == case_id, m.c.status != "waived").order_by(d.filings.c.name, m.c.code)
    )
    return [
        Material(
            id=row.id,
            code=row.code,
            name=row.name,
            items=tuple(orjson.loads(row.items)),
            source=row.source,
            medium=row.medium,
            original=bool(row.original),
            status="to_show" if row.status == "deferred" and row.medium == gaps.ORIGINAL else row.status,
            tone=MATERIAL_TONE.get(row.status, "calm"),
            note=row.note or "",
            deferred_until=row.deferred_until or "",
            verified_at=row.verified_at or "",
            verified_by=row.verified_by or "",
            filing=row.filing,
            files=tuple(by_material.get(row.id, ())),
        )
        for row in rows
    ]


def loose_files(connection: sa.Connection, case_id: str) -> list[Any]:
    """Files that belong to the case and to no document of an application: rulings, opinions, photographs."""
    f = d.files.c
    query = sa.select(d.files).where(f.case_id == case_id, f.material_id.is_(None)).order_by(f.uploaded_at, f.id)
    return list(connection.execute(query))
