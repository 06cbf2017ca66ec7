"""Two packs' diagrams, element by element: what is added, removed, or says something else.

An element is known by its id, which is kept for ever. Its aspects are everything that the engine reads of it: form,
groups, job type, headers, mappings, called process, decision, loop, timer, message with its correlation key, error,
condition, default flow, where it lies and what it hangs on. Where it is drawn is no aspect: a process that differs only
there is ``layout``. A modeler's own comparison marks that something below an element differs and not what (extension
elements, timers, conditions), and sees nothing of a message's correlation key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from lxml.etree import _Element as Xml

from engine.bpmn.dialect.diagram import Flow, event_definitions
from engine.bpmn.dialect.tags import children, kind_of
from engine.bpmn.extensions import Extensions, Loop, read_correlation_key, version_tag
from engine.lint.subject import Process, Step
from tasks.comparison.lines import merged_order
from tasks.comparison.sides import Side

Change = Literal["added", "removed", "changed"]
Standing = Literal["same", "layout", "left", "right", "differs"]
KINDS = {
    "startEvent": "开始事件",
    "endEvent": "结束事件",
    "intermediateCatchEvent": "中间捕获事件",
    "intermediateThrowEvent": "中间抛出事件",
    "boundaryEvent": "边界事件",
    "userTask": "用户任务",
    "serviceTask": "服务任务",
    "sendTask": "发送任务",
    "receiveTask": "接收任务",
    "manualTask": "人工活动",
    "task": "活动",
    "businessRuleTask": "决策任务",
    "callActivity": "调用流程",
    "subProcess": "子流程",
    "exclusiveGateway": "排他网关",
    "inclusiveGateway": "包容网关",
    "parallelGateway": "并行网关",
    "eventBasedGateway": "事件网关",
    "sequenceFlow": "连线",
}


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing about an element: its name, and what each pack says; "" where it says nothing."""

    name: str
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class ElementChange:
    """An element that only one diagram has, or that differs. ``kind`` is the BPMN kind, ``name`` what is drawn."""

    element: str
    kind: str
    name: str
    change: Change
    aspects: tuple[Aspect, ...] = ()

    @property
    def kind_words(self) -> str:
        return KINDS.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class ProcessDifference:
    """A process by its id. ``same`` and ``layout`` have no changes, nor has one that only one pack draws."""

    process: str
    name: str
    standing: Standing
    changes: tuple[ElementChange, ...] = ()


def compare_diagrams(left: Side, right: Side) -> tuple[ProcessDifference, ...]:
    """Every process of either pack."""
    order = merged_order(left.processes, right.processes)
    return tuple(_compare(left, right, process_id) for process_id in order)


def _compare(left: Side, right: Side, process_id: str) -> ProcessDifference:
    ours, theirs = left.processes.get(process_id), right.processes.get(process_id)
    if ours is None or theirs is None:
        side: Side = left if ours else right
        return ProcessDifference(process_id, side.process_name(process_id), "left" if ours else "right")
    name = left.process_name(process_id)
    if left.release.files[ours.file] == right.release.files[theirs.file]:
        return ProcessDifference(process_id, name, "same")
    changes = tuple(compare_processes(ours, theirs))
    return ProcessDifference(process_id, name, "differs" if changes else "layout", changes)


def compare_processes(left: Process, right: Process) -> Iterator[ElementChange]:
    """What differs between two drawings of one process, in the order of the file."""
    ours, theirs = read_elements(left), read_elements(right)
    for element_id in merged_order(ours, theirs):
        one, other = ours.get(element_id), theirs.get(element_id)
        if one is None or other is None:
            only = one or other
            assert only is not None
            yield ElementChange(element_id, only.kind, only.name, "removed" if one else "added", _told(only, bool(one)))
        elif one.aspects != other.aspects or one.kind != other.kind:
            aspects = tuple(_differing(one, other))
            yield ElementChange(element_id, other.kind, other.name or one.name, "changed", aspects)


@dataclass(frozen=True, slots=True)
class Drawn:
    """An element with its aspects in words, by their names."""

    kind: str
    name: str
    aspects: Mapping[str, str]


def read_elements(process: Process) -> dict[str, Drawn]:
    """Every node and flow of a process by its id; the process itself by its own."""
    found = {process.id: Drawn("process", str(process.element.get("name") or ""), dict(_process_aspects(process)))}
    for step in process.steps.values():
        name = str(step.node.element.get("name") or "")
        found[step.id] = Drawn(step.kind, name, {key: value for key, value in _step_aspects(process, step) if value})
    for flow in process.flows:
        name = str(flow.element.get("name") or "")
        found[flow.id] = Drawn("sequenceFlow", name, {key: value for key, value in _flow_aspects(flow) if value})
    return found


