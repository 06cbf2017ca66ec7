"""Workflow state to bytes and back: state only, never specs, and one blob a scope so that only what changed is written.

A blob is a version byte and JSON: ``[spec name, variables, tokens]``, a token being
``[id, element, state, owner's id or 0, local variables or 0, notes or 0]``; blanks may follow. An unknown version is
refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from engine.bpmn.activities import JobTask, SubProcess, UserTask
from engine.bpmn.events import BoundaryTimer, TimerCatch
from engine.bpmn.gateways import EventGateway, JoiningGateway
from engine.bpmn.host import Host, Limits
from engine.bpmn.parser import INSTANCE
from engine.bpmn.processes import Processes, ProcessSpec
from engine.bpmn.tokens import READY, STARTED, Scope, SubScope, Token
from engine.bpmn.workflow import Workflow
from engine.errors import StateUnreadable

VERSION = b"\x01"
ROOT = ""  # the key of the process's own scope; the others go by the token that they run inside

Rename = Mapping[tuple[str, str], str]  # (spec name, element or flow id) → its id in the new release


def dump(workflow: Workflow, *, changed_only: bool = False) -> dict[str, bytes]:
    """Blobs by scope key; with ``changed_only`` those that differ from what was dumped or loaded last."""
    blobs: dict[str, bytes] = {}
    for scope in workflow.scopes():
        if scope.dirty or not changed_only:
            blobs[scope.parent_task_id or ROOT] = _dump_scope(scope)
            scope.dirty = False
    return blobs


def load(
    blobs: Mapping[str, bytes],
    processes: Processes,
    host: Host,
    limits: Limits | None = None,
    rename: Rename | None = None,
) -> Workflow:
    """The workflow that ``dump`` wrote. Raises ``StateUnreadable`` for another version or names the release lacks."""
    rows = {key: _read(blob) for key, blob in blobs.items()}
    try:
        return _load(dict(rows), processes, host, limits, rename or {})
    except _NameMissing:
        missing = missing_names(rows.values(), processes, rename or {})
        raise StateUnreadable(f"the release lacks {', '.join(missing)}") from None


class _NameMissing(Exception):
    """The release has no such process or element: all that it lacks is gathered then."""


def _load(rows: dict[str, Any], processes: Processes, host: Host, limits: Limits | None, rename: Rename) -> Workflow:
    old_name, data, tokens = rows.pop(ROOT)
    workflow = Workflow(_spec(processes, old_name), processes, host, limits)
    _load_scope(workflow, old_name, data, tokens, rename)
    while rows:
        key = next((key for key in rows if workflow.find(key) is not None), None)
        if key is None:
            raise StateUnreadable(f"scopes without their token: {', '.join(rows)}")
        old_name, data, tokens = rows.pop(key)
        scope = SubScope(_spec(processes, _new_spec(old_name, rename)), key, workflow)
        workflow.subprocesses[key] = scope
        _load_scope(scope, old_name, data, tokens, rename)
    return workflow


def _spec(processes: Processes, name: str) -> ProcessSpec:
    spec = processes.specs.get(name)
    if spec is None:
        raise _NameMissing
    return spec


def read_rows(blobs: Mapping[str, bytes]) -> list[Any]:
    """The blobs as data, for the functions below."""
    return [_read(blob) for blob in blobs.values()]


def missing_names(rows: Iterable[Any], processes: Processes, rename: Rename) -> list[str]:
    """``spec/element`` for each place where a token stands and that ``processes`` lacks, sorted."""
    missing: set[str] = set()
    for spec_name, _, tokens in rows:
        spec: ProcessSpec | None = processes.specs.get(_new_spec(spec_name, rename))
        known = spec.task_specs if spec is not None else {}
        if spec is None:
            missing.add(spec_name)
        for element in {token[1] for token in tokens} - (known.keys() if not rename else set()):
            if _new_name(spec_name, element, rename) not in known:
                missing.add(f"{spec_name}/{element}")
    return sorted(missing)


def misfits(rows: Iterable[Any], processes: Processes, rename: Rename) -> list[str]:
    """``spec/element`` where what waits is another kind of thing in ``processes``, ``spec/flow`` a join lacks; sorted.

    A token could be loaded there and would never move again, or not as drawn.
    """
    found = set()
    for spec_name, _, tokens in rows:
        spec: ProcessSpec | None = processes.specs.get(_new_spec(spec_name, rename))
        for _, element, state, _, _, notes in tokens:
            place = spec.task_specs.get(_new_name(spec_name, element, rename)) if spec else None
            if place is None:
                continue  # a missing name
            if not _can_wait(place, state, notes or {}):
                found.add(f"{spec_name}/{element}")
            flow = (notes or {}).get("flow", "")
            if isinstance(place, JoiningGateway) and rename.get((spec_name, flow), flow) not in place.incoming:
                found.add(f"{spec_name}/{flow or element}")
    return sorted(found)


def renamed_tokens(rows: Iterable[Any], rename: Rename) -> dict[str, str]:
    """By token, the new element id of each that stands on a renamed element."""
    return {
        token_id: new.removesuffix(INSTANCE)
        for spec_name, _, tokens in rows
        for token_id, element, *_ in tokens
        if (new := _new_name(spec_name, element, rename)) != element
    }


def _new_name(spec_name: str, element: str, rename: Rename) -> str:
    """The activity inside a multi-instance body goes with the body."""
    if not rename:
        return element
    body = element.removesuffix(INSTANCE)
    return rename.get((spec_name, body), body) + element[len(body) :]


def _new_spec(spec_name: str, rename: Rename) -> str:
    """A sub-process's graph is named by the elements around it: ``main.box`` becomes ``main.crate`` with ``box``."""
    old, *inner = spec_name.split(".")
    new = old
    for element in inner if rename else ():
        new += "." + rename.get((old, element), element)
        old += "." + element
    return new if rename else spec_name


