"""Ids that can be kept for ever, names in Chinese, and a word of documentation.

Ids of processes and nodes are stored with running cases, so they must mean something before they are first published.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from lxml.etree import _Element as Element

from engine.bpmn.dialect.diagram import Diagram, Flow, Node
from engine.bpmn.dialect.report import Report, shown
from engine.bpmn.dialect.tags import first_child, text_of
from engine.bpmn.dialect.vocabulary import ACTIVITIES, DECIDING, GATEWAYS

_ID = re.compile(r"[a-z][a-z0-9_]*")
_LONGEST = {"process": 64, "element": 128}  # what the columns of the tables hold
_DEFAULT_ID = re.compile(r"[A-Z][A-Za-z]+_[0-9a-z]{7}")
_CHINESE = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")


def check_naming(root: Element, diagram: Diagram, report: Report) -> None:
    process = first_child(root, "bpmn:process")
    if process is not None:
        _check_process(process, report)
    for node in diagram.nodes.values():
        if node.accepted:
            _check_id(node.element, node.id, report)
            _check_name(node, report)
            _check_documentation(node, report)
    for flow in diagram.flows:
        _check_answer(flow, report)


def _check_process(process: Element, report: Report) -> None:
    stem = PurePosixPath(report.file).stem
    name = str(process.get("id") or "")
    if name and name != stem:
        message = f"process {shown(name)} is not named like its file"
        report.error(process, "naming/process-id", message, f"name the process {stem}, or the file {name}.bpmn")
    _check_id(process, name, report, _LONGEST["process"])
    if not _CHINESE.search(str(process.get("name") or "")):
        report.warn(process, "naming/name", f"process {name} has no Chinese name", "name it as an official would")


def _check_id(element: Element, name: str, report: Report, longest: int = _LONGEST["element"]) -> None:
    if len(name) > longest:
        message = f"{shown(name)} has {len(name)} letters; at most {longest} are kept"
        report.error(element, "naming/id-length", message, "say it shorter")
    if _DEFAULT_ID.fullmatch(name):
        message = f"{name} is the modeler's id; ids are kept for ever and must say what is meant"
        report.error(element, "naming/default-id", message, "tasks verb_object, events in the past, gateways questions")
    elif name and not _ID.fullmatch(name):
        message = f"{shown(name)} is not of lower-case letters, digits and underscores"
        report.error(element, "naming/id", message, "write it like check_identity")


def _check_name(node: Node, report: Report) -> None:
    if _is_plain_join(node) or _CHINESE.search(str(node.element.get("name") or "")):
        return
    message = f"{node.kind} {node.id} has no Chinese name"
    report.warn(node.element, "naming/name", message, "name it as an official would")


def _check_documentation(node: Node, report: Report) -> None:
    if node.kind not in (*ACTIVITIES, *GATEWAYS) or _is_plain_join(node):
        return
    if not text_of(first_child(node.element, "bpmn:documentation")):
        message = f"{node.kind} {node.id} has no documentation"
        report.warn(node.element, "naming/documentation", message, "say on which rule of which document it rests")


def _is_plain_join(node: Node) -> bool:
    """A gateway that only brings branches together decides nothing that a name could tell."""
    return node.kind in GATEWAYS and len(node.outgoing) < 2


def _check_answer(flow: Flow, report: Report) -> None:
    """A flow out of a decision is an answer to the gateway's question."""
    asked = flow.source is not None and flow.source.kind in DECIDING and len(flow.source.outgoing) > 1
    if asked and _DEFAULT_ID.fullmatch(flow.id):
        message = f"{flow.id} is the modeler's id of an answer"
        report.warn(flow.element, "naming/default-id", message, "name it like is_abnormal_yes")
