"""What the three SpiffWorkflow subjects share: parse the diagram, find the open step, complete it, count.

Stock classes, stock script engine, stock stepping. ``SpiffWorkflow`` has no type information, hence ``Any``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow  # type: ignore[import-untyped,unused-ignore]
from SpiffWorkflow.bpmn.parser import BpmnParser  # type: ignore[import-untyped,unused-ignore]
from SpiffWorkflow.util.task import TaskState  # type: ignore[import-untyped,unused-ignore]

from bench.diagrams import diagram_of
from bench.subject import Outcome
from bench.workload import PROCESS_ID, Values


def parse(branches: int) -> Any:
    """The workload's process specification."""
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.fromstring(diagram_of("spiff", branches)))
    return parser.get_spec(PROCESS_ID)


def begin(spec: Any) -> Any:
    """A new workflow that has not moved yet."""
    return BpmnWorkflow(spec)


def start(spec: Any) -> Any:
    """A new workflow that waits at its first user task."""
    workflow = begin(spec)
    workflow.do_engine_steps()
    return workflow


def complete(workflow: Any, step: str, values: Values) -> None:
    """Complete the open user task ``step`` and run on until everything waits."""
    spiff_task = workflow.get_next_task(spec_name=step, state=TaskState.READY)
    spiff_task.data[step] = dict(values)
    spiff_task.run()
    workflow.do_engine_steps()


def outcome(workflow: Any) -> Outcome:
    """Counts from the task tree; what a script left behind must have survived in the data as well."""
    completed: Iterable[Any] = workflow.get_tasks(state=TaskState.COMPLETED)
    kinds = [type(spiff_task.task_spec).__name__ for spiff_task in completed]
    traces = sum(key.startswith("record_") for key in workflow.data)
    records = traces if workflow.is_completed() else kinds.count("ScriptTask")
    return Outcome(workflow.is_completed(), kinds.count("UserTask"), records)
