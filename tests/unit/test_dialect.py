"""The vocabulary: whatever is not accepted is reported, once, at its place, with a remedy."""

from __future__ import annotations

from collections import Counter

import pytest

from engine.bpmn.dialect import check_dialect
from engine.bpmn.xml import parse_xml
from tests.unit.bpmn_drafts import (
    ERROR,
    MESSAGE,
    assert_one_fault,
    call,
    chain,
    choice,
    decide,
    draft,
    end,
    findings,
    flow,
    line,
    message,
    node,
    rules,
    service,
    start,
    timer,
    user,
)

CAMUNDA = 'xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
CLOUD = 'modeler:executionPlatform="Camunda Cloud"'
ANNOTATION = '<bpmn:textAnnotation id="note"><bpmn:text>见 H-17</bpmn:text></bpmn:textAnnotation>'
PLAIN = line(user())


def beside(*parts: str, roots: str = "", pools: str = "") -> bytes:
    """The plain file with further parts in its process."""
    return draft(chain(start(), user(), end()), *parts, roots=roots, pools=pools)


def heirs(inside: str = "", attributes: str = "") -> bytes:
    """A user task for each heir."""
    loop = '<zeebe:loopCharacteristics inputCollection="=case.heirs" inputElement="heir"/>'
    held = f"<bpmn:extensionElements>{loop}</bpmn:extensionElements>{inside}"
    element = "multiInstanceLoopCharacteristics"
    return line(user(inside=f"<bpmn:{element}{attributes}>{held}</bpmn:{element}>"))


def subprocess(inside: str = "", **attributes: str) -> str:
    body = chain(start("part_started"), user("ask_family"), end("part_ended"))
    return node("subProcess", "ask_again", body + inside, **attributes)


def receive(roots: str = MESSAGE, **attributes: str) -> bytes:
    return line(node("receiveTask", "await_report", **{"messageRef": "death_found", **attributes}), roots=roots)


def throw(definition: str, roots: str = "") -> bytes:
    event = node("intermediateThrowEvent", "family_told", definition, '<zeebe:taskDefinition type="tell"/>')
    return line(event, roots=roots)


def lane(member: str) -> bytes:
    reference = f"<bpmn:flowNodeRef>{member}</bpmn:flowNodeRef>"
    return beside(f'<bpmn:laneSet id="lanes"><bpmn:lane id="clerks">{reference}</bpmn:lane></bpmn:laneSet>')


def pool(process: str) -> str:
    return f'<bpmn:collaboration id="c"><bpmn:participant id="pool" processRef="{process}"/></bpmn:collaboration>'


def association(target: str) -> str:
    return f'<bpmn:association id="link" sourceRef="check_identity" targetRef="{target}"/>'


UNKNOWN_ATTRIBUTES = {
    "nobody reads it": (line(user(colour="red")), PLAIN),
    "of another vendor": (line(user(), head=f'{CAMUNDA} camunda:diagramRelationId="1" {CLOUD}'), PLAIN),
    "zeebe, outside extension elements": (line(user(zeebe__retryCounter="3")), PLAIN),
    "default flow of an activity": (line(user(default="check_identity_to_death_registered")), PLAIN),
    "implementation": (line(user(implementation="##WebService")), PLAIN),
    "called element of BPMN": (
        line(call().replace("<bpmn:callActivity ", '<bpmn:callActivity calledElement="other" ', 1)),
        line(call()),
    ),
    "message of a throw event": (throw(message(), MESSAGE), throw("<bpmn:messageEventDefinition/>")),
    "data of a message": (receive(MESSAGE.replace("/>", ' itemRef="x"/>')), receive()),
    "of a shape": (PLAIN.replace(b"<dc:Bounds ", b'<dc:Bounds z="1" ', 1), PLAIN),
}

