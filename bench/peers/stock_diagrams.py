"""A pack's diagrams in what stock SpiffWorkflow can run: their control flow along the way of one recorded case.

Kept: user tasks, gateways, calls, embedded sub-processes, ends. What stock classes cannot run gives way to the least
that lets the tokens pass, and ``Translation.dropped`` counts it:

* service tasks, decisions, receive tasks and events between become a script that does nothing; a service task whose
  job a system outside answered becomes a user task, since there the case waited;
* boundary events and event sub-processes go, with whatever only they lead to;
* a choice between events takes its first way; a loop over a list becomes as many calls side by side as the list had
  entries, or a script that does nothing;
* a condition becomes True, False or the items for which it held: what FEEL gave when the case was recorded, last;
* extension elements and documentation go, for nobody reads them here.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from bench.recording import TURNING, Recording

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"
PASSED = {
    "serviceTask": "service tasks",
    "sendTask": "service tasks",
    "businessRuleTask": "decisions",
    "scriptTask": "scripts",
    "manualTask": "manual tasks",
    "receiveTask": "waits for messages and timers",
    "intermediateCatchEvent": "waits for messages and timers",
    "intermediateThrowEvent": "events thrown",
}


class Untranslatable(Exception):
    """A pack whose control flow cannot be brought into stock classes."""


@dataclass(frozen=True)
class Translation:
    """Parsed diagrams by process id, ``main`` and what it calls alone, and how much of what is left out of them."""

    main: str
    diagrams: Mapping[str, Any]
    dropped: Counter[str] = field(default_factory=Counter)


def translate(files: Mapping[str, bytes], main: str, recording: Recording) -> Translation:
    """``files`` are the pack's diagrams by name. Raises ``Untranslatable``."""
    roots = {process.get("id"): root for root in map(etree.fromstring, files.values()) for process in _processes(root)}
    translation = Translation(main, {}, Counter())
    pending, diagrams = [main], dict[str, Any]()
    while pending:
        name = pending.pop()
        if name in diagrams:
            continue
        if name not in roots:
            raise Untranslatable(f"process {name} is nowhere in the pack")
        diagrams[name] = roots[name]
        for process in _processes(roots[name]):
            pending += _Translator(process, recording, translation.dropped).run()
    return Translation(main, diagrams, translation.dropped)


def _processes(root: Any) -> list[Any]:
    return list(root.findall(f"{BPMN}process"))


