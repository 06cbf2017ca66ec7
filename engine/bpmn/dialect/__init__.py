"""The dialect of BPMN that Shenhou accepts: what is accepted, and a reason and a remedy for everything else.

``check_dialect`` judges one file alone. What spans files (forms, called processes, decisions, job types) and the FEEL
texts themselves are judged where the pack is known; ``iter_expressions`` lists those texts.

To accept a further element or attribute, begin in ``vocabulary`` (BPMN) or ``zeebe`` (extensions). Rules by subject:
``grammar`` and ``extensions`` (nothing unknown), ``references``, ``activities``, ``events``, ``flows``, ``paths``,
``layout``, ``naming``.
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from engine.bpmn.dialect.activities import check_activities, check_processes
from engine.bpmn.dialect.diagram import read_diagram
from engine.bpmn.dialect.events import check_events, check_messages_and_errors
from engine.bpmn.dialect.expressions import Expression, iter_expressions
from engine.bpmn.dialect.flows import check_flows
from engine.bpmn.dialect.grammar import check_grammar
from engine.bpmn.dialect.layout import check_layout
from engine.bpmn.dialect.naming import check_naming
from engine.bpmn.dialect.paths import check_paths
from engine.bpmn.dialect.references import check_references
from engine.bpmn.dialect.report import Report
from engine.bpmn.dialect.tags import name_of
from engine.errors import Problem

__all__ = ["Expression", "check_dialect", "iter_expressions"]


def check_dialect(root: Element, file: str) -> list[Problem]:
    """Every finding about the BPMN whose tree (from ``parse_xml``) is `root`, in the order of lines.

    `file` is the path in the pack; its stem is the id that the process must have.
    """
    report = Report(file)
    if name_of(root) != "bpmn:definitions":
        report.error(root, "dialect/root", f"{name_of(root)} is no BPMN file", "save it from a BPMN modeler")
        return report.problems
    accepted = check_grammar(root, report)
    diagram = read_diagram(root)
    check_processes(root, report)
    check_references(root, diagram, accepted, report)
    check_activities(accepted, diagram, report)
    check_events(diagram, report)
    check_messages_and_errors(root, diagram, report)
    check_flows(diagram, report)
    check_paths(diagram, report)
    check_layout(root, accepted, report)
    check_naming(root, diagram, report)
    return sorted(report.problems)