ATTRIBUTE_VALUES = {
    "compensation": (line(user(isForCompensation="true")), line(user(isForCompensation="false"))),
    "start quantity": (line(user(startQuantity="2")), line(user(startQuantity="1"))),
    "instantiating receive task": (receive(instantiate="true"), receive(instantiate="false")),
    "event sub-process (finding 6)": (
        beside(subprocess(triggeredByEvent="true")),
        line(subprocess(triggeredByEvent="false")),
    ),
    "multi-instance that throws": (heirs(attributes=' behavior="None"'), heirs(attributes=' behavior="All"')),
    "conditions in XPath": (
        line(user(), head=f'{CLOUD} expressionLanguage="http://www.w3.org/1999/XPath"'),
        line(user(), head=f'{CLOUD} expressionLanguage="https://www.omg.org/spec/DMN/20191111/FEEL/"'),
    ),
    "type of an expression": (
        heirs('<bpmn:completionCondition xsi:type="bpmn:tScript">=true</bpmn:completionCondition>'),
        heirs('<bpmn:completionCondition xsi:type="bpmn:tFormalExpression">=true</bpmn:completionCondition>'),
    ),
    "boolean": (heirs(attributes=' isSequential="yes"'), heirs(attributes=' isSequential="true"')),
}

REFUSED = {
    "standard loop": (line(user(inside="<bpmn:standardLoopCharacteristics/>")), PLAIN),
    "count of instances": (heirs("<bpmn:loopCardinality>3</bpmn:loopCardinality>"), heirs()),
    "resource role": (line(user(inside='<bpmn:potentialOwner name="clerks"/>')), PLAIN),
    "data input": (line(user(inside="<bpmn:dataInputAssociation id='x'/>")), PLAIN),
    "data object": (beside('<bpmn:dataObject id="paper"/>'), PLAIN),
    "data object reference to nothing in a sub-process, where the stock parser hangs (finding 20)": (
        line(subprocess('<bpmn:dataObjectReference id="paper" dataObjectRef="nowhere"/>')),
        line(subprocess()),
    ),
    "signal": (line(user(), roots='<bpmn:signal id="bell" name="bell"/>'), PLAIN),
    "choreography": (line(user(), roots='<bpmn:choreography id="dance"/>'), PLAIN),
    "import": (line(user(), roots='<bpmn:import importType="x" location="file:///etc/passwd"/>'), PLAIN),
}

UNKNOWN_ELEMENTS = {
    "in BPMN's name": ("dialect/unknown-element", line(user(inside="<bpmn:nonsense/>")), PLAIN),
    "known, elsewhere": ("dialect/misplaced", line(user(inside='<bpmn:laneSet id="l"/>')), PLAIN),
    "of another vendor": ("dialect/foreign", line(user(inside='<x:thing xmlns:x="urn:other"/>')), PLAIN),
    "without a namespace": ("dialect/foreign", line(user(inside="<thing/>")), PLAIN),
    "markup in documentation": (
        "dialect/foreign",
        PLAIN.replace(b">H-17<", b'>H-17<b xmlns="http://www.w3.org/1999/xhtml">!</b><'),
        PLAIN,
    ),
    "vendor's extension": ("dialect/foreign", line(user(more=f"<camunda:formData {CAMUNDA}/>")), PLAIN),
    "second holder of extensions": ("dialect/repeated", line(user(inside="<bpmn:extensionElements/>")), PLAIN),
}

STRAY_TEXTS = {
    "in an element": (line(user(inside="若家属无异议则通过")), PLAIN),
    "after an element": (beside(ANNOTATION + "备注"), beside(ANNOTATION)),
    "among extensions": (line(user(more="备注")), PLAIN),
}

MISSING_ATTRIBUTES = {
    "id of a node": (beside("<bpmn:manualTask/>"), PLAIN),
    "name of a message": (receive('<bpmn:message id="death_found"/>'), receive()),
    "message of a receive task": (receive(messageRef="", roots=""), receive()),
    "code of an error": (
        draft(chain(start(), end(inside='<bpmn:errorEventDefinition errorRef="e"/>')), roots='<bpmn:error id="e"/>'),
        draft(
            chain(start(), end(inside='<bpmn:errorEventDefinition errorRef="e"/>')),
            roots='<bpmn:error id="e" errorCode="not_dead"/>',
        ),
    ),
}

