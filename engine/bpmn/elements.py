"""The nodes of the spec graph: what every element does, and what every activity does on top.

An element is stepped when a READY token stands on it. Whatever can fail (FEEL, a worker, a decision) happens inside
such a step and nowhere else, so that a failure holds the token at the very element that caused it.

An activity's step has two phases: it enters (inputs, boundary events, then the work is opened) and, when somebody
reports the work done, it finishes (outputs, then on). Between them the token is STARTED, and ``then`` in its notes
carries what was reported.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin

from engine.bpmn.extensions import Extensions, Mapping
from engine.bpmn.host import BadValue, Json, UncaughtError
from engine.bpmn.tokens import READY, Scope, Token, visible_from
from engine.incoming import NAME_LENGTH, is_storable


class Flow(NamedTuple):
    """A sequence flow; ``condition`` is FEEL, ``""`` where there is none."""

    id: str
    target: str
    condition: str = ""


class Element(BpmnSpecMixin):
    """A node that a token can stand on. ``name`` is unique in its scope; ``bpmn_id`` is the id in the diagram."""

    is_loop = False
    is_event = False  # true where the token may be armed and owned by another
    notes_flow = False  # true where it counts by which flow a token came

    def __init__(self, wf_spec: Any, name: str, *, extensions: Extensions | None = None, **kwargs: Any) -> None:
        super().__init__(wf_spec, name, **kwargs)
        self.extensions = extensions or Extensions()
        self.flows: list[Flow] = []
        self.boundaries: list[str] = []

    def _run_hook(self, token: Token) -> bool:
        return True

    def _on_complete(self, token: Token) -> None:
        """The token has done its element: hand over to the loop that owns it, or move on."""
        token.workflow.top_workflow.note_passed(self)
        owner = token.owner
        if owner is not None and owner.task_spec.is_loop:
            owner.task_spec.instance_done(owner, token)
        else:
            self.leave(token, self.flows)

    def leave(self, token: Token, flows: list[Flow]) -> None:
        """Put a token on each of ``flows`` and take this one away; an empty scope ends."""
        scope = token.workflow
        scope.top_workflow.budget.check_ready(len(scope.top_workflow.ready) + len(flows))
        for flow in flows:
            scope.add(scope.spec.task_specs[flow.target], flow=flow.id)
        scope.remove(token, done=True)
        scope.top_workflow.end_if_empty(scope)


class Activity(Element):
    """A task, call or sub-process: inputs, boundary events, work, outputs."""

    def _run_hook(self, token: Token) -> bool:
        then = token.internal_data.pop("then", None)
        if then is None:
            token.data.update(self.read_inputs(token))
            return self.begin(token)
        if "error" in then:
            throw_error(token, then["error"], then["message"], then["values"])
            return False
        self.finish(token, then["values"])
        return True

    def begin(self, token: Token) -> bool:
        """Open the work. True when it is done at once; else the state is set and the work noted as opened."""
        return True

    def finish(self, token: Token, values: dict[str, Json]) -> None:
        """Take over what was reported: through the output mappings, or as ``adopt`` says where there are none."""
        outputs = self.extensions.outputs
        if not outputs:
            self.adopt(token, values)
            return
        for name, value in map_values(token, outputs, values).items():
            assign(token, name, value)

    def adopt(self, token: Token, values: dict[str, Json]) -> None:
        """Without output mappings a message or a form writes no variable: only what is drawn enters."""

    def read_inputs(self, token: Token) -> dict[str, Json]:
        return map_values(token, self.extensions.inputs, {})

    def wait(self, token: Token, state: int) -> None:
        """Arm the boundary events and rest until somebody reports."""
        token._set_state(state)
        for name in self.boundaries:
            token.workflow.spec.task_specs[name].arm(token)


def resume(token: Token, values: dict[str, Json]) -> None:
    """Report that what ``token`` waited for has happened; its finishing step comes in its turn."""
    _schedule(token, {"values": values})


def resume_with_error(token: Token, code: str, message: str, values: dict[str, Json]) -> None:
    """Report that the work of ``token`` ended in a BPMN error."""
    _schedule(token, {"error": code, "message": message, "values": values})


def _schedule(token: Token, then: dict[str, Any]) -> None:
    top = token.workflow.top_workflow
    top.note_closed(token, done=True)
    token.remember(then=then)
    token._set_state(READY)
    top.ready.append(token)


def throw_error(token: Token, code: str, message: str, values: dict[str, Json]) -> None:
    """Hand a BPMN error to the boundary of the activity that threw it, then outwards. Raises ``UncaughtError``.

    An exact code is preferred to a boundary event that catches every error.
    """
    found = find_catcher(token, code)
    if found is None:
        raise UncaughtError(code, message)
    host, catcher = found
    interrupt(host, catcher, {"errorCode": code, "errorMessage": message, **values})


def find_catcher(token: Token, code: str) -> tuple[Token, Element] | None:
    """The innermost activity around ``token`` with a boundary event for ``code``, and that event."""
    current: Token | None = token
    while current is not None:
        catcher = _catcher_at(current, code)
        if catcher is not None:
            return current, catcher
        current = current.owner or current.workflow.host_token
    return None


def interrupt(host: Token, boundary: Element, values: dict[str, Json]) -> None:
    """End the activity of ``host`` and go on from its ``boundary`` event."""
    scope = host.workflow
    pass_on(scope, boundary, values)
    scope.remove(host)


def pass_on(scope: Scope, event: Element, values: dict[str, Json]) -> Token:
    """A token on ``event``, which has just happened with ``values``."""
    token = scope.add(event)
    token.remember(then={"values": values})
    return token


def _catcher_at(token: Token, code: str) -> Element | None:
    specs = token.workflow.spec.task_specs
    catchers = [specs[name] for name in token.task_spec.boundaries if specs[name].catches_error(code)]
    return min(catchers, key=lambda catcher: catcher.error_code is None, default=None)


def resolve(token: Token, text: str, extra: dict[str, Json] | None = None) -> Json:
    """The value of a text in the diagram: FEEL after ``=``, else the text itself."""
    if not text.startswith("="):
        return text
    scope = visible_from(token, extra) if extra is not None else visible_from(token)
    return token.workflow.top_workflow.host.evaluate(text[1:], scope)


def map_values(token: Token, mappings: tuple[Mapping, ...], extra: dict[str, Json]) -> dict[str, Json]:
    """Each mapping's target with its value; a later source sees the targets of the earlier ones, as in Zeebe."""
    found: dict[str, Json] = {}
    top = token.workflow.top_workflow
    for mapping in mappings:
        found[mapping.target] = top.check_value(mapping.target, resolve(token, mapping.source, {**extra, **found}))
    return found


