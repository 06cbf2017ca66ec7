"""Multi-instance: one activity for each entry of a FEEL list, at once or one after the other.

The body's token owns one token for each running instance. Boundary events belong to the body. An instance sees its
entry under ``inputElement`` and its number under ``loopCounter``; what ``outputElement`` reads is kept in the instance.
"""

from __future__ import annotations

import re

from engine.bpmn.elements import Activity, assign, kind_of, resolve
from engine.bpmn.extensions import Loop
from engine.bpmn.host import BadValue, Json
from engine.bpmn.tokens import STARTED, Token, visible_from

COUNTER = "loopCounter"
_LEADING_NAME = re.compile(r"=\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:\.|$)")


class MultiInstance(Activity):
    """The body around the activity named ``inner``."""

    is_loop = True
    inner = ""
    loop: Loop

    def begin(self, token: Token) -> bool:
        entries = resolve(token, self.loop.collection)
        if not isinstance(entries, list):
            raise BadValue(f"inputCollection {self.loop.collection} gave {kind_of(entries)}, not a list")
        top = token.workflow.top_workflow
        top.budget.check_list(len(entries))
        if not entries:
            self._publish(token, [])
            return True
        token.remember(total=len(entries), over=0, out=[None] * len(entries))
        self.wait(token, STARTED)
        if not self.loop.sequential:
            for number, entry in enumerate(entries, 1):
                self._add_instance(token, number, entry)
            return False
        kept = [top.check_value(self.loop.element, entry) if self.loop.element else None for entry in entries]
        token.remember(entries=kept)
        self._add_instance(token, 1, kept[0])
        return False

    def instance_done(self, body: Token, instance: Token) -> None:
        """One instance has ended: collect its result, then start the next, go on waiting, or end the body."""
        notes, number = body.internal_data, instance.internal_data["number"]
        over, total = notes["over"] + 1, notes["total"]
        if self.loop.output_element:
            out = list(notes["out"])
            result = resolve(instance, self.loop.output_element)
            out[number - 1] = instance.workflow.top_workflow.check_value(self.loop.output_collection, result)
            notes["out"] = out
        enough = self._is_enough(instance, total, over)
        body.remember(over=over)
        body.workflow.remove(instance, done=True)
        if over < total and not enough:
            if self.loop.sequential:
                self._add_instance(body, number + 1, notes["entries"][number])
            return
        for running in body.owned:
            body.workflow.remove(running)
        self._publish(body, notes["out"])
        body.complete()

    def _is_enough(self, instance: Token, total: int, over: int) -> bool:
        if not self.loop.completion:
            return False
        running = len([t for t in instance.owner.owned if t.task_spec.name == self.inner]) - 1 if instance.owner else 0
        counts = {
            "numberOfInstances": total,
            "numberOfCompletedInstances": over,
            "numberOfActiveInstances": running,
            "numberOfTerminatedInstances": 0,
        }
        scope = visible_from(instance, counts)
        return instance.workflow.top_workflow.host.evaluate(self.loop.completion.removeprefix("="), scope) is True

    def _add_instance(self, body: Token, number: int, entry: Json) -> None:
        local: dict[str, Json] = {COUNTER: number}
        if self.loop.element:
            local[self.loop.element] = body.workflow.top_workflow.check_value(self.loop.element, entry)
        collected = _LEADING_NAME.match(self.loop.output_element)
        if collected:
            local.setdefault(collected[1], None)  # local, so that the instances do not write it over one another
        instance = body.workflow.add(body.workflow.spec.task_specs[self.inner], owner=body, locals_=local)
        instance.remember(number=number)  # the counter is a variable, which a diagram may overwrite

    def _publish(self, body: Token, out: list[Json]) -> None:
        if self.loop.output_collection:
            assign(body, self.loop.output_collection, out)
