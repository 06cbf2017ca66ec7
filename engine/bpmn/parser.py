"""From checked BPMN files to spec graphs, on SpiffWorkflow's parser classes.

Stock parsing walks the flows recursively and gives every activity with boundary events a split and a join of its own.
Here each node is parsed where it stands and the flows are connected afterwards: no recursion, no helper nodes.
"""

from __future__ import annotations

from typing import Any, ClassVar

from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser, full_tag
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.task_parsers import SubprocessParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException

from engine.bpmn import activities, events, gateways
from engine.bpmn.elements import Element, Flow
from engine.bpmn.extensions import BPMN, NAMESPACES, read_correlation_key, read_extensions, version_tag
from engine.bpmn.loops import MultiInstance
from engine.bpmn.processes import ProcessSpec
from engine.bpmn.xml import parse_xml
from engine.errors import PackInvalid, Problem

INSTANCE = "#each"  # ends the name of the activity inside a multi-instance body


class NodeParser(TaskParser):
    """One flow node to one element."""

    def create_task(self) -> Any:
        return self.make(self.spec_class, self.bpmn_id)

    def make(self, spec_class: type[Element], name: str, **attributes: Any) -> Any:
        element = spec_class(
            self.spec, name, extensions=read_extensions(self.node), **self.bpmn_attributes, **attributes
        )
        element.bpmn_id = self.bpmn_id
        return element

    def event_definition(self, kind: str) -> Any:
        found = self.xpath(f"./bpmn:{kind}EventDefinition")
        return found[0] if found else None

    def read_message(self, element: Any, node: Any) -> None:
        message = self.process_parser.parser.message_nodes[node.get("messageRef")]
        element.message_name = message.get("name")
        element.correlation_key = read_correlation_key(message)

    def read_error_code(self, node: Any) -> str | None:
        reference = node.get("errorRef")
        return self.process_parser.parser.errors[reference]["error_code"] if reference else None

    def read_timer(self, element: Any, node: Any) -> None:
        element.timer = (node.findtext(f"{{{BPMN}}}timeDate") or node.findtext(f"{{{BPMN}}}timeDuration") or "").strip()
        if isinstance(element, events.BoundaryTimer):
            element.cycle = (node.findtext(f"{{{BPMN}}}timeCycle") or "").strip()


class ActivityParser(NodeParser):
    """A task; with loop characteristics, the activity is kept inside a multi-instance body."""

    def create_task(self) -> Any:
        loop = read_extensions(self.node).loop
        if loop is None:
            return self.create_activity(self.bpmn_id)
        inner = self.create_activity(self.bpmn_id + INSTANCE)
        body = MultiInstance(self.spec, self.bpmn_id, **self.bpmn_attributes)
        body.bpmn_id, body.inner, body.loop = self.bpmn_id, inner.name, loop
        return body

    def create_activity(self, name: str) -> Any:
        activity: Element = self.make(self.spec_class, name)
        if isinstance(activity, activities.ReceiveTask):
            self.read_message(activity, self.node)
        return activity


class SubProcessParser(ActivityParser):
    def create_activity(self, name: str) -> Any:
        spec_id = SubprocessParser.get_subprocess_spec(self)
        inner: ProcessSpec = self.process_parser.parser.process_parsers[spec_id].get_spec()
        return self.make(self.spec_class, name, subworkflow_spec=inner.name)


class CallActivityParser(ActivityParser):
    def create_activity(self, name: str) -> Any:
        called = read_extensions(self.node).called_process
        return self.make(self.spec_class, name, subworkflow_spec=called)


class GatewayParser(NodeParser):
    def create_task(self) -> Any:
        gateway: gateways.Gateway = self.make(self.spec_class, self.bpmn_id)
        gateway.default = self.node.get("default", "")
        return gateway


class StartParser(NodeParser):
    def create_task(self) -> Any:
        start: events.StartEvent = self.make(events.StartEvent, self.bpmn_id)
        message = self.event_definition("message")
        if message is not None:
            self.read_message(start, message)
        self.spec.starts.append(start)
        return start


class EndParser(NodeParser):
    def create_task(self) -> Any:
        if self.event_definition("terminate") is not None:
            return self.make(events.TerminateEnd, self.bpmn_id)
        error = self.event_definition("error")
        if error is None:
            return self.make(events.EndEvent, self.bpmn_id)
        end: events.ErrorEnd = self.make(events.ErrorEnd, self.bpmn_id)
        end.error_code = self.read_error_code(error) or ""
        return end


class CatchParser(NodeParser):
    def create_task(self) -> Any:
        timer = self.event_definition("timer")
        if timer is not None:
            catch: Any = self.make(events.TimerCatch, self.bpmn_id)
            self.read_timer(catch, timer)
            return catch
        catch = self.make(events.MessageCatch, self.bpmn_id)
        self.read_message(catch, self.event_definition("message"))
        return catch


