"""What happened to a case, in words: the lines of its audit, the newest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson
import sqlalchemy as sa
from flask_babel import gettext as _

from engine import audit
from engine import tables as t
from engine.loaded import LoadedRelease
from engine.sealing import Sealer
from tasks import tables as d
from web.desk import words
from web.desk.rows import names_of

PAGE = 50
_QUIET = ("reseal", "draft")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: when, who, did what, to which step; ``note`` is the reason that was given."""

    at: str
    who: str
    verb: str
    step: str
    process: str
    note: str
    tone: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Timeline:
    """One page of it."""

    entries: list[Entry]
    page: int
    pages: int


def read_timeline(
    connection: sa.Connection, sealer: Sealer, release: LoadedRelease, case_id: str, page: int
) -> Timeline:
    """Four statements, and one more where originals were verified. Drafts are left out: nothing has happened."""
    c = t.audit.c
    where = (c.case_id == case_id, c.verb.not_in(_QUIET))
    total = connection.execute(sa.select(sa.func.count()).select_from(t.audit).where(*where)).scalar_one()
    query = sa.select(t.audit).where(*where).order_by(c.seq.desc()).limit(PAGE).offset((page - 1) * PAGE)
    rows = connection.execute(query).all()
    told = [orjson.loads(row.detail).get("to") for row in rows if row.verb == "reassign"]
    names = names_of(connection, [*(row.actor for row in rows), *told])
    documents = _documents(connection, case_id) if any(row.verb == "verify" for row in rows) else {}
    notes = audit.notes_of(connection, sealer, case_id)
    entries = _together([_entry(release, row, names, documents, notes.get(row.seq, "")) for row in rows])
    return Timeline(entries, page, max(1, -(-total // PAGE)))


def _together(entries: list[Entry]) -> list[Entry]:
    """What happened several times in the same minute is one line: nine watched deadlines tell no more than one."""
    shown: list[Entry] = []
    for entry in entries:
        last = shown[-1] if shown else None
        if last and (last.at[:16], replace(last, at="", times=1)) == (entry.at[:16], replace(entry, at="")):
            shown[-1] = replace(last, times=last.times + 1)
        else:
            shown.append(entry)
    return shown


def _documents(connection: sa.Connection, case_id: str) -> dict[str, str]:
    """The names of a case's documents by code."""
    c = d.materials.c
    return {row.code: row.name for row in connection.execute(sa.select(c.code, c.name).where(c.case_id == case_id))}


def _entry(
    release: LoadedRelease, row: Any, names: Mapping[str, str], documents: Mapping[str, str], note: str
) -> Entry:
    process_id, _slash, element_id = row.subject.partition("/")
    detail = orjson.loads(row.detail)
    step, process = step_name(release, process_id, element_id), process_name(release, process_id)
    if row.verb == "message":
        declared = release.manifest.messages.get(row.subject)
        step, process = declared.name if declared else row.subject, ""
    elif row.verb == "timer":
        step, process = name_anywhere(release, row.subject), ""
    elif not element_id:
        step, process = ("", "") if row.subject == "case" else (process, "")
    if row.verb == "verify":
        step, note = "", "、".join(documents.get(code, code) for code in detail.get("materials", ()))
    if row.verb == "reassign":
        to = detail.get("to")
        note = _(
            "转给%(name)s：%(reason)s", name=words.actor_name(release.manifest, names, to) or _("本岗位"), reason=note
        )
    tone = {"job failed": "bad", "job error": "warn", "cancel": "bad", "complete": "good"}.get(row.verb, "calm")
    who = words.actor_name(release.manifest, names, row.actor)
    return Entry(row.at, who, words.say(words.VERB, row.verb), step, process, note, tone)


def step_name(release: LoadedRelease, process_id: str, element_id: str) -> str:
    """What the diagram calls an element; its id where it has no name."""
    element = release.processes.element(process_id, element_id)
    name = getattr(element, "bpmn_name", None)
    return str(name or element_id)


def name_anywhere(release: LoadedRelease, element_id: str) -> str:
    """The name of an element of which the process was not noted, from the first diagram that has it."""
    homes = (spec for spec in release.processes.specs.values() if element_id in spec.task_specs)
    spec = next(homes, None)
    return step_name(release, spec.process_id, element_id) if spec is not None else element_id


def process_name(release: LoadedRelease, process_id: str) -> str:
    """What the diagram calls a process."""
    spec = release.processes.specs.get(process_id)
    return str(getattr(spec, "description", "") or process_id) if spec is not None else process_id