class _Translator:
    """Translates one process in place."""

    def __init__(self, process: Any, recording: Recording, dropped: Counter[str]) -> None:
        self._process, self._recording, self._dropped = process, recording, dropped
        self._answered = {one.element for one in recording.commands if one.verb == "answer"}
        self._done = {one.element for one in recording.commands if one.verb == "complete"}

    def run(self) -> list[str]:
        """Translate; the ids of the processes that are called."""
        self._drop_events()
        for gateway in self._all("eventBasedGateway"):
            self._count("choices between events")
            self._remove(self._flows(sourceRef=gateway.get("id"))[1:])
            gateway.tag = f"{BPMN}exclusiveGateway"
        self._drop_unreachable()
        for loop in self._all("multiInstanceLoopCharacteristics"):
            if self._entries(loop.getparent()) == () or self._was_never_done(loop.getparent()):
                self._skip(loop.getparent())
        for element, kind in [(element, kind) for name, kind in PASSED.items() for element in self._all(name)]:
            self._pass(element, kind)
        called = [self._call(activity) for activity in self._all("callActivity")]
        for marker in self._all("multiInstanceLoopCharacteristics"):
            self._count("loops over lists")
            self._remove([marker])
        for flow in self._all("sequenceFlow"):
            self._condition(flow)
        for name in ("extensionElements", "documentation"):
            self._remove(self._all(name))
        return called

    def _call(self, activity: Any) -> str:
        """Name the called process as BPMN does, and hand in the item by a script in front."""
        stated = activity.find(f".//{ZEEBE}calledElement")
        called = str(stated.get("processId")) if stated is not None else ""
        if not called or called.startswith("="):
            raise Untranslatable(f"call activity {activity.get('id')} names no process")
        activity.set("calledElement", called)
        for given in activity.iterfind(f".//{ZEEBE}input[@target='{TURNING}']"):
            value = given.get("source", "")
            self._hand_in(activity, (self._entries(activity) or ()) if value.startswith("=") else (value,))
        return called

    def _entries(self, activity: Any) -> tuple[str, ...] | None:
        """What a loop goes through; None where it is none, or its list was never made."""
        loop = activity.find(f".//{ZEEBE}loopCharacteristics")
        return None if loop is None else self._recording.listed.get(str(loop.get("inputCollection")).removeprefix("="))

    def _was_never_done(self, activity: Any) -> bool:
        """Of a user task in a loop over a variable, whose list nobody has to compute: there was nothing in it."""
        return str(activity.tag).endswith("userTask") and activity.get("id") not in self._done

    def _skip(self, activity: Any) -> None:
        """A loop over nothing."""
        self._count("loops over lists")
        for child in [child for child in activity if not str(child.tag).endswith(("incoming", "outgoing"))]:
            activity.remove(child)
        activity.tag = f"{BPMN}scriptTask"
        etree.SubElement(activity, f"{BPMN}script").text = "pass"

    def _hand_in(self, activity: Any, entries: Sequence[str]) -> None:
        """Set the item by a script in front; of several, each goes through an activity of its own beside the others."""
        if len(entries) < 2:
            for entry in entries:
                self._put_before(activity, f"{TURNING} = {entry!r}")
            return
        process, own = activity.getparent(), str(activity.get("id"))
        for flow in self._flows(targetRef=own):
            flow.set("targetRef", f"split_{own}")
        for flow in self._flows(sourceRef=own):
            flow.set("sourceRef", f"join_{own}")
        for gateway in (f"split_{own}", f"join_{own}"):
            etree.SubElement(process, f"{BPMN}parallelGateway", id=gateway)
        for number, entry in enumerate(entries):
            one = activity if number == 0 else copy.deepcopy(activity)
            one.set("id", f"{own}_{number}")
            process.append(one)
            for ends in ((f"split_{own}", f"{own}_{number}"), (f"{own}_{number}", f"join_{own}")):
                flow = {"id": "_to_".join(ends), "sourceRef": ends[0], "targetRef": ends[1]}
                etree.SubElement(process, f"{BPMN}sequenceFlow", **flow)
            self._put_before(one, f"{TURNING} = {entry!r}")

    def _put_before(self, element: Any, script: str) -> None:
        before = etree.SubElement(element.getparent(), f"{BPMN}scriptTask", id=f"before_{element.get('id')}")
        etree.SubElement(before, f"{BPMN}script").text = script
        for flow in self._flows(targetRef=element.get("id")):
            flow.set("targetRef", before.get("id"))
        ends = {"sourceRef": before.get("id"), "targetRef": element.get("id")}
        etree.SubElement(element.getparent(), f"{BPMN}sequenceFlow", id=f"{before.get('id')}_to", **ends)

    def _drop_events(self) -> None:
        boundaries = self._all("boundaryEvent")
        inner = [one for one in self._all("subProcess") if one.get("triggeredByEvent") == "true"]
        self._count("boundary events", len(boundaries))
        self._count("event sub-processes", len(inner))
        self._remove([*boundaries, *inner])
        for event in (*self._all("startEvent"), *self._all("endEvent")):
            self._remove([child for child in event if str(child.tag).endswith("EventDefinition")])

    def _drop_unreachable(self) -> None:
        """Flows that end nowhere, elements that no flow leads to, and so on until nothing more goes."""
        while True:
            ids = {element.get("id") for element in self._process.iter(f"{BPMN}*")}
            flows = self._all("sequenceFlow")
            gone = [flow for flow in flows if flow.get("sourceRef") not in ids or flow.get("targetRef") not in ids]
            reached = {flow.get("targetRef") for flow in flows if flow not in gone}
            ends = [element for element in self._nodes() if element.get("id") not in reached]
            gone += [element for element in ends if not str(element.tag).endswith("startEvent")]
            if not gone:
                return
            self._remove(gone)

    def _nodes(self) -> Iterator[Any]:
        """The elements that flows connect."""
        names = (*PASSED, "userTask", "callActivity", "subProcess", "endEvent", "startEvent")
        for name in (*names, "exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway"):
            yield from self._all(name)

    def _pass(self, element: Any, kind: str) -> None:
        for child in list(element):
            if not str(child.tag).endswith(("incoming", "outgoing")):
                element.remove(child)
        if element.get("id") in self._answered:
            element.tag = f"{BPMN}userTask"
            return
        self._count(kind)
        element.tag = f"{BPMN}scriptTask"
        etree.SubElement(element, f"{BPMN}script").text = "pass"

    def _condition(self, flow: Any) -> None:
        condition = flow.find(f"{BPMN}conditionExpression")
        if condition is None:
            return
        feel = (condition.text or "").strip().removeprefix("=").strip()
        condition.text = python_condition(self._recording.chosen.get(feel, {}))
        self._count("FEEL conditions")

    def _flows(self, **ends: str) -> list[Any]:
        ((name, value),) = ends.items()
        return [flow for flow in self._all("sequenceFlow") if flow.get(name) == value]

    def _all(self, name: str) -> list[Any]:
        return list(self._process.iter(f"{BPMN}{name}"))

    def _remove(self, elements: list[Any]) -> None:
        for element in elements:
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)

    def _count(self, kind: str, number: int = 1) -> None:
        if number:
            self._dropped[kind] += number


def python_condition(chosen: Mapping[str, bool]) -> str:
    """Python that is true where the recorded case found it so; what was never asked is false."""
    if len(set(chosen.values())) < 2:
        return str(any(chosen.values()))
    return f"{TURNING} in {sorted(item for item, holds in chosen.items() if holds)!r}"