class BoundaryParser(NodeParser):
    def create_task(self) -> Any:
        boundary = self._create()
        boundary.interrupting = self.node.get("cancelActivity", "true") == "true"
        return boundary

    def _create(self) -> Any:
        timer, message = self.event_definition("timer"), self.event_definition("message")
        if timer is not None:
            boundary: Any = self.make(events.BoundaryTimer, self.bpmn_id)
            self.read_timer(boundary, timer)
        elif message is not None:
            boundary = self.make(events.BoundaryMessage, self.bpmn_id)
            self.read_message(boundary, message)
        else:
            boundary = self.make(events.BoundaryError, self.bpmn_id)
            boundary.error_code = self.read_error_code(self.event_definition("error"))
        return boundary


class GraphParser(ProcessParser):
    """One process or embedded sub-process: its nodes, then its flows and boundary events."""

    def create_spec(self) -> ProcessSpec:
        owner: GraphParser | None = self.parent
        process_id = owner.spec.process_id if owner else self.bpmn_id
        name = f"{owner.spec.name}.{self.bpmn_id}" if owner else self.bpmn_id
        spec = ProcessSpec(name, self.get_name(), process_id, embedded=owner is not None, filename=self.filename)
        spec.version = version_tag(self.node)
        self.parser.specs[name] = spec
        return spec

    def add_tasks(self) -> None:
        for node in self.node:
            parser_class, spec_class = self.parser._get_parser_class(node.tag)
            if parser_class is not None:
                parser_class(self, spec_class, node, self.nsmap, lane=self.lane).create_task()
        for flow in self.xpath("./bpmn:sequenceFlow"):
            self._connect(flow)
        for boundary in self.xpath("./bpmn:boundaryEvent"):
            self.spec.task_specs[boundary.get("attachedToRef")].boundaries.append(boundary.get("id"))
        self.spec.settle()

    def _connect(self, node: Any) -> None:
        source, target = (self.spec.task_specs[node.get(end)] for end in ("sourceRef", "targetRef"))
        condition = (node.findtext(f"{{{BPMN}}}conditionExpression") or "").strip()
        source.flows.append(Flow(node.get("id"), target.name, condition.removeprefix("=").strip()))
        source.connect(target)


class ZeebeParser(BpmnParser):
    """One file. Sub-process ids are unique within a file only, so each file has a parser of its own."""

    PROCESS_PARSER_CLASS = GraphParser
    PARSER_CLASSES: ClassVar[dict[str, Any]] = {
        full_tag("startEvent"): (StartParser, events.StartEvent),
        full_tag("endEvent"): (EndParser, events.EndEvent),
        full_tag("userTask"): (ActivityParser, activities.UserTask),
        full_tag("serviceTask"): (ActivityParser, activities.JobTask),
        full_tag("sendTask"): (ActivityParser, activities.JobTask),
        full_tag("intermediateThrowEvent"): (ActivityParser, activities.JobTask),
        full_tag("businessRuleTask"): (ActivityParser, activities.BusinessRuleTask),
        full_tag("receiveTask"): (ActivityParser, activities.ReceiveTask),
        full_tag("manualTask"): (ActivityParser, activities.ManualTask),
        full_tag("callActivity"): (CallActivityParser, activities.CallActivity),
        full_tag("subProcess"): (SubProcessParser, activities.SubProcess),
        full_tag("exclusiveGateway"): (GatewayParser, gateways.ExclusiveGateway),
        full_tag("parallelGateway"): (GatewayParser, gateways.ParallelGateway),
        full_tag("inclusiveGateway"): (GatewayParser, gateways.InclusiveGateway),
        full_tag("eventBasedGateway"): (GatewayParser, gateways.EventGateway),
        full_tag("intermediateCatchEvent"): (CatchParser, events.CatchEvent),
        full_tag("boundaryEvent"): (BoundaryParser, events.BoundaryEvent),
    }

    def __init__(self) -> None:
        super().__init__(namespaces=NAMESPACES)
        self.specs: dict[str, ProcessSpec] = {}
        self.message_nodes: dict[str, Any] = {}

    def _add_messages(self, bpmn: Any) -> None:
        self.message_nodes = {m.get("id"): m for m in bpmn.xpath(".//bpmn:message", namespaces=NAMESPACES)}


def parse_file(data: bytes, name: str) -> dict[str, ProcessSpec]:
    """The specs of one BPMN file by name. Raises ``PackInvalid``."""
    parser = ZeebeParser()
    root = parse_xml(data, name)
    try:
        parser.add_bpmn_xml(root, name)
        for process_id in parser.get_process_ids():
            parser.get_spec(process_id)
    except (ValidationException, KeyError, AttributeError) as error:
        where = getattr(error, "node", None)
        line = getattr(where, "sourceline", 0) or 0
        element = where.get("id", "") if where is not None else ""
        problem = Problem(name, line, element, "error", "bpmn/unreadable", f"cannot be read: {error}")
        raise PackInvalid([problem]) from error
    return parser.specs
