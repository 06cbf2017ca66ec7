"""BPMN for tests, written in lines: what the kernel needs of a diagram and nothing to look at.

    start s
    user a group=clerks out:x="=approved"
    exclusive g default=back
    end e
    s -> a -> g
    g -> e : x = true
    back: g -> a

A node line is ``kind id key=value …``; ``sub id`` … ``done`` encloses a sub-process. See ``KINDS`` and ``_extensions``.
"""

from __future__ import annotations

import itertools
import re
import shlex
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

KINDS = {
    "start": "startEvent",
    "end": "endEvent",
    "terminate": "endEvent",
    "fail": "endEvent",
    "user": "userTask",
    "job": "serviceTask",
    "send": "sendTask",
    "throw": "intermediateThrowEvent",
    "rule": "businessRuleTask",
    "receive": "receiveTask",
    "manual": "manualTask",
    "call": "callActivity",
    "sub": "subProcess",
    "exclusive": "exclusiveGateway",
    "parallel": "parallelGateway",
    "inclusive": "inclusiveGateway",
    "events": "eventBasedGateway",
    "catch": "intermediateCatchEvent",
    "boundary": "boundaryEvent",
}
_FLOW = re.compile(r"(?:(\w+):\s*)?([\w ]+(?:->[\w ]+)+)(?::\s*(.+))?$")


@dataclass
class _Level:
    tag: str
    parts: list[str] = field(default_factory=list)


def diagram(process_id: str, text: str) -> bytes:
    """One process as BPMN with ``zeebe:`` extensions."""
    globals_: dict[str, str] = {}
    levels = [_Level("")]
    flows = 0
    for raw in text.strip().splitlines():
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line == "done":
            level = levels.pop()
            levels[-1].parts.append(f"{level.tag}{''.join(level.parts)}</bpmn:subProcess>")
        elif match := _FLOW.match(line):
            stops = [stop.strip() for stop in match[2].split("->")]
            for source, target in itertools.pairwise(stops):
                flows += 1
                levels[-1].parts.append(_flow(match[1] or f"f{flows}", source, target, match[3] or ""))
        else:
            kind, name, *rest = shlex.split(line)
            options = dict(part.split("=", 1) for part in rest)
            opening, body = _node(kind, name, options, globals_)
            if kind == "sub":
                levels.append(_Level(opening + body))
            else:
                levels[-1].parts.append(f"{opening}{body}</bpmn:{KINDS[kind]}>")
    return (
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
        'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'id="definitions_{process_id}" targetNamespace="http://bpmn.io/schema/bpmn">'
        f'<bpmn:process id="{process_id}" name="{process_id}" isExecutable="true">{"".join(levels[0].parts)}'
        f"</bpmn:process>{''.join(globals_.values())}</bpmn:definitions>"
    ).encode()


def _flow(flow_id: str, source: str, target: str, condition: str) -> str:
    inside = f"<bpmn:conditionExpression>{escape('=' + condition)}</bpmn:conditionExpression>" if condition else ""
    return f'<bpmn:sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}">{inside}</bpmn:sequenceFlow>'


def _node(kind: str, name: str, options: dict[str, str], globals_: dict[str, str]) -> tuple[str, str]:
    attributes = f"id={quoteattr(name)} name={quoteattr(options.get('name', name))}"
    if "default" in options:
        attributes += f" default={quoteattr(options['default'])}"
    if kind == "boundary":
        attributes += f' attachedToRef="{options["on"]}" cancelActivity="{options.get("interrupting", "true")}"'
    if kind == "receive":
        attributes += f' messageRef="{_message(options, globals_)}"'
    body = _extensions(kind, options) + _definition(kind, options, globals_) + _loop(options)
    return f"<bpmn:{KINDS[kind]} {attributes}>", body