REFERENCES = {
    "message": (receive(messageRef="nowhere", roots=""), receive()),
    "message that is an error": (
        draft(
            chain(start(), node("receiveTask", "await_report", messageRef="not_dead")),
            end(inside='<bpmn:errorEventDefinition errorRef="not_dead"/>'),
            flow("await_report", "death_registered"),
            roots=ERROR,
        ),
        receive(),
    ),
    "error": (
        draft(chain(start(), end(inside='<bpmn:errorEventDefinition errorRef="nowhere"/>'))),
        draft(chain(start(), end(inside='<bpmn:errorEventDefinition errorRef="not_dead"/>')), roots=ERROR),
    ),
    "host of a boundary event": (
        beside(
            chain(node("boundaryEvent", "denied", "<bpmn:errorEventDefinition/>", attachedToRef="nowhere"), end("e"))
        ),
        beside(
            chain(
                node("boundaryEvent", "denied", "<bpmn:errorEventDefinition/>", attachedToRef="check_identity"),
                end("e"),
            )
        ),
    ),
    "default flow": (
        choice(flow("is_abnormal", "accepted", "=a"), flow("is_abnormal", "rejected", "=b"), default="nowhere"),
        choice(flow("is_abnormal", "accepted", "=a"), flow("is_abnormal", "rejected", "=b")),
    ),
    "target of a flow": (
        choice(
            flow("is_abnormal", "accepted", "=a"),
            flow("is_abnormal", "rejected"),
            flow("is_abnormal", "nowhere", "=b"),
            default="is_abnormal_to_rejected",
        ),
        choice(
            flow("is_abnormal", "accepted", "=a"), flow("is_abnormal", "rejected"), default="is_abnormal_to_rejected"
        ),
    ),
    "source of a flow": (beside(flow("nowhere", "check_identity")), PLAIN),
    "incoming flow": (
        line(user(inside="<bpmn:incoming>check_identity_to_death_registered</bpmn:incoming>")),
        line(user(inside="<bpmn:outgoing>check_identity_to_death_registered</bpmn:outgoing>")),
    ),
    "member of a lane": (lane("nobody"), lane("check_identity")),
    "process of a pool": (
        line(
            user(),
            pools=pool("nowhere"),
        ),
        line(
            user(),
            pools=pool("register_death"),
        ),
    ),
    "category of a group": (
        beside('<bpmn:group id="frame" categoryValueRef="nowhere"/>'),
        beside(
            '<bpmn:group id="frame" categoryValueRef="v"/>',
            roots='<bpmn:category id="c"><bpmn:categoryValue id="v" value="公安"/></bpmn:category>',
        ),
    ),
    "end of an association": (beside(ANNOTATION, association("nowhere")), beside(ANNOTATION, association("note"))),
}

WHOLE_FILES = {
    "association without an annotation": (
        "dialect/association",
        beside(association("death_reported")),
        beside(ANNOTATION, association("note")),
    ),
    "other platform": ("dialect/platform", line(user(), head='modeler:executionPlatform="Camunda Platform"'), PLAIN),
    "no platform": ("dialect/platform", line(user(), head=""), PLAIN),
    "second process": ("dialect/one-process", line(user(), roots='<bpmn:process id="other" name="其他"/>'), PLAIN),
    "not executable": ("dialect/not-executable", PLAIN.replace(b'isExecutable="true"', b'isExecutable="false"'), PLAIN),
}