def _can_wait(place: Any, state: int, notes: Mapping[str, Any]) -> bool:
    kind = notes.get("kind")
    if kind is not None:
        return bool(_WAITS[kind](place))
    if state != STARTED:
        return True
    return place.is_loop if "total" in notes else isinstance(place, SubProcess | EventGateway)


_WAITS: dict[str, Callable[[Any], bool]] = {
    "user": lambda place: isinstance(place, UserTask),
    "job": lambda place: isinstance(place, JobTask),
    "message": lambda place: bool(getattr(place, "message_name", "")),
    "timer": lambda place: isinstance(place, TimerCatch | BoundaryTimer),
}


def _dump_scope(scope: Scope) -> bytes:
    root = scope.task_tree.id
    rows = [
        (
            token.id,
            token.task_spec.name,
            token._state,
            0 if token._parent == root else token._parent,
            token.data or 0,
            token.internal_data or 0,
        )
        for token in scope.tasks.values()
        if token.id != root
    ]
    return VERSION + orjson.dumps((scope.spec.name, scope.data, rows))


def _read(blob: bytes) -> Any:
    if blob[:1] != VERSION:
        raise StateUnreadable(f"state has codec version {blob[:1].hex() or 'none'}; this program reads {VERSION.hex()}")
    try:
        return orjson.loads(blob[1:])
    except orjson.JSONDecodeError as error:
        raise StateUnreadable(f"state is no JSON: {error}") from None


def _load_scope(scope: Scope, old_name: str, data: dict[str, Any], rows: list[Any], rename: Rename) -> None:
    scope.data = data
    scope.plant()
    elements = scope.spec.task_specs
    for token_id, element, state, owner, local, notes in rows:
        place = elements.get(_new_name(old_name, element, rename) if rename else element)
        if place is None:
            raise _NameMissing
        if rename and notes and "flow" in notes:
            notes["flow"] = rename.get((old_name, notes["flow"]), notes["flow"])
        parent = scope.tasks[owner] if owner else scope.task_tree
        token = Token.make(scope, place, parent, state, token_id, local or {}, notes or {})
        if state == READY and not token.held:
            scope.top_workflow.ready.append(token)
    scope.dirty = bool(rename)