def _extensions(kind: str, options: dict[str, str]) -> str:
    parts = []
    if kind == "user":
        parts.append(f"<zeebe:userTask/><zeebe:formDefinition formId={quoteattr(options.get('form', 'plain'))}/>")
        assigned = {"group": "candidateGroups", "users": "candidateUsers", "assignee": "assignee"}
        stated = "".join(f" {a}={quoteattr(options[k])}" for k, a in assigned.items() if k in options)
        parts.append(f"<zeebe:assignmentDefinition{stated}/>" if stated else "")
        if "due" in options:
            parts.append(f"<zeebe:taskSchedule dueDate={quoteattr(options['due'])}/>")
    if kind in ("job", "send", "throw"):
        retries = f' retries="{options["retries"]}"' if "retries" in options else ""
        parts.append(f"<zeebe:taskDefinition type={quoteattr(options.get('type', 'work'))}{retries}/>")
    if kind == "call":
        parent, child = options.get("parent", "false"), options.get("child", "false")
        parts.append(
            f'<zeebe:calledElement processId={quoteattr(options["process"])} propagateAllParentVariables="{parent}" '
            f'propagateAllChildVariables="{child}"/>'
        )
    if kind == "rule":
        parts.append(f'<zeebe:calledDecision decisionId="{options["decision"]}" resultVariable="{options["result"]}"/>')
    if "facts" in options:
        value = quoteattr(options["facts"])
        parts.append(f'<zeebe:properties><zeebe:property name="shenhou:facts" value={value}/></zeebe:properties>')
    mappings = ""
    for key, value in options.items():
        if key.startswith(("in:", "out:")):
            side, target = key.split(":")
            mappings += f"<zeebe:{side}put source={quoteattr(value)} target={quoteattr(target)}/>"
    parts.append(f"<zeebe:ioMapping>{mappings}</zeebe:ioMapping>" if mappings else "")
    inside = "".join(parts)
    return f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>" if inside else ""


def _definition(kind: str, options: dict[str, str], globals_: dict[str, str]) -> str:
    if kind == "terminate":
        return "<bpmn:terminateEventDefinition/>"
    if kind == "fail" or (kind == "boundary" and "error" in options):
        code = options.get("error", "")
        if not code:
            return "<bpmn:errorEventDefinition/>"
        globals_[f"e_{code}"] = f'<bpmn:error id="error_{code}" name="{code}" errorCode="{code}"/>'
        return f'<bpmn:errorEventDefinition errorRef="error_{code}"/>'
    for timer in ("timeDate", "timeDuration", "timeCycle"):
        if timer in options:
            value = escape(options[timer])
            return f"<bpmn:timerEventDefinition><bpmn:{timer}>{value}</bpmn:{timer}></bpmn:timerEventDefinition>"
    if "message" in options and kind != "receive":
        return f'<bpmn:messageEventDefinition messageRef="{_message(options, globals_)}"/>'
    return ""


def _message(options: dict[str, str], globals_: dict[str, str]) -> str:
    name, key = options["message"], options.get("key", "")
    inside = f"<zeebe:subscription correlationKey={quoteattr(key)}/>" if key else ""
    inside = f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>" if inside else ""
    globals_[f"m_{name}"] = f'<bpmn:message id="message_{name}" name="{name}">{inside}</bpmn:message>'
    return f"message_{name}"


def _loop(options: dict[str, str]) -> str:
    if "each" not in options:
        return ""
    names = {"element": "inputElement", "collect": "outputCollection", "result": "outputElement"}
    stated = "".join(f" {a}={quoteattr(options[k])}" for k, a in names.items() if k in options)
    until = options.get("until", "")
    condition = f"<bpmn:completionCondition>{escape(until)}</bpmn:completionCondition>" if until else ""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{options.get("sequential", "false")}">'
        f"<bpmn:extensionElements><zeebe:loopCharacteristics inputCollection={quoteattr(options['each'])}{stated}/>"
        f"</bpmn:extensionElements>{condition}</bpmn:multiInstanceLoopCharacteristics>"
    )
