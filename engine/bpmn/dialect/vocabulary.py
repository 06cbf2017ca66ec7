"""Which BPMN elements are accepted where, with which attributes. What is not listed here is refused.

The tables hold short names (``tags.short_name``). Children without a prefix are BPMN elements.
"""

from __future__ import annotations

from dataclasses import dataclass

_TEMPLATE = "zeebe:modelerTemplate zeebe:modelerTemplateVersion zeebe:modelerTemplateIcon"
_DOCUMENTED = "documentation extensionElements"
_NODE_ATTRIBUTES = f"id name {_TEMPLATE}"
_NODE_CHILDREN = f"{_DOCUMENTED} incoming outgoing"
_ACTIVITY_ATTRIBUTES = f"{_NODE_ATTRIBUTES} isForCompensation startQuantity completionQuantity"
_ACTIVITY_CHILDREN = f"{_NODE_CHILDREN} multiInstanceLoopCharacteristics"
_GATEWAY_ATTRIBUTES = f"{_NODE_ATTRIBUTES} gatewayDirection"
_ARTIFACTS = "textAnnotation association group"
_COLORS = "bioc:stroke bioc:fill color:background-color color:border-color"
_EXPRESSION = "id xsi:type language"

TASKS = ("userTask", "serviceTask", "businessRuleTask", "sendTask", "receiveTask", "manualTask")
ACTIVITIES = (*TASKS, "callActivity", "subProcess")
EVENTS = ("startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent")
DECIDING = ("exclusiveGateway", "inclusiveGateway")
GATEWAYS = (*DECIDING, "parallelGateway", "eventBasedGateway")
NODES = (*ACTIVITIES, *EVENTS, *GATEWAYS)
DEFINITIONS = ("messageEventDefinition", "timerEventDefinition", "errorEventDefinition", "terminateEventDefinition")
ARTIFACTS = tuple(_ARTIFACTS.split())

_EVENT_CHILDREN = f"{_NODE_CHILDREN} {' '.join(DEFINITIONS)}"
_FLOW_ELEMENTS = f"{' '.join(NODES)} sequenceFlow {_ARTIFACTS}"


@dataclass(frozen=True, slots=True)
class Entry:
    """What one element may hold: `required` attributes among its attributes, `text` if it may have character data."""

    attributes: frozenset[str]
    children: frozenset[str]
    required: frozenset[str]
    text: bool


def _entry(attributes: str = "", children: str = "", required: str = "", *, text: bool = False) -> Entry:
    prefixed = (child if ":" in child else f"bpmn:{child}" for child in children.split())
    return Entry(frozenset(attributes.split()), frozenset(prefixed), frozenset(required.split()), text)


