"""The oracle: token semantics of the dialect, written from the decisions of docs and contract, not from the engine.

It is plain on purpose and keeps nothing but live objects. Order inside one command: tokens move first come, first
served; inclusive joins look only when nothing else can move, the one whose token has waited longest first. Without such
an order a join beside tokens that merely pass through would fire early or not, just as the file orders its flows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from tests.oracle.feel import evaluate
from tests.oracle.model import JOBS, ROOT, Kind, Model, Node
from tests.oracle.state import EVENTS, Arm, Open, Scope, Stage, Token, Variables, Work, open_in, scopes_in

STEP_LIMIT = 3_000


class Endless(Exception):
    """The model moves for ever without waiting: it is not a fair test."""


class Oracle:
    """One case of a model. The rules that a negative control breaks are methods of their own."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.moving: deque[Token] = deque()
        self.numbers = self.steps = 0
        self.reached: dict[tuple[int, str, str], frozenset[str]] = {}
        self.finished = False
        variables = Variables(dict(model.variables), isolated=True)
        self.root = Scope(model.processes[ROOT], variables, None)
        self._begin(self.root)
        self._settle()

    # What a test sees and does

    def open(self) -> list[Open]:
        """Everything that waits, in the order in which it opened."""
        return sorted(open_in(self.root))

    def node_of(self, number: int) -> Node:
        """The element behind an open item."""
        found = self._find(number)
        return found.token.node if isinstance(found, Work) else found.node

    def complete(self, number: int, values: Mapping[str, Any]) -> None:
        """Complete a user task with its form's values, or a job with its worker's results."""
        found = self._find(number)
        assert isinstance(found, Work)
        self._finish_work(found, values, merge=found.token.node.kind in JOBS)
        self._settle()

    def throw_error(self, number: int, code: str, values: Mapping[str, Any]) -> None:
        """A job's worker reports a business error."""
        work = self._find(number)
        assert isinstance(work, Work)
        if not self._catch_at(work.token, code, values) and not self._catch_outside(work.token.scope, code, values):
            work.failed = True
        self._settle()

    def deliver(self, number: int, payload: Mapping[str, Any]) -> None:
        """A message arrives at this wait."""
        found = self._find(number)
        if isinstance(found, Work):
            self._finish_work(found, payload, merge=False)
        else:
            assert isinstance(found, Arm)
            self._trigger(found, payload)
        self._settle()

    def fire(self, number: int) -> None:
        """A timer falls due."""
        arm = self._find(number)
        assert isinstance(arm, Arm)
        self._trigger(arm, {})
        self._settle()

    def retry(self, number: int) -> None:
        """Try again what an incident at a gateway or an error end stopped."""
        token = self._find(number)
        assert isinstance(token, Token)
        token.stage = Stage.MOVING
        if token.node.kind is Kind.ERROR_END:
            self.moving.append(token)
        else:
            self._split(token)
        self._settle()

    # Rules

    def inclusive_may_fire(self, scope: Scope, node: Node) -> bool:
        """Some flow is filled, and no token elsewhere in the scope can still come to an empty one.

        A token that can come to a filled flow as well does not hold the join up.
        """
        filled = {token.flow for token in self._joining(scope, node)}
        empty = {flow.id for flow in scope.graph.incoming(node.id)} - filled
        for token in scope.tokens:
            if token.stage is Stage.JOINING and token.node is node:
                continue
            reach = self.reach(scope, token, node)
            if reach & empty and not reach & filled:
                return False
        return True

    def reach(self, scope: Scope, token: Token, join: Node) -> frozenset[str]:
        """Incoming flows of ``join`` that the token can still come to."""
        key = (id(scope.graph), token.node.id, join.id)
        if key not in self.reached:
            self.reached[key] = scope.graph.reach(token.node.id, join.id)
        return self.reached[key]

    def parallel_may_fire(self, scope: Scope, node: Node) -> bool:
        """Every incoming flow holds a token."""
        filled = {token.flow for token in self._joining(scope, node)}
        return all(flow.id in filled for flow in scope.graph.incoming(node.id))

    def catches(self, boundary: Node, code: str) -> bool:
        """An error boundary without a code catches all."""
        return boundary.code in ("", code)

    # Moving

    def _settle(self) -> None:
        self.steps = 0
        while True:
            if self.moving:
                token = self.moving.popleft()
                if token.alive:
                    self._arrive(token)
            elif not self._fire_an_inclusive_join():
                return
            self.steps += 1
            if self.steps > STEP_LIMIT:
                raise Endless

    def _number(self) -> int:
        self.numbers += 1
        return self.numbers

    def _begin(self, scope: Scope) -> None:
        self._put(scope, scope.graph.start)

    def _put(self, scope: Scope, node: Node, flow: str = "") -> Token:
        token = Token(scope, node, flow, number=self._number())
        scope.tokens.append(token)
        self.moving.append(token)
        return token

    def _remove(self, token: Token) -> None:
        token.alive = False
        token.scope.tokens.remove(token)
        for work in token.works:
            self._clear(work.inside)

    def _clear(self, scope: Scope | None) -> None:
        for token in list(scope.tokens) if scope else ():
            self._remove(token)

    def _leave(self, token: Token, flows: list[str] | None = None) -> None:
        """The token goes out by every flow (or by ``flows``); without any it ends here."""
        scope = token.scope
        for flow in scope.graph.outgoing(token.node.id):
            if flows is None or flow.id in flows:
                self._put(scope, scope.graph.nodes[flow.target], flow.id)
        self._remove(token)
        self._complete_if_empty(scope)

    def _complete_if_empty(self, scope: Scope) -> None:
        if scope.tokens:
            return
        if scope.host is None:
            self.finished = True
        elif scope.host.token.alive and scope.host in scope.host.token.works:
            self._finish_work(scope.host, {}, merge=False)

    def _arrive(self, token: Token) -> None:
        kind = token.node.kind
        if kind in (Kind.START, Kind.MANUAL, Kind.ON_TIMER, Kind.ON_MESSAGE, Kind.ON_ERROR):
            self._leave(token)
        elif kind is Kind.END:
            self._leave(token, [])
        elif kind is Kind.TERMINATE:
            scope = token.scope
            self._clear(scope)
            self._complete_if_empty(scope)
        elif kind is Kind.ERROR_END:
            if not self._catch_outside(token.scope, token.node.code, {}):
                token.stage = Stage.STUCK
        elif kind is Kind.EXCLUSIVE or (kind is Kind.INCLUSIVE and len(token.scope.graph.incoming(token.node.id)) < 2):
            self._split(token)
        elif kind in (Kind.PARALLEL, Kind.INCLUSIVE):
            token.stage = Stage.JOINING
            if kind is Kind.PARALLEL and self.parallel_may_fire(token.scope, token.node):
                self._fire_join(token.scope, token.node)
        else:
            self._activate(token)

    # Gateways

    def _joining(self, scope: Scope, node: Node) -> list[Token]:
        return [token for token in scope.tokens if token.stage is Stage.JOINING and token.node is node]

    def _fire_an_inclusive_join(self) -> bool:
        for scope in scopes_in(self.root):
            for token in scope.tokens:
                waiting = token.stage is Stage.JOINING and token.node.kind is Kind.INCLUSIVE
                if waiting and self.inclusive_may_fire(scope, token.node):
                    self._fire_join(scope, token.node)
                    return True
        return False

    def _fire_join(self, scope: Scope, node: Node) -> None:
        used: dict[str, Token] = {}
        for token in self._joining(scope, node):
            used.setdefault(token.flow, token)
        survivor, *others = used.values()
        for token in others:
            self._remove(token)
        self._split(survivor)

    def _split(self, token: Token) -> None:
        flows = token.scope.graph.outgoing(token.node.id)
        if token.node.kind is Kind.PARALLEL or len(flows) < 2:
            self._leave(token)
            return
        scope = token.scope.variables.visible()
        true = [flow.id for flow in flows if flow.condition and evaluate(flow.condition, scope) is True]
        chosen = true[:1] if token.node.kind is Kind.EXCLUSIVE else true
        if not chosen and token.node.default:
            chosen = [token.node.default]
        if chosen:
            self._leave(token, chosen)
        else:
            token.stage = Stage.STUCK

    # Activities and events

    def _activate(self, token: Token) -> None:
        token.stage = Stage.ACTIVE
        node, graph = token.node, token.scope.graph
        if node.kind is Kind.EVENT_GATEWAY:
            targets = [graph.nodes[flow.target] for flow in graph.outgoing(node.id)]
            token.arms = [Arm(self._number(), target) for target in targets]
            return
        if node.kind in EVENTS:
            token.arms = [Arm(self._number(), node)]
            return
        items = [None] if node.multi is None else evaluate(node.multi.collection, token.scope.variables.visible())
        if not items:
            self._finish_activity(token)
            return
        for boundary in graph.boundaries(node.id):
            if boundary.kind is not Kind.ON_ERROR:
                token.arms.append(Arm(self._number(), boundary, boundary.firings))
        token.results = [None] * len(items)
        token.waiting_items = list(enumerate(items, start=1))
        if node.multi is not None and node.multi.sequential:
            self._next_work(token)
            return
        while token.alive and token.waiting_items:
            self._next_work(token)

    def _next_work(self, token: Token) -> None:
        counter, item = token.waiting_items.pop(0)
        node, multi = token.node, token.node.multi
        local = Variables({}, token.scope.variables)
        if multi is not None:
            local.values["loopCounter"] = counter
            if multi.element:
                local.values[multi.element] = item
            if multi.collects:
                local.values.setdefault(multi.collects, None)
        for mapping in node.inputs:
            local.values[mapping.target] = evaluate(mapping.source, local.visible())
        work = Work(self._number(), token, local, counter if multi is not None else 0)
        token.works.append(work)
        if node.kind is Kind.SUBPROCESS:
            assert node.body is not None
            work.inside = Scope(node.body, local, work)
        elif node.kind is Kind.CALL:
            passed = local.visible() if node.all_in else dict(local.values)
            work.inside = Scope(self.model.processes[node.called], Variables(passed, isolated=True), work)
        if work.inside is not None:
            self._begin(work.inside)

    def _finish_work(self, work: Work, values: Mapping[str, Any], *, merge: bool) -> None:
        """One execution is done; ``values`` came from outside and enter the scope where ``merge`` says so."""
        token = work.token
        node = token.node
        inner = work.inside.variables.visible() if work.inside is not None else {}
        seen = work.variables.visible() | inner | dict(values)
        written: dict[str, Any] = {}
        for mapping in node.outputs:
            written[mapping.target] = evaluate(mapping.source, seen | written)
        bare = not node.outputs and (merge or (node.kind is Kind.CALL and node.all_out))
        if bare:
            written = inner if node.kind is Kind.CALL else dict(values)
        # What comes bare, and what an instance of a multi-instance maps, meets the activity's own variables first.
        start = work.variables if bare or node.multi is not None else token.scope.variables
        for name, value in written.items():
            start.write(name, value)
        token.works.remove(work)
        if token.multi is None:
            self._finish_activity(token)
        else:
            self._finish_instance(work)

    def _finish_instance(self, work: Work) -> None:
        token, multi = work.token, work.token.multi
        assert multi is not None
        inner = work.variables.visible()
        if multi.output_element:
            token.results[work.counter - 1] = evaluate(multi.output_element, inner)
        token.over += 1
        inner |= {"numberOfInstances": len(token.results), "numberOfCompletedInstances": token.over}
        if multi.completion and evaluate(multi.completion, inner) is True:
            self._finish_activity(token)
        elif multi.sequential and token.waiting_items:
            self._next_work(token)
        elif not token.works and not token.waiting_items:
            self._finish_activity(token)

    def _finish_activity(self, token: Token) -> None:
        if token.multi is not None and token.multi.output_collection:
            token.scope.variables.write(token.multi.output_collection, token.results)
        self._leave(token)

    def _trigger(self, arm: Arm, values: Mapping[str, Any]) -> None:
        """A message or a timer reaches the event: a boundary, a catch event, or one behind an event-based gateway."""
        token = next(token for token in self._tokens() if arm in token.arms)
        if not arm.node.host:
            self._apply_outputs(token.scope, arm.node, values)
            token.node = arm.node
            self._leave(token)
            return
        if arm.left is not None:
            arm.left -= 1
            if not arm.left:
                token.arms.remove(arm)
        self._leave_by_boundary(token, arm.node, values)

    def _leave_by_boundary(self, token: Token, boundary: Node, values: Mapping[str, Any]) -> None:
        self._put(token.scope, boundary)
        if boundary.interrupting:
            self._remove(token)
        self._apply_outputs(token.scope, boundary, values)

    def _apply_outputs(self, scope: Scope, node: Node, values: Mapping[str, Any]) -> None:
        for mapping in node.outputs:
            scope.variables.write(mapping.target, evaluate(mapping.source, scope.variables.visible() | dict(values)))

    # Errors

    def _catch_at(self, token: Token, code: str, values: Mapping[str, Any]) -> bool:
        found = [b for b in token.scope.graph.boundaries(token.node.id) if b.kind is Kind.ON_ERROR]
        hits = sorted((b for b in found if self.catches(b, code)), key=lambda b: b.code == "")
        if not hits:
            return False
        self._leave_by_boundary(token, hits[0], values)
        return True

    def _catch_outside(self, scope: Scope, code: str, values: Mapping[str, Any]) -> bool:
        while scope.host is not None:
            token = scope.host.token
            if self._catch_at(token, code, values):
                return True
            scope = token.scope
        return False

    # Looking around

    def _tokens(self) -> Iterator[Token]:
        for scope in scopes_in(self.root):
            yield from list(scope.tokens)

    def _find(self, number: int) -> Work | Arm | Token:
        for token in self._tokens():
            held: list[Work | Arm | Token] = [token, *token.works, *token.arms]
            for one in held:
                if one.number == number:
                    return one
        raise LookupError(number)
