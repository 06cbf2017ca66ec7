"""The live diagram of a case: what its tokens and its audit say about every element of one process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import sqlalchemy as sa
from flask import Response, abort, jsonify, url_for

from engine import db
from engine import tables as t
from engine.bpmn import codec
from engine.bpmn.events import BoundaryEvent
from engine.loaded import LoadedRelease
from engine.migration import active_instances
from engine.store import read_blobs
from tasks import tables as d
from web.access import current
from web.access.policy import allow
from web.desk.blueprint import blueprint
from web.desk.board import Waiting, read_waiting
from web.desk.gates import case_by_code, concerns
from web.desk.timeline import process_name, step_name
from web.services import services

DONE, WAITING, HELD, FAILED = "done", "waiting", "held", "failed"
_STRONGER = (DONE, WAITING, HELD, FAILED)


@dataclass(frozen=True, slots=True)
class Step:
    """One element of the diagram that has been passed or where something stands."""

    element_id: str
    name: str
    mark: str
    count: int
    process: str = ""  # of a call: the process that it opens

    @property
    def is_named(self) -> bool:
        """Whether the diagram gives it a name that people can read."""
        return self.name != self.element_id


@dataclass
class Overview:
    """One process of the case; ``processes`` are all those that have begun, by id, with their names."""

    process_id: str
    name: str
    processes: dict[str, str]
    steps: list[Step] = field(default_factory=list)
    open_tasks: list[Waiting] = field(default_factory=list)


def read_overview(
    connection: sa.Connection, case: Any, release: LoadedRelease, process_id: str, waiting: Sequence[Waiting]
) -> Overview:
    """The process asked for, or the one in which the case began. 404 for one that this case has not reached."""
    passed = _passed(connection, case.id)
    standing = _standing(connection, case, release)
    c = t.process_instances.c
    begun = connection.execute(
        sa.select(c.process_id).where(c.case_id == case.id).order_by(c.started_at, c.id)
    ).scalars()
    known = [*begun, *(name for name, _ in standing), *(name for name, _ in passed)]
    processes = {
        name: process_name(release, name) for name in dict.fromkeys(known) if release.processes.is_callable(name)
    }
    chosen = process_id or next(iter(processes), "")
    if chosen not in processes:
        abort(404)
    marks: dict[str, dict[str, int]] = {}
    for (name, element), count in passed.items():
        if name == chosen:
            marks.setdefault(element, {})[DONE] = count
    for (name, element), states in standing.items():
        if name == chosen:
            marks.setdefault(element, {}).update(states)
    steps = [_step(release, chosen, element, found) for element, found in marks.items()]
    open_tasks = [one for one in waiting if one.process_id == chosen]
    return Overview(chosen, processes[chosen], processes, steps, open_tasks)


def _step(release: LoadedRelease, process_id: str, element_id: str, found: dict[str, int]) -> Step:
    mark = max(found, key=_STRONGER.index)
    element = release.processes.element(process_id, element_id)
    called = str(getattr(getattr(element, "extensions", None), "called_process", "") or "")
    return Step(element_id, step_name(release, process_id, element_id), mark, found[mark], called)


def _passed(connection: sa.Connection, case_id: str) -> dict[tuple[str, str], int]:
    """How often each element was passed, by process and element, as the audit noted it."""
    counted: dict[tuple[str, str], int] = {}
    rows = connection.execute(sa.select(t.audit.c.detail).where(t.audit.c.case_id == case_id).order_by(t.audit.c.seq))
    for detail in rows.scalars():
        for place in orjson.loads(detail).get("path", ()):
            process_id, _slash, element_id = place.partition("/")
            counted[process_id, element_id] = counted.get((process_id, element_id), 0) + 1
    return counted


def _standing(connection: sa.Connection, case: Any, release: LoadedRelease) -> dict[tuple[str, str], dict[str, int]]:
    """Where something stands: calls and sub-processes that are open, tasks, jobs, messages and what has failed."""
    held = sa.select(d.holds.c.id).where(d.holds.c.case_id == case.id, d.holds.c.released_at.is_(None)).limit(1)
    is_frozen = connection.execute(held).first() is not None
    found: dict[tuple[str, str], dict[str, int]] = {}
    gates = _gates(connection, case.id) if is_frozen else frozenset()
    for process_id, element_id, token_id in _tokens(connection, case.id, release):
        mark = HELD if token_id in gates else WAITING
        states = found.setdefault((process_id, element_id), {})
        states[mark] = states.get(mark, 0) + 1
    i = t.incidents.c
    failed = sa.select(i.process_id, i.element_id).where(i.case_id == case.id, i.status == "open")
    for row in connection.execute(failed):
        found.setdefault((row.process_id, row.element_id), {})[FAILED] = 1
    return found


def _gates(connection: sa.Connection, case_id: str) -> frozenset[str]:
    """Tokens that wait for a gate to open: what a freeze keeps still."""
    w = t.message_waits.c
    waits = sa.select(w.id).where(w.case_id == case_id, w.name.like("%gate_changed"))
    return frozenset(connection.execute(waits).scalars())


def _tokens(connection: sa.Connection, case_id: str, release: LoadedRelease) -> Iterable[tuple[str, str, str]]:
    """Process, element and id of every live token that waits for something, boundary events aside."""
    for instance_id, _process in active_instances(connection, case_id):
        for spec_name, _data, tokens in codec.read_rows(read_blobs(connection, instance_id)):
            spec = release.processes.specs.get(spec_name)
            if spec is None:
                continue
            for token_id, name, *_rest in tokens:
                element = spec.task_specs.get(name)
                bpmn_id = getattr(element, "bpmn_id", None)
                if bpmn_id and not isinstance(element, BoundaryEvent):
                    yield spec.process_id, str(bpmn_id), str(token_id)


@blueprint.get("/desk/cases/<code>/diagram/<process_id>.json")
@allow(case_by_code)
def diagram_marks(code: str, process_id: str) -> Response:
    """The marks of one process, with where a click leads."""
    own, person, case = services(), current.person(), current.case()
    assert person is not None
    with db.reading(own.database) as connection:
        release = own.runtime.releases.get(connection, case.release_id)
        waiting = read_waiting(connection, release.manifest, case.id, person.actor_id, concerns(person))
        overview = read_overview(connection, case, release, process_id, waiting)
    marks = [
        {
            "element": step.element_id,
            "name": step.name,
            "mark": step.mark,
            "count": step.count,
            "link": _link(code, overview, step),
        }
        for step in overview.steps
    ]
    return jsonify({"process": process_id, "marks": marks})


def _link(code: str, overview: Overview, step: Step) -> str:
    """A waiting task opens its page, a call its own diagram."""
    mine = [one for one in overview.open_tasks if one.element_id == step.element_id and one.is_open_to_me]
    if mine and step.mark != DONE:
        return url_for("desk.user_task", user_task_id=mine[0].id, back=url_for("desk.case", code=code, tab="diagram"))
    if step.process in overview.processes:
        return url_for("desk.case", code=code, tab="diagram", process=step.process)
    return ""


@blueprint.get("/desk/cases/<code>/diagram/<process_id>.bpmn")
@allow(case_by_code)
def diagram_source(code: str, process_id: str) -> Response:
    """The diagram of one process of the case's release, as it was published."""
    own, case = services(), current.case()
    release = own.runtime.releases.open(own.database, case.release_id)
    data = release.files.get(f"{process_id}.bpmn")
    if data is None or not release.processes.is_callable(process_id):
        abort(404)
    return Response(data, mimetype="application/xml", headers={"Content-Disposition": "attachment"})