TABLES = {
    "dialect/unknown-attribute": UNKNOWN_ATTRIBUTES,
    "dialect/attribute-value": ATTRIBUTE_VALUES,
    "dialect/refused": REFUSED,
    "dialect/stray-text": STRAY_TEXTS,
    "dialect/missing-attribute": MISSING_ATTRIBUTES,
    "dialect/reference": REFERENCES,
}
CASES = {
    **{f"{rule}: {name}": (rule, *pair) for rule, table in TABLES.items() for name, pair in table.items()},
    **{f"{case[0]}: {name}": case for table in (UNKNOWN_ELEMENTS, WHOLE_FILES) for name, case in table.items()},
}


@pytest.mark.parametrize(("rule", "faulty", "corrected"), CASES.values(), ids=CASES)
def test_fault_is_reported_once_and_its_correction_is_accepted(rule: str, faulty: bytes, corrected: bytes) -> None:
    assert_one_fault(rule, faulty, corrected)


@pytest.mark.parametrize(
    "kind", ["task", "scriptTask", "transaction", "adHocSubProcess", "complexGateway", "callChoreography"]
)
def test_node_that_is_not_run_is_refused_and_its_neighbours_are_not_blamed(kind: str) -> None:
    found = findings(line(node(kind, "do_something", "<bpmn:script>open('/etc/passwd')</bpmn:script>")))
    assert [problem.rule for problem in found] == ["dialect/refused"]
    assert (found[0].element, found[0].line, found[0].severity) == ("do_something", 5, "error")
    assert found[0].remedy


@pytest.mark.parametrize("definition", ["signal", "escalation", "compensate", "conditional", "link", "cancel"])
@pytest.mark.parametrize("kind", ["intermediateCatchEvent", "intermediateThrowEvent", "endEvent", "boundaryEvent"])
def test_event_that_the_stock_parser_makes_a_plain_one_is_refused(kind: str, definition: str) -> None:
    """Finding 21: link events, signal ends and compensation throws were accepted and meant nothing."""
    inside = f"<bpmn:{definition}EventDefinition/>"
    if kind == "endEvent":
        data = draft(chain(start(), user(), node(kind, "something_ended", inside)))
    elif kind == "boundaryEvent":
        event = node(kind, "something_happened", inside, attachedToRef="check_identity")
        data = beside(chain(event, end("stopped")))
    else:
        data = line(node(kind, "something_happened", inside))
    assert rules(data) == ["dialect/refused"]


def test_nothing_is_said_about_the_inside_of_a_refused_element() -> None:
    inside = chain(start("part_started"), node("task", "do_something"))
    assert rules(line(node("transaction", "pay_out", inside))) == ["dialect/refused"]


def test_root_of_another_kind_is_refused() -> None:
    dmn = b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d"/>'
    assert [problem.rule for problem in check_dialect(parse_xml(dmn, "d.bpmn"), "d.bpmn")] == ["dialect/root"]


def test_finding_names_the_node_the_line_and_the_file() -> None:
    found = findings(line(user(more="<zeebe:taskListeners/>")), "hunan/register_death.bpmn")
    assert [(p.file, p.element, p.line) for p in found] == [("hunan/register_death.bpmn", "check_identity", 5)]


def test_findings_come_in_the_order_of_lines() -> None:
    data = line(user("a", colour="red"), user("b", colour="red"), user("c", colour="red"))
    assert [problem.element for problem in findings(data)] == ["a", "b", "c"]


