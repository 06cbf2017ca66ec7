"""The ``zeebe:`` extension elements: where each may stand, which attributes it has and what their values are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.bpmn.dialect import values
from engine.bpmn.dialect.values import Value
from engine.bpmn.extensions import FACTS_PROPERTY

_JOBS = frozenset({"serviceTask", "sendTask", "intermediateThrowEvent"})
_INPUTS = _JOBS | {"userTask", "businessRuleTask", "callActivity", "subProcess"}
_OUTPUTS = _INPUTS | {"receiveTask", "startEvent", "intermediateCatchEvent", "boundaryEvent"}
_ANYWHERE: frozenset[str] = frozenset()
_RELEASE = "a release always uses what it was published with: remove it"


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension element. `places` are kinds of BPMN elements (empty: any); `children` maps names to extensions."""

    attributes: Mapping[str, Value] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    places: frozenset[str] = _ANYWHERE
    children: Mapping[str, Extension] = field(default_factory=dict)


_MAPPING_ATTRIBUTES = {"source": values.EITHER, "target": values.VARIABLE}
_INPUT = Extension(_MAPPING_ATTRIBUTES, ("source", "target"), _INPUTS)
_OUTPUT = Extension(_MAPPING_ATTRIBUTES, ("source", "target"), _OUTPUTS)
_HEADER = Extension({"id": values.STATIC, "key": values.STATIC, "value": values.FREE}, ("key",))
_PROPERTY = Extension({"name": values.STATIC, "value": values.FREE}, ("name",))

EXTENSIONS: dict[str, Extension] = {
    "zeebe:userTask": Extension(places=frozenset({"userTask"})),
    "zeebe:formDefinition": Extension(
        {"formId": values.STATIC, "bindingType": values.LATEST}, ("formId",), frozenset({"userTask"})
    ),
    "zeebe:assignmentDefinition": Extension(
        {"assignee": values.TEXT, "candidateGroups": values.LIST, "candidateUsers": values.LIST},
        places=frozenset({"userTask"}),
    ),
    "zeebe:taskSchedule": Extension(
        {"dueDate": values.DATE, "followUpDate": values.DATE}, places=frozenset({"userTask"})
    ),
    "zeebe:priorityDefinition": Extension({"priority": values.PRIORITY}, ("priority",), frozenset({"userTask"})),
    "zeebe:taskDefinition": Extension({"type": values.TEXT, "retries": values.RETRIES}, ("type",), _JOBS),
    "zeebe:taskHeaders": Extension(places=_JOBS, children={"zeebe:header": _HEADER}),
    "zeebe:ioMapping": Extension(places=_OUTPUTS, children={"zeebe:input": _INPUT, "zeebe:output": _OUTPUT}),
    "zeebe:calledElement": Extension(
        {
            "processId": values.STATIC,
            "propagateAllChildVariables": values.BOOLEAN,
            "propagateAllParentVariables": values.BOOLEAN,
            "bindingType": values.LATEST,
        },
        # propagateAllParentVariables may be absent: true is its default, and modelers never write a default.
        ("processId", "propagateAllChildVariables"),
        frozenset({"callActivity"}),
    ),
    "zeebe:calledDecision": Extension(
        {"decisionId": values.STATIC, "resultVariable": values.VARIABLE, "bindingType": values.LATEST},
        ("decisionId", "resultVariable"),
        frozenset({"businessRuleTask"}),
    ),
    "zeebe:loopCharacteristics": Extension(
        {
            "inputCollection": values.FEEL_LIST,
            "inputElement": values.VARIABLE,
            "outputCollection": values.VARIABLE,
            "outputElement": values.FEEL,
        },
        ("inputCollection",),
        frozenset({"multiInstanceLoopCharacteristics"}),
    ),
    "zeebe:subscription": Extension({"correlationKey": values.FEEL_KEY}, ("correlationKey",), frozenset({"message"})),
    "zeebe:properties": Extension(children={"zeebe:property": _PROPERTY}),
    "zeebe:versionTag": Extension({"value": values.STATIC}, ("value",), frozenset({"process"})),
}

# What a kind of BPMN element cannot do without.
REQUIRED: dict[str, tuple[str, ...]] = {
    "userTask": ("zeebe:userTask", "zeebe:formDefinition"),
    "serviceTask": ("zeebe:taskDefinition",),
    "sendTask": ("zeebe:taskDefinition",),
    "intermediateThrowEvent": ("zeebe:taskDefinition",),
    "businessRuleTask": ("zeebe:calledDecision",),
    "callActivity": ("zeebe:calledElement",),
    "multiInstanceLoopCharacteristics": ("zeebe:loopCharacteristics",),
}

# Our own settings, written as zeebe:property: name → (kinds of elements, value).
PROPERTIES: dict[str, tuple[frozenset[str], Value]] = {
    FACTS_PROPERTY: (frozenset({"userTask"}), values.FACTS_PATH),
}
PROPERTY_PREFIX = "shenhou:"

REFUSED_EXTENSIONS: dict[str, str] = {
    "zeebe:executionListeners": "draw a service task before or after",
    "zeebe:taskListeners": "draw a service task before or after",
    "zeebe:script": "draw a business rule task with a decision, or set variables by output mappings",
    "zeebe:userTaskForm": "put the form into a .form file and name it by zeebe:formDefinition formId",
    "zeebe:linkedResources": "draw a service task with a job type",
    "zeebe:jobPriorityDefinition": "remove it: jobs run in the order of their creation",
    "zeebe:adHoc": "draw an inclusive gateway over the possible tasks",
    "zeebe:conditionalFilter": "publish a message when the condition comes true",
    "zeebe:agentDefinition": "draw a service task with a job type",
}

REFUSED_ATTRIBUTES: dict[tuple[str, str], str] = {
    ("zeebe:formDefinition", "formKey"): "put the form into a .form file and name it by formId",
    ("zeebe:formDefinition", "externalReference"): "put the form into a .form file and name it by formId",
    ("zeebe:formDefinition", "versionTag"): _RELEASE,
    ("zeebe:calledElement", "versionTag"): _RELEASE,
    ("zeebe:calledDecision", "versionTag"): _RELEASE,
    ("zeebe:calledElement", "processIdExpression"): "choose between call activities by an exclusive gateway",
    ("zeebe:calledElement", "businessId"): "remove it: a called process belongs to the same case",
}