def assign(token: Token, name: str, value: Json) -> None:
    """Set a variable from ``token``'s outputs. An instance of a loop has a scope of its own, where it looks first."""
    if token.is_instance and name in token.data:
        token.set_local(name, value)
    else:
        token.workflow.assign(name, value)


def read_text(token: Token, text: str, length: int = NAME_LENGTH) -> str | None:
    """A text that may be FEEL; None for empty or null.

    Raises ``BadValue`` for a list or a context, and for more than ``length`` characters.
    """
    value = resolve(token, text)
    if value is None or value == "":
        return None
    if isinstance(value, (list, dict)):
        raise BadValue(f"{text} gave {kind_of(value)}; a single value is needed")
    return _name(str(value), length)


def read_list(token: Token, text: str) -> tuple[str, ...]:
    """Names from a comma-separated literal, or from FEEL that gives a text or a list of texts."""
    value = resolve(token, text)
    if value is None:
        return ()
    entries = value if isinstance(value, list) else str(value).split(",")
    token.workflow.top_workflow.budget.check_list(len(entries))
    return tuple(_name(name, NAME_LENGTH) for entry in entries if (name := str(entry).strip()))


def _name(text: str, length: int) -> str:
    if not is_storable(text, length):
        raise BadValue(f"a text of {len(text)} characters is no name: it is longer than {length}, or has a NUL in it")
    return text


def kind_of(value: object) -> str:
    """What sort of value it is, for messages: the value itself may be personal data."""
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a text", list: "a list", dict: "a context"}
    return names.get(type(value), f"a {type(value).__name__}")
