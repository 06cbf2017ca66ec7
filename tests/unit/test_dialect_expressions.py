"""Every FEEL text of a file is handed on, with its place and what its value is for."""

from __future__ import annotations

from engine.bpmn.dialect import Expression, iter_expressions
from engine.bpmn.dialect.zeebe import EXTENSIONS
from engine.bpmn.xml import parse_xml
from tests.unit.bpmn_drafts import (
    MESSAGE,
    boundary,
    call,
    chain,
    choice,
    draft,
    end,
    flow,
    line,
    node,
    rules,
    service,
    start,
    timer,
    user,
)


def expressions(data: bytes) -> list[Expression]:
    return list(iter_expressions(parse_xml(data, "register_death.bpmn")))


def found_in(data: bytes) -> list[tuple[str, str, str, str]]:
    assert rules(data) == []
    return [(e.element_id, e.place, e.text, e.kind) for e in expressions(data)]


def test_conditions_belong_to_their_flow() -> None:
    data = choice(
        flow("is_abnormal", "accepted", "= case.cause = &quot;灾害&quot;"),
        flow("is_abnormal", "rejected"),
        default="is_abnormal_to_rejected",
    )
    expected = ("is_abnormal_to_accepted", "conditionExpression", 'case.cause = "灾害"', "condition")
    assert found_in(data) == [expected]


def test_line_and_target_are_told() -> None:
    mapping = '<zeebe:ioMapping><zeebe:output source="=approved" target="is_approved"/></zeebe:ioMapping>'
    assert expressions(line(user(more=mapping))) == [
        Expression("check_identity", 5, "zeebe:output source", "approved", "expression", "is_approved")
    ]


def test_literal_values_are_no_expressions() -> None:
    more = '<zeebe:assignmentDefinition candidateGroups="civil_affairs"/><zeebe:taskSchedule dueDate="2026-11-22"/>'
    assert found_in(line(user(more=more))) == []


def test_every_place_of_a_user_task_is_found() -> None:
    more = (
        '<zeebe:assignmentDefinition assignee="=a" candidateGroups="=b" candidateUsers="=c"/>'
        '<zeebe:taskSchedule dueDate="=d" followUpDate="=e"/><zeebe:priorityDefinition priority="=f"/>'
        '<zeebe:properties><zeebe:property name="shenhou:facts" value="=g"/></zeebe:properties>'
        '<zeebe:ioMapping><zeebe:input source="=h" target="h"/></zeebe:ioMapping>'
    )
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="=i" outputCollection="results" outputElement="=j"/>'
        "</bpmn:extensionElements><bpmn:completionCondition>=k</bpmn:completionCondition>"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    found = found_in(line(user(more=more, inside=loop)))
    assert {element for element, *_ in found} == {"check_identity"}
    assert [(text, kind) for _, _, text, kind in found] == [
        ("a", "text"),
        ("b", "list"),
        ("c", "list"),
        ("d", "date"),
        ("e", "date"),
        ("f", "number"),
        ("g", "text"),
        ("h", "expression"),
        ("i", "list"),
        ("j", "expression"),
        ("k", "condition"),
    ]


def test_timers_and_retries_and_correlation_keys_are_found() -> None:
    held = '<bpmn:extensionElements><zeebe:subscription correlationKey="=case.id"/></bpmn:extensionElements>'
    data = draft(
        chain(
            start(),
            node("intermediateCatchEvent", "day_passed", timer("timeDate", "=on")),
            node("receiveTask", "await_report", messageRef="death_found"),
            node("serviceTask", "notify", extensions='<zeebe:taskDefinition type="x" retries="=tries"/>'),
            end(),
        ),
        boundary("week_passed", "notify", timer("timeDuration", "=long")),
        boundary("day_ended", "notify", timer("timeCycle", "=often"), cancelActivity="false"),
        flow("week_passed", "death_registered"),
        flow("day_ended", "death_registered"),
        roots=MESSAGE.replace("/>", f">{held}</bpmn:message>"),
    )
    assert sorted(found_in(data)) == [
        ("day_ended", "timeCycle", "often", "cycle"),
        ("day_passed", "timeDate", "on", "date"),
        ("death_found", "zeebe:subscription correlationKey", "case.id", "text"),
        ("notify", "zeebe:taskDefinition retries", "tries", "number"),
        ("week_passed", "timeDuration", "long", "duration"),
    ]


def test_call_maps_into_the_called_process() -> None:
    more = '<zeebe:ioMapping><zeebe:input source="=item" target="item"/></zeebe:ioMapping>'
    assert found_in(line(call(more=more))) == [("handle_item", "zeebe:input source", "item", "expression")]


def test_headers_and_free_properties_are_not_evaluated() -> None:
    more = (
        '<zeebe:taskHeaders><zeebe:header key="k" value="x = 1"/></zeebe:taskHeaders>'
        '<zeebe:properties><zeebe:property name="colour" value="red"/></zeebe:properties>'
    )
    assert found_in(line(service(more=more))) == []


def test_unreadable_file_gives_what_can_be_read() -> None:
    data = line(user(more='<zeebe:unknown source="=x"/><zeebe:taskSchedule dueDate="=d" colour="=y"/>'))
    assert [expression.text for expression in expressions(data)] == ["d"]


def test_element_names_of_extensions_are_unique_across_levels() -> None:
    """`iter_expressions` looks extensions up by name alone."""
    nested = [name for extension in EXTENSIONS.values() for name in extension.children]
    assert len(set(nested)) == len(nested)
    assert not set(nested) & set(EXTENSIONS)
