"""Tokens and the scopes they move in: SpiffWorkflow's task tree kept to what is alive.

A token is a SpiffWorkflow task in one of four states: READY (to be stepped, or held by an incident), STARTED (an
activity at work or waiting), WAITING (arrived at a join, or an armed event). A token that moves on leaves the tree at
once, so a case of a thousand corrections is as small as a fresh one. The tree has two levels in every scope: the
root's children are the tokens that count; their children belong to them (armed boundary and gateway events, instances
of a multi-instance) and go with them.

Variables are scoped as in Zeebe: one map for the process, shared by its branches, and locals at a token.
"""

from __future__ import annotations

import os
from collections import ChainMap
from collections.abc import Iterator, MutableMapping
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Self, cast

from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.host import Json

if TYPE_CHECKING:
    from engine.bpmn.elements import Element
    from engine.bpmn.workflow import Workflow

READY, STARTED, WAITING = TaskState.READY, TaskState.STARTED, TaskState.WAITING


_ID_LETTERS = 32
_drawn: list[str] = []  # ids not given away yet; a child process must draw its own
os.register_at_fork(after_in_child=_drawn.clear)


def new_id() -> str:
    """128 random bits in hex: an id that is not guessed. Drawn by the hundred, as each draw asks the system."""
    if not _drawn:
        letters = token_hex(100 * _ID_LETTERS // 2)
        _drawn.extend(letters[i : i + _ID_LETTERS] for i in range(0, len(letters), _ID_LETTERS))
    try:
        return _drawn.pop()
    except IndexError:  # other threads took them all in between
        return token_hex(_ID_LETTERS // 2)


GIVEN = frozenset({"case", "switches"})  # what FEEL sees besides variables; no variable may have such a name


class Token(Task):
    """One token. ``data`` holds its local variables, ``internal_data`` what the kernel must remember of it."""

    workflow: Scope
    task_spec: Element
    id: str
    data: dict[str, Json]
    internal_data: dict[str, Any]
    triggered, thread_id, last_state_change = False, 0, 0.0  # stock code's; nothing here tells tokens apart by them

    @classmethod
    def make(
        cls,
        scope: Scope,
        element: Element,
        parent: Token | None,
        state: int,
        id_: str,
        local: dict[str, Json],
        notes: dict[str, Any],
    ) -> Token:
        """A token in ``scope``'s tree. The stock constructor asks the clock and a property chain for what is known."""
        token = cls.__new__(cls)
        token.id, token.workflow, token.task_spec, token._state = id_, scope, element, state
        token.data, token.internal_data = local, notes
        token._children = []
        token._parent = parent.id if parent is not None else None
        if parent is not None:
            parent._children.append(id_)
        scope.tasks[id_] = token
        return token

    def _set_state(self, value: int) -> None:
        # Stock code builds a log record with all task data at every change, logged or not.
        self._state = value
        self.workflow.dirty = True

    def run(self) -> None:
        """Step the element: its hook says True when the token may move on, and sets the state itself otherwise."""
        if self.task_spec._run_hook(self):
            self.complete()

    def complete(self) -> None:
        self.task_spec._on_complete(self)

    def hold(self, message: str) -> None:
        """Stop here until an operator retries."""
        self.internal_data["incident"] = message
        self._set_state(READY)

    @property
    def held(self) -> bool:
        return "incident" in self.internal_data

    @property
    def is_ready(self) -> bool:
        """Whether it is still there to be stepped: not gone, waiting or held since it became ready."""
        return self._state == READY and not self.held and self.workflow.tasks.get(self.id) is self

    @property
    def owner(self) -> Token | None:
        """The token that this one belongs to (its activity, gateway or multi-instance); None for one that counts."""
        parent = self.workflow.tasks[self._parent]
        return None if parent is self.workflow.task_tree else parent

    @property
    def is_instance(self) -> bool:
        """Whether it is one of a multi-instance."""
        owner = self.owner
        return owner is not None and owner.task_spec.is_loop

    def set_local(self, name: str, value: Json) -> None:
        self.data[name] = self.workflow.top_workflow.check_value(name, value)
        self.workflow.dirty = True

    @property
    def owned(self) -> list[Token]:
        return [self.workflow.tasks[child] for child in self._children]

    def remember(self, **notes: Any) -> None:
        self.internal_data.update(notes)
        self.workflow.dirty = True


class Scope:
    """What a process, a called process and an embedded sub-process have in common."""

    spec: Any
    tasks: dict[str, Token]
    task_tree: Token
    data: dict[str, Json]
    dirty: bool
    completed: bool
    parent_task_id: str | None
    top_workflow: Workflow = cast(Any, None)  # an attribute, where the stock class has a property

    def plant(self) -> None:
        """Make the root of the tree; it stands for the scope and is never stepped."""
        self.task_tree = Token.make(self, self.spec.start, None, TaskState.COMPLETED, "root", {}, {})

    def add(
        self,
        element: Element,
        *,
        state: int = READY,
        owner: Token | None = None,
        flow: str = "",
        locals_: dict[str, Json] | None = None,
    ) -> Token:
        """Put a token on ``element``; a READY one is stepped in its turn."""
        notes = {"flow": flow} if flow and element.notes_flow else {}
        token = Token.make(self, element, owner or self.task_tree, state, new_id(), locals_ or {}, notes)
        self.dirty = True
        if state == READY:
            self.top_workflow.ready.append(token)
        return token

    def remove(self, token: Token, *, done: bool = False) -> None:
        """Take a token out with all that belongs to it: armed events, instances, the scope inside it."""
        top = self.top_workflow
        for owned in token.owned:
            self.remove(owned)
        inner = top.subprocesses.get(token.id)
        if inner is not None:
            inner.clear()
            top.forget_scope(token.id)
        top.note_closed(token, done)
        self.tasks[token._parent]._children.remove(token.id)
        del self.tasks[token.id]
        self.dirty = True

    def clear(self) -> None:
        """Take out every token."""
        for token in self.live():
            self.remove(token)

    def live(self) -> list[Token]:
        """The tokens that count for joins and for completion, oldest first."""
        return self.task_tree.owned

    def is_empty(self) -> bool:
        return not self.task_tree._children

    @property
    def host_token(self) -> Token | None:
        """The call activity or sub-process token that this scope runs inside."""
        if self.parent_task_id is None:
            return None
        return self.top_workflow.find(self.parent_task_id)

    @property
    def process_id(self) -> str:
        return str(self.spec.process_id)

    def path(self) -> tuple[str, ...]:
        """Element ids from the root process down to this scope."""
        host = self.host_token
        return () if host is None else (*host.workflow.path(), host.task_spec.bpmn_id)

    def enclosing_maps(self) -> Iterator[tuple[Scope, MutableMapping[str, Json]]]:
        """The variable maps visible from this scope, innermost first, up to the process that it belongs to."""
        yield self, self.data
        if self.spec.embedded:
            host = self.host_token
            assert host is not None
            yield host.workflow, host.data
            yield from host.workflow.enclosing_maps()

    def assign(self, name: str, value: Json) -> None:
        """Set a variable where it is visible, else in the process: Zeebe's propagation rule."""
        value = self.top_workflow.check_value(name, value)
        maps = list(self.enclosing_maps())  # the last is the process
        scope, target = next((pair for pair in maps if name in pair[1]), maps[-1])
        if target.get(name, _ABSENT) != value or type(target.get(name)) is not type(value):
            target[name] = value
            scope.dirty = True


class SubScope(Scope, BpmnSubWorkflow):
    """A called process or an embedded sub-process."""

    def __init__(self, spec: Any, parent_task_id: str, top_workflow: Workflow) -> None:
        BpmnSubWorkflow.__init__(self, spec, parent_task_id, top_workflow, deserializing=True)
        self.dirty = True

    @classmethod
    def begin(cls, spec: Any, host: Token) -> Self:
        scope = cls(spec, host.id, host.workflow.top_workflow)
        scope.plant()
        return scope


_ABSENT = object()


def visible_from(token: Token, *extra: MutableMapping[str, Json]) -> ChainMap[str, Json]:
    """All that FEEL sees at ``token``: what is given, ``extra``, its local variables, then the scopes outwards."""
    host = token.workflow.top_workflow.host
    given: dict[str, Json] = {"case": host.facts, "switches": host.switches}
    return ChainMap(given, *extra, token.data, *(data for _, data in token.workflow.enclosing_maps()))
