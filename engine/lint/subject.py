"""A pack taken apart for checking: its processes with their steps, its forms and its decisions.

What cannot be read is reported and left out, so that every other rule still runs on the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import PurePosixPath

from lxml.etree import _Element as Element

import forms
from engine.bpmn.dialect.diagram import Diagram, Flow, Node, event_definitions, read_diagram
from engine.bpmn.dialect.expressions import Expression, iter_expressions
from engine.bpmn.dialect.tags import children, kind_of
from engine.bpmn.extensions import Extensions, read_extensions
from engine.bpmn.loops import COUNTER
from engine.bpmn.xml import line_of
from engine.feel import Feel
from engine.lint.decisions import Decisions
from engine.lint.kinds import JobType
from engine.manifests import MergedManifest, Place
from engine.pack_schema import Manifest
from engine.packs import Pack

WAITING = frozenset({"userTask", "serviceTask", "sendTask", "receiveTask", "eventBasedGateway"})
_LEADING_NAME = re.compile(r"=\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:\.|$)")
JOBS = frozenset({"serviceTask", "sendTask", "intermediateThrowEvent"})
_OWN_PARTS = frozenset({"extensionElements", "multiInstanceLoopCharacteristics"})


@dataclass(frozen=True)
class Step:
    """A flow node with what its extensions say.

    ``around`` are the ids of the embedded sub-processes that it lies in, outermost first, and ``host_locals`` the
    variables local to those. ``loop_names`` those that its
    multi-instance gives each instance, ``inputs`` the targets of its input mappings.
    """

    node: Node
    process: Process = field(repr=False)
    extensions: Extensions
    around: tuple[str, ...]
    host_locals: frozenset[str]

    @property
    def id(self) -> str:
        return self.node.id

    @property
    def kind(self) -> str:
        return self.node.kind

    @property
    def file(self) -> str:
        return self.process.file

    @cached_property
    def line(self) -> int:
        return line_of(self.node.element)

    @cached_property
    def loop_names(self) -> frozenset[str]:
        loop = self.extensions.loop
        return frozenset() if loop is None else frozenset({COUNTER, loop.element} - {""})

    @cached_property
    def inputs(self) -> frozenset[str]:
        return frozenset(mapping.target for mapping in self.extensions.inputs)

    @cached_property
    def locals(self) -> frozenset[str]:
        """The names that its own token carries: what a job, a form and a called process are given."""
        return self.loop_names | self.inputs

    @cached_property
    def collected(self) -> str:
        """The variable that each instance of a multi-instance keeps to itself, for ``outputElement``; "" for none."""
        loop = self.extensions.loop
        leading = _LEADING_NAME.match(loop.output_element) if loop else None
        return leading[1] if leading else ""

    @cached_property
    def expressions(self) -> list[Expression]:
        """The FEEL texts of this node alone, in the order of the file; a sub-process leaves out those inside it."""
        definitions = event_definitions(self.node.element)
        parts = [part for part in self.node.element if kind_of(part) in _OWN_PARTS or part in definitions]
        message = self.process.messages.get(self.node.catches) if self.waits_for_message else None
        return [found for part in [*parts, *([] if message is None else [message])] for found in iter_expressions(part)]

    @property
    def waits_for_message(self) -> bool:
        """True for what subscribes to a message; a start event is only begun by one."""
        return self.kind == "receiveTask" or (self.node.event == "message" and self.kind in _CATCHING)


_CATCHING = frozenset({"intermediateCatchEvent", "boundaryEvent"})


@dataclass(frozen=True, eq=False)
class Process:
    """One process of a file. ``steps`` holds its nodes by id, those of its embedded sub-processes included."""

    id: str
    file: str
    element: Element
    diagram: Diagram
    messages: Mapping[str, Element]
    steps: dict[str, Step] = field(default_factory=dict)

    @property
    def line(self) -> int:
        return line_of(self.element)

    @cached_property
    def flows(self) -> list[Flow]:
        return [flow for flow in self.diagram.flows if flow.source is not None and flow.source.id in self.steps]

    def of_kind(self, *kinds: str) -> Iterator[Step]:
        return (step for step in self.steps.values() if step.kind in kinds)

    @property
    def started_by(self) -> list[Step]:
        """Its message start events."""
        return [step for step in self.of_kind("startEvent") if step.node.event == "message"]


@dataclass(frozen=True)
class Subject:
    """Everything that the rules look at. ``merged`` is None when the manifest cannot be read.

    ``unread_diagrams`` and ``unread_forms`` are the stems of the files that cannot be read.
    """

    pack: Pack
    merged: MergedManifest | None
    processes: Mapping[str, Process]
    unread_diagrams: frozenset[str]
    forms: Mapping[str, forms.Form]
    unread_forms: frozenset[str]
    decisions: Decisions
    job_types: Mapping[str, JobType]
    feel: Feel
    now: datetime

    @property
    def manifest(self) -> Manifest | None:
        return self.merged.manifest if self.merged else None

    def place_of(self, *path: str) -> Place:
        """Where a key path of the manifest is written."""
        return self.merged.place_of(*path) if self.merged else Place("pack.yaml", 0)

    def serves(self, job_type: str) -> bool:
        """True for a job type that a worker or, as the manifest says, a system outside takes."""
        return job_type in self.job_types or (self.manifest is not None and job_type in self.manifest.jobs)

    def steps(self, *kinds: str) -> Iterator[Step]:
        """Every step of the pack, or those of some kinds."""
        for process in self.processes.values():
            yield from process.of_kind(*kinds) if kinds else iter(process.steps.values())

    def is_own(self, name: str) -> bool:
        """True for a file that the pack itself brings; what a base brings may lie unused."""
        return self.pack.origins.get(name, self.pack.code) == self.pack.code

    @cached_property
    def callers(self) -> dict[str, list[Step]]:
        """Call activities by the id of the process that they call."""
        found: dict[str, list[Step]] = {}
        for step in self.steps("callActivity"):
            found.setdefault(step.extensions.called_process, []).append(step)
        return found

    def is_started(self, process: Process) -> bool:
        """True when a case can begin in the process: it is the main one, or a message starts it."""
        return (self.manifest is not None and self.manifest.main == process.id) or bool(process.started_by)


def read_processes(root: Element, file: str) -> Iterator[Process]:
    """The processes of one diagram."""
    diagram = read_diagram(root)
    messages = {str(message.get("name") or ""): message for message in children(root, "bpmn:message")}
    for element in children(root, "bpmn:process"):
        process_id = str(element.get("id") or PurePosixPath(file).stem)
        process = Process(process_id, file, element, diagram, messages)
        _read_scopes(process)
        yield process


def _read_scopes(process: Process) -> None:
    pending: list[tuple[Element, tuple[str, ...], frozenset[str]]] = [(process.element, (), frozenset())]
    while pending:
        scope, around, names = pending.pop()
        for node in process.diagram.scopes.get(scope, []):
            step = Step(node, process, read_extensions(node.element), around, names)
            process.steps[node.id] = step
            if node.kind == "subProcess":
                pending.append((node.element, (*around, node.id), names | step.locals))