def test_what_a_modeler_adds_for_itself_is_accepted() -> None:
    head = (
        f'name="登记" exporter="Camunda Modeler" exporterVersion="5.30.0" {CLOUD} '
        'modeler:executionPlatformVersion="8.6.0" xsi:schemaLocation="urn:bpmn BPMN20.xsd"'
    )
    pools = (
        '<bpmn:collaboration id="c"><bpmn:participant id="bureau" name="民政局" processRef="register_death"/>'
        '<bpmn:participant id="family" name="家属"/>'
        '<bpmn:messageFlow id="telling" sourceRef="check_identity" targetRef="family"/></bpmn:collaboration>'
    )
    lanes = (
        '<bpmn:laneSet id="lanes"><bpmn:lane id="outer"><bpmn:childLaneSet id="inner">'
        '<bpmn:lane id="clerks" name="窗口"><bpmn:flowNodeRef>check_identity</bpmn:flowNodeRef></bpmn:lane>'
        "</bpmn:childLaneSet></bpmn:lane></bpmn:laneSet>"
    )
    template = user(zeebe__modelerTemplate="t", zeebe__modelerTemplateVersion="2", zeebe__modelerTemplateIcon="data:,")
    data = draft(lanes, chain(start(), template, end()), ANNOTATION, association("note"), pools=pools, head=head)
    colours = b'bioc:stroke="#000" bioc:fill="#fff" color:background-color="#fff" color:border-color="#000"'
    label = b'<bpmndi:BPMNLabel color:color="#000"><dc:Bounds x="1" y="1" width="9" height="9"/></bpmndi:BPMNLabel>'
    data = data.replace(b"<bpmndi:BPMNShape ", b'<bpmndi:BPMNShape isHorizontal="true" ' + colours + b" ", 1)
    data = data.replace(b"</bpmndi:BPMNEdge>", label + b"</bpmndi:BPMNEdge>", 1)
    assert [str(problem) for problem in findings(data)] == []


def rich() -> bytes:
    """A file with most of what is accepted."""
    puts = '<zeebe:input source="=x" target="x"/><zeebe:output source="=y" target="y"/>'
    mapping = f"<zeebe:ioMapping>{puts}</zeebe:ioMapping>"
    headers = '<zeebe:taskHeaders><zeebe:header key="k" value="v"/></zeebe:taskHeaders>'
    settings = '<zeebe:properties><zeebe:property name="shenhou:facts" value="applicant"/></zeebe:properties>'
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="=x"/>'
        "</bpmn:extensionElements><bpmn:completionCondition>=y</bpmn:completionCondition>"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    question = node("exclusiveGateway", "is_abnormal", default="is_abnormal_to_death_registered")
    steps = [user(more=mapping + settings, inside=loop), service(more=headers), call(), decide(), question]
    late = node("boundaryEvent", "week_passed", timer("timeDuration", "P7D"), attachedToRef="ask_again")
    return draft(
        chain(start(), *steps, end()),
        chain(node("receiveTask", "await_report", messageRef="death_found"), subprocess()),
        late,
        ANNOTATION,
        association("note"),
        flow("is_abnormal", "await_report", "=abnormal"),
        flow("ask_again", "death_registered"),
        flow("week_passed", "death_registered"),
        pools=pool("register_death"),
        roots=MESSAGE + '<bpmn:category id="c2"><bpmn:categoryValue id="v" value="公安"/></bpmn:category>',
    )


def test_nothing_in_a_file_is_silently_ignored() -> None:
    """Whatever element is given attributes, children or a text more that nobody reads: each of them is reported."""
    file, zeebe = "register_death.bpmn", "{http://camunda.org/schema/zeebe/1.0}unread"
    root = parse_xml(rich(), file)
    assert [str(problem) for problem in check_dialect(root, file)] == []
    elements = list(root.iter())
    assert len({element.tag for element in elements}) > 45
    for element in elements:
        before = list(element.attrib.items())
        unread = [element.makeelement(tag, {}, None) for tag in ("{urn:other}unread", "unread", zeebe)]
        element.attrib.update({"unread": "1", "{urn:other}unread": "1", zeebe: "1"})
        element.extend(unread)
        unread[-1].tail = "备注"
        found = Counter(problem.rule for problem in check_dialect(root, file) if problem.severity == "error")
        assert found["dialect/unknown-attribute"] == 3, element.tag
        assert found["dialect/foreign"] + found["dialect/unknown-extension"] == 3, element.tag
        assert found["dialect/stray-text"] == 1, element.tag
        for child in unread:
            element.remove(child)
        element.attrib.clear()
        element.attrib.update(before)
