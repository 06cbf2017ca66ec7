"""Stock SpiffWorkflow 3.2.0 as a subject, for the parts of the dialect in which it is right.

A thin translation makes our diagrams readable to it: jobs become user tasks, ``zeebe:`` attributes the ones that stock
reads, FEEL is evaluated by the oracle's little evaluator. ``FRAGMENT`` leaves out what stock is known to do wrong.
"""

# mypy: disable-error-code="import-untyped, misc, no-untyped-call"

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn import BpmnEvent, BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.event_definitions import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.multiple import MultipleEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.timer import CycleTimerEventDefinition, TimerEventDefinition
from SpiffWorkflow.util.task import TaskState

from tests.oracle.features import Features
from tests.oracle.feel import evaluate
from tests.oracle.model import JOBS, ROOT, Model
from tests.oracle.play import Begin, Item
from tests.oracle.write_bpmn import BPMN, ZEEBE, write_files

_COMMON = Features(
    job_errors=False,
    nested_inclusive=False,
    loose_joins=False,
    joins_in_loops=False,
    loops_by_join=False,
    spill=False,
    nets=False,
    cycles=False,
    wide_errors=False,
    multi_boundaries=False,
    rich_multi=False,
    far=False,
    scopes=False,
)
FRAGMENTS = (
    # Stock takes an interrupted activity for one that arrived at a parallel join, unless its boundary path arrives too.
    replace(_COMMON, rejoin=1.0, multi=False),
    replace(_COMMON, rejoin=0.0, interrupting=0.0, error_ends=False),
    replace(_COMMON, rejoin=0.0, parallel=False, inclusive=False),
)
_CHILD = " [child]"
_DUE = datetime.now(UTC) - timedelta(days=1)

logging.getLogger("spiff").setLevel(logging.ERROR)


class _Feel(PythonScriptEngine):
    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> Any:
        text = expression.strip()
        return evaluate(text[1:], task.data) if text.startswith("=") else text


