"""Workflow state to bytes and back: state only, never specs, and one blob a scope so that only what changed is written.

A blob is a version byte and JSON: ``[spec name, variables, tokens]``, a token being
``[id, element, state, owner's id or 0, local variables or 0, notes or 0]``. An unknown version is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from engine.bpmn.host import Host, Limits
from engine.bpmn.processes import Processes, ProcessSpec
from engine.bpmn.tokens import READY, Scope, SubScope, Token
from engine.bpmn.workflow import Workflow
from engine.errors import StateUnreadable

VERSION = b"\x01"
ROOT = ""  # the key of the process's own scope; the others go by the token that they run inside

Rename = Mapping[tuple[str, str], str]  # (spec name, element name) → element name in the new release


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
    missing = missing_names(rows.values(), processes, rename or {})
    if missing:
        raise StateUnreadable(f"the release lacks {', '.join(missing)}")
    spec_name, data, tokens = rows.pop(ROOT)
    workflow = Workflow(processes.specs[spec_name], processes, host, limits)
    _load_scope(workflow, data, tokens, rename or {})
    while rows:
        key = next((key for key in rows if workflow.find(key) is not None), None)
        if key is None:
            raise StateUnreadable(f"scopes without their token: {', '.join(rows)}")
        spec_name, data, tokens = rows.pop(key)
        scope = SubScope(processes.specs[spec_name], key, workflow)
        workflow.subprocesses[key] = scope
        _load_scope(scope, data, tokens, rename or {})
    return workflow


def read_rows(blobs: Mapping[str, bytes]) -> list[Any]:
    """The blobs as data, for ``missing_names``."""
    return [_read(blob) for blob in blobs.values()]


def missing_names(rows: Iterable[Any], processes: Processes, rename: Rename) -> list[str]:
    """``spec/element`` for each place where a token stands and that ``processes`` lacks, sorted."""
    missing = set()
    for spec_name, _, tokens in rows:
        spec: ProcessSpec | None = processes.specs.get(spec_name)
        for _, element, *_ in tokens:
            if spec is None or rename.get((spec_name, element), element) not in spec.task_specs:
                missing.add(f"{spec_name}/{element}")
        if spec is None:
            missing.add(spec_name)
    return sorted(missing)


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


def _load_scope(scope: Scope, data: dict[str, Any], rows: list[Any], rename: Rename) -> None:
    scope.data = data
    scope.plant()
    spec = scope.spec
    for token_id, element, state, owner, local, notes in rows:
        name = rename.get((spec.name, element), element) if rename else element
        parent = scope.tasks[owner] if owner else scope.task_tree
        token = Token.make(scope, spec.task_specs[name], parent, state, token_id, local or {}, notes or {})
        if state == READY and not token.held:
            scope.top_workflow.ready.append(token)
    scope.dirty = bool(rename)
