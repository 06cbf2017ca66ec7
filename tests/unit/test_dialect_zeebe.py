"""The extension elements: each known, at its place, with lawful values, and present where it is needed."""

from __future__ import annotations

import pytest

from tests.unit.bpmn_drafts import (
    MESSAGE,
    assert_one_fault,
    call,
    chain,
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

PLAIN = line(user())
NO_FORM = "<zeebe:userTask/>"


def bare(kind: str, extensions: str = "") -> bytes:
    inside = "<bpmn:messageEventDefinition/>" if kind == "intermediateThrowEvent" else ""
    return line(node(kind, "do_something", inside, extensions))


def with_form(**attributes: str) -> bytes:
    written = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return bare("userTask", f"{NO_FORM}<zeebe:formDefinition{written}/>")


def with_user(extension: str) -> bytes:
    return line(user(more=extension))


def with_service(extension: str) -> bytes:
    return line(service(more=extension))


def with_job(**attributes: str) -> bytes:
    written = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return bare("serviceTask", f"<zeebe:taskDefinition{written}/>")


def with_loop(**attributes: str) -> bytes:
    written = "".join(f' {key}="{value}"' for key, value in attributes.items())
    held = f"<bpmn:extensionElements><zeebe:loopCharacteristics{written}/></bpmn:extensionElements>"
    loop = f"<bpmn:multiInstanceLoopCharacteristics>{held}</bpmn:multiInstanceLoopCharacteristics>"
    return line(user(inside=loop))


def mapped(*mappings: str, kind: str = "user") -> bytes:
    held = f"<zeebe:ioMapping>{''.join(mappings)}</zeebe:ioMapping>"
    return with_user(held) if kind == "user" else with_service(held)


def put(side: str = "output", source: str = "=approved", target: str = "approved") -> str:
    return f'<zeebe:{side} source="{source}" target="{target}"/>'


def headers(*pairs: tuple[str, str]) -> str:
    inside = "".join(f'<zeebe:header key="{key}" value="{value}"/>' for key, value in pairs)
    return f"<zeebe:taskHeaders>{inside}</zeebe:taskHeaders>"


def own(name: str, value: str = "reporter") -> str:
    return f'<zeebe:properties><zeebe:property name="{name}" value="{value}"/></zeebe:properties>'


def process_with(extension: str) -> bytes:
    return draft(f"<bpmn:extensionElements>{extension}</bpmn:extensionElements>", chain(start(), user(), end()))


def keyed(key: str) -> str:
    held = f'<bpmn:extensionElements><zeebe:subscription correlationKey="{key}"/></bpmn:extensionElements>'
    return f'<bpmn:message id="death_found" name="death_found">{held}</bpmn:message>'


def correlated(key: str) -> bytes:
    return line(node("receiveTask", "await_report", messageRef="death_found"), roots=keyed(key))


def catch_with(extension: str) -> bytes:
    held = f"<zeebe:ioMapping>{extension}</zeebe:ioMapping>"
    return line(node("intermediateCatchEvent", "day_passed", timer("timeDuration", "P1D"), held))


JOB = '<zeebe:taskDefinition type="notice.send"/>'
CASES: dict[str, tuple[str, bytes, bytes]] = {
    # what is needed
    "user task of the old kind": (
        "dialect/missing-extension",
        bare("userTask", '<zeebe:formDefinition formId="identity"/>'),
        PLAIN,
    ),
    "user task without a form": ("dialect/missing-extension", bare("userTask", NO_FORM), PLAIN),
    "service task without a job": ("dialect/missing-extension", bare("serviceTask"), bare("serviceTask", JOB)),
    "send task without a job": ("dialect/missing-extension", bare("sendTask"), bare("sendTask", JOB)),
    "message throw without a job": (
        "dialect/missing-extension",
        bare("intermediateThrowEvent"),
        bare("intermediateThrowEvent", JOB),
    ),
    "rule task without a decision": ("dialect/missing-extension", bare("businessRuleTask"), line(decide())),
    "call without a process": ("dialect/missing-extension", bare("callActivity"), line(call())),
    "multi-instance without a list": (
        "dialect/missing-extension",
        line(user(inside="<bpmn:multiInstanceLoopCharacteristics/>")),
        with_loop(inputCollection="=case.heirs"),
    ),
    "form without an id": ("dialect/missing-attribute", with_form(), with_form(formId="identity")),
    "job without a type": ("dialect/missing-attribute", with_job(), with_job(type="notice.send")),
    "decision without a result": ("dialect/missing-attribute", line(decide(resultVariable="")), line(decide())),
    "decision without an id": ("dialect/missing-attribute", line(decide(decisionId="")), line(decide())),
    "call that leaves open what comes back (finding 17)": (
        "dialect/missing-attribute",
        line(call(propagateAllChildVariables="")),
        line(call(propagateAllChildVariables="true", propagateAllParentVariables="false")),
    ),
    "list of instances": ("dialect/missing-attribute", with_loop(), with_loop(inputCollection="=case.heirs")),
    "collection of results without a result": (
        "dialect/missing-attribute",
        with_loop(inputCollection="=case.heirs", outputCollection="answers"),
        with_loop(inputCollection="=case.heirs", outputCollection="answers", outputElement="=answer"),
    ),
    "source of a mapping": ("dialect/missing-attribute", mapped(put(source="")), mapped(put())),
    "target of a mapping": ("dialect/missing-attribute", mapped(put(target="")), mapped(put())),
    "key of a header": (
        "dialect/missing-attribute",
        with_service(headers(("", "x"))),
        with_service(headers(("k", "x"))),
    ),
    "name of a property": ("dialect/missing-attribute", with_user(own("")), with_user(own("colour"))),
    "correlation key": ("dialect/missing-attribute", correlated(""), correlated("=case.id")),
    # what is not read
    "form by key": (
        "dialect/unknown-attribute",
        with_form(formId="identity", formKey="camunda-forms:x"),
        with_form(formId="identity"),
    ),
    "form elsewhere": (
        "dialect/unknown-attribute",
        with_form(formId="identity", externalReference="https://example.org"),
        with_form(formId="identity"),
    ),
    "form of a version": (
        "dialect/unknown-attribute",
        with_form(formId="identity", versionTag="v1"),
        with_form(formId="identity", bindingType="latest"),
    ),
    "chosen process": (
        "dialect/unknown-attribute",
        line(call(processIdExpression="=x")),
        line(call(bindingType="latest")),
    ),
    "unknown attribute": ("dialect/unknown-attribute", with_job(type="x", priority="1"), with_job(type="x")),
    "attribute of another vendor": (
        "dialect/unknown-attribute",
        with_user('<zeebe:taskSchedule dueDate="=now()" xmlns:x="urn:x" x:zone="UTC"/>'),
        with_user('<zeebe:taskSchedule dueDate="=now()"/>'),
    ),
    "listener": ("dialect/unknown-extension", with_user("<zeebe:taskListeners/>"), PLAIN),
    "script": ("dialect/unknown-extension", with_service('<zeebe:script expression="=1" resultVariable="x"/>'), PLAIN),
    "form in the process": ("dialect/unknown-extension", process_with("<zeebe:userTaskForm/>"), PLAIN),
    "unknown in an extension": (
        "dialect/unknown-extension",
        mapped("<zeebe:inout/>"),
        mapped(),
    ),
    "another vendor's in an extension": ("dialect/foreign", mapped('<x:in xmlns:x="urn:x"/>'), mapped()),
    "own setting that does not exist": (
        "dialect/unknown-property",
        with_user(own("shenhou:colour")),
        with_user(own("shenhou:facts")),
    ),
    "text in an extension": ("dialect/stray-text", mapped("备注"), mapped()),
    # where it has no place
    "form of a service task": (
        "dialect/misplaced",
        with_service('<zeebe:formDefinition formId="identity"/>'),
        with_service(""),
    ),
    "job of a rule task": ("dialect/misplaced", line(decide(more=JOB)), line(decide())),
    "headers of a user task": (
        "dialect/misplaced",
        with_user(headers(("channel", "sms"))),
        with_service(headers(("channel", "sms"))),
    ),
    "inputs of a catch event": ("dialect/misplaced", catch_with(put("input")), catch_with(put("output"))),
    "mappings of a manual task": (
        "dialect/misplaced",
        bare("manualTask", "<zeebe:ioMapping/>"),
        bare("manualTask"),
    ),
    "mappings of a plain start": (
        "dialect/misplaced",
        draft(chain(start(extensions=f"<zeebe:ioMapping>{put()}</zeebe:ioMapping>"), end())),
        draft(
            chain(start(inside=message(), extensions=f"<zeebe:ioMapping>{put()}</zeebe:ioMapping>"), end()),
            roots=MESSAGE,
        ),
    ),
    "correlation of a message that only starts": (
        "dialect/misplaced",
        draft(
            chain(start(inside=message()), end()),
            roots=keyed("=case.id"),
        ),
        draft(chain(start(inside=message()), end()), roots=MESSAGE),
    ),
    "facts of a service task": (
        "dialect/misplaced",
        with_service(own("shenhou:facts")),
        with_user(own("shenhou:facts")),
    ),
    "version of a task": (
        "dialect/misplaced",
        with_user('<zeebe:versionTag value="1"/>'),
        process_with('<zeebe:versionTag value="2025-1"/>'),
    ),
    # once only
    "two forms": ("dialect/repeated", with_user('<zeebe:formDefinition formId="other"/>'), PLAIN),
    "two headers of a key": (
        "dialect/repeated",
        with_service(headers(("channel", "sms"), ("channel", "post"))),
        with_service(headers(("channel", "sms"), ("copy", "post"))),
    ),
    # values
    "form to be computed": ("dialect/static", with_form(formId="=form"), with_form(formId="form")),
    "job computed of nothing": ("dialect/expression", with_job(type="="), with_job(type="=x")),
    "process to be computed": ("dialect/static", line(call(processId="=x")), line(call(processId="x"))),
    "decision to be computed": ("dialect/static", line(decide(decisionId="=x")), line(decide(decisionId="x"))),
    "header to be computed": (
        "dialect/static",
        with_service(headers(("to", "=case.phone"))),
        with_service(headers(("to", "family"))),
    ),
    "message to be computed": (
        "dialect/static",
        line(node("receiveTask", "await_report", messageRef="m"), roots='<bpmn:message id="m" name="=x"/>'),
        line(node("receiveTask", "await_report", messageRef="m"), roots='<bpmn:message id="m" name="x"/>'),
    ),
    "list that is no FEEL": (
        "dialect/expression",
        with_loop(inputCollection="case.heirs"),
        with_loop(inputCollection="=case.heirs"),
    ),
    "result that is no FEEL": (
        "dialect/expression",
        with_loop(inputCollection="=x", outputCollection="answers", outputElement="answer"),
        with_loop(inputCollection="=x", outputCollection="answers", outputElement="=answer"),
    ),
    "key that is no FEEL": ("dialect/expression", correlated("case.id"), correlated("=case.id")),
    "empty expression": (
        "dialect/expression",
        with_user('<zeebe:assignmentDefinition candidateGroups="= "/>'),
        with_user('<zeebe:assignmentDefinition candidateGroups="=groups"/>'),
    ),
    "end of a loop that is no FEEL": (
        "dialect/expression",
        with_loop(inputCollection="=x").replace(
            b"</bpmn:multi", b"<bpmn:completionCondition>done</bpmn:completionCondition></bpmn:multi"
        ),
        with_loop(inputCollection="=x").replace(
            b"</bpmn:multi", b"<bpmn:completionCondition>=done</bpmn:completionCondition></bpmn:multi"
        ),
    ),
    "mapping into the facts": ("dialect/value", mapped(put(target="case")), mapped(put(target="case_id"))),
    "mapping into a path": ("dialect/value", mapped(put(target="a.b")), mapped(put(target="a_b"))),
    "mapping into a Chinese name": ("dialect/value", mapped(put(target="结果")), mapped(put(target="_result2"))),
    "element named like the facts": (
        "dialect/value",
        with_loop(inputCollection="=x", inputElement="case"),
        with_loop(inputCollection="=x", inputElement="heir"),
    ),
    "result named like a number": ("dialect/value", line(decide(resultVariable="1st")), line(decide())),
    "binding to a deployment": (
        "dialect/value",
        line(call(bindingType="deployment")),
        line(call(bindingType="latest")),
    ),
    "propagation": (
        "dialect/value",
        line(call(propagateAllParentVariables="no")),
        line(call(propagateAllParentVariables="true")),
    ),
    "retries": ("dialect/value", with_job(type="x", retries="0"), with_job(type="x", retries="8")),
    "priority": (
        "dialect/value",
        with_user('<zeebe:priorityDefinition priority="101"/>'),
        with_user('<zeebe:priorityDefinition priority="100"/>'),
    ),
    "due date": (
        "dialect/value",
        with_user('<zeebe:taskSchedule dueDate="2026-02-30"/>'),
        with_user('<zeebe:taskSchedule dueDate="2026-02-28T17:00:00" followUpDate="2026-02-01"/>'),
    ),
    "blank before a name": ("dialect/value", with_form(formId=" identity"), with_form(formId="identity")),
    "blank before an expression, which would make it a text": (
        "dialect/value",
        mapped(put(source=" =approved")),
        mapped(put(source="=approved ")),
    ),
    "blank after the name of a message": (
        "dialect/value",
        line(node("receiveTask", "await_report", messageRef="m"), roots='<bpmn:message id="m" name="found "/>'),
        line(node("receiveTask", "await_report", messageRef="m"), roots='<bpmn:message id="m" name="found"/>'),
    ),
    "groups": (
        "dialect/value",
        with_user('<zeebe:assignmentDefinition candidateGroups="police,,civil"/>'),
        with_user('<zeebe:assignmentDefinition candidateGroups="police, civil" assignee="=case.clerk"/>'),
    ),
    "place of the facts": (
        "dialect/value",
        with_user(own("shenhou:facts", "applicant.")),
        with_user(own("shenhou:facts", "applicant.bank")),
    ),
}


@pytest.mark.parametrize(("rule", "faulty", "corrected"), CASES.values(), ids=CASES)
def test_fault_is_reported_once_and_its_correction_is_accepted(rule: str, faulty: bytes, corrected: bytes) -> None:
    assert_one_fault(rule, faulty, corrected)


def test_all_that_a_user_task_may_say_is_accepted() -> None:
    more = (
        '<zeebe:assignmentDefinition assignee="=case.clerk" candidateGroups="civil_affairs" candidateUsers="zhang"/>'
        '<zeebe:taskSchedule dueDate="=working days after(today(), 5)" followUpDate="=today()"/>'
        '<zeebe:priorityDefinition priority="=50 + 1"/>'
        "<zeebe:ioMapping>"
        + put("input", "=case.applicant", "applicant")
        + put()
        + "</zeebe:ioMapping>"
        + own("shenhou:facts", "=&quot;items.&quot; + item")
    )
    assert rules(with_user(more)) == []


def test_free_texts_may_end_in_blanks() -> None:
    assert rules(with_service(headers(("greeting", "您好 ")))) == []


def test_literal_mapping_source_is_accepted() -> None:
    assert rules(mapped(put("input", "civil_affairs", "department"), kind="service")) == []


def test_reason_names_what_to_write_instead() -> None:
    found = findings(with_form(formId="identity", formKey="x"))
    assert "formId" in found[0].remedy


def test_unconnected_call_is_reported_with_its_own_fault_only() -> None:
    data = draft(chain(start(), call(processId=""), end()), flow("handle_item", "nowhere"))
    assert sorted(rules(data)) == ["dialect/missing-attribute", "dialect/reference", "structure/several-outgoing"]
