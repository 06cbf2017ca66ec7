"""Tasks, calls and sub-processes."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask

from engine.bpmn.elements import (
    Activity,
    assign,
    find_catcher,
    kind_of,
    map_values,
    read_list,
    read_text,
    resolve,
    resume_with_error,
)
from engine.bpmn.host import BadValue, JobRequest, Json, MessageAwaited, UserTaskOpened
from engine.bpmn.timing import due_moment
from engine.bpmn.tokens import GIVEN, STARTED, Scope, Token, visible_from
from engine.errors import RuleViolation
from engine.incoming import KEY_LENGTH

DEFAULT_PRIORITY = 50
DEFAULT_RETRIES = 3
LARGEST_WHOLE = 2**31 - 1  # what a database's integer holds


class ManualTask(Activity):
    """Work that nobody reports: the token passes."""


class UserTask(Activity):
    """A form for people. Its values go to the case facts; variables are set by output mappings alone."""

    def begin(self, token: Token) -> bool:
        x, now = self.extensions, token.workflow.top_workflow.host.now()
        opened = UserTaskOpened(
            token_id=token.id,
            process_id=token.workflow.process_id,
            element_id=self.bpmn_id,
            name=self.bpmn_name or self.bpmn_id,
            form_id=x.form_id,
            facts_path=read_text(token, x.facts_path, KEY_LENGTH) or "",
            locals=dict(token.data),
            assignee=read_text(token, x.assignee),
            candidate_groups=read_list(token, x.candidate_groups),
            candidate_users=read_list(token, x.candidate_users),
            priority=_whole(resolve(token, x.priority), DEFAULT_PRIORITY, "priority"),
            due_at=due_moment(resolve(token, x.due_date), now),
            follow_up_at=due_moment(resolve(token, x.follow_up_date), now),
        )
        self.wait(token, STARTED)
        token.workflow.top_workflow.note_opened(token, opened)
        return False


class JobTask(Activity):
    """A service task, send task or message throw: a job for a worker, run at once where it may be."""

    def begin(self, token: Token) -> bool:
        x = self.extensions
        job_type = read_text(token, x.job_type)
        if job_type is None:
            raise BadValue(f"job type {x.job_type} is empty")
        request = JobRequest(
            token_id=token.id,
            process_id=token.workflow.process_id,
            element_id=self.bpmn_id,
            type=job_type,
            retries=_whole(resolve(token, x.retries), DEFAULT_RETRIES, "retries"),
            inputs=dict(token.data),
            headers=x.headers,
        )
        try:
            result = token.workflow.top_workflow.host.run_in_transaction(request)
        except RuleViolation as refusal:
            if find_catcher(token, refusal.rule) is None:
                raise
            resume_with_error(token, refusal.rule, refusal.message, {})
            return False
        if result is None:
            self.wait(token, STARTED)
            token.workflow.top_workflow.note_opened(token, request)
            return False
        self.finish(token, dict(result))
        return True

    def adopt(self, token: Token, values: dict[str, Json]) -> None:
        """As in Zeebe, a worker's result enters the variables where no output mapping says otherwise."""
        adopt_all(token, values)


class BusinessRuleTask(Activity):
    """A decision; its result goes to ``resultVariable``, or through the output mappings."""

    def begin(self, token: Token) -> bool:
        x = self.extensions
        decision_id = read_text(token, x.decision_id) or ""
        result = token.workflow.top_workflow.host.decide(decision_id, visible_from(token))
        self.finish(token, {x.result_variable: result})
        return True

    def adopt(self, token: Token, values: dict[str, Json]) -> None:
        adopt_all(token, values)


class ReceiveTask(Activity):
    """Waits for a message; also as the target of an event-based gateway."""

    is_event = True
    message_name = ""
    correlation_key = ""

    def begin(self, token: Token) -> bool:
        self.wait(token, STARTED)
        await_message(token, self.message_name, self.correlation_key)
        return False

    def arm(self, owner: Token) -> None:
        token = owner.workflow.add(self, state=STARTED, owner=owner)
        await_message(token, self.message_name, self.correlation_key)


class SubProcess(Activity, SubWorkflowTask):
    """An embedded sub-process: a scope of its own for tokens, whose variables propagate outwards."""

    def __init__(self, wf_spec: Any, name: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, name, **kwargs)
        self.spec: str = kwargs["subworkflow_spec"]

    def begin(self, token: Token) -> bool:
        inner = token.workflow.top_workflow.open_scope(token, self.spec_name(token))
        inner.data.update(self.variables_in(token))
        self.wait(token, STARTED)
        inner.add(inner.spec.none_start)
        return False

    def spec_name(self, token: Token) -> str:
        return self.spec

    def variables_in(self, token: Token) -> dict[str, Json]:
        return {}

    def finish(self, token: Token, values: dict[str, Json]) -> None:
        inner: Scope = token.workflow.top_workflow.subprocesses[token.id]
        if not self.extensions.outputs:
            self.adopt(token, inner.data)
            return
        for name, value in map_values(token, self.extensions.outputs, inner.data).items():
            assign(token, name, value)


class CallActivity(SubProcess):
    """A called process: isolated variables, in and out as drawn."""

    def spec_name(self, token: Token) -> str:
        called = read_text(token, self.spec) or ""
        if token.workflow.top_workflow.processes.is_callable(called):
            return called
        raise BadValue(f"no process {called!r} can be called")

    def variables_in(self, token: Token) -> dict[str, Json]:
        if not self.extensions.propagate_parent:
            return dict(token.data)
        return {name: value for name, value in visible_from(token).items() if name not in GIVEN}

    def adopt(self, token: Token, values: dict[str, Json]) -> None:
        if self.extensions.propagate_child:
            adopt_all(token, values)


def adopt_all(token: Token, values: dict[str, Json]) -> None:
    """Unmapped results, as Zeebe merges them: one named like a local variable of the activity stays with it."""
    for name, value in values.items():
        if name in token.data:
            token.set_local(name, value)
        elif name not in GIVEN:
            assign(token, name, value)


def await_message(token: Token, name: str, correlation_key: str) -> None:
    """Note that ``token`` waits for the message; a key that is null cannot correlate and is a fault."""
    key = read_text(token, correlation_key, KEY_LENGTH) if correlation_key else None
    if correlation_key and key is None:
        raise BadValue(f"the correlation key {correlation_key} of message {name!r} is null")
    waiting = MessageAwaited(token.id, token.task_spec.bpmn_id, name, key)
    token.workflow.top_workflow.note_opened(token, waiting)


def _whole(value: Json, default: int, what: str) -> int:
    if value is None or value == "":
        return default
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise BadValue(f"{what} is {kind_of(value)} that is no number") from None
    if not 0 <= number <= LARGEST_WHOLE or number != int(number):  # NaN is in no range
        raise BadValue(f"{what} is {kind_of(value)} that is no whole number from 0 to {LARGEST_WHOLE}")
    return int(number)
