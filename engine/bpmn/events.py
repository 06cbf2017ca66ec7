"""Start, end, catch and boundary events."""

from __future__ import annotations

from datetime import datetime

from engine.bpmn.activities import await_message
from engine.bpmn.elements import Element, assign, interrupt, map_values, pass_on, resolve, throw_error
from engine.bpmn.host import Json, TimerArmed
from engine.bpmn.timing import first_firing, next_firing, read_cycle, timer_moment
from engine.bpmn.tokens import STARTED, WAITING, Token
from engine.clock import from_text, to_text


class StartEvent(Element):
    """None start, or message start with the message's name. The payload enters through output mappings alone."""

    message_name = ""

    def _run_hook(self, token: Token) -> bool:
        then = token.internal_data.pop("then", None)
        if then is not None:
            write_outputs(token, then["values"])
        return True


class EndEvent(Element):
    """Consumes its token."""


class TerminateEnd(Element):
    """Ends its own scope with everything in it."""

    def _on_complete(self, token: Token) -> None:
        scope = token.workflow
        scope.top_workflow.note_passed(self)
        scope.clear()
        scope.top_workflow.end_if_empty(scope)


class ErrorEnd(Element):
    """Throws its error out of the scope it stands in."""

    error_code = ""

    def _run_hook(self, token: Token) -> bool:
        token.workflow.top_workflow.note_passed(self)
        throw_error(token, self.error_code, "", {})
        return False


class CatchEvent(Element):
    """Something to wait for. A token stands here alone, or armed under the gateway or activity that owns it."""

    is_event = True

    def _run_hook(self, token: Token) -> bool:
        then = token.internal_data.pop("then", None)
        if then is not None:
            write_outputs(token, then["values"])
            return True
        token._set_state(STARTED)
        self.listen(token)
        return False

    def arm(self, owner: Token) -> None:
        """Listen on behalf of ``owner``: an event-based gateway, or the activity that this event is attached to."""
        self.listen(owner.workflow.add(self, state=WAITING, owner=owner))

    def listen(self, token: Token) -> None:
        raise NotImplementedError

    def catches_error(self, code: str) -> bool:
        return False


class MessageCatch(CatchEvent):
    message_name = ""
    correlation_key = ""

    def listen(self, token: Token) -> None:
        await_message(token, self.message_name, self.correlation_key)


class TimerCatch(CatchEvent):
    """``timer`` is the text of a timeDate or timeDuration."""

    timer = ""

    def listen(self, token: Token) -> None:
        now = token.workflow.top_workflow.host.now()
        arm_timer(token, timer_moment(resolve(token, self.timer), now))


class BoundaryEvent(CatchEvent):
    """Attached to an activity; the armed token belongs to the activity's token."""

    interrupting = True

    def happen(self, token: Token, values: dict[str, Json]) -> None:
        """The armed ``token`` was triggered."""
        host = token.owner
        assert host is not None
        if self.interrupting:
            interrupt(host, self, values)
            return
        pass_on(token.workflow, self, values)
        self.rearm(token)

    def rearm(self, token: Token) -> None:
        """After a non-interrupting event: listen again, or stop."""


class BoundaryMessage(MessageCatch, BoundaryEvent):
    """Non-interrupting, it stays armed and may happen again."""


class BoundaryTimer(BoundaryEvent):
    """``cycle`` is the text of a timeCycle, ``timer`` of a timeDate or timeDuration; one of them is set."""

    timer = ""
    cycle = ""

    def listen(self, token: Token) -> None:
        now = token.workflow.top_workflow.host.now()
        if not self.cycle:
            arm_timer(token, timer_moment(resolve(token, self.timer), now))
            return
        stated = str(resolve(token, self.cycle))
        cycle = read_cycle(stated)
        token.remember(cycle=stated, left=cycle.times)
        arm_timer(token, first_firing(cycle, now))

    def rearm(self, token: Token) -> None:
        notes = token.internal_data
        stated, left = notes.get("cycle"), notes.get("left")
        owner = token.owner
        previous = from_text(notes["due"])
        token.workflow.remove(token, done=True)
        if stated is None or left == 1 or owner is None:
            return
        due = next_firing(read_cycle(stated), previous, owner.workflow.top_workflow.host.now())
        if due is None:
            return
        again = owner.workflow.add(self, state=WAITING, owner=owner)
        again.remember(cycle=stated, left=None if left is None else left - 1)
        arm_timer(again, due)


class BoundaryError(BoundaryEvent):
    """Catches ``error_code``; None catches every error. Nothing is armed: errors are looked up when they are thrown."""

    error_code: str | None = None

    def arm(self, owner: Token) -> None:
        return

    def catches_error(self, code: str) -> bool:
        return self.error_code in (None, code)


def arm_timer(token: Token, due_at: datetime) -> None:
    token.remember(due=to_text(due_at))
    token.workflow.top_workflow.note_opened(token, TimerArmed(token.id, token.task_spec.bpmn_id, due_at))


def write_outputs(token: Token, values: dict[str, Json]) -> None:
    """A message's payload reaches the variables through the event's output mappings and in no other way."""
    for name, value in map_values(token, token.task_spec.extensions.outputs, values).items():
        assign(token, name, value)
