"""What the ``zeebe:`` extension elements of one BPMN node say, read into plain values.

The tree has passed ``dialect.check_dialect``: an element that could not be understood never comes this far, so nothing
is guessed here. A text that begins with ``=`` is FEEL, any other is literal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"
NAMESPACES = {
    "bpmn": BPMN,
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "zeebe": ZEEBE,
}
FACTS_PROPERTY = "shenhou:facts"


@dataclass(frozen=True, slots=True)
class Mapping:
    """``target`` is set to the value of ``source``."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Loop:
    """``zeebe:loopCharacteristics`` with the BPMN attributes beside it."""

    sequential: bool
    collection: str
    element: str = ""
    output_collection: str = ""
    output_element: str = ""
    completion: str = ""


@dataclass(frozen=True, slots=True)
class Extensions:
    """Everything that the kernel reads of a node's extensions; an absent text is ``""``."""

    form_id: str = ""
    assignee: str = ""
    candidate_groups: str = ""
    candidate_users: str = ""
    due_date: str = ""
    follow_up_date: str = ""
    priority: str = ""
    job_type: str = ""
    retries: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    inputs: tuple[Mapping, ...] = ()
    outputs: tuple[Mapping, ...] = ()
    called_process: str = ""
    propagate_parent: bool = True
    propagate_child: bool = False
    decision_id: str = ""
    result_variable: str = ""
    loop: Loop | None = None
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def facts_path(self) -> str:
        return self.properties.get(FACTS_PROPERTY, "")


def read_extensions(node: Any) -> Extensions:
    """The extensions of ``node``, an lxml element of a flow node."""
    stated = _stated(node)
    assignment, schedule = stated.get("assignmentDefinition", {}), stated.get("taskSchedule", {})
    job, called, decision = (stated.get(n, {}) for n in ("taskDefinition", "calledElement", "calledDecision"))
    mappings = stated.get("ioMapping", ())
    return Extensions(
        form_id=stated.get("formDefinition", {}).get("formId", ""),
        assignee=assignment.get("assignee", ""),
        candidate_groups=assignment.get("candidateGroups", ""),
        candidate_users=assignment.get("candidateUsers", ""),
        due_date=schedule.get("dueDate", ""),
        follow_up_date=schedule.get("followUpDate", ""),
        priority=stated.get("priorityDefinition", {}).get("priority", ""),
        job_type=job.get("type", ""),
        retries=job.get("retries", ""),
        headers={h.get("key", ""): h.get("value", "") for h in stated.get("taskHeaders", ())},
        inputs=_mappings(mappings, "input"),
        outputs=_mappings(mappings, "output"),
        called_process=called.get("processId", ""),
        propagate_parent=called.get("propagateAllParentVariables", "true") == "true",
        propagate_child=called.get("propagateAllChildVariables", "false") == "true",
        decision_id=decision.get("decisionId", ""),
        result_variable=decision.get("resultVariable", ""),
        loop=_read_loop(node),
        properties={p.get("name", ""): p.get("value", "") for p in stated.get("properties", ())},
    )


def read_correlation_key(message: Any) -> str:
    """The ``correlationKey`` of a ``bpmn:message``'s ``zeebe:subscription``; ``""`` correlates by case alone."""
    return str(_stated(message).get("subscription", {}).get("correlationKey", ""))


def version_tag(process: Any) -> str:
    """The ``zeebe:versionTag`` of a process, or ``""``."""
    return str(_stated(process).get("versionTag", {}).get("value", ""))


def _read_loop(node: Any) -> Loop | None:
    found = node.find(f"{{{BPMN}}}multiInstanceLoopCharacteristics")
    if found is None:
        return None
    stated = _stated(found).get("loopCharacteristics", {})
    return Loop(
        sequential=found.get("isSequential") == "true",
        collection=stated.get("inputCollection", ""),
        element=stated.get("inputElement", ""),
        output_collection=stated.get("outputCollection", ""),
        output_element=stated.get("outputElement", ""),
        completion=(found.findtext(f"{{{BPMN}}}completionCondition") or "").strip(),
    )


def _mappings(stated: Any, kind: str) -> tuple[Mapping, ...]:
    tag = f"{{{ZEEBE}}}{kind}"
    return tuple(Mapping(m.get("source", ""), m.get("target", "")) for m in stated if m.tag == tag)


def _stated(node: Any) -> dict[str, Any]:
    """The ``zeebe:`` elements right under the node's extensions, by name; each stands once at most."""
    container = node.find(f"{{{BPMN}}}extensionElements")
    return {} if container is None else {child.tag.partition("}")[2]: child for child in container}