class StockSubject:
    """One case on stock SpiffWorkflow."""

    @classmethod
    def prepare(cls, model: Model) -> Begin:
        parser = BpmnParser()
        roots = [_translate(data) for data in write_files(model).values()]
        for root in roots:
            parser.add_bpmn_xml(root)
        spec, called = parser.get_spec(ROOT), parser.get_subprocess_specs(ROOT)
        return lambda: cls(model, spec, called)

    def __init__(self, model: Model, spec: Any, called: Any) -> None:
        self.nodes = {node.id: node for node in model.walk()}
        self.workflow = BpmnWorkflow(spec, called, script_engine=_Feel())
        self.workflow.get_next_task(spec_name="Start").data.update(model.variables)
        self._step()

    @property
    def finished(self) -> bool:
        return bool(self.workflow.is_completed())

    @property
    def variables(self) -> None:
        return None  # stock gives every token a copy of its own

    def open(self) -> list[Item]:
        found: list[Item] = []
        for workflow in self._running():
            for waiting in workflow.tasks.values():
                found += self._items(waiting)
        return found

    def _running(self) -> list[Any]:
        """The case's workflow and those inside it; stock keeps subprocesses of rounds that it has dropped."""
        found = [self.workflow]
        for workflow in found:
            found += [inner for inner in self.workflow.subprocesses.values() if inner.parent_task_id in workflow.tasks]
        return found

    def complete(self, handle: str, values: Mapping[str, Any]) -> None:
        waiting = self._find(handle)
        node = self.nodes[_element(waiting)]
        for mapping in node.outputs:
            waiting.data[mapping.target] = evaluate(mapping.source, {**waiting.data, **values})
        waiting.run()
        self._step()

    def throw_error(self, handle: str, code: str, values: Mapping[str, Any]) -> None:
        raise NotImplementedError("stock gives a worker's error to every sibling; not in the fragments")

    def deliver(self, handle: str, payload: Mapping[str, Any]) -> None:
        waiting, definition = self._find(handle), self._definition(handle)
        waiting.task_spec.catch(waiting, BpmnEvent(definition, dict(payload)))
        waiting.task_spec._update(waiting)
        self._step()

    def fire(self, handle: str) -> None:
        waiting = self._find(handle)
        if isinstance(self._definition(handle), CycleTimerEventDefinition):
            waiting.internal_data["event_value"]["next"] = _DUE.isoformat()
        else:
            waiting.internal_data["event_value"] = _DUE.isoformat()
        waiting.task_spec._update(waiting)
        self._step()

    def retry(self, handle: str) -> None:
        raise NotImplementedError("stock has no incidents; not in the fragments")

    def _step(self) -> None:
        self.workflow.do_engine_steps()
        while any(not ready.task_spec.manual for ready in self.workflow.get_tasks(state=TaskState.READY)):
            self.workflow.do_engine_steps()

    def _items(self, waiting: Any) -> Iterator[Item]:
        element, path = _element(waiting), self._path(waiting.workflow)
        if waiting.state == TaskState.READY and waiting.task_spec.manual:
            kind = "job" if self.nodes[element].kind in JOBS else "user"
            yield Item(str(waiting.id), kind, path, element)
        definition = getattr(waiting.task_spec, "event_definition", None)
        if waiting.state != TaskState.WAITING:
            return
        if isinstance(definition, MultipleEventDefinition):
            for k, arm in enumerate(definition.event_definitions):
                yield Item(f"{waiting.id}:{k}", _event_kind(arm), path, waiting.task_spec.outputs[k].name)
        elif _event_kind(definition):
            yield Item(str(waiting.id), _event_kind(definition), path, element)

    def _path(self, workflow: Any) -> tuple[str, ...]:
        path: list[str] = []
        while workflow.parent_task_id is not None:
            host = self.workflow.get_task_from_id(workflow.parent_task_id)
            path.insert(0, _element(host) + _instance(host))
            workflow = host.workflow
        return tuple(path)

    def _find(self, handle: str) -> Any:
        wanted = handle.partition(":")[0]
        for workflow in self._running():
            for waiting in workflow.tasks.values():
                if str(waiting.id) == wanted:
                    return waiting
        raise LookupError(handle)

    def _definition(self, handle: str) -> Any:
        definition = self._find(handle).task_spec.event_definition
        arm = handle.partition(":")[2]
        return definition.event_definitions[int(arm)] if arm else definition


def _element(waiting: Any) -> str:
    name: str = waiting.task_spec.name
    return name.removesuffix(_CHILD)


def _instance(host: Any) -> str:
    if not host.task_spec.name.endswith(_CHILD):
        return ""
    index = host.internal_data.get("key_or_index", host.internal_data.get("item"))
    return f"[{index + 1}]"


def _event_kind(definition: Any) -> str:
    if isinstance(definition, TimerEventDefinition):
        return "timer"
    return "message" if isinstance(definition, MessageEventDefinition) else ""


def _translate(data: bytes) -> Any:
    root: Any = etree.fromstring(data)
    for element in root.iter(f"{{{BPMN}}}*"):
        tag = etree.QName(element).localname
        if tag in ("serviceTask", "sendTask"):
            element.tag = f"{{{BPMN}}}userTask"
        elif tag == "manualTask":
            element.tag = f"{{{BPMN}}}intermediateThrowEvent"  # passes, as no stock task does
        elif tag == "callActivity":
            element.set("calledElement", element.find(f".//{{{ZEEBE}}}calledElement").get("processId"))
        elif tag == "multiInstanceLoopCharacteristics":
            collection = element.find(f".//{{{ZEEBE}}}loopCharacteristics").get("inputCollection")
            cardinality = etree.SubElement(element, f"{{{BPMN}}}loopCardinality")
            cardinality.text = f"= {len(evaluate(collection[1:], {}))}"
    return root
