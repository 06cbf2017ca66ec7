"""Gateways with token semantics: a join consumes exactly one token per incoming flow, whatever the order and round.

Stock joins fire early inside loops and beside running calls (engine-findings, rows 1 and 2): none of them is used.
"""

from __future__ import annotations

from engine.bpmn.elements import Element, Flow
from engine.bpmn.host import Json, NoWayOut
from engine.bpmn.tokens import READY, STARTED, WAITING, Token, visible_from


class Gateway(Element):
    """A split, a join, or both. ``default`` is the id of the flow taken when no condition holds."""

    notes_flow = True
    default = ""
    incoming: tuple[str, ...] = ()  # flow ids

    def _run_hook(self, token: Token) -> bool:
        return self.join(token)

    def _on_complete(self, token: Token) -> None:
        chosen = self.choose(token)
        token.workflow.top_workflow.note_passed(self)
        self.leave(token, chosen)

    def join(self, token: Token) -> bool:
        """True when the gateway fires with ``token``; the tokens it fires with are consumed."""
        return True

    def choose(self, token: Token) -> list[Flow]:
        """The flows to leave by."""
        return self.flows


class ExclusiveGateway(Gateway):
    """The first flow, in the order of the file, whose condition is true."""

    def choose(self, token: Token) -> list[Flow]:
        for flow in self.flows:
            if flow.id != self.default and _holds(token, flow):
                return [flow]
        return _default_flow(self)


class JoiningGateway(Gateway):
    """Firing is a step of its own, before the way out is looked for: an incident there holds the fired token alone."""

    def join(self, token: Token) -> bool:
        if len(self.incoming) < 2 or token.internal_data.pop("fired", False):
            return True
        arrived = self.arrivals(token)
        if not self.may_fire(token, arrived):
            token._set_state(WAITING)
            return False
        for other in arrived.values():
            if other is not token:
                token.workflow.remove(other, done=True)
        token.remember(fired=True)
        token._set_state(READY)
        token.workflow.top_workflow.ready.append(token)
        return False

    def arrivals(self, token: Token) -> dict[str, Token]:
        """With ``token``, the oldest token of every other incoming flow that stands at this join in its scope."""
        arrived: dict[str, Token] = {token.internal_data["flow"]: token}
        for other in token.workflow.live():
            if other.task_spec is self and "fired" not in other.internal_data:
                arrived.setdefault(other.internal_data["flow"], other)
        return arrived

    def may_fire(self, token: Token, arrived: dict[str, Token]) -> bool:
        raise NotImplementedError


class ParallelGateway(JoiningGateway):
    def may_fire(self, token: Token, arrived: dict[str, Token]) -> bool:
        return len(arrived) == len(self.incoming)


class InclusiveGateway(JoiningGateway):
    """Waits for what can still come: for each empty incoming flow, whether a live token can reach it.

    A token that can also reach a flow that is filled already does not count (BPMN 2.0.2, section 13.4.3). It looks when
    nothing else moves, so that all that comes in one command has come; the workflow then wakes the token.
    """

    def join(self, token: Token) -> bool:
        waits = len(self.incoming) > 1 and "fired" not in token.internal_data
        if waits and not token.internal_data.pop("woken", False):
            token._set_state(WAITING)
            return False
        return super().join(token)

    def may_fire(self, token: Token, arrived: dict[str, Token]) -> bool:
        reach = token.workflow.spec.reach(self)
        empty = [reach[flow] for flow in self.incoming if flow not in arrived]
        filled = [reach[flow] for flow in arrived]
        for other in token.workflow.live():
            if other.task_spec is self:
                continue
            name = other.task_spec.name
            if any(name in sources for sources in empty) and not any(name in sources for sources in filled):
                return False
        return True

    def choose(self, token: Token) -> list[Flow]:
        chosen = [flow for flow in self.flows if flow.id != self.default and _holds(token, flow)]
        return chosen or _default_flow(self)


class EventGateway(Gateway):
    """Arms every event behind it; the first to happen takes the token, the others are disarmed."""

    def _run_hook(self, token: Token) -> bool:
        token._set_state(STARTED)
        for flow in self.flows:
            token.workflow.spec.task_specs[flow.target].arm(token)
        return False


def _holds(token: Token, flow: Flow) -> bool:
    if not flow.condition:
        return True
    value: Json = token.workflow.top_workflow.host.evaluate(flow.condition, visible_from(token))
    return value is True


def _default_flow(gateway: Gateway) -> list[Flow]:
    chosen = [flow for flow in gateway.flows if flow.id == gateway.default]
    if not chosen:
        raise NoWayOut(gateway.bpmn_id)
    return chosen