_ROOTS = {
    "definitions": _entry(
        "id name targetNamespace exporter exporterVersion expressionLanguage typeLanguage xsi:schemaLocation "
        "modeler:executionPlatform modeler:executionPlatformVersion",
        f"{_DOCUMENTED} collaboration process message error category bpmndi:BPMNDiagram",
    ),
    "process": _entry(
        f"id name isExecutable isClosed processType {_TEMPLATE}",
        f"{_DOCUMENTED} laneSet {_FLOW_ELEMENTS}",
        "id",
    ),
    "collaboration": _entry(
        f"id name isClosed {_TEMPLATE}", f"{_DOCUMENTED} participant messageFlow {_ARTIFACTS}", "id"
    ),
    "participant": _entry("id name processRef", _DOCUMENTED, "id"),
    "messageFlow": _entry("id name sourceRef targetRef", _DOCUMENTED, "id sourceRef targetRef"),
    "laneSet": _entry("id name", "documentation lane"),
    "childLaneSet": _entry("id name", "documentation lane"),
    "lane": _entry("id name", f"{_DOCUMENTED} flowNodeRef childLaneSet", "id"),
    "message": _entry("id name zeebe:modelerTemplate", _DOCUMENTED, "id name"),
    "error": _entry("id name errorCode zeebe:modelerTemplate", _DOCUMENTED, "id errorCode"),
    "category": _entry("id name", "documentation categoryValue"),
    "categoryValue": _entry("id value", "documentation", "id"),
}
_NODE_ENTRIES = {
    **{kind: _entry(_ACTIVITY_ATTRIBUTES, _ACTIVITY_CHILDREN, "id") for kind in TASKS},
    "callActivity": _entry(_ACTIVITY_ATTRIBUTES, _ACTIVITY_CHILDREN, "id"),
    "receiveTask": _entry(f"{_ACTIVITY_ATTRIBUTES} messageRef instantiate", _ACTIVITY_CHILDREN, "id messageRef"),
    "subProcess": _entry(f"{_ACTIVITY_ATTRIBUTES} triggeredByEvent", f"{_ACTIVITY_CHILDREN} {_FLOW_ELEMENTS}", "id"),
    **{kind: _entry(f"{_GATEWAY_ATTRIBUTES} default", _NODE_CHILDREN, "id") for kind in DECIDING},
    "parallelGateway": _entry(_GATEWAY_ATTRIBUTES, _NODE_CHILDREN, "id"),
    "eventBasedGateway": _entry(f"{_GATEWAY_ATTRIBUTES} instantiate eventGatewayType", _NODE_CHILDREN, "id"),
    "startEvent": _entry(f"{_NODE_ATTRIBUTES} isInterrupting parallelMultiple", _EVENT_CHILDREN, "id"),
    "endEvent": _entry(_NODE_ATTRIBUTES, _EVENT_CHILDREN, "id"),
    "intermediateCatchEvent": _entry(f"{_NODE_ATTRIBUTES} parallelMultiple", _EVENT_CHILDREN, "id"),
    "intermediateThrowEvent": _entry(_NODE_ATTRIBUTES, _EVENT_CHILDREN, "id"),
    "boundaryEvent": _entry(
        f"{_NODE_ATTRIBUTES} attachedToRef cancelActivity parallelMultiple", _EVENT_CHILDREN, "id attachedToRef"
    ),
}
_PARTS = {
    "messageEventDefinition": _entry("id messageRef", "documentation"),
    "timerEventDefinition": _entry("id", "documentation timeDate timeDuration timeCycle"),
    "errorEventDefinition": _entry("id errorRef", "documentation"),
    "terminateEventDefinition": _entry("id", "documentation"),
    "timeDate": _entry(_EXPRESSION, text=True),
    "timeDuration": _entry(_EXPRESSION, text=True),
    "timeCycle": _entry(_EXPRESSION, text=True),
    "multiInstanceLoopCharacteristics": _entry("id isSequential behavior", f"{_DOCUMENTED} completionCondition"),
    "completionCondition": _entry(_EXPRESSION, text=True),
    "sequenceFlow": _entry(
        f"id name sourceRef targetRef {_TEMPLATE}", f"{_DOCUMENTED} conditionExpression", "id sourceRef targetRef"
    ),
    "conditionExpression": _entry(_EXPRESSION, text=True),
    "documentation": _entry("id textFormat", text=True),
    "extensionElements": _entry(),  # its children are checked by extensions of their own
    "incoming": _entry(text=True),
    "outgoing": _entry(text=True),
    "flowNodeRef": _entry(text=True),
    "textAnnotation": _entry("id textFormat", f"{_DOCUMENTED} text", "id"),
    "text": _entry(text=True),
    "association": _entry("id associationDirection sourceRef targetRef", _DOCUMENTED, "id sourceRef targetRef"),
    "group": _entry("id categoryValueRef", _DOCUMENTED, "id"),
}
_PICTURES = {
    "bpmndi:BPMNDiagram": _entry("id name documentation resolution", "bpmndi:BPMNPlane bpmndi:BPMNLabelStyle"),
    "bpmndi:BPMNPlane": _entry("id bpmnElement", "bpmndi:BPMNShape bpmndi:BPMNEdge", "bpmnElement"),
    "bpmndi:BPMNShape": _entry(
        f"id bpmnElement isHorizontal isExpanded isMarkerVisible isMessageVisible participantBandKind {_COLORS}",
        "dc:Bounds bpmndi:BPMNLabel",
        "bpmnElement",
    ),
    "bpmndi:BPMNEdge": _entry(
        f"id bpmnElement sourceElement targetElement messageVisibleKind {_COLORS}",
        "di:waypoint bpmndi:BPMNLabel",
        "bpmnElement",
    ),
    "bpmndi:BPMNLabel": _entry(f"id labelStyle color:color {_COLORS}", "dc:Bounds"),
    "bpmndi:BPMNLabelStyle": _entry("id", "dc:Font"),
    "dc:Bounds": _entry("id x y width height", required="x y width height"),
    "dc:Font": _entry("name size isBold isItalic isUnderline isStrikeThrough"),
    "di:waypoint": _entry("id x y xsi:type", required="x y"),
}

VOCABULARY: dict[str, Entry] = {
    **{f"bpmn:{name}": entry for name, entry in {**_ROOTS, **_NODE_ENTRIES, **_PARTS}.items()},
    **_PICTURES,
}

# Elements that occur once in their parent: of a second one nobody could say which is meant.
SINGLE = frozenset(
    {
        *("bpmn:extensionElements", "bpmn:multiInstanceLoopCharacteristics", "bpmn:completionCondition"),
        *("bpmn:conditionExpression", "bpmn:laneSet", "bpmn:childLaneSet", "bpmn:collaboration", "bpmn:text"),
        *("bpmndi:BPMNPlane", "bpmndi:BPMNLabel", "dc:Font"),
    }
)
