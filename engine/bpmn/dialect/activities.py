"""Processes as a whole, and what each activity needs besides its place in the graph."""

from __future__ import annotations

from collections.abc import Iterable

from lxml.etree import _Element as Element

from engine.bpmn.dialect import values
from engine.bpmn.dialect.diagram import Diagram
from engine.bpmn.dialect.extensions import check_required_extensions, check_value
from engine.bpmn.dialect.report import Report
from engine.bpmn.dialect.tags import children, first_child, kind_of, text_of


def check_processes(root: Element, report: Report) -> None:
    """One executable process a file; the other pools of a collaboration are drawn empty."""
    processes = list(children(root, "bpmn:process"))
    if not processes:
        report.error(root, "dialect/one-process", "the file holds no process", "draw one")
    for process in processes[1:]:
        message = "a file holds one process"
        report.error(process, "dialect/one-process", message, "draw other pools empty, or in files of their own")
    for process in processes[:1]:
        if process.get("isExecutable") != "true":
            report.error(
                process, "dialect/not-executable", "the process is not executable", 'write isExecutable="true"'
            )


def check_activities(accepted: Iterable[Element], diagram: Diagram, report: Report) -> None:
    """The extension elements that a kind of element cannot do without, and the conditions of multi-instances."""
    for element in accepted:
        node = diagram.nodes.get(str(element.get("id") or ""))
        if node is None or node.element is not element or node.event in ("", "message"):
            check_required_extensions(element, report)
        if kind_of(element) == "multiInstanceLoopCharacteristics":
            condition = first_child(element, "bpmn:completionCondition")
            if condition is not None:
                check_value(condition, "completionCondition", text_of(condition), values.CONDITION, report)