def _told(only: Drawn, is_left: bool) -> tuple[Aspect, ...]:
    return tuple(
        Aspect(name, value if is_left else "", "" if is_left else value) for name, value in only.aspects.items()
    )


def _differing(left: Drawn, right: Drawn) -> Iterator[Aspect]:
    if left.kind != right.kind:
        yield Aspect("类型", KINDS.get(left.kind, left.kind), KINDS.get(right.kind, right.kind))
    for name in merged_order(left.aspects, right.aspects):
        one, other = left.aspects.get(name, ""), right.aspects.get(name, "")
        if one != other:
            yield Aspect(name, one, other)


def _process_aspects(process: Process) -> Iterator[tuple[str, str]]:
    yield "名称", str(process.element.get("name") or "")
    yield "说明", _documentation(process.element)
    yield "版本标记", version_tag(process.element)
    yield "可执行", str(process.element.get("isExecutable") or "")


def _step_aspects(process: Process, step: Step) -> Iterator[tuple[str, str]]:
    element, node = step.node.element, step.node
    yield "名称", str(element.get("name") or "")
    yield "说明", _documentation(element)
    yield "所在子流程", "／".join(step.around)
    if node.kind == "boundaryEvent":
        yield "依附于", node.host.id if node.host else ""
        yield "是否中断", "不中断" if element.get("cancelActivity") == "false" else "中断"
    yield "事件", {"none": "", "terminate": "终止"}.get(node.event, node.event)
    yield "定时", _timer(element)
    if node.catches:
        yield "错误" if node.event == "error" else "消息", node.catches
        message = process.messages.get(node.catches)
        yield "消息关联", read_correlation_key(message) if message is not None and node.event != "error" else ""
    if element.get("default"):
        yield "默认去向", str(element.get("default"))
    yield from _extension_aspects(step.extensions, node.kind)


def _flow_aspects(flow: Flow) -> Iterator[tuple[str, str]]:
    yield "名称", str(flow.element.get("name") or "")
    yield "从", flow.source.id if flow.source else ""
    yield "到", flow.target.id if flow.target else ""
    conditions = children(flow.element, "bpmn:conditionExpression")
    yield "条件", " ".join((condition.text or "").strip() for condition in conditions)


def _extension_aspects(x: Extensions, kind: str) -> Iterator[tuple[str, str]]:
    yield from (("表单", x.form_id), ("办理岗位", x.candidate_groups), ("指定人员", x.candidate_users))
    yield from (("办理人", x.assignee), ("到期", x.due_date), ("跟进", x.follow_up_date), ("优先级", x.priority))
    yield from (("任务类型", x.job_type), ("重试", x.retries))
    yield "消息头", "；".join(f"{key}={value}" for key, value in sorted(x.headers.items()))
    yield "输入", "；".join(f"{mapping.target} ← {mapping.source}" for mapping in x.inputs)
    yield "输出", "；".join(f"{mapping.target} ← {mapping.source}" for mapping in x.outputs)
    if kind == "callActivity":
        yield "被调流程", x.called_process
        yield from (("传入全部变量", _yes(x.propagate_parent)), ("传出全部变量", _yes(x.propagate_child)))
    yield from (("决策", x.decision_id), ("结果变量", x.result_variable))
    yield "多实例", _loop(x.loop) if x.loop else ""
    yield "资料存放", x.facts_path
    others = {name: value for name, value in x.properties.items() if value != x.facts_path}
    yield "属性", "；".join(f"{name}={value}" for name, value in sorted(others.items()))


def _loop(loop: Loop) -> str:
    parts = ["依次" if loop.sequential else "同时", f"集合 {loop.collection}", f"元素 {loop.element}"]
    parts += [f"收集 {loop.output_collection} ← {loop.output_element}"] if loop.output_collection else []
    parts += [f"完成条件 {loop.completion}"] if loop.completion else []
    return "，".join(parts)


def _timer(element: Xml) -> str:
    for definition in event_definitions(element):
        if kind_of(definition) == "timerEventDefinition":
            return "；".join(f"{kind_of(part)} {(part.text or '').strip()}" for part in definition)
    return ""


def _documentation(element: Xml) -> str:
    return "\n".join((part.text or "").strip() for part in children(element, "bpmn:documentation"))


def _yes(value: bool) -> str:
    return "是" if value else "否"
